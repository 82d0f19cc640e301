//! What whoever runs commands on the machine does to an account in its owner's stead: nobody is asked
//! for a password, and an address that they give counts as confirmed.

use super::confirm::new_password;
use super::hashing;
use super::profile::{self, put_password};
use super::service_mail::notice;
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::account::Profile;
use crate::domain::accounts::user::{Actor, User};
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::letter::Notice;
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::{sessions, users};

fn vouched(actor: &Actor) -> Result<(), ActionError> {
    match actor {
        Actor::CommandLine => Ok(()),
        _ => Err(ActionError::Forbidden),
    }
}

/// Gives an account a new password, from the command line. It counts as confirmed: whoever runs
/// commands vouches for it. All of its sessions end.
///
/// # Errors
/// There is no such account; a complaint under `password`.
pub async fn set_password(
    app: &App,
    actor: &Actor,
    email: &str,
    password: &str,
) -> Result<(), ActionError> {
    vouched(actor)?;
    let key = EmailAddress::parse(email)
        .map_err(|phrase| ActionError::Invalid(FieldErrors::one("email", phrase)))?
        .key();
    let user = app
        .store
        .read(move |c| users::by_email_key(c, &key))
        .await?
        .ok_or(ActionError::NotFound)?;
    let password = new_password(password, &user)?;
    let hash = hashing::hash(password).await?;
    let (now, actor, service) = (app.clock.now(), actor.clone(), app.config.language);
    app.store
        .write(move |c| {
            put_password(c, &user, &hash)?;
            if !user.confirmed {
                users::confirm(c, user.id, now)?;
                let entry = Entry::of_user("confirm", user.id, &user.email);
                audit::record(c, &actor, entry, now)?;
            }
            notice(c, service, &user, Notice::PasswordChanged, "", now)?;
            let entry = Entry::of_user("set_password", user.id, &user.email);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}

fn profile_of(user: &User) -> Profile {
    Profile {
        name: user.name.clone(),
        language: user.language,
        time_zone: user.time_zone.clone(),
        theme: user.theme,
    }
}

/// Changes what is said of a user, and their address where there is another one: it counts as
/// confirmed, and a notice goes to the old one.
///
/// # Errors
/// There is no such user; under `email`: somebody else has that address.
pub async fn update_user(
    app: &App,
    actor: &Actor,
    id: Id,
    profile: Profile,
    email: Option<EmailAddress>,
) -> Result<(), ActionError> {
    vouched(actor)?;
    let (now, actor, service) = (app.clock.now(), actor.clone(), app.config.language);
    app.store
        .write(move |c| {
            let user = users::by_id(c, id)?.ok_or(ActionError::NotFound)?;
            if profile != profile_of(&user) {
                users::set_profile(c, &user, &profile)?;
                let entry = Entry::of_user("update_profile", id, &user.email);
                audit::record(c, &actor, entry, now)?;
            }
            let Some(email) = email else {
                return Ok(());
            };
            if !user.confirmed {
                users::confirm(c, id, now)?;
                audit::record(c, &actor, Entry::of_user("confirm", id, &user.email), now)?;
            }
            if email.as_typed() == user.email {
                return Ok(());
            }
            let named = User {
                name: profile.name,
                ..user
            };
            if profile::move_to(c, &actor, service, &named, &email, now)? {
                Ok(())
            } else {
                let taken = Phrase::new("error-user-exists");
                Err(ActionError::field("email", taken))
            }
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}

/// Deletes somebody's account, as they could themselves. Returns the runs that it called off, which
/// are still to be brought to rest.
///
/// # Errors
/// There is no such user; the last manager.
pub async fn delete_user(app: &App, actor: &Actor, id: Id) -> Result<Vec<Id>, ActionError> {
    vouched(actor)?;
    let (now, actor, service) = (app.clock.now(), actor.clone(), app.config.language);
    let called_off = app
        .store
        .write(move |c| {
            let user = users::by_id(c, id)?.ok_or(ActionError::NotFound)?;
            profile::delete(c, &actor, service, &user, now)
        })
        .await?;
    app.wakeup.wake();
    Ok(called_off)
}

/// Ends one of a user's sessions, or all of them.
///
/// # Errors
/// There is no such user, or they have no such session.
pub async fn sign_user_out(
    app: &App,
    actor: &Actor,
    id: Id,
    session: Option<Id>,
) -> Result<(), ActionError> {
    vouched(actor)?;
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let user = users::by_id(c, id)?.ok_or(ActionError::NotFound)?;
            let verb = match session {
                Some(session) if !sessions::delete_one(c, id, session)? => {
                    return Err(ActionError::NotFound);
                }
                Some(_) => "end_session",
                None => {
                    sessions::delete_all(c, id)?;
                    "sign_out_everywhere"
                }
            };
            Ok(audit::record(
                c,
                &actor,
                Entry::of_user(verb, id, &user.email),
                now,
            )?)
        })
        .await
}
