//! What can go wrong with the database, and what it means for whoever asked.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

use super::room;
use super::trouble::Trouble;
use crate::domain::phrase::Phrase;
use crate::domain::{Millis, text};

/// When to ask again where there was too much to do.
const OVERLOADED: Millis = 5_000;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database {} cannot be opened: {source}", path.display())]
    Open {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("the database was written by a newer mailapp (schema {found}, this one knows {known})")]
    Newer { found: i64, known: i64 },
    #[error("the database cannot be brought up to date: {0}")]
    Migration(String),
    /// A file beside the database.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("no connection to the database is free: {0}")]
    Pool(String),
    /// There is more to do than can be done soon.
    #[error("too many requests wait for the database")]
    Overloaded,
    /// A person's query took longer than it may.
    #[error("a query was interrupted after two seconds")]
    TooSlow,
    /// A search of so many characters.
    #[error("a search of {0} characters")]
    SearchTooLong(usize),
    #[error("the database stopped answering")]
    Interrupted,
    /// It was not even asked: it is not to be used now.
    #[error("the database cannot be used: {}", .0.name())]
    Unusable(Trouble),
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
}

/// What a job may fail with: its own reasons, and the database's.
pub trait JobError: From<StoreError> + Send + 'static {
    /// The database's error, where it was that.
    fn database(&self) -> Option<&StoreError>;
}

impl JobError for StoreError {
    fn database(&self) -> Option<&StoreError> {
        Some(self)
    }
}

impl StoreError {
    /// That `path` cannot be opened, with one of `SQLite`'s result codes.
    pub(in crate::store) fn open(path: &Path, code: std::ffi::c_int, text: Option<String>) -> Self {
        Self::Open {
            path: path.to_owned(),
            source: rusqlite::Error::SqliteFailure(ffi::Error::new(code), text),
        }
    }

    pub(in crate::store) fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sql(source) | Self::Open { source, .. } => source.sqlite_error_code(),
            _ => None,
        }
    }

    /// What it says of the database as a whole; nothing where only this one job was not to its
    /// liking.
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::Unusable(trouble) => return Some(*trouble),
            Self::Pool(_) => return Some(Trouble::Disk),
            Self::File { source, .. } => {
                return Some(match source.kind() {
                    _ if room::is_full(source) => Trouble::Full,
                    io::ErrorKind::ReadOnlyFilesystem => Trouble::ReadOnly,
                    io::ErrorKind::WouldBlock => Trouble::Busy,
                    _ => Trouble::Disk,
                });
            }
            _ => {}
        }
        match self.code()? {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Some(Trouble::Busy),
            ErrorCode::DiskFull => Some(Trouble::Full),
            ErrorCode::ReadOnly => Some(Trouble::ReadOnly),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(Trouble::Damaged),
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed => Some(Trouble::Disk),
            _ => None,
        }
    }

    /// When to ask again, in milliseconds, where that may help.
    pub fn retry_after(&self) -> Option<Millis> {
        match self {
            Self::Overloaded => Some(OVERLOADED),
            _ => self.trouble().map(Trouble::retry_after),
        }
    }

    /// Whether it is what was asked for that cannot be done, and not the database.
    pub const fn is_askers(&self) -> bool {
        matches!(self, Self::TooSlow | Self::SearchTooLong(_))
    }

    /// What tells it from others that last (`recurring`): its trouble, however that is worded.
    pub fn kind(&self) -> String {
        self.trouble()
            .map_or_else(|| self.to_string(), |trouble| trouble.name().to_owned())
    }

    /// One word, for whoever watches over the server.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Overloaded => "overloaded",
            _ => self.trouble().map_or("no answer", Trouble::name),
        }
    }

    /// Whether a UNIQUE constraint was in the way.
    pub fn is_duplicate(source: &rusqlite::Error) -> bool {
        matches!(
            source,
            rusqlite::Error::SqliteFailure(error, _)
                if error.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE
        )
    }

    /// The error for the next of those that failed together.
    pub(in crate::store) fn same_again(&self) -> Self {
        match self {
            Self::Sql(rusqlite::Error::SqliteFailure(code, text)) => {
                Self::Sql(rusqlite::Error::SqliteFailure(*code, text.clone()))
            }
            Self::Unusable(trouble) => Self::Unusable(*trouble),
            Self::Overloaded => Self::Overloaded,
            _ => Self::Interrupted,
        }
    }

    /// Plain words for whoever uses the product. Where the file lies is said only to those who
    /// wanted to open it.
    pub fn phrase(&self) -> Phrase {
        if let Self::Newer { found, known } = self {
            return Phrase::new("error-database-newer")
                .with("found", *found)
                .with("known", *known);
        }
        let Some(trouble) = self.trouble() else {
            return match self {
                Self::Overloaded => Phrase::new("error-overloaded"),
                Self::TooSlow => Phrase::new("error-too-slow"),
                Self::SearchTooLong(length) => text::search_too_long(*length),
                _ => Phrase::new("error-database"),
            };
        };
        let Self::Open { path, .. } = self else {
            return trouble.phrase();
        };
        let key = match trouble {
            Trouble::ReadOnly => "error-database-read-only",
            Trouble::Damaged => "error-database-corrupt",
            Trouble::Disk => "error-database-cannot-open",
            _ => return trouble.phrase(),
        };
        Phrase::new(key).with("path", path.display().to_string())
    }
}
