//! The names of the settings, and how they are spelt in variables.

use figment::value::{Dict, Value};

use crate::domain::phrase::Phrase;

/// What the settings' values are, so that `12345` in a variable can be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Other,
}

/// Every setting that can be named in a variable or a flag. `relay.host` is `MAILAPP_RELAY_HOST`;
/// with `_FILE` behind it the value is read from the file named.
const KEYS: [(&str, Kind); 38] = [
    ("data", Kind::Text),
    ("address", Kind::Text),
    ("port", Kind::Other),
    ("base_url", Kind::Text),
    ("language", Kind::Text),
    ("time_zone", Kind::Text),
    ("log", Kind::Text),
    ("registration", Kind::Text),
    ("trusted_proxies", Kind::Text),
    ("metrics_token", Kind::Text),
    ("sender.address", Kind::Text),
    ("sender.name", Kind::Text),
    ("relay.host", Kind::Text),
    ("relay.port", Kind::Other),
    ("relay.security", Kind::Text),
    ("relay.username", Kind::Text),
    ("relay.password", Kind::Text),
    ("relay.mechanism", Kind::Text),
    ("relay.ca_file", Kind::Text),
    ("relay.helo", Kind::Text),
    ("relay.connections", Kind::Other),
    ("relay.mails_per_connection", Kind::Other),
    ("relay.weight", Kind::Other),
    ("relay.window", Kind::Other),
    ("relay.mails_per_second", Kind::Other),
    ("relay.mails_per_hour", Kind::Other),
    ("relay.mails_per_day", Kind::Other),
    ("relay.sender_domains", Kind::Text),
    ("relay.timeouts.connect", Kind::Text),
    ("relay.timeouts.command", Kind::Text),
    ("relay.timeouts.data", Kind::Text),
    ("relay.timeouts.body", Kind::Text),
    ("relay.timeouts.dot", Kind::Text),
    ("sending.retry", Kind::Text),
    ("sending.on_doubt", Kind::Text),
    ("sending.relay_patience", Kind::Text),
    ("sessions.idle", Kind::Text),
    ("sessions.longest", Kind::Text),
];

/// The names of all settings, for the documentation and its test.
pub fn keys() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(key, _)| *key)
}

/// The setting that a variable is, if it is one of ours.
pub(super) fn variable(name: &str, value: String) -> Result<Option<(String, String)>, Phrase> {
    let Some(rest) = name.strip_prefix("MAILAPP_") else {
        return Ok(None);
    };
    if let Some(key) = find(rest) {
        return Ok(Some((key, value)));
    }
    if let Some(key) = rest.strip_suffix("_FILE").and_then(find) {
        let text = std::fs::read_to_string(&value).map_err(|error| {
            Phrase::new("config-unreadable-file")
                .with("name", name)
                .with("path", value.as_str())
                .with("error", error.to_string())
        })?;
        return Ok(Some((key, text.trim_end_matches(['\r', '\n']).to_owned())));
    }
    Err(Phrase::new("config-unknown-variable").with("name", name))
}

/// The setting of this name with lines for dots. `RELAYS_BACKUP_HOST` is `relays.backup.host`.
fn find(name: &str) -> Option<String> {
    let spelt = |key: &str| key.replace('.', "_").to_ascii_uppercase();
    let name = name.to_ascii_uppercase();
    if let Some(key) = keys().find(|key| spelt(key) == name) {
        return Some(key.to_owned());
    }
    let rest = name.strip_prefix("RELAYS_")?;
    keys()
        .filter_map(|key| key.strip_prefix("relay."))
        .filter_map(|field| Some((field, rest.strip_suffix(&format!("_{}", spelt(field)))?)))
        .min_by_key(|(_, relay)| relay.len())
        .filter(|(_, relay)| !relay.is_empty())
        .map(|(field, relay)| format!("relays.{}.{field}", relay.to_ascii_lowercase()))
}

/// The sections that a setting stands in, and its name. A recipient domain has dots of its own.
fn parts(key: &str) -> Vec<&str> {
    match key
        .strip_prefix("domains.")
        .and_then(|rest| rest.rsplit_once('.'))
    {
        Some((domain, field)) => vec!["domains", domain, field],
        None => key.split('.').collect(),
    }
}

/// What kind of value a setting has.
fn kind(key: &str) -> Option<Kind> {
    if let ["domains", _, field] = parts(key).as_slice() {
        let limits = ["connections", "mails_per_connection"];
        let is_limit = limits.contains(field) || field.strip_prefix("mails_per_").is_some();
        return is_limit.then_some(Kind::Other);
    }
    let of_relay = key
        .strip_prefix("relays.")
        .and_then(|rest| rest.split_once('.'))
        .map(|(_, field)| format!("relay.{field}"));
    let key = of_relay.as_deref().unwrap_or(key);
    KEYS.iter()
        .find(|(known, _)| *known == key)
        .map(|(_, kind)| *kind)
}

pub(super) fn nested(key: &str, value: &str) -> Result<Dict, Phrase> {
    let Some(kind) = kind(key) else {
        return Err(Phrase::new("config-unknown-key").with("key", key));
    };
    let mut value = match kind {
        Kind::Text => Value::from(value),
        Kind::Other => value
            .parse()
            .unwrap_or_else(|error: std::convert::Infallible| match error {}),
    };
    for part in parts(key).into_iter().rev() {
        value = Value::from(Dict::from([(part.to_owned(), value)]));
    }
    Ok(value.into_dict().unwrap_or_default())
}
