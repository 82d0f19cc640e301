use super::admission::Admission;
use super::session::{Origin, SignedIn, Verified, open_session};
use super::{device, hashing};
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::accounts::throttle::{Bucket, Network};
use crate::domain::accounts::token::Token;
use crate::domain::audience::address::EmailAddress;
use crate::domain::phrase::Phrase;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::users;
use crate::store::accounts::users::Credentials;

/// An attempt to sign in.
#[derive(Debug)]
pub struct SignIn {
    pub email: String,
    pub password: String,
    pub origin: Origin,
}

/// What comes after the right password.
#[derive(Debug)]
pub enum NextStep {
    In(SignedIn),
    /// A code is asked for; this token says who is half way.
    Code(Token),
}

/// Longest password that is looked at; longer ones cannot be anybody's.
const MAX_PASSWORD: usize = 8 * 1_024;

/// # Errors
/// The same refusal for an unknown address, a wrong password, and an account that is not confirmed,
/// after the same work; a blocked account's own, for whoever has its password; too many attempts.
pub async fn sign_in(app: &App, attempt: SignIn) -> Result<NextStep, ActionError> {
    let typed = EmailAddress::parse(&attempt.email).ok();
    let key = typed.as_ref().map_or_else(String::new, EmailAddress::key);
    let asked = key.clone();
    let found = app
        .store
        .read(move |c| users::credentials(c, &asked))
        .await?;
    let buckets = buckets(app, &key, found.as_ref(), &attempt.origin);
    let admission = Admission::wait(app, buckets).await?;
    let now = app.clock.now();
    let password = if attempt.password.len() <= MAX_PASSWORD {
        attempt.password
    } else {
        String::new()
    };
    let hash = found
        .as_ref()
        .map(|found| found.password_hash.clone())
        .filter(|hash| !hash.is_empty());
    let matches = match hashing::verify(password, hash).await {
        Ok(matches) => matches,
        Err(error) => {
            admission.called_off();
            return Err(error.into());
        }
    };
    // Only whoever knows the password learns that there is such an account, and what is with it.
    let refusal = match &found {
        Some(found) if matches && found.confirmed && found.blocked => {
            Phrase::new("error-blocked").with("reason", found.blocked_reason.as_str())
        }
        _ => Phrase::new("error-sign-in"),
    };
    let Some(account) = found.filter(|found| matches && found.confirmed && !found.blocked) else {
        admission.failed();
        let actor = attempt.origin.visitor();
        app.store
            .write(move |c| {
                // What is no address may be a password in the wrong field.
                let subject = typed.as_ref().map_or("", EmailAddress::as_typed);
                let entry = Entry::of_nobody("sign_in_failed", subject);
                audit::record(c, &actor, entry, now)
            })
            .await?;
        return Err(ActionError::Refused(refusal));
    };
    let halfway = account.two_factor;
    if halfway {
        admission.went_halfway();
    } else {
        admission.succeeded();
    }
    let opened = open_session(app, attempt.origin, Verified::from(&account), halfway).await?;
    let signed_in = opened.ok_or_else(|| ActionError::Refused(Phrase::new("error-sign-in")))?;
    Ok(if halfway {
        NextStep::Code(signed_in.token)
    } else {
        NextStep::In(signed_in)
    })
}

/// What an attempt is counted under; its own bucket is the first.
pub(in crate::actions) fn buckets(
    app: &App,
    key: &str,
    found: Option<&Credentials>,
    origin: &Origin,
) -> Vec<Bucket> {
    let known =
        found.and_then(|found| device::check(app, found.id, &found.password_hash, &origin.device));
    match (found, known) {
        (Some(found), Some(device)) => vec![Bucket::Device(found.id, device)],
        _ => {
            let network = Network::of(&origin.address);
            let account = app.throttles.account(found.map(|found| found.id), key);
            vec![
                Bucket::SignInsTo(account, network),
                Bucket::SignInsFrom(network),
                Bucket::SignInsFromSite(network.site()),
                Bucket::SignInsToAll(account),
            ]
        }
    }
}
