//! A message: what a mailing says.

use super::template::Template;
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::domain::text;

/// Longest subject, in characters.
pub const MAX_SUBJECT: usize = 300;
/// Longest body, in characters.
pub const MAX_BODY: usize = 100_000;

/// Most octets that subject and body of one recipient's mail have together, once placeholders are
/// filled. Encoded, such a mail has less than 1 MiB.
pub const MAX_FILLED: usize = 512 * 1_024;

/// Most octets of a filled subject: what a page of a list can show, and any server takes.
pub const MAX_FILLED_SUBJECT: usize = 4 * 1_024;

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
        let (Some((subject, heading)), Some((body, text))) = (subject, body) else {
            return Err(errors);
        };
        match fault(&heading, &text) {
            None => Ok(Self { subject, body }),
            Some((field, phrase)) => Err(FieldErrors::one(field, phrase)),
        }
    }

    pub fn search_text(&self) -> String {
        text::fold(&format!("{}\n{}", self.subject, self.body))
    }
}

fn required(text: String, missing: &'static str) -> Result<(String, Template), Phrase> {
    if text::is_blank(&text) {
        return Err(Phrase::new(missing));
    }
    let template = Template::parse(&text)?;
    Ok((text, template))
}

/// What is wrong with the mails that these would make, and in which field.
fn fault(subject: &Template, body: &Template) -> Option<(&'static str, Phrase)> {
    if subject.may_be_blank() {
        return Some(("subject", Phrase::new("error-subject-may-be-blank")));
    }
    if body.may_be_blank() {
        return Some(("body", Phrase::new("error-body-may-be-blank")));
    }
    let longest = subject.longest();
    if longest > MAX_FILLED_SUBJECT {
        let phrase = Phrase::new("error-subject-too-large")
            .with("size", longest.div_ceil(1_024))
            .with("max", MAX_FILLED_SUBJECT / 1_024);
        return Some(("subject", phrase));
    }
    let longest = longest + body.longest();
    (longest > MAX_FILLED).then(|| {
        let phrase = Phrase::new("error-message-too-large")
            .with("size", longest.div_ceil(1_024))
            .with("max", MAX_FILLED / 1_024);
        ("body", phrase)
    })
}

/// Why a message that was saved once cannot be sent, if it cannot. Without a base URL there is
/// nothing that an unsubscribe link could lead to.
pub fn why_unsendable(subject: &str, body: &str, has_base_url: bool) -> Option<Phrase> {
    let (subject, body) = (Template::lenient(subject), Template::lenient(body));
    fault(&subject, &body)
        .map(|(_, phrase)| phrase)
        .or_else(|| {
            let lacks_link = !has_base_url && (subject.needs_link() || body.needs_link());
            lacks_link.then(|| Phrase::new("refused-no-base-url"))
        })
}

/// Whether a message names the unsubscribe link and has nothing to say in its place.
pub fn needs_link(subject: &str, body: &str) -> bool {
    Template::lenient(subject).needs_link() || Template::lenient(body).needs_link()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(subject: &str, body: &str) -> Option<(&'static str, &'static str)> {
        let errors = MessageDraft::parse(subject, body).err()?;
        errors
            .iter()
            .map(|(field, phrase)| (field, phrase.key))
            .next()
    }

    #[test]
    fn a_message_that_would_say_nothing_to_somebody_without_a_name_is_not_taken() {
        let blank = Some(("subject", "error-subject-may-be-blank"));
        assert_eq!(complaint("{{ name }}", "Текст"), blank);
        assert_eq!(complaint("{{ name | друг }}", "Текст"), None);
        assert_eq!(
            complaint("Тема", "{{ name }}"),
            Some(("body", "error-body-may-be-blank"))
        );
        assert_eq!(
            complaint("\u{200b}", "Текст"),
            Some(("subject", "error-subject-missing"))
        );
    }

    #[test]
    fn a_mail_is_bounded_for_the_longest_name_that_there_can_be() {
        let names = |count: usize| "{{name}}".repeat(count);
        assert_eq!(
            complaint("Тема", &names(650)),
            Some(("body", "error-body-may-be-blank"))
        );
        assert_eq!(complaint("Тема", &format!("{}.", names(650))), None);
        let too_large = Some(("body", "error-message-too-large"));
        assert_eq!(complaint("Тема", &format!("{}.", names(656))), too_large);
        assert_eq!(complaint("Тема", &"🎄".repeat(MAX_BODY)), None);
        let subject = format!("{}{}", names(3), "🎄".repeat(276));
        assert_eq!(complaint(&subject, "Текст"), None);
        assert_eq!(
            complaint(&format!("{}.", names(6)), "Текст"),
            Some(("subject", "error-subject-too-large"))
        );
    }

    #[test]
    fn without_a_base_url_a_message_with_an_unsubscribe_link_is_not_sendable() {
        let why = |body: &str, has_base_url| {
            why_unsendable("Тема", body, has_base_url).map(|phrase| phrase.key)
        };
        assert_eq!(
            why("{{ unsubscribe_url }}", false),
            Some("refused-no-base-url")
        );
        assert_eq!(why("{{ unsubscribe_url }}", true), None);
        assert_eq!(why("{{ unsubscribe_url | ответьте }}", false), None);
        assert_eq!(why("{{ broken", false), None);
    }
}
