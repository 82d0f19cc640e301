//! How long the store's own work takes: what holds the one writer up is cut by time.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Time since something began.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(
        clippy::disallowed_methods,
        reason = "it measures work; what is written does not depend on it, only how much at a time"
    )]
    pub(in crate::store) fn start() -> Self {
        Self(Instant::now())
    }

    pub(in crate::store) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Time that this thread has worked, without what it has waited for others to work.
fn worked() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// How much time a piece of work in a transaction has; everybody else who writes waits for it.
pub(in crate::store) struct Budget {
    started: Stopwatch,
    worked: Duration,
}

/// So long it may work.
const WORK: Duration = Duration::from_millis(50);
/// So long it may take, whatever it waits for: a disk, other processes.
const TIME: Duration = Duration::from_millis(250);

impl Budget {
    pub(in crate::store) fn start() -> Self {
        Self {
            started: Stopwatch::start(),
            worked: worked(),
        }
    }

    pub(in crate::store) fn is_spent(&self) -> bool {
        worked().saturating_sub(self.worked) >= WORK || self.started.elapsed() >= TIME
    }
}

/// Rows that a transaction looks at, in portions that are as large as the time that they take allows.
pub(in crate::store) struct Portions {
    budget: Budget,
    last: Stopwatch,
    next: i64,
    left: i64,
}

/// What a portion should take, so that the cut comes in time.
const PORTION: Duration = Duration::from_millis(5);
/// Rows of the first portion.
const FIRST: i64 = 64;

impl Portions {
    /// Of at most so many rows.
    pub(in crate::store) fn of(most: i64) -> Self {
        Self {
            budget: Budget::start(),
            last: Stopwatch::start(),
            next: FIRST,
            left: most,
        }
    }

    /// Rows of the next portion; `None` when this transaction has done enough.
    pub(in crate::store) fn next(&mut self) -> Option<i64> {
        let rows = self.next.min(self.left);
        if rows <= 0 || self.budget.is_spent() {
            return None;
        }
        self.left -= rows;
        Some(rows)
    }

    /// That portion is done.
    pub(in crate::store) fn done(&mut self) {
        let taken = self.last.elapsed();
        if taken < PORTION {
            self.next *= 2;
        } else if taken > PORTION * 2 {
            self.next = (self.next / 2).max(1);
        }
        self.last = Stopwatch::start();
    }
}
