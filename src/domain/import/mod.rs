//! Recipients from a table that somebody has: CSV of any usual kind (RFC 4180, with commas,
//! semicolons or tabs), with headings or without, or addresses alone, one a line.

mod columns;

use std::collections::HashSet;

use super::address::EmailAddress;
use super::formula;
use super::phrase::{FieldErrors, Phrase};
use super::recipient::RecipientDraft;
use columns::Columns;

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
    /// Headings of columns that are not taken.
    pub ignored: Vec<String>,
    pub problems: Vec<Problem>,
}

/// Characters of a wrong line that are shown.
const SHOWN: usize = 80;

/// What separates the cells: what the first line that has any of it has most of.
fn separator(table: &str) -> u8 {
    let counts = |line: &str| {
        let count = |separator: u8| line.bytes().filter(|octet| *octet == separator).count();
        (count(b','), count(b';'), count(b'\t'))
    };
    let counts = table
        .lines()
        .map(counts)
        .find(|counts| *counts != (0, 0, 0));
    match counts.unwrap_or_default() {
        (commas, semicolons, tabs) if tabs > 0 && tabs >= semicolons.max(commas) => b'\t',
        (commas, semicolons, _) if semicolons > 0 && semicolons >= commas => b';',
        _ => b',',
    }
}

/// Whether the quotation marks of a record are where they belong (RFC 4180 §2.5): a cell that begins
/// with one ends with one.
fn is_well_quoted(record: &str, separator: u8) -> bool {
    let separator = char::from(separator);
    let mut rest = record.chars().peekable();
    let mut begins = true;
    while let Some(c) = rest.next() {
        if !(begins && c == '"') {
            begins = c == separator;
            continue;
        }
        loop {
            match rest.next() {
                None => return false,
                Some('"') if rest.peek() == Some(&'"') => _ = rest.next(),
                Some('"') => break,
                Some(_) => {}
            }
        }
        if !rest
            .peek()
            .is_none_or(|c| *c == separator || matches!(c, '\r' | '\n'))
        {
            return false;
        }
        begins = false;
    }
    true
}

/// Whether somebody else's line is in a cell, behind a quotation mark that is closed too late.
fn holds_a_row(cell: &str, separator: u8) -> bool {
    let separator = char::from(separator);
    cell.lines().skip(1).any(|line| {
        let mut cells = line.split(separator);
        line.contains(separator) && cells.any(|cell| EmailAddress::parse(cell).is_ok())
    })
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

    /// Where the first character at or behind this place is that breaks no line, and on which line;
    /// places are asked for in their order.
    fn of(&mut self, begin: usize) -> (usize, u64) {
        let begin = begin.min(self.octets.len());
        let is_break = |octet: &&u8| matches!(**octet, b'\n' | b'\r');
        let begin = begin + self.octets[begin..].iter().take_while(is_break).count();
        for at in self.counted_to..begin {
            let ends_a_line = match self.octets[at] {
                b'\n' => true,
                b'\r' => self.octets.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line += u64::from(ends_a_line);
        }
        self.counted_to = begin;
        (begin, self.line)
    }
}

/// What stands in a line, in short.
fn shown<T: AsRef<str>>(cells: &[T]) -> String {
    let cells = cells.iter().map(AsRef::as_ref);
    let some: Vec<&str> = cells.filter(|it| !it.is_empty()).collect();
    let text = some.join(" · ");
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Reads a table. Lines without anything are passed over.
pub fn parse(table: &str) -> Table {
    let table = table.trim_start_matches('\u{feff}');
    let separator = separator(table);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(table.as_bytes());
    let place = |reader: &csv::Reader<&[u8]>| {
        usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
    };
    let mut read = Table::default();
    let mut columns: Option<Columns> = None;
    let mut known = HashSet::new();
    let mut lines = Lines::new(table);
    let mut record = csv::StringRecord::new();
    loop {
        let (begin, line) = lines.of(place(&reader));
        // The text is UTF-8 and in memory: reading it does not fail.
        if !reader.read_record(&mut record).unwrap_or(false) {
            break;
        }
        let cells: Vec<String> = record
            .iter()
            .map(|cell| formula::restore(cell.trim()))
            .collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let raw = table.get(begin..place(&reader)).unwrap_or_default();
        let swallows = |cell: &String| holds_a_row(cell, separator);
        if !is_well_quoted(raw, separator) || cells.iter().any(swallows) {
            let first = raw.lines().next().unwrap_or_default();
            read.problems.push(Problem {
                line,
                text: shown(&[first]),
                phrase: Phrase::new("import-quotes"),
            });
            continue;
        }
        let columns = match &columns {
            Some(columns) => columns,
            None => match Columns::named(&cells) {
                Some(named) => {
                    read.ignored.clone_from(&named.ignored);
                    columns = Some(named);
                    continue;
                }
                None => columns.insert(Columns::guessed(&cells)),
            },
        };
        match draft(columns, &cells) {
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

fn draft(columns: &Columns, cells: &[String]) -> Result<RecipientDraft, FieldErrors> {
    let cell = |index: usize| cells.get(index).map(String::as_str).unwrap_or_default();
    let name = columns.name.iter().map(|index| cell(*index));
    let name: Vec<&str> = name.filter(|part| !part.is_empty()).collect();
    let comment = columns.comment.map(cell).unwrap_or_default();
    RecipientDraft::parse(cell(columns.email), &name.join(" "), comment)
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
        let parts = "Name,Surname,Company name,Email,Phone\nIvan,Petrov,X,a@example.ru,1";
        assert_eq!(read(parts), [row("a@example.ru", "Ivan Petrov", "")]);
        assert_eq!(parse(parts).ignored, ["Company name", "Phone"]);
        let index = "Почтовый индекс;Почта;Имя клиента\n101000;a@example.ru;Анна";
        assert_eq!(read(index), [row("a@example.ru", "Анна", "")]);
        // The separator is that of the first line that has one.
        let alone = "a@example.ru\nb@example.ru;Борис;";
        assert_eq!(read(alone)[1], row("b@example.ru", "Борис", ""));
    }

    #[test]
    fn what_an_export_has_changed_is_changed_back() {
        let table = "id,email,name,comment,state\n7,a@example.ru,'=Анна,\"'-1\n'+2\",active\n";
        assert_eq!(read(table), [row("a@example.ru", "=Анна", "-1\n+2")]);
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

    #[test]
    fn an_address_with_a_mistake_is_no_heading() {
        for first in ["ivan.mail.ru", "ivan.gmail.com", "почта"] {
            let read = parse(&format!("{first}\nolga@example.ru"));
            let is_heading = first == "почта";
            assert_eq!(read.problems.len(), usize::from(!is_heading), "{first}");
        }
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_swallows_nobody() {
        for table in [
            "k@x.ru,К,\"не закрыта\nl@x.ru,Л,друг\nm@x.ru,М,\"тоже\nn@x.ru,Н,ok",
            "b@x.ru,Б,\"не закрыта\nc@x.ru,\"Вася\"\nd@x.ru,Г",
            "a@x.ru,А,12\"\nb@x.ru,Б,\"не закрыта\nc@x.ru\n\n",
            "a@x.ru,А,\"не закрыта\nb@x.ru,Б,друг\"\n",
        ] {
            let read = parse(table);
            assert!(
                read.problems
                    .iter()
                    .any(|it| it.phrase.key == "import-quotes"),
                "{table}"
            );
        }
        let lines = "ok@x.ru,TV 12\" Ltd,\"line1\nline2 \"\"x\"\"\"";
        assert_eq!(
            read(lines),
            [row("ok@x.ru", "TV 12\" Ltd", "line1\nline2 \"x\"")]
        );
        assert_eq!(parse("a@x.ru\rнет\rb@x.ru").problems[0].line, 2);
    }
}
