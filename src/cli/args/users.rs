//! Accounts: made, changed, stopped, deleted.

use clap::Args as ClapArgs;

use super::lists::Rows;
use super::things::{CHANGES, changes};
use crate::domain::Id;

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct CreateUser {
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) email: Option<String>,
    #[arg(
        long,
        allow_hyphen_values = true,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub(in crate::cli) name: String,
    #[arg(long, value_name = "ru|en", value_parser = ["ru", "en"])]
    pub(in crate::cli) language: Option<String>,
    #[arg(
        long,
        value_name = "ZONE",
        default_value = "",
        hide_default_value = true
    )]
    pub(in crate::cli) time_zone: String,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Users {
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) search: Option<String>,
    #[arg(long)]
    pub(in crate::cli) blocked: bool,
    #[command(flatten)]
    pub(in crate::cli) rows: Rows,
}

#[derive(Debug, ClapArgs)]
#[command(group = changes())]
pub(in crate::cli) struct UpdateUser {
    #[arg(value_name = "EMAIL", id = "account")]
    pub(in crate::cli) account: String,
    #[arg(long, value_name = "ADDRESS", group = CHANGES)]
    pub(in crate::cli) email: Option<String>,
    #[arg(long, allow_hyphen_values = true, value_name = "NAME", group = CHANGES)]
    pub(in crate::cli) name: Option<String>,
    /// `auto`: the browser's.
    #[arg(long, value_name = "ru|en|auto", value_parser = ["ru", "en", "auto"], group = CHANGES)]
    pub(in crate::cli) language: Option<String>,
    /// Empty: the service's.
    #[arg(long, value_name = "ZONE", group = CHANGES)]
    pub(in crate::cli) time_zone: Option<String>,
    /// `auto`: the system's.
    #[arg(long, value_name = "light|dark|auto", value_parser = ["light", "dark", "auto"], group = CHANGES)]
    pub(in crate::cli) theme: Option<String>,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct DeleteUser {
    #[arg(value_name = "EMAIL")]
    pub(in crate::cli) email: String,
    /// Nobody is asked.
    #[arg(long)]
    pub(in crate::cli) yes: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Sessions {
    #[arg(value_name = "EMAIL")]
    pub(in crate::cli) email: String,
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct SignOut {
    #[arg(value_name = "EMAIL")]
    pub(in crate::cli) email: String,
    #[arg(long, value_name = "N")]
    pub(in crate::cli) session: Option<Id>,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Account {
    #[arg(value_name = "EMAIL")]
    pub(in crate::cli) email: String,
}

#[derive(Debug, ClapArgs)]
pub(in crate::cli) struct Block {
    #[arg(value_name = "EMAIL")]
    pub(in crate::cli) email: String,
    #[arg(long, allow_hyphen_values = true, value_name = "TEXT")]
    pub(in crate::cli) reason: String,
}
