//! What links in the service's own mail prove, by hash.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use crate::domain::accounts::token::{Purpose, Token};
use crate::domain::system::clock_jump::LEEWAY;
use crate::domain::{Id, Millis};
use crate::store::StoreError;

/// An account that was not confirmed for so long is forgotten.
const FORGOTTEN: Millis = 7 * 24 * 3_600_000;

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub user_id: Id,
    /// The address to change to.
    pub email: Option<String>,
}

/// Makes a token good, and its user's older ones of that purpose void.
pub fn insert(
    connection: &Connection,
    token: &Token,
    purpose: Purpose,
    user: Id,
    email: Option<&str>,
    now: Millis,
) -> Result<(), StoreError> {
    void(connection, user, purpose)?;
    connection
        .prepare_cached("DELETE FROM tokens WHERE expires_at <= :now")?
        .execute(named_params! { ":now": now })?;
    // Accounts that were asked for and never confirmed go, when no link leads to them any more.
    connection
        .prepare_cached(
            "DELETE FROM users WHERE confirmed_at IS NULL AND deleted_at IS NULL
               AND password_hash = '' AND created_at < :old AND id <> :user
               AND NOT EXISTS (SELECT 1 FROM tokens t WHERE t.user_id = users.id)
               AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.user_id = users.id)",
        )?
        .execute(named_params! { ":old": now - FORGOTTEN, ":user": user })?;
    connection
        .prepare_cached(
            "INSERT INTO tokens (token_hash, user_id, purpose, email, created_at, expires_at)
             VALUES (:hash, :user, :purpose, :email, :now, :expires_at)",
        )?
        .execute(named_params! {
            ":hash": token.hash(),
            ":user": user,
            ":purpose": purpose.name(),
            ":email": email,
            ":now": now,
            ":expires_at": now + purpose.lifetime(),
        })?;
    Ok(())
}

/// One that was made later than can be was made by a clock that was wrong, and would be good for as
/// long as that was ahead.
const GOOD: &str =
    "token_hash = :hash AND purpose = :purpose AND expires_at > :now AND created_at < :latest
    AND user_id IN (SELECT id FROM users WHERE blocked_at IS NULL AND deleted_at IS NULL)";

/// What a token stands for, while it is good.
pub fn find(
    connection: &Connection,
    token: &Token,
    purpose: Purpose,
    now: Millis,
) -> Result<Option<Proof>, StoreError> {
    ask(
        connection,
        &format!("SELECT user_id, email FROM tokens WHERE {GOOD}"),
        token,
        purpose,
        now,
    )
}

/// The same, and it is good no longer. Of two that use it at once, one gets it: there is one writer.
pub fn use_up(
    connection: &Connection,
    token: &Token,
    purpose: Purpose,
    now: Millis,
) -> Result<Option<Proof>, StoreError> {
    ask(
        connection,
        &format!("DELETE FROM tokens WHERE {GOOD} RETURNING user_id, email"),
        token,
        purpose,
        now,
    )
}

fn ask(
    connection: &Connection,
    sql: &str,
    token: &Token,
    purpose: Purpose,
    now: Millis,
) -> Result<Option<Proof>, StoreError> {
    Ok(connection
        .prepare_cached(sql)?
        .query_row(
            named_params! {
                ":hash": token.hash(),
                ":purpose": purpose.name(),
                ":now": now,
                ":latest": now + LEEWAY,
            },
            |row| {
                Ok(Proof {
                    user_id: row.get(0)?,
                    email: row.get(1)?,
                })
            },
        )
        .optional()?)
}

/// Makes all of a user's tokens void, and what would become one: after the password has changed, or
/// the account was blocked, no earlier letter opens anything.
pub fn void_all(connection: &Connection, user: Id) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM tokens WHERE user_id = :user",
        "DELETE FROM outbox WHERE user_id = :user AND kind = 'change-email'",
    ] {
        connection
            .prepare_cached(sql)?
            .execute(named_params! { ":user": user })?;
    }
    Ok(())
}

/// Makes a user's tokens of a purpose void.
pub fn void(connection: &Connection, user: Id, purpose: Purpose) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM tokens WHERE user_id = :user AND purpose = :purpose")?
        .execute(named_params! { ":user": user, ":purpose": purpose.name() })?;
    Ok(())
}
