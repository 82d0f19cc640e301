//! Moments and days as forms show and read them, in the reader's zone.

use jiff::civil::{Date, Time, time};
use jiff::tz::Offset;

use super::Reader;
use crate::domain::Millis;
use crate::domain::phrase::Phrase;

/// Which end of a period a moment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    Start,
    End,
}

impl Edge {
    /// What is said where nothing was typed.
    const fn missing(self) -> &'static str {
        match self {
            Self::Start => "error-start-missing",
            Self::End => "error-end-missing",
        }
    }
}

/// A moment as it was typed.
struct Typed {
    day: Date,
    time: Option<Time>,
    offset: Option<Offset>,
}

impl Typed {
    /// `None` where any part of the text is not understood.
    fn parse(text: &str) -> Option<Self> {
        let (day, rest) = match text.split_once(['T', 't', ' ']) {
            Some((day, rest)) => (day, rest.trim_start()),
            None => (text, ""),
        };
        let day = parse_day(day)?;
        if rest.is_empty() {
            // `2026-12-01T`: something is missing.
            let is_whole = text.len() <= "2026-12-01".len();
            return is_whole.then_some(Self {
                day,
                time: None,
                offset: None,
            });
        }
        let at = rest
            .find(['Z', 'z', '+', '-', '\u{2212}', ' '])
            .unwrap_or(rest.len());
        let (time, offset) = rest.split_at(at);
        Some(Self {
            day,
            time: Some(parse_time(time)?),
            offset: match offset.trim() {
                "" => None,
                offset => Some(parse_offset(offset)?),
            },
        })
    }
}

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<i16> {
    let is_number = text.len() == count && text.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// A number of one or two digits.
fn short(text: &str) -> Option<i8> {
    let is_number =
        (1..=2).contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// `2026-11-23` or `23.11.2026`, in years that somebody may mean.
fn parse_day(text: &str) -> Option<Date> {
    let separator = if text.contains('.') { '.' } else { '-' };
    let mut parts: Vec<&str> = text.split(separator).collect();
    if separator == '.' {
        parts.reverse();
    }
    let [year, month, day] = parts[..] else {
        return None;
    };
    let year = digits(year, 4).filter(|year| (2_000..=2_200).contains(year))?;
    Date::new(year, short(month)?, short(day)?).ok()
}

/// `9:30`, `09:30`, `09:30:15`.
fn parse_time(text: &str) -> Option<Time> {
    let parts: Vec<&str> = text.split(':').collect();
    let (hour, minute, second) = match parts[..] {
        [hour, minute] => (hour, minute, "0"),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    if minute.len() != 2 {
        return None;
    }
    Time::new(short(hour)?, short(minute)?, short(second)?, 0).ok()
}

/// `Z`, `+05:00`, `+0500`, `+05`, `-3`.
fn parse_offset(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("z") {
        return Some(Offset::UTC);
    }
    let mut rest = text.chars();
    let sign = match rest.next()? {
        '+' => 1,
        '-' | '\u{2212}' => -1,
        _ => return None,
    };
    let rest = rest.as_str();
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if rest.len() == 4 && rest.is_ascii() => rest.split_at(2),
        None => (rest, "0"),
    };
    let (hours, minutes) = (i32::from(short(hours)?), i32::from(short(minutes)?));
    if minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()
}

impl Reader {
    /// For `<input type="datetime-local">`: `2026-11-23T12:30`.
    pub fn input_value(&self, at: Millis) -> String {
        self.zoned(at).strftime("%Y-%m-%dT%H:%M").to_string()
    }

    /// Reads a moment as a form or a command gives it: `2026-11-23T12:30`, `2026-11-23 12:30`,
    /// `23.11.2026 12:30`, with seconds or without, in the reader's zone; or with an offset behind it
    /// (`Z`, `+05:00`), which then counts instead. A day alone is its first minute as a start and its
    /// last as an end. A time that a clock change skips is refused; one that it brings twice is the
    /// first of the two.
    ///
    /// # Errors
    /// Missing, malformed, or skipped. What is not understood is never left out.
    pub fn parse_input(&self, text: &str, edge: Edge) -> Result<Millis, Phrase> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Phrase::new(edge.missing()));
        }
        let malformed = || Phrase::new("error-time-malformed");
        let typed = Typed::parse(text).ok_or_else(malformed)?;
        let time = typed.time.unwrap_or(match edge {
            Edge::Start => Time::midnight(),
            Edge::End => time(23, 59, 0, 0),
        });
        let civil = typed.day.to_datetime(time);
        if let Some(offset) = typed.offset {
            let at = offset.to_timestamp(civil).map_err(|_| malformed())?;
            return Ok(at.as_millisecond());
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

    /// Reads a day (`2026-11-23` or `23.11.2026`): the first moment of the day `later` days after it,
    /// in the reader's zone.
    ///
    /// # Errors
    /// Malformed, or so far away that nobody means it.
    pub fn parse_day(&self, text: &str, later: i64) -> Result<Millis, Phrase> {
        let malformed = || Phrase::new("error-day-malformed");
        parse_day(text.trim())
            .ok_or_else(malformed)?
            .checked_add(jiff::Span::new().days(later))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounts::user::Language;

    fn moscow() -> Reader {
        Reader::new(Language::Ru, "Europe/Moscow")
    }

    fn typed(text: &str, edge: Edge) -> Option<String> {
        let at = moscow().parse_input(text, edge).ok()?;
        Some(jiff::Timestamp::from_millisecond(at).unwrap().to_string())
    }

    #[test]
    fn a_time_is_read_in_the_readers_zone_unless_it_says_another() {
        for (text, utc) in [
            ("2026-12-01T10:00", "2026-12-01T07:00:00Z"),
            ("2026-12-01 10:00", "2026-12-01T07:00:00Z"),
            ("01.12.2026 10:00", "2026-12-01T07:00:00Z"),
            ("1.12.2026 9:05:30", "2026-12-01T06:05:30Z"),
            ("2026-12-01 10:00+05:00", "2026-12-01T05:00:00Z"),
            ("2026-12-01T10:00:00 +0500", "2026-12-01T05:00:00Z"),
            ("2026-12-01T10:00-3", "2026-12-01T13:00:00Z"),
            ("2026-12-01T10:00Z", "2026-12-01T10:00:00Z"),
        ] {
            assert_eq!(typed(text, Edge::Start).as_deref(), Some(utc), "{text}");
        }
    }

    #[test]
    fn a_day_alone_begins_with_its_first_minute_and_ends_with_its_last() {
        let day = "2026-12-24";
        assert_eq!(typed(day, Edge::Start).unwrap(), "2026-12-23T21:00:00Z");
        assert_eq!(typed(day, Edge::End).unwrap(), "2026-12-24T20:59:00Z");
        assert_eq!(typed("24.12.2026", Edge::End), typed(day, Edge::End));
    }

    #[test]
    fn what_is_not_understood_is_refused_and_never_left_out() {
        for text in [
            "2026-12-01T10:00 tomorrow",
            "2026-12-01T10:00[Europe/Berlin]",
            "2026-12-01T10:00+05:00[Asia/Tashkent]",
            "2026-12-01T10:00+05:0",
            "2026-12-01T10:00+99",
            "2026-12-01T10:00 MSK",
            "2026-12-01T10:00 PM",
            "2026-12-01T24:00",
            "2026-12-01T10:5",
            "2026-12-01T10",
            "2026-12-01T",
            "2026-12-01x",
            "26-12-01",
            "01.12.26",
            "1/12/2026",
            "2026-12",
            "2026-02-30",
            "30.02.2026",
            "+2026-12-01",
            "2026--1-1",
            "20261201",
        ] {
            assert_eq!(typed(text, Edge::Start), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_read_as_either_language_writes_it_and_nothing_else_is_one() {
        let reader = moscow();
        let day = |text| reader.parse_day(text, 0).ok();
        assert!(day("2026-11-30").is_some());
        assert_eq!(day("30.11.2026"), day("2026-11-30"));
        for text in [
            "",
            "x",
            "30.11.26",
            "2026-11-30T00:00",
            "11/30/2026",
            "2026-11-31",
            "1999-01-01",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
