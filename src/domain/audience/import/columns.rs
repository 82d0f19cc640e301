//! Which column of a table is what: by what stands in its cells, then by what its heading says.

use super::headings::{self, Meaning};
use super::mailbox::Mailbox;
use super::{Column, MAX_COLUMNS, Role, state};

/// What a column's cells are, as far as they were looked at.
#[derive(Debug, Default, Clone)]
pub(super) struct Cells {
    filled: usize,
    addresses: usize,
    /// Of these, how many have a name beside them.
    named: usize,
    /// With a letter, and no address.
    words: usize,
    states: usize,
    sample: Vec<String>,
}

/// Cells of a column that are shown.
const SAMPLE: usize = 3;
/// Characters of each.
const SHOWN: usize = 60;

/// What stands in all columns.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) columns: Vec<Cells>,
    pub(super) rows: usize,
    /// Rows with an address.
    pub(super) with_address: usize,
}

impl Survey {
    pub(super) fn add(&mut self, cells: &[String]) {
        self.rows += 1;
        if self.columns.len() < cells.len().min(MAX_COLUMNS) {
            self.columns
                .resize(cells.len().min(MAX_COLUMNS), Cells::default());
        }
        let mut has_address = false;
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            has_address |= column.add(cell.trim());
        }
        self.with_address += usize::from(has_address);
    }
}

impl Cells {
    /// Whether it is an address.
    fn add(&mut self, cell: &str) -> bool {
        if cell.is_empty() {
            return false;
        }
        self.filled += 1;
        if self.sample.len() < SAMPLE {
            self.sample.push(cell.chars().take(SHOWN).collect());
        }
        let mailbox = Mailbox::parse(cell);
        self.addresses += usize::from(mailbox.is_some());
        self.named += usize::from(mailbox.as_ref().is_some_and(|it| !it.name.is_empty()));
        let is_word = mailbox.is_none() && cell.contains(char::is_alphabetic);
        self.words += usize::from(is_word);
        self.states += usize::from(state::is_one(cell));
        mailbox.is_some()
    }

    const fn has_addresses(&self) -> bool {
        self.addresses > 0 && self.addresses * 2 >= self.filled
    }

    /// Whether they may be names: not numbers and not addresses.
    const fn has_words(&self) -> bool {
        self.words * 2 >= self.filled
    }

    const fn has_states(&self) -> bool {
        self.filled > 0 && self.states == self.filled
    }
}

/// The columns of a table with these headings, or with none.
pub(super) fn assign(headings: Option<&[String]>, survey: &Survey) -> Vec<Column> {
    // A cell beyond the headings has no column.
    let count = headings.map_or(survey.columns.len(), <[String]>::len);
    let blank = Cells::default();
    let cells = |index: usize| survey.columns.get(index).unwrap_or(&blank);
    let roles = match headings {
        Some(headings) => named(headings, &cells, count),
        None => guessed(&cells, count),
    };
    let heading = |index: usize| headings.and_then(|headings| headings.get(index));
    (0..count)
        .map(|index| Column {
            heading: heading(index).cloned().unwrap_or_default(),
            role: roles[index],
            sample: cells(index).sample.clone(),
        })
        .collect()
}

/// The column of addresses: one whose cells are some, best one whose heading says so, and in which
/// most people have one. With nothing but strange headings above several, nobody can know.
fn address_column<'a>(meanings: &[Meaning], cells: &impl Fn(usize) -> &'a Cells) -> Option<usize> {
    let rank = |index: usize| match meanings.get(index) {
        Some(Meaning::Email(rank)) => Some(usize::from(*rank)),
        Some(Meaning::OthersEmail) => None,
        _ => Some(0),
    };
    let all = 0..meanings.len();
    let found: Vec<(usize, usize)> = all
        .clone()
        .filter(|index| cells(*index).has_addresses())
        .filter_map(|index| Some((index, rank(index)?)))
        .collect();
    let is_unclear = found.len() > 1 && found.iter().all(|(_, rank)| *rank == 0);
    if is_unclear {
        return None;
    }
    let most = found.iter().map(|(index, _)| cells(*index).addresses).max();
    let score = |(index, rank): &(usize, usize)| {
        10 * cells(*index).addresses / most.unwrap_or(1).max(1) + rank
    };
    let best = found.iter().map(score).max();
    // The first one of several that are as good.
    if let Some((index, _)) = found.iter().find(|it| Some(score(it)) == best) {
        return Some(*index);
    }
    // No cell is an address: what is wrong with them is said line by line.
    let sure = all.filter_map(|index| Some((index, rank(index)?)));
    let sure: Vec<(usize, usize)> = sure.filter(|(_, rank)| *rank > 1).collect();
    let best = sure.iter().map(|(_, rank)| *rank).max();
    sure.iter()
        .find(|(_, rank)| Some(*rank) == best)
        .map(|(index, _)| *index)
}

fn named<'a>(
    headings: &[String],
    cells: &impl Fn(usize) -> &'a Cells,
    count: usize,
) -> Vec<Option<Role>> {
    let mut meanings: Vec<Meaning> = headings.iter().map(|it| headings::meaning(it)).collect();
    meanings.resize(count, Meaning::Unknown);
    let mut roles = vec![None; count];
    if let Some(email) = address_column(&meanings, cells) {
        roles[email] = Some(Role::Email);
    }
    // Each part once: the first column that has any of it, else the first.
    let mut take = |meaning: Meaning, role: Role, fits: fn(&Cells) -> bool| {
        let is_free = |index: &usize| {
            let (index, cells) = (*index, cells(*index));
            meanings[index] == meaning && roles[index].is_none() && fits(cells)
        };
        let mut found = (0..count).filter(is_free);
        let first = found.clone().next();
        let filled = found.find(|index| cells(*index).filled > 0);
        if let Some(index) = filled.or(first) {
            roles[index] = Some(role);
        }
    };
    let is_no_address = |cells: &Cells| !cells.has_addresses();
    take(Meaning::WholeName, Role::Name, is_no_address);
    take(Meaning::GivenName, Role::NamePart, is_no_address);
    take(Meaning::MiddleName, Role::NamePart, is_no_address);
    take(Meaning::FamilyName, Role::NamePart, is_no_address);
    take(Meaning::Comment, Role::Comment, |_| true);
    take(Meaning::State, Role::State, Cells::has_states);
    if !roles.contains(&Some(Role::Name)) && !roles.contains(&Some(Role::NamePart)) {
        let person = (0..count).find(|index| {
            meanings[*index] == Meaning::Person
                && roles[*index].is_none()
                && cells(*index).has_words()
        });
        if let Some(person) = person {
            roles[person] = Some(Role::Name);
        }
    }
    // One part alone is the name.
    let parts: Vec<usize> = (0..count)
        .filter(|index| roles[*index] == Some(Role::NamePart))
        .collect();
    if let [only] = parts[..]
        && !roles.contains(&Some(Role::Name))
    {
        roles[only] = Some(Role::Name);
    }
    roles
}

/// Without headings: the addresses, then the name and the comment, in the order in which they stand.
fn guessed<'a>(cells: &impl Fn(usize) -> &'a Cells, count: usize) -> Vec<Option<Role>> {
    let mut roles = vec![None; count];
    let most = (0..count).map(|index| cells(index).addresses).max();
    let is_most = |index: &usize| Some(cells(*index).addresses) == most;
    let Some(email) = (0..count).find(is_most) else {
        return roles;
    };
    roles[email] = Some(Role::Email);
    let column = cells(email);
    // `Ivan <ivan@example.ru>` has the name with it.
    let has_name = column.addresses > 0 && column.named * 2 >= column.addresses;
    let mut from = 0;
    if !has_name {
        let name = (0..count).find(|index| {
            let cells = cells(*index);
            roles[*index].is_none() && cells.filled > 0 && cells.has_words()
        });
        if let Some(name) = name {
            roles[name] = Some(Role::Name);
            from = name + 1;
        }
    }
    let comment = (from..count).find(|index| roles[*index].is_none() && cells(*index).filled > 0);
    if let Some(comment) = comment
        && !cells(comment).has_addresses()
    {
        roles[comment] = Some(Role::Comment);
    }
    roles
}
