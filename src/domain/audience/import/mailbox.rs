//! One address as mail programs write it: `Ivan <a@b.ru>`, `"Petrov, O." <c@d.ru>` (RFC 5322 §3.4).

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

/// A name without the quotation marks round it, if there are any.
fn unquoted(name: &str) -> Option<String> {
    ['"', '\''].into_iter().find_map(|mark| {
        let inside = name.strip_prefix(mark)?.strip_suffix(mark)?;
        let inside = inside.replace("\\\"", "\"").replace("\"\"", "\"");
        Some(inside.trim().to_owned())
    })
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
            // `Ivan: ivan@example.ru`
            Ok((address, name.trim_end().trim_end_matches(':').to_owned()))
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

/// Why there is not one address in a text.
fn complaint(text: &str) -> Phrase {
    match traces::addresses(text)[..] {
        [] => EmailAddress::parse(text)
            .err()
            .unwrap_or_else(|| Phrase::new("error-email-malformed")),
        [only] => EmailAddress::parse(bare(only)).err().unwrap_or_else(|| {
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
fn bare(address: &str) -> &str {
    let mut text = text::trim_invisible(address);
    loop {
        let scheme = text.get(..7);
        let inside = match scheme {
            Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => {
                text[7..].split('?').next().unwrap_or_default()
            }
            _ => {
                let pair = AROUND
                    .iter()
                    .find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
                let unended = || {
                    let end = text.strip_suffix(['.', ',', ';'])?;
                    (!end.ends_with('.')).then_some(end)
                };
                match pair.or_else(unended) {
                    Some(inside) => inside,
                    None => return text,
                }
            }
        };
        text = text::trim_invisible(inside);
    }
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
        if let Ok(email) = EmailAddress::parse(bare(text)) {
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
        let email = EmailAddress::parse(bare(inside)).map_err(|error| match error.key {
            "error-email-malformed" => complaint(text),
            _ => error,
        })?;
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
    }
    // The same address beside itself is nobody's name.
    let is_itself = name.contains('@') && is_same(name, email);
    Ok(if is_itself {
        String::new()
    } else {
        name.to_owned()
    })
}

/// Whether a text is this address.
pub(super) fn is_same(text: &str, email: &EmailAddress) -> bool {
    EmailAddress::parse(bare(text)).is_ok_and(|same| same.key() == email.key())
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
