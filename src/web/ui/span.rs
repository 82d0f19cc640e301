//! The period that a page is about: today, some days, everything, or from one day to another.

use serde::Serialize;

use super::paging::ListUrl;
use super::whose::Chip;
use crate::domain::Millis;
use crate::domain::phrase::Phrase;
use crate::i18n::Reader;

/// What stands in the address.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::web) struct Asked<'r> {
    /// `1`, `7`, `30` days up to now, or `all`.
    pub(in crate::web) period: Option<&'r str>,
    /// Days, `2026-11-23`; they win over `period`.
    pub(in crate::web) from: Option<&'r str>,
    /// That day included.
    pub(in crate::web) until: Option<&'r str>,
}

/// A period.
#[derive(Debug, Clone, Default, Serialize)]
pub(in crate::web) struct Span {
    #[serde(skip)]
    pub(in crate::web) from: Option<Millis>,
    /// Before this moment.
    #[serde(skip)]
    pub(in crate::web) until: Option<Millis>,
    /// One of the ready ones; empty where days were said.
    pub(in crate::web) period: &'static str,
    /// What was typed, for the form.
    pub(in crate::web) from_typed: String,
    pub(in crate::web) until_typed: String,
    #[serde(skip)]
    pub(in crate::web) error: Option<Phrase>,
}

/// The ready periods, in days; `None`: everything.
const READY: [(&str, Option<i64>, &str); 4] = [
    ("1", Some(1), "period-today"),
    ("7", Some(7), "period-week"),
    ("30", Some(30), "period-month"),
    ("all", None, "period-all"),
];

/// As much of what was typed as fits a date field.
fn typed(text: Option<&str>) -> String {
    text.unwrap_or_default().trim().chars().take(20).collect()
}

impl Span {
    /// Reads the days, or the ready period, or takes `default` (a name of one).
    pub(in crate::web) fn read(
        asked: Asked<'_>,
        default: &str,
        reader: &Reader,
        now: Millis,
    ) -> Self {
        let (from_typed, until_typed) = (typed(asked.from), typed(asked.until));
        if !from_typed.is_empty() || !until_typed.is_empty() {
            return Self::of_days(from_typed, until_typed, reader);
        }
        let ready = |wanted: &str| READY.into_iter().find(|(name, ..)| *name == wanted);
        let (period, days, _) = asked
            .period
            .and_then(ready)
            .or_else(|| ready(default))
            .unwrap_or(READY[2]);
        Self {
            from: days.map(|days| reader.days_ago(now, days - 1)),
            until: days.map(|_| reader.days_ago(now, -1)),
            period,
            ..Self::default()
        }
    }

    fn of_days(from_typed: String, until_typed: String, reader: &Reader) -> Self {
        let mut error = None;
        let mut day = |text: &str, later| {
            if text.is_empty() {
                return None;
            }
            reader
                .parse_day(text, later)
                .map_err(|phrase| error = Some(phrase))
                .ok()
        };
        let (from, until) = (day(&from_typed, 0), day(&until_typed, 1));
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            error = Some(Phrase::new("error-period"));
        }
        Self {
            from,
            until,
            period: "",
            from_typed,
            until_typed,
            error,
        }
    }

    /// Adds the period to an address.
    pub(in crate::web) fn on(&self, url: ListUrl) -> ListUrl {
        url.with("period", self.period)
            .with("from", self.from_typed.clone())
            .with("until", self.until_typed.clone())
    }

    /// The ready periods to choose from.
    pub(in crate::web) fn chips(&self, url: &ListUrl, reader: &Reader) -> Vec<Chip> {
        READY
            .into_iter()
            .map(|(name, _, label)| Chip {
                label: reader.text(label),
                href: url.clone().with("period", name).address(),
                current: self.period == name,
            })
            .collect()
    }
}
