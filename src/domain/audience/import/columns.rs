//! Which column of a table is what: by what stands in its cells, then by what its heading says.

use super::headings::{self, Asks, LOOSE, Meaning, SURE};
use super::mailbox::Mailbox;
use super::model::{Column, MAX_COLUMNS, Role};
use super::state;

/// What a column's cells are, as far as they were looked at.
#[derive(Debug, Default, Clone)]
pub(super) struct Cells {
    filled: usize,
    addresses: usize,
    /// Of these, how many have a name beside them.
    named: usize,
    /// With a letter, and no address.
    words: usize,
    /// Which say that somebody has a subscription, or has none.
    states: usize,
    /// Of these, those who have none.
    gone: usize,
    /// Which say so in words that are not known for certain.
    like_states: usize,
    /// Yes or no.
    answers: usize,
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

impl Survey {
    /// Columns below a heading of a subscription in which nothing has been found yet, by which it would be
    /// known whether they are one's.
    pub(super) fn undecided(&self, headings: &[String]) -> Vec<usize> {
        let blank = Cells::default();
        let is_undecided = |(index, heading): &(usize, &String)| {
            let cells = self.columns.get(*index).unwrap_or(&blank);
            matches!(headings::meaning(heading), Meaning::State(asks) if !cells.has_states(asks))
        };
        let headings = headings.iter().enumerate().filter(is_undecided);
        headings.map(|(index, _)| index).collect()
    }

    /// Looks at some columns of one more row, for what they say of subscriptions.
    pub(super) fn add_states(&mut self, cells: &[String], columns: &[usize]) {
        for index in columns {
            let cell = cells.get(*index).map_or("", |cell| cell.trim());
            if let Some(column) = self.columns.get_mut(*index)
                && !cell.is_empty()
            {
                column.filled += 1;
                column.add_state(cell);
            }
        }
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
        self.add_state(cell);
        mailbox.is_some()
    }

    /// Counts what a cell says of a subscription.
    pub(super) fn add_state(&mut self, cell: &str) {
        self.states += usize::from(state::is_one(cell));
        self.gone += usize::from(state::is_gone(cell));
        self.like_states += usize::from(state::is_like_one(cell));
        self.answers += usize::from(state::is_answer(cell));
    }

    /// Whether there is something in it other than yes, no and the like, as there is where addresses are
    /// to be, sound ones or not.
    const fn may_have_addresses(&self) -> bool {
        self.filled > self.states + self.answers
    }

    const fn has_addresses(&self) -> bool {
        self.addresses > 0 && self.addresses * 2 >= self.filled
    }

    /// Whether they may be names: not numbers and not addresses.
    const fn has_words(&self) -> bool {
        self.words * 2 >= self.filled
    }

    /// Whether they are a subscription's, below a heading that asks this. Where the heading is clear,
    /// all of them are, and what cannot be understood is a mistake.
    pub(super) const fn has_states(&self, asks: Asks) -> bool {
        match asks {
            Asks::Unsubscribed => true,
            Asks::Subscribed => self.filled > 0,
            Asks::PerhapsSubscribed => {
                self.like_states > 0 || (self.answers > 0 && self.answers * 2 >= self.filled)
            }
            Asks::Neither => self.like_states > 0,
        }
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

/// The column of addresses: the one whose heading says so best, the first of equals. One of a person's
/// several addresses (`Work e-mail`) stands in for another that nobody has; an address that may be
/// somebody else's does not. Where it is not certain whose addresses they are, there is none.
fn address_column<'a>(meanings: &[Meaning], cells: &impl Fn(usize) -> &'a Cells) -> Option<usize> {
    let rank = |index: usize| match meanings[index] {
        Meaning::Email(rank) => rank,
        _ => 0,
    };
    let mut sure: Vec<usize> = (0..meanings.len())
        .filter(|index| rank(*index) > LOOSE)
        .collect();
    sure.sort_by_key(|index| std::cmp::Reverse(rank(*index)));
    let with_addresses = (0..meanings.len())
        .filter(|index| cells(*index).has_addresses() && meanings[*index] != Meaning::OthersEmail);
    let with_addresses: Vec<usize> = with_addresses.collect();
    let is_flag = |index: &usize| cells(*index).filled > 0 && !cells(*index).may_have_addresses();
    let Some(best) = sure.iter().copied().find(|index| !is_flag(index)) else {
        return match with_addresses[..] {
            [only] => Some(only),
            _ => None,
        };
    };
    if cells(best).filled == 0 {
        let is_own = |index: &&usize| rank(**index) < SURE && cells(**index).filled > 0;
        let own = sure.iter().find(is_own).copied();
        return own.or_else(|| with_addresses.is_empty().then_some(best));
    }
    // Among the cells of another column there are some: the headings may be the wrong way round.
    let is_doubtful = cells(best).addresses == 0 && !with_addresses.is_empty();
    (!is_doubtful).then_some(best)
}

/// Whose names the columns below these headings hold: nobody's of whom there is another address.
fn others_names(headings: &[String], meanings: &[Meaning], email: Option<usize>) -> Vec<bool> {
    let persons: Vec<Vec<String>> = headings.iter().map(|it| headings::persons(it)).collect();
    let is_other = |index: usize| {
        let is_email = |other: usize| {
            Some(other) != email
                && matches!(meanings[other], Meaning::Email(_) | Meaning::OthersEmail)
        };
        persons[index].iter().any(|person| {
            let mut others = (0..headings.len()).filter(|other| is_email(*other));
            let is_own = email.is_some_and(|email| persons[email].contains(person));
            !is_own && others.any(|other| persons[other].contains(person))
        })
    };
    (0..headings.len()).map(is_other).collect()
}

fn named<'a>(
    headings: &[String],
    cells: &impl Fn(usize) -> &'a Cells,
    count: usize,
) -> Vec<Option<Role>> {
    let mut meanings: Vec<Meaning> = headings.iter().map(|it| headings::meaning(it)).collect();
    meanings.resize(count, Meaning::Unknown);
    let mut roles = vec![None; count];
    let email = address_column(&meanings, cells);
    if let Some(email) = email {
        roles[email] = Some(Role::Email);
    }
    let others = others_names(headings, &meanings, email);
    let words: Vec<Vec<String>> = headings.iter().map(|it| headings::words(it)).collect();
    // Each part once: the first column that has any of it, else the first. Of two below the same heading
    // it is the first, whatever there is in them: the second is of somebody else.
    let mut take = |meaning: Meaning, role: Role| {
        let is_free = |index: &usize| {
            meanings[*index] == meaning && roles[*index].is_none() && !others[*index]
        };
        let found: Vec<usize> = (0..count).filter(is_free).collect();
        let is_first = |index: &usize| {
            let same = found.iter().find(|other| words[**other] == words[*index]);
            same == Some(index)
        };
        let mut firsts = found.iter().copied().filter(is_first);
        let filled = firsts.find(|index| cells(*index).filled > 0);
        if let Some(index) = filled.or(found.first().copied()) {
            roles[index] = Some(role);
        }
    };
    take(Meaning::WholeName, Role::Name);
    take(Meaning::GivenName, Role::NamePart);
    take(Meaning::MiddleName, Role::NamePart);
    take(Meaning::FamilyName, Role::NamePart);
    take(Meaning::Comment, Role::Comment);
    for index in 0..count {
        if let Meaning::State(asks) = meanings[index]
            && cells(index).has_states(asks)
        {
            roles[index] = Some(Role::State);
        }
    }
    if !roles.contains(&Some(Role::Name)) && !roles.contains(&Some(Role::NamePart)) {
        let person = (0..count).find(|index| {
            meanings[*index] == Meaning::Person
                && roles[*index].is_none()
                && !others[*index]
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
    // A remark with an address in it, as below a table, counts less than an address.
    let weight = |index: usize| 2 * cells(index).addresses - cells(index).named;
    let most = (0..count).map(weight).max();
    let is_most = |index: &usize| Some(weight(*index)) == most;
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
            let is_state = cells.gone > 0 && cells.states == cells.filled;
            roles[*index].is_none() && cells.filled > 0 && cells.has_words() && !is_state
        });
        if let Some(name) = name {
            roles[name] = Some(Role::Name);
            from = name + 1;
        }
    }
    for (index, role) in roles.iter_mut().enumerate() {
        let cells = cells(index);
        if role.is_none() && cells.gone > 0 && cells.states == cells.filled {
            *role = Some(Role::State);
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
