//! Figures and what they mean: replies in plain words, what became of a mail, pieces of time.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;

use super::Reader;
use crate::domain::Millis;
use crate::domain::accounts::user::Language;
use crate::domain::delivery::Outcome;
use crate::domain::delivery::fate::Fate;
use crate::domain::delivery::local;
use crate::domain::delivery::meaning::Meaning;
use crate::domain::reports::statistics::{DURATIONS, Step};
use crate::domain::text::visible;

impl Reader {
    /// The plain words for a reply, or, where there was none, for what happened (`local`: a key of
    /// `domain::local`). Nothing where there are none. `text` is empty where only the codes are known.
    pub fn meaning(
        &self,
        code: Option<u16>,
        enhanced: Option<&str>,
        text: &str,
        local: Option<&str>,
    ) -> Option<String> {
        match local.filter(|_| code.is_none()) {
            Some(key) => Some(self.text(&format!("local-{key}"))),
            None => Meaning::of(code, enhanced, text).map(|meaning| self.text(meaning.key())),
        }
    }

    /// `550 5.1.1 No such user — нет такого ящика`; in one line.
    pub fn reply_said(
        &self,
        outcome: Outcome,
        code: Option<u16>,
        enhanced: Option<&str>,
        text: &str,
    ) -> String {
        let (text, local) = match local::split(text) {
            Some((key, detail)) if code.is_none() => (detail, Some(key)),
            _ => (text, None),
        };
        let code_said = code.map(|code| code.to_string());
        let parts = [code_said.as_deref(), enhanced, Some(text)];
        let words = parts.into_iter().flatten().flat_map(str::split_whitespace);
        let said = visible(&words.collect::<Vec<_>>().join(" "));
        let meaning = if outcome == Outcome::Accepted {
            None
        } else {
            self.meaning(code, enhanced, text, local)
        };
        match meaning {
            None => said,
            Some(meaning) if said.is_empty() => meaning,
            Some(meaning) => format!("{said} — {meaning}"),
        }
    }

    /// What became of a mail, in one line.
    pub fn fate(&self, fate: &Fate) -> String {
        let reply = fate.last.as_ref().map_or_else(String::new, |last| {
            self.reply_said(
                last.outcome,
                last.code,
                last.enhanced.as_deref(),
                &last.text,
            )
        });
        let tried_at = fate.last.as_ref().map_or(fate.due_at, |last| last.at);
        let args = [
            ("reply", reply),
            ("when", self.moment(tried_at)),
            ("due", self.moment(fate.due_at)),
            ("why", fate.reason.clone().unwrap_or_default()),
        ];
        let args = args
            .into_iter()
            .map(|(name, text)| (Cow::Borrowed(name), FluentValue::from(text)))
            .collect::<HashMap<_, _>>();
        self.fill(fate.key(), &args)
    }

    /// `23.11.2026, 14:00`, `23.11.2026`, `23.11.2026 – 29.11.2026`, `нояб. 2026`: a piece of time
    /// that ends before `until`.
    pub fn piece(&self, from: Millis, until: Millis, step: Step) -> String {
        let zoned = self.zoned(from);
        match step {
            Step::Hour => {
                let hour = zoned.strftime("%H:%M");
                format!("{}, {hour}", self.day(from))
            }
            Step::Day => self.day(from),
            Step::Week => {
                let last = self.day(until - 1);
                let first = self.day(from);
                if first == last {
                    first
                } else {
                    format!("{first}\u{a0}– {last}")
                }
            }
            Step::Month => {
                format!("{}\u{a0}{}", self.month(&zoned), zoned.year())
            }
        }
    }

    /// The same in as few signs as stand under a bar.
    pub fn short_piece(&self, from: Millis, step: Step) -> String {
        let zoned = self.zoned(from);
        match (step, self.language) {
            (Step::Hour, _) => zoned.strftime("%H:%M").to_string(),
            (Step::Day | Step::Week, Language::Ru) => zoned.strftime("%d.%m").to_string(),
            (Step::Day | Step::Week, Language::En) => {
                format!("{}\u{a0}{}", zoned.day(), self.month(&zoned))
            }
            (Step::Month, Language::Ru) => zoned.strftime("%m.%Y").to_string(),
            (Step::Month, Language::En) => format!("{}\u{a0}{}", self.month(&zoned), zoned.year()),
        }
    }

    /// A class of durations: `до 100 мс`, `от 100 мс до 300 мс`, `30 с и дольше`.
    pub fn duration_class(&self, class: usize) -> String {
        let end = DURATIONS.get(class).map(|end| self.span(*end));
        let start = class
            .checked_sub(1)
            .and_then(|before| DURATIONS.get(before))
            .map(|start| self.span(*start));
        let key = match (&start, &end) {
            (None, _) => "took-under",
            (Some(_), Some(_)) => "took-between",
            (Some(_), None) => "took-over",
        };
        let args = [("from", start), ("to", end)]
            .into_iter()
            .map(|(name, text)| {
                let value = FluentValue::from(text.unwrap_or_default());
                (Cow::Borrowed(name), value)
            })
            .collect::<HashMap<_, _>>();
        self.fill(key, &args)
    }

    /// The first moment of the day so many days before today, in the reader's zone.
    pub fn days_ago(&self, now: Millis, days: i64) -> Millis {
        let today = self.zoned(now).date();
        today
            .checked_sub(jiff::Span::new().days(days))
            .and_then(|day| day.to_zoned(self.zone.clone()))
            .map_or(now, |zoned| zoned.timestamp().as_millisecond())
    }
}
