//! Numbers of rows that pages show, moved by triggers with the rows that they count (V7).

use rusqlite::{Connection, named_params};

pub(in crate::store) fn count(
    connection: &Connection,
    what: &'static str,
) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT count FROM kept_counts WHERE what = :what")?
        .query_row(named_params! { ":what": what }, |row| row.get(0))
}
