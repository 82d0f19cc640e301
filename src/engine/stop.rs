//! How an engine ends: in order, or in haste.

use tokio::sync::watch;

/// What an engine is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stop {
    GoOn,
    /// Nothing new; what is in flight is let finish.
    Orderly,
    /// The same, but no answer is waited for: what is in flight is in doubt, and written down.
    Hastened,
}

/// Makes an engine end without waiting for servers, while somebody else waits for its end.
#[derive(Debug, Clone)]
pub struct Haste(watch::Sender<Stop>);

impl Haste {
    pub(super) const fn new(stop: watch::Sender<Stop>) -> Self {
        Self(stop)
    }

    /// Breaks off what is in flight: it is in doubt, which is written down before the engine ends.
    pub fn hasten(&self) {
        self.0.send_replace(Stop::Hastened);
    }
}
