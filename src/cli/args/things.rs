//! What is made, changed and deleted: recipients, messages, mailings.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs};

use crate::domain::Id;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct CreateRecipient {
    #[arg(long = "user", id = "owner", value_name = "EMAIL")]
    pub(in crate::cli) owner: String,
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) email: String,
    #[arg(
        long,
        allow_hyphen_values = true,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(in crate::cli) name: String,
    #[arg(
        long,
        allow_hyphen_values = true,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(in crate::cli) comment: String,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// At least one of what may be changed.
pub(super) const CHANGES: &str = "changes";

pub(super) fn changes() -> ArgGroup {
    ArgGroup::new(CHANGES).required(true).multiple(true)
}

#[derive(Debug, ClapArgs)]
#[command(group = changes())]
pub(in crate::cli) struct UpdateRecipient {
    #[arg(value_name = "ID")]
    pub(in crate::cli) recipient: Id,
    #[arg(long, value_name = "ADDRESS", group = CHANGES)]
    pub(in crate::cli) email: Option<String>,
    #[arg(long, allow_hyphen_values = true, value_name = "NAME", group = CHANGES)]
    pub(in crate::cli) name: Option<String>,
    #[arg(long, allow_hyphen_values = true, value_name = "TEXT", group = CHANGES)]
    pub(in crate::cli) comment: Option<String>,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct OneRecipient {
    #[arg(value_name = "ID")]
    pub(in crate::cli) recipient: Id,
}

#[derive(Debug, ClapArgs)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of a command, each with its own meaning"
)]
pub(in crate::cli) struct ImportRecipients {
    /// Standard input where it is not given, or `-`.
    #[arg(value_name = "FILE")]
    pub(in crate::cli) file: Option<PathBuf>,
    #[arg(long = "user", id = "owner", value_name = "EMAIL")]
    pub(in crate::cli) owner: String,
    #[arg(long)]
    pub(in crate::cli) update: bool,
    /// `email=3`, `name=Заказчик`: a role and a column's number or heading.
    #[arg(long, value_name = "ROLE=COLUMN")]
    pub(in crate::cli) column: Vec<String>,
    #[arg(long, value_name = "ENCODING")]
    pub(in crate::cli) encoding: Option<String>,
    #[arg(long, conflicts_with = "no_headings")]
    pub(in crate::cli) headings: bool,
    #[arg(long)]
    pub(in crate::cli) no_headings: bool,
    #[arg(long)]
    pub(in crate::cli) skip_wrong: bool,
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct CreateMessage {
    #[arg(long = "user", id = "owner", value_name = "EMAIL")]
    pub(in crate::cli) owner: String,
    #[arg(long, allow_hyphen_values = true, value_name = "TEXT")]
    pub(in crate::cli) subject: String,
    /// Read from standard input where neither it nor its file is given.
    #[arg(
        long,
        allow_hyphen_values = true,
        value_name = "TEXT",
        conflicts_with = "body_file"
    )]
    pub(in crate::cli) body: Option<String>,
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) body_file: Option<PathBuf>,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(group = changes())]
pub(in crate::cli) struct UpdateMessage {
    #[arg(value_name = "ID")]
    pub(in crate::cli) message: Id,
    #[arg(long, allow_hyphen_values = true, value_name = "TEXT", group = CHANGES)]
    pub(in crate::cli) subject: Option<String>,
    #[arg(long, allow_hyphen_values = true, value_name = "TEXT", group = CHANGES, conflicts_with = "body_file")]
    pub(in crate::cli) body: Option<String>,
    #[arg(long, value_name = "FILE", group = CHANGES)]
    pub(in crate::cli) body_file: Option<PathBuf>,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct OneMessage {
    #[arg(value_name = "ID")]
    pub(in crate::cli) message: Id,
}

/// Who is added to a mailing and who is left out.
#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Choice {
    #[arg(long, group = CHANGES)]
    pub(in crate::cli) all: bool,
    #[arg(long, allow_hyphen_values = true, value_name = "TEXT", group = CHANGES)]
    pub(in crate::cli) matching: Vec<String>,
    #[arg(long, value_name = "ADDRESS", group = CHANGES)]
    pub(in crate::cli) recipient: Vec<String>,
    #[arg(long, value_name = "ADDRESS", group = CHANGES)]
    pub(in crate::cli) without: Vec<String>,
}

#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new(CHANGES).multiple(true))]
pub(in crate::cli) struct CreateMailing {
    #[arg(long = "user", id = "owner", value_name = "EMAIL")]
    pub(in crate::cli) owner: String,
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) message: Id,
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) starts: String,
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) ends: String,
    #[arg(
        long,
        allow_hyphen_values = true,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(in crate::cli) title: String,
    #[arg(long)]
    pub(in crate::cli) by_hand: bool,
    #[command(flatten)]
    pub(in crate::cli) choice: Choice,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
#[command(group = changes())]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that can be typed"
)]
pub(in crate::cli) struct UpdateMailing {
    #[arg(value_name = "ID")]
    pub(in crate::cli) mailing: Id,
    #[arg(long, value_name = "ID", group = CHANGES)]
    pub(in crate::cli) message: Option<Id>,
    #[arg(long, value_name = "TIME", group = CHANGES)]
    pub(in crate::cli) starts: Option<String>,
    #[arg(long, value_name = "TIME", group = CHANGES)]
    pub(in crate::cli) ends: Option<String>,
    #[arg(long, allow_hyphen_values = true, value_name = "TEXT", group = CHANGES)]
    pub(in crate::cli) title: Option<String>,
    #[arg(long, group = CHANGES, conflicts_with = "by_hand")]
    pub(in crate::cli) automatic: bool,
    #[arg(long, group = CHANGES)]
    pub(in crate::cli) by_hand: bool,
    #[arg(long, group = CHANGES)]
    pub(in crate::cli) none: bool,
    #[command(flatten)]
    pub(in crate::cli) choice: Choice,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
