//! How the service as a whole is doing, in numbers for a monitoring system.

use rusqlite::Connection;

use crate::store::StoreError;
use crate::store::db::snapshot::snapshot;

/// What there is of unfinished work. The runs' counters are kept, so that no delivery is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gauges {
    pub runs_active: i64,
    pub runs_paused: i64,
    /// Deliveries of those runs: never tried yet, tried and to be tried again, being tried.
    pub queued: i64,
    pub deferred: i64,
    pub trying: i64,
    /// Relays that are away.
    pub relays_down: i64,
    /// The database's size, without its log.
    pub octets: i64,
}

/// One look at all of it.
pub fn gauges(connection: &Connection) -> Result<Gauges, StoreError> {
    snapshot(connection, |c| {
        let mut gauges = c
            .prepare_cached(
                "SELECT coalesce(sum(state = 'active'), 0), coalesce(sum(state = 'paused'), 0),
                        coalesce(sum(queued), 0), coalesce(sum(deferred), 0), coalesce(sum(trying), 0),
                        (SELECT count(*) FROM relay_status)
                 FROM runs WHERE state IN ('active', 'paused')",
            )?
            .query_row([], |row| {
                Ok(Gauges {
                    runs_active: row.get(0)?,
                    runs_paused: row.get(1)?,
                    queued: row.get(2)?,
                    deferred: row.get(3)?,
                    trying: row.get(4)?,
                    relays_down: row.get(5)?,
                    octets: 0,
                })
            })?;
        gauges.octets = c
            .prepare_cached(
                "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
            )?
            .query_row([], |row| row.get(0))?;
        Ok(gauges)
    })
}
