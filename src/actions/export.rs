use crate::app::App;
use crate::domain::accounts::user::Actor;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;

/// Notes that somebody took out a list or a report; `file` is what it is called. Where the database
/// cannot be written any more, what can still be read of it may be taken out all the same.
pub async fn export(app: &App, actor: &Actor, file: &str) {
    let (now, actor, file) = (app.clock.now(), actor.clone(), file.to_owned());
    let noted = app
        .store
        .write(move |c| {
            let entry = match file.as_str() {
                "audit" => Entry::of_nobody("export_audit", ""),
                file => Entry::of_nobody("export", file),
            };
            audit::record(c, &actor, entry, now)
        })
        .await;
    if let Err(error) = noted {
        tracing::error!(%error, "an export is not in the audit log");
    }
}
