//! Settings as they are written, and their check.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::base_url;
use super::own_name::own_name;
use super::relays::{self, RawLimits, RawRelay};
use super::settings::{Config, Registration};
use super::values::{bad, span};
use crate::domain::accounts::user::Language;
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::{OnDoubt, RetrySchedule};
use crate::domain::phrase::Phrase;

/// As written; every span is a number with `s`, `m`, `h` or `d`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    data: PathBuf,
    address: IpAddr,
    port: u16,
    base_url: String,
    language: Language,
    time_zone: String,
    log: String,
    registration: Registration,
    /// Commas between them.
    trusted_proxies: String,
    metrics_token: String,
    sender: RawSender,
    relay: RawRelay,
    /// More of them, by name.
    relays: BTreeMap<String, RawRelay>,
    /// By recipient domain; `*` is every other.
    domains: BTreeMap<String, RawLimits>,
    sending: RawSending,
    sessions: RawSessions,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSender {
    address: String,
    name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSending {
    /// Commas between them.
    retry: String,
    on_doubt: OnDoubt,
    relay_patience: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSessions {
    idle: String,
    longest: String,
}

impl Default for Raw {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            address: IpAddr::from([127, 0, 0, 1]),
            port: 8_000,
            base_url: String::new(),
            language: Language::Ru,
            time_zone: String::new(),
            log: "info".to_owned(),
            registration: Registration::Open,
            trusted_proxies: String::new(),
            metrics_token: String::new(),
            sender: RawSender::default(),
            relay: RawRelay::default(),
            relays: BTreeMap::new(),
            domains: BTreeMap::new(),
            sending: RawSending {
                retry: "5m, 15m, 30m, 1h, 2h, 4h".to_owned(),
                on_doubt: OnDoubt::Retry,
                relay_patience: "15m".to_owned(),
            },
            sessions: RawSessions {
                idle: "7d".to_owned(),
                longest: "30d".to_owned(),
            },
        }
    }
}

impl Raw {
    pub(super) fn check(self) -> Result<Config, Phrase> {
        // The current folder has to be named: it is chosen by nobody who only forgot a value.
        if self.data.as_os_str().is_empty() {
            return Err(bad("data", ""));
        }
        let time_zone = self.time_zone()?;
        let base_url = base_url::parse(&self.base_url)?;
        let relays = relays::check(&self.relay, &self.relays, &own_name(&base_url))?;
        let sender = match (self.sender.address.is_empty(), relays.is_empty()) {
            (true, false) => return Err(Phrase::new("config-sender-missing")),
            (true, true) => "mailapp@localhost.localdomain",
            (false, _) => self.sender.address.as_str(),
        };
        let sender =
            EmailAddress::parse(sender).map_err(|_| bad("sender.address", &self.sender.address))?;
        let sender_name = crate::domain::text::line(&self.sender.name, 200)
            .map_err(|_| bad("sender.name", &self.sender.name))?;
        let relays = relays::for_sender(relays, &sender)?;
        let retry = self
            .sending
            .retry
            .split(',')
            .map(|part| span("sending.retry", part))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Config {
            registration: self.registration,
            trusted_proxies: proxies(&self.trusted_proxies)?,
            metrics_token: metrics_token(self.metrics_token)?,
            address: self.address,
            port: self.port,
            base_url,
            language: self.language,
            time_zone,
            sender,
            sender_name,
            relays,
            capture_connections: self.relay.connections(),
            domains: relays::domains(&self.domains)?,
            retry: RetrySchedule::new(retry)
                .ok_or_else(|| bad("sending.retry", &self.sending.retry))?,
            on_doubt: self.sending.on_doubt,
            relay_patience: span("sending.relay_patience", &self.sending.relay_patience)?,
            session_idle: span("sessions.idle", &self.sessions.idle)?,
            session_longest: span("sessions.longest", &self.sessions.longest)?,
            log: log(self.log)?,
            data: self.data,
        })
    }

    fn time_zone(&self) -> Result<String, Phrase> {
        if self.time_zone.is_empty() {
            let system = jiff::tz::TimeZone::system();
            return Ok(system.iana_name().unwrap_or("UTC").to_owned());
        }
        jiff::tz::TimeZone::get(&self.time_zone)
            .map_err(|_| Phrase::new("config-time-zone").with("name", self.time_zone.as_str()))?;
        Ok(self.time_zone.clone())
    }
}

/// Long enough not to be guessed, and what a header can carry (RFC 6750 §2.1); empty: none.
fn metrics_token(text: String) -> Result<Option<String>, Phrase> {
    const SHORTEST: usize = 16;
    let is_token = text.bytes().all(|byte| byte.is_ascii_graphic());
    match text.len() {
        0 => Ok(None),
        SHORTEST.. if is_token => Ok(Some(text)),
        _ => Err(Phrase::new("config-metrics-token").with("least", SHORTEST.to_string())),
    }
}

/// `127.0.0.1, 10.0.0.0/8`
fn proxies(text: &str) -> Result<Vec<IpNet>, Phrase> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.parse::<IpNet>()
                .or_else(|_| part.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| bad("trusted_proxies", part))
        })
        .collect()
}

/// Directives such as `info` or `mailapp=debug,rocket=off`.
fn log(text: String) -> Result<String, Phrase> {
    match tracing_subscriber::EnvFilter::try_new(&text) {
        Ok(_) => Ok(text),
        Err(_) => Err(bad("log", &text)),
    }
}
