use super::confirm::new_password;
use super::create_user::make_room;
use super::hashing;
use super::proof::prove;
use super::service_mail::{asked_for_mail, notice};
use super::session::{Origin, SignedIn, Verified, open_session};
use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::target::Question;
use crate::app::App;
use crate::domain::accounts::account::Profile;
use crate::domain::accounts::token::{Purpose, Token};
use crate::domain::accounts::user::{Actor, Language, Role, User};
use crate::domain::audience::address::{EmailAddress, key_of};
use crate::domain::delivery::letter::{Notice, Request};
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::domain::{Id, Millis};
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::{directory, sessions, tokens, users};
use crate::store::db::versions::Versioned;
use crate::store::delivery::outbox;
use crate::store::delivery::outbox::NewPost;
use crate::store::delivery::termination;

/// Changes what one says of oneself.
///
/// # Errors
/// Not a person, or the database's.
pub async fn update_profile(
    app: &App,
    actor: &Actor,
    me: impl Into<Target>,
    profile: Profile,
) -> Result<(), ActionError> {
    let target = me.into();
    let id = actor.user_id().ok_or(ActionError::Forbidden)?;
    if id != target.id {
        return Err(ActionError::Forbidden);
    }
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let user = users::by_id(c, id)?.ok_or(ActionError::NotFound)?;
            let text = Phrase::new("changed-save");
            let question = Question::new(text, "save-anyway", "user", id);
            target.still(c, Versioned::Profile, &question)?;
            users::set_profile(c, &user, &profile)?;
            let entry = Entry::of_user("update_profile", id, &user.email);
            Ok(audit::record(c, &actor, entry, now)?)
        })
        .await
}

/// Changes one's own password. Every session ends, and a new one begins here.
///
/// # Errors
/// Complaints under `old` and `password`; too many wrong ones.
pub async fn change_password(
    app: &App,
    actor: &Actor,
    origin: Origin,
    old: String,
    new: &str,
) -> Result<SignedIn, ActionError> {
    let is_same = old == new;
    let proved = prove(app, actor, "old", old).await?;
    if is_same {
        return Err(ActionError::field(
            "password",
            Phrase::new("error-password-same"),
        ));
    }
    let password = new_password(new, &proved.user)?;
    let hash = hashing::hash(password).await?;
    let verified = Verified {
        hash: hash.clone(),
        ..proved.verified.clone()
    };
    let (now, actor, service) = (app.clock.now(), actor.clone(), app.config.language);
    app.store
        .write(move |c| {
            let user = proved.still(c)?;
            put_password(c, &user, &hash)?;
            notice(c, service, &user, Notice::PasswordChanged, "", now)?;
            let entry = Entry::of_user("change_password", user.id, &user.email);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    app.wakeup.wake();
    open_session(app, origin, verified, false)
        .await?
        .ok_or_else(|| ActionError::Refused(Phrase::new("refused-changed-meanwhile")))
}

/// A new password ends every session and voids every letter that went out before.
pub(in crate::actions) fn put_password(
    c: &rusqlite::Connection,
    user: &User,
    hash: &str,
) -> Result<(), ActionError> {
    users::set_password(c, user.id, hash)?;
    sessions::delete_all(c, user.id)?;
    Ok(tokens::void_all(c, user.id)?)
}

/// Asks for another address: a letter with a link goes there, a notice to the old one. Nothing
/// changes until the link is followed.
///
/// # Errors
/// Complaints under `email` and `password`; asked for too often.
pub async fn ask_for_new_email(
    app: &App,
    actor: &Actor,
    email: &str,
    password: String,
    language: Language,
) -> Result<(), ActionError> {
    let email = EmailAddress::parse_for_account(email)
        .map_err(|phrase| ActionError::Invalid(FieldErrors::one("email", phrase)))?;
    let proved = prove(app, actor, "password", password).await?;
    if key_of(&proved.user.email) == email.key() {
        return Err(ActionError::field("email", Phrase::new("error-email-same")));
    }
    let now = app.clock.now();
    asked_for_mail(app, actor, Request::ChangeEmail, &email, now)?;
    let (actor, service) = (actor.clone(), app.config.language);
    app.store
        .write(move |c| {
            let user = proved.still(c)?;
            notice(
                c,
                service,
                &user,
                Notice::EmailChangeAsked,
                email.as_typed(),
                now,
            )?;
            let entry = Entry::of_user("ask_new_email", user.id, &user.email);
            audit::record(c, &actor, entry.with(email.as_typed()), now)?;
            let post = NewPost {
                request: Request::ChangeEmail,
                user_id: Some(user.id),
                email,
                name: user.name,
                language: user.language.unwrap_or(language),
                time_zone: None,
                detail: user.email,
            };
            Ok::<_, ActionError>(outbox::insert(c, &post, now)?)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}

/// Moves an account to its new address by the letter's link.
///
/// # Errors
/// `NotFound`: the link is used up, too old, or none of ours, or somebody has that address by now.
pub async fn change_email(app: &App, actor: &Actor, token: &Token) -> Result<(), ActionError> {
    let (now, actor, token) = (app.clock.now(), actor.clone(), *token);
    let service = app.config.language;
    app.store
        .write(move |c| {
            let proof = tokens::use_up(c, &token, Purpose::ChangeEmail, now)?
                .ok_or(ActionError::NotFound)?;
            let email = proof.email.unwrap_or_default();
            let email = EmailAddress::parse(&email).map_err(|_| ActionError::NotFound)?;
            let user = users::by_id(c, proof.user_id)?.ok_or(ActionError::NotFound)?;
            if move_to(c, &actor, service, &user, &email, now)? {
                Ok(())
            } else {
                Err(ActionError::NotFound)
            }
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}

/// Moves an account to another address, in a transaction of its caller's, and tells the old one. An
/// address that is only written differently is nobody else's. `false` where somebody has it.
pub(in crate::actions) fn move_to(
    c: &rusqlite::Connection,
    actor: &Actor,
    service: Language,
    user: &User,
    email: &EmailAddress,
    now: Millis,
) -> Result<bool, ActionError> {
    let typed = email.as_typed();
    let is_same = key_of(&user.email) == email.key();
    if !is_same {
        make_room(c, &email.key(), now)?;
        // To the old address, which is still the account's.
        notice(c, service, user, Notice::EmailChanged, typed, now)?;
    }
    if !users::set_email(c, user, typed, &email.key())? {
        return Ok(false);
    }
    tokens::void_all(c, user.id)?;
    let entry = Entry::of_user("change_email", user.id, &user.email);
    audit::record(c, actor, entry.with(typed), now)?;
    Ok(true)
}

/// Deletes one's own account: runs are called off; recipients, messages and mailings go; what was
/// sent stays in the journal without a name.
///
/// # Errors
/// A complaint under `password`; the last manager's.
pub async fn delete_account(app: &App, actor: &Actor, password: String) -> Result<(), ActionError> {
    let proved = prove(app, actor, "password", password).await?;
    let (now, actor, service) = (app.clock.now(), actor.clone(), app.config.language);
    app.store
        .write(move |c| {
            let user = proved.still(c)?;
            delete(c, &actor, service, &user, now).map(drop)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}

/// Deletes an account, in a transaction of its caller's. Returns the runs that it called off.
pub(in crate::actions) fn delete(
    c: &rusqlite::Connection,
    actor: &Actor,
    service: Language,
    user: &User,
    now: Millis,
) -> Result<Vec<Id>, ActionError> {
    if user.role == Role::Manager && users::count_managers(c)? <= 1 {
        return Err(ActionError::Refused(Phrase::new("refused-last-manager")));
    }
    let unfinished = directory::unfinished_runs(c, user.id)?;
    for run in &unfinished {
        termination::cancel(c, *run, now)?;
    }
    directory::delete(c, user.id, now)?;
    notice(c, service, user, Notice::Deleted, "", now)?;
    // By its number alone: who it was is what goes.
    let entry = Entry::of_user("delete_account", user.id, "");
    audit::record(c, actor, entry, now)?;
    Ok(unfinished)
}
