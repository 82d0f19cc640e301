use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::mailings::pause_run::{changeable_run, question};
use crate::actions::system::adopt::refuse_foreign;
use crate::app::App;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::delivery::doubt::Decision;
use crate::domain::mailings::mailing::may_send;
use crate::domain::mailings::run::RunState;
use crate::domain::phrase::Phrase;
use crate::domain::{Id, Millis};
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::db::versions;
use crate::store::db::versions::Versioned;
use crate::store::delivery::doubts;
use crate::store::delivery::doubts::{Again, Held};
use crate::store::mailings;
use crate::store::mailings::run_filling;
use crate::store::mailings::runs::Run;
use crate::store::mailings::send_facts;

/// What a decision came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// How many it was carried out for.
    pub count: i64,
    /// How many were to be sent again and have unsubscribed or were deleted since: they stay in doubt.
    pub unsubscribed: i64,
}

/// Decides about deliveries of a run that are held in doubt: about these, or where `which` is
/// `None` about all that still ask.
///
/// Sent again means that they wait anew, with the Message-ID that they had; a run that was over goes
/// on with them, a paused one stays paused. Whoever has unsubscribed or was deleted since is not mailed;
/// whoever has another address since is mailed there. Left means
/// that they stay in doubt and no longer ask; they can still be sent again by name.
///
/// # Errors
/// Not theirs; one of these is not held in doubt; nobody is; a rule against sending (ended, switched
/// off, owner blocked, another run not over); all of them have unsubscribed or were deleted;
/// to send again from a database that is a copy.
pub async fn settle_doubt(
    app: &App,
    actor: &Actor,
    run: impl Into<Target>,
    which: Option<Vec<Id>>,
    decision: Decision,
) -> Result<Settled, ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), run.into());
    if decision == Decision::SendAgain {
        refuse_foreign(app).await?;
    }
    let has_base_url = app.has_base_url().await;
    let settled = app
        .store
        .write(move |c| {
            let run = changeable_run(c, &actor, target.id)?;
            let held = held(c, run.id, which.as_deref())?;
            if decision == Decision::SendAgain {
                may_send_again(c, &run, has_base_url, now)?;
            }
            still(c, &target, which.as_deref(), decision)?;
            let settled = match decision {
                Decision::SendAgain => send_again(c, &run, held, now)?,
                Decision::Leave => Settled {
                    count: doubts::leave(c, run.id, &held, now)?,
                    unsubscribed: 0,
                },
            };
            versions::decided(c, run.id)?;
            let phrase = Phrase::new("audit-detail-deliveries").with("count", settled.count);
            let detail = audit::detail(&phrase);
            let entry = Entry::about(decision.verb(), "run", run.id, "").with(&detail);
            audit::record(c, &actor, entry, now)?;
            Ok::<_, ActionError>(settled)
        })
        .await?;
    app.wakeup.wake();
    Ok(settled)
}

fn held(c: &rusqlite::Connection, run: Id, which: Option<&[Id]>) -> Result<Vec<Held>, ActionError> {
    let held = doubts::held(c, run, which)?;
    let unknown = which
        .into_iter()
        .flatten()
        .find(|id| !held.iter().any(|held| held.delivery == **id));
    match unknown {
        Some(id) => Err(ActionError::Refused(
            Phrase::new("refused-not-in-doubt").with("id", id.to_string()),
        )),
        None if held.is_empty() => Err(ActionError::NothingToSend(Phrase::new(
            "refused-nobody-in-doubt",
        ))),
        None => Ok(held),
    }
}

/// Asks first where others ask now than did on the page: the button for all says how many, and one
/// delivery may have been tried and left in doubt anew.
fn still(
    c: &rusqlite::Connection,
    target: &Target,
    which: Option<&[Id]>,
    decision: Decision,
) -> Result<(), ActionError> {
    let question = match decision {
        Decision::SendAgain => question(
            target.id,
            "changed-doubt-again",
            "changed-doubt-again-button",
        ),
        Decision::Leave => question(
            target.id,
            "changed-doubt-leave",
            "changed-doubt-leave-button",
        ),
    };
    match which {
        Some([one]) => target.still_at(c, versions::of_doubt(c, *one)?, &question),
        _ => target.still(c, Versioned::Doubts, &question),
    }
}

/// Whether anything of the run may be sent at all.
fn may_send_again(
    c: &rusqlite::Connection,
    run: &Run,
    has_base_url: bool,
    now: Millis,
) -> Result<(), ActionError> {
    let mailing = mailings::get(c, Scope::All, run.mailing_id)?.ok_or(ActionError::NotFound)?;
    let mut facts = send_facts::of(c, &mailing, None, has_base_url)?;
    // This run is what there is to send, from its own copy of the message.
    facts.unfinished_run = facts.unfinished_run.filter(|(other, _)| *other != run.id);
    facts.has_message = true;
    facts.message_fault = run.lacks_link(has_base_url);
    facts.recipients = 1;
    may_send(&facts, now).map_err(ActionError::Refused)?;
    // Those in flight, and those that are still to get their delivery, were called off, and would
    // wait again with these.
    if run.is_coming_to_rest()
        || (run.state == RunState::Cancelled && run_filling::is_filling(c, run.mailing_id)?)
    {
        return Err(ActionError::Refused(Phrase::new("refused-run-in-flight")));
    }
    Ok(())
}

fn send_again(
    c: &rusqlite::Connection,
    run: &Run,
    held: Vec<Held>,
    now: Millis,
) -> Result<Settled, ActionError> {
    let all = held.len();
    let (mut again, mut elsewhere) = (Vec::with_capacity(all), Vec::new());
    for one in held {
        match doubts::again(c, run.owner_id, &one)? {
            Again::May => again.push(one),
            Again::Moved => elsewhere.push(one),
            Again::MayNot => {}
        }
    }
    let count = again.len() + elsewhere.len();
    if count == 0 {
        let phrase = Phrase::new("refused-doubt-unsubscribed");
        return Err(ActionError::NothingToSend(phrase));
    }
    // Those first: a run of which nothing is open is over.
    doubts::send_elsewhere(c, run.id, &elsewhere, now)?;
    doubts::send_again(c, run.id, &again, now)?;
    let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(Settled {
        count: number(count),
        unsubscribed: number(all - count),
    })
}
