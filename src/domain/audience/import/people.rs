//! The rows of a table or the addresses of a list, one by one, as people or as what is wrong with them.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::headings::{self, Asks, Meaning};
use super::lines::Lines;
use super::mailbox::{self, Mailbox, second_address};
use super::model::{MAX_COLUMNS, MAX_LIST_LINE, MAX_RECORD, Plan, Problem, Role, Row, Shape};
use super::problem::too_long;
use super::records::{Flaw, Record, Records};
use super::state::{self, State};
use super::{list, traces};
use crate::domain::audience::address::EmailAddress;
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::domain::{formula, text};

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
    /// Columns of subscriptions, and what their headings ask.
    states: Vec<(usize, Asks)>,
    /// The addresses that were met, in 16 octets each, and whether they were said to have unsubscribed.
    met: HashMap<[u8; 16], bool>,
}

impl Plan {
    /// Reads everybody, from the input's beginning on.
    pub fn people<R: Read>(&self, source: R) -> People<'_, R> {
        People::new(self, source)
    }

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
            states: all(Role::State)
                .map(
                    |index| match headings::meaning(&plan.columns[index].heading) {
                        Meaning::State(asks) => (index, asks),
                        _ => (index, Asks::Neither),
                    },
                )
                .collect(),
            met: HashMap::new(),
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
                let headings = self.plan.headings;
                if headings.is_none_or(|line| record.line > line) {
                    return Ok(Some(self.row(record)));
                }
                if headings == Some(record.line)
                    && let Some(problem) = heading_with_address(&record)
                {
                    return Ok(Some(Err(problem)));
                }
                // What stands above the headings is passed over, but nobody with it.
                if is_broken_with_address(&record) {
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
                    return Ok(Some(Err(Problem::new(line.number, &[line.text], phrase))));
                }
                let number = line.number;
                let found = list::pieces(&line.text).into_iter();
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
            Problem::new(line, &[record.text.as_str()], phrase)
        })?;
        let cells: Vec<String> = cells.iter().map(|cell| formula::restore(cell)).collect();
        let bad = |phrase| Problem::new(line, &cells, phrase);
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
        let address = self.email.and_then(|it| cells.get(it)).map_or("", |it| it);
        let mailbox = Mailbox::read(address).map_err(bad)?;
        if let Some(other) = self.second_address(&cells, &mailbox.email) {
            return Err(bad(second_address(&other, self.plan.headings.is_none())));
        }
        let joined = |columns: &[usize]| {
            let parts = columns.iter().map(|index| cell(*index));
            let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
            parts.join(" ")
        };
        let names = [joined(&self.names), joined(&self.parts), mailbox.name];
        let name = names.into_iter().find(|name| !name.is_empty());
        let name = name.map_or_else(String::new, |name| mailbox::own_name(&name, &mailbox.email));
        let unsubscribed = self.unsubscribed(&cells).map_err(bad)?;
        let comment = self
            .comment
            .and_then(|index| cells.get(index))
            .map_or("", |it| it);
        let draft = RecipientDraft::parse(mailbox.email.as_typed(), &name, comment);
        Ok(Row {
            line,
            draft: draft.map_err(|errors| bad(first(&errors)))?,
            unsubscribed,
            cleaned: mailbox.was_cleaned,
        })
    }

    /// Whether any column says that they have unsubscribed.
    fn unsubscribed(&self, cells: &[String]) -> Result<bool, Phrase> {
        let mut unsubscribed = false;
        for (index, asks) in &self.states {
            let cell = cells.get(*index).map_or("", |it| text::trim_invisible(it));
            let state = state::read(cell, *asks).ok_or_else(|| {
                let heading = self.plan.columns[*index].heading.as_str();
                Phrase::new("import-state-unclear")
                    .with("column", heading)
                    .with("number", index + 1)
                    .with("value", cell)
                    .with("empty", if cell.is_empty() { "yes" } else { "no" })
                    .with("named", if heading.is_empty() { "no" } else { "yes" })
            })?;
            unsubscribed |= state == State::Unsubscribed;
        }
        Ok(unsubscribed)
    }

    /// What may be somebody else's address and stands where a name should, or anywhere where no heading
    /// says what it is.
    fn second_address(&self, cells: &[String], own: &EmailAddress) -> Option<String> {
        let is_bare = self.plan.headings.is_none();
        let mut others = cells.iter().enumerate().filter_map(|(index, cell)| {
            let column = self.plan.columns.get(index);
            let is_unnamed =
                column.is_some_and(|it| it.role.is_none() && text::is_blank(&it.heading));
            let is_name = self.names.contains(&index) || self.parts.contains(&index);
            let matters = is_bare || is_unnamed || is_name;
            if Some(index) == self.email || !matters {
                return None;
            }
            let other = mailbox::other_address(cell, own);
            other.or_else(|| traces::bracketed(cell).filter(|_| is_bare))
        });
        others.next().map(str::to_owned)
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
                match self.met.get(&short) {
                    None => {
                        self.met.insert(short, row.unsubscribed);
                        Found::Person(row)
                    }
                    // Whoever has left must not be mailed because another line knows nothing of it.
                    Some(false) if row.unsubscribed => {
                        let address = row.draft.email.as_typed();
                        let phrase = Phrase::new("import-states-differ");
                        Found::Wrong(Problem::new(row.line, &[address], phrase))
                    }
                    Some(_) => Found::Repeated(row.line),
                }
            }
            Err(problem) => Found::Wrong(problem),
        }))
    }
}

/// Whether a line cannot be read as a row, and may hold an address: one that is longer than what is kept
/// of it may.
fn is_broken_with_address(record: &Record) -> bool {
    match record.cells {
        Ok(_) => false,
        Err(Flaw::TooLong) => true,
        Err(_) => record.text.contains('@'),
    }
}

/// What is wrong with headings that were said to be some, and are somebody.
fn heading_with_address(record: &Record) -> Option<Problem> {
    let cells = record.cells.as_ref().ok()?;
    let mut found = cells.iter().flat_map(|cell| traces::addresses(cell));
    let phrase = Phrase::new("import-heading-address").with("address", found.next()?);
    Some(Problem::new(record.line, cells, phrase))
}

/// A piece of a list.
fn listed(line: u64, piece: &str) -> Result<Row, Problem> {
    let bad = |phrase| Problem::new(line, &[piece], phrase);
    if piece.contains('\u{fffd}') {
        return Err(bad(Phrase::new("import-unreadable")));
    }
    let mailbox = Mailbox::read(piece).map_err(bad)?;
    let draft = RecipientDraft::parse(mailbox.email.as_typed(), &mailbox.name, "");
    Ok(Row {
        line,
        draft: draft.map_err(|errors| bad(first(&errors)))?,
        unsubscribed: false,
        cleaned: mailbox.was_cleaned,
    })
}

/// The first complaint about somebody.
fn first(errors: &FieldErrors) -> Phrase {
    let complaint = errors.iter().next().map(|(_, phrase)| phrase.clone());
    complaint.unwrap_or_else(|| Phrase::new("error-email-malformed"))
}
