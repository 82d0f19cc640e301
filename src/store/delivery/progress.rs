//! One look at a run under way: everything that `domain::progress` computes with.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::attempts;
use super::relay;
use super::throttles;
use crate::domain::accounts::permission::Scope;
use crate::domain::delivery::progress::{Progress, Sight};
use crate::domain::delivery::replies;
use crate::domain::delivery::replies::{KINDS, LOOKED_AT};
use crate::domain::mailings::pace::Pace;
use crate::domain::mailings::run::RunState;
use crate::domain::phrase::{Arg, Phrase};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::mailings::runs;
use crate::store::mailings::runs::Run;

/// A run and what is seen of it. Two looks are equal where there is nothing new to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub run: Run,
    sight: Sight,
}

/// Looks at a run, if it is within `scope`.
pub fn look(
    connection: &Connection,
    scope: Scope,
    id: Id,
    now: Millis,
) -> Result<Option<Look>, StoreError> {
    let Some(run) = runs::get(connection, scope, id)? else {
        return Ok(None);
    };
    look_at(connection, run, now).map(Some)
}

/// The same for a run that has been read already.
pub fn look_at(connection: &Connection, run: Run, now: Millis) -> Result<Look, StoreError> {
    let last = attempts::last_replies(connection, run.id, LOOKED_AT)?;
    let sight = Sight {
        counters: run.counters,
        is_active: run.state == RunState::Active,
        next_retry_at: next_retry_at(connection, &run, now)?,
        postponed: postponed(&run, now),
        replies: replies::kinds(&last, KINDS),
        slow: slow(connection, now)?,
    };
    Ok(Look { run, sight })
}

impl Look {
    /// `pace` is what was seen of its speed, if anything was.
    pub fn progress(&self, pace: Option<&Pace>, now: Millis) -> Progress {
        Progress::of(&self.sight, pace, now)
    }

    /// Lets `pace` see how far the run is at `steady`.
    pub fn note(&self, pace: &mut Pace, steady: Millis) {
        let counters = self.sight.counters;
        pace.see(steady, counters.done() + counters.deferred);
    }
}

/// Those that were never charged with a try, where all of them wait for a later moment.
fn postponed(run: &Run, now: Millis) -> i64 {
    match run.next_due_at {
        Some(due_at) if due_at > now => run.counters.queued,
        _ => 0,
    }
}

/// When the first of those that wait for a later moment is due. Those that were never tried are due
/// from the start, so that the index finds it without passing by them.
fn next_retry_at(
    connection: &Connection,
    run: &Run,
    now: Millis,
) -> Result<Option<Millis>, StoreError> {
    if run.counters.deferred + postponed(run, now) == 0 {
        return Ok(None);
    }
    Ok(connection
        .prepare_cached(
            "SELECT due_at FROM deliveries
             WHERE run_id = :run AND state = 'waiting' AND due_at > :now
             ORDER BY due_at LIMIT 1",
        )?
        .query_row(named_params! { ":run": run.id, ":now": now }, |row| {
            row.get(0)
        })
        .optional()?)
}

/// What holds all runs up, if anything does: a relay that is away, else what throttles it.
fn slow(connection: &Connection, now: Millis) -> Result<Option<Phrase>, StoreError> {
    if let Some(down) = relay::get(connection)? {
        return Ok(Some(Phrase {
            key: "slow-relay-down",
            args: vec![
                ("text", Arg::Words(down.text)),
                ("next", Arg::Moment(down.next_try_at)),
            ],
        }));
    }
    let slow = throttles::slow(connection, now)?;
    Ok(slow.into_iter().next().map(throttles::Slow::phrase))
}
