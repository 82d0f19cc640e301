//! What a person says of themselves: their name, language, time zone, theme.

use super::user::{Language, Theme};
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::domain::text;

/// Longest name, in characters.
pub const MAX_NAME: usize = 200;
/// Longest reason that a manager gives, in characters.
pub const MAX_REASON: usize = 500;

/// An account's own facts, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    /// `None`: the browser's.
    pub language: Option<Language>,
    /// An IANA name; `None`: the service's.
    pub time_zone: Option<String>,
    /// `None`: the system's.
    pub theme: Option<Theme>,
}

impl Profile {
    /// # Errors
    /// Complaints under `name`, `language`, `time_zone`, `theme`.
    pub fn parse(
        name: &str,
        language: &str,
        time_zone: &str,
        theme: &str,
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.take("name", text::line(name, MAX_NAME));
        let time_zone = errors.take("time_zone", self::time_zone(time_zone));
        let language = errors.take("language", optional(language, Language::by_code));
        let theme = errors.take("theme", optional(theme, Theme::by_name));
        match (name, language, time_zone, theme) {
            (Some(name), Some(language), Some(time_zone), Some(theme)) => Ok(Self {
                name,
                language,
                time_zone,
                theme,
            }),
            _ => Err(errors),
        }
    }
}

fn optional<T>(raw: &str, find: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Phrase> {
    if raw.is_empty() {
        return Ok(None);
    }
    find(raw)
        .map(Some)
        .ok_or_else(|| Phrase::new("error-choice"))
}

/// An IANA name, or nothing where nothing was said.
///
/// # Errors
/// There is no such zone.
pub fn time_zone(raw: &str) -> Result<Option<String>, Phrase> {
    let zone = raw.trim();
    if zone.is_empty() {
        return Ok(None);
    }
    match jiff::tz::TimeZone::get(zone) {
        Ok(_) => Ok(Some(zone.to_owned())),
        Err(_) => Err(Phrase::new("config-time-zone").with("name", zone)),
    }
}

/// Why a manager stops something: it is shown to whoever is stopped.
///
/// # Errors
/// Missing, too long, or with control characters.
pub fn reason(raw: &str) -> Result<String, Phrase> {
    let reason = text::line(raw, MAX_REASON)?;
    if reason.is_empty() {
        return Err(Phrase::new("error-reason-missing"));
    }
    Ok(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_left_to_browser_and_system() {
        let profile = Profile::parse(" Анна ", "", "", "").unwrap();
        assert_eq!(profile.name, "Анна");
        assert_eq!((profile.language, profile.theme), (None, None));
    }

    #[test]
    fn what_cannot_be_chosen_is_named() {
        let errors = Profile::parse("a\nb", "de", "Mars/Base", "pink").unwrap_err();
        let fields: Vec<_> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["language", "name", "theme", "time_zone"]);
    }
}
