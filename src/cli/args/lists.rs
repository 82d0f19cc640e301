//! Lists of somebody's, or everybody's, things, and one thing of them.

use clap::Args as ClapArgs;

use crate::domain::Id;

/// Which rows of a list, and how they are shown.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct List {
    #[arg(long, value_name = "EMAIL")]
    pub(in crate::cli) user: Option<String>,
    #[arg(long = "search", value_name = "TEXT", id = "list-search")]
    pub(in crate::cli) search: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(in crate::cli) count: usize,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

impl List {
    /// How many rows, and whether as JSON.
    pub(in crate::cli) const fn asked(&self) -> (usize, bool) {
        (self.count, self.json)
    }
}

/// What narrows a list and means nothing beside the number of one thing.
const NARROWING: [&str; 3] = ["user", "list-search", "count"];

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Recipients {
    #[arg(value_name = "ID", conflicts_with_all = NARROWING)]
    pub(in crate::cli) recipient: Option<Id>,
    #[arg(long, value_name = "ID", conflicts_with_all = ["recipient", "user", "list-search"])]
    pub(in crate::cli) mailing: Option<Id>,
    #[command(flatten)]
    pub(in crate::cli) list: List,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Messages {
    #[arg(value_name = "ID", conflicts_with_all = NARROWING)]
    pub(in crate::cli) message: Option<Id>,
    #[command(flatten)]
    pub(in crate::cli) list: List,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Mailings {
    #[arg(value_name = "ID", conflicts_with_all = NARROWING, conflicts_with = "status")]
    pub(in crate::cli) mailing: Option<Id>,
    #[command(flatten)]
    pub(in crate::cli) list: List,
    #[arg(long, value_name = "STATUS", value_parser = ["created", "running", "finished"])]
    pub(in crate::cli) status: Option<String>,
}
