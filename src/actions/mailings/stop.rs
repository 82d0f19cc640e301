//! What managers may do to others: stop them, with a reason, and undo it.

use crate::actions::Target;
use crate::actions::accounts::service_mail::notice;
use crate::actions::error::ActionError;
use crate::actions::target::Question;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::account;
use crate::domain::accounts::permission::{Scope, Verdict, may_stop};
use crate::domain::accounts::user::{Actor, User};
use crate::domain::delivery::letter::Notice;
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::directory;
use crate::store::accounts::directory::Account;
use crate::store::accounts::{second_factors, sessions, tokens, users};
use crate::store::db::versions::Versioned;
use crate::store::delivery::upkeep;
use crate::store::mailings::{self, Mailing};

fn reason(raw: &str) -> Result<String, ActionError> {
    account::reason(raw).map_err(|phrase| ActionError::Invalid(FieldErrors::one("reason", phrase)))
}

fn permitted(actor: &Actor, target: &Account) -> Result<(), ActionError> {
    match may_stop(actor, target.id, target.role) {
        Verdict::Allowed => Ok(()),
        Verdict::Forbidden => Err(ActionError::Forbidden),
        Verdict::Unseen => Err(ActionError::NotFound),
    }
}

/// What is asked where somebody else was quicker.
const fn question(
    kind: &'static str,
    id: Id,
    text: &'static str,
    button: &'static str,
) -> Question {
    Question::new(Phrase::new(text), button, kind, id)
}

/// The account that is to be stopped, with what letters need to know of it.
fn target(c: &rusqlite::Connection, actor: &Actor, id: Id) -> Result<(Account, User), ActionError> {
    let account = directory::get(c, id)?.ok_or(ActionError::NotFound)?;
    permitted(actor, &account)?;
    let user = users::by_id(c, id)?.ok_or(ActionError::NotFound)?;
    Ok((account, user))
}

/// Blocks a user: signed out everywhere at once, no sign-in, nothing of theirs starts, what runs is
/// paused. Nothing is lost.
///
/// # Errors
/// There is no such user; not a manager, or the user is themselves or a manager; a complaint under
/// `reason`; blocked already.
pub async fn block_user(
    app: &App,
    actor: &Actor,
    user: impl Into<Target>,
    reason: &str,
) -> Result<(), ActionError> {
    let (actor, aim) = (actor.clone(), user.into());
    let (reason, now) = (self::reason(reason), app.clock.now());
    let service = app.config.language;
    app.store
        .write(move |c| {
            let id = aim.id;
            let (account, user) = target(c, &actor, id)?;
            let reason = reason?;
            if account.blocked_at.is_some() {
                return Err(ActionError::Refused(Phrase::new("refused-blocked")));
            }
            aim.still(
                c,
                Versioned::Block,
                &question("user", id, "changed-block", "changed-block-button"),
            )?;
            users::set_blocked(c, id, Some(&reason), now)?;
            sessions::delete_all(c, id)?;
            tokens::void_all(c, id)?;
            upkeep::pause_stopped(c)?;
            notice(c, service, &user, Notice::Blocked, &reason, now)?;
            let entry = Entry::of_user("block_user", id, &user.email).with(&reason);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}

/// Unblocks a user. Their runs stay paused until they resume them.
///
/// # Errors
/// As `block_user`; not blocked.
pub async fn unblock_user(
    app: &App,
    actor: &Actor,
    user: impl Into<Target>,
) -> Result<(), ActionError> {
    let (now, actor, aim) = (app.clock.now(), actor.clone(), user.into());
    let service = app.config.language;
    app.store
        .write(move |c| {
            let id = aim.id;
            let (account, user) = target(c, &actor, id)?;
            if account.blocked_at.is_none() {
                return Err(ActionError::Refused(Phrase::new("refused-not-blocked")));
            }
            aim.still(
                c,
                Versioned::Block,
                &question("user", id, "changed-unblock", "changed-unblock-button"),
            )?;
            users::set_blocked(c, id, None, now)?;
            notice(c, service, &user, Notice::Unblocked, "", now)?;
            let entry = Entry::of_user("unblock_user", id, &user.email);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}

/// Removes two-step sign-in from a user's account, whose device is lost.
///
/// # Errors
/// As `block_user`; it is not on.
pub async fn remove_two_factor(
    app: &App,
    actor: &Actor,
    user: impl Into<Target>,
) -> Result<(), ActionError> {
    let (now, actor, aim) = (app.clock.now(), actor.clone(), user.into());
    let service = app.config.language;
    app.store
        .write(move |c| {
            let id = aim.id;
            let (account, user) = target(c, &actor, id)?;
            if !account.two_factor {
                return Err(ActionError::Refused(Phrase::new("refused-two-factor-off")));
            }
            aim.still(
                c,
                Versioned::SecondStep,
                &question(
                    "user",
                    id,
                    "changed-remove-two-factor",
                    "changed-remove-two-factor-button",
                ),
            )?;
            second_factors::turn_off(c, id)?;
            notice(c, service, &user, Notice::TwoFactorOff, "", now)?;
            let entry = Entry::of_user("remove_two_factor", id, &user.email);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}

fn mailing_of(
    c: &rusqlite::Connection,
    actor: &Actor,
    id: Id,
) -> Result<(Mailing, User), ActionError> {
    let mailing = mailings::get(c, Scope::All, id)?.ok_or(ActionError::NotFound)?;
    let (_, owner) = target(c, actor, mailing.owner_id)?;
    Ok((mailing, owner))
}

fn of_mailing<'a>(verb: &'static str, mailing: &'a Mailing) -> Entry<'a> {
    Entry::about(verb, "mailing", mailing.id, mailing.title())
}

/// Switches a mailing off: it does not start, and a run of it is paused.
///
/// # Errors
/// There is no such mailing; not a manager, or it is their own or another manager's; a complaint
/// under `reason`; off already.
pub async fn disable_mailing(
    app: &App,
    actor: &Actor,
    mailing: impl Into<Target>,
    reason: &str,
) -> Result<(), ActionError> {
    let (actor, aim) = (actor.clone(), mailing.into());
    let (reason, now) = (self::reason(reason), app.clock.now());
    let service = app.config.language;
    app.store
        .write(move |c| {
            let id = aim.id;
            let (mailing, owner) = mailing_of(c, &actor, id)?;
            let reason = reason?;
            if mailing.disabled_reason.is_some() {
                return Err(ActionError::Refused(Phrase::new("refused-disabled")));
            }
            aim.still(
                c,
                Versioned::Switch,
                &question("mailing", id, "changed-disable", "changed-disable-button"),
            )?;
            mailings::set_disabled(c, id, Some(&reason), now)?;
            upkeep::pause_stopped(c)?;
            let detail = format!("{}\n{reason}", mailing.title());
            notice(c, service, &owner, Notice::SwitchedOff, &detail, now)?;
            let entry = of_mailing("disable_mailing", &mailing).with(&reason);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}

/// Switches a mailing on again. A run of it stays paused until its owner resumes it.
///
/// # Errors
/// As `disable_mailing`; not off.
pub async fn enable_mailing(
    app: &App,
    actor: &Actor,
    mailing: impl Into<Target>,
) -> Result<(), ActionError> {
    let (now, actor, aim) = (app.clock.now(), actor.clone(), mailing.into());
    let service = app.config.language;
    app.store
        .write(move |c| {
            let id = aim.id;
            let (mailing, owner) = mailing_of(c, &actor, id)?;
            if mailing.disabled_reason.is_none() {
                return Err(ActionError::Refused(Phrase::new("refused-enabled")));
            }
            aim.still(
                c,
                Versioned::Switch,
                &question("mailing", id, "changed-enable", "changed-enable-button"),
            )?;
            mailings::set_disabled(c, id, None, now)?;
            notice(c, service, &owner, Notice::SwitchedOn, mailing.title(), now)?;
            let entry = of_mailing("enable_mailing", &mailing);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}
