use rand::RngExt as _;

use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::system::adopt::refuse_foreign;
use crate::actions::target::Question;
use crate::actions::target::changeable;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::permission::{Scope, may_view};
use crate::domain::accounts::user::Actor;
use crate::domain::mailings::mailing::may_send;
use crate::domain::mailings::run::RunState;
use crate::domain::phrase::Phrase;
use crate::failpoint;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::content::messages;
use crate::store::db::versions::Versioned;
use crate::store::mailings;
use crate::store::mailings::Mailing;
use crate::store::mailings::runs::NewRun;
use crate::store::mailings::send_facts;
use crate::store::mailings::{member_filling, run_filling, runs};

/// Whom a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// All of the mailing's recipients.
    All,
    /// Those that the last run did not reach.
    Failed,
}

/// Starts a run: rules checked, message copied, one delivery for each recipient, audit line, in
/// one transaction. Nothing has been sent when it returns; the engine does that.
///
/// # Errors
/// Not theirs; a rule against it (ended, switched off, owner blocked, run not over, no message, or
/// one that cannot be sent: it names the unsubscribe link and there is no base URL);
/// nobody to send to; a database that is a copy.
pub async fn send_mailing(
    app: &App,
    actor: &Actor,
    mailing: impl Into<Target>,
    whom: Whom,
) -> Result<Id, ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), mailing.into());
    refuse_foreign(app).await?;
    let token = format!("{:032x}", rand::rng().random::<u128>());
    let has_base_url = app.has_base_url().await;
    let run = app
        .store
        .write(move |c| start(c, &actor, &target, whom, token, has_base_url, now))
        .await?;
    failpoint::hit("run-committed");
    app.wakeup.wake();
    Ok(run)
}

/// The run whose failures are to be sent to, once it is known who they are.
fn failed_of(c: &rusqlite::Connection, mailing: Id) -> Result<Id, ActionError> {
    let latest = runs::latest(c, mailing)?
        .ok_or_else(|| ActionError::NothingToSend(Phrase::new("refused-never-sent")))?;
    // Of a run that was called off, those in flight, and those of whom it is still to be written
    // down, are among them; nobody would ask that run again.
    if latest.is_coming_to_rest()
        || (latest.state == RunState::Cancelled && run_filling::is_filling(c, mailing)?)
    {
        return Err(ActionError::Refused(Phrase::new("refused-run-in-flight")));
    }
    Ok(latest.id)
}

fn start(
    c: &rusqlite::Connection,
    actor: &Actor,
    target: &Target,
    whom: Whom,
    token: String,
    has_base_url: bool,
    now: i64,
) -> Result<Id, ActionError> {
    let id = target.id;
    let found = mailings::get(c, may_view(actor), id)?;
    let mailing = changeable(found, actor, |mailing| mailing.owner_id)?;
    // Another process may have started it since it was found due, and even have finished.
    if matches!(actor, Actor::Schedule) && !mailings::is_due(c, id, now)? {
        return Err(ActionError::Refused(Phrase::new("refused-already-started")));
    }
    // The edition that a run reads must stay the one that counts until the run has all of it.
    if member_filling::get(c, mailing.owner_id, id)?.is_some() {
        return Err(ActionError::Refused(Phrase::new("refused-filling")));
    }
    let failed_of = match whom {
        Whom::All => None,
        Whom::Failed => Some(failed_of(c, id)?),
    };
    let facts = send_facts::of(c, &mailing, failed_of, has_base_url)?;
    may_send(&facts, now).map_err(|phrase| match (phrase.key, whom) {
        ("refused-no-recipients", Whom::All) => ActionError::NothingToSend(phrase),
        ("refused-no-recipients", Whom::Failed) => {
            ActionError::NothingToSend(Phrase::new("refused-nobody-failed"))
        }
        _ => ActionError::Refused(phrase),
    })?;
    // Nothing is sent twice by a first time.
    if !(target.is_blank() && mailing.first_sent_at.is_none()) {
        target.still(c, Versioned::Sending, &question(&mailing, whom))?;
    }
    let message = mailing
        .message_id
        .map(|message| messages::get(c, Scope::Own(mailing.owner_id), message))
        .transpose()?
        .flatten()
        .ok_or_else(|| ActionError::Refused(Phrase::new("refused-no-message")))?;
    failpoint::hit("run-checked");
    let run = run_filling::start(
        c,
        &NewRun {
            mailing_id: id,
            started_by: actor.door(),
            user_id: actor.user_id(),
            token,
            subject: message.subject,
            body: message.body,
            failed_of,
        },
        now,
    )?;
    failpoint::hit("run-stored");
    let detail = audit::detail(&Phrase::new("audit-detail-run").with("run", run));
    let entry = Entry::about("send_mailing", "mailing", id, mailing.title());
    audit::record(c, actor, entry.with(&detail), now)?;
    Ok(run)
}

/// What is asked where the mailing was sent or changed since its page was opened.
fn question(mailing: &Mailing, whom: Whom) -> Question {
    let (text, button) = match whom {
        Whom::All => ("changed-send", "changed-send-button"),
        Whom::Failed => ("changed-send-failed", "changed-send-failed-button"),
    };
    let text = Phrase::new(text).with("count", mailing.recipients);
    Question::new(text, button, "mailing", mailing.id)
}
