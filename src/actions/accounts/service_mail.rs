//! The service's own mail to users: how often it may be asked for, notices about one's account, and
//! whose letter a link comes from.

use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::Millis;
use crate::domain::accounts::throttle::{Bucket, Network};
use crate::domain::accounts::token::{Purpose, Token};
use crate::domain::accounts::user::{Actor, Language, User};
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::letter::{Notice, Request};
use crate::store::accounts::{tokens, users};
use crate::store::delivery::outbox;
use crate::store::delivery::outbox::NewPost;

/// Whether mail may be asked for to this address by this actor now; if so, it is counted.
pub(in crate::actions) fn asked_for_mail(
    app: &App,
    actor: &Actor,
    request: Request,
    email: &EmailAddress,
    now: Millis,
) -> Result<(), ActionError> {
    let network = Network::of(actor.address());
    let buckets = [
        Bucket::MailsTo(request.name(), app.throttles.digest(&email.key())),
        Bucket::MailsFrom(network),
        Bucket::MailsFromSite(network.site()),
    ];
    app.throttles
        .take(&buckets, now)
        .map_err(ActionError::Throttled)
}

/// Puts a letter to a user about their own account into the outbox, in the deed's transaction; in
/// their language, else in the service's.
pub(in crate::actions) fn notice(
    connection: &rusqlite::Connection,
    service: Language,
    user: &User,
    notice: Notice,
    detail: &str,
    now: Millis,
) -> Result<(), ActionError> {
    // Perhaps a stranger's address.
    if !user.confirmed {
        return Ok(());
    }
    // An address that was taken once and cannot be mailed: there is nobody to tell.
    let Ok(email) = EmailAddress::parse(&user.email) else {
        return Ok(());
    };
    let post = NewPost {
        request: Request::Notice(notice),
        user_id: Some(user.id),
        email,
        name: user.name.clone(),
        language: user.language.unwrap_or(service),
        time_zone: None,
        detail: detail.to_owned(),
    };
    Ok(outbox::insert(connection, &post, now)?)
}

/// Whose letter a link comes from, while it is good.
pub(in crate::actions) async fn account_of(
    app: &App,
    token: &Token,
    purpose: Purpose,
) -> Result<User, ActionError> {
    let (token, now) = (*token, app.clock.now());
    app.store
        .read(move |c| match tokens::find(c, &token, purpose, now)? {
            Some(proof) => users::by_id(c, proof.user_id),
            None => Ok(None),
        })
        .await?
        .ok_or(ActionError::NotFound)
}
