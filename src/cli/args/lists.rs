//! Lists of somebody's, or everybody's, things, and one thing of them.

use clap::Args as ClapArgs;

use crate::domain::Id;
use crate::export::Manner;

/// Which rows of a list, and how they are shown.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct List {
    #[arg(long, value_name = "EMAIL")]
    pub(in crate::cli) user: Option<String>,
    #[arg(long = "search", value_name = "TEXT", id = "list-search")]
    pub(in crate::cli) search: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) rows: Rows,
}

/// How many rows are shown where nobody said.
const SHOWN: usize = 50;

/// How many rows, and as what.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Rows {
    #[arg(long, value_name = "N")]
    count: Option<usize>,
    #[command(flatten)]
    pub(in crate::cli) output: Output,
}

impl Rows {
    /// Whoever reads a table sees its beginning; a program gets all of it.
    pub(in crate::cli) fn count(&self) -> usize {
        let output = &self.output;
        let usual = if output.json || output.file().is_some() {
            usize::MAX
        } else {
            SHOWN
        };
        self.count.unwrap_or(usual)
    }
}

/// Not as a table.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Output {
    #[arg(long, conflicts_with_all = ["csv", "excel"])]
    pub(in crate::cli) json: bool,
    #[arg(long, conflicts_with = "excel")]
    csv: bool,
    #[arg(long)]
    excel: bool,
}

impl Output {
    /// As what file, if as one.
    pub(in crate::cli) fn file(&self) -> Option<Manner> {
        if self.excel {
            Some(Manner::EXCEL)
        } else {
            self.csv.then(Manner::default)
        }
    }
}

/// What narrows a list and means nothing beside the number of one thing.
const NARROWING: [&str; 3] = ["user", "list-search", "count"];
/// Nor has one thing a list's file.
const FILES: [&str; 2] = ["csv", "excel"];

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Recipients {
    #[arg(value_name = "ID", conflicts_with_all = NARROWING)]
    pub(in crate::cli) recipient: Option<Id>,
    #[arg(long, value_name = "ID", conflicts_with_all = ["recipient", "user", "list-search"])]
    pub(in crate::cli) mailing: Option<Id>,
    /// Whom the mailing reached, or did not.
    #[arg(long, value_name = "OUTCOME", requires = "mailing", value_parser = ["accepted", "failed", "waiting", "in_doubt", "skipped", "not_sent"])]
    pub(in crate::cli) outcome: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) list: List,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Messages {
    #[arg(value_name = "ID", conflicts_with_all = NARROWING, conflicts_with_all = FILES)]
    pub(in crate::cli) message: Option<Id>,
    #[command(flatten)]
    pub(in crate::cli) list: List,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Mailings {
    #[arg(value_name = "ID", conflicts_with_all = NARROWING, conflicts_with_all = FILES, conflicts_with = "status")]
    pub(in crate::cli) mailing: Option<Id>,
    #[command(flatten)]
    pub(in crate::cli) list: List,
    #[arg(long, value_name = "STATUS", value_parser = ["created", "running", "finished"])]
    pub(in crate::cli) status: Option<String>,
}
