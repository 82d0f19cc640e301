use super::{ActionError, changeable};
use crate::app::App;
use crate::domain::Id;
use crate::domain::permission::may_view;
use crate::domain::phrase::Phrase;
use crate::domain::run::{PauseReason, RunState};
use crate::domain::user::Actor;
use crate::store::audit::{self, Entry};
use crate::store::runs::{self, Run};

/// Pauses a run: once this has returned no further attempt of it starts; those in the air finish.
///
/// # Errors
/// Not theirs, or the run is not active.
pub async fn pause_run(app: &App, actor: &Actor, id: Id) -> Result<(), ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let run = changeable_run(c, &actor, id)?;
            if run.state != RunState::Active {
                return Err(ActionError::Refused(Phrase::new("refused-run-not-active")));
            }
            runs::pause(c, id, PauseReason::Asked, None)?;
            record(c, &actor, "pause_run", id, now)
        })
        .await?;
    app.bell.ring();
    Ok(())
}

pub(super) fn changeable_run(
    connection: &rusqlite::Connection,
    actor: &Actor,
    id: Id,
) -> Result<Run, ActionError> {
    let found = runs::get(connection, may_view(actor), id)?;
    changeable(found, actor, |run| run.owner_id)
}

pub(super) fn record(
    connection: &rusqlite::Connection,
    actor: &Actor,
    verb: &'static str,
    run: Id,
    now: i64,
) -> Result<(), ActionError> {
    let entry = Entry {
        verb,
        subject_kind: "run",
        subject_id: Some(run),
        subject: "",
        detail: "",
    };
    Ok(audit::record(connection, actor, entry, now)?)
}
