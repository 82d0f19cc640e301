//! How a command ends: its exit code, and why.

use crate::actions::ActionError;
use crate::domain::phrase::Phrase;
use crate::store::StoreError;

/// What is wrong, and with which argument where it is about one.
pub(crate) struct Problem {
    pub(super) argument: Option<&'static str>,
    pub(super) phrase: Phrase,
}

impl From<Phrase> for Problem {
    fn from(phrase: Phrase) -> Self {
        Self {
            argument: None,
            phrase,
        }
    }
}

/// Why a command ended.
pub(crate) enum Exit {
    Done,
    /// Finished, but not everybody was reached.
    WithFailures,
    NothingToSend(Option<Phrase>),
    /// Refused or failed; nothing has changed.
    Refused(Phrase),
    /// What was typed is wrong; nothing has changed.
    Misused {
        problems: Vec<Problem>,
        hints: Vec<Phrase>,
    },
    /// Said already.
    Failed,
    Usage,
}

impl Exit {
    pub(super) const fn code(&self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused(_) | Self::Failed => 1,
            Self::Misused { .. } | Self::Usage => 2,
            Self::WithFailures => 3,
            Self::NothingToSend(_) => 4,
        }
    }

    /// A value that was typed cannot be what it is meant to be.
    pub(super) fn misused(problem: impl Into<Problem>) -> Self {
        Self::Misused {
            problems: vec![problem.into()],
            hints: Vec::new(),
        }
    }
}

/// The option that a field of a form is on the command line, where it has another name or none.
fn option_of(field: &str) -> Option<&'static str> {
    Some(match field {
        "address" => "--address",
        "body" => "--body",
        "code" => "--code",
        "comment" => "--comment",
        "domain" => "--domain",
        "email" => "--email",
        "ends_at" => "--ends",
        "mailing" => "--mailing",
        "message_id" => "--message",
        "name" => "--name",
        "outcome" => "--outcome",
        "reason" => "--reason",
        "run" => "--run",
        "starts_at" => "--starts",
        "subject" => "--subject",
        "time_zone" => "--time-zone",
        "title" => "--title",
        _ => return None,
    })
}

/// Complaints about fields that are right by themselves, and only clash with what is there already.
const CLASHES: [&str; 4] = [
    "error-user-exists",
    "error-recipient-exists",
    "error-nobody-chosen",
    "error-search-finds-nobody",
];

impl From<ActionError> for Exit {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::NotFound => Self::Refused(Phrase::new("refused-not-found")),
            ActionError::Forbidden => Self::Refused(Phrase::new("refused-forbidden")),
            ActionError::Refused(phrase) => Self::Refused(phrase),
            // Whoever types commands sees no page that could be old.
            ActionError::Changed(changed) => Self::Refused(changed.text),
            ActionError::NothingToSend(phrase) => Self::NothingToSend(Some(phrase)),
            ActionError::Invalid(errors) => {
                let clash = errors
                    .iter()
                    .map(|(_, phrase)| phrase)
                    .find(|phrase| CLASHES.contains(&phrase.key));
                if let Some(clash) = clash {
                    return Self::Refused(clash.clone());
                }
                let problems = errors.iter().map(|(field, phrase)| Problem {
                    argument: option_of(field),
                    phrase: phrase.clone(),
                });
                Self::Misused {
                    problems: problems.collect(),
                    hints: Vec::new(),
                }
            }
            ActionError::Store(error @ StoreError::SearchTooLong(_)) => {
                Self::misused(error.phrase())
            }
            ActionError::Interrupted(interrupted) => Self::Refused(interrupted.done),
            ActionError::Store(error) => Self::Refused(error.phrase()),
            // The command line is not throttled.
            ActionError::Throttled(_) => Self::Refused(Phrase::new("error-unexpected")),
        }
    }
}

impl From<StoreError> for Exit {
    fn from(error: StoreError) -> Self {
        ActionError::from(error).into()
    }
}
