//! The second step of signing in: authenticators' secrets (encrypted by whoever hands them over)
//! and the hashes of codes on paper.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use crate::domain::accounts::two_factor::PROPOSAL;
use crate::domain::system::clock_jump::LEEWAY;
use crate::domain::{Id, Millis};
use crate::store::StoreError;

/// What is known of an account's authenticator.
#[derive(Debug, Clone)]
pub struct Authenticator {
    pub encrypted: Vec<u8>,
    /// Since when it is asked for; `None`: not proved yet.
    pub since: Option<Millis>,
    /// The last time step whose code was taken.
    pub last_step: i64,
    /// By which session it is proposed, and when.
    pub proposed: Option<(Id, Millis)>,
}

pub fn authenticator(
    connection: &Connection,
    user: Id,
) -> Result<Option<Authenticator>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT totp_secret, totp_since, totp_step, totp_session, totp_proposed_at FROM users
             WHERE id = :user AND totp_secret IS NOT NULL",
        )?
        .query_row(named_params! { ":user": user }, |row| {
            Ok(Authenticator {
                encrypted: row.get(0)?,
                since: row.get(1)?,
                last_step: row.get(2)?,
                proposed: row
                    .get::<_, Option<Id>>(3)?
                    .zip(row.get::<_, Option<Millis>>(4)?),
            })
        })
        .optional()?)
}

/// The authenticator that a session has proposed and has not proved yet; good for
/// [`PROPOSAL`], and for that session alone.
pub fn proposal(
    connection: &Connection,
    user: Id,
    session: Id,
    now: Millis,
) -> Result<Option<Authenticator>, StoreError> {
    let is_good = |(by, at): (Id, Millis)| {
        // One that is younger than it can be was made by a clock that was wrong.
        by == session && now - at < PROPOSAL && at - now < LEEWAY
    };
    Ok(authenticator(connection, user)?
        .filter(|known| known.since.is_none() && known.proposed.is_some_and(is_good)))
}

/// Forgets the proposals that were not taken in time.
pub fn delete_stale(connection: &Connection, now: Millis) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE users INDEXED BY users_with_proposal
             SET totp_secret = NULL, totp_step = 0, totp_session = NULL, totp_proposed_at = NULL
             WHERE totp_secret IS NOT NULL AND totp_since IS NULL AND totp_proposed_at <= :oldest",
        )?
        .execute(named_params! { ":oldest": now - PROPOSAL })?;
    Ok(())
}

/// Keeps a secret that is to be proved by its first code, in the session that proposes it; one that
/// is in use stays as it is.
pub fn propose(
    connection: &Connection,
    user: Id,
    session: Id,
    encrypted: &[u8],
    now: Millis,
) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "UPDATE users SET totp_secret = :secret, totp_step = 0, totp_session = :session,
                    totp_proposed_at = :now
             WHERE id = :user AND totp_since IS NULL",
        )?
        .execute(named_params! {
            ":user": user,
            ":session": session,
            ":secret": encrypted,
            ":now": now,
        })?
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
        .prepare_cached(
            "UPDATE users SET totp_since = :now, totp_session = NULL, totp_proposed_at = NULL
             WHERE id = :user",
        )?
        .execute(named_params! { ":user": user, ":now": now })?;
    Ok(())
}

/// Forgets the authenticator and the codes on paper.
pub fn turn_off(connection: &Connection, user: Id) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE users SET totp_secret = NULL, totp_since = NULL, totp_step = 0,
                    totp_session = NULL, totp_proposed_at = NULL
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
