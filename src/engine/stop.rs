//! How an engine ends: in order, or in haste.

use tokio::sync::watch;

use super::Shared;

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

impl Shared {
    pub(super) fn is_stopping(&self) -> bool {
        *self.stop.borrow() >= Stop::Orderly
    }

    /// Returns when the engine is to stop.
    pub(super) async fn stopped(&self) {
        self.told_to(Stop::Orderly).await;
    }

    pub(super) fn is_hastened(&self) -> bool {
        *self.stop.borrow() >= Stop::Hastened
    }

    /// Returns when no answer is to be waited for any more.
    pub(super) async fn hastened(&self) {
        self.told_to(Stop::Hastened).await;
    }

    async fn told_to(&self, at_least: Stop) {
        let mut stop = self.stop.clone();
        // An error means that whoever could say stop has gone; what is in flight is let finish.
        if stop.wait_for(|stop| *stop >= at_least).await.is_err() && at_least > Stop::Orderly {
            std::future::pending::<()>().await;
        }
    }
}
