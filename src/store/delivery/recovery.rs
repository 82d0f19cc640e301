//! Deliveries that were being tried when an engine died.

use rusqlite::Connection;

use super::attempt_result::AttemptResult;
use super::tries::settle;
use crate::domain::delivery::reply::Reply;
use crate::domain::delivery::{OnDoubt, Outcome};
use crate::domain::{Id, Millis};
use crate::store::{Journal, StoreError};

/// Settles what a dead engine left: every delivery that was being tried is in doubt. Returns how
/// many there were.
pub fn recover(
    connection: &Connection,
    on_doubt: OnDoubt,
    text: &str,
    now: Millis,
) -> Result<usize, StoreError> {
    let left: Vec<((Id, Id), String, u32, Millis)> = connection
        .prepare_cached(
            "SELECT d.id, d.run_id, d.email, d.attempts, d.due_at FROM runs r
             JOIN deliveries d ON d.run_id = r.id AND d.state = 'trying'
             WHERE r.trying > 0",
        )?
        .query_map([], |row| {
            let ids = (row.get(0)?, row.get(1)?);
            Ok((ids, row.get(2)?, row.get(3)?, row.get(4)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Journal::alone(connection, |journal| {
        for (ids, email, nth, since) in &left {
            let mut tried =
                AttemptResult::begun(*ids, email, *nth, *since).took((now - since).max(0));
            tried.outcome = Outcome::InDoubt;
            tried.reply = Reply::new(0, "", text);
            tried.again_at = (on_doubt == OnDoubt::Retry).then_some(now);
            settle(journal, &tried, now)?;
        }
        Ok(left.len())
    })
}
