//! Why an installation cannot be opened.

use std::io;
use std::path::PathBuf;

use crate::domain::phrase::Phrase;
use crate::store::StoreError;

/// Why the application cannot start.
#[derive(Debug)]
pub enum OpenError {
    Store(StoreError),
    /// The data folder cannot be made or used.
    Folder(PathBuf, io::Error),
    Config(Phrase),
}

impl OpenError {
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Store(error) => error.phrase(),
            Self::Folder(path, error) => Phrase::new("error-folder")
                .with("path", path.display().to_string())
                .with("error", error.to_string()),
            Self::Config(phrase) => phrase.clone(),
        }
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
