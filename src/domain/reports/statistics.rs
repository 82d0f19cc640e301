//! What is counted about attempts, and how time is cut into pieces to show it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};
use serde::Serialize;

use crate::domain::Millis;
use crate::domain::delivery::Outcome;

/// The shortest span that is counted by itself: a quarter of an hour. Every zone's hours and days
/// begin with one.
pub const SLOT: Millis = 15 * 60_000;

/// The number of the slot that a moment is in.
pub const fn slot_of(at: Millis) -> i64 {
    at / SLOT
}

/// How long attempts took is counted in classes; each ends before that many milliseconds, and one
/// more has no end.
pub const DURATIONS: [Millis; 6] = [100, 300, 1_000, 3_000, 10_000, 30_000];

/// The number of classes.
pub const CLASSES: usize = DURATIONS.len() + 1;

/// The class of a duration.
pub fn class_of(duration: Millis) -> usize {
    DURATIONS
        .iter()
        .position(|end| duration < *end)
        .unwrap_or(DURATIONS.len())
}

/// Attempts by outcome, every retry one of them; people are counted by a run (`run::Counters`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    pub accepted: i64,
    pub deferred: i64,
    pub refused: i64,
    pub in_doubt: i64,
}

impl Tally {
    pub const fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Accepted => self.accepted += 1,
            Outcome::Deferred => self.deferred += 1,
            Outcome::Refused => self.refused += 1,
            Outcome::InDoubt => self.in_doubt += 1,
        }
    }

    pub const fn add(&mut self, other: Self) {
        self.accepted += other.accepted;
        self.deferred += other.deferred;
        self.refused += other.refused;
        self.in_doubt += other.in_doubt;
    }

    /// Every attempt.
    pub const fn all(&self) -> i64 {
        self.accepted + self.failed()
    }

    /// Those that did not end with a 2xx: refused, deferred, in doubt.
    pub const fn failed(&self) -> i64 {
        self.deferred + self.refused + self.in_doubt
    }
}

/// How finely time is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    Hour,
    Day,
    /// From Monday.
    Week,
    Month,
}

/// Most pieces that are shown.
pub const MOST_BUCKETS: i64 = 370;

impl Step {
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    const fn shortest(self) -> Millis {
        const HOUR: Millis = 3_600_000;
        match self {
            Self::Hour => HOUR,
            Self::Day => 23 * HOUR,
            Self::Week => 167 * HOUR,
            Self::Month => 27 * 24 * HOUR,
        }
    }

    /// Whether a span cut like this can be shown. A month always can.
    pub const fn fits(self, span: Millis) -> bool {
        matches!(self, Self::Month) || span / self.shortest() <= MOST_BUCKETS
    }

    /// What suits a span: pieces that can be told apart.
    pub fn suited(span: Millis) -> Self {
        const DAY: Millis = 24 * 3_600_000;
        match span {
            span if span <= 2 * DAY => Self::Hour,
            span if span <= 62 * DAY => Self::Day,
            span if span <= 400 * DAY => Self::Week,
            _ => Self::Month,
        }
    }
}

/// A piece of time and what happened in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bucket {
    pub from: Millis,
    /// Where the next one begins.
    pub until: Millis,
    pub tally: Tally,
}

fn zoned(at: Millis, zone: &TimeZone) -> Zoned {
    Timestamp::from_millisecond(at)
        .unwrap_or_default()
        .to_zoned(zone.clone())
}

fn midnight(day: Date, zone: &TimeZone) -> Option<Millis> {
    let zoned = day.to_zoned(zone.clone()).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

/// The day with which a day's, week's or month's piece begins.
fn first_day(day: Date, step: Step) -> Date {
    match step {
        Step::Hour | Step::Day => day,
        Step::Week => {
            let back = i64::from(day.weekday().to_monday_zero_offset());
            day.checked_sub(Span::new().days(back)).unwrap_or(day)
        }
        Step::Month => day.first_of_month(),
    }
}

/// The first moment of the piece that `at` is in.
pub fn start_of(at: Millis, step: Step, zone: &TimeZone) -> Millis {
    let local = zoned(at, zone);
    if step == Step::Hour {
        let into = i64::from(local.minute()) * 60_000
            + i64::from(local.second()) * 1_000
            + i64::from(local.millisecond());
        return at - into;
    }
    midnight(first_day(local.date(), step), zone).unwrap_or(at)
}

/// The first moment of the piece after the one that begins at `start`.
pub fn next_start(start: Millis, step: Step, zone: &TimeZone) -> Millis {
    let span = match step {
        Step::Hour => return start + 3_600_000,
        Step::Day => Span::new().days(1),
        Step::Week => Span::new().weeks(1),
        Step::Month => Span::new().months(1),
    };
    let next = zoned(start, zone).date().checked_add(span).ok();
    next.and_then(|day| midnight(day, zone))
        .filter(|next| *next > start)
        .unwrap_or(start + step.shortest())
}

/// Puts counted slots, oldest first, into the pieces of a period in the reader's zone; pieces in
/// which nothing happened are there, too. The first and the last are cut to the period.
pub fn buckets(
    slots: &[(i64, Tally)],
    from: Millis,
    until: Millis,
    step: Step,
    zone: &TimeZone,
) -> Vec<Bucket> {
    let mut pieces = Vec::new();
    let mut slots = slots.iter().peekable();
    let mut start = start_of(from, step, zone);
    while start < until {
        let next = next_start(start, step, zone);
        let mut tally = Tally::default();
        while let Some((_, counted)) = slots.next_if(|(slot, _)| slot * SLOT < next) {
            tally.add(*counted);
        }
        pieces.push(Bucket {
            from: start.max(from),
            until: next.min(until),
            tally,
        });
        start = next;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Millis = 3_600_000;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn one(at: Millis) -> (i64, Tally) {
        let mut tally = Tally::default();
        tally.count(Outcome::Accepted);
        (slot_of(at), tally)
    }

    #[test]
    fn a_day_is_the_readers_own_also_where_it_begins_at_half_past() {
        let kolkata = zone("Asia/Kolkata");
        let (from, until) = (at("2026-03-01T18:30:00Z"), at("2026-03-03T18:30:00Z"));
        let slots = [one(until - 24 * HOUR - 1), one(until - 24 * HOUR)];
        let days = buckets(&slots, from, until, Step::Day, &kolkata);
        let counts: Vec<i64> = days.iter().map(|day| day.tally.accepted).collect();
        assert_eq!(counts, [1, 1]);
    }

    #[test]
    fn the_day_of_a_clock_change_has_23_hours_or_25() {
        let berlin = zone("Europe/Berlin");
        for (day, hours) in [("2026-03-29", 23), ("2026-10-25", 25)] {
            let start = start_of(at(&format!("{day}T12:00:00Z")), Step::Day, &berlin);
            let end = next_start(start, Step::Day, &berlin);
            assert_eq!((end - start) / HOUR, hours, "{day}");
            let pieces = buckets(&[], start, end, Step::Hour, &berlin);
            assert_eq!(i64::try_from(pieces.len()).unwrap(), hours, "{day}");
        }
    }

    #[test]
    fn weeks_begin_on_monday_and_months_with_their_first_day() {
        let moscow = zone("Europe/Moscow");
        let sunday = at("2026-03-01T10:00:00Z");
        let start = |step| start_of(sunday, step, &moscow);
        assert_eq!(start(Step::Week), at("2026-02-22T21:00:00Z"));
        assert_eq!(start(Step::Month), at("2026-02-28T21:00:00Z"));
        assert_eq!(
            next_start(start(Step::Month), Step::Month, &moscow),
            at("2026-03-31T21:00:00Z")
        );
    }

    #[test]
    fn nothing_is_lost_between_the_pieces() {
        let moscow = zone("Europe/Moscow");
        let (from, until) = (at("2026-01-10T21:00:00Z"), at("2026-04-20T21:00:00Z"));
        let slots: Vec<_> = (0..10_000)
            .map(|n| from + n * 7 * HOUR)
            .take_while(|at| *at < until)
            .map(one)
            .collect();
        for step in Step::ALL {
            let pieces = buckets(&slots, from, until, step, &moscow);
            let all: i64 = pieces.iter().map(|piece| piece.tally.all()).sum();
            assert_eq!(all, i64::try_from(slots.len()).unwrap(), "{step:?}");
            assert!(pieces.windows(2).all(|two| two[0].until == two[1].from));
            assert_eq!(
                (pieces[0].from, pieces.last().unwrap().until),
                (from, until)
            );
        }
    }

    #[test]
    fn a_duration_is_in_the_first_class_that_it_does_not_reach() {
        let classes: Vec<usize> = [0, 99, 100, 2_999, 29_999, 30_000]
            .into_iter()
            .map(class_of)
            .collect();
        assert_eq!(classes, [0, 0, 1, 3, 5, 6]);
    }
}
