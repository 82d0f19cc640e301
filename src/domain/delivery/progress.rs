//! The facts about a run under way: how fast it goes, how long it will take, what is waited for,
//! what the servers say, why it is slow. Computed here alone, so that the page, the terminal and
//! the scripts that read JSON are told the same.

use super::replies::Kind;
use crate::domain::Millis;
use crate::domain::mailings::pace::Pace;
use crate::domain::mailings::run::Counters;
use crate::domain::phrase::{Arg, Phrase};

/// What was seen of a run in one look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sight {
    pub counters: Counters,
    pub is_active: bool,
    /// When the next of those that wait for a retry is due; `None`: none waits, or it is due now.
    pub next_retry_at: Option<Millis>,
    /// Of those that were never charged with a try, how many wait for a later moment. Either none of
    /// them does, or all do: then the last answers were about us.
    pub postponed: i64,
    /// The newest few kinds of replies.
    pub replies: Vec<Kind>,
    /// Why it is slow or stands still although it is active, if something holds it up.
    pub slow: Option<Phrase>,
}

/// Those that wait to be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    pub count: i64,
    /// When the first of them is due.
    pub at: Millis,
}

/// What is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Mails a minute over the last ten seconds; `None` while nothing is known, and while nothing
    /// but retries is waited for.
    pub per_minute: Option<i64>,
    /// How long those take that were not tried yet, at that rate.
    pub time_left: Option<Millis>,
    pub retry: Option<Retry>,
    pub replies: Vec<Kind>,
    pub slow: Option<Phrase>,
}

impl Progress {
    /// `pace` is what was seen of its speed, if anything was.
    pub fn of(sight: &Sight, pace: Option<&Pace>, now: Millis) -> Self {
        let Counters {
            queued, deferred, ..
        } = sight.counters;
        let waits = deferred + sight.postponed;
        let pace = pace.filter(|_| sight.is_active && queued > sight.postponed);
        Self {
            per_minute: pace.and_then(Pace::per_minute),
            time_left: pace.and_then(|pace| pace.time_left(queued)),
            retry: (sight.is_active && waits > 0).then(|| Retry {
                count: waits,
                at: sight.next_retry_at.unwrap_or(now),
            }),
            replies: sight.replies.clone(),
            slow: sight.slow.clone().filter(|_| sight.is_active),
        }
    }

    /// `≈ 140 mails/min · about 4 min left`; by the second where it is fast.
    pub fn rate(&self) -> Option<Phrase> {
        let (per_minute, left) = (self.per_minute?, self.time_left?);
        let (key, rate) = if per_minute < 600 {
            ("run-rate", per_minute)
        } else {
            ("run-rate-second", per_minute / 60)
        };
        Some(Phrase {
            key,
            args: vec![("rate", Arg::Number(rate)), ("left", Arg::Span(left))],
        })
    }

    /// `37 wait; next try in 4 min`.
    pub fn next_try(&self, now: Millis) -> Option<Phrase> {
        let retry = self.retry?;
        let mut phrase = Phrase::new(if retry.at > now {
            "run-next-try"
        } else {
            "run-next-try-now"
        })
        .with("count", retry.count);
        if retry.at > now {
            phrase.args.push(("span", Arg::Span(retry.at - now)));
        }
        Some(phrase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(queued: i64, deferred: i64) -> Sight {
        Sight {
            counters: Counters {
                total: queued + deferred,
                queued,
                deferred,
                ..Counters::default()
            },
            is_active: true,
            ..Sight::default()
        }
    }

    /// Ten mails a second for ten seconds.
    fn pace() -> Pace {
        let mut pace = Pace::default();
        (0..=10).for_each(|second| pace.see(second * 1_000, second * 10));
        pace
    }

    #[test]
    fn a_fast_run_is_counted_by_the_second_and_a_slow_one_by_the_minute() {
        let progress = Progress::of(&sight(100, 0), Some(&pace()), 0);
        assert_eq!(progress.per_minute, Some(600));
        assert_eq!(progress.time_left, Some(10_000));
        let said = progress.rate().unwrap();
        assert_eq!(
            (said.key, &said.args[0].1),
            ("run-rate-second", &Arg::Number(10))
        );
        let slow = Progress {
            per_minute: Some(140),
            ..progress
        };
        assert_eq!(slow.rate().unwrap().key, "run-rate");
    }

    #[test]
    fn while_only_retries_are_waited_for_there_is_no_rate_but_a_next_try() {
        let waits = Sight {
            next_retry_at: Some(240_000),
            ..sight(0, 37)
        };
        let progress = Progress::of(&waits, Some(&pace()), 0);
        assert_eq!((progress.rate(), progress.time_left), (None, None));
        let said = progress.next_try(0).unwrap();
        assert_eq!(said.key, "run-next-try");
        assert_eq!(said.args[1].1, Arg::Span(240_000));
        assert_eq!(progress.next_try(240_000).unwrap().key, "run-next-try-now");
    }

    #[test]
    fn those_that_wait_because_of_us_wait_for_their_next_try_as_well() {
        let postponed = Sight {
            next_retry_at: Some(240_000),
            postponed: 12,
            ..sight(12, 0)
        };
        let progress = Progress::of(&postponed, Some(&pace()), 0);
        assert_eq!(progress.rate(), None);
        let retry = progress.retry.unwrap();
        assert_eq!((retry.count, retry.at), (12, 240_000));
    }

    #[test]
    fn a_run_that_stands_still_is_not_slow() {
        let paused = Sight {
            is_active: false,
            slow: Some(Phrase::new("slow-relay-down")),
            ..sight(5, 5)
        };
        let progress = Progress::of(&paused, Some(&pace()), 0);
        assert_eq!((progress.slow, progress.retry), (None, None));
    }
}
