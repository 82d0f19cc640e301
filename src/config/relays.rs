//! Relays and throttles as they are written, and their check.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::values::{bad, read, span};
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::limits::{DomainLimits, Limits};
use crate::domain::phrase::Phrase;
use crate::transport::relay::{Mechanism, Security, Timeouts};

/// The name of the relay in the section `[relay]`.
pub const FIRST_RELAY: &str = "relay";

/// A relay's settings.
#[derive(Clone)]
pub struct RelayConfig {
    /// `relay` for the first one.
    pub name: String,
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub credentials: Option<(String, String)>,
    pub mechanism: Mechanism,
    /// PEM, in place of the system's certificates.
    pub ca: Option<Vec<u8>>,
    pub helo: String,
    pub timeouts: Timeouts,
    /// Connections at once.
    pub connections: usize,
    /// Mails on one connection before it is renewed.
    pub mails_per_connection: usize,
    /// Mails in flight at once on one connection.
    pub window: usize,
    /// Its share of the mails while all keep up.
    pub weight: u32,
    pub limits: Limits,
    /// The sender's domains that it is for; none: all.
    pub sender_domains: Vec<String>,
}

impl std::fmt::Debug for RelayConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "RelayConfig({}:{}, {:?})",
            self.host, self.port, self.security
        )
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRelay {
    host: String,
    port: Option<u16>,
    security: Option<Security>,
    username: String,
    password: String,
    mechanism: Mechanism,
    ca_file: PathBuf,
    helo: String,
    connections: usize,
    mails_per_connection: usize,
    window: usize,
    weight: u32,
    mails_per_second: Option<f64>,
    mails_per_hour: Option<u32>,
    mails_per_day: Option<u32>,
    /// Commas between them.
    sender_domains: String,
    timeouts: RawTimeouts,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawTimeouts {
    connect: String,
    command: String,
    data: String,
    body: String,
    dot: String,
}

/// Throttles of one recipient domain.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLimits {
    connections: Option<usize>,
    mails_per_connection: Option<usize>,
    mails_per_second: Option<f64>,
    mails_per_hour: Option<u32>,
    mails_per_day: Option<u32>,
}

impl Default for RawRelay {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: None,
            security: None,
            username: String::new(),
            password: String::new(),
            mechanism: Mechanism::Auto,
            ca_file: PathBuf::new(),
            helo: String::new(),
            connections: 8,
            mails_per_connection: 1_000,
            window: 1,
            weight: 1,
            mails_per_second: None,
            mails_per_hour: None,
            mails_per_day: None,
            sender_domains: String::new(),
            timeouts: RawTimeouts::default(),
        }
    }
}

impl Default for RawTimeouts {
    fn default() -> Self {
        Self {
            connect: "30s".to_owned(),
            command: "5m".to_owned(),
            data: "2m".to_owned(),
            body: "3m".to_owned(),
            dot: "10m".to_owned(),
        }
    }
}

/// The first relay and the others, in the order of their names. Without a host the first is none.
/// `own_name` is said in EHLO where a relay's settings name nothing else.
pub(super) fn check(
    first: &RawRelay,
    more: &BTreeMap<String, RawRelay>,
    own_name: &str,
) -> Result<Vec<RelayConfig>, Phrase> {
    let mut relays = Vec::new();
    if !first.host.is_empty() {
        relays.push(first.check(FIRST_RELAY, FIRST_RELAY, own_name)?);
    }
    for (name, raw) in more {
        let key = format!("relays.{name}");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || name == FIRST_RELAY || !name.chars().all(is_plain) {
            return Err(bad("relays", name));
        }
        if raw.host.is_empty() {
            return Err(bad(&format!("{key}.host"), ""));
        }
        relays.push(raw.check(name, &key, own_name)?);
    }
    Ok(relays)
}

/// Those that may carry mail from this sender.
pub(super) fn for_sender(
    relays: Vec<RelayConfig>,
    sender: &EmailAddress,
) -> Result<Vec<RelayConfig>, Phrase> {
    let had_any = !relays.is_empty();
    let domain = sender.ascii_domain();
    let fitting: Vec<_> = relays
        .into_iter()
        .filter(|relay| {
            let domains = &relay.sender_domains;
            domains.is_empty() || domains.iter().any(|it| it.eq_ignore_ascii_case(domain))
        })
        .collect();
    if had_any && fitting.is_empty() {
        return Err(Phrase::new("config-no-relay-for-sender").with("domain", domain));
    }
    Ok(fitting)
}

pub(super) fn domains(raw: &BTreeMap<String, RawLimits>) -> Result<DomainLimits, Phrase> {
    let mut others = Limits::default();
    let mut named = HashMap::new();
    for (domain, raw) in raw {
        let limits = raw.check(&format!("domains.{domain}"))?;
        if domain == "*" {
            others = limits;
            continue;
        }
        let ascii = idna::domain_to_ascii(domain).map_err(|_| bad("domains", domain))?;
        named.insert(ascii, limits);
    }
    Ok(DomainLimits { others, named })
}

impl RawLimits {
    fn check(&self, key: &str) -> Result<Limits, Phrase> {
        let whole = [
            ("connections", self.connections == Some(0)),
            ("mails_per_connection", self.mails_per_connection == Some(0)),
            ("mails_per_hour", self.mails_per_hour == Some(0)),
            ("mails_per_day", self.mails_per_day == Some(0)),
        ];
        if let Some((name, _)) = whole.into_iter().find(|(_, is_zero)| *is_zero) {
            return Err(bad(&format!("{key}.{name}"), "0"));
        }
        if let Some(rate) = self.mails_per_second
            && !(rate > 0.0 && rate.is_finite())
        {
            return Err(bad(&format!("{key}.mails_per_second"), &rate.to_string()));
        }
        Ok(Limits {
            connections: self.connections,
            mails_per_connection: self.mails_per_connection,
            per_second: self.mails_per_second,
            per_hour: self.mails_per_hour,
            per_day: self.mails_per_day,
        })
    }
}

/// Most connections to one relay.
const MOST_CONNECTIONS: usize = 200;
/// Widest window: so many mails may be in doubt, for each connection.
const WIDEST: usize = 64;

impl RawRelay {
    pub(super) fn connections(&self) -> usize {
        self.connections.clamp(1, MOST_CONNECTIONS)
    }

    fn check(&self, name: &str, key: &str, own_name: &str) -> Result<RelayConfig, Phrase> {
        let named = |field: &str| format!("{key}.{field}");
        let in_range = |field: &str, value: usize, most: usize| {
            if (1..=most).contains(&value) {
                Ok(value)
            } else {
                Err(bad(&named(field), &value.to_string()))
            }
        };
        let security = self.security.unwrap_or(match self.port {
            Some(465) => Security::Tls,
            _ => Security::Starttls,
        });
        let credentials =
            (!self.username.is_empty()).then(|| (self.username.clone(), self.password.clone()));
        // RFC 8314 §3, RFC 4954 §4: a password does not travel in clear.
        let in_clear = security == Security::Plain
            && credentials.is_some()
            && self.mechanism != Mechanism::CramMd5;
        if in_clear && !is_loopback(&self.host) {
            return Err(Phrase::new("config-password-in-clear"));
        }
        let limits = RawLimits {
            mails_per_second: self.mails_per_second,
            mails_per_hour: self.mails_per_hour,
            mails_per_day: self.mails_per_day,
            ..RawLimits::default()
        };
        let domains = self.sender_domains.split(',').map(str::trim);
        Ok(RelayConfig {
            name: name.to_owned(),
            host: self.host.clone(),
            port: self.port.unwrap_or(match security {
                Security::Tls => 465,
                Security::Starttls => 587,
                Security::Plain => 25,
            }),
            security,
            credentials,
            mechanism: self.mechanism,
            ca: if self.ca_file.as_os_str().is_empty() {
                None
            } else {
                Some(read(&self.ca_file, &named("ca_file"))?)
            },
            helo: if self.helo.is_empty() {
                own_name.to_owned()
            } else {
                self.helo.clone()
            },
            timeouts: self.timeouts.check(&named("timeouts"))?,
            connections: in_range("connections", self.connections, MOST_CONNECTIONS)?,
            mails_per_connection: in_range(
                "mails_per_connection",
                self.mails_per_connection,
                usize::MAX,
            )?,
            window: in_range("window", self.window, WIDEST)?,
            weight: u32::try_from(in_range("weight", self.weight as usize, 1_000)?).unwrap_or(1),
            limits: limits.check(key)?,
            sender_domains: domains
                .filter(|domain| !domain.is_empty())
                .map(|domain| {
                    idna::domain_to_ascii(domain).map_err(|_| bad(&named("sender_domains"), domain))
                })
                .collect::<Result<_, _>>()?,
        })
    }
}

impl RawTimeouts {
    fn check(&self, key: &str) -> Result<Timeouts, Phrase> {
        let seconds = |field: &str, text: &String| -> Result<Duration, Phrase> {
            let millis = span(&format!("{key}.{field}"), text)?;
            Ok(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
        };
        Ok(Timeouts {
            connect: seconds("connect", &self.connect)?,
            command: seconds("command", &self.command)?,
            data: seconds("data", &self.data)?,
            body: seconds("body", &self.body)?,
            dot: seconds("dot", &self.dot)?,
        })
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
