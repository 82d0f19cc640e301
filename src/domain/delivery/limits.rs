//! How much may be sent one way in which time, and what has been.

use std::collections::{HashMap, VecDeque};

use crate::domain::Millis;

const MINUTE: Millis = 60_000;
const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

/// Limits of a relay, or of the mails to one domain. `None`: none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Limits {
    /// Mails in flight at once.
    pub connections: Option<usize>,
    pub mails_per_connection: Option<usize>,
    pub per_second: Option<f64>,
    pub per_hour: Option<u32>,
    pub per_day: Option<u32>,
}

/// Limits of recipient domains, from the settings.
#[derive(Debug, Clone, Default)]
pub struct DomainLimits {
    /// For every domain that is not named.
    pub others: Limits,
    pub named: HashMap<String, Limits>,
}

impl DomainLimits {
    /// The limits of a domain, as A-labels.
    pub fn of(&self, domain: &str) -> Limits {
        self.named.get(domain).copied().unwrap_or(self.others)
    }

    pub fn is_empty(&self) -> bool {
        self.others == Limits::default() && self.named.is_empty()
    }
}

/// Which limit holds mails back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    PerHour,
    PerDay,
    /// The other side has complained.
    Slowed,
}

impl Limit {
    pub const fn name(self) -> &'static str {
        match self {
            Self::PerHour => "per_hour",
            Self::PerDay => "per_day",
            Self::Slowed => "slowed",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        [Self::PerHour, Self::PerDay, Self::Slowed]
            .into_iter()
            .find(|limit| limit.name() == name)
    }
}

/// Mails of the last day, by minute, so that in *any* hour and *any* day there are no more than
/// allowed, also across midnight and across a restart.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    minutes: VecDeque<(i64, u32)>,
}

impl Counted {
    /// Takes in a minute that was counted before; in order.
    pub fn restore(&mut self, minute: i64, mails: u32) {
        self.minutes.push_back((minute, mails));
    }

    /// Counts a mail and returns its minute and how many that has now.
    pub fn add(&mut self, now: Millis) -> (i64, u32) {
        let this = now.div_euclid(MINUTE);
        self.forget(this);
        match self.minutes.back_mut() {
            Some((minute, mails)) if *minute == this => {
                *mails += 1;
                (this, *mails)
            }
            _ => {
                self.minutes.push_back((this, 1));
                (this, 1)
            }
        }
    }

    /// One that was counted did not go out.
    pub fn take_back(&mut self) {
        if let Some((_, mails)) = self.minutes.back_mut() {
            *mails = mails.saturating_sub(1);
        }
    }

    /// Which limit is reached, and until when.
    pub fn full(&mut self, limits: &Limits, now: Millis) -> Option<(Limit, Millis)> {
        self.forget(now.div_euclid(MINUTE));
        let day = self.reached(limits.per_day, DAY, now);
        let hour = || self.reached(limits.per_hour, HOUR, now);
        day.map(|until| (Limit::PerDay, until))
            .or_else(|| hour().map(|until| (Limit::PerHour, until)))
    }

    /// When enough of what was counted in the last `span` minutes is older than that.
    fn reached(&self, most: Option<u32>, span: i64, now: Millis) -> Option<Millis> {
        let most = u64::from(most?.max(1));
        let this = now.div_euclid(MINUTE);
        let recent = || {
            self.minutes
                .iter()
                .filter(move |(minute, _)| *minute >= this - span)
        };
        let total: u64 = recent().map(|(_, mails)| u64::from(*mails)).sum();
        if total < most {
            return None;
        }
        let mut left = total;
        for (minute, mails) in recent() {
            left -= u64::from(*mails);
            if left < most {
                return Some((minute + span + 1) * MINUTE);
            }
        }
        None
    }

    /// Drops what is older than a day. What was counted ahead of a clock that has gone back counts now.
    fn forget(&mut self, this: i64) {
        while self
            .minutes
            .front()
            .is_some_and(|(minute, _)| *minute < this - DAY)
        {
            self.minutes.pop_front();
        }
        let mut ahead = 0;
        while let Some((minute, mails)) = self.minutes.pop_back_if(|(minute, _)| *minute > this) {
            // A clock that was wrong by more has counted by a time that never was.
            if minute - this <= HOUR {
                ahead += mails;
            }
        }
        if ahead > 0 {
            match self.minutes.back_mut() {
                Some((minute, mails)) if *minute == this => *mails += ahead,
                _ => self.minutes.push_back((this, ahead)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PER_HOUR: Limits = Limits {
        per_hour: Some(3),
        connections: None,
        mails_per_connection: None,
        per_second: None,
        per_day: None,
    };

    #[test]
    fn in_any_hour_there_are_no_more_mails_than_allowed() {
        let mut counted = Counted::default();
        for at in [0, 10 * MINUTE, 30 * MINUTE] {
            assert_eq!(counted.full(&PER_HOUR, at), None);
            counted.add(at);
        }
        let full = counted.full(&PER_HOUR, 59 * MINUTE);
        assert_eq!(full, Some((Limit::PerHour, 61 * MINUTE)));
        assert_eq!(counted.full(&PER_HOUR, 61 * MINUTE), None);
        counted.add(61 * MINUTE);
        let full = counted.full(&PER_HOUR, 61 * MINUTE);
        assert_eq!(full, Some((Limit::PerHour, 71 * MINUTE)));
    }

    #[test]
    fn a_clock_that_goes_back_a_little_forgets_no_mail() {
        let mut counted = Counted::default();
        for _ in 0..3 {
            counted.add(2 * MINUTE);
        }
        let full = counted.full(&PER_HOUR, 2 * MINUTE - 1);
        assert_eq!(full, Some((Limit::PerHour, 62 * MINUTE)));
        assert_eq!(counted.add(2 * MINUTE - 1), (1, 4));
    }

    #[test]
    fn a_clock_that_was_wrong_holds_nothing_up() {
        let mut counted = Counted::default();
        for _ in 0..3 {
            counted.add(100_000 * MINUTE);
        }
        assert_eq!(counted.full(&PER_HOUR, 0), None);
    }
}
