use super::{ActionError, Whom, foreign, send_mailing};
use crate::app::App;
use crate::domain::Id;
use crate::domain::user::Actor;
use crate::store::{StoreError, mailings};

/// Starts the first run of every mailing whose planned first send has come, unless it was sent
/// before. Asking again starts nothing twice: the run itself makes the mailing a sent one.
///
/// # Errors
/// The database's.
pub async fn start_due_mailings(app: &App) -> Result<Vec<Id>, StoreError> {
    let now = app.clock.now();
    // What has gone out cannot be called back: not on the word of a clock that has just leapt.
    if app.leaps.is_in_doubt(now, app.clock.steady()) {
        return Ok(Vec::new());
    }
    let due = app.store.read(move |c| mailings::due(c, now)).await?;
    // They wait until somebody has said that this is where they are to be sent from.
    if due.is_empty() || foreign(app).await?.is_some() {
        return Ok(Vec::new());
    }
    let mut started = Vec::new();
    for mailing in due {
        match send_mailing(app, &Actor::Schedule, mailing, Whom::All).await {
            Ok(run) => {
                tracing::info!(mailing, run, "started on schedule");
                started.push(run);
            }
            Err(ActionError::Store(error)) => return Err(error),
            // Somebody was quicker, by hand or from another process.
            Err(error) => tracing::info!(mailing, %error, "not started on schedule"),
        }
    }
    Ok(started)
}
