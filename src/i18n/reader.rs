//! A reader: their language and time zone, and everything said in their manner.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader as _, static_loader};
use jiff::tz::TimeZone;
use unic_langid::langid;

use crate::domain::accounts::user::Language;
use crate::domain::delivery::local;
use crate::domain::phrase::{Arg, Phrase};
use crate::domain::text::visible;
use crate::domain::{Id, Millis};

static_loader! {
    static LOCALES = {
        locales: "./src/i18n/locales",
        fallback_language: "en",
        customise: |bundle| {
            bundle.set_use_isolating(false);
            let is_english = bundle.locales.iter().any(|locale| locale.language == EN.language);
            bundle.set_formatter(Some(if is_english { grouped_en } else { grouped_ru }));
        },
    };
}

static RU: LanguageIdentifier = langid!("ru");
static EN: LanguageIdentifier = langid!("en");

/// Numbers inside sentences are grouped as `number` groups them.
fn grouped_ru<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, Language::Ru)
}

fn grouped_en<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    grouped(value, Language::En)
}

fn grouped(value: &FluentValue<'_>, language: Language) -> Option<String> {
    match value {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "counts are whole and below 2^53"
        )]
        FluentValue::Number(number) if number.value.fract() == 0.0 => {
            Some(group(number.value as i64, language))
        }
        _ => None,
    }
}

fn group(number: i64, language: Language) -> String {
    let separator = match language {
        Language::Ru => '\u{a0}',
        Language::En => ',',
    };
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    if number < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        // Four digits stand together, as Russian typography has it.
        if digits.len() > 4 && index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// What fills the gaps of a text, by name.
pub type Args<'a> = HashMap<Cow<'static, str>, FluentValue<'a>>;

/// Somebody who reads: their language and their time zone.
#[derive(Debug, Clone)]
pub struct Reader {
    pub language: Language,
    pub zone: TimeZone,
}

impl Reader {
    /// With a zone by its IANA name; one that is unknown becomes UTC.
    pub fn new(language: Language, zone: &str) -> Self {
        Self {
            language,
            zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC),
        }
    }

    /// Whether there is a text under this key.
    pub fn knows(&self, key: &str) -> bool {
        LOCALES.try_lookup(self.locale(), key).is_some()
    }

    fn locale(&self) -> &'static LanguageIdentifier {
        match self.language {
            Language::Ru => &RU,
            Language::En => &EN,
        }
    }

    /// A text without gaps.
    pub fn text(&self, key: &str) -> String {
        self.fill(key, &HashMap::new())
    }

    /// A text with its gaps filled; the key itself where there is no such text.
    pub fn fill(&self, key: &str, args: &Args<'_>) -> String {
        self.try_fill(key, args).unwrap_or_else(|| key.to_owned())
    }

    /// The same, or nothing.
    pub fn try_fill(&self, key: &str, args: &Args<'_>) -> Option<String> {
        LOCALES.try_lookup_with_args(self.locale(), key, args)
    }

    pub fn say(&self, phrase: &Phrase) -> String {
        self.say_as(phrase.key, phrase)
    }

    /// The text of another key with a phrase's gaps.
    pub fn say_as(&self, key: &str, phrase: &Phrase) -> String {
        let args = phrase
            .args
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Arg::Number(number) => FluentValue::from(*number),
                    Arg::Text(text) => FluentValue::from(text.clone()),
                    Arg::Moment(at) => FluentValue::from(self.moment(*at)),
                    Arg::Span(millis) => FluentValue::from(self.rough_span(*millis)),
                    Arg::Things(things) => FluentValue::from(self.things(things)),
                    Arg::Words(text) => FluentValue::from(self.relay_text(text)),
                };
                (Cow::Borrowed(*name), value)
            })
            .collect();
        self.fill(key, &args)
    }

    /// What is known of the relay: the server's own words as they are, ours (`[key] detail`) in the
    /// reader's language.
    pub fn relay_text(&self, text: &str) -> String {
        match local::split(text) {
            None => visible(text),
            Some((key, "")) => self.text(&format!("local-{key}")),
            Some((key, detail)) => {
                format!(
                    "{}: {}",
                    self.text(&format!("local-{key}")),
                    visible(detail)
                )
            }
        }
    }

    /// `12 480`; in English `12,480`.
    pub fn number(&self, number: i64) -> String {
        group(number, self.language)
    }

    /// `96,6 %`; nothing where there is nothing to divide.
    pub fn percent(&self, part: i64, whole: i64) -> String {
        if whole == 0 {
            return String::new();
        }
        let tenths = (part * 1_000 + whole / 2) / whole;
        let (whole_percent, tenth) = (tenths / 10, tenths % 10);
        match self.language {
            Language::Ru if tenth == 0 => format!("{whole_percent}\u{a0}%"),
            Language::Ru => format!("{whole_percent},{tenth}\u{a0}%"),
            Language::En if tenth == 0 => format!("{whole_percent}%"),
            Language::En => format!("{whole_percent}.{tenth}%"),
        }
    }

    pub(super) fn zoned(&self, at: Millis) -> jiff::Zoned {
        jiff::Timestamp::from_millisecond(at)
            .unwrap_or_default()
            .to_zoned(self.zone.clone())
    }

    /// Number of a thing: `№ 12`; in English `#12`.
    pub fn numbered(&self, id: Id) -> String {
        // As text: a number would be grouped.
        let args = HashMap::from([(Cow::Borrowed("id"), FluentValue::from(id.to_string()))]);
        self.fill("numbered", &args)
    }

    /// Things with their numbers, in a sentence.
    fn things(&self, things: &[(Id, String)]) -> String {
        let quoted = |title: &str| match self.language {
            Language::Ru => format!("«{title}»"),
            Language::En => format!("“{title}”"),
        };
        let things = things
            .iter()
            .map(|(id, title)| format!("{} {}", self.numbered(*id), quoted(title)));
        things.collect::<Vec<_>>().join(", ")
    }

    /// Day and time: `23 нояб. 2026, 12:30`; in English `23 Nov 2026, 12:30`.
    pub fn moment(&self, at: Millis) -> String {
        let zoned = self.zoned(at);
        format!("{}, {}", self.day_in_words(&zoned), zoned.strftime("%H:%M"))
    }

    /// `23 нояб. 2026`.
    fn day_in_words(&self, zoned: &jiff::Zoned) -> String {
        let month = self.month(zoned);
        format!("{}\u{a0}{month} {}", zoned.day(), zoned.year())
    }

    /// Short name of a month, as it stands behind a day.
    pub(super) fn month(&self, zoned: &jiff::Zoned) -> String {
        self.text(MONTHS[usize::from(zoned.month().unsigned_abs() - 1)])
    }

    /// `12:41:07`, with the day before it unless it is `now`'s.
    pub fn clock(&self, at: Millis, now: Millis) -> String {
        let (zoned, today) = (self.zoned(at), self.zoned(now));
        let time = zoned.strftime("%H:%M:%S");
        if zoned.date() == today.date() {
            time.to_string()
        } else {
            format!("{} {time}", self.short_day(&zoned))
        }
    }

    /// A day in a table: `23.11.2026`; in English `23 Nov 2026`, because digits alone would be read in
    /// two ways.
    pub fn day(&self, at: Millis) -> String {
        self.short_day(&self.zoned(at))
    }

    fn short_day(&self, zoned: &jiff::Zoned) -> String {
        match self.language {
            Language::Ru => zoned.strftime("%d.%m.%Y").to_string(),
            Language::En => self.day_in_words(zoned),
        }
    }

    /// `43 мс`, `1,2 с`, `4 мин`, `3 ч`, `2 дн`.
    pub fn span(&self, millis: Millis) -> String {
        let (key, number) = match millis {
            ..1_000 => ("span-milliseconds", self.number(millis)),
            1_000..10_000 => {
                let point = match self.language {
                    Language::Ru => ',',
                    Language::En => '.',
                };
                let tenths = millis / 100;
                (
                    "span-seconds",
                    format!("{}{point}{}", tenths / 10, tenths % 10),
                )
            }
            10_000..60_000 => ("span-seconds", self.number(millis / 1_000)),
            60_000..3_600_000 => ("span-minutes", self.number((millis + 30_000) / 60_000)),
            3_600_000..172_800_000 => ("span-hours", self.number((millis + 1_800_000) / 3_600_000)),
            _ => ("span-days", self.number((millis + 43_200_000) / 86_400_000)),
        };
        let args = HashMap::from([(Cow::Borrowed("number"), FluentValue::from(number))]);
        self.fill(key, &args)
    }

    /// A span that is only a guess: whole seconds, one at least.
    pub fn rough_span(&self, millis: Millis) -> String {
        if millis < 10_000 {
            let seconds = ((millis + 999) / 1_000).max(1);
            let args = HashMap::from([(
                Cow::Borrowed("number"),
                FluentValue::from(self.number(seconds)),
            )]);
            return self.fill("span-seconds", &args);
        }
        self.span(millis)
    }
}

const MONTHS: [&str; 12] = [
    "month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8",
    "month-9", "month-10", "month-11", "month-12",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::reports::statistics::Step;
    use crate::i18n::Edge;

    fn moscow(language: Language) -> Reader {
        Reader::new(language, "Europe/Moscow")
    }

    #[test]
    fn numbers_and_moments_are_said_the_readers_way() {
        let (ru, en) = (moscow(Language::Ru), moscow(Language::En));
        assert_eq!(ru.number(1_248), "1248");
        assert_eq!(ru.number(12_480), "12\u{a0}480");
        assert_eq!(en.number(1_000_000), "1,000,000");
        assert_eq!(ru.percent(651, 674), "96,6\u{a0}%");
        assert_eq!(en.percent(1, 2), "50%");
        assert_eq!(ru.moment(1_795_426_200_000), "23\u{a0}нояб. 2026, 12:30");
        assert_eq!(en.span(90_000), "2 min");
    }

    #[test]
    fn a_day_in_english_names_its_month_wherever_it_stands() {
        let (ru, en) = (moscow(Language::Ru), moscow(Language::En));
        let at = 1_795_426_200_000;
        let day = 86_400_000;
        assert_eq!(en.moment(at), "23\u{a0}Nov 2026, 12:30");
        assert_eq!(en.day(at), "23\u{a0}Nov 2026");
        assert_eq!(en.clock(at, at + day), "23\u{a0}Nov 2026 12:30:00");
        assert_eq!(
            en.piece(at, at + day, Step::Hour),
            "23\u{a0}Nov 2026, 12:30"
        );
        assert_eq!(en.short_piece(at, Step::Day), "23\u{a0}Nov");
        assert_eq!(ru.day(at), "23.11.2026");
        assert_eq!(ru.short_piece(at, Step::Day), "23.11");
        assert_eq!(
            (ru.numbered(12_345), en.numbered(12_345)),
            ("№\u{a0}12345".into(), "#12345".into())
        );
    }

    #[test]
    fn russian_plurals_agree() {
        let ru = moscow(Language::Ru);
        let said = |count: i64| {
            let phrase = Phrase::new("recipients-count").with("count", count);
            ru.say(&phrase.with("shown", ru.number(count)))
        };
        assert_eq!(said(1), "1 получатель");
        assert_eq!(said(2), "2 получателя");
        assert_eq!(said(5), "5 получателей");
        assert_eq!(said(21), "21 получатель");
    }

    #[test]
    fn a_time_that_the_clock_change_skips_is_refused() {
        let berlin = Reader::new(Language::En, "Europe/Berlin");
        let parse = |text| berlin.parse_input(text, Edge::Start);
        assert_eq!(
            parse("2026-03-29T02:30").unwrap_err().key,
            "error-time-skipped"
        );
        // On the night that has it twice, the first one.
        let first = parse("2026-10-25T02:30").unwrap();
        assert_eq!(first, parse("2026-10-25T01:30").unwrap() + 3_600_000);
        for text in [
            "x",
            "0000-01-01T00:00",
            "9999-01-01T00:00",
            "2026-13-01T00:00",
        ] {
            assert_eq!(
                parse(text).unwrap_err().key,
                "error-time-malformed",
                "{text}"
            );
        }
        assert_eq!(parse("").unwrap_err().key, "error-start-missing");
    }

    #[test]
    fn what_a_form_shows_it_reads_back() {
        let ru = moscow(Language::Ru);
        let at = 1_795_426_200_000;
        assert_eq!(
            ru.parse_input(&ru.input_value(at), Edge::Start).unwrap(),
            at
        );
    }
}
