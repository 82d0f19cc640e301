//! One engine per database, across processes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What other processes have to know about the one that sends: they judge by it, and not by settings
/// of their own, what can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The `base_url` that its letters are composed with; empty: none.
    pub base_url: String,
    /// Whether it keeps all mail in the database instead of sending it.
    pub captures: bool,
}

/// No longer than this is read.
const LONGEST: u64 = 4_096;

/// Held by the process whose engine sends. The system drops it with the process, however that
/// ends.
#[derive(Debug)]
pub struct EngineLock {
    file: File,
}

fn path(database: &Path) -> PathBuf {
    database.with_extension("engine-lock")
}

impl EngineLock {
    /// Takes the lock of the database at `database` if it is free.
    ///
    /// # Errors
    /// When the lock file beside the database cannot be made or locked at all.
    pub fn try_take(database: &Path) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(path(database))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Says in the lock file who sends. Where that cannot be written, other processes go by their own
    /// settings.
    pub fn announce(&self, sender: &Sender) {
        let write = || -> io::Result<()> {
            self.file.set_len(0)?;
            (&self.file).write_all(serde_json::to_string(sender)?.as_bytes())
        };
        if let Err(error) = write() {
            tracing::warn!(%error, "other processes cannot be told who sends");
        }
    }
}

/// Who sends from the database at `database` now. `None`: nobody, or it has not said.
pub fn sender(database: &Path) -> Option<Sender> {
    let file = File::open(path(database)).ok()?;
    // Shared, so that two that look do not take each other for somebody who sends. Whoever wants to
    // begin to send in this very moment tries again.
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => {}
        Ok(()) | Err(TryLockError::Error(_)) => return None,
    }
    let mut text = String::new();
    (&file).take(LONGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends_is_known_while_it_does_and_no_longer() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("mailapp.db");
        assert_eq!(sender(&database), None);
        let said = Sender {
            base_url: "https://mail.example.ru".to_owned(),
            captures: true,
        };
        let lock = EngineLock::try_take(&database).unwrap().unwrap();
        assert_eq!(sender(&database), None, "it has said nothing yet");
        lock.announce(&said);
        assert_eq!(sender(&database), Some(said.clone()));
        assert_eq!(sender(&database), Some(said.clone()), "two may look");
        drop(lock);
        assert_eq!(sender(&database), None, "it sends no longer");
        let lock = EngineLock::try_take(&database).unwrap().unwrap();
        let next = Sender {
            base_url: String::new(),
            captures: false,
        };
        lock.announce(&next);
        assert_eq!(sender(&database), Some(next), "a shorter word is whole");
    }
}
