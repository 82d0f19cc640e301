//! Deliveries in doubt: held until their owner decides, or tried again by themselves.

use rusqlite::{Connection, Row, named_params};
use serde::Serialize;

use super::waiting;
use crate::domain::delivery::doubt::HELD_AT;
use crate::domain::page::{Cursor, Page};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::db::select::Select;
use crate::store::mailings::runs;
use crate::store::mailings::runs::Shift;

/// A delivery of which nobody knows whether the server has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    pub delivery: Id,
    pub email: String,
    pub name: String,
    /// The attempt that left it in doubt: its number, when, and what was noted of it.
    pub attempt: Id,
    pub at: Millis,
    pub text: String,
    /// How many tries of it ended in doubt.
    pub times: i64,
    /// When it is tried again by itself; `None`: it is held.
    pub again_at: Option<Millis>,
    /// When its owner decided to leave it so.
    pub left_at: Option<Millis>,
}

const SELECT: &str = "SELECT d.id, d.email, d.name, a.id, a.at, a.text,
        CASE WHEN d.state = 'waiting' THEN d.due_at END, d.doubt_left_at,
        (SELECT count(*) FROM attempts n WHERE n.delivery_id = d.id AND n.outcome = 'in_doubt')
 FROM attempts a JOIN deliveries d ON d.id = a.delivery_id";

/// The last one that left it in doubt, whatever was tried after it.
const THE_LAST: &str = "a.id = (SELECT max(n.id) FROM attempts n
                                WHERE n.delivery_id = d.id AND n.outcome = 'in_doubt')";

fn map(row: &Row<'_>) -> rusqlite::Result<Doubt> {
    Ok(Doubt {
        delivery: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        attempt: row.get(3)?,
        at: row.get(4)?,
        text: row.get(5)?,
        again_at: row.get(6)?,
        left_at: row.get(7)?,
        times: row.get(8)?,
    })
}

/// A run's deliveries in doubt, newest first: those that are held and those that wait for a retry.
pub fn of_run(
    connection: &Connection,
    run: Id,
    cursor: &Cursor,
) -> Result<Page<Doubt>, StoreError> {
    let mut select = Select::new(SELECT);
    select
        .with("a.run_id = :run", ":run", run)
        .when("a.outcome = 'in_doubt'")
        .when(THE_LAST)
        .when("d.state IN ('in_doubt', 'waiting')");
    Ok(select.newest(connection, "a.id", cursor, map, |doubt| doubt.attempt)?)
}

/// A delivery that is held in doubt, as a decision finds it.
#[derive(Debug, Clone)]
pub struct Held {
    pub delivery: Id,
    email: String,
    is_left: bool,
}

/// Those of a run that are held in doubt: of `which`, or where that is `None`, all that have not
/// been decided about yet.
pub fn held(
    connection: &Connection,
    run: Id,
    which: Option<&[Id]>,
) -> Result<Vec<Held>, StoreError> {
    let mut all: Vec<Held> = connection
        .prepare_cached(
            "SELECT id, email, doubt_left_at IS NOT NULL FROM deliveries
             WHERE run_id = :run AND state = 'in_doubt' ORDER BY id",
        )?
        .query_map(named_params! { ":run": run }, |row| {
            Ok(Held {
                delivery: row.get(0)?,
                email: row.get(1)?,
                is_left: row.get(2)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    match which {
        Some(which) => all.retain(|held| which.contains(&held.delivery)),
        None => all.retain(|held| !held.is_left),
    }
    Ok(all)
}

/// What may be done about somebody who is to be mailed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    May,
    /// They have another address since: the mail goes there.
    Moved,
    /// They have unsubscribed or were deleted since.
    MayNot,
}

/// Whether somebody may be mailed again, and where.
pub fn again(connection: &Connection, owner: Id, held: &Held) -> Result<Again, StoreError> {
    let why_not = waiting::why_not(connection, (held.delivery, &held.email), owner)?;
    Ok(match why_not {
        None => Again::May,
        Some(waiting::MOVED) => Again::Moved,
        Some(_) => Again::MayNot,
    })
}

/// Sends what is held to the addresses that its recipients have now; what the old ones may have got
/// stays in doubt, and no longer asks. The run is sent again with them.
pub fn send_elsewhere(
    connection: &Connection,
    run: Id,
    held: &[Held],
    now: Millis,
) -> Result<(), StoreError> {
    if held.is_empty() {
        return Ok(());
    }
    runs::reopen(connection, run)?;
    for one in held {
        waiting::replace(connection, one.delivery, now)?;
    }
    leave(connection, run, held, now)?;
    Ok(())
}

/// Lets these wait again, and the run be sent again with them.
pub fn send_again(
    connection: &Connection,
    run: Id,
    held: &[Held],
    now: Millis,
) -> Result<(), StoreError> {
    let mut shift = Shift::default();
    for one in held {
        connection
            .prepare_cached(
                "UPDATE deliveries SET state = 'waiting', due_at = :now, doubt_left_at = NULL
                 WHERE id = :id AND state = 'in_doubt'",
            )?
            .execute(named_params! { ":id": one.delivery, ":now": now })?;
        shift.in_doubt -= 1;
        shift.deferred += 1;
        shift.doubts_left -= i64::from(one.is_left);
    }
    runs::reopen(connection, run)?;
    runs::shift(connection, run, &shift, now)?;
    Ok(())
}

/// Lets these stay in doubt without asking any more. Returns how many did ask.
pub fn leave(
    connection: &Connection,
    run: Id,
    held: &[Held],
    now: Millis,
) -> Result<i64, StoreError> {
    let mut shift = Shift::default();
    for one in held.iter().filter(|one| !one.is_left) {
        connection
            .prepare_cached("UPDATE deliveries SET doubt_left_at = :now WHERE id = :id")?
            .execute(named_params! { ":id": one.delivery, ":now": now })?;
        shift.doubts_left += 1;
    }
    runs::shift(connection, run, &shift, now)?;
    Ok(shift.doubts_left)
}

/// Whether a try of this delivery ended in doubt; one that is being settled counts.
pub(in crate::store) fn was_in_doubt(
    connection: &Connection,
    delivery: Id,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM attempts
                            WHERE delivery_id = :delivery AND outcome = 'in_doubt')",
        )?
        .query_row(named_params! { ":delivery": delivery }, |row| row.get(0))
}

/// Whether so many tries of this delivery ended in doubt that it is held; one that is being settled
/// counts.
pub(in crate::store) fn is_to_be_held(
    connection: &Connection,
    delivery: Id,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT count(*) >= :held FROM attempts
             WHERE delivery_id = :delivery AND outcome = 'in_doubt'",
        )?
        .query_row(
            named_params! { ":delivery": delivery, ":held": HELD_AT },
            |row| row.get(0),
        )
}
