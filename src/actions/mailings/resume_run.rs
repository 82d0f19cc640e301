use super::pause_run::{changeable_run, question, record};
use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::system::adopt::refuse_foreign;
use crate::app::App;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::mailings::mailing::may_send;
use crate::domain::mailings::run::RunState;
use crate::domain::phrase::Phrase;
use crate::store::db::versions::Versioned;
use crate::store::delivery::pauses;
use crate::store::mailings;
use crate::store::mailings::runs;
use crate::store::mailings::send_facts;

/// Lets a paused run go on, under the same rules under which it could be started.
///
/// # Errors
/// Not theirs; not paused; a rule against it (ended, switched off, owner blocked, a message with an
/// unsubscribe link and no base URL); the database is a copy.
pub async fn resume_run(
    app: &App,
    actor: &Actor,
    run: impl Into<Target>,
) -> Result<(), ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), run.into());
    refuse_foreign(app).await?;
    let has_base_url = app.has_base_url().await;
    app.store
        .write(move |c| {
            let id = target.id;
            let run = changeable_run(c, &actor, id)?;
            if run.state == RunState::Active && actor == Actor::CommandLine {
                // Whoever was sending it may have been killed: the command goes on in its place, or
                // follows.
                return Ok(());
            }
            if run.state != RunState::Paused {
                return Err(ActionError::Refused(Phrase::new("refused-run-not-paused")));
            }
            let mailing =
                mailings::get(c, Scope::All, run.mailing_id)?.ok_or(ActionError::NotFound)?;
            let mut facts = send_facts::of(c, &mailing, None, has_base_url)?;
            // This run is what there is to send, from its own copy of the message.
            facts.unfinished_run = None;
            facts.has_message = true;
            facts.message_fault = run.lacks_link(has_base_url);
            facts.recipients = run.counters.open();
            may_send(&facts, now).map_err(ActionError::Refused)?;
            target.still(
                c,
                Versioned::Run,
                &question(id, "changed-resume", "changed-resume-button"),
            )?;
            pauses::requeue(c, &run, now)?;
            runs::resume(c, id)?;
            record(c, &actor, "resume_run", id, now)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}
