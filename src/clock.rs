//! Time is an argument: everything that asks what time it is asks the clock it was handed.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::domain::Millis;

/// What tells the time.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01 UTC. May jump.
    fn now(&self) -> Millis;

    /// Milliseconds since some moment; for measuring spans. Never goes back.
    fn steady(&self) -> Millis;
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine"
    )]
    fn default() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine"
    )]
    fn now(&self) -> Millis {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
    }

    fn steady(&self) -> Millis {
        Millis::try_from(self.start.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }
}

/// A clock that stands still until it is told to move.
#[derive(Debug)]
pub struct FixedClock {
    steady: AtomicI64,
    /// By how much the wall clock is ahead of the steady one.
    ahead: AtomicI64,
}

impl FixedClock {
    pub const fn at(now: Millis) -> Self {
        Self {
            steady: AtomicI64::new(now),
            ahead: AtomicI64::new(0),
        }
    }

    /// Lets it be a certain time.
    pub fn set(&self, now: Millis) {
        let ahead = self.ahead.load(Ordering::SeqCst);
        self.steady.store(now - ahead, Ordering::SeqCst);
    }

    /// Lets time pass.
    pub fn advance(&self, by: Millis) {
        self.steady.fetch_add(by, Ordering::SeqCst);
    }

    /// Sets the clock on the wall ahead or back. No time passes.
    pub fn leap(&self, by: Millis) {
        self.ahead.fetch_add(by, Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Millis {
        self.steady() + self.ahead.load(Ordering::SeqCst)
    }

    fn steady(&self) -> Millis {
        self.steady.load(Ordering::SeqCst)
    }
}
