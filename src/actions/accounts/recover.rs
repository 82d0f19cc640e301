use super::confirm::new_password;
use super::hashing;
use super::profile::put_password;
use super::register::ask;
use super::service_mail::notice;
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::accounts::throttle::Bucket;
use crate::domain::accounts::token::{Purpose, Token};
use crate::domain::accounts::user::{Actor, Language};
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::letter::{Notice, Request};
use crate::domain::phrase::FieldErrors;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::{tokens, users};
use crate::store::delivery::outbox::NewPost;

/// Asks for a letter with which a password can be chosen anew. The answer is the same whether there
/// is such an account or not.
///
/// # Errors
/// A complaint under `email`; asked for too often.
pub async fn ask_for_recovery(
    app: &App,
    actor: &Actor,
    email: &str,
    language: Language,
) -> Result<(), ActionError> {
    request(app, actor, email, language, "ask_recovery").await
}

/// Asks for the letter of a registration once more.
///
/// # Errors
/// A complaint under `email`; asked for too often.
pub async fn ask_for_confirmation(
    app: &App,
    actor: &Actor,
    email: &str,
    language: Language,
) -> Result<(), ActionError> {
    // To an account that is confirmed already a recovery is what helps.
    request(app, actor, email, language, "ask_confirmation").await
}

async fn request(
    app: &App,
    actor: &Actor,
    email: &str,
    language: Language,
    verb: &'static str,
) -> Result<(), ActionError> {
    let email = EmailAddress::parse_for_account(email)
        .map_err(|phrase| ActionError::Invalid(FieldErrors::one("email", phrase)))?;
    let post = NewPost {
        request: Request::Recover,
        user_id: None,
        email,
        name: String::new(),
        language,
        time_zone: None,
        detail: String::new(),
    };
    ask(app, actor, post, verb).await
}

/// Chooses a new password by a letter's link. All sessions end and none begins: whoever has the
/// letter but not the second factor is not let in.
///
/// # Errors
/// `NotFound`: the link is used up, too old, or none of ours; a complaint under `password`.
pub async fn recover(
    app: &App,
    actor: &Actor,
    token: &Token,
    password: &str,
) -> Result<(), ActionError> {
    let user =
        crate::actions::accounts::service_mail::account_of(app, token, Purpose::Recover).await?;
    let id = user.id;
    let password = new_password(password, &user)?;
    let hash = hashing::hash(password).await?;
    let (now, actor, token) = (app.clock.now(), actor.clone(), *token);
    let service = app.config.language;
    app.store
        .write(move |c| {
            let proof =
                tokens::use_up(c, &token, Purpose::Recover, now)?.ok_or(ActionError::NotFound)?;
            let user = users::by_id(c, proof.user_id)?.ok_or(ActionError::NotFound)?;
            put_password(c, &user, &hash)?;
            notice(c, service, &user, Notice::PasswordChanged, "", now)?;
            let entry = Entry::of_user("recover", user.id, &user.email);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    // Whoever has the letter is the owner: what strangers have tried is not held against them.
    app.throttles
        .forget(&[Bucket::ProofsToAll(id), Bucket::CodesToAll(id)]);
    app.wakeup.wake();
    Ok(())
}
