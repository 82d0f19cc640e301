//! Moments and days as forms show and read them, in the reader's zone.

use super::Reader;
use crate::domain::Millis;
use crate::domain::phrase::Phrase;

impl Reader {
    /// For `<input type="datetime-local">`: `2026-11-23T12:30`.
    pub fn input_value(&self, at: Millis) -> String {
        self.zoned(at).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// Reads such an input in the reader's zone. A time that a clock change skips is refused; one
    /// that it brings twice is the first of the two.
    ///
    /// # Errors
    /// Missing, malformed, or skipped.
    pub fn parse_input(&self, text: &str, missing: &'static str) -> Result<Millis, Phrase> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Phrase::new(missing));
        }
        let malformed = || Phrase::new("error-time-malformed");
        let civil: jiff::civil::DateTime = text.parse().map_err(|_| malformed())?;
        if !(2_000..=2_200).contains(&civil.year()) {
            return Err(malformed());
        }
        let ambiguous = self.zone.to_ambiguous_zoned(civil);
        if matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
            return Err(Phrase::new("error-time-skipped"));
        }
        ambiguous
            .compatible()
            .map(|zoned| zoned.timestamp().as_millisecond())
            .map_err(|_| malformed())
    }

    /// `02:30 (UTC+2)`, where the clock shows the time of this moment once more that night.
    pub fn first_of_two(&self, at: Millis) -> Option<String> {
        let zoned = self.zoned(at);
        let ambiguous = self.zone.to_ambiguous_zoned(zoned.datetime());
        let is_twice = matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Fold { .. });
        let is_first = ambiguous
            .compatible()
            .is_ok_and(|first| first.timestamp() == zoned.timestamp());
        (is_twice && is_first).then(|| format!("{} ({})", zoned.strftime("%H:%M"), utc(&zoned)))
    }

    /// Reads `<input type="date">`: the first moment of the day `later` days after it, in the
    /// reader's zone.
    ///
    /// # Errors
    /// Malformed, or so far away that nobody means it.
    pub fn parse_day(&self, text: &str, later: i64) -> Result<Millis, Phrase> {
        let malformed = || Phrase::new("error-day-malformed");
        let day: jiff::civil::Date = text.trim().parse().map_err(|_| malformed())?;
        if !(2_000..=2_200).contains(&day.year()) {
            return Err(malformed());
        }
        day.checked_add(jiff::Span::new().days(later))
            .and_then(|day| day.to_zoned(self.zone.clone()))
            .map(|zoned| zoned.timestamp().as_millisecond())
            .map_err(|_| malformed())
    }

    /// `Europe/Moscow (UTC+3)`.
    pub fn zone_text(&self, now: Millis) -> String {
        let name = self.zone.iana_name().unwrap_or("UTC");
        format!("{name} ({})", utc(&self.zoned(now)))
    }
}

/// `UTC+3`.
fn utc(zoned: &jiff::Zoned) -> String {
    let minutes = zoned.offset().seconds() / 60;
    let (sign, minutes) = if minutes < 0 {
        ('−', -minutes)
    } else {
        ('+', minutes)
    };
    if minutes % 60 == 0 {
        format!("UTC{sign}{}", minutes / 60)
    } else {
        format!("UTC{sign}{}:{:02}", minutes / 60, minutes % 60)
    }
}
