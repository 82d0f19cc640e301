//! Settings: defaults < `mailapp.toml` < `MAILAPP_…` < flags; read and checked once, at the start.

mod base_url;
mod keys;
mod own_name;
mod raw;
mod relays;
mod settings;
mod trust;
mod values;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format as _, Serialized, Toml};

use crate::domain::phrase::Phrase;
pub use keys::keys;
use keys::{nested, variable};
use raw::Raw;
pub use relays::{FIRST_RELAY, RelayConfig};
pub use settings::{Config, Registration};

/// The settings' file, where no other is named.
pub const FILE: &str = "mailapp.toml";

/// What flags say.
#[derive(Debug, Default, Clone)]
pub struct Flags {
    /// The settings' file; must exist if named.
    pub file: Option<PathBuf>,
    /// (`relay.host`, `smtp.example.ru`) …
    pub set: Vec<(String, String)>,
}

impl Config {
    /// Reads and checks the settings of this process.
    ///
    /// # Errors
    /// A phrase that names the setting and says what is wrong with it.
    pub fn load(flags: &Flags) -> Result<Self, Phrase> {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            // What belongs to other programs may be no text.
            let name = name.into_string().ok()?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        Self::from_sources(flags, variables)
    }

    /// The same with the variables handed in.
    ///
    /// # Errors
    /// As `load`.
    pub fn from_sources(
        flags: &Flags,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Phrase> {
        let mut figment = Figment::from(Serialized::defaults(Raw::default()));
        match &flags.file {
            Some(file) if !file.exists() => {
                return Err(Phrase::new("config-no-file").with("path", file.display().to_string()));
            }
            Some(file) => figment = figment.merge(Toml::file_exact(file)),
            None if Path::new(FILE).exists() => {
                trust::check(Path::new(FILE))?;
                figment = figment.merge(Toml::file_exact(FILE));
            }
            None => {}
        }
        let file = figment.clone();
        let mut is_overridden = !flags.set.is_empty();
        for (name, value) in variables {
            if let Some((key, value)) = variable(&name, value)? {
                figment = figment.merge(Serialized::globals(nested(&key, &value)?));
                is_overridden = true;
            }
        }
        // A value of the wrong kind is a mistake where it stands, also where another one is taken.
        if is_overridden {
            extract(&file)?;
            extract(&figment)?;
        }
        for (key, value) in &flags.set {
            figment = figment.merge(Serialized::globals(nested(key, value)?));
        }
        extract(&figment)?.check()
    }

    /// Whether links to the service can be made that work from outside.
    pub const fn has_base_url(&self) -> bool {
        !self.base_url.is_empty()
    }

    /// Where links lead: `base_url`, else where the pages are served.
    pub fn public_url(&self) -> String {
        if !self.base_url.is_empty() {
            return self.base_url.clone();
        }
        let host = match self.address {
            IpAddr::V4(ip) if ip.is_unspecified() => "127.0.0.1".to_owned(),
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) if ip.is_unspecified() => "[::1]".to_owned(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        format!("http://{host}:{}", self.port)
    }
}

fn extract(figment: &Figment) -> Result<Raw, Phrase> {
    figment.extract().map_err(|error| explain(figment, &error))
}

fn explain(figment: &Figment, error: &figment::Error) -> Phrase {
    use figment::error::Kind as Problem;
    let key = error.path.join(".");
    match &error.kind {
        Problem::UnknownField(field, _) => {
            let is_whole = key == *field || key.ends_with(&format!(".{field}"));
            let key = if key.is_empty() || is_whole {
                field.clone()
            } else {
                format!("{key}.{field}")
            };
            Phrase::new("config-unknown-key").with("key", key)
        }
        Problem::InvalidType(found, _) | Problem::InvalidValue(found, _) => {
            values::bad(&key, &said(found))
        }
        Problem::UnknownVariant(found, known) => Phrase::new("config-bad-choice")
            .with("key", key)
            .with("value", found.as_str())
            .with("choices", known.join(", ")),
        // The file is no TOML. Where, and what was expected, its parser says in English.
        Problem::Message(said) if key.is_empty() => Phrase::new("config-syntax")
            .with("path", file_of(error))
            .with("error", without_excerpt(said)),
        // What a value's own parser says is English, and the value says more.
        _ => {
            let value = figment.find_value(&key).ok();
            let value = value.as_ref().and_then(figment::value::Value::as_str);
            values::bad(&key, value.unwrap_or_default())
        }
    }
}

/// What TOML's parser says, without the line that it shows: that may be a password's.
fn without_excerpt(said: &str) -> String {
    let is_shown = |line: &&str| {
        let rest = line
            .trim_start()
            .trim_start_matches(|c: char| c.is_ascii_digit());
        rest.trim_start().starts_with('|')
    };
    let lines: Vec<&str> = said.lines().filter(|line| !is_shown(line)).collect();
    lines.join("; ")
}

/// The file that an error is about.
fn file_of(error: &figment::Error) -> String {
    let source = error.metadata.as_ref().and_then(|it| it.source.as_ref());
    source
        .and_then(figment::Source::file_path)
        .map_or_else(|| FILE.to_owned(), |path| path.display().to_string())
}

/// A value as it was written.
fn said(found: &figment::error::Actual) -> String {
    use figment::error::Actual;
    match found {
        Actual::Bool(value) => value.to_string(),
        Actual::Unsigned(value) => value.to_string(),
        Actual::Signed(value) => value.to_string(),
        Actual::Float(value) => value.to_string(),
        Actual::Char(value) => value.to_string(),
        Actual::Str(value) => value.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::relay::Security;

    fn load(variables: &[(&str, &str)], set: &[(&str, &str)]) -> Result<Config, Phrase> {
        let own = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect::<Vec<_>>()
        };
        let flags = Flags {
            file: None,
            set: own(set),
        };
        Config::from_sources(&flags, own(variables))
    }

    fn complaint(variables: &[(&str, &str)]) -> &'static str {
        load(variables, &[]).unwrap_err().key
    }

    #[test]
    fn nothing_needs_to_be_set() {
        let config = load(&[], &[]).unwrap();
        assert!(config.relays.is_empty());
        assert_eq!(config.port, 8_000);
    }

    #[test]
    fn links_lead_to_the_base_url_or_to_where_the_pages_are_served() {
        let url = |set: &[(&str, &str)]| load(&[], set).unwrap().public_url();
        assert_eq!(url(&[]), "http://127.0.0.1:8000");
        assert_eq!(url(&[("address", "0.0.0.0")]), "http://127.0.0.1:8000");
        assert_eq!(url(&[("address", "::1")]), "http://[::1]:8000");
        assert_eq!(url(&[("base_url", "https://m.ru/")]), "https://m.ru");
    }

    #[test]
    fn a_flag_beats_a_variable() {
        let config = load(&[("MAILAPP_PORT", "1000")], &[("port", "2000")]).unwrap();
        assert_eq!(config.port, 2_000);
    }

    #[test]
    fn every_setting_can_be_given_as_a_variable() {
        for key in keys() {
            let name = format!("MAILAPP_{}", key.replace('.', "_").to_uppercase());
            let unknown = ["config-unknown-variable", "config-unknown-key"];
            if let Err(phrase) = load(&[(&name, "?")], &[]) {
                assert!(!unknown.contains(&phrase.key), "{name}");
            }
        }
    }

    #[test]
    fn a_password_of_digits_stays_text_and_never_shows() {
        let config = load(
            &[
                ("MAILAPP_RELAY_HOST", "smtp.example.ru"),
                ("MAILAPP_RELAY_USERNAME", "u"),
                ("MAILAPP_RELAY_PASSWORD", "007"),
                ("MAILAPP_SENDER_ADDRESS", "news@example.ru"),
            ],
            &[],
        )
        .unwrap();
        assert!(!format!("{config:?}").contains("007"));
        let relay = config.relays.into_iter().next().unwrap();
        assert_eq!(relay.credentials.unwrap().1, "007");
        assert_eq!((relay.port, relay.security), (587, Security::Starttls));
    }

    #[test]
    fn another_relay_can_be_given_in_variables() {
        let config = load(
            &[
                ("MAILAPP_SENDER_ADDRESS", "news@example.ru"),
                ("MAILAPP_RELAY_HOST", "one.example.ru"),
                ("MAILAPP_RELAYS_SPARE_HOST", "two.example.ru"),
                ("MAILAPP_RELAYS_SPARE_MAILS_PER_HOUR", "100"),
            ],
            &[],
        )
        .unwrap();
        let spare = &config.relays[1];
        assert_eq!(
            (spare.name.as_str(), &*spare.host),
            ("spare", "two.example.ru")
        );
        assert_eq!(spare.limits.per_hour, Some(100));
    }

    #[test]
    fn what_is_wrong_in_a_file_is_said_without_the_passwords_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mailapp.toml");
        std::fs::write(&file, "port = 1\n[relay]\npassword = \"se|cr\\et\n").unwrap();
        let flags = Flags {
            file: Some(file),
            set: Vec::new(),
        };
        let phrase = Config::from_sources(&flags, []).unwrap_err();
        let said = format!("{phrase:?}");
        assert_eq!(phrase.key, "config-syntax");
        assert!(said.contains("line 3") && !said.contains("cr"), "{said}");
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            complaint(&[("MAILAPP_PROT", "1")]),
            "config-unknown-variable"
        );
        assert_eq!(complaint(&[("MAILAPP_PORT", "no")]), "config-bad-value");
        assert_eq!(
            complaint(&[("MAILAPP_SENDING_RETRY", "5")]),
            "config-bad-span"
        );
        assert_eq!(
            complaint(&[("MAILAPP_TIME_ZONE", "Mars/Base")]),
            "config-time-zone"
        );
        assert_eq!(
            complaint(&[("MAILAPP_RELAY_HOST", "mx.example.ru")]),
            "config-sender-missing"
        );
        assert_eq!(
            complaint(&[
                ("MAILAPP_RELAY_HOST", "mx.example.ru"),
                ("MAILAPP_RELAY_SECURITY", "plain"),
                ("MAILAPP_RELAY_USERNAME", "u"),
            ]),
            "config-password-in-clear"
        );
        assert_eq!(
            complaint(&[("MAILAPP_TRUSTED_PROXIES", "127.0.0.1, proxy")]),
            "config-bad-value"
        );
        assert_eq!(
            complaint(&[("MAILAPP_REGISTRATION", "maybe")]),
            "config-bad-choice"
        );
        assert_eq!(
            complaint(&[("MAILAPP_RELAY_PASSWORD_FILE", "/nowhere/at/all")]),
            "config-unreadable-file"
        );
    }
}
