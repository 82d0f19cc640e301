use rand::RngExt as _;

use super::proof::prove;
use super::service_mail::notice;
use super::session::{Origin, SignedIn, halfway_limits, limits, new_session, store_session};
use super::{device, sealing, sign_in};
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::throttle::{Bucket, Network};
use crate::domain::accounts::token::Token;
use crate::domain::accounts::two_factor::{
    RECOVERY_CODES, TotpSecret, recovery_code, recovery_hash,
};
use crate::domain::accounts::user::{Actor, User};
use crate::domain::audience::address::key_of;
use crate::domain::delivery::letter::Notice;
use crate::domain::phrase::Phrase;
use crate::store::StoreError;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::second_factors;
use crate::store::accounts::second_factors::Authenticator;
use crate::store::accounts::{sessions, users};

/// Whose password was right and whose code is waited for.
///
/// # Errors
/// The database's.
pub async fn halfway(app: &App, token: &Token) -> Result<Option<User>, StoreError> {
    let (hash, limits) = (token.hash(), halfway_limits(app));
    app.store
        .read(move |c| Ok(sessions::find(c, &hash, limits, true)?.map(|session| session.user)))
        .await
}

/// The second step of signing in: a code of the authenticator, or one on paper, each good once.
///
/// # Errors
/// `NotFound`: the password was too long ago; a wrong code; too many of them.
pub async fn second_step(
    app: &App,
    origin: Origin,
    token: &Token,
    code: &str,
) -> Result<SignedIn, ActionError> {
    let waiting = halfway(app, token).await?.ok_or(ActionError::NotFound)?;
    let id = waiting.id;
    let known = app
        .store
        .read(move |c| users::credentials_by_id(c, id))
        .await?
        .ok_or(ActionError::NotFound)?;
    let buckets = match device::check(app, id, &known.password_hash, &origin.device) {
        Some(device) => vec![Bucket::Device(id, device)],
        None => vec![
            Bucket::Proofs(id, Network::of(&origin.address)),
            Bucket::CodesToAll(id),
        ],
    };
    let first_step = sign_in::buckets(app, &key_of(&waiting.email), Some(&known), &origin);
    let now = app.clock.now();
    app.throttles
        .take(&buckets, now)
        .map_err(ActionError::Throttled)?;
    let mark = device::renew(app, id, &known.password_hash, &origin.device);
    let (new, opened) = new_session(&origin, id, false);
    let (hash, half, whole) = (token.hash(), halfway_limits(app), limits(app));
    let (code, secret) = (code.to_owned(), app.secret.clone());
    let is_right = app
        .store
        .write(move |c| {
            // All in one: of two codes that come at once one gets in.
            let session = sessions::find(c, &hash, half, true)?.ok_or(ActionError::NotFound)?;
            let user = session.user;
            if !use_code(c, &secret, &origin.actor(&user), &user, &code, now)? {
                return Ok(false);
            }
            sessions::delete(c, &hash)?;
            store_session(c, &new, &origin, &user, whole, now)?;
            Ok::<_, ActionError>(true)
        })
        .await?;
    if !is_right {
        return Err(ActionError::field("code", Phrase::new("error-code")));
    }
    app.throttles.forget(&buckets);
    app.throttles.forget(&first_step[..1]);
    Ok(SignedIn {
        token: opened,
        device: mark,
    })
}

/// Checks a code and uses it up; what came of it is in the audit log.
fn use_code(
    c: &rusqlite::Connection,
    secret: &[u8],
    actor: &Actor,
    user: &User,
    code: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let id = user.id;
    let by_clock = second_factors::authenticator(c, id)?
        .filter(|known| known.since.is_some())
        .and_then(|known| step(secret, id, &known, code, now));
    if let Some(step) = by_clock
        && second_factors::take_step(c, id, step)?
    {
        return Ok(true);
    }
    let on_paper = match recovery_hash(code) {
        Some(hash) => second_factors::use_recovery_code(c, id, &hash)?,
        None => false,
    };
    let verb = if on_paper {
        "use_recovery_code"
    } else {
        "code_failed"
    };
    audit::record(c, actor, Entry::of_user(verb, id, &user.email), now)?;
    Ok(on_paper)
}

fn step(secret: &[u8], user: Id, known: &Authenticator, code: &str, now: i64) -> Option<i64> {
    sealing::open(secret, user, &known.encrypted)?.check(code, now, known.last_step)
}

/// Proposes an authenticator's secret; it counts for nothing until its first code is typed. It takes
/// the password: whoever finds a browser open must not lock its owner out. For the same reason only
/// the session that gave the password sees the secret and can take it, for ten minutes.
///
/// # Errors
/// A complaint under `password`; it is in use already; there is no session.
pub async fn start_two_factor(
    app: &App,
    actor: &Actor,
    session: Option<Id>,
    password: String,
) -> Result<(), ActionError> {
    let session = session.ok_or(ActionError::NotFound)?;
    let proved = prove(app, actor, "password", password).await?;
    let (id, now) = (proved.user.id, app.clock.now());
    let secret = TotpSecret::new(rand::rng().random());
    let sealed = sealing::seal(&app.secret, id, &secret);
    app.store
        .write(move |c| {
            proved.still(c)?;
            second_factors::delete_stale(c, now)?;
            if second_factors::propose(c, id, session, &sealed, now)? {
                Ok(())
            } else {
                Err(ActionError::Refused(Phrase::new("refused-two-factor-on")))
            }
        })
        .await
}

/// The secret that this session has proposed, for showing it.
///
/// # Errors
/// The database's.
pub async fn proposed_secret(
    app: &App,
    actor: &Actor,
    session: Option<Id>,
) -> Result<Option<TotpSecret>, StoreError> {
    let (Some(id), Some(session)) = (actor.user_id(), session) else {
        return Ok(None);
    };
    let (secret, now) = (app.secret.clone(), app.clock.now());
    app.store
        .read(move |c| {
            Ok(second_factors::proposal(c, id, session, now)?
                .and_then(|known| sealing::open(&secret, id, &known.encrypted)))
        })
        .await
}

/// Turns two-factor sign-in on with the first code of the authenticator that this session has
/// proposed. All other sessions end: they were opened by the password alone. Returns the codes on
/// paper.
///
/// # Errors
/// A complaint under `code`; this session has proposed nothing, or too long ago; it is on already.
pub async fn confirm_two_factor(
    app: &App,
    actor: &Actor,
    session: Option<Id>,
    code: &str,
) -> Result<Vec<String>, ActionError> {
    let id = actor.user_id().ok_or(ActionError::NotFound)?;
    let session = session.ok_or(ActionError::NotFound)?;
    let (now, actor, code) = (app.clock.now(), actor.clone(), code.to_owned());
    let service = app.config.language;
    let secret = app.secret.clone();
    let codes = recovery_codes();
    let hashes = hashes(&codes);
    app.store
        .write(move |c| {
            let known = second_factors::proposal(c, id, session, now)?
                .ok_or_else(|| ActionError::Refused(Phrase::new("refused-two-factor-start")))?;
            let step = step(&secret, id, &known, &code, now)
                .ok_or_else(|| ActionError::field("code", Phrase::new("error-code")))?;
            second_factors::take_step(c, id, step)?;
            second_factors::turn_on(c, id, now)?;
            second_factors::put_recovery_codes(c, id, &hashes)?;
            sessions::delete_others(c, id, session)?;
            let user = users::by_id(c, id)?.ok_or(ActionError::NotFound)?;
            notice(c, service, &user, Notice::TwoFactorOn, "", now)?;
            let entry = Entry::of_user("two_factor_on", id, &user.email);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    app.wakeup.wake();
    Ok(codes)
}

fn recovery_codes() -> Vec<String> {
    (0..RECOVERY_CODES)
        .map(|_| recovery_code(rand::rng().random()))
        .collect()
}

fn hashes(codes: &[String]) -> Vec<[u8; 32]> {
    codes
        .iter()
        .filter_map(|code| recovery_hash(code))
        .collect()
}

/// Makes new codes on paper; the old ones are void.
///
/// # Errors
/// A complaint under `password`; it is not on.
pub async fn renew_recovery_codes(
    app: &App,
    actor: &Actor,
    password: String,
) -> Result<Vec<String>, ActionError> {
    let proved = prove(app, actor, "password", password).await?;
    let (now, actor) = (app.clock.now(), actor.clone());
    let codes = recovery_codes();
    let hashes = hashes(&codes);
    app.store
        .write(move |c| {
            let user = with_two_factor(proved.still(c)?)?;
            second_factors::put_recovery_codes(c, user.id, &hashes)?;
            let entry = Entry::of_user("renew_recovery_codes", user.id, &user.email);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    Ok(codes)
}

/// Turns it off for oneself.
///
/// # Errors
/// A complaint under `password`; it is not on.
pub async fn turn_two_factor_off(
    app: &App,
    actor: &Actor,
    password: String,
) -> Result<(), ActionError> {
    let proved = prove(app, actor, "password", password).await?;
    let (now, actor) = (app.clock.now(), actor.clone());
    let service = app.config.language;
    app.store
        .write(move |c| {
            let user = with_two_factor(proved.still(c)?)?;
            second_factors::turn_off(c, user.id)?;
            notice(c, service, &user, Notice::TwoFactorOff, "", now)?;
            let entry = Entry::of_user("two_factor_off", user.id, &user.email);
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}

fn with_two_factor(user: User) -> Result<User, ActionError> {
    if user.two_factor {
        Ok(user)
    } else {
        Err(ActionError::Refused(Phrase::new("refused-two-factor-off")))
    }
}
