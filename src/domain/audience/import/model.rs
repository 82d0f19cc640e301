//! What is read, and by which plan.

use std::io::{self, Read};

use encoding_rs::Encoding;

use super::lines::Lines;
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::phrase::Phrase;

/// Most columns of a table: each has a field in the form by which it is confirmed, and a form has 200 at
/// most. Outlook exports some 90.
pub const MAX_COLUMNS: usize = 180;
/// Longest row of a table, in octets of UTF-8.
pub const MAX_RECORD: usize = 64 * 1024;
/// Longest line of a list of addresses, in octets of UTF-8.
pub(super) const MAX_LIST_LINE: usize = 1 << 20;

/// A recipient, and where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// From 1.
    pub line: u64,
    pub draft: RecipientDraft,
    /// The table says that they have unsubscribed.
    pub unsubscribed: bool,
    /// Invisible characters stood round the address, and were taken off.
    pub cleaned: bool,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: u64,
    /// What stands there, as far as it helps to find it: all addresses, and invisible characters by their
    /// numbers.
    pub text: String,
    pub phrase: Phrase,
}

/// What a column is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Email,
    /// The whole name.
    Name,
    /// Given name, patronymic or surname: joined where there is no whole name.
    NamePart,
    Comment,
    /// Whether they have unsubscribed.
    State,
}

impl Role {
    pub const ALL: [Self; 5] = [
        Self::Email,
        Self::Name,
        Self::NamePart,
        Self::Comment,
        Self::State,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Name => "name",
            Self::NamePart => "name-part",
            Self::Comment => "comment",
            Self::State => "state",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Empty where the table has none.
    pub heading: String,
    /// `None`: it is not taken.
    pub role: Option<Role>,
    /// What stands in it, for those who have to choose.
    pub sample: Vec<String>,
}

/// A column by its number, from 0, or its heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    Number(usize),
    Heading(String),
}

/// What was chosen by hand; everything else is found out.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    pub encoding: Option<&'static Encoding>,
    /// Whether the first line has headings.
    pub headings: Option<bool>,
    /// Roles for columns. A role that is given leaves the columns that were guessed for it.
    pub roles: Vec<(Role, Which)>,
    /// The role of every column, one after the other; nothing is guessed.
    pub columns: Option<Vec<Option<Role>>>,
}

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Rows of cells, separated by this.
    Table(char),
    /// Addresses, several in a line or with names in the manner of mail programs.
    List,
}

/// What is taken for what.
#[derive(Debug, Clone)]
pub struct Plan {
    pub encoding: &'static Encoding,
    pub shape: Shape,
    /// Line of the headings.
    pub headings: Option<u64>,
    /// Lines above the headings, which are passed over.
    pub above: u64,
    pub columns: Vec<Column>,
    /// The first line says what separates.
    pub(super) has_hint: bool,
}

/// Why there is no plan.
#[derive(Debug)]
pub enum PlanError {
    Io(io::Error),
    Refused(Phrase),
}

impl From<io::Error> for PlanError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Plan {
    /// Whether it is known where the addresses are.
    pub fn has_addresses(&self) -> bool {
        self.shape == Shape::List || self.columns.iter().any(|it| it.role == Some(Role::Email))
    }

    /// What to call a column in a sentence: its heading, else its number.
    pub fn ignored(&self) -> Vec<String> {
        let columns = self.columns.iter().zip(1_usize..);
        columns
            .filter(|(column, _)| column.role.is_none())
            .filter(|(column, _)| !column.heading.is_empty() || !column.sample.is_empty())
            .map(|(column, number)| match column.heading.as_str() {
                "" => number.to_string(),
                heading => heading.to_owned(),
            })
            .collect()
    }

    pub(super) fn lines<R: Read>(&self, source: R) -> Lines<R> {
        let longest = match self.shape {
            Shape::Table(_) => MAX_RECORD,
            Shape::List => MAX_LIST_LINE,
        };
        Lines::new(source, self.encoding, longest)
    }
}
