//! Recipients from a table or a list that somebody has: CSV of any usual kind, columns pasted from a
//! spreadsheet, a `To:` line, addresses one a line; in whichever encoding.
//!
//! [`plan`] looks at the beginning and says what it takes for what: encoding, separator, headings,
//! columns. [`Plan::people`] reads all of it by that plan, row by row, in memory that does not grow but
//! for 16 octets a person, by which the same address is known again. Nothing is dropped in silence: a
//! line that does not fit the plan is a [`Problem`]. Every step is linear in the length of the input,
//! and what has more than [`MAX_COLUMNS`] columns is refused at its first line.

mod columns;
mod cyrillic;
mod encoding;
mod headings;
mod kind;
mod labels;
mod lines;
mod list;
mod mailbox;
mod people;
mod problem;
mod records;
mod separator;
mod state;
mod summary;
#[cfg(test)]
mod tests;
mod traces;

use std::io::{self, Read, Seek};

use encoding_rs::Encoding;

use super::recipient::RecipientDraft;
use crate::domain::phrase::Phrase;
use columns::Survey;
use encoding::Detected;
use lines::Lines;
use records::Flaw;

pub use encoding::{OFFERED as ENCODINGS, by_name as encoding_by_name};
pub use people::{Found, People};
pub use summary::{NAMED, Summary};

/// Most columns of a table: each has a field in the form by which it is confirmed, and a form has 200 at
/// most. Outlook exports some 90.
pub const MAX_COLUMNS: usize = 180;
/// Longest row of a table, in octets of UTF-8.
pub const MAX_RECORD: usize = 64 * 1024;
/// Longest line of a list of addresses, in octets of UTF-8.
const MAX_LIST_LINE: usize = 1 << 20;

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
    has_hint: bool,
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

    /// Reads everybody, from the input's beginning on.
    pub fn people<R: Read>(&self, source: R) -> People<'_, R> {
        People::new(self, source)
    }

    fn lines<R: Read>(&self, source: R) -> Lines<R> {
        let longest = match self.shape {
            Shape::Table(_) => MAX_RECORD,
            Shape::List => MAX_LIST_LINE,
        };
        Lines::new(source, self.encoding, longest)
    }
}

/// Octets of text by which the separator is told.
const BEGINNING: usize = 64 * 1024;
/// Rows with an address by which the columns are told …
const SURVEYED: usize = 1_000;
/// … and rows that are looked at for them.
const LOOKED_AT: usize = 20_000;
/// Rows among which the headings are.
const ABOVE: usize = 10;

/// Looks at a text and says how it is to be read.
///
/// # Errors
/// It is no text, has too many columns, has nothing in it; the input's.
pub fn plan(source: &mut (impl Read + Seek), wishes: &Wishes) -> Result<Plan, PlanError> {
    let refused = |phrase| Err(PlanError::Refused(phrase));
    let encoding = match encoding::detect(source, wishes.encoding)? {
        Detected::Text(encoding) => encoding,
        Detected::Foreign(kind) => {
            return refused(Phrase::new("import-not-a-table").with("kind", kind));
        }
    };
    let beginning = beginning(&mut *source, encoding)?;
    let hint = beginning.lines().next().and_then(separator::hint);
    let text = match hint {
        Some(_) => beginning.split_once('\n').map_or("", |(_, text)| text),
        None => beginning.as_str(),
    };
    let separator = match hint {
        Some(separator) => separator,
        None => separator::guess(text)?,
    };
    let mut plan = Plan {
        encoding,
        shape: Shape::Table(separator),
        headings: None,
        above: 0,
        columns: Vec::new(),
        has_hint: hint.is_some(),
    };
    let is_by_hand = !wishes.roles.is_empty() || wishes.headings == Some(true);
    if hint.is_none() && !is_by_hand && is_list(text, separator) {
        plan.shape = Shape::List;
        return Ok(plan);
    }
    source.rewind()?;
    let (headings, survey) = survey(&mut *source, &mut plan, wishes)?;
    if survey.rows == 0 && headings.is_none() {
        return refused(Phrase::new("import-empty"));
    }
    plan.columns = columns::assign(headings.as_deref(), &survey);
    choose(&mut plan.columns, wishes)?;
    Ok(plan)
}

/// The first lines, in UTF-8.
fn beginning(source: impl Read, encoding: &'static Encoding) -> Result<String, PlanError> {
    let mut lines = Lines::new(source, encoding, BEGINNING);
    let mut text = String::new();
    while text.len() < BEGINNING
        && let Some(line) = lines.next()?
    {
        text.push_str(&line.text);
        text.push('\n');
    }
    Ok(text)
}

fn is_list(text: &str, separator: char) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first: Vec<&str> = lines
        .next()
        .map(|line| line.split(separator).take(MAX_COLUMNS).collect())
        .unwrap_or_default();
    !headings::are_headings(&first) && list::is_list(text.lines())
}

/// Finds the headings, and looks at the rows below them.
fn survey(
    source: impl Read,
    plan: &mut Plan,
    wishes: &Wishes,
) -> Result<(Option<Vec<String>>, Survey), PlanError> {
    let mut records = plan.records(source)?;
    let mut survey = Survey::default();
    let mut headings: Option<Vec<String>> = None;
    // Rows of which it is not known yet whether they stand above the headings.
    let mut above: Vec<Vec<String>> = Vec::new();
    let mut is_above = wishes.headings != Some(false);
    let mut count = 0;
    while survey.with_address < SURVEYED
        && count < LOOKED_AT
        && let Some(record) = records.next()?
    {
        count += 1;
        let cells = match record.cells {
            Ok(cells) => cells,
            Err(Flaw::TooManyCells) if count == 1 => {
                let many = Phrase::new("import-too-many-columns").with("most", MAX_COLUMNS);
                return Err(PlanError::Refused(many));
            }
            Err(_) => continue,
        };
        if is_above {
            let has_address = cells.iter().any(|cell| cell.contains('@'));
            let is_first =
                count == 1 && (wishes.headings == Some(true) || headings::are_headings(&cells));
            let is_heading =
                is_first || (headings::are_headings(&cells) && headings::name_addresses(&cells));
            is_above = !has_address && count < ABOVE;
            if is_heading {
                plan.headings = Some(record.line);
                plan.above += above.len() as u64 + u64::from(headings.is_some());
                above.clear();
                is_above &= !headings::name_addresses(&cells) && wishes.headings.is_none();
                headings = Some(cells);
            } else {
                above.push(cells);
            }
            continue;
        }
        survey.add(&cells);
    }
    for cells in &above {
        survey.add(cells);
    }
    // One who has unsubscribed may stand further behind than all rows by which the columns were told.
    let undecided = headings.as_deref().map(|it| survey.undecided(it));
    if let Some(undecided) = undecided.filter(|it| !it.is_empty()) {
        while let Some(record) = records.next()? {
            if let Ok(cells) = record.cells {
                survey.add_states(&cells, &undecided);
            }
        }
    }
    Ok((headings, survey))
}

/// What was chosen by hand takes the place of what was guessed.
fn choose(columns: &mut [Column], wishes: &Wishes) -> Result<(), PlanError> {
    if let Some(chosen) = &wishes.columns {
        for (index, column) in columns.iter_mut().enumerate() {
            column.role = chosen.get(index).copied().flatten();
        }
    }
    let mut chosen = Vec::new();
    for (role, which) in &wishes.roles {
        let found = match which {
            Which::Number(number) => Some(*number).filter(|number| *number < columns.len()),
            Which::Heading(heading) => columns.iter().position(|column| {
                column.heading.trim().to_lowercase() == heading.trim().to_lowercase()
            }),
        };
        let Some(found) = found else {
            let name = match which {
                Which::Number(number) => (number + 1).to_string(),
                Which::Heading(heading) => heading.clone(),
            };
            let missing = Phrase::new("import-no-such-column").with("column", name);
            return Err(PlanError::Refused(missing.with("count", columns.len())));
        };
        chosen.push((*role, found));
    }
    let is_name = |role: Role| matches!(role, Role::Name | Role::NamePart);
    for column in columns.iter_mut() {
        let gives_way = |role: Role| {
            let mut given = chosen.iter().map(|(role, _)| *role);
            given.any(|given| given == role || (is_name(given) && is_name(role)))
        };
        column.role = column.role.filter(|role| !gives_way(*role));
    }
    for (role, index) in chosen {
        columns[index].role = Some(role);
    }
    Ok(())
}
