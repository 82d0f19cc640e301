//! The second step of signing in: authenticators' secrets (encrypted by whoever hands them over)
//! and the hashes of codes on paper.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::StoreError;
use crate::domain::{Id, Millis};

/// What is known of an account's authenticator.
#[derive(Debug, Clone)]
pub struct Authenticator {
    pub encrypted: Vec<u8>,
    /// Since when it is asked for; `None`: not proved yet.
    pub since: Option<Millis>,
    /// The last time step whose code was taken.
    pub last_step: i64,
}

pub fn authenticator(
    connection: &Connection,
    user: Id,
) -> Result<Option<Authenticator>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT totp_secret, totp_since, totp_step FROM users
             WHERE id = :user AND totp_secret IS NOT NULL",
        )?
        .query_row(named_params! { ":user": user }, |row| {
            Ok(Authenticator {
                encrypted: row.get(0)?,
                since: row.get(1)?,
                last_step: row.get(2)?,
            })
        })
        .optional()?)
}

/// Keeps a secret that is to be proved by its first code; one that is in use stays as it is.
pub fn propose(connection: &Connection, user: Id, encrypted: &[u8]) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "UPDATE users SET totp_secret = :secret, totp_step = 0
             WHERE id = :user AND totp_since IS NULL",
        )?
        .execute(named_params! { ":user": user, ":secret": encrypted })?
        > 0)
}

/// Takes a code's time step; `false` where it, or a later one, was taken before.
pub fn take_step(connection: &Connection, user: Id, step: i64) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "UPDATE users SET totp_step = :step WHERE id = :user AND totp_step < :step",
        )?
        .execute(named_params! { ":user": user, ":step": step })?
        > 0)
}

/// From now on a code is asked for.
pub fn turn_on(connection: &Connection, user: Id, now: Millis) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE users SET totp_since = :now WHERE id = :user")?
        .execute(named_params! { ":user": user, ":now": now })?;
    Ok(())
}

/// Forgets the authenticator and the codes on paper.
pub fn turn_off(connection: &Connection, user: Id) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE users SET totp_secret = NULL, totp_since = NULL, totp_step = 0
             WHERE id = :user",
        )?
        .execute(named_params! { ":user": user })?;
    put_recovery_codes(connection, user, &[])
}

/// Replaces the codes on paper.
pub fn put_recovery_codes(
    connection: &Connection,
    user: Id,
    hashes: &[[u8; 32]],
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM recovery_codes WHERE user_id = :user")?
        .execute(named_params! { ":user": user })?;
    let mut insert = connection
        .prepare_cached("INSERT INTO recovery_codes (user_id, code_hash) VALUES (:user, :hash)")?;
    for hash in hashes {
        insert.execute(named_params! { ":user": user, ":hash": hash })?;
    }
    Ok(())
}

/// Uses a code on paper up; `false` where there is no such code.
pub fn use_recovery_code(
    connection: &Connection,
    user: Id,
    hash: &[u8; 32],
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("DELETE FROM recovery_codes WHERE user_id = :user AND code_hash = :hash")?
        .execute(named_params! { ":user": user, ":hash": hash })?
        > 0)
}

/// How many codes on paper are left.
pub fn count_recovery_codes(connection: &Connection, user: Id) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM recovery_codes WHERE user_id = :user")?
        .query_row(named_params! { ":user": user }, |row| row.get(0))?)
}
