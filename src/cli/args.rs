//! What can be typed. The words of the help are texts (`cli-…`), put in by `localize`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::config::Flags;
use crate::domain::Id;

#[derive(Debug, Parser)]
#[command(
    name = "mailapp",
    version,
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Global {
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) data: Option<String>,
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = pair)]
    pub(super) set: Vec<(String, String)>,
    /// Read before everything else, by `localize::language`.
    #[arg(long, global = true, value_name = "ru|en", value_parser = ["ru", "en"])]
    pub(super) lang: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| "KEY=VALUE".to_owned())
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Serve(Serve),
    Demo(Demo),
    Send(Send),
    Pause(OneMailing),
    Resume(Resume),
    Cancel(OneMailing),
    Status(RunOf),
    Doubts(RunOf),
    SendAgain(Decide),
    Leave(Decide),
    CreateUser(CreateUser),
    CreateManager(CreateUser),
    Users(Users),
    SetPassword(Account),
    BlockUser(Block),
    UnblockUser(Account),
    RemoveTwoFactor(Account),
    DisableMailing(Disable),
    EnableMailing(OneMailing),
    Adopt,
    Audit(Audit),
    Mailbox(Mailbox),
    Stats(Stats),
    Attempts(Attempts),
    Mailings(Mailings),
    Recipients(List),
    Messages(List),
    Doctor(Doctor),
}

#[derive(Debug, ClapArgs)]
pub(super) struct Serve {
    #[arg(long, value_name = "IP")]
    address: Option<String>,
    #[arg(long, value_name = "PORT")]
    port: Option<String>,
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

impl Serve {
    pub(super) fn add_to(&self, flags: &mut Flags) {
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
pub(super) struct Demo {
    #[arg(long, value_name = "PORT")]
    pub(super) port: Option<u16>,
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(super) recipients: usize,
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(super) attempts: usize,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Send {
    #[arg(value_name = "ID")]
    pub(super) mailing: Id,
    #[arg(long)]
    pub(super) failed: bool,
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Resume {
    #[arg(value_name = "ID")]
    pub(super) mailing: Id,
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct OneMailing {
    #[arg(value_name = "ID")]
    pub(super) mailing: Id,
}

#[derive(Debug, ClapArgs)]
pub(super) struct RunOf {
    #[arg(value_name = "ID")]
    pub(super) mailing: Id,
    #[arg(long, value_name = "N")]
    pub(super) run: Option<Id>,
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Decide {
    #[arg(value_name = "ID")]
    pub(super) mailing: Id,
    #[arg(value_name = "N")]
    pub(super) delivery: Vec<Id>,
    #[arg(long, value_name = "N")]
    pub(super) run: Option<Id>,
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct CreateUser {
    #[arg(long, value_name = "ADDRESS")]
    pub(super) email: Option<String>,
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(super) name: String,
    #[arg(long, value_name = "ru|en", value_parser = ["ru", "en"])]
    pub(super) language: Option<String>,
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "",
        hide_default_value = true
    )]
    pub(super) time_zone: String,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Users {
    #[arg(long, value_name = "TEXT")]
    pub(super) search: Option<String>,
    #[arg(long)]
    pub(super) blocked: bool,
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Account {
    #[arg(value_name = "EMAIL")]
    pub(super) email: String,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Block {
    #[arg(value_name = "EMAIL")]
    pub(super) email: String,
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Disable {
    #[arg(value_name = "ID")]
    pub(super) mailing: Id,
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: String,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Audit {
    #[arg(long, value_name = "TEXT")]
    pub(super) search: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(super) count: usize,
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Mailbox {
    #[arg(value_name = "ID")]
    pub(super) mail: Option<Id>,
    #[arg(long, requires = "mail")]
    pub(super) source: bool,
    #[arg(long, value_name = "N", default_value_t = 50, conflicts_with = "mail")]
    pub(super) count: usize,
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Days {
    #[arg(long, value_name = "DAY")]
    pub(super) from: Option<String>,
    #[arg(long, value_name = "DAY")]
    pub(super) until: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Stats {
    #[arg(long, value_name = "EMAIL", conflicts_with = "mailing")]
    pub(super) user: Option<String>,
    #[arg(long, value_name = "ID", conflicts_with_all = ["from", "until"])]
    pub(super) mailing: Option<Id>,
    #[command(flatten)]
    pub(super) days: Days,
    #[arg(long, value_name = "STEP", value_parser = ["hour", "day", "week", "month"])]
    pub(super) by: Option<String>,
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Attempts {
    #[arg(long, value_name = "EMAIL")]
    pub(super) user: Option<String>,
    #[command(flatten)]
    pub(super) days: Days,
    #[arg(long, value_name = "ID")]
    pub(super) mailing: Option<String>,
    #[arg(long, value_name = "ID")]
    pub(super) run: Option<String>,
    #[arg(long, value_name = "OUTCOME")]
    pub(super) outcome: Option<String>,
    #[arg(long, value_name = "CODE")]
    pub(super) code: Option<String>,
    #[arg(long, value_name = "DOMAIN")]
    pub(super) domain: Option<String>,
    #[arg(long, value_name = "ADDRESS")]
    pub(super) address: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(super) count: usize,
    #[arg(long)]
    pub(super) json: bool,
}

/// A list of somebody's, or everybody's, things.
#[derive(Debug, ClapArgs)]
pub(super) struct List {
    #[arg(long, value_name = "EMAIL")]
    pub(super) user: Option<String>,
    #[arg(long = "search", value_name = "TEXT", id = "list-search")]
    pub(super) search: Option<String>,
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(super) count: usize,
    #[arg(long)]
    pub(super) json: bool,
}

impl List {
    /// How many rows, and whether as JSON.
    pub(super) const fn asked(&self) -> (usize, bool) {
        (self.count, self.json)
    }
}

#[derive(Debug, ClapArgs)]
pub(super) struct Mailings {
    #[command(flatten)]
    pub(super) list: List,
    #[arg(long, value_name = "STATUS", value_parser = ["created", "running", "finished"])]
    pub(super) status: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Doctor {
    #[arg(long)]
    pub(super) json: bool,
}
