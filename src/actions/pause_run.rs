use super::target::Question;
use super::{ActionError, Target, changeable, note};
use crate::app::App;
use crate::domain::Id;
use crate::domain::permission::may_view;
use crate::domain::phrase::Phrase;
use crate::domain::run::{PauseReason, RunState};
use crate::domain::user::Actor;
use crate::store::audit::Entry;
use crate::store::runs::{self, Run};
use crate::store::versions::Versioned;

/// Pauses a run: once this has returned no further attempt of it starts; those in flight finish.
///
/// # Errors
/// Not theirs, or the run is not active.
pub async fn pause_run(
    app: &App,
    actor: &Actor,
    run: impl Into<Target>,
) -> Result<(), ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), run.into());
    app.store
        .write(move |c| {
            let id = target.id;
            let run = changeable_run(c, &actor, id)?;
            if run.state != RunState::Active {
                return Err(ActionError::Refused(Phrase::new("refused-run-not-active")));
            }
            target.still(
                c,
                Versioned::Run,
                &question(id, "changed-pause", "changed-pause-button"),
            )?;
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
    note(connection, actor, Entry::about(verb, "run", run, ""), now)
}

/// What is asked where a run's state has changed since its page was opened.
pub(super) const fn question(run: Id, text: &'static str, button: &'static str) -> Question {
    Question::new(Phrase::new(text), button, "run", run)
}
