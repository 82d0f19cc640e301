use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::target::Question;
use crate::actions::target::changeable;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::permission::may_view;
use crate::domain::accounts::user::Actor;
use crate::domain::mailings::run::{PauseReason, RunState};
use crate::domain::phrase::Phrase;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::db::versions::Versioned;
use crate::store::mailings::runs;
use crate::store::mailings::runs::Run;

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
    app.wakeup.wake();
    Ok(())
}

pub(in crate::actions) fn changeable_run(
    connection: &rusqlite::Connection,
    actor: &Actor,
    id: Id,
) -> Result<Run, ActionError> {
    let found = runs::get(connection, may_view(actor), id)?;
    changeable(found, actor, |run| run.owner_id)
}

pub(in crate::actions) fn record(
    connection: &rusqlite::Connection,
    actor: &Actor,
    verb: &'static str,
    run: Id,
    now: i64,
) -> Result<(), ActionError> {
    Ok(audit::record(
        connection,
        actor,
        Entry::about(verb, "run", run, ""),
        now,
    )?)
}

/// What is asked where a run's state has changed since its page was opened.
pub(in crate::actions) const fn question(
    run: Id,
    text: &'static str,
    button: &'static str,
) -> Question {
    Question::new(Phrase::new(text), button, "run", run)
}
