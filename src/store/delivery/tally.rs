//! What many entries of the journal change together: a run's counters are one row, and a thousand
//! deliveries that share a commit need to write it once.

use std::collections::HashMap;

use rusqlite::Connection;

use super::deliveries;
use super::totals::{Facts, Totals};
use crate::domain::mailings::run::PauseReason;
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::mailings::runs;
use crate::store::mailings::runs::Shift;

/// How counters move in one transaction.
#[derive(Debug, Default)]
pub(in crate::store) struct Tally {
    runs: HashMap<Id, (Shift, Millis)>,
    /// Until when runs may be sent, as read in this transaction and not changed in it since.
    sendable: HashMap<Id, Option<Millis>>,
    totals: Totals,
}

impl Tally {
    /// Writes it, in the transaction of the rows that it counts.
    pub(in crate::store) fn flush(&mut self, connection: &Connection) -> Result<(), StoreError> {
        self.sendable.clear();
        for (run, (shift, now)) in self.runs.drain() {
            runs::shift(connection, run, &shift, now)?;
        }
        self.totals.flush(connection)?;
        Ok(())
    }

    /// Drops what was not written, because the transaction was undone.
    pub(in crate::store) fn forget(&mut self) {
        self.sendable.clear();
        self.runs.clear();
        self.totals.forget();
    }
}

/// A transaction in which deliveries move.
pub struct Journal<'a> {
    pub(in crate::store) connection: &'a Connection,
    tally: &'a mut Tally,
}

impl<'a> Journal<'a> {
    pub(in crate::store) const fn new(connection: &'a Connection, tally: &'a mut Tally) -> Self {
        Self { connection, tally }
    }

    /// Moves deliveries and their counters at once, for whoever has a transaction of their own.
    ///
    /// # Errors
    /// The job's own, or the database's.
    pub fn alone<T>(
        connection: &Connection,
        job: impl FnOnce(&mut Journal<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut tally = Tally::default();
        let done = job(&mut Journal::new(connection, &mut tally))?;
        tally.flush(connection)?;
        Ok(done)
    }

    /// Whether a delivery of this run may be tried at this moment. What many of them ask for in one
    /// transaction is read once.
    pub(in crate::store) fn may_be_tried(
        &mut self,
        run: Id,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let until = match self.tally.sendable.get(&run) {
            Some(until) => *until,
            None => {
                let until = deliveries::sendable_until(self.connection, run)?;
                self.tally.sendable.insert(run, until);
                until
            }
        };
        Ok(until.is_some_and(|ends_at| ends_at > now))
    }

    /// Pauses a run of whose attempts the transaction has written some.
    pub(in crate::store) fn pause(
        &mut self,
        run: Id,
        reason: PauseReason,
        detail: &str,
    ) -> Result<bool, StoreError> {
        self.tally.sendable.remove(&run);
        runs::pause(self.connection, run, reason, Some(detail))
    }

    /// Whether anybody of a run is still to be tried, or is being tried.
    pub(in crate::store) fn has_open(&self, run: Id) -> Result<bool, StoreError> {
        let kept: i64 = self
            .connection
            .prepare_cached("SELECT queued + deferred + trying FROM runs WHERE id = ?1")?
            .query_row([run], |row| row.get(0))?;
        let moved = self.tally.runs.get(&run);
        let moved = moved.map_or(0, |(shift, _)| shift.queued + shift.deferred + shift.trying);
        Ok(kept + moved > 0)
    }

    /// Whose a run is.
    pub(in crate::store) fn owner(&mut self, run: Id) -> rusqlite::Result<Id> {
        self.tally.totals.owner(self.connection, run)
    }

    /// Counts an attempt.
    pub(in crate::store) fn count(&mut self, attempt: &Facts<'_>) {
        self.tally.totals.add(attempt);
    }

    /// Moves a run's counters.
    pub(in crate::store) fn shift(&mut self, run: Id, by: &Shift, now: Millis) {
        let (shift, at) = self.tally.runs.entry(run).or_default();
        shift.add(by);
        *at = now;
    }
}
