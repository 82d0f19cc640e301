//! Sessions: who is signed in, by the hash of the token in their cookie.

use rusqlite::{Connection, OptionalExtension as _, named_params};
use serde::Serialize;

use super::users;
use crate::domain::accounts::user::User;
use crate::domain::{Id, Millis};
use crate::store::StoreError;

/// A session that is still good.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: Id,
    pub user: User,
    pub created_at: Millis,
    pub last_seen_at: Millis,
}

#[derive(Debug)]
pub struct NewSession {
    pub token_hash: [u8; 32],
    pub user_id: Id,
    pub address: String,
    pub user_agent: String,
    /// The password was right; the second factor is still to come.
    pub halfway: bool,
}

/// How old a session may be, and how long unused.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub born_after: Millis,
    /// What claims to be younger was opened by a clock that was wrong, and would live for as long
    /// as that was ahead.
    pub born_before: Millis,
    pub seen_after: Millis,
}

pub fn insert(connection: &Connection, new: &NewSession, now: Millis) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, address,
                                   user_agent, halfway)
             VALUES (:token_hash, :user_id, :now, :now, :address, :user_agent, :halfway)",
        )?
        .execute(named_params! {
            ":token_hash": new.token_hash,
            ":user_id": new.user_id,
            ":now": now,
            ":address": new.address,
            ":user_agent": new.user_agent,
            ":halfway": new.halfway,
        })?;
    // Whoever signs in again and again does not fill the disk. Who has the password alone, and no
    // code, ends nobody's session.
    connection
        .prepare_cached(
            "DELETE FROM sessions WHERE user_id = :user AND halfway = :halfway AND id NOT IN
                 (SELECT id FROM sessions WHERE user_id = :user AND halfway = :halfway
                  ORDER BY id DESC LIMIT :kept)",
        )?
        .execute(named_params! {
            ":user": new.user_id,
            ":halfway": new.halfway,
            ":kept": SHOWN,
        })?;
    if !new.halfway {
        saw(connection, new.user_id, now)?;
    }
    Ok(())
}

fn saw(connection: &Connection, user: Id, now: Millis) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE users SET last_seen_at = :now WHERE id = :user")?
        .execute(named_params! { ":user": user, ":now": now })?;
    Ok(())
}

/// The session of a token within its limits, its user neither blocked nor unconfirmed.
pub fn find(
    connection: &Connection,
    token_hash: &[u8; 32],
    limits: Limits,
    halfway: bool,
) -> Result<Option<Session>, StoreError> {
    let sql = format!(
        "SELECT {}, s.id, s.last_seen_at, s.created_at FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.token_hash = :token_hash AND s.halfway = :halfway
           AND s.created_at > :born_after AND s.created_at < :born_before AND s.last_seen_at > :seen_after
           AND u.blocked_at IS NULL AND u.confirmed_at IS NOT NULL AND u.deleted_at IS NULL",
        users::COLUMNS
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(
            named_params! {
                ":token_hash": token_hash,
                ":halfway": halfway,
                ":born_after": limits.born_after,
                ":born_before": limits.born_before,
                ":seen_after": limits.seen_after,
            },
            |row| {
                Ok(Session {
                    user: users::map(row)?,
                    id: row.get(users::COLUMNS_COUNT)?,
                    last_seen_at: row.get(users::COLUMNS_COUNT + 1)?,
                    created_at: row.get(users::COLUMNS_COUNT + 2)?,
                })
            },
        )
        .optional()?)
}

/// A session as its owner sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    pub id: Id,
    pub created_at: Millis,
    pub last_seen_at: Millis,
    pub address: String,
    pub user_agent: String,
}

/// Most sessions of a user that are kept, and so shown: the newest.
const SHOWN: i64 = 100;

/// A user's good sessions, the last used first.
pub fn of_user(connection: &Connection, user: Id, limits: Limits) -> Result<Vec<Seen>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT id, created_at, last_seen_at, address, user_agent FROM sessions
             WHERE user_id = :user AND halfway = 0
               AND created_at > :born_after AND created_at < :born_before
               AND last_seen_at > :seen_after
             ORDER BY last_seen_at DESC, id DESC LIMIT :limit",
        )?
        .query_map(
            named_params! {
                ":user": user,
                ":born_after": limits.born_after,
                ":born_before": limits.born_before,
                ":seen_after": limits.seen_after,
                ":limit": SHOWN,
            },
            |row| {
                Ok(Seen {
                    id: row.get(0)?,
                    created_at: row.get(1)?,
                    last_seen_at: row.get(2)?,
                    address: row.get(3)?,
                    user_agent: row.get(4)?,
                })
            },
        )?
        .collect::<rusqlite::Result<_>>()?)
}

/// Notes that a session was used, and its user with it.
pub fn touch(
    connection: &Connection,
    session: Id,
    user: Id,
    now: Millis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE sessions SET last_seen_at = :now WHERE id = :session")?
        .execute(named_params! { ":session": session, ":now": now })?;
    saw(connection, user, now)
}

/// Ends the session of a token, whole or halfway. Returns whose it was.
pub fn delete(connection: &Connection, token_hash: &[u8; 32]) -> Result<Option<Id>, StoreError> {
    Ok(connection
        .prepare_cached("DELETE FROM sessions WHERE token_hash = :token_hash RETURNING user_id")?
        .query_row(named_params! { ":token_hash": token_hash }, |row| {
            row.get(0)
        })
        .optional()?)
}

/// Ends one of a user's; `false` where they have no such session.
pub fn delete_one(connection: &Connection, user: Id, session: Id) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("DELETE FROM sessions WHERE id = :session AND user_id = :user")?
        .execute(named_params! { ":session": session, ":user": user })?
        > 0)
}

/// Ends all of a user's.
pub fn delete_all(connection: &Connection, user: Id) -> Result<usize, StoreError> {
    Ok(connection
        .prepare_cached("DELETE FROM sessions WHERE user_id = :user")?
        .execute(named_params! { ":user": user })?)
}

/// Ends all of a user's but this one.
pub fn delete_others(connection: &Connection, user: Id, kept: Id) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM sessions WHERE user_id = :user AND id <> :kept")?
        .execute(named_params! { ":user": user, ":kept": kept })?;
    Ok(())
}

/// Drops sessions past their limits, and half ones from before `halfway_before`.
pub fn delete_stale(
    connection: &Connection,
    limits: Limits,
    halfway_before: Millis,
) -> Result<usize, StoreError> {
    Ok(connection
        .prepare_cached(
            "DELETE FROM sessions WHERE created_at <= :born OR last_seen_at <= :seen
                OR (halfway = 1 AND created_at <= :halfway)",
        )?
        .execute(named_params! {
            ":born": limits.born_after,
            ":seen": limits.seen_after,
            ":halfway": halfway_before,
        })?)
}
