use rand::RngExt as _;

use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::phrase::Phrase;
use crate::store::audience::uploads;

/// Does something with files where it does not hold up others.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, ActionError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(std::io::Error::other)
        .flatten()
        .map_err(|error| {
            tracing::error!(%error, "an uploaded file could not be kept");
            ActionError::Refused(Phrase::new("import-file-not-kept"))
        })
}

/// Keeps an uploaded file of an owner's for an hour, and says by which name it is found again.
///
/// # Errors
/// It could not be written.
pub async fn keep_upload(app: &App, owner: Id, octets: Vec<u8>) -> Result<String, ActionError> {
    let (folder, now) = (app.config.data.clone(), app.clock.now());
    let token = format!("{:032x}", rand::rng().random::<u128>());
    let name = token.clone();
    on_disk(move || uploads::keep(&folder, owner, &name, &octets, now)).await?;
    let app = app.clone();
    tokio::spawn(async move {
        tokio::time::sleep(uploads::KEPT).await;
        prune_uploads(&app).await;
    });
    Ok(token)
}

/// Removes the files that have been kept for an hour; what a process that has ended since has left.
pub async fn prune_uploads(app: &App) {
    let (folder, now) = (app.config.data.clone(), app.clock.now());
    // The next one tries again; why it failed is in the log.
    drop(on_disk(move || uploads::prune(&folder, now)).await);
}

/// A file that was kept; `None` where it is kept no longer.
///
/// # Errors
/// It could not be read.
pub async fn kept_upload(
    app: &App,
    owner: Id,
    token: &str,
) -> Result<Option<Vec<u8>>, ActionError> {
    let (folder, now, token) = (app.config.data.clone(), app.clock.now(), token.to_owned());
    on_disk(move || {
        uploads::prune(&folder, now)?;
        uploads::read(&folder, owner, &token)
    })
    .await
}

/// Removes a file that was kept.
pub async fn forget_upload(app: &App, owner: Id, token: &str) {
    let (folder, token) = (app.config.data.clone(), token.to_owned());
    // It goes by itself after an hour; why it did not go now is in the log.
    drop(on_disk(move || uploads::forget(&folder, owner, &token)).await);
}
