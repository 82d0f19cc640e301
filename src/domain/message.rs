//! A message: what a mailing says.

use super::phrase::{FieldErrors, Phrase};
use super::template::Template;
use super::text;

/// Longest subject, in characters.
pub const MAX_SUBJECT: usize = 300;
/// Longest body, in characters.
pub const MAX_BODY: usize = 100_000;

/// A message's own words, checked: its marks are known ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageDraft {
    pub subject: String,
    pub body: String,
}

impl MessageDraft {
    /// # Errors
    /// Complaints under `subject` and `body`; those about a mark carry its place.
    pub fn parse(subject: &str, body: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let subject = errors.take(
            "subject",
            text::line(subject, MAX_SUBJECT)
                .and_then(|text| required(text, "error-subject-missing")),
        );
        let body = errors.take(
            "body",
            text::lines(body, MAX_BODY).and_then(|text| required(text, "error-body-missing")),
        );
        match (subject, body) {
            (Some(subject), Some(body)) => Ok(Self { subject, body }),
            _ => Err(errors),
        }
    }

    pub fn search_text(&self) -> String {
        text::fold(&format!("{}\n{}", self.subject, self.body))
    }
}

fn required(text: String, missing: &'static str) -> Result<String, Phrase> {
    if text.trim().is_empty() {
        return Err(Phrase::new(missing));
    }
    Template::parse(&text)?;
    Ok(text)
}
