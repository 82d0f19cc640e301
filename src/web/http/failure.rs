//! Why there is no page to show. `error_page` says it to the reader.

use parking_lot::Mutex;
use rocket::http::{Header, Status};
use rocket::request::Request;
use rocket::response::{self, Responder};

use crate::actions::{ActionError, Changed};
use crate::domain::Millis;
use crate::domain::phrase::{Arg, Phrase};
use crate::recurring::Recurring;
use crate::store::StoreError;

/// What failed pages last, for the log.
static FAILED: Recurring = Recurring::new();

/// Why there is no page.
#[derive(Debug, Clone)]
pub(in crate::web) struct Failure {
    pub(in crate::web) status: Status,
    pub(in crate::web) phrase: Option<Phrase>,
    /// After so many milliseconds it may be tried again.
    pub(in crate::web) retry_after: Option<Millis>,
    /// What was typed, to be sent once more from the page that is shown.
    pub(in crate::web) typed: Typed,
    /// The page was older than what it is about: what is asked.
    pub(in crate::web) question: Option<Box<Changed>>,
}

/// What was typed into a form that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) enum Typed {
    /// Nothing that could be kept.
    Nothing,
    /// Names and values, as they are to be sent once more.
    Kept(Vec<(String, String)>),
    /// More than is kept (`front::MOST_FIELDS`, `front::MOST_KEPT`).
    TooMuch,
}

impl Typed {
    pub(in crate::web) fn of(fields: Vec<(String, String)>) -> Self {
        if fields.is_empty() {
            Self::Nothing
        } else {
            Self::Kept(fields)
        }
    }

    /// Everything that was typed; `None` where that is more than is kept.
    pub(in crate::web) fn fields(self) -> Option<Vec<(String, String)>> {
        match self {
            Self::Nothing => Some(Vec::new()),
            Self::Kept(fields) => Some(fields),
            Self::TooMuch => None,
        }
    }

    /// The same without a field that nobody typed.
    pub(in crate::web) fn without(self, name: &str) -> Self {
        match self {
            Self::Kept(mut fields) => {
                fields.retain(|(known, _)| known != name);
                Self::of(fields)
            }
            other => other,
        }
    }
}

impl Failure {
    pub(in crate::web) const fn status(status: Status) -> Self {
        Self {
            status,
            phrase: None,
            retry_after: None,
            typed: Typed::Nothing,
            question: None,
        }
    }

    /// Others are being served; after `wait` milliseconds it may be tried again.
    pub(in crate::web) fn busy(wait: Millis) -> Self {
        Self {
            retry_after: Some(wait),
            ..Self::because(Status::ServiceUnavailable, Phrase::new("failure-busy"))
        }
    }

    /// Asked for too often.
    pub(in crate::web) fn throttled(wait: Millis) -> Self {
        Self {
            phrase: Some(throttled(wait)),
            retry_after: Some(wait),
            ..Self::status(Status::TooManyRequests)
        }
    }

    pub(in crate::web) const fn because(status: Status, phrase: Phrase) -> Self {
        Self {
            status,
            phrase: Some(phrase),
            retry_after: None,
            typed: Typed::Nothing,
            question: None,
        }
    }

    /// A page from before one signed in anew: what was typed there is offered again.
    pub(in crate::web) fn stale(typed: Typed) -> Self {
        Self {
            typed,
            ..Self::because(Status::Forbidden, Phrase::new("failure-token"))
        }
    }

    /// A form of somebody who is not signed in any more. With nothing typed there is nothing to keep.
    pub(in crate::web) fn signed_out(typed: Typed) -> Self {
        Self {
            typed,
            ..Self::status(Status::Unauthorized)
        }
    }

    /// A form that no page of ours sends.
    pub(in crate::web) const fn malformed() -> Self {
        Self::because(Status::UnprocessableEntity, Phrase::new("failure-400-text"))
    }

    pub(in crate::web) const fn not_found() -> Self {
        Self::status(Status::NotFound)
    }

    /// Keeps it for the page that will be shown.
    pub(in crate::web) fn remember(self, request: &Request<'_>) {
        *request
            .local_cache(|| Remembered(Mutex::new(None)))
            .0
            .lock() = Some(self);
    }
}

struct Remembered(Mutex<Option<Failure>>);

/// What is said to whoever asks too often.
pub(in crate::web) fn throttled(wait: Millis) -> Phrase {
    Phrase {
        key: "error-throttled",
        args: vec![("wait", Arg::Span(wait))],
    }
}

/// Whole seconds for `Retry-After` (RFC 9110 §10.2.3), rounded up.
pub(in crate::web) fn retry_after(wait: Millis) -> Header<'static> {
    Header::new("Retry-After", ((wait + 999) / 1_000).max(1).to_string())
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let status = match error {
            StoreError::SearchTooLong(_) => Status::UnprocessableEntity,
            _ => Status::ServiceUnavailable,
        };
        if error.trouble().is_some() {
            // The store says so itself, when it begins and when it ends.
            tracing::debug!(%error, "the database failed a page");
        } else if !error.is_askers()
            && let Some(times) = FAILED.is_so(&error.kind())
        {
            tracing::error!(%error, times, "the database failed a page");
        }
        Self {
            retry_after: error.retry_after(),
            ..Self::because(status, error.phrase())
        }
    }
}

impl From<ActionError> for Failure {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::NotFound => Self::not_found(),
            ActionError::Forbidden => {
                Self::because(Status::Forbidden, Phrase::new("refused-forbidden"))
            }
            ActionError::Refused(phrase) | ActionError::NothingToSend(phrase) => {
                Self::because(Status::Conflict, phrase)
            }
            ActionError::Changed(changed) => Self {
                question: Some(changed),
                ..Self::status(Status::Conflict)
            },
            ActionError::Throttled(wait) => Self::throttled(wait),
            // Forms show these at their fields; here nobody looked.
            ActionError::Invalid(_) => Self::malformed(),
            ActionError::Interrupted(interrupted) => Self {
                phrase: Some(interrupted.done),
                ..interrupted.error.into()
            },
            ActionError::Store(error) => error.into(),
        }
    }
}

impl<'r> Responder<'r, 'static> for Failure {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let status = self.status;
        self.remember(request);
        Err(status)
    }
}

/// What was kept of the failure, if it was one of ours.
pub(in crate::web) fn remembered(request: &Request<'_>) -> Option<Failure> {
    request
        .local_cache(|| Remembered(Mutex::new(None)))
        .0
        .lock()
        .clone()
}
