//! What a table comes to, before anything is added, in phrases that page and command line both say.

use super::model::{Plan, Problem, Row, Shape};
use super::people::Found;
use crate::domain::phrase::Phrase;

/// Most wrong lines that are named; the others are counted.
pub const NAMED: usize = 50;

/// How many people there are in a text, and what is wrong with the rest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Summary {
    pub people: usize,
    /// Lines whose address stands in an earlier one.
    pub repeated: usize,
    /// Of the people, those who have unsubscribed.
    pub unsubscribed: usize,
    /// Of the people, those whose address had invisible characters round it.
    pub cleaned: usize,
    /// Lines of a table, or addresses of a list, that are wrong.
    pub wrong: usize,
    /// Whether it is a list.
    is_list: bool,
    /// The first of those, at most [`NAMED`].
    pub problems: Vec<Problem>,
}

impl Summary {
    /// Of a text that is read by this plan.
    pub fn of(plan: &Plan) -> Self {
        Self {
            is_list: plan.shape == Shape::List,
            ..Self::default()
        }
    }

    /// By which texts know a list from a table.
    pub const fn shape(&self) -> &'static str {
        if self.is_list { "list" } else { "table" }
    }

    /// Counts a line; a person is given back.
    pub fn count(&mut self, found: Found) -> Option<Row> {
        match found {
            Found::Person(row) => {
                self.people += 1;
                self.unsubscribed += usize::from(row.unsubscribed);
                self.cleaned += usize::from(row.cleaned);
                return Some(row);
            }
            Found::Repeated(_) => self.repeated += 1,
            Found::Wrong(problem) => {
                self.wrong += 1;
                if self.problems.len() < NAMED {
                    self.problems.push(problem);
                }
            }
        }
        None
    }

    /// Number of lines that were looked at.
    pub const fn lines(&self) -> usize {
        self.people + self.repeated + self.wrong
    }

    /// Why nobody is added, if nobody is. With `skip_wrong`, wrong lines are left out.
    pub fn refusal(&self, skip_wrong: bool) -> Option<Phrase> {
        if self.wrong > 0 && !skip_wrong {
            let key = if self.is_list {
                "import-wrong-addresses"
            } else {
                "import-wrong-lines"
            };
            return Some(Phrase::new(key).with("count", self.wrong));
        }
        (self.people == 0).then(|| Phrase::new("import-empty"))
    }

    /// What is to be known beside the number of people.
    pub fn remarks(&self) -> Vec<Phrase> {
        let remarks = [
            ("import-cleaned", self.cleaned),
            ("import-unsubscribed", self.unsubscribed),
            ("import-repeated", self.repeated),
        ];
        let remarks = remarks.into_iter().filter(|(_, count)| *count > 0);
        remarks
            .map(|(key, count)| Phrase::new(key).with("count", count))
            .collect()
    }
}

impl Plan {
    /// Encoding, separator and headings, in a sentence or two.
    pub fn said(&self) -> Vec<Phrase> {
        let mut said = Vec::new();
        match self.shape {
            Shape::List => {
                said.push(Phrase::new("import-plan-list").with("encoding", self.encoding.name()));
            }
            Shape::Table(separator) => {
                let kind = match separator {
                    ',' => "comma",
                    ';' => "semicolon",
                    '\t' => "tab",
                    _ => "other",
                };
                let separated = Phrase::new("import-plan")
                    .with("encoding", self.encoding.name())
                    .with("separator", kind)
                    .with("sign", separator.to_string());
                said.push(separated);
                said.push(match self.headings {
                    Some(line) => {
                        Phrase::new("import-plan-headings").with("line", line.to_string())
                    }
                    None => Phrase::new("import-plan-no-headings"),
                });
            }
        }
        if self.above > 0 {
            let above = usize::try_from(self.above).unwrap_or(usize::MAX);
            said.push(Phrase::new("import-plan-above").with("count", above));
        }
        said
    }
}
