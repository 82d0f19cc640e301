//! Deliveries that wait and are not to be tried any more.

use rusqlite::{Connection, named_params};

use super::StoreError;
use super::runs::{self, Shift};
use crate::domain::{Id, Millis};

/// Which of a run's waiting deliveries.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    All,
    One(Id),
}

/// How they end.
#[derive(Debug, Clone, Copy)]
pub(super) enum End<'a> {
    /// For this reason.
    Skipped(&'a str),
    /// Perhaps with what kept them waiting.
    Expired(Option<&'a str>),
}

/// Ends what waits of a run, and moves the run's counters with it. What was in doubt once and waited
/// for another try is in doubt again: the server may have it, and nobody will ask any more.
pub(super) fn end(
    connection: &Connection,
    run: Id,
    which: Which,
    end: End<'_>,
    now: Millis,
) -> Result<(), StoreError> {
    let (one, id) = match which {
        Which::All => ("run_id = :id", run),
        Which::One(delivery) => ("id = :id", delivery),
    };
    let (state, reason) = match end {
        End::Skipped(reason) => ("skipped", Some(reason)),
        End::Expired(reason) => ("expired", reason),
    };
    let change = |state: &str, reason: Option<&str>, condition: &str| {
        let sql = format!(
            "UPDATE deliveries SET state = :state, reason = :reason
             WHERE {one} AND state = 'waiting' AND {condition}"
        );
        let changed = connection
            .prepare_cached(&sql)?
            .execute(named_params! { ":id": id, ":state": state, ":reason": reason })?;
        Ok::<_, StoreError>(i64::try_from(changed).unwrap_or(i64::MAX))
    };
    let doubts: bool = connection
        .prepare_cached("SELECT attempts_in_doubt > 0 FROM runs WHERE id = :run")?
        .query_row(named_params! { ":run": run }, |row| row.get(0))?;
    let doubted = if doubts {
        change(
            "in_doubt",
            None,
            "attempts > 0 AND EXISTS (SELECT 1 FROM attempts a
                                      WHERE a.delivery_id = deliveries.id
                                        AND a.outcome = 'in_doubt')",
        )?
    } else {
        0
    };
    let queued = change(state, reason, "attempts = 0")?;
    let deferred = change(state, reason, "attempts > 0")?;
    let mut shift = Shift {
        queued: -queued,
        deferred: -deferred - doubted,
        in_doubt: doubted,
        ..Shift::default()
    };
    match end {
        End::Skipped(_) => shift.skipped = queued + deferred,
        End::Expired(_) => shift.expired = queued + deferred,
    }
    runs::shift(connection, run, &shift, now)?;
    Ok(())
}
