//! Recipients from a table that somebody has: CSV of any usual kind (RFC 4180, with commas,
//! semicolons or tabs), with headings or without, or addresses alone, one a line.

use std::collections::HashSet;

use super::address::EmailAddress;
use super::phrase::Phrase;
use super::recipient::RecipientDraft;
use super::text;

/// A recipient, and where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// From 1.
    pub line: u64,
    pub draft: RecipientDraft,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: u64,
    /// What stands there, as far as it helps to find it.
    pub text: String,
    pub phrase: Phrase,
}

/// A table that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub rows: Vec<Row>,
    /// Lines whose address stands in an earlier one.
    pub repeated: usize,
    pub problems: Vec<Problem>,
}

/// Characters of a wrong line that are shown.
const SHOWN: usize = 80;

/// Which column is what.
struct Columns {
    email: usize,
    /// Several where surname and given name have a column each.
    name: Vec<usize>,
    comment: Option<usize>,
}

/// What columns are called, folded and without what is no letter; and what their names contain.
const EMAIL: [&str; 2] = ["адрес", "address"];
const EMAIL_PARTS: [&str; 2] = ["mail", "почт"];
const NAME: [&str; 7] = [
    "name",
    "fullname",
    "фио",
    "полноеимя",
    "клиент",
    "получатель",
    "recipient",
];
/// They make a name together, in the order in which they stand.
const NAME_PARTS: [&str; 8] = [
    "фамилия",
    "имя",
    "отчество",
    "surname",
    "lastname",
    "firstname",
    "givenname",
    "middlename",
];
const COMMENT: [&str; 7] = [
    "comment",
    "comments",
    "note",
    "notes",
    "комментарий",
    "примечание",
    "заметка",
];

impl Columns {
    /// By the headings, if these are some.
    fn named(cells: &[&str]) -> Option<Self> {
        if cells.iter().any(|cell| cell.contains('@')) {
            return None;
        }
        let names: Vec<String> = cells
            .iter()
            .map(|cell| {
                let letters = text::fold(cell);
                letters.chars().filter(|c| c.is_alphabetic()).collect()
            })
            .collect();
        let find = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        let contains = |part: &&str| names.iter().position(|name| name.contains(*part));
        let parts = names.iter().enumerate();
        let parts = parts.filter(|(_, name)| NAME_PARTS.contains(&name.as_str()));
        Some(Self {
            email: EMAIL_PARTS
                .iter()
                .find_map(contains)
                .or_else(|| find(&EMAIL))?,
            name: match find(&NAME) {
                Some(name) => vec![name],
                None => parts.map(|(index, _)| index).collect(),
            },
            comment: find(&COMMENT),
        })
    }

    /// By what stands in the first row: the address, then of the others the name and the comment.
    fn guessed(cells: &[&str]) -> Self {
        let email = cells
            .iter()
            .position(|cell| EmailAddress::parse(cell).is_ok())
            .or_else(|| cells.iter().position(|cell| cell.contains('@')))
            .unwrap_or(0);
        let mut others = (0..cells.len()).filter(|index| *index != email);
        let (name, comment) = (others.next(), others.next());
        Self {
            email,
            // Later rows may have more cells than the first.
            name: vec![name.unwrap_or(email + 1)],
            comment: comment.or(Some(email + 2)),
        }
    }
}

/// What separates the cells of the first line that has any.
fn separator(table: &str) -> u8 {
    let first = table.lines().find(|line| !line.trim().is_empty());
    let count = |separator: u8| {
        let line = first.unwrap_or_default();
        line.bytes().filter(|octet| *octet == separator).count()
    };
    let (commas, semicolons, tabs) = (count(b','), count(b';'), count(b'\t'));
    if tabs > 0 && tabs >= semicolons.max(commas) {
        b'\t'
    } else if semicolons > 0 && semicolons >= commas {
        b';'
    } else {
        b','
    }
}

/// A cell as it was before an export kept spreadsheets from running it (`export::Manner`).
fn as_it_was(cell: &str) -> &str {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => cell,
    }
}

/// Counts lines. The reader's own count passes over empty ones.
struct Lines<'a> {
    octets: &'a [u8],
    counted_to: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    const fn new(table: &'a str) -> Self {
        Self {
            octets: table.as_bytes(),
            counted_to: 0,
            line: 1,
        }
    }

    /// On which line a record begins; records are asked for in their order.
    fn of(&mut self, record: &csv::StringRecord) -> u64 {
        let begin = record.position().map_or(0, csv::Position::byte);
        let begin = usize::try_from(begin)
            .unwrap_or(usize::MAX)
            .min(self.octets.len());
        let is_break = |octet: &&u8| matches!(**octet, b'\n' | b'\r');
        let begin = begin + self.octets[begin..].iter().take_while(is_break).count();
        let passed = self.octets.get(self.counted_to..begin).unwrap_or_default();
        for octet in passed {
            self.line += u64::from(*octet == b'\n');
        }
        self.counted_to = begin;
        self.line
    }
}

/// What stands in a line, in short.
fn shown(cells: &[&str]) -> String {
    let some: Vec<&str> = cells.iter().copied().filter(|it| !it.is_empty()).collect();
    let text = some.join(" · ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Reads a table. Lines without anything are passed over.
pub fn parse(table: &str) -> Table {
    let table = table.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator(table))
        .from_reader(table.as_bytes());
    let mut read = Table::default();
    let mut columns: Option<Columns> = None;
    let mut known = HashSet::new();
    let mut lines = Lines::new(table);
    // The text is UTF-8 and in memory: reading it does not fail.
    for record in reader.records().map_while(Result::ok) {
        let line = lines.of(&record);
        let cells: Vec<&str> = record.iter().map(as_it_was).collect();
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        let columns = match &columns {
            Some(columns) => columns,
            None => match Columns::named(&cells) {
                Some(named) => {
                    columns = Some(named);
                    continue;
                }
                None => columns.insert(Columns::guessed(&cells)),
            },
        };
        let cell = |index: usize| cells.get(index).copied().unwrap_or_default();
        let name: Vec<&str> = columns.name.iter().map(|index| cell(*index)).collect();
        let (email, comment) = (cell(columns.email), columns.comment.map(cell));
        match RecipientDraft::parse(email, name.join(" ").trim(), comment.unwrap_or_default()) {
            Ok(draft) if known.insert(draft.email.key()) => read.rows.push(Row { line, draft }),
            Ok(_) => read.repeated += 1,
            Err(errors) => {
                let complaint = errors.iter().next();
                read.problems.extend(complaint.map(|(_, phrase)| Problem {
                    line,
                    text: shown(&cells),
                    phrase: phrase.clone(),
                }));
            }
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &str) -> Vec<(String, String, String)> {
        let table = parse(table);
        assert_eq!(table.problems, []);
        let rows = table.rows.into_iter().map(|row| row.draft);
        rows.map(|draft| (draft.email.as_typed().to_owned(), draft.name, draft.comment))
            .collect()
    }

    fn row(email: &str, name: &str, comment: &str) -> (String, String, String) {
        (email.to_owned(), name.to_owned(), comment.to_owned())
    }

    #[test]
    fn a_table_is_read_however_it_is_written() {
        let ivan = row("ivan@example.ru", "Иван Петров", "друг");
        let olga = row("ольга@почта.рф", "", "");
        for table in [
            "ivan@example.ru,Иван Петров,друг\nольга@почта.рф",
            "ivan@example.ru;Иван Петров;друг\r\nольга@почта.рф;;\r\n",
            "ivan@example.ru\tИван Петров\tдруг\n\n\nольга@почта.рф\t\t",
            "Иван Петров,ivan@example.ru,друг\n,ольга@почта.рф,",
            "\u{feff}Ф. И. О.;Телефон;E-mail;Комментарий\nИван Петров;1;ivan@example.ru;друг\n;2;ольга@почта.рф;",
            "Комментарий,Адрес эл. почты,Имя,Фамилия\nдруг,ivan@example.ru,Иван,Петров\n,ольга@почта.рф,,",
            "email,comment,name\n\"ivan@example.ru\",\"друг\",\"Иван Петров\"\nольга@почта.рф",
        ] {
            assert_eq!(read(table), [ivan.clone(), olga.clone()], "{table}");
        }
        assert_eq!(read("a@example.ru\nb@example.ru").len(), 2);
        assert_eq!(read(""), []);
    }

    #[test]
    fn what_an_export_has_changed_is_changed_back() {
        let table = "id,email,name,comment,state\n7,a@example.ru,'=Анна,\"'-1\n'+2\",active\n";
        assert_eq!(read(table), [row("a@example.ru", "=Анна", "-1\n'+2")]);
    }

    #[test]
    fn a_wrong_line_is_named_and_a_repeated_address_is_counted() {
        let read = parse("email\na@example.ru\n\nнет\nA@Example.ru\n");
        assert_eq!((read.rows.len(), read.repeated), (1, 1));
        assert_eq!(read.problems.len(), 1);
        assert_eq!(
            (read.problems[0].line, read.problems[0].text.as_str()),
            (4, "нет")
        );
        // Headings that say nothing of addresses are a wrong line, too.
        assert_eq!(parse("Фамилия,Город\nx,y\n").problems.len(), 2);
    }
}
