//! What separates the cells of a table.

use std::io;

use encoding_rs::UTF_8;

use super::lines::Lines;
use super::mailbox::Mailbox;
use super::records::Records;

/// Those that are tried; of two that are as good the first is taken.
const TRIED: [char; 4] = ['\t', ';', ',', '|'];
/// Records that are looked at.
const LOOKED_AT: usize = 50;

/// `sep=;`, the line by which Excel is told.
pub(super) fn hint(line: &str) -> Option<char> {
    let line = line.trim_end_matches(['\r', '\n']).trim_matches('"');
    let sign = line
        .get(..4)
        .filter(|name| name.eq_ignore_ascii_case("sep="))
        .map(|_| &line[4..])?;
    let mut signs = sign.chars();
    match (signs.next(), signs.next()) {
        (Some(sign), None) if sign != '"' && !sign.is_alphanumeric() => Some(sign),
        _ => None,
    }
}

/// How well a sign separates these lines.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// Cells that are an address and nothing else.
    addresses: usize,
    /// Records without a flaw that have as many cells as most others, and more than one.
    alike: usize,
    cells: usize,
}

fn fit(text: &str, separator: char) -> io::Result<Fit> {
    let lines = Lines::new(text.as_bytes(), UTF_8, text.len());
    let mut records = Records::new(lines, separator, text.len());
    let mut counts: Vec<usize> = Vec::new();
    let mut addresses = 0;
    while let Some(record) = records.next()? {
        if let Ok(cells) = record.cells {
            let alone = |cell: &&String| !cell.contains([',', ';', '\t']);
            let boxes = cells
                .iter()
                .filter(alone)
                .filter_map(|it| Mailbox::parse(it));
            addresses += boxes.count();
            counts.push(cells.len());
        }
        if counts.len() >= LOOKED_AT {
            break;
        }
    }
    counts.retain(|count| *count > 1);
    let alike = |cells: usize| counts.iter().filter(|count| **count == cells).count();
    let usual = counts
        .iter()
        .copied()
        .max_by_key(|cells| (alike(*cells), *cells));
    Ok(Fit {
        addresses,
        alike: usual.map_or(0, alike),
        cells: usual.unwrap_or(0),
    })
}

/// The sign by which the beginning of a table falls into cells best.
pub(super) fn guess(beginning: &str) -> io::Result<char> {
    let mut best = (',', None);
    for separator in TRIED {
        let fit = fit(beginning, separator)?;
        let is_better = fit.cells > 0 && best.1.as_ref().is_none_or(|known| fit > *known);
        if is_better {
            best = (separator, Some(fit));
        }
    }
    Ok(best.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_told_by_what_is_between_them() {
        for (text, expected) in [
            (
                "\"Фамилия, имя, отчество\";Email\n\"Петров, Иван\";a@x.ru",
                ';',
            ),
            ("a@x.ru\tПетров\tг. Москва, ул. Ленина, д. 5, кв. 3", '\t'),
            ("a@x.ru\nb@x.ru;Борис;", ';'),
            ("email,name\na@x.ru,\"a;b;c;d\"", ','),
            ("email|name\na@x.ru|Анна, Борис", '|'),
            ("Email;Name\na@x.ru;Иванов, Иван\nb@x.ru;Петров, Пётр", ';'),
            ("email\na@x.ru", ','),
            ("имя;город\nx;y", ';'),
            (
                "Email, Name, Comment\nivan@example.ru, \"Петров; Иван\", \"друг\"",
                ',',
            ),
        ] {
            assert_eq!(guess(text).unwrap(), expected, "{text}");
        }
        assert_eq!(hint("sep=;"), Some(';'));
        assert_eq!(hint("\"SEP=,\""), Some(','));
        assert_eq!(hint("sep=\t"), Some('\t'));
        assert_eq!(hint("separator"), None);
    }
}
