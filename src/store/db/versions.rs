//! Versions of things: what a form saw, compared in the transaction that acts on it.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use crate::domain::{Id, Millis};
use crate::store::StoreError;

/// What has a version, and of what about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versioned {
    Recipient,
    Message,
    /// All that its form says; its recipients, too.
    Mailing,
    /// Whether it is switched off.
    Switch,
    /// What is said of a user.
    Profile,
    /// Whether a user is blocked.
    Block,
    /// A user's second step.
    SecondStep,
    /// A run's state, and the decisions about it.
    Run,
    /// A mailing, its message and its latest run: all that sending it depends on.
    Sending,
    /// A run, and how many of its deliveries ask for a decision.
    Doubts,
    /// A recipient list that is being built.
    Filling,
}

impl Versioned {
    const fn sql(self) -> &'static str {
        match self {
            Self::Recipient => "SELECT version FROM recipients WHERE id = :id",
            Self::Message => "SELECT version FROM messages WHERE id = :id",
            Self::Mailing => "SELECT version FROM mailings WHERE id = :id",
            Self::Switch => "SELECT switch_version FROM mailings WHERE id = :id",
            Self::Profile => "SELECT profile_version FROM users WHERE id = :id",
            Self::Block => "SELECT block_version FROM users WHERE id = :id",
            Self::SecondStep => "SELECT coalesce(totp_since, 0) FROM users WHERE id = :id",
            Self::Run => "SELECT version FROM runs WHERE id = :id",
            Self::Sending => {
                "SELECT (SELECT coalesce(max(r.id), 0) FROM runs r WHERE r.mailing_id = g.id)
                        || '.' || g.version || '.' || coalesce(m.version, 0)
                 FROM mailings g LEFT JOIN messages m ON m.id = g.message_id WHERE g.id = :id"
            }
            Self::Doubts => {
                "SELECT version || '.' || (in_doubt - doubts_left) FROM runs WHERE id = :id"
            }
            Self::Filling => {
                "SELECT started_at FROM fillings WHERE mailing_id = :id AND state = 'filling'"
            }
        }
    }
}

/// The version of a thing; empty: there is no such thing.
pub fn of(connection: &Connection, what: Versioned, id: Id) -> Result<String, StoreError> {
    let sql = format!("SELECT CAST(({}) AS TEXT)", what.sql());
    let found: Option<String> = connection
        .prepare_cached(&sql)?
        .query_row(named_params! { ":id": id }, |row| row.get(0))?;
    Ok(found.unwrap_or_default())
}

/// The version of one delivery in doubt: the attempt that left it so, and whether its owner has
/// decided. Pages know both (`doubts::Doubt`).
pub fn doubt(at: Millis, left_at: Option<Millis>) -> String {
    format!("{at}.{}", left_at.unwrap_or_default())
}

/// The same as it is now.
pub fn of_doubt(connection: &Connection, delivery: Id) -> Result<String, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT a.at, d.doubt_left_at FROM deliveries d
             JOIN attempts a ON a.id = (SELECT max(n.id) FROM attempts n
                                        WHERE n.delivery_id = d.id AND n.outcome = 'in_doubt')
             WHERE d.id = :id",
        )?
        .query_row(named_params! { ":id": delivery }, |row| {
            Ok(doubt(row.get(0)?, row.get(1)?))
        })
        .optional()?
        .unwrap_or_default())
}

/// A decision about a run's deliveries is a new version of it.
pub fn decided(connection: &Connection, run: Id) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE runs SET version = version + 1 WHERE id = :id")?
        .execute(named_params! { ":id": run })?;
    Ok(())
}

/// How long a form that adds something can be sent twice and add it once.
const KEPT: Millis = 7 * 24 * 3_600_000;

/// What the form with this key has added for its owner already.
pub fn made_with(connection: &Connection, owner: Id, key: &str) -> Result<Option<Id>, StoreError> {
    if key.is_empty() {
        return Ok(None);
    }
    Ok(connection
        .prepare_cached(
            "SELECT object_id FROM idempotency_keys WHERE owner_id = :owner AND key = :key",
        )?
        .query_row(named_params! { ":owner": owner, ":key": key }, |row| {
            row.get(0)
        })
        .optional()?)
}

/// Remembers what a form has added, in the transaction that adds it.
pub fn made(
    connection: &Connection,
    owner: Id,
    key: &str,
    object: Id,
    now: Millis,
) -> Result<(), StoreError> {
    if key.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached("DELETE FROM idempotency_keys WHERE created_at < :before")?
        .execute(named_params! { ":before": now - KEPT })?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO idempotency_keys (owner_id, key, object_id, created_at)
             VALUES (:owner, :key, :object, :now)",
        )?
        .execute(named_params! {
            ":owner": owner, ":key": key, ":object": object, ":now": now,
        })?;
    Ok(())
}
