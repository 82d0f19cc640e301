//! A mailing: a message, its recipients, and the window in which it may be sent.

use serde::Serialize;

use crate::domain::phrase::{FieldErrors, Phrase};
use crate::domain::{Id, Millis, text};

/// Longest title, in characters.
pub const MAX_TITLE: usize = 200;

/// What a mailing is, derived from facts and from the moment of asking; never stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MailingStatus {
    /// It has never been sent and its end has not passed.
    Created,
    /// It was sent at least once and its end has not passed.
    Running,
    /// Its end has passed.
    Finished,
}

impl MailingStatus {
    pub const ALL: [Self; 3] = [Self::Created, Self::Running, Self::Finished];

    pub const fn derive(first_sent_at: Option<Millis>, ends_at: Millis, now: Millis) -> Self {
        if ends_at <= now {
            Self::Finished
        } else if first_sent_at.is_some() {
            Self::Running
        } else {
            Self::Created
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Finished => "finished",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// The facts on which sending depends, read in the transaction that decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendFacts {
    pub ends_at: Millis,
    /// Why a manager switched it off, if one did.
    pub disabled_reason: Option<String>,
    pub owner_blocked: bool,
    /// The run that is not over yet, and whether it is paused.
    pub unfinished_run: Option<(Id, bool)>,
    pub has_message: bool,
    /// Why its message cannot be sent as it is, if so.
    pub message_fault: Option<Phrase>,
    /// How many would be mailed.
    pub recipients: i64,
}

/// Whether a mailing may be sent now.
///
/// # Errors
/// The reason, plainly: ended, switched off, owner blocked, already being sent, no message, one
/// that cannot be sent as it is, or nobody to send to.
pub fn may_send(facts: &SendFacts, now: Millis) -> Result<(), Phrase> {
    if facts.ends_at <= now {
        return Err(Phrase {
            key: "refused-ended",
            args: vec![("ended", crate::domain::phrase::Arg::Moment(facts.ends_at))],
        });
    }
    if let Some(reason) = &facts.disabled_reason {
        return Err(Phrase::new("refused-switched-off").with("reason", reason.as_str()));
    }
    if facts.owner_blocked {
        return Err(Phrase::new("refused-owner-blocked"));
    }
    match facts.unfinished_run {
        Some((run, true)) => return Err(Phrase::new("refused-run-paused").with("run", run)),
        Some((run, false)) => return Err(Phrase::new("refused-run-active").with("run", run)),
        None => {}
    }
    if !facts.has_message {
        return Err(Phrase::new("refused-no-message"));
    }
    if let Some(fault) = &facts.message_fault {
        return Err(fault.clone());
    }
    if facts.recipients == 0 {
        return Err(Phrase::new("refused-no-recipients"));
    }
    Ok(())
}

/// A mailing's own facts, checked, but for its recipients (see `selection`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailingDraft {
    /// Empty: the message's subject serves.
    pub title: String,
    pub message_id: Id,
    /// The planned first send.
    pub starts_at: Millis,
    pub ends_at: Millis,
    /// Start the first run by itself at `starts_at`.
    pub automatic: bool,
}

/// What a form or a command says about a mailing, before it is checked. Times are already moments:
/// the door knows the user's zone.
#[derive(Debug, Clone)]
pub struct MailingInput<'a> {
    pub title: &'a str,
    pub message_id: &'a str,
    pub starts_at: Result<Millis, Phrase>,
    pub ends_at: Result<Millis, Phrase>,
    pub automatic: bool,
}

impl MailingDraft {
    /// # Errors
    /// Complaints under `title`, `message_id`, `starts_at`, `ends_at`.
    pub fn parse(input: MailingInput<'_>, now: Millis) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let title = errors.take("title", text::line(input.title, MAX_TITLE));
        let message_id = errors.take(
            "message_id",
            input
                .message_id
                .trim()
                .parse::<Id>()
                .map_err(|_| Phrase::new("error-message-missing")),
        );
        let starts_at = errors.take("starts_at", input.starts_at);
        let ends_at = errors.take("ends_at", input.ends_at);
        if let Some(ends_at) = ends_at {
            if starts_at.is_some_and(|starts_at| ends_at <= starts_at) {
                errors.add("ends_at", Phrase::new("error-end-before-start"));
            } else if ends_at <= now {
                errors.add("ends_at", Phrase::new("error-end-in-past"));
            }
        }
        match (title, message_id, starts_at, ends_at) {
            (Some(title), Some(message_id), Some(starts_at), Some(ends_at))
                if errors.is_empty() =>
            {
                Ok(Self {
                    title,
                    message_id,
                    starts_at,
                    ends_at,
                    automatic: input.automatic,
                })
            }
            _ => Err(errors),
        }
    }

    /// Says that the first run starts as soon as this is saved, because the planned start has passed.
    pub fn start_has_passed(&self, first_sent_at: Option<Millis>, now: Millis) -> Option<Phrase> {
        let starts_at_once = self.automatic && first_sent_at.is_none() && self.starts_at <= now;
        starts_at_once.then(|| Phrase {
            key: "mailing-start-passed",
            args: vec![("starts", crate::domain::phrase::Arg::Moment(self.starts_at))],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_follows_from_the_facts() {
        use MailingStatus::{Created, Finished, Running};
        assert_eq!(MailingStatus::derive(None, 10, 9), Created);
        assert_eq!(MailingStatus::derive(Some(5), 10, 9), Running);
        assert_eq!(MailingStatus::derive(Some(5), 10, 10), Finished);
        assert_eq!(MailingStatus::derive(None, 10, 11), Finished);
    }

    fn sendable() -> SendFacts {
        SendFacts {
            ends_at: 100,
            disabled_reason: None,
            owner_blocked: false,
            unfinished_run: None,
            has_message: true,
            message_fault: None,
            recipients: 1,
        }
    }

    #[test]
    fn every_reason_not_to_send_is_said() {
        assert_eq!(may_send(&sendable(), 99), Ok(()));
        let key = |facts: SendFacts| may_send(&facts, 50).unwrap_err().key;
        assert_eq!(may_send(&sendable(), 100).unwrap_err().key, "refused-ended");
        assert_eq!(
            key(SendFacts {
                disabled_reason: Some("spam".into()),
                ..sendable()
            }),
            "refused-switched-off"
        );
        assert_eq!(
            key(SendFacts {
                owner_blocked: true,
                ..sendable()
            }),
            "refused-owner-blocked"
        );
        assert_eq!(
            key(SendFacts {
                unfinished_run: Some((1, false)),
                ..sendable()
            }),
            "refused-run-active"
        );
        assert_eq!(
            key(SendFacts {
                unfinished_run: Some((1, true)),
                ..sendable()
            }),
            "refused-run-paused"
        );
        assert_eq!(
            key(SendFacts {
                message_fault: Some(Phrase::new("refused-no-base-url")),
                ..sendable()
            }),
            "refused-no-base-url"
        );
        assert_eq!(
            key(SendFacts {
                recipients: 0,
                ..sendable()
            }),
            "refused-no-recipients"
        );
    }

    #[test]
    fn a_start_that_has_passed_is_said_where_it_starts_anything() {
        let draft = |automatic| MailingDraft {
            title: String::new(),
            message_id: 1,
            starts_at: 10,
            ends_at: 100,
            automatic,
        };
        let says = |automatic, sent, now| draft(automatic).start_has_passed(sent, now).is_some();
        assert!(says(true, None, 10));
        assert!(!says(true, None, 9), "it is still to come");
        assert!(!says(false, None, 11), "it waits for somebody");
        assert!(!says(true, Some(5), 11), "it has started already");
    }

    #[test]
    fn an_end_is_after_the_start_and_in_the_future() {
        let parse = |starts_at, ends_at| {
            MailingDraft::parse(
                MailingInput {
                    title: "",
                    message_id: "1",
                    starts_at: Ok(starts_at),
                    ends_at: Ok(ends_at),
                    automatic: true,
                },
                50,
            )
        };
        assert!(parse(10, 60).is_ok(), "a start in the past is allowed");
        let complaint = |result: Result<_, FieldErrors>| {
            let errors: FieldErrors = result.map(|_: MailingDraft| ()).unwrap_err();
            errors
                .iter()
                .map(|(field, phrase)| (field, phrase.key))
                .next()
        };
        assert_eq!(
            complaint(parse(60, 60)),
            Some(("ends_at", "error-end-before-start"))
        );
        assert_eq!(
            complaint(parse(10, 50)),
            Some(("ends_at", "error-end-in-past"))
        );
    }
}
