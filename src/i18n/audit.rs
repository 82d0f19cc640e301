//! How lines of the audit log are read, on pages and in the terminal.

use super::Reader;
use crate::domain::Id;
use crate::domain::run::StartedBy;

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
}
