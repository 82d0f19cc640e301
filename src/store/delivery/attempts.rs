//! Attempts: one row a try, never updated, never dropped. They are written by the journal
//! (`deliveries`); here they are read.

use rusqlite::{Connection, Row, named_params};
use serde::Serialize;

use crate::domain::delivery::Outcome;
use crate::domain::delivery::replies::Replied;
use crate::domain::page::{Cursor, Page};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::db::select::Select;

#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    pub id: Id,
    pub at: Millis,
    pub email: String,
    pub name: String,
    pub outcome: Outcome,
    /// `None` where the server said nothing; then `text` is ours.
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    pub text: String,
    pub server: String,
    pub duration_ms: Millis,
    pub nth: u32,
}

const SELECT: &str = "SELECT a.id, a.at, d.email, d.name, a.outcome, a.code, a.enhanced, a.text,
        a.server, a.duration_ms, a.nth
 FROM attempts a JOIN deliveries d ON d.id = a.delivery_id";

fn map(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    let outcome: String = row.get(4)?;
    Ok(Attempt {
        id: row.get(0)?,
        at: row.get(1)?,
        email: row.get(2)?,
        name: row.get(3)?,
        outcome: Outcome::by_name(&outcome).unwrap_or(Outcome::InDoubt),
        code: row.get(5)?,
        enhanced: row.get(6)?,
        text: row.get(7)?,
        server: row.get(8)?,
        duration_ms: row.get(9)?,
        nth: row.get(10)?,
    })
}

/// A run's attempts, newest first.
pub fn of_run(
    connection: &Connection,
    run: Id,
    outcome: Option<Outcome>,
    cursor: &Cursor,
) -> Result<Page<Attempt>, StoreError> {
    let mut select = Select::new(SELECT);
    select.with("a.run_id = :run", ":run", run);
    if let Some(outcome) = outcome {
        select.with(
            "a.outcome = :outcome",
            ":outcome",
            outcome.name().to_owned(),
        );
    }
    Ok(select.newest(connection, "a.id", cursor, map, |row| row.id)?)
}

/// The replies to a run's last `n` attempts, newest first.
pub fn last_replies(
    connection: &Connection,
    run: Id,
    n: usize,
) -> Result<Vec<Replied>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT id, at, outcome, code, enhanced, text FROM attempts
             WHERE run_id = :run ORDER BY id DESC LIMIT :n",
        )?
        .query_map(
            named_params! { ":run": run, ":n": i64::try_from(n).unwrap_or(i64::MAX) },
            |row| {
                let outcome: String = row.get(2)?;
                Ok(Replied {
                    attempt: row.get(0)?,
                    at: row.get(1)?,
                    outcome: Outcome::by_name(&outcome).unwrap_or(Outcome::InDoubt),
                    code: row.get(3)?,
                    enhanced: row.get(4)?,
                    text: row.get(5)?,
                })
            },
        )?
        .collect::<rusqlite::Result<_>>()?)
}
