//! A delivery: one recipient of one run; what became of it, and when to try again.

pub mod attempt_filter;
pub mod connection_cap;
pub mod doubt;
pub mod fate;
pub mod letter;
pub mod limits;
pub mod local;
pub mod mail_ids;
pub mod meaning;
pub mod progress;
pub mod reached;
pub mod replies;
pub mod reply;
pub mod slowdown;

use serde::{Deserialize, Serialize};

use super::Millis;

/// How a single attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 2xx after the final dot: the next server took it.
    Accepted,
    /// 4xx, or a connection lost before the server could have taken it.
    Deferred,
    /// 5xx, or an address that this server cannot be given.
    Refused,
    /// The connection broke when the server may have taken it already (RFC 1047).
    InDoubt,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Accepted, Self::Deferred, Self::Refused, Self::InDoubt];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::InDoubt => "in_doubt",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// Where a delivery stands in its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be tried when its time comes; never tried or deferred.
    Waiting,
    /// Journaled as being tried; the next server may have it.
    Trying,
    Accepted,
    Refused,
    /// Held for its owner to decide.
    InDoubt,
    /// The mailing's end came first.
    Expired,
    /// Not tried, and why is written beside it.
    Skipped,
}

impl DeliveryState {
    pub const ALL: [Self; 7] = [
        Self::Waiting,
        Self::Trying,
        Self::Accepted,
        Self::Refused,
        Self::InDoubt,
        Self::Expired,
        Self::Skipped,
    ];

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Trying => "trying",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::InDoubt => "in_doubt",
            Self::Expired => "expired",
            Self::Skipped => "skipped",
        }
    }
}

/// What to do with a delivery that the server may or may not have taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDoubt {
    /// Try again with the same Message-ID: at worst one mail arrives twice.
    #[default]
    Retry,
    /// Leave it to the owner: at worst one mail does not arrive.
    Hold,
}

/// When to try again after a temporary refusal: growing delays, the last one for ever after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetrySchedule {
    delays: Vec<Millis>,
}

/// 5, 15, 30 minutes, 1, 2, 4 hours, then every 4 hours.
const DEFAULT_DELAYS_MINUTES: [Millis; 6] = [5, 15, 30, 60, 120, 240];

impl Default for RetrySchedule {
    fn default() -> Self {
        Self {
            delays: DEFAULT_DELAYS_MINUTES
                .iter()
                .map(|minutes| minutes * 60_000)
                .collect(),
        }
    }
}

impl RetrySchedule {
    /// `None` where there is no delay or one is not positive.
    pub fn new(delays: Vec<Millis>) -> Option<Self> {
        (!delays.is_empty() && delays.iter().all(|delay| *delay > 0)).then_some(Self { delays })
    }

    /// How many delays there are before the last one repeats itself.
    pub fn steps(&self) -> u32 {
        u32::try_from(self.delays.len()).unwrap_or(u32::MAX)
    }

    /// The moment of the next attempt after `attempts` (at least 1) have been made, the last one
    /// ending at `now`. `jitter` in 0.0..1.0 adds up to a tenth of the delay, so that a thousand
    /// deferred together do not come back together.
    pub fn next_at(&self, attempts: u32, now: Millis, jitter: f64) -> Millis {
        let index = (attempts.max(1) as usize - 1).min(self.delays.len() - 1);
        let delay = self.delays[index];
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a tenth of a delay is far inside both types"
        )]
        let extra = (delay as f64 * 0.1 * jitter.clamp(0.0, 1.0)) as Millis;
        now.saturating_add(delay).saturating_add(extra)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn retries_come_after_5_15_30_minutes_1_2_4_hours_and_then_every_4_hours() {
        let schedule = RetrySchedule::default();
        let minutes: Vec<_> = (1..=8)
            .map(|attempts| schedule.next_at(attempts, 0, 0.0) / 60_000)
            .collect();
        assert_eq!(minutes, [5, 15, 30, 60, 120, 240, 240, 240]);
    }

    proptest! {
        #[test]
        fn jitter_adds_at_most_a_tenth(attempts in 0u32..100, now in 0i64..4_000_000_000_000, jitter in 0.0f64..1.0) {
            let schedule = RetrySchedule::default();
            let without = schedule.next_at(attempts, now, 0.0) - now;
            let with = schedule.next_at(attempts, now, jitter) - now;
            prop_assert!(with >= without && with <= without + without / 10);
        }
    }
}
