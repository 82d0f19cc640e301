//! How fast a run goes, from what was seen of it in the last seconds.

use std::collections::VecDeque;

use crate::domain::Millis;

/// How far back it looks.
const WINDOW: Millis = 10_000;
/// Shortest span that says anything.
const SHORTEST: Millis = 300;

/// Sightings of a counter that only grows.
#[derive(Debug, Default, Clone)]
pub struct Pace {
    seen: VecDeque<(Millis, i64)>,
}

impl Pace {
    /// Notes that at `steady` (on a steady clock) `done` were done.
    pub fn see(&mut self, steady: Millis, done: i64) {
        self.seen.push_back((steady, done));
        while self.seen.len() > 2 && self.seen[0].0 < steady - WINDOW {
            self.seen.pop_front();
        }
    }

    fn span(&self) -> Option<(Millis, i64)> {
        let (first, last) = (self.seen.front()?, self.seen.back()?);
        let (millis, done) = (last.0 - first.0, last.1 - first.1);
        (millis >= SHORTEST && done > 0).then_some((millis, done))
    }

    /// Mails a minute; `None` while nothing is known.
    pub fn per_minute(&self) -> Option<i64> {
        self.span().map(|(millis, done)| done * 60_000 / millis)
    }

    /// How long `left` more will take at this pace.
    pub fn time_left(&self, left: i64) -> Option<Millis> {
        self.span()
            .map(|(millis, done)| left.saturating_mul(millis) / done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_of_the_last_ten_seconds_counts() {
        let mut pace = Pace::default();
        pace.see(0, 0);
        assert_eq!(pace.per_minute(), None);
        for second in 1..=60 {
            pace.see(
                second * 1_000,
                if second <= 40 { 0 } else { (second - 40) * 5 },
            );
        }
        assert_eq!(pace.per_minute(), Some(300));
        assert_eq!(pace.time_left(50), Some(10_000));
    }
}
