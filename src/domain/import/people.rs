//! The rows of a table or the addresses of a list, one by one, as people or as what is wrong with them.

use std::collections::{HashSet, VecDeque};
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::lines::Lines;
use super::mailbox::{self, Mailbox};
use super::records::{Flaw, Record, Records};
use super::{MAX_COLUMNS, MAX_LIST_LINE, MAX_RECORD, Plan, Problem, Role, Row, Shape, state};
use crate::domain::address::EmailAddress;
use crate::domain::phrase::Phrase;
use crate::domain::recipient::RecipientDraft;
use crate::domain::{formula, text};

/// Characters of a wrong line that are shown.
const SHOWN: usize = 80;

/// What a line comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Person(Row),
    /// Their address stands in an earlier line.
    Repeated(u64),
    Wrong(Problem),
}

enum Source<R> {
    Table(Records<R>),
    List(Lines<R>, VecDeque<(u64, String)>),
}

/// Everybody in a text, read by a plan.
pub struct People<'p, R> {
    plan: &'p Plan,
    source: io::Result<Source<R>>,
    email: Option<usize>,
    names: Vec<usize>,
    parts: Vec<usize>,
    comment: Option<usize>,
    state: Option<usize>,
    /// The addresses that were met, in 16 octets each.
    met: HashSet<[u8; 16]>,
}

impl Plan {
    pub(super) fn records<R: Read>(&self, source: R) -> io::Result<Records<R>> {
        let mut lines = self.lines(source);
        if self.has_hint {
            lines.next()?;
        }
        let separator = match self.shape {
            Shape::Table(separator) => separator,
            Shape::List => ',',
        };
        Ok(Records::new(lines, separator, MAX_RECORD))
    }
}

impl<'p, R: Read> People<'p, R> {
    pub(super) fn new(plan: &'p Plan, source: R) -> Self {
        let all = |role: Role| {
            let columns = plan.columns.iter().enumerate();
            columns
                .filter(move |(_, column)| column.role == Some(role))
                .map(|(index, _)| index)
        };
        Self {
            plan,
            source: match plan.shape {
                Shape::Table(_) => plan.records(source).map(Source::Table),
                Shape::List => Ok(Source::List(plan.lines(source), VecDeque::new())),
            },
            email: all(Role::Email).next(),
            names: all(Role::Name).collect(),
            parts: all(Role::NamePart).collect(),
            comment: all(Role::Comment).next(),
            state: all(Role::State).next(),
            met: HashSet::new(),
        }
    }

    fn read(&mut self) -> io::Result<Option<Result<Row, Problem>>> {
        let source = match &mut self.source {
            Ok(source) => source,
            Err(error) => return Err(std::mem::replace(error, io::ErrorKind::Other.into())),
        };
        match source {
            Source::Table(records) => loop {
                let Some(record) = records.next()? else {
                    return Ok(None);
                };
                if self.plan.headings.is_none_or(|line| record.line > line) {
                    return Ok(Some(self.row(record)));
                }
            },
            Source::List(lines, pieces) => loop {
                if let Some((line, piece)) = pieces.pop_front() {
                    return Ok(Some(listed(line, &piece)));
                }
                let Some(line) = lines.next()? else {
                    return Ok(None);
                };
                if line.is_cut {
                    let phrase = too_long(MAX_LIST_LINE);
                    return Ok(Some(Err(wrong(line.number, &[line.text], phrase))));
                }
                let number = line.number;
                let found = mailbox::pieces(&line.text).into_iter();
                pieces.extend(found.map(|piece| (number, piece)));
            },
        }
    }

    fn row(&self, record: Record) -> Result<Row, Problem> {
        let line = record.line;
        let cells = record.cells.map_err(|flaw| {
            let phrase = match flaw {
                Flaw::Quotes => Phrase::new("import-quotes"),
                Flaw::TooLong => too_long(MAX_RECORD),
                Flaw::TooManyCells => {
                    Phrase::new("import-too-many-cells").with("most", MAX_COLUMNS)
                }
            };
            wrong(line, &[record.text.as_str()], phrase)
        })?;
        let cells: Vec<String> = cells.iter().map(|cell| formula::restore(cell)).collect();
        let bad = |phrase| wrong(line, &cells, phrase);
        if cells.iter().any(|cell| cell.contains('\u{fffd}')) {
            return Err(bad(Phrase::new("import-unreadable")));
        }
        let columns = self.plan.columns.len();
        let beyond = cells.iter().skip(columns);
        if beyond
            .clone()
            .any(|cell| !text::trim_invisible(cell).is_empty())
        {
            let phrase = Phrase::new("import-extra-cells").with("cells", cells.len());
            return Err(bad(phrase.with("columns", columns)));
        }
        let cell = |index: usize| cells.get(index).map_or("", |it| text::trim_invisible(it));
        let address = self.email.map(cell).unwrap_or_default();
        let mailbox = Mailbox::parse(self.email.and_then(|it| cells.get(it)).map_or("", |it| it))
            .ok_or_else(|| bad(no_address(address)))?;
        if self.has_second_address(&cells, &mailbox.email) {
            return Err(bad(Phrase::new("import-second-address")));
        }
        let joined = |columns: &[usize]| {
            let parts = columns.iter().map(|index| cell(*index));
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            parts.join(" ")
        };
        let names = [joined(&self.names), joined(&self.parts), mailbox.name];
        let name = names.into_iter().find(|name| !name.is_empty());
        let name = name
            .filter(|name| !is_same(name, &mailbox.email))
            .unwrap_or_default();
        let comment = self
            .comment
            .and_then(|index| cells.get(index))
            .map_or("", |it| it);
        let draft = RecipientDraft::parse(mailbox.email.as_typed(), &name, comment);
        Ok(Row {
            line,
            draft: draft.map_err(|errors| {
                let complaint = errors.iter().next().map(|(_, phrase)| phrase.clone());
                bad(complaint.unwrap_or_else(|| Phrase::new("error-email-malformed")))
            })?,
            unsubscribed: self.state.map(cell).is_some_and(state::is_gone),
            cleaned: mailbox.was_cleaned,
        })
    }

    /// Somebody else's address stands where a name should, or anywhere where no headings say what it is.
    fn has_second_address(&self, cells: &[String], own: &EmailAddress) -> bool {
        cells.iter().enumerate().any(|(index, cell)| {
            let matters = self.plan.headings.is_none()
                || self.names.contains(&index)
                || self.parts.contains(&index);
            Some(index) != self.email
                && matters
                && cell.contains('@')
                && Mailbox::parse(cell).is_some_and(|other| other.email.key() != own.key())
        })
    }
}

impl<R: Read> Iterator for People<'_, R> {
    type Item = io::Result<Found>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose()?;
        Some(read.map(|read| match read {
            Ok(row) => {
                let digest = Sha256::digest(row.draft.email.key());
                let mut short = [0; 16];
                short.copy_from_slice(&digest[..16]);
                if self.met.insert(short) {
                    Found::Person(row)
                } else {
                    Found::Repeated(row.line)
                }
            }
            Err(problem) => Found::Wrong(problem),
        }))
    }
}

fn is_same(name: &str, email: &EmailAddress) -> bool {
    name.contains('@') && EmailAddress::parse(name).is_ok_and(|it| it.key() == email.key())
}

/// A line has more than so many octets.
fn too_long(most: usize) -> Phrase {
    Phrase::new("import-line-too-long").with("most", most / 1_024)
}

/// Why a cell is no address.
fn no_address(cell: &str) -> Phrase {
    let words = cell.split(|c: char| c.is_whitespace() || ",;:<>()/|".contains(c));
    let addresses = words.filter(|word| EmailAddress::parse(word).is_ok());
    if addresses.count() > 1 {
        return Phrase::new("import-several-addresses");
    }
    let complaint = EmailAddress::parse(cell).err();
    complaint.unwrap_or_else(|| Phrase::new("error-email-malformed"))
}

/// A piece of a list.
fn listed(line: u64, piece: &str) -> Result<Row, Problem> {
    let bad = |phrase| wrong(line, &[piece], phrase);
    if piece.contains('\u{fffd}') {
        return Err(bad(Phrase::new("import-unreadable")));
    }
    let mailbox = Mailbox::parse(piece).ok_or_else(|| bad(no_address(piece)))?;
    let draft = RecipientDraft::parse(mailbox.email.as_typed(), &mailbox.name, "");
    Ok(Row {
        line,
        draft: draft.map_err(|errors| {
            let complaint = errors.iter().next().map(|(_, phrase)| phrase.clone());
            bad(complaint.unwrap_or_else(|| Phrase::new("error-email-malformed")))
        })?,
        unsubscribed: false,
        cleaned: mailbox.was_cleaned,
    })
}

/// A line and what is wrong with it.
fn wrong<T: AsRef<str>>(line: u64, cells: &[T], phrase: Phrase) -> Problem {
    Problem {
        line,
        text: shown(cells),
        phrase,
    }
}

/// What stands in a line, in short.
fn shown<T: AsRef<str>>(cells: &[T]) -> String {
    let mut text = String::new();
    let cells = cells.iter().map(|cell| cell.as_ref().trim());
    for cell in cells.filter(|it| !it.is_empty()) {
        if !text.is_empty() {
            text.push_str(" · ");
        }
        text.extend(cell.chars().take(SHOWN + 1));
        if text.len() > 4 * SHOWN {
            break;
        }
    }
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
