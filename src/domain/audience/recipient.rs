//! A recipient: who gets mailings.

use super::address::EmailAddress;
use crate::domain::phrase::FieldErrors;
use crate::domain::text;

/// Longest full name, in characters.
pub const MAX_NAME: usize = 200;
/// Longest comment, in characters.
pub const MAX_COMMENT: usize = 2_000;

/// A recipient's own words, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientDraft {
    pub email: EmailAddress,
    pub name: String,
    pub comment: String,
}

impl RecipientDraft {
    /// # Errors
    /// Complaints under `email`, `name`, `comment`.
    pub fn parse(email: &str, name: &str, comment: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let email = errors.take("email", EmailAddress::parse(email));
        let name = errors.take("name", text::line(name, MAX_NAME));
        let comment = errors.take("comment", text::lines(comment, MAX_COMMENT));
        match (email, name, comment) {
            (Some(email), Some(name), Some(comment)) => Ok(Self {
                email,
                name,
                comment,
            }),
            _ => Err(errors),
        }
    }

    /// What a search looks through: e-mail (as typed and as sent), name, comment, folded.
    pub fn search_text(&self) -> String {
        text::fold(&format!(
            "{}\n{}\n{}",
            self.email.as_typed(),
            self.name,
            self.comment
        ))
    }
}
