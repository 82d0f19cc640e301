//! Deliveries as the engine finds them: which are due, which a dead engine left, which failed. They
//! are moved by `tries`.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use crate::domain::{Id, Millis};
use crate::store::StoreError;

/// A delivery whose time has come.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    pub id: Id,
    pub run_id: Id,
    pub email: String,
    pub name: String,
    pub due_at: Millis,
    /// Tries that were charged to it.
    pub attempts: u32,
}

/// What the engine needs to compose a run's mails.
#[derive(Debug, Clone)]
pub struct RunSnapshot {
    pub run_id: Id,
    pub mailing_id: Id,
    pub token: String,
    pub subject: String,
    pub body: String,
    pub owner_email: String,
    pub owner_name: String,
}

/// The runs that may be sent from now, oldest first.
pub fn sendable_runs(connection: &Connection, now: Millis) -> Result<Vec<RunSnapshot>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT r.id, r.mailing_id, r.token, r.subject, r.body, u.email, u.name
             FROM runs r JOIN mailings g ON g.id = r.mailing_id JOIN users u ON u.id = g.owner_id
             WHERE r.state = 'active' AND g.ends_at > :now
               AND g.disabled_at IS NULL AND u.blocked_at IS NULL
             ORDER BY r.id",
        )?
        .query_map(named_params! { ":now": now }, |row| {
            Ok(RunSnapshot {
                run_id: row.get(0)?,
                mailing_id: row.get(1)?,
                token: row.get(2)?,
                subject: row.get(3)?,
                body: row.get(4)?,
                owner_email: row.get(5)?,
                owner_name: row.get(6)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// Up to `limit` deliveries of a run that are due, the longest due first, from behind `after`
/// (due at, id).
pub fn due(
    connection: &Connection,
    run: Id,
    now: Millis,
    after: Option<(Millis, Id)>,
    limit: usize,
) -> Result<Vec<DueDelivery>, StoreError> {
    let (after_due, after_id) = after.unwrap_or((Millis::MIN, Id::MIN));
    Ok(connection
        .prepare_cached(
            "SELECT id, run_id, email, name, due_at, attempts FROM deliveries
             WHERE run_id = :run AND state = 'waiting' AND due_at <= :now
               AND (due_at, id) > (:after_due, :after_id)
             ORDER BY due_at, id LIMIT :limit",
        )?
        .query_map(
            named_params! {
                ":run": run,
                ":now": now,
                ":after_due": after_due,
                ":after_id": after_id,
                ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
            },
            |row| {
                Ok(DueDelivery {
                    id: row.get(0)?,
                    run_id: row.get(1)?,
                    email: row.get(2)?,
                    name: row.get(3)?,
                    due_at: row.get(4)?,
                    attempts: row.get(5)?,
                })
            },
        )?
        .collect::<rusqlite::Result<_>>()?)
}

/// When the sending of a run ends, if at this moment it may be sent at all: it is active, its mailing
/// is not switched off and its owner not blocked.
pub(in crate::store) fn sendable_until(
    connection: &Connection,
    run: Id,
) -> Result<Option<Millis>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT g.ends_at FROM runs r
             JOIN mailings g ON g.id = r.mailing_id JOIN users u ON u.id = g.owner_id
             WHERE r.id = :run AND r.state = 'active'
               AND g.disabled_at IS NULL AND u.blocked_at IS NULL",
        )?
        .query_row(named_params! { ":run": run }, |row| row.get(0))
        .optional()?)
}

/// Whether a delivery of this run could be claimed at this moment.
pub fn may_be_tried(connection: &Connection, run: Id, now: Millis) -> Result<bool, StoreError> {
    Ok(sendable_until(connection, run)?.is_some_and(|ends_at| ends_at > now))
}
