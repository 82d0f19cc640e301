use super::ActionError;
use super::pause_run::{changeable_run, record};
use crate::app::App;
use crate::domain::Id;
use crate::domain::phrase::Phrase;
use crate::domain::user::Actor;
use crate::store::runs;

/// Calls a run off: whoever has not been tried is skipped, and says why.
///
/// # Errors
/// Not theirs, or the run is over.
pub async fn cancel_run(app: &App, actor: &Actor, id: Id) -> Result<(), ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let run = changeable_run(c, &actor, id)?;
            if !run.state.is_unfinished() {
                return Err(ActionError::Refused(Phrase::new("refused-run-over")));
            }
            runs::cancel(c, id, now)?;
            record(c, &actor, "cancel_run", id, now)
        })
        .await?;
    app.bell.ring();
    Ok(())
}
