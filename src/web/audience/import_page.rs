//! What the page of the import shows (`templates/recipients/import.html`).

use serde::Serialize;

use crate::domain::audience::import;
use crate::domain::audience::import::{Plan, Problem, Role, Row, Shape, Summary};
use crate::domain::phrase::Phrase;
use crate::domain::text::visible;
use crate::i18n::Reader;
use crate::web::ui::stale;

/// People who are shown as they would be added.
const FIRST: usize = 5;
/// Characters of a heading that are shown.
const HEADING: usize = 80;

#[derive(Serialize)]
struct Wrong {
    line: u64,
    text: String,
    why: String,
}

impl Wrong {
    fn new(problem: &Problem, reader: &Reader) -> Self {
        Self {
            line: problem.line,
            text: visible(&problem.text),
            why: reader.say(&problem.phrase),
        }
    }
}

#[derive(Serialize)]
struct Choice {
    value: &'static str,
    text: String,
}

/// A file that is kept until it is said what is to become of it.
#[derive(Serialize)]
pub(in crate::web) struct Kept {
    token: String,
    name: String,
    kilobytes: usize,
}

impl Kept {
    pub(in crate::web) fn new(token: String, name: String, octets: usize) -> Self {
        Self {
            token,
            name,
            kilobytes: octets.div_ceil(1_024),
        }
    }

    pub(in crate::web) fn token(&self) -> &str {
        &self.token
    }
}

#[derive(Serialize)]
struct ColumnShown {
    name: String,
    number: usize,
    heading: String,
    sample: String,
    role: &'static str,
}

#[derive(Serialize)]
struct Person {
    email: String,
    name: String,
    comment: String,
    unsubscribed: bool,
}

/// What a table comes to.
#[derive(Serialize)]
pub(in crate::web) struct Preview {
    facts: Vec<String>,
    is_table: bool,
    /// The word by which texts know a list from a table.
    shape: &'static str,
    columns: Vec<ColumnShown>,
    roles: Vec<Choice>,
    headings: bool,
    people: usize,
    /// Of the people, those who are not there yet.
    new: usize,
    first: Vec<Person>,
    wrong: Vec<Wrong>,
    wrong_count: usize,
    may_add: bool,
}

impl Preview {
    pub(in crate::web) fn new(
        plan: &Plan,
        summary: &Summary,
        rows: &[Row],
        known: usize,
        may_add: bool,
        reader: &Reader,
    ) -> Self {
        let counts = Phrase::new("import-known")
            .with("new", summary.people.saturating_sub(known))
            .with("known", known);
        let facts = plan.said().into_iter();
        let facts = facts.chain((summary.people > 0).then_some(counts));
        let facts = facts.chain(summary.remarks());
        let columns = plan
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| ColumnShown {
                name: format!("column{index}"),
                number: index + 1,
                heading: column.heading.chars().take(HEADING).collect(),
                sample: column.sample.join(" · "),
                role: column.role.map_or("", Role::name),
            });
        let none = Choice {
            value: "",
            text: reader.text("import-role-none"),
        };
        let roles = Role::ALL.into_iter().map(|role| Choice {
            value: role.name(),
            text: reader.text(&format!("import-role-{}", role.name())),
        });
        Self {
            facts: facts.map(|phrase| reader.say(&phrase)).collect(),
            is_table: plan.shape != Shape::List,
            shape: summary.shape(),
            columns: columns.collect(),
            roles: std::iter::once(none).chain(roles).collect(),
            headings: plan.headings.is_some(),
            people: summary.people,
            new: summary.people.saturating_sub(known),
            first: rows
                .iter()
                .take(FIRST)
                .map(|row| Person {
                    email: row.draft.email.as_typed().to_owned(),
                    name: row.draft.name.clone(),
                    comment: row.draft.comment.chars().take(HEADING).collect(),
                    unsubscribed: row.unsubscribed,
                })
                .collect(),
            wrong: summary
                .problems
                .iter()
                .map(|it| Wrong::new(it, reader))
                .collect(),
            wrong_count: summary.wrong,
            may_add,
        }
    }
}

/// `templates/recipients/import.html`
#[derive(Serialize, Default)]
pub(in crate::web) struct ImportPage {
    table: String,
    pub(in crate::web) encoding: String,
    encodings: Vec<Choice>,
    update: bool,
    pub(in crate::web) skip: bool,
    pub(in crate::web) kept: Option<Kept>,
    pub(in crate::web) preview: Option<Preview>,
    /// What the next form says that this page has shown.
    pub(in crate::web) shown: String,
    pub(in crate::web) error: Option<String>,
    /// The idempotency key of *Add*.
    key: String,
}

impl ImportPage {
    pub(in crate::web) fn with(
        table: String,
        encoding: String,
        update: bool,
        reader: &Reader,
    ) -> Self {
        let auto = Choice {
            value: "",
            text: reader.text("import-encoding-auto"),
        };
        let encodings = import::ENCODINGS.into_iter().map(|name| Choice {
            value: name,
            text: name.to_owned(),
        });
        Self {
            table,
            encodings: std::iter::once(auto).chain(encodings).collect(),
            encoding,
            update,
            key: stale::new_key(),
            ..Self::default()
        }
    }
}
