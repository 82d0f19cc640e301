use rand::RngExt as _;

use super::device;
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::accounts::token::{Purpose, Token};
use crate::domain::accounts::user::{Actor, User};
use crate::domain::system::clock_jump::LEEWAY;
use crate::domain::{Id, Millis};
use crate::recurring::Recurring;
use crate::store::StoreError;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::sessions;
use crate::store::accounts::sessions::{Limits, NewSession, Session};
use crate::store::accounts::users;
use crate::store::accounts::users::Credentials;
use crate::store::accounts::{second_factors, tokens};

/// For the log.
static UNTOUCHED: Recurring = Recurring::new();

/// Where somebody comes from, for the list of sessions and the audit log, and what their browser
/// shows to have been an account's before.
#[derive(Debug, Clone)]
pub struct Origin {
    pub address: String,
    pub user_agent: String,
    pub device: String,
}

impl Origin {
    /// Them, once it is known who they are.
    pub(in crate::actions) fn actor(&self, user: &User) -> Actor {
        Actor::Person {
            id: user.id,
            role: user.role,
            address: self.address.clone(),
        }
    }

    pub(in crate::actions) fn visitor(&self) -> Actor {
        Actor::Visitor {
            address: self.address.clone(),
        }
    }
}

/// What the browser is to keep: 256 random bits. The database knows only their hash.
#[derive(Debug)]
pub struct SignedIn {
    pub token: Token,
    /// Shows later that the account's owner has used this browser.
    pub device: String,
}

/// An account as it was when its password was checked, outside of any transaction.
#[derive(Debug, Clone)]
pub(in crate::actions) struct Verified {
    pub(in crate::actions) id: Id,
    pub(in crate::actions) hash: String,
    pub(in crate::actions) two_factor: bool,
}

impl From<&Credentials> for Verified {
    fn from(known: &Credentials) -> Self {
        Self {
            id: known.id,
            hash: known.password_hash.clone(),
            two_factor: known.two_factor,
        }
    }
}

impl Verified {
    /// The account now, in the transaction that acts on it; `None` where it was blocked, its password
    /// changed, or its second step turned on or off in between.
    pub(in crate::actions) fn still(
        &self,
        c: &rusqlite::Connection,
    ) -> Result<Option<User>, StoreError> {
        let is_same = users::credentials_by_id(c, self.id)?.is_some_and(|now| {
            now.confirmed
                && !now.blocked
                && now.password_hash == self.hash
                && now.two_factor == self.two_factor
        });
        if is_same {
            users::by_id(c, self.id)
        } else {
            Ok(None)
        }
    }
}

/// How long a code may be waited for.
const HALFWAY: Millis = 10 * 60_000;

/// A session that is to be stored, and the token that its browser keeps.
pub(in crate::actions) fn new_session(
    origin: &Origin,
    user: Id,
    halfway: bool,
) -> (NewSession, Token) {
    let token = Token::new(rand::rng().random());
    let new = NewSession {
        token_hash: token.hash(),
        user_id: user,
        address: origin.address.clone(),
        user_agent: origin.user_agent.chars().take(300).collect(),
        halfway,
    };
    (new, token)
}

/// Stores a session, and its audit line if it is a whole one; drops what is past its limits.
pub(in crate::actions) fn store_session(
    c: &rusqlite::Connection,
    new: &NewSession,
    origin: &Origin,
    user: &User,
    limits: Limits,
    now: Millis,
) -> Result<(), ActionError> {
    sessions::delete_stale(c, limits, now - HALFWAY)?;
    second_factors::delete_stale(c, now)?;
    sessions::insert(c, new, now)?;
    if !new.halfway {
        let entry = Entry::of_user("sign_in", user.id, &user.email);
        audit::record(c, &origin.actor(user), entry, now)?;
    }
    Ok(())
}

/// Opens a new session for an account that was just verified; whatever the browser had before is not
/// reused. `None` where the account is not the same any more.
pub(in crate::actions) async fn open_session(
    app: &App,
    origin: Origin,
    verified: Verified,
    halfway: bool,
) -> Result<Option<SignedIn>, ActionError> {
    let (new, token) = new_session(&origin, verified.id, halfway);
    let (now, limits) = (app.clock.now(), limits(app));
    let device = device::renew(app, verified.id, &verified.hash, &origin.device);
    let opened = app
        .store
        .write(move |c| {
            let Some(user) = verified.still(c)? else {
                return Ok(false);
            };
            store_session(c, &new, &origin, &user, limits, now)?;
            Ok::<_, ActionError>(true)
        })
        .await?;
    Ok(opened.then_some(SignedIn { token, device }))
}

/// How old and how long unused a session may be.
pub fn limits(app: &App) -> Limits {
    let now = app.clock.now();
    Limits {
        born_after: now - app.config.session_longest,
        born_before: now + LEEWAY,
        seen_after: now - app.config.session_idle,
    }
}

pub(in crate::actions) fn halfway_limits(app: &App) -> Limits {
    let now = app.clock.now();
    let since = now - HALFWAY;
    Limits {
        born_after: since,
        born_before: now + LEEWAY,
        seen_after: since,
    }
}

/// A session's last use is written down at most this often, and often enough for one that must not
/// be unused for long.
const TOUCH: Millis = 60_000;

fn touch_every(app: &App) -> u64 {
    TOUCH.min(app.config.session_idle / 4).unsigned_abs()
}

/// The session that a browser's token stands for, if it is still good; notes that it was used.
/// `version` is the database's (`Store::version`), asked before the row is: what is kept is never
/// taken for newer than it is.
///
/// # Errors
/// The database's.
pub async fn session(
    app: &App,
    token: &Token,
    version: i64,
) -> Result<Option<Session>, StoreError> {
    let (hash, limits, now) = (token.hash(), limits(app), app.clock.now());
    let touch = touch_every(app);
    if let Some(session) = app.cache.session(&hash, version)
        && session.created_at > limits.born_after
        && session.created_at < limits.born_before
        && session.last_seen_at > limits.seen_after
        && now.abs_diff(session.last_seen_at) <= touch
    {
        return Ok(Some(session));
    }
    let found = app
        .store
        .read(move |c| sessions::find(c, &hash, limits, false))
        .await?;
    if let Some(session) = &found {
        app.cache.keep_session(&hash, version, session);
    }
    if let Some(session) = &found
        // Also where it was used later than now: by a clock that was wrong.
        && now.abs_diff(session.last_seen_at) > touch
    {
        let (id, user) = (session.id, session.user.id);
        let touched = app
            .store
            .write(move |c| sessions::touch(c, id, user, now))
            .await;
        if let Err(error) = touched {
            let error: StoreError = error;
            if let Some(times) = UNTOUCHED.is_so(&error.kind()) {
                tracing::warn!(%error, times, "a session's last use could not be written down");
            }
        } else {
            _ = UNTOUCHED.is_not_so();
        }
    }
    Ok(found)
}

/// Whether a letter's link is still good.
///
/// # Errors
/// The database's.
pub async fn is_good(app: &App, token: &Token, purpose: Purpose) -> Result<bool, StoreError> {
    let (token, now) = (*token, app.clock.now());
    app.store
        .read(move |c| Ok(tokens::find(c, &token, purpose, now)?.is_some()))
        .await
}
