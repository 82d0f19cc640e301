//! The way to the relay. When the relay fails, the breaker closes for all connections; one of them
//! tries again after a growing pause, and opens it for the others when it gets a mail past MAIL.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::domain::Millis;
use crate::store::delivery::relay::RelayDown;

/// First and longest pause between tries.
const FIRST_PAUSE: Millis = 1_000;
const LONGEST_PAUSE: Millis = 60_000;
/// The pause after which a relay is tried again from which nothing is to be hoped for: its password
/// is wrong, or it has been away for longer than patience lasts.
const HOPELESS_PAUSE: Millis = 600_000;

#[derive(Default)]
struct State {
    down: Option<Down>,
    probing: bool,
}

struct Down {
    since: Millis,
    /// Since when patience is being lost, on the steady clock.
    waiting_since: Millis,
    failures: u32,
    /// On the steady clock.
    until: Millis,
    /// Waiting for it has become pointless.
    hopeless: bool,
}

/// How a connection came through the breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// It stood open.
    Open,
    /// To try whether the relay is back; the others wait for what comes of it.
    Probe,
}

pub(super) struct CircuitBreaker {
    state: Mutex<State>,
    changed: Notify,
    patience: Millis,
}

/// What a failure means for the runs.
pub(super) struct Closed {
    pub(super) status: RelayDown,
    /// Waiting has become pointless: the runs are to be paused, and then the breaker is to be
    /// opened. Until then nobody else tries.
    pub(super) give_up: bool,
}

impl CircuitBreaker {
    pub(super) fn new(patience: Millis) -> Self {
        Self {
            state: Mutex::new(State::default()),
            changed: Notify::new(),
            patience,
        }
    }

    /// Whether connections have to wait here.
    pub(super) fn is_closed(&self) -> bool {
        self.state.lock().down.is_some()
    }

    /// Whether there is nothing to be hoped for from this relay.
    pub(super) fn is_hopeless(&self) -> bool {
        let state = self.state.lock();
        state.down.as_ref().is_some_and(|down| down.hopeless)
    }

    /// How often the relay has failed since it last worked.
    pub(super) fn failures(&self) -> u32 {
        self.state
            .lock()
            .down
            .as_ref()
            .map_or(0, |down| down.failures)
    }

    /// How long until one of them may try. `None`: now.
    pub(super) fn pause(&self, steady: Millis) -> Option<Duration> {
        let state = self.state.lock();
        let left = state.down.as_ref()?.until - steady;
        if left <= 0 && !state.probing {
            return None;
        }
        let left = left.clamp(50, LONGEST_PAUSE);
        Some(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }

    /// Waits until this connection may try the relay. `steady` asks the steady clock.
    pub(super) async fn enter(&self, steady: impl Fn() -> Millis) -> Entry {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let pause = {
                let mut state = self.state.lock();
                match &state.down {
                    None => return Entry::Open,
                    Some(down) => {
                        let left = down.until - steady();
                        if left <= 0 && !state.probing {
                            state.probing = true;
                            return Entry::Probe;
                        }
                        left.clamp(50, LONGEST_PAUSE)
                    }
                }
            };
            let pause = Duration::from_millis(u64::try_from(pause).unwrap_or(0));
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// The relay works, as far as a connection that came in by `entry` can tell. `true` if it did
    /// not before, and does now.
    pub(super) fn works(&self, entry: Entry, steady: Millis) -> bool {
        if entry == Entry::Probe {
            return self.open();
        }
        // A relay that takes fewer connections than it is offered is not away: patience begins
        // anew with every mail that the others get through.
        if let Some(down) = &mut self.state.lock().down {
            down.waiting_since = steady;
        }
        false
    }

    /// Lets everybody through. `true` if it was closed.
    pub(super) fn open(&self) -> bool {
        let was_down = {
            let mut state = self.state.lock();
            state.probing = false;
            state.down.take().is_some()
        };
        if was_down {
            self.changed.notify_waiters();
        }
        was_down
    }

    /// The relay failed a connection that came in by `entry`. `None` where that is known: the
    /// connection had come through before the breaker was closed.
    pub(super) fn close(
        &self,
        entry: Entry,
        text: &str,
        permanent: bool,
        now: Millis,
        steady: Millis,
    ) -> Option<Closed> {
        let mut state = self.state.lock();
        if entry == Entry::Open && state.down.is_some() {
            return None;
        }
        state.probing = false;
        let (since, waiting_since, failures) =
            state.down.as_ref().map_or((now, steady, 0), |down| {
                (down.since, down.waiting_since, down.failures)
            });
        let give_up = permanent || steady - waiting_since >= self.patience;
        // Whoever gives up opens the breaker again; where another relay does the work, it is looked
        // at now and then.
        let pause = if give_up {
            HOPELESS_PAUSE
        } else {
            FIRST_PAUSE
                .saturating_mul(1 << failures.min(10))
                .min(LONGEST_PAUSE)
        };
        state.down = Some(Down {
            since,
            waiting_since,
            failures: failures + 1,
            until: steady + pause,
            hopeless: give_up,
        });
        drop(state);
        self.changed.notify_waiters();
        Some(Closed {
            status: RelayDown {
                since,
                next_try_at: now + pause,
                text: text.to_owned(),
            },
            give_up,
        })
    }

    /// What was to follow from its being closed could not be done: it stays closed, and is looked at
    /// again before long.
    pub(super) fn look_again(&self, steady: Millis) {
        if let Some(down) = &mut self.state.lock().down {
            down.until = steady + LONGEST_PAUSE;
        }
    }

    /// A connection that came in by `entry` goes away without having tried.
    pub(super) fn leave(&self, entry: Entry) {
        if entry == Entry::Probe {
            self.state.lock().probing = false;
            self.changed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_from_one_second_to_a_minute_and_patience_ends() {
        let breaker = CircuitBreaker::new(200_000);
        let mut now = 0;
        let mut pauses = Vec::new();
        loop {
            let closed = breaker
                .close(Entry::Probe, "gone", false, now, now)
                .unwrap();
            if closed.give_up {
                break;
            }
            pauses.push((closed.status.next_try_at - now) / 1_000);
            now = closed.status.next_try_at;
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_wrong_password_is_not_tried_again() {
        let closed = CircuitBreaker::new(1_000_000).close(Entry::Open, "535", true, 0, 0);
        assert!(closed.unwrap().give_up);
    }

    #[test]
    fn a_relay_is_hopeless_when_its_patience_is_over_and_not_before() {
        let breaker = CircuitBreaker::new(60_000);
        assert!(!breaker.is_hopeless());
        breaker.close(Entry::Open, "421 busy", false, 0, 0).unwrap();
        assert!(breaker.is_closed() && !breaker.is_hopeless());
        breaker
            .close(Entry::Probe, "421 busy", false, 61_000, 61_000)
            .unwrap();
        assert!(breaker.is_hopeless());
        breaker.open();
        assert!(!breaker.is_hopeless());
    }
}
