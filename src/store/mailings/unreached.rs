//! The recipients whom a run did not reach.

use rusqlite::{Connection, named_params};

use crate::domain::Id;
use crate::store::StoreError;

/// Whether a delivery `d` of a run did not reach its recipient: refused, expired, or skipped because
/// the run was cancelled. Not who was ever in doubt and may have it, nor who unsubscribed. In the words of
/// the index `deliveries_failed`.
pub(in crate::store) const FAILED: &str =
    "(d.state = 'refused' OR d.state = 'expired' OR d.state = 'skipped')
     AND (d.state <> 'skipped' OR d.reason = 'cancelled')
     AND NOT EXISTS (SELECT 1 FROM attempts a
                     WHERE a.delivery_id = d.id AND a.outcome = 'in_doubt')";

/// Those of a run whose recipients are still there.
fn of_failed() -> String {
    format!(
        "FROM deliveries d INDEXED BY deliveries_failed
         CROSS JOIN recipients r ON r.id = d.recipient_id
         WHERE d.run_id = :run AND {FAILED}"
    )
}

/// Whether there are any.
pub(in crate::store) fn has_failed(connection: &Connection, run: Id) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(&format!("SELECT EXISTS (SELECT 1 {})", of_failed()))?
        .query_row(named_params! { ":run": run }, |row| row.get(0))?)
}

/// How many those are.
pub fn count_failed(connection: &Connection, run: Id) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached(&format!("SELECT count(*) {}", of_failed()))?
        .query_row(named_params! { ":run": run }, |row| row.get(0))?)
}
