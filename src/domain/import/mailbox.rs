//! Addresses as mail programs write them: `Ivan <a@b.ru>`, `"Petrov, O." <c@d.ru>`, and lists of them
//! as they stand in a `To:` line (RFC 5322 §3.4).

use crate::domain::address::EmailAddress;
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

/// A name without the quotation marks round it.
fn unquoted(name: &str) -> String {
    let name = name.trim();
    for mark in ['"', '\''] {
        let inside = name.strip_prefix(mark);
        if let Some(inside) = inside.and_then(|rest| rest.strip_suffix(mark)) {
            return inside
                .replace("\\\"", "\"")
                .replace("\"\"", "\"")
                .trim()
                .to_owned();
        }
    }
    name.to_owned()
}

/// The address in a text and the name beside it, by the marks that mail programs put between them.
fn parts(text: &str) -> Option<(&str, &str)> {
    if let Some((name, rest)) = text.rsplit_once('<') {
        let address = rest.trim_end().strip_suffix('>')?;
        return Some((address, name));
    }
    // `ivan@example.ru (Ivan)`, `Ivan (ivan@example.ru)`
    if let Some((before, rest)) = text.split_once('(')
        && let Some(inside) = rest.trim_end().strip_suffix(')')
    {
        return if before.contains('@') {
            Some((before, inside))
        } else {
            Some((inside, before))
        };
    }
    // `Ivan Petrov ivan@example.ru`, `ivan@example.ru Ivan Petrov`
    let (first, behind) = text.split_once(char::is_whitespace)?;
    let (before, last) = text.rsplit_once(char::is_whitespace)?;
    match (first.contains('@'), last.contains('@')) {
        (true, false) => Some((first, behind)),
        (false, true) => Some((last, before)),
        _ => None,
    }
}

impl Mailbox {
    /// Reads one; `None` where there is no address in the text, or more than one.
    pub(super) fn parse(raw: &str) -> Option<Self> {
        if !raw.contains('@') {
            return None;
        }
        let text = text::trim_invisible(raw);
        let was_cleaned = text.len() != raw.trim().len();
        if let Some(mailbox) = Self::of(text, "", was_cleaned) {
            return Some(mailbox);
        }
        let (address, name) = parts(text)?;
        let inside = text::trim_invisible(address);
        let was_cleaned = was_cleaned || inside.len() != address.trim().len();
        Self::of(inside, name, was_cleaned)
    }

    fn of(address: &str, name: &str, was_cleaned: bool) -> Option<Self> {
        let scheme = address.get(..7);
        let address = match scheme {
            Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => &address[7..],
            _ => address,
        };
        let email = EmailAddress::parse(address).ok()?;
        let name = unquoted(text::trim_invisible(name));
        let is_itself = name.contains('@')
            && EmailAddress::parse(&name).is_ok_and(|same| same.key() == email.key());
        Some(Self {
            email,
            name: if is_itself { String::new() } else { name },
            was_cleaned,
        })
    }
}

/// What stands before a list that was copied together with its heading.
const LABELS: [&str; 8] = [
    "to",
    "cc",
    "bcc",
    "from",
    "кому",
    "копия",
    "скрытая копия",
    "от",
];

fn without_label(line: &str) -> &str {
    match line.split_once(':') {
        Some((label, rest)) if LABELS.contains(&text::fold(label.trim()).as_str()) => rest,
        _ => line,
    }
}

/// Splits at these characters where they stand in no quotation marks, angle brackets or parentheses.
fn split(line: &str, is_end: impl Fn(char) -> bool) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut begin, mut is_quoted, mut depth) = (0, false, 0_usize);
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if is_quoted => escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if is_quoted => {}
            '<' | '(' => depth += 1,
            '>' | ')' => depth = depth.saturating_sub(1),
            c if depth == 0 && is_end(c) => {
                pieces.push(&line[begin..at]);
                begin = at + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push(&line[begin..]);
    pieces
}

/// Nothing of an empty text.
fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The pieces of a list, each with one address where all is well. A semicolon separates; where there
/// is none a comma does, and blanks where there are addresses alone. A name with a comma in it
/// (`Petrov, Oleg <…>`) is one piece.
pub(super) fn pieces(line: &str) -> Vec<String> {
    let line = without_label(line.trim());
    let mut pieces = Vec::new();
    for part in split(line, |c| matches!(c, ';' | '\t')) {
        let mut before = String::new();
        for piece in split(part, |c| c == ',') {
            let piece = piece.trim();
            if piece.is_empty() {
                continue;
            }
            let is_bare = !piece.contains(['<', '(']);
            if is_bare && piece.contains('@') {
                let words = piece.split_whitespace();
                if words.clone().all(|word| word.contains('@')) {
                    pieces.extend(some(std::mem::take(&mut before)));
                    pieces.extend(words.map(str::to_owned));
                    continue;
                }
            }
            if !before.is_empty() {
                before.push_str(", ");
            }
            before.push_str(piece);
            if piece.contains('@') {
                pieces.push(std::mem::take(&mut before));
            }
        }
        pieces.extend(some(before));
    }
    pieces
}

/// Lines by which a list is told from a table.
const LOOKED_AT: usize = 200;
/// Of so many pieces one may be no address.
const ONE_IN: usize = 5;

/// Whether a text's first lines are lists of addresses: with names in the manner of mail programs, or
/// several in a line. Addresses one a line are a table of one column as well.
pub(super) fn is_list<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let (mut good, mut bad, mut shows) = (0, 0, false);
    for line in lines.filter(|line| !line.trim().is_empty()).take(LOOKED_AT) {
        let pieces = pieces(line);
        let count = pieces
            .iter()
            .filter(|it| Mailbox::parse(it).is_some())
            .count();
        good += count;
        bad += pieces.len() - count;
        shows |= count > 1 || (count > 0 && line.contains('<'));
    }
    shows && good > 0 && bad * ONE_IN <= good
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

    #[test]
    fn a_list_is_several_people() {
        for (line, expected) in [
            ("a@x.ru, b@x.ru;c@x.ru", &["a@x.ru", "b@x.ru", "c@x.ru"][..]),
            ("a@x.ru b@x.ru", &["a@x.ru", "b@x.ru"]),
            ("a@x.ru;", &["a@x.ru"]),
            (
                "To: Ivan <a@b.ru>, \"Petrov, O.\" <c@d.ru>",
                &["Ivan <a@b.ru>", "\"Petrov, O.\" <c@d.ru>"],
            ),
            (
                "Петров, Олег <c@d.ru>; Анна <a@b.ru>",
                &["Петров, Олег <c@d.ru>", "Анна <a@b.ru>"],
            ),
            ("a@x.ru, Анна", &["a@x.ru", "Анна"]),
        ] {
            assert_eq!(pieces(line), expected, "{line}");
        }
    }

    #[test]
    fn a_table_is_no_list() {
        for (text, expected) in [
            ("a@x.ru, b@x.ru, c@x.ru", true),
            ("Иван <a@x.ru>\nОлег <b@x.ru>", true),
            ("a@x.ru;Иван;друг\nb@x.ru;Олег;", false),
            ("a@x.ru\nb@x.ru", false),
            ("Иван;a@x.ru\nОлег;b@x.ru", false),
            ("a@x.ru\tПетров Иван\tг. Москва, ул. Ленина", false),
            ("a@x.ru,Anna,b@x.ru", false),
            ("Email,Name\na@x.ru,Anna,b@x.ru", false),
        ] {
            assert_eq!(is_list(text.lines()), expected, "{text}");
        }
    }
}
