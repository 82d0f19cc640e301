//! The names of header fields, which come along when addresses are copied from a mail: `To:`, `Кому:`.

use crate::domain::text;

/// Fields of a mail's header that hold lists of addresses, as mail programs call them.
const HEADERS: &[&str] = &[
    "to",
    "cc",
    "bcc",
    "from",
    "sender",
    "reply-to",
    "recipients",
    "кому",
    "копия",
    "копии",
    "скрытая",
    "скрытая копия",
    "скрытые копии",
    "ск",
    "от",
    "от кого",
    "отправитель",
    "получатель",
    "получатели",
    "ответить",
    "кому (to)",
    "копия (cc)",
    "cci",
    "cco",
    "ccn",
    // German
    "an",
    "kopie",
    "blindkopie",
    "von",
    // French
    "à",
    "copie",
    "copie à",
    "copie cachée",
    "de",
    // Spanish, Italian, Dutch
    "para",
    "copia",
    "a",
    "aan",
    // Ukrainian
    "копія",
    "прихована копія",
    "від",
];
/// Those that no colon is needed to know, because they are nobody's name.
const BARE: &[&str] = &[
    "to",
    "cc",
    "bcc",
    "cci",
    "кому",
    "копия",
    "скрытая копия",
    "e-mail",
    "email",
    "почта",
];
/// What stands before an address on cards and in signatures.
const CARDS: [&str; 8] = [
    "e-mail",
    "email",
    "e-mail address",
    "mail",
    "почта",
    "эл. почта",
    "электронная почта",
    "адрес",
];
/// Longest of them with its colon, in characters.
const LONGEST: usize = 24;

/// The length of a label at the beginning of a text, with its colon.
fn length(text: &str, labels: &[&str]) -> Option<usize> {
    let mut beginning = text.char_indices().take(LONGEST);
    let (at, colon) = beginning.find(|(_, c)| matches!(c, ':' | '：'))?;
    let label = text::fold(text[..at].trim_matches(|c: char| c.is_whitespace() || c == '*'));
    labels
        .contains(&label.as_str())
        .then_some(at + colon.len_utf8())
}

/// The length of a header field's name at the beginning of a text, with its colon.
pub(super) fn header(text: &str) -> Option<usize> {
    length(text, HEADERS)
}

/// Whether a text is the name of a header field that has lost its colon.
pub(super) fn is_bare_header(text: &str) -> bool {
    BARE.contains(&text::fold(text.trim().trim_end_matches(':')).as_str())
}

/// Most digits of a number in a list.
const MOST_DIGITS: usize = 5;

/// A text without the mark of a list's item before it: `1. `, `2) `, `- `, `• `.
pub(super) fn without_mark(text: &str) -> &str {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let behind = if (1..=MOST_DIGITS).contains(&digits) {
        text[digits..].strip_prefix(['.', ')'])
    } else {
        text.strip_prefix([
            '-', '*', '+', '–', '—', '•', '·', '‣', '◦', '▪', '●', '○', '■',
        ])
    };
    match behind {
        Some(behind) if behind.starts_with(char::is_whitespace) => behind.trim_start(),
        _ => text,
    }
}

/// A text without the labels before it, and without the blanks behind them.
pub(super) fn without(text: &str) -> &str {
    let mut text = text::trim_invisible(text);
    while let Some(length) = header(text).or_else(|| length(text, &CARDS)) {
        let rest = text[length..].trim_start_matches('*');
        text = text::trim_invisible(rest);
    }
    text
}

/// The name of a group before its first member (RFC 5322 §3.4): its length with the colon.
pub(super) fn group(text: &str) -> Option<usize> {
    let (name, rest) = text.split_once(':')?;
    let is_name = !name.trim().is_empty() && !name.contains(['@', '<', '>', '"', '(']);
    let is_scheme = text::fold(name.trim()) == "mailto" || rest.starts_with("//");
    (is_name && !is_scheme).then_some(name.len() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_header_fields_are_no_part_of_a_list() {
        for text in [
            "To: a@b.example",
            "TO :a@b.example",
            "Копия: a@b.example",
            "Скрытая копия： a@b.example",
            "**Cc:** a@b.example",
            "Кому: E-mail: a@b.example",
            "Копия (Cc): a@b.example",
        ] {
            assert_eq!(without(text), "a@b.example", "{text}");
        }
        for text in ["Tom: a@b.example", "mailto:a@b.example", "To a@b.example"] {
            assert_eq!(without(text), text);
            assert_eq!(header(text), None, "{text}");
        }
        for text in [
            "1. a@b.example",
            "22) a@b.example",
            "- a@b.example",
            "•\ta@b.example",
        ] {
            assert_eq!(without_mark(text), "a@b.example");
        }
        for text in ["1.a@b.example", "-a@b.example", "2024 Ltd a@b.example"] {
            assert_eq!(without_mark(text), text);
        }
        assert!(is_bare_header("Cc") && !is_bare_header("An"));
        assert_eq!(group("Board: a@b.example"), Some(6));
        assert_eq!(group("mailto:a@b.example"), None);
    }
}
