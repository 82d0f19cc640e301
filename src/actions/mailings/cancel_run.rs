use super::pause_run::{changeable_run, question, record};
use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::Phrase;
use crate::store::db::versions::Versioned;
use crate::store::delivery::termination;

/// Calls a run off: whoever has not been tried is skipped, and says why.
///
/// # Errors
/// Not theirs, or the run is over.
pub async fn cancel_run(
    app: &App,
    actor: &Actor,
    run: impl Into<Target>,
) -> Result<(), ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), run.into());
    app.store
        .write(move |c| {
            let id = target.id;
            let run = changeable_run(c, &actor, id)?;
            if !run.state.is_unfinished() {
                return Err(ActionError::Refused(Phrase::new("refused-run-over")));
            }
            target.still(
                c,
                Versioned::Run,
                &question(id, "changed-cancel", "changed-cancel-button"),
            )?;
            termination::cancel(c, id, now)?;
            record(c, &actor, "cancel_run", id, now)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}
