use super::ActionError;
use crate::app::App;
use crate::domain::permission::may_oversee;
use crate::domain::user::Actor;
use crate::store::audit::{self, Entry};

/// Notes that the audit log was taken out.
///
/// # Errors
/// Not a manager.
pub async fn export_audit(app: &App, actor: &Actor) -> Result<(), ActionError> {
    if !may_oversee(actor) {
        return Err(ActionError::NotFound);
    }
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let entry = Entry::of_nobody("export_audit", "");
            Ok(audit::record(c, &actor, entry, now)?)
        })
        .await
}
