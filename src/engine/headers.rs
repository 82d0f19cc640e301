//! Headers that carry what people have typed: a subject, and names beside addresses.
//!
//! A reader decodes encoded words wherever they stand (RFC 2047 §6.1). So text that looks like one
//! is encoded itself, and is shown as it was typed (§7 leaves that to whoever writes the header;
//! mail-builder writes it as it is).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_builder::headers::Header as _;
use mail_builder::headers::address::Address;
use mail_builder::headers::text::Text;

/// Octets of text in an encoded word. With its frame it has 64 characters, and together with the
/// longest of our header names less than the 76 of a line (RFC 2047 §2).
const WORD: usize = 39;
/// Longest line with an encoded word.
const LINE: usize = 76;

/// Writes an unstructured header, such as `Subject`.
pub(super) fn unstructured(mail: &mut Vec<u8>, header: &str, text: &str) {
    let (text, column) = (one_line(text), begin(mail, header));
    if needs_words(&text) {
        mail.extend(encoded_words(&text).as_bytes());
        mail.extend(b"\r\n");
    } else {
        Text::new(text).write_header(mail, column);
    }
}

/// Writes an address header with one mailbox, such as `To`. The address has been checked.
pub(super) fn mailbox(mail: &mut Vec<u8>, header: &str, name: &str, address: &str) {
    let (name, column) = (one_line(name), begin(mail, header));
    if needs_words(&name) {
        let words = encoded_words(&name);
        let (first, last) = words.rsplit_once("\r\n").unwrap_or(("", &words));
        let column = if first.is_empty() { column } else { 0 };
        let is_long = column + last.len() + address.len() + 3 > LINE;
        let fold = if is_long { "\r\n " } else { " " };
        mail.extend(format!("{words}{fold}<{address}>\r\n").as_bytes());
    } else {
        let name = (!name.is_empty()).then_some(name);
        Address::new_address(name, address).write_header(mail, column);
    }
}

/// Writes a header's name. Returns how many octets the line has.
fn begin(mail: &mut Vec<u8>, header: &str) -> usize {
    mail.extend(header.as_bytes());
    mail.extend(b": ");
    header.len() + 2
}

/// A header is one line, whatever the database holds.
fn one_line(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars()
        .map(shown)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// Text that is only kept in encoded words: what looks like one, and spaces that a fold between them
/// would make one.
fn needs_words(text: &str) -> bool {
    text.contains("=?") || (text.is_ascii() && text.contains("  "))
}

/// Words that are each whole in itself (RFC 2047 §5), one a line.
fn encoded_words(text: &str) -> String {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, tail) = rest.split_at(rest.floor_char_boundary(WORD));
        words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
        rest = tail;
    }
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::text;

    const ADDRESS: &str = "anna@example.ru";
    const NAMED: [&str; 3] = ["From", "To", "Reply-To"];

    /// The headers of a mail in which `text` stands wherever text can.
    fn written(text: &str) -> String {
        let mut mail = Vec::new();
        unstructured(&mut mail, "Subject", text);
        for header in NAMED {
            mailbox(&mut mail, header, text, ADDRESS);
        }
        let mail = String::from_utf8(mail).unwrap();
        mail.strip_suffix("\r\n").unwrap().to_owned()
    }

    /// What a reader makes of them: subject, then the names.
    fn read(headers: &str) -> Vec<String> {
        let source = format!("{headers}\r\n\r\n");
        let message = MessageParser::default().parse(source.as_bytes()).unwrap();
        let mut texts = vec![message.subject().unwrap_or_default().to_owned()];
        for addresses in [message.from(), message.to(), message.reply_to()] {
            let all: Vec<_> = addresses.unwrap().iter().collect();
            assert_eq!(all.len(), 1, "{headers}");
            assert_eq!(all[0].address(), Some(ADDRESS), "{headers}");
            texts.push(all[0].name().unwrap_or_default().to_owned());
        }
        texts
    }

    fn is_kept(text: &str) {
        let headers = written(text);
        assert!(headers.is_ascii());
        for line in headers.split("\r\n") {
            assert!(!line.contains(['\r', '\n']), "{headers:?}");
            let has_words = line.contains("=?") && line.contains("?=");
            assert!(!has_words || line.len() <= 76, "{line:?}");
            assert!(line.len() <= 998, "{line:?}");
        }
        assert_eq!(read(&headers), vec![text; 4], "{headers}");
    }

    #[test]
    fn what_looks_like_an_encoded_word_is_shown_as_it_was_typed() {
        for text in [
            "=?utf-8?B?0J3QtdGC?=",
            "=?utf-8?B?WA0KQmNjOiB4QGV2aWwuZXhhbXBsZQ==?=",
            "=?utf-8?Q?a=0D=0ABcc:_x=40evil.example?= Anna",
            "Анна =?koi8-r?Q?=C1?= Петрова",
            "=?",
            "a=?b",
            "?=",
            "\"=?utf-8?Q?a?=\" <x@evil.example>",
        ] {
            is_kept(text);
        }
    }

    #[test]
    fn ordinary_names_are_kept_too() {
        for text in [
            "Anna",
            "Анна Петрова",
            "Doe, John",
            "John \"JD\" Doe \\",
            "x  two  spaces",
            "Анна, \"Ню\" <К>",
            "🎄🎄🎄 Ёлки",
            "a: b; c <d@e.f> (g) [h] .",
        ] {
            is_kept(text);
        }
    }

    proptest! {
        #[test]
        fn any_text_that_is_taken_is_read_as_it_was_typed(typed in "\\PC{1,200}") {
            if let Ok(text) = text::line(&typed, 200) && !text.is_empty() {
                is_kept(&text);
            }
        }

        #[test]
        fn pieces_of_encoded_words_are_text(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "=?", "?=", "utf-8", "?B?", "?Q?", "_", "=0D=0A", "=", "?", " ", "  ", "Ж",
                    "\"", "\\", "<", ">", ",", "0J3QtdGC", "Bcc: x", "a",
                ]),
                1..40,
            )
        ) {
            if let Ok(text) = text::line(&parts.concat(), 200) && !text.is_empty() {
                is_kept(&text);
            }
        }

        #[test]
        fn no_text_whatever_makes_another_header(anything in "(?s).{0,200}") {
            let headers = written(&anything);
            for line in headers.split("\r\n") {
                let known = [" ", "Subject: ", "From: ", "To: ", "Reply-To: "];
                let is_known = known.iter().any(|known| line.starts_with(known));
                prop_assert!(is_known && !line.contains(['\r', '\n']), "{:?}", headers);
            }
        }
    }
}
