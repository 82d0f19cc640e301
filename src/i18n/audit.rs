//! How lines of the audit log are read, on pages and in the terminal.

use std::borrow::Cow;
use std::collections::HashMap;

use fluent_templates::fluent_bundle::FluentValue;

use super::Reader;
use crate::domain::Id;
use crate::domain::accounts::user::StartedBy;

impl Reader {
    /// What was done; a verb that this version does not know stays as it is.
    pub fn audit_verb(&self, verb: &str) -> String {
        let key = format!("audit-{}", verb.replace('_', "-"));
        if self.knows(&key) {
            self.text(&key)
        } else {
            verb.to_owned()
        }
    }

    /// Who did it: an address, else a number, or the door where there was nobody.
    pub fn audit_who(&self, email: &str, user: Option<Id>, door: StartedBy) -> String {
        match (email, user, door) {
            ("", None, StartedBy::Web) => self.text("audit-nobody"),
            ("", _, StartedBy::Cli) => self.text("audit-command-line"),
            ("", _, StartedBy::Schedule) => self.text("audit-schedule"),
            ("", Some(id), StartedBy::Web) => self.numbered(id),
            (email, ..) => email.to_owned(),
        }
    }

    /// What a line is about: what it is called, else its kind and number.
    pub fn audit_subject(&self, subject: &str, kind: &str, id: Option<Id>) -> String {
        match (subject, id) {
            ("", Some(id)) if !kind.is_empty() => {
                let args = HashMap::from([
                    (Cow::Borrowed("kind"), FluentValue::from(kind.to_owned())),
                    (Cow::Borrowed("id"), FluentValue::from(id.to_string())),
                ]);
                self.fill("audit-subject-id", &args)
            }
            (subject, _) => subject.to_owned(),
        }
    }

    /// What else a line says. A phrase (`{"key": "audit-detail-…", …}`) is read in the reader's
    /// language; whatever else stands there are somebody's own words.
    pub fn audit_detail(&self, detail: &str) -> String {
        self.detail_phrase(detail)
            .unwrap_or_else(|| detail.to_owned())
    }

    fn detail_phrase(&self, detail: &str) -> Option<String> {
        let said: serde_json::Map<String, serde_json::Value> = serde_json::from_str(detail).ok()?;
        let key = said.get("key")?.as_str()?;
        if !key.starts_with("audit-detail-") {
            return None;
        }
        let args = said
            .iter()
            .filter(|(name, _)| *name != "key")
            .map(|(name, value)| {
                let value = match (value.as_i64(), value.as_str()) {
                    (Some(number), _) => FluentValue::from(number),
                    (None, text) => FluentValue::from(text.unwrap_or_default().to_owned()),
                };
                (Cow::Owned(name.clone()), value)
            })
            .collect();
        self.try_fill(key, &args)
    }
}
