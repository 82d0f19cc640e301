//! The settings, checked.

use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::relays::RelayConfig;
use crate::domain::Millis;
use crate::domain::accounts::user::Language;
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::limits::DomainLimits;
use crate::domain::delivery::{OnDoubt, RetrySchedule};

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder of the database and what belongs to it.
    pub data: PathBuf,
    pub address: IpAddr,
    pub port: u16,
    /// Where the pages are reachable from outside, without a slash at the end; empty: not said.
    pub base_url: String,
    pub language: Language,
    /// An IANA name.
    pub time_zone: String,
    /// What is logged, in tracing's filter language.
    pub log: String,
    pub registration: Registration,
    /// Whose word on where a request comes from is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// With which a monitoring system may read the metrics.
    pub metrics_token: Option<String>,
    pub sender: EmailAddress,
    pub sender_name: String,
    /// None: mail is captured.
    pub relays: Vec<RelayConfig>,
    /// Mails captured at once, where they are: the connections that the relay would have.
    pub capture_connections: usize,
    /// Throttles by recipient domain.
    pub domains: DomainLimits,
    pub retry: RetrySchedule,
    pub on_doubt: OnDoubt,
    pub relay_patience: Millis,
    pub session_idle: Millis,
    pub session_longest: Millis,
}

/// Whether strangers may make accounts for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    #[default]
    Open,
    Closed,
}
