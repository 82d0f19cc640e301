//! Deliveries that wait and are not to be tried any more.

use rusqlite::{Connection, named_params};

use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::mailings::runs;
use crate::store::mailings::runs::Shift;

/// Which of a run's waiting deliveries.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Which {
    /// Those that are due first, up to [`PIECE`].
    Piece,
    One(Id),
}

/// So many end in one transaction: some 50 ms, for which everybody else who writes has to wait.
pub const PIECE: usize = 10_000;

/// How they end.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum End<'a> {
    /// For this reason.
    Skipped(&'a str),
    /// Perhaps with what kept them waiting.
    Expired(Option<&'a str>),
}

/// A run's waiting deliveries, in the order of the index that has no others.
const WAITING: &str = "SELECT id, attempts FROM deliveries INDEXED BY deliveries_due
     WHERE run_id = :id AND state = 'waiting' ORDER BY due_at, id LIMIT :limit";

const WAITS: &str = "SELECT id, attempts FROM deliveries
     WHERE id = :id AND state = 'waiting' LIMIT :limit";

/// Whether a delivery was in doubt before it waited. Most runs never had one.
const WAS_IN_DOUBT: &str = "(:doubts AND attempts > 0 AND EXISTS
     (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id AND a.outcome = 'in_doubt'))";

/// Ends what waits of a run, and moves the run's counters with it. What was in doubt once and waited
/// for another try is in doubt again: the server may have it, and nobody will ask any more. Returns
/// whether there may be more.
pub(in crate::store) fn terminate_pending(
    connection: &Connection,
    run: Id,
    which: Which,
    end: End<'_>,
    now: Millis,
) -> Result<bool, StoreError> {
    let (waiting, id) = match which {
        Which::Piece => (WAITING, run),
        Which::One(delivery) => (WAITS, delivery),
    };
    let (state, reason) = match end {
        End::Skipped(reason) => ("skipped", Some(reason)),
        End::Expired(reason) => ("expired", reason),
    };
    let limit = i64::try_from(PIECE).unwrap_or(i64::MAX);
    let doubts: bool = connection
        .prepare_cached("SELECT attempts_in_doubt > 0 FROM runs WHERE id = :run")?
        .query_row(named_params! { ":run": run }, |row| row.get(0))?;
    let (queued, waited, doubted): (i64, i64, i64) = connection
        .prepare_cached(&format!(
            "SELECT coalesce(sum(attempts = 0), 0), coalesce(sum(attempts > 0), 0),
                    coalesce(sum({WAS_IN_DOUBT}), 0)
             FROM ({waiting}) d"
        ))?
        .query_row(
            named_params! { ":id": id, ":limit": limit, ":doubts": doubts },
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
    connection
        .prepare_cached(&format!(
            "UPDATE deliveries AS d SET
                 state = CASE WHEN {WAS_IN_DOUBT} THEN 'in_doubt' ELSE :state END,
                 reason = CASE WHEN {WAS_IN_DOUBT} THEN NULL ELSE :reason END
             WHERE id IN (SELECT id FROM ({waiting}))"
        ))?
        .execute(named_params! {
            ":id": id,
            ":limit": limit,
            ":doubts": doubts,
            ":state": state,
            ":reason": reason,
        })?;
    let over = queued + waited - doubted;
    let mut shift = Shift {
        queued: -queued,
        deferred: -waited,
        in_doubt: doubted,
        ..Shift::default()
    };
    match end {
        End::Skipped(_) => shift.skipped = over,
        End::Expired(_) => shift.expired = over,
    }
    runs::shift(connection, run, &shift, now)?;
    Ok(queued + waited >= limit)
}

/// Runs that were called off and of which deliveries still wait.
pub fn left(connection: &Connection) -> Result<Vec<Id>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT id FROM runs INDEXED BY runs_called_off
             WHERE state = 'cancelled' AND queued + deferred > 0 ORDER BY id",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Ends more of what waits of a run, if it is one that was called off. Returns whether there may be
/// still more.
pub fn go_on(connection: &Connection, run: Id, now: Millis) -> Result<bool, StoreError> {
    let is_called_off: bool = connection
        .prepare_cached("SELECT state = 'cancelled' FROM runs WHERE id = :run")?
        .query_row(named_params! { ":run": run }, |row| row.get(0))?;
    if !is_called_off {
        return Ok(false);
    }
    terminate_pending(
        connection,
        run,
        Which::Piece,
        End::Skipped("cancelled"),
        now,
    )
}

/// Calls a run off: what waits is skipped, what is in flight is let finish. Of a very large run most
/// is still waiting then, and will never be tried (see [`left`]).
pub fn cancel(connection: &Connection, run: Id, now: Millis) -> Result<(), StoreError> {
    runs::mark_cancelled(connection, run, now)?;
    go_on(connection, run, now)?;
    Ok(())
}
