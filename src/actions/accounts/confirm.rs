use super::hashing;
use super::session::{Origin, SignedIn, Verified, open_session};
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::accounts::password::NewPassword;
use crate::domain::accounts::token::{Purpose, Token};
use crate::domain::accounts::user::User;
use crate::domain::phrase::FieldErrors;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::{tokens, users};

/// Confirms the address of a new account by its letter's link, with the password that its owner
/// chooses now, and signs them in.
///
/// # Errors
/// `NotFound`: the link is used up, too old, or none of ours; a complaint under `password`.
pub async fn confirm(
    app: &App,
    origin: Origin,
    token: &Token,
    password: &str,
) -> Result<SignedIn, ActionError> {
    let user =
        crate::actions::accounts::service_mail::account_of(app, token, Purpose::Confirm).await?;
    let password = new_password(password, &user)?;
    let hash = hashing::hash(password).await?;
    let (now, token) = (app.clock.now(), *token);
    let actor = origin.actor(&user);
    let verified = Verified {
        id: user.id,
        hash: hash.clone(),
        two_factor: false,
    };
    app.store
        .write(move |c| {
            tokens::use_up(c, &token, Purpose::Confirm, now)?.ok_or(ActionError::NotFound)?;
            let known = users::credentials_by_id(c, user.id)?.ok_or(ActionError::NotFound)?;
            // Confirmed in another way meanwhile: then the link is none to get in by.
            if known.confirmed {
                return Err(ActionError::NotFound);
            }
            users::set_password(c, user.id, &hash)?;
            users::confirm(c, user.id, now)?;
            let entry = Entry::of_user("confirm", user.id, &user.email);
            Ok(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    open_session(app, origin, verified, false)
        .await?
        .ok_or(ActionError::NotFound)
}

/// Checks a new password against its account's own words.
pub(in crate::actions) fn new_password(password: &str, user: &User) -> Result<String, ActionError> {
    NewPassword::parse(password, &[&user.email, &user.name])
        .map(|password| password.expose().to_owned())
        .map_err(|phrase| ActionError::Invalid(FieldErrors::one("password", phrase)))
}
