//! Which column of a table is what.

use crate::domain::address::EmailAddress;
use crate::domain::text;

pub(super) struct Columns {
    pub(super) email: usize,
    /// Several where surname and given name have a column each.
    pub(super) name: Vec<usize>,
    pub(super) comment: Option<usize>,
    /// Headings that mean nothing here.
    pub(super) ignored: Vec<String>,
}

/// Words of a heading above addresses, and one that says that they are others.
const EMAIL: [&str; 5] = ["email", "mail", "почта", "почты", "emails"];
const OTHER_ADDRESS: [&str; 3] = ["индекс", "index", "list"];
/// What the column is called where no heading has such a word.
const ADDRESS: [&str; 2] = ["адрес", "address"];
/// Headings above whole names, without what is no letter.
const NAME: [&str; 6] = [
    "fullname",
    "фио",
    "полноеимя",
    "клиент",
    "получатель",
    "recipient",
];
/// Words of headings above what makes a name together, in the order in which they stand.
const NAME_PARTS: [&str; 10] = [
    "name",
    "surname",
    "lastname",
    "firstname",
    "givenname",
    "middlename",
    "last",
    "фамилия",
    "имя",
    "отчество",
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

/// A heading's words, and all of its letters.
fn words(cell: &str) -> (Vec<String>, String) {
    let folded = text::fold(cell);
    let words = folded.split(|c: char| !c.is_alphabetic());
    let words = words.filter(|word| !word.is_empty()).map(str::to_owned);
    (
        words.collect(),
        folded.chars().filter(|c| c.is_alphabetic()).collect(),
    )
}

/// `ivan.mail.ru` is an address with a mistake in it.
fn looks_like_a_domain(cell: &str) -> bool {
    let behind = cell.split('.').skip(1);
    let mut behind = behind.map(|rest| rest.chars().next());
    cell.is_ascii() && behind.any(|first| first.is_some_and(char::is_alphanumeric))
}

impl Columns {
    /// By the headings, if these are some.
    pub(super) fn named(cells: &[String]) -> Option<Self> {
        if cells
            .iter()
            .any(|cell| cell.contains('@') || looks_like_a_domain(cell))
        {
            return None;
        }
        let headings: Vec<(Vec<String>, String)> = cells.iter().map(|it| words(it)).collect();
        let is =
            |heading: &(Vec<String>, String), known: &[&str]| known.contains(&heading.1.as_str());
        let has = |heading: &(Vec<String>, String), known: &[&str]| {
            heading.0.iter().any(|word| known.contains(&word.as_str()))
        };
        let find = |known: &[&str]| headings.iter().position(|heading| is(heading, known));
        let email = find(&EMAIL)
            .or_else(|| {
                headings.iter().position(|heading| {
                    (has(heading, &EMAIL) || is(heading, &["email", "emailaddress"]))
                        && !has(heading, &OTHER_ADDRESS)
                })
            })
            .or_else(|| find(&ADDRESS))?;
        let name = match find(&NAME) {
            Some(name) => vec![name],
            None => (0..headings.len())
                .filter(|index| *index != email)
                .filter(|index| {
                    has(&headings[*index], &NAME_PARTS) || is(&headings[*index], &NAME_PARTS)
                })
                .filter(|index| !has(&headings[*index], &["company", "компании", "организации"]))
                .collect(),
        };
        let comment = find(&COMMENT);
        let is_used =
            |index: usize| index == email || name.contains(&index) || comment == Some(index);
        let ignored =
            (0..cells.len()).filter(|index| !is_used(*index) && !cells[*index].is_empty());
        Some(Self {
            email,
            ignored: ignored.map(|index| cells[index].clone()).collect(),
            name,
            comment,
        })
    }

    /// By what stands in the first row: the address, then of the others the name and the comment.
    pub(super) fn guessed(cells: &[String]) -> Self {
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
            ignored: Vec::new(),
        }
    }
}
