//! The log of all attempts, in the order of time, filtered.
//!
//! Every page is a walk along an index that begins at the page's key, and it is bounded: whatever
//! is asked for, at most [`BUDGET`] attempts are looked at, and a page that found less than it
//! wanted says how far it looked and goes on from there. What the kept totals know (which runs had
//! a domain, a code; when they were) narrows the walk before it begins.

use rusqlite::{Connection, Row};
use serde::Serialize;

use super::attempt_query::From;
use super::attempt_query::query;
use super::attempts::Attempt;
use crate::domain::accounts::permission::Scope;
use crate::domain::delivery::Outcome;
use crate::domain::delivery::attempt_filter::{AttemptFilter, Ended, Place};
use crate::domain::{Id, Millis};
use crate::store::StoreError;

/// Most attempts that one page looks at.
pub const BUDGET: usize = 20_000;

/// An attempt and what it was part of.
#[derive(Debug, Clone, Serialize)]
pub struct Logged {
    #[serde(flatten)]
    pub attempt: Attempt,
    pub run_id: Id,
    pub mailing_id: Id,
    pub mailing: String,
    /// The mailing was deleted since.
    #[serde(skip)]
    pub mailing_deleted: bool,
    /// `None` where they were deleted since.
    pub recipient_id: Option<Id>,
    pub charged_to: String,
}

impl Logged {
    pub const fn place(&self) -> Place {
        Place {
            at: self.attempt.at,
            id: self.attempt.id,
        }
    }
}

/// A page, newest first.
#[derive(Debug, Clone)]
pub struct LogPage {
    pub rows: Vec<Logged>,
    pub newer: Option<Place>,
    pub older: Option<Place>,
    /// The walk ended here and not at the end of the log; going on goes on from here.
    pub looked_until: Option<Millis>,
}

fn map(row: &Row<'_>) -> rusqlite::Result<Logged> {
    let outcome: String = row.get(5)?;
    Ok(Logged {
        attempt: Attempt {
            id: row.get(0)?,
            at: row.get(1)?,
            email: row.get(3)?,
            name: row.get(4)?,
            outcome: Outcome::by_name(&outcome).unwrap_or(Outcome::InDoubt),
            code: row.get(6)?,
            enhanced: row.get(7)?,
            text: row.get(8)?,
            server: row.get(9)?,
            duration_ms: row.get(10)?,
            nth: row.get(11)?,
        },
        run_id: row.get(12)?,
        mailing_id: row.get(13)?,
        mailing: row.get(14)?,
        mailing_deleted: row.get(15)?,
        recipient_id: row.get(16)?,
        charged_to: row.get(17)?,
    })
}

/// A page of up to `limit` attempts.
pub fn list(
    connection: &Connection,
    scope: Scope,
    filter: &AttemptFilter,
    from: From,
    limit: usize,
) -> Result<LogPage, StoreError> {
    let Some(mut query) = query(connection, scope, filter)? else {
        return Ok(LogPage {
            rows: Vec::new(),
            newer: None,
            older: None,
            looked_until: None,
        });
    };
    let order = query.begin(from);
    let mut statement = connection.prepare_cached(&query.sql(order))?;
    let mut found = statement.query(query.params().as_slice())?;
    let (mut rows, mut looked, mut last) = (Vec::new(), 0, None);
    while let Some(row) = found.next()? {
        if looked == BUDGET || rows.len() > limit {
            break;
        }
        looked += 1;
        last = Some(Place {
            at: row.get(1)?,
            id: row.get(0)?,
        });
        if row.get::<_, Option<bool>>(2)?.unwrap_or(false) {
            rows.push(map(row)?);
        }
    }
    Ok(cut(rows, from, limit, last.filter(|_| looked == BUDGET)))
}

/// Makes a page of what a walk found. `stopped` is where it ran out of its budget.
fn cut(mut rows: Vec<Logged>, from: From, limit: usize, stopped: Option<Place>) -> LogPage {
    let more = rows.len() > limit;
    rows.truncate(limit);
    // Where going on begins: behind what is shown, or else behind what was looked at.
    let onward = if more {
        rows.last().map(Logged::place)
    } else {
        stopped
    };
    let looked_until = stopped.filter(|_| !more).map(|place| place.at);
    match from {
        From::Newest => LogPage {
            newer: None,
            older: onward,
            looked_until,
            rows,
        },
        From::Older(edge) => LogPage {
            // With nothing here, the way back begins at the row that the key names itself.
            newer: Some(rows.first().map_or(
                Place {
                    id: edge.id - 1,
                    ..edge
                },
                Logged::place,
            )),
            older: onward,
            looked_until,
            rows,
        },
        From::Newer(edge) => {
            let older = rows.first().map_or(
                Place {
                    id: edge.id + 1,
                    ..edge
                },
                Logged::place,
            );
            rows.reverse();
            LogPage {
                newer: onward,
                older: Some(older),
                looked_until,
                rows,
            }
        }
    }
}

/// The newest failures, for a glance.
pub fn last_failures(
    connection: &Connection,
    scope: Scope,
    limit: usize,
) -> Result<Vec<Logged>, StoreError> {
    let filter = AttemptFilter {
        ended: Some(Ended::Failed),
        ..AttemptFilter::default()
    };
    Ok(list(connection, scope, &filter, From::Newest, limit)?.rows)
}
