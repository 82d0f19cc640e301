//! One address as mail programs write it: `Ivan <a@b.ru>`, `"Petrov, O." <c@d.ru>` (RFC 5322 §3.4).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{labels, traces};
use crate::domain::audience::address::EmailAddress;
use crate::domain::phrase::Phrase;
use crate::domain::text;

/// An address, and what stands beside it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub(super) email: EmailAddress,
    /// Empty where there is none.
    pub(super) name: String,
    /// Invisible characters stood round the address.
    pub(super) was_cleaned: bool,
}

/// Quotation marks that mail programs and people put round names.
const QUOTES: [(char, char); 6] = [
    ('"', '"'),
    ('\'', '\''),
    ('“', '”'),
    ('„', '“'),
    ('‘', '’'),
    ('`', '`'),
];

/// A name without the quotation marks round it, if there are any; they may be doubled.
fn unquoted(name: &str) -> Option<String> {
    let inside = QUOTES.into_iter().find_map(|(open, close)| {
        let inside = name.strip_prefix(open)?.strip_suffix(close)?;
        let plain = inside.replace("\\\"", "").replace("\"\"", "");
        // `"Ромашка" и "Лютик"` has none round it.
        let first = plain.find(close).filter(|at| *at > 0);
        let closes = first.is_some_and(|at| !plain[..at].ends_with(char::is_whitespace));
        let is_closed_before = open == '"' && closes;
        (!is_closed_before).then_some(inside)
    })?;
    let inside = inside.replace("\\\"", "\"").replace("\"\"", "\"");
    let inside = inside.trim();
    Some(unquoted(inside).unwrap_or_else(|| inside.to_owned()))
}

/// Whether a name has as many opening parentheses as closing ones.
fn is_balanced(name: &str) -> bool {
    let mut depth = 0_usize;
    for c in name.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return false,
            ')' => depth -= 1,
            _ => {}
        }
    }
    depth == 0
}

/// A name without what separates it from its address: `Ann -`, `Ann:`, `- Ann`.
fn unseparated(name: &str) -> &str {
    let is_dash = |c: char| matches!(c, '-' | '–' | '—' | '=' | '|' | '→' | '/');
    let mut name = name.trim();
    loop {
        let end = name.trim_end_matches([':', ',', ';']);
        let end = match end.trim_end_matches(is_dash) {
            dashed if dashed.ends_with(char::is_whitespace) || dashed.is_empty() => dashed,
            _ => end,
        };
        let begin = end.trim().trim_start_matches([':', ',', ';']);
        let begin = match begin.trim_start_matches(is_dash) {
            dashed if dashed.starts_with(char::is_whitespace) => dashed,
            _ => begin,
        };
        if begin.trim().len() == name.len() {
            return name;
        }
        name = begin.trim();
    }
}

/// A name without the encoding of mail headers (RFC 2047): `=?UTF-8?B?0JDQvdC90LA=?=` is `Анна`.
fn decoded(name: &str) -> Option<String> {
    if !(name.contains("=?") && name.contains("?=")) || name.contains(['\r', '\n']) {
        return None;
    }
    let header = format!("Subject: {name}\r\n\r\n");
    let message = mail_parser::MessageParser::new().parse_headers(header.as_bytes())?;
    let decoded = message.subject()?.trim();
    (!decoded.contains("=?")).then(|| decoded.to_owned())
}

/// The address in a text and the name beside it, by the marks that mail programs put between them.
fn parts(text: &str) -> Result<(&str, String), Phrase> {
    // The full stop of a sentence.
    let unended = text.strip_suffix('.').filter(|it| it.ends_with(')'));
    let text = unended.unwrap_or(text);
    if text.contains(['<', '>']) {
        return in_brackets(text);
    }
    // `ivan@example.ru (Ivan)`, `Ivan (ivan@example.ru)`
    if let Some((before, rest)) = text.split_once('(')
        && let Some(inside) = rest.trim_end().strip_suffix(')')
    {
        return Ok(if before.contains('@') {
            (before, inside.to_owned())
        } else {
            (inside, before.to_owned())
        });
    }
    // `Ivan Petrov ivan@example.ru`, `ivan@example.ru Ivan Petrov`
    let first = text.split_once(char::is_whitespace);
    let last = text.rsplit_once(char::is_whitespace);
    match (first, last) {
        (Some((address, name)), Some((_, other)))
            if address.contains('@') && !other.contains('@') =>
        {
            Ok((address, name.to_owned()))
        }
        (Some((other, _)), Some((name, address)))
            if address.contains('@') && !other.contains('@') =>
        {
            // `Cc ivan@example.ru`
            let name = if labels::is_bare_header(name) {
                ""
            } else {
                name
            };
            Ok((address, name.to_owned()))
        }
        _ => Err(complaint(text)),
    }
}

/// The same where there are angle brackets: one pair, and the address between them.
fn in_brackets(text: &str) -> Result<(&str, String), Phrase> {
    let incomplete = || Phrase::new("import-angle-brackets");
    let text = text.trim_end_matches(['.', ',', ';']);
    let (before, rest) = text.rsplit_once('<').ok_or_else(incomplete)?;
    let (address, behind) = rest.split_once('>').ok_or_else(incomplete)?;
    if !address.contains('@') {
        return Err(complaint(text));
    }
    let name = [before.trim(), behind.trim()].join(" ");
    Ok((address, name))
}

/// What is said of an address with a comma in its domain: `ivan@example,ru`.
fn comma(address: &str) -> Option<Phrase> {
    let (_, domain) = address.split_once('@')?;
    let is_one =
        domain.contains(',') && !domain.contains('@') && !domain.contains(char::is_whitespace);
    is_one.then(|| Phrase::new("error-email-domain").with("domain", domain))
}

/// Why there is not one address in a text.
fn complaint(text: &str) -> Phrase {
    match traces::addresses(text)[..] {
        [] => EmailAddress::parse(text)
            .err()
            .unwrap_or_else(|| Phrase::new("error-email-malformed")),
        [only] => EmailAddress::parse(&bare(only)).err().unwrap_or_else(|| {
            let is_odd = text.matches('"').count() % 2 == 1;
            Phrase::new(if is_odd {
                "import-name-quotes"
            } else {
                "import-name-unclear"
            })
        }),
        _ => Phrase::new("import-several-addresses"),
    }
}

const MAILTO: &str = "mailto:";
/// Longest text, in octets, in which marks round an address are looked for: no address is as long.
const MAX_WRAPPED: usize = 4_096;

/// Marks that stand round an address and are no part of it.
const AROUND: [(char, char); 8] = [
    ('<', '>'),
    ('"', '"'),
    ('\'', '\''),
    ('(', ')'),
    ('[', ']'),
    ('«', '»'),
    ('“', '”'),
    ('`', '`'),
];

/// An address without what text and links have round it. One full stop behind it ends a sentence; more
/// say that something was left out.
fn bare(address: &str) -> Cow<'_, str> {
    let address = unwrapped(text::trim_invisible(address));
    let Some(link) = without_scheme(address) else {
        return Cow::Borrowed(address);
    };
    let link = unwrapped(link.split_once('?').map_or(link, |(link, _)| link));
    percent_decode_str(link).decode_utf8_lossy()
}

/// A text without the marks round it.
fn unwrapped(mut text: &str) -> &str {
    while text.len() <= MAX_WRAPPED {
        let pair = AROUND
            .iter()
            .find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
        let unended = || {
            let end = text.strip_suffix(['.', ',', ';'])?;
            (!end.ends_with('.')).then_some(end)
        };
        // `'ivan@example.ru`: an apostrophe keeps a spreadsheet from calculating.
        let unmarked = || text.strip_prefix('\'').filter(|it| !it.contains('\''));
        match pair.or_else(unended).or_else(unmarked) {
            Some(inside) => text = text::trim_invisible(inside),
            None => break,
        }
    }
    text
}

/// A `mailto:` link (RFC 6068) without its scheme.
fn without_scheme(text: &str) -> Option<&str> {
    let (scheme, link) = text.split_at_checked(MAILTO.len())?;
    scheme.eq_ignore_ascii_case(MAILTO).then_some(link)
}

/// An address in the fields of a `mailto:` link (RFC 6068 §2), `?cc=…`, that is not this one.
fn other_in_link(text: &str, email: &EmailAddress) -> Option<String> {
    let (before, fields) = text.split_once('?')?;
    let is_link = || {
        let before = before.to_ascii_lowercase();
        before.contains(MAILTO)
    };
    if !fields.contains('=') || !is_link() {
        return None;
    }
    fields.split(['&', '?']).find_map(|field| {
        let value = field.split_once('=').map_or(field, |(_, value)| value);
        let value = percent_decode_str(value).decode_utf8_lossy();
        other_address(&value, email).map(str::to_owned)
    })
}

impl Mailbox {
    /// Reads one; `None` where there is no address in the text, or more than one.
    pub(super) fn parse(raw: &str) -> Option<Self> {
        if !raw.contains('@') {
            return None;
        }
        Self::read(raw).ok()
    }

    /// Reads one.
    ///
    /// # Errors
    /// There is none, it is not written correctly, there is more than one.
    pub(super) fn read(raw: &str) -> Result<Self, Phrase> {
        let text = text::trim_invisible(raw);
        let was_cleaned = text.len() != raw.trim().len();
        let text = labels::without(text);
        let text = labels::without(labels::without_mark(text));
        if let Ok(email) = EmailAddress::parse(&bare(text)) {
            if let Some(other) = other_in_link(text, &email) {
                return Err(second_address(&other, false));
            }
            return Ok(Self {
                email,
                name: String::new(),
                was_cleaned,
            });
        }
        if !text.contains('@') {
            return Err(complaint(text));
        }
        let (address, name) = parts(text)?;
        let inside = text::trim_invisible(address);
        let was_cleaned = was_cleaned || inside.len() != address.trim().len();
        // A word with a mistake beside one without it is no name.
        let email = EmailAddress::parse(&bare(inside)).map_err(|error| match error.key {
            "error-email-malformed" => comma(inside).unwrap_or_else(|| complaint(text)),
            _ => error,
        })?;
        if let Some(other) = other_in_link(text, &email) {
            return Err(second_address(&other, false));
        }
        let name = name_of(text::trim_invisible(&name), &email)?;
        Ok(Self {
            email,
            name,
            was_cleaned,
        })
    }
}

/// What is said of an address where none is expected; in a table without headings a comment is to blame
/// as often as not.
pub(super) fn second_address(found: &str, is_bare_table: bool) -> Phrase {
    let headings = if is_bare_table { "none" } else { "any" };
    Phrase::new("import-second-address")
        .with("address", found)
        .with("headings", headings)
}

/// The name beside an address.
fn name_of(text: &str, email: &EmailAddress) -> Result<String, Phrase> {
    let text = unseparated(text);
    let decoded = decoded(text);
    let text = decoded.as_deref().unwrap_or(text);
    let quoted = unquoted(text);
    let name = quoted.as_deref().unwrap_or(text);
    if let Some(other) = other_address(name, email) {
        return Err(second_address(other, false));
    }
    if quoted.is_none() {
        if name.contains(['<', '>']) {
            return Err(Phrase::new("import-angle-brackets"));
        }
        if name.starts_with('"') != name.ends_with('"') && name.matches('"').count() % 2 == 1 {
            return Err(Phrase::new("import-name-quotes"));
        }
        if !is_balanced(name) {
            return Err(Phrase::new("import-name-parentheses"));
        }
    }
    // The same address beside itself is nobody's name.
    let is_itself = name.contains('@') && is_same(name, email);
    Ok(if is_itself {
        String::new()
    } else {
        name.to_owned()
    })
}

/// A name as it stands in a column of its own, without the address that may stand beside it there.
pub(super) fn own_name(text: &str, email: &EmailAddress) -> String {
    if text.contains('@')
        && let Some(same) = Mailbox::parse(text)
        && same.email.key() == email.key()
    {
        return same.name;
    }
    decoded(text).unwrap_or_else(|| text.to_owned())
}

/// Whether a text is this address.
fn is_same(text: &str, email: &EmailAddress) -> bool {
    EmailAddress::parse(&bare(text)).is_ok_and(|same| same.key() == email.key())
}

/// What stands in a text and may be an address, but not this one.
pub(super) fn other_address<'a>(text: &'a str, email: &EmailAddress) -> Option<&'a str> {
    if !text.contains('@') {
        return None;
    }
    let mut found = traces::addresses(text).into_iter();
    found.find(|found| !is_same(found, email))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(text: &str) -> Option<(String, String)> {
        let mailbox = Mailbox::parse(text)?;
        Some((mailbox.email.as_typed().to_owned(), mailbox.name))
    }

    #[test]
    fn an_address_is_found_in_whatever_mail_programs_put_round_it() {
        for (text, name) in [
            ("ivan@example.ru", ""),
            (" <ivan@example.ru> ", ""),
            ("mailto:ivan@example.ru", ""),
            ("Ivan Petrov <ivan@example.ru>", "Ivan Petrov"),
            ("\"Petrov, I.\" <ivan@example.ru>", "Petrov, I."),
            ("'Ivan' <ivan@example.ru>", "Ivan"),
            ("Ivan Petrov (ivan@example.ru)", "Ivan Petrov"),
            ("ivan@example.ru (Ivan Petrov)", "Ivan Petrov"),
            ("Иван Петров ivan@example.ru", "Иван Петров"),
            ("ivan@example.ru <Ivan@example.ru>", ""),
            ("\u{200b}ivan@example.ru\u{feff}", ""),
        ] {
            let found = mailbox(text).map(|(email, name)| (email.to_lowercase(), name));
            let expected = Some(("ivan@example.ru".to_owned(), name.to_owned()));
            assert_eq!(found, expected, "{text}");
        }
        for text in [
            "Иван",
            "a@x.ru; b@x.ru",
            "a@x.ru, b@x.ru",
            "a@x.ru b@x.ru",
            "a@b",
        ] {
            assert_eq!(mailbox(text), None, "{text}");
        }
        assert!(Mailbox::parse("\u{200b}ivan@example.ru").is_some_and(|it| it.was_cleaned));
        assert!(Mailbox::parse(" ivan@example.ru ").is_some_and(|it| !it.was_cleaned));
    }
}
