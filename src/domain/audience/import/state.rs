//! Whether somebody still wants mail, in the words of our own files and of other mailing services.

use super::headings::Asks;
use crate::domain::text;

const GONE: [&str; 30] = [
    "unsubscribed",
    "unsubscribe",
    "unsub",
    "not subscribed",
    "opted out",
    "opt-out",
    "opted-out",
    "opt out",
    "optout",
    "suppressed",
    "complained",
    "complaint",
    "spam",
    "bounced",
    "bounce",
    "cleaned",
    "blocked",
    "inactive",
    "отписан",
    "отписана",
    "отписаны",
    "отписался",
    "отписалась",
    "отписались",
    "отписка",
    "заблокирован",
    "неактивен",
    "не подписан",
    "не подписана",
    "не писать",
];
const THERE: [&str; 16] = [
    "active",
    "subscribed",
    "confirmed",
    "new",
    "invited",
    "opted in",
    "opt-in",
    "opted-in",
    "активен",
    "активный",
    "активна",
    "активно",
    "подписан",
    "подписана",
    "подписаны",
    "новый",
];
/// Parts of words by which a column of subscriptions is known, even where its words are not.
const SIGNS: [&str; 15] = [
    "subscri",
    "unsub",
    "opted out",
    "opted-out",
    "opt-out",
    "opt out",
    "optout",
    "bounce",
    "complain",
    "suppress",
    "unconfirmed",
    "pending",
    "отпис",
    "подписан",
    "не подтвержд",
];
const YES: [&str; 14] = [
    "yes",
    "y",
    "true",
    "t",
    "1",
    "+",
    "on",
    "да",
    "д",
    "истина",
    "✓",
    "✔",
    "☑",
    "v",
];
const NO: [&str; 17] = [
    "no",
    "n",
    "false",
    "f",
    "0",
    "-",
    "–",
    "—",
    "off",
    "never",
    "нет",
    "н",
    "ложь",
    "никогда",
    "✗",
    "✘",
    "☐",
];
/// What is said of a consent that was not given, or is not any more …
const REFUSED: [&str; 13] = [
    "denied",
    "declined",
    "withdrawn",
    "revoked",
    "отказ",
    "отказался",
    "отказалась",
    "не согласен",
    "не согласна",
    "отозвал",
    "отозвала",
    "отозвано",
    "выкл",
];
/// … and of one that was.
const GIVEN: [&str; 8] = [
    "granted",
    "given",
    "согласен",
    "согласна",
    "получено",
    "дал",
    "дала",
    "вкл",
];
/// What databases write for nothing.
const NOTHING: [&str; 6] = [
    "null",
    "\\n",
    "nil",
    "none",
    "0000-00-00",
    "0000-00-00 00:00:00",
];

/// What a cell says of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Subscribed,
    Unsubscribed,
}

/// Whether a text is a moment: a date in any order, with a time or without, or seconds of a clock.
fn is_date(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let is_sign = |c: char| c.is_whitespace() || matches!(c, '.' | '-' | '/' | ':' | ',' | '+');
    let is_part = |c: char| c.is_ascii_digit() || is_sign(c) || c.is_alphabetic();
    let is_clock = digits == text.len() && (9..=13).contains(&digits);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let years = text.split(|c: char| !c.is_ascii_digit());
    let has_year = years
        .filter(|part| part.len() == 4)
        .any(|year| year.starts_with("19") || year.starts_with("20"));
    let is_short = text.split(['.', '/', '-']).count() == 3 && letters == 0 && digits >= 4;
    let is_dated = text.contains(is_sign) && (has_year || is_short);
    is_clock || (text.chars().all(is_part) && letters <= 12 && is_dated)
}

/// What a cell below such a heading says; `None` where that is not known.
pub(super) fn read(cell: &str, asks: Asks) -> Option<State> {
    let word = text::fold(text::trim_invisible(cell));
    let word = word.trim_end_matches(['.', '!']);
    let is = |words: &[&str]| words.contains(&word);
    if is(&GONE) {
        return Some(State::Unsubscribed);
    }
    if is(&THERE) {
        return Some(State::Subscribed);
    }
    let is_empty = word.is_empty() || is(&NOTHING);
    match asks {
        Asks::Neither => is_empty.then_some(State::Subscribed),
        Asks::Unsubscribed if is_empty || is(&NO) => Some(State::Subscribed),
        Asks::Unsubscribed => (is(&YES) || is_date(word)).then_some(State::Unsubscribed),
        Asks::Subscribed | Asks::PerhapsSubscribed if is(&NO) || is(&REFUSED) => {
            Some(State::Unsubscribed)
        }
        Asks::Subscribed | Asks::PerhapsSubscribed => {
            (is(&YES) || is(&GIVEN) || is_date(word)).then_some(State::Subscribed)
        }
    }
}

/// Whether a cell says either, whatever its heading asks.
pub(super) fn is_one(cell: &str) -> bool {
    let word = text::fold(text::trim_invisible(cell));
    GONE.contains(&word.as_str()) || THERE.contains(&word.as_str())
}

/// Whether a cell says that they must not be mailed, whatever its heading asks.
pub(super) fn is_gone(cell: &str) -> bool {
    GONE.contains(&text::fold(text::trim_invisible(cell)).as_str())
}

/// Whether a cell says either in a word that is known, or in words like those.
pub(super) fn is_like_one(cell: &str) -> bool {
    let word = text::fold(cell);
    is_one(cell) || SIGNS.iter().any(|sign| word.contains(sign))
}

/// Whether a cell answers yes or no, or says what became of a consent.
pub(super) fn is_answer(cell: &str) -> bool {
    let word = text::fold(text::trim_invisible(cell));
    let known: [&[&str]; 4] = [&YES, &NO, &REFUSED, &GIVEN];
    known.iter().any(|known| known.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_mean_what_the_heading_asks() {
        use Asks::{Neither, Subscribed, Unsubscribed};
        let (there, gone) = (Some(State::Subscribed), Some(State::Unsubscribed));
        for (cell, neither, subscribed, unsubscribed) in [
            ("yes", None, there, gone),
            ("Да", None, there, gone),
            ("1", None, there, gone),
            ("+", None, there, gone),
            ("no", None, gone, there),
            ("Нет.", None, gone, there),
            ("0", None, gone, there),
            ("FALSE", None, gone, there),
            ("", there, None, there),
            ("NULL", there, None, there),
            ("2024-01-01", None, there, gone),
            ("01.02.2024 10:00", None, there, gone),
            ("1/2/24", None, there, gone),
            ("Jan 5, 2024", None, there, gone),
            ("2024-01-01T10:00:00Z", None, there, gone),
            ("1704067200", None, there, gone),
            ("Отписан", gone, gone, gone),
            ("active", there, there, there),
            ("pending", None, None, None),
            ("н/д", None, None, None),
            ("unsubscribed by phone", None, None, None),
            ("2", None, None, None),
        ] {
            assert_eq!(read(cell, Neither), neither, "{cell}");
            assert_eq!(read(cell, Subscribed), subscribed, "{cell}");
            assert_eq!(read(cell, Unsubscribed), unsubscribed, "{cell}");
        }
    }
}
