//! Which of the Cyrillic encodings a few words are in: there are too few letters in a short list for
//! statistics of whole texts, but words of Russian look like words in one of them only.

use encoding_rs::{Encoding, IBM866, KOI8_R, WINDOWS_1251, X_MAC_CYRILLIC};

/// The likeliest first.
const CANDIDATES: [&Encoding; 4] = [WINDOWS_1251, IBM866, KOI8_R, X_MAC_CYRILLIC];
/// Letters that make up half of every Russian text.
const COMMON: &str = "оеаинтсрвлОЕАИНТСРВЛ";

/// Whether octets above ASCII stand together, with no Latin letter beside them, as Cyrillic words do;
/// `ü` stands in the middle of `Müller`.
pub(super) fn looks_like(octets: &[u8]) -> bool {
    let (mut apart, mut mixed) = (0, 0);
    let mut before = 0;
    for run in octets.chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        before += run.len();
        if run[0].is_ascii() {
            continue;
        }
        let letter = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphabetic);
        let left = (before - run.len()).checked_sub(1);
        if letter(left.and_then(|at| octets.get(at))) || letter(octets.get(before)) {
            mixed += run.len();
        } else if run.len() > 1 {
            apart += run.len();
        }
    }
    apart > 3 * mixed
}

/// How much a text looks like Russian.
fn score(text: &str) -> i64 {
    let mut score = 0;
    let mut before = ' ';
    for c in text.chars() {
        if !c.is_ascii() {
            score += match c {
                'А'..='Я' | 'Ё' if before.is_lowercase() => -4,
                'А'..='я' if COMMON.contains(c) => 3,
                'А'..='я' | 'Ё' | 'ё' => 2,
                '«' | '»' | '—' | '–' | '№' | '\u{a0}' | '…' => 0,
                _ => -4,
            };
        }
        before = c;
    }
    score
}

/// The encoding in which the octets look like Russian most, if they do in any.
pub(super) fn guess(octets: &[u8]) -> Option<&'static Encoding> {
    let mut best = (0, None);
    for encoding in CANDIDATES {
        let (text, _) = encoding.decode_without_bom_handling(octets);
        let score = score(&text);
        if score > best.0 {
            best = (score, Some(encoding));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_words_are_enough() {
        for words in [
            "Имя Иван",
            "ФИО;Почта\nПетров Иван Иванович",
            "Ольга",
            "Щукин Эдуард",
        ] {
            for encoding in CANDIDATES {
                let (octets, _, _) = encoding.encode(words);
                assert!(looks_like(&octets));
                assert_eq!(
                    guess(&octets),
                    Some(encoding),
                    "{words}: {}",
                    encoding.name()
                );
            }
        }
    }

    #[test]
    fn western_names_are_not_taken_for_russian_ones() {
        for words in [
            "Jürgen Müller",
            "François Lefèvre",
            "José Ñáñez",
            "Åsa Öberg, Malmö",
        ] {
            let (octets, _, _) = encoding_rs::WINDOWS_1252.encode(words);
            assert!(!looks_like(&octets), "{words}");
        }
    }
}
