//! The rate, the counts and the mails in flight of one relay or one recipient domain.

use std::collections::BTreeMap;
use std::time::Duration;

use super::routes::until;
use crate::domain::Millis;
use crate::domain::delivery::limits::{Counted, Limits};
use crate::domain::delivery::slowdown::Slowdown;
use crate::store::delivery::throttles::{Held, Scope, State};

/// Mails may come this much early, so that a rate is kept by a clock that ticks in milliseconds.
const TOLERANCE: f64 = 20.0;
/// The same for a rate that is only a guess at what the other side can bear.
const SLOWED_TOLERANCE: f64 = 1_000.0;
/// A rate is measured over at least this long.
const MEASURE: Millis = 1_000;
/// So many mails tell the rate in a tenth of the time.
const MANY: u32 = 20;
const SHORT_MEASURE: Millis = MEASURE / 10;
/// A measure that took longer than this was none: nothing was sent in the meantime.
const LONG_MEASURE: Millis = 10 * MEASURE;
/// A complaint about the first mails is not about less than this, in mails a second.
pub(super) const LEAST_RATE: f64 = 1.0;

/// One relay's or one domain's share of the state.
#[derive(Default)]
pub(super) struct Meter {
    pub(super) limits: Limits,
    pub(super) counted: Counted,
    pub(super) slowdown: Option<Slowdown>,
    /// When the next mail is due at the rate that holds, on the wall clock.
    next_at: f64,
    pub(super) in_flight: usize,
    /// Since when, and how many mails since.
    measured: (Millis, u32),
    /// Mails a second in the last measure.
    rate: f64,
    /// The minutes that have changed, and their counts.
    changed: BTreeMap<i64, u32>,
    is_changed: bool,
}

impl Meter {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    fn rate(&self) -> Option<f64> {
        let slowed = self.slowdown.as_ref().map(|slow| slow.per_second);
        match (self.limits.per_second, slowed) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn counts(&self) -> bool {
        self.limits.per_hour.is_some() || self.limits.per_day.is_some()
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "milliseconds"
    )]
    pub(super) fn pause(&mut self, now: Millis) -> Option<Duration> {
        if self
            .limits
            .connections
            .is_some_and(|most| self.in_flight >= most)
        {
            // It ends with a mail, which wakes whoever waits.
            return Some(Duration::from_millis(200));
        }
        if self.counts()
            && let Some((_, then)) = self.counted.full(&self.limits, now)
        {
            return Some(until(then, now));
        }
        let interval = 1_000.0 / self.rate()?;
        // The clock has gone back.
        if self.next_at > now as f64 + interval + 1_000.0 {
            self.next_at = now as f64;
        }
        let tolerance = if self.slowdown.is_some() {
            SLOWED_TOLERANCE
        } else {
            TOLERANCE
        };
        let early = self.next_at - tolerance - now as f64;
        (early > 0.0).then(|| until(now + early.ceil() as Millis, now))
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds and counts")]
    pub(super) fn took(&mut self, now: Millis) {
        self.in_flight += 1;
        if self.counts() {
            let (minute, mails) = self.counted.add(now);
            self.changed.insert(minute, mails);
        }
        if let Some(rate) = self.rate() {
            self.next_at = self.next_at.max(now as f64) + 1_000.0 / rate;
        }
        let (since, mails) = self.measured;
        if now - since >= LONG_MEASURE || now < since {
            // Nothing was sent for a while: that says nothing of how quick it was.
            (self.rate, self.measured) = (0.0, (now, 1));
        } else if now - since >= MEASURE {
            self.rate = f64::from(mails) * 1_000.0 / (now - since).max(MEASURE) as f64;
            self.measured = (now, 1);
        } else {
            self.measured.1 += 1;
        }
    }

    pub(super) fn gave_back(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if self.counts() {
            self.counted.take_back();
        }
    }

    /// Mails a second, as far as can be told: of the last measure, or of the one that has begun. A few
    /// mails in a part of a second count as if it had been a whole one.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds")]
    pub(super) fn measured_rate(&self, now: Millis) -> f64 {
        let (since, mails) = self.measured;
        let elapsed = now - since;
        if !(0..LONG_MEASURE).contains(&elapsed) {
            return 0.0;
        }
        let least = if mails < MANY { MEASURE } else { SHORT_MEASURE };
        let begun = f64::from(mails) * 1_000.0 / elapsed.max(least) as f64;
        self.rate.max(begun)
    }

    /// A complaint. `at_most` is the rate that it can be about where this meter has measured none.
    pub(super) fn complained(&mut self, reply: String, at_most: f64, now: Millis) {
        self.is_changed = true;
        let measured = self.measured_rate(now);
        let rate = if measured > 0.0 { measured } else { at_most };
        let rate = rate.max(LEAST_RATE);
        match &mut self.slowdown {
            Some(slow) => {
                slow.complain(rate, reply, now);
            }
            None => self.slowdown = Some(Slowdown::begin(rate, reply, now)),
        }
    }

    pub(super) fn state(&mut self, scope: Scope, now: Millis) -> Option<State> {
        if let Some(slow) = &mut self.slowdown
            && slow.recover(now)
        {
            self.is_changed = true;
            if slow.is_over() {
                self.slowdown = None;
            }
        }
        let full = if self.counts() {
            self.counted.full(&self.limits, now)
        } else {
            None
        };
        let minutes = std::mem::take(&mut self.changed);
        if minutes.is_empty() && !std::mem::take(&mut self.is_changed) {
            return None;
        }
        Some(State {
            scope,
            minutes: minutes.into_iter().collect(),
            slowdown: self.slowdown.clone(),
            held: full.map(|(limit, until)| Held { limit, until }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends for so long as fast as is allowed, up to two mails a millisecond; complaints come at
    /// these moments. Returns how many mails went out.
    fn mails_sent(span: Millis, complaints: &[Millis]) -> u32 {
        let mut meter = Meter::default();
        let mut mails = 0;
        for now in 0..span {
            if now % 200 == 0 {
                meter.state(Scope::Relay(String::new()), now);
            }
            if complaints.contains(&now) {
                meter.complained("421 4.7.0 Too many messages".into(), LEAST_RATE, now);
            }
            for _ in 0..2 {
                if meter.pause(now).is_none() {
                    meter.took(now);
                    mails += 1;
                }
            }
        }
        mails
    }

    #[test]
    fn two_stray_complaints_cost_a_fast_relay_less_than_a_minute() {
        const SECOND: Millis = 1_000;
        let without = mails_sent(120 * SECOND, &[]);
        assert_eq!(without, 240_000);
        for complaints in [
            [60 * SECOND, 66 * SECOND],
            [60 * SECOND, 75 * SECOND],
            // In the first second nothing has been measured yet.
            [50, 10 * SECOND],
            [500, 20 * SECOND],
        ] {
            let lost = without - mails_sent(120 * SECOND, &complaints);
            let seconds = f64::from(lost) / 2_000.0;
            assert!(seconds < 45.0, "{complaints:?}: {seconds} s");
            // A minute after the second one it is as if nothing had been.
            let after = |span| mails_sent(complaints[1] + span, &complaints);
            let in_a_second = after(61 * SECOND) - after(60 * SECOND);
            assert_eq!(in_a_second, 2_000, "{complaints:?}");
        }
    }

    #[test]
    fn complaints_in_quick_succession_count_once() {
        let once = mails_sent(60_000, &[20_000]);
        let often = mails_sent(60_000, &[20_000, 20_100, 21_500, 23_900, 24_900]);
        assert_eq!(once, often);
    }
}
