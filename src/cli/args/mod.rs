//! What can be typed. The words of the help are texts (`cli-…`), put in by `localize`.

mod lists;
mod things;
mod users;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::config::Flags;
use crate::domain::Id;
use crate::export::figures::KINDS;
pub(in crate::cli) use lists::{List, Mailings, Messages, Output, Recipients, Rows};
pub(in crate::cli) use things::{
    Choice, CreateMailing, CreateMessage, CreateRecipient, ImportRecipients, OneMessage,
    OneRecipient, UpdateMailing, UpdateMessage, UpdateRecipient,
};
pub(in crate::cli) use users::{
    Account, Block, CreateUser, DeleteUser, Sessions, SignOut, UpdateUser, Users,
};

#[derive(Debug, Parser)]
#[command(
    name = "mailapp",
    version,
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    pub(in crate::cli) global: Global,
    #[command(subcommand)]
    pub(in crate::cli) command: Command,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Global {
    #[arg(long, global = true, value_name = "FILE")]
    pub(in crate::cli) config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "DIR")]
    pub(in crate::cli) data: Option<String>,
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = pair)]
    pub(in crate::cli) set: Vec<(String, String)>,
    /// Read before everything else, by `localize::language`.
    #[arg(long, global = true, value_name = "ru|en", value_parser = ["ru", "en"])]
    pub(in crate::cli) lang: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| "KEY=VALUE".to_owned())
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    Serve(Serve),
    Demo(Demo),
    Recipients(Recipients),
    CreateRecipient(CreateRecipient),
    UpdateRecipient(UpdateRecipient),
    DeleteRecipient(OneRecipient),
    ImportRecipients(ImportRecipients),
    Messages(Messages),
    CreateMessage(CreateMessage),
    UpdateMessage(UpdateMessage),
    DeleteMessage(OneMessage),
    Mailings(Mailings),
    CreateMailing(CreateMailing),
    UpdateMailing(UpdateMailing),
    DeleteMailing(OneMailing),
    Send(Send),
    Pause(OneMailing),
    Resume(Resume),
    Cancel(OneMailing),
    Status(RunOf),
    Doubts(Doubts),
    SendAgain(Decide),
    Leave(Decide),
    Stats(Stats),
    Attempts(Attempts),
    CreateUser(CreateUser),
    CreateManager(CreateUser),
    Users(Users),
    UpdateUser(UpdateUser),
    SetPassword(Account),
    Sessions(Sessions),
    SignOutUser(SignOut),
    DeleteUser(DeleteUser),
    BlockUser(Block),
    UnblockUser(Account),
    RemoveTwoFactor(Account),
    DisableMailing(Disable),
    EnableMailing(OneMailing),
    Audit(Audit),
    Mailbox(Mailbox),
    Adopt,
    Doctor(Doctor),
    Help(Help),
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Serve {
    #[arg(long, value_name = "IP")]
    address: Option<String>,
    #[arg(long, value_name = "PORT")]
    port: Option<String>,
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

impl Serve {
    pub(in crate::cli) fn add_to(&self, flags: &mut Flags) {
        for (key, value) in [
            ("address", &self.address),
            ("port", &self.port),
            ("base_url", &self.base_url),
        ] {
            if let Some(value) = value {
                flags.set.push((key.to_owned(), value.clone()));
            }
        }
    }
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Demo {
    #[arg(long, value_name = "PORT")]
    pub(in crate::cli) port: Option<u16>,
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(in crate::cli) recipients: usize,
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(in crate::cli) attempts: usize,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Send {
    #[arg(value_name = "ID")]
    pub(in crate::cli) mailing: Id,
    #[arg(long)]
    pub(in crate::cli) failed: bool,
    /// The mailing's last run, as it was seen; 0: it was never sent.
    #[arg(long, value_name = "N")]
    pub(in crate::cli) last_run: Option<Id>,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Resume {
    #[arg(value_name = "ID")]
    pub(in crate::cli) mailing: Id,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct OneMailing {
    #[arg(value_name = "ID")]
    pub(in crate::cli) mailing: Id,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct RunOf {
    #[arg(value_name = "ID")]
    pub(in crate::cli) mailing: Id,
    #[arg(long, value_name = "N")]
    pub(in crate::cli) run: Option<Id>,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Doubts {
    #[arg(value_name = "ID")]
    pub(in crate::cli) mailing: Id,
    #[arg(long, value_name = "N")]
    pub(in crate::cli) run: Option<Id>,
    #[command(flatten)]
    pub(in crate::cli) output: Output,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Decide {
    #[arg(value_name = "ID")]
    pub(in crate::cli) mailing: Id,
    #[arg(value_name = "N")]
    pub(in crate::cli) delivery: Vec<Id>,
    #[arg(long, value_name = "N")]
    pub(in crate::cli) run: Option<Id>,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Disable {
    #[arg(value_name = "ID")]
    pub(in crate::cli) mailing: Id,
    #[arg(long, allow_hyphen_values = true, value_name = "TEXT")]
    pub(in crate::cli) reason: String,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Audit {
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) search: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) rows: Rows,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Mailbox {
    #[arg(value_name = "ID", conflicts_with_all = ["count", "csv", "excel"])]
    pub(in crate::cli) mail: Option<Id>,
    #[arg(long, requires = "mail")]
    pub(in crate::cli) source: bool,
    #[command(flatten)]
    pub(in crate::cli) rows: Rows,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Days {
    #[arg(long, value_name = "DAY")]
    pub(in crate::cli) from: Option<String>,
    #[arg(long, value_name = "DAY")]
    pub(in crate::cli) until: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Stats {
    #[arg(long, value_name = "EMAIL", conflicts_with = "mailing")]
    pub(in crate::cli) user: Option<String>,
    #[arg(long, value_name = "ID", conflicts_with_all = ["from", "until"])]
    pub(in crate::cli) mailing: Option<Id>,
    #[command(flatten)]
    pub(in crate::cli) days: Days,
    #[arg(long, value_name = "STEP", value_parser = ["hour", "day", "week", "month"])]
    pub(in crate::cli) by: Option<String>,
    #[arg(long, conflicts_with_all = ["csv", "excel"])]
    pub(in crate::cli) json: bool,
    #[arg(long, value_name = "TABLE", value_parser = KINDS)]
    pub(in crate::cli) csv: Option<String>,
    #[arg(long, requires = "csv")]
    pub(in crate::cli) excel: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Attempts {
    #[arg(long, value_name = "EMAIL")]
    pub(in crate::cli) user: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) days: Days,
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) mailing: Option<String>,
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) run: Option<String>,
    #[arg(long, value_name = "OUTCOME")]
    pub(in crate::cli) outcome: Option<String>,
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) code: Option<String>,
    #[arg(long, value_name = "DOMAIN")]
    pub(in crate::cli) domain: Option<String>,
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) address: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) rows: Rows,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Help {
    #[arg(value_name = "COMMAND")]
    pub(in crate::cli) about: Option<String>,
    /// All commands as Markdown, for `docs/commands.md`.
    #[arg(long, hide = true)]
    pub(in crate::cli) markdown: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Doctor {
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
