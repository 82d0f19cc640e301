//! A user, what they are allowed to be called, and who acts.

use serde::{Deserialize, Serialize};

use crate::domain::{Id, Millis};

/// The languages that mailapp speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    Ru,
    En,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// What it calls itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Ru => "Русский",
            Self::En => "English",
        }
    }

    /// From `ru`, `ru-RU`, `ru_RU.UTF-8` …
    pub fn by_code(code: &str) -> Option<Self> {
        let primary = code.split(['-', '_', '.', '@', ';']).next()?.trim();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(primary))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    User,
    /// Sees everything and may stop things, but not touch others' data.
    Manager,
}

impl Role {
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Manager => "manager",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        [Self::User, Self::Manager]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// The colours that somebody wants, whatever their system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// A signed-in user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: Id,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub language: Option<Language>,
    /// An IANA name; `None`: the service's.
    pub time_zone: Option<String>,
    /// `None`: the system's.
    pub theme: Option<Theme>,
    /// Whether signing in takes a code as well.
    pub two_factor: bool,
    /// Whether the address is known to be theirs.
    pub confirmed: bool,
    pub created_at: Millis,
}

/// The interface through which something is done: what started a run, or wrote a line of the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StartedBy {
    Web,
    Cli,
    Schedule,
}

impl StartedBy {
    pub const ALL: [Self; 3] = [Self::Web, Self::Cli, Self::Schedule];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Cli => "cli",
            Self::Schedule => "schedule",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }
}

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Somebody signed in, through the page, from this network address.
    Person { id: Id, role: Role, address: String },
    /// Somebody who has not signed in, through the page.
    Visitor { address: String },
    /// Whoever may run the program on this machine, and so read and write its files.
    CommandLine,
    /// The clock.
    Schedule,
}

impl Actor {
    pub const fn door(&self) -> StartedBy {
        match self {
            Self::Person { .. } | Self::Visitor { .. } => StartedBy::Web,
            Self::CommandLine => StartedBy::Cli,
            Self::Schedule => StartedBy::Schedule,
        }
    }

    pub const fn user_id(&self) -> Option<Id> {
        match self {
            Self::Person { id, .. } => Some(*id),
            Self::Visitor { .. } | Self::CommandLine | Self::Schedule => None,
        }
    }

    /// Where from, as far as there is a network between.
    pub fn address(&self) -> &str {
        match self {
            Self::Person { address, .. } | Self::Visitor { address } => address,
            Self::CommandLine | Self::Schedule => "",
        }
    }
}
