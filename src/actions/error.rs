//! Why a verb did nothing.

use crate::domain::Millis;
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::store::accounts::audit::Line;
use crate::store::{JobError, StoreError};

/// Why a verb did nothing. Whatever it says, nothing has changed, except where it was interrupted.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// There is no such thing, or it is somebody else's: the same answer.
    #[error("not found")]
    NotFound,
    /// They may see it, but not do that.
    #[error("forbidden")]
    Forbidden,
    /// A rule is against it.
    #[error("refused: {}", .0.key)]
    Refused(Phrase),
    /// There is nobody to send to.
    #[error("nothing to send: {}", .0.key)]
    NothingToSend(Phrase),
    /// It is not any more as whoever asks has seen it: they are asked first.
    #[error("changed since it was seen: {}", .0.text.key)]
    Changed(Box<Changed>),
    /// What was typed is not right.
    #[error("invalid")]
    Invalid(FieldErrors),
    /// Too often; after so many milliseconds it may be tried again.
    #[error("too often; again in {0} ms")]
    Throttled(Millis),
    /// The database failed when part of it was done. That part stays; the phrase says how much it is.
    #[error("interrupted: {}", .0.error)]
    Interrupted(Box<Interrupted>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the database failed, and what was done before.
#[derive(Debug)]
pub struct Interrupted {
    pub done: Phrase,
    pub error: StoreError,
}

impl From<rusqlite::Error> for ActionError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl JobError for ActionError {
    fn database(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl ActionError {
    /// One complaint about one field.
    pub(super) fn field(field: &'static str, phrase: Phrase) -> Self {
        Self::Invalid(FieldErrors::one(field, phrase))
    }
}

/// A thing that is not any more as it was seen. Nothing was done.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Its version now: whoever acts all the same carries it.
    pub version: String,
    pub text: Phrase,
    pub button: &'static str,
    /// Who changed it last, where somebody did.
    pub last: Option<Line>,
}
