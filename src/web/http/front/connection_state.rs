//! One connection, as those see it who serve it: what it is doing, and since when.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::bounds::{Bounds, MOST_HEAD};
use crate::domain::Millis;

/// Asks the steady clock.
pub(super) type Steady = Arc<dyn Fn() -> Millis + Send + Sync>;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing, since the last answer.
    Idle,
    /// A request's line and headers are coming.
    Head,
    /// A request's body is coming.
    Body,
    /// An answer is being made or sent.
    Serving,
    /// An answer has been made; its end is still on the way to the client.
    Flushing,
}

struct Inner {
    phase: Phase,
    /// What has come of a request that is not there as a whole yet, up to [`MOST_HEAD`].
    head: Vec<u8>,
    since: Millis,
    /// Since when the client has taken nothing of what is sent to it.
    blocked: Option<Millis>,
}

/// One connection, as those see it who serve it.
pub(super) struct ConnectionState {
    steady: Steady,
    inner: Mutex<Inner>,
    /// Whether it has been told to close.
    cut: tokio::sync::watch::Sender<bool>,
}

impl ConnectionState {
    pub(super) fn new(steady: Steady) -> Self {
        Self {
            // Whoever connects has something to ask.
            inner: Mutex::new(Inner {
                phase: Phase::Head,
                head: Vec::new(),
                since: steady(),
                blocked: None,
            }),
            steady,
            cut: tokio::sync::watch::Sender::new(false),
        }
    }

    pub(super) fn enter(&self, phase: Phase) {
        let now = (self.steady)();
        let mut inner = self.inner.lock();
        inner.phase = phase;
        inner.since = now;
        inner.head = Vec::new();
    }

    /// Something came in.
    pub(super) fn heard(&self, octets: &[u8]) {
        let now = (self.steady)();
        let mut inner = self.inner.lock();
        let room = MOST_HEAD.saturating_sub(inner.head.len());
        if matches!(inner.phase, Phase::Idle | Phase::Head) {
            let kept = octets.get(..room).unwrap_or(octets);
            inner.head.extend_from_slice(kept);
        }
        if inner.phase == Phase::Idle {
            inner.phase = Phase::Head;
            inner.since = now;
        }
    }

    /// What has come of a request, where nobody is at work on one.
    pub(super) fn half_request(&self) -> Option<Vec<u8>> {
        let inner = self.inner.lock();
        matches!(inner.phase, Phase::Idle | Phase::Head).then(|| inner.head.clone())
    }

    /// All that there was to send is with the system.
    pub(super) fn flushed(&self) {
        let now = (self.steady)();
        let mut inner = self.inner.lock();
        if inner.phase == Phase::Flushing {
            inner.phase = Phase::Idle;
            inner.since = now;
        }
    }

    /// Whether what is to be sent has to wait for the client.
    pub(super) fn is_blocked(&self, blocked: bool) {
        let mut inner = self.inner.lock();
        // The first moment counts.
        let since = inner.blocked.unwrap_or_else(|| (self.steady)());
        inner.blocked = blocked.then_some(since);
    }

    pub(super) fn cut(&self) {
        self.cut.send_replace(true);
    }

    #[cfg(test)]
    pub(super) fn was_cut(&self) -> bool {
        *self.cut.borrow()
    }

    /// Whether nothing has come that could be answered.
    pub(super) fn is_silent(&self) -> bool {
        matches!(self.inner.lock().phase, Phase::Idle | Phase::Head)
    }

    /// Returns when the connection is to be closed.
    pub(super) async fn is_cut(&self) {
        drop(self.cut.subscribe().wait_for(|cut| *cut).await);
    }

    pub(super) fn is_overdue(&self, bounds: &Bounds, now: Millis) -> bool {
        let inner = self.inner.lock();
        let longer = |since: Millis, limit: Duration| {
            i128::from(now - since) > i128::try_from(limit.as_millis()).unwrap_or(i128::MAX)
        };
        match inner.phase {
            Phase::Head if longer(inner.since, bounds.head) => true,
            Phase::Idle if longer(inner.since, bounds.idle) => true,
            _ => inner
                .blocked
                .is_some_and(|since| longer(since, bounds.stall)),
        }
    }

    /// Since when it could have been closed without anybody losing an answer.
    pub(super) fn expendable_since(&self) -> Option<Millis> {
        let inner = self.inner.lock();
        let is_answering = matches!(inner.phase, Phase::Serving | Phase::Flushing);
        (!is_answering).then_some(inner.since)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn a_request_has_its_time_from_its_first_octet_and_more_octets_give_it_no_more() {
        let bounds = Bounds::of_descriptors(0);
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap();
        let clock = Arc::new(AtomicI64::new(0));
        let hands = Arc::clone(&clock);
        let connection = ConnectionState::new(Arc::new(move || hands.load(Ordering::SeqCst)));
        let pass = |span: i64| clock.fetch_add(span, Ordering::SeqCst) + span;
        connection.enter(Phase::Idle);
        pass(millis(bounds.idle) - 1_000);
        connection.heard(b"G");
        let now = pass(millis(bounds.head));
        assert!(!connection.is_overdue(&bounds, now));
        connection.heard(b"G");
        let now = pass(1_000);
        assert!(connection.is_overdue(&bounds, now));
        connection.enter(Phase::Serving);
        let now = pass(3_600_000);
        assert!(!connection.is_overdue(&bounds, now), "we are the slow ones");
        connection.is_blocked(true);
        pass(1_000);
        connection.is_blocked(true);
        let now = pass(millis(bounds.stall));
        assert!(connection.is_overdue(&bounds, now));
        connection.is_blocked(false);
        assert!(
            !connection.is_overdue(&bounds, now),
            "the client reads again"
        );
    }
}
