//! One engine per database, across processes.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What other processes have to know about the one that sends: they judge by it, and not by settings
/// of their own, what can be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The `base_url` that its mails are composed with; empty: none.
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

/// What became of an attempt to take the lock.
#[derive(Debug)]
pub enum Attempt {
    Taken(EngineLock),
    /// Another process has it: one that sends, or one that settles what a dead one has left.
    Held,
    /// Nobody has it, but somebody looks at this moment whether anybody does (see [`sender`]). It is
    /// free again at once.
    Inspected,
}

/// The lock file of the database at `database`.
pub fn path(database: &Path) -> PathBuf {
    database.with_extension("engine-lock")
}

impl EngineLock {
    /// Takes the lock of the database at `database` if it is free. What the last process that had it
    /// has said is gone with that.
    ///
    /// # Errors
    /// When the lock file beside the database cannot be made or locked at all.
    pub fn try_take(database: &Path) -> io::Result<Attempt> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(path(database))?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                return Ok(Attempt::Taken(Self { file }));
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // Whoever only looks shares the lock, whoever has it does not.
        match file.try_lock_shared() {
            Ok(()) => Ok(Attempt::Inspected),
            Err(TryLockError::WouldBlock) => Ok(Attempt::Held),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Says in the lock file who sends. Where that cannot be written, other processes go by their own
    /// settings.
    pub fn announce(&self, sender: &Sender) {
        let write = || -> io::Result<()> {
            self.file.set_len(0)?;
            (&self.file).rewind()?;
            (&self.file).write_all(serde_json::to_string(sender)?.as_bytes())
        };
        if let Err(error) = write() {
            tracing::warn!(%error, "other processes cannot be told who sends");
        }
    }
}

/// Whether a process has the lock of the database at `database`.
pub fn is_held(database: &Path) -> bool {
    let shared = File::open(path(database)).map(|file| file.try_lock_shared());
    matches!(shared, Ok(Err(TryLockError::WouldBlock)))
}

/// Who sends from the database at `database` now. `None`: nobody, or it has not said.
pub fn sender(database: &Path) -> Option<Sender> {
    let file = File::open(path(database)).ok()?;
    // Shared, so that two that look do not take each other for somebody who sends. Whoever wants to
    // take it in this very moment sees that it is only looked at, and tries again.
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

    fn take(database: &Path) -> EngineLock {
        match EngineLock::try_take(database).unwrap() {
            Attempt::Taken(lock) => lock,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn who_sends_is_known_while_it_does_and_no_longer() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("mailapp.db");
        assert_eq!(sender(&database), None);
        let said = Sender {
            base_url: "https://mail.example.ru".to_owned(),
            captures: true,
        };
        let lock = take(&database);
        assert_eq!(sender(&database), None, "it has said nothing yet");
        lock.announce(&said);
        assert_eq!(sender(&database), Some(said.clone()));
        assert_eq!(sender(&database), Some(said.clone()), "two may look");
        drop(lock);
        assert_eq!(sender(&database), None, "it sends no longer");
        let lock = take(&database);
        assert_eq!(sender(&database), None, "taken again, nothing said yet");
        let next = Sender {
            base_url: String::new(),
            captures: false,
        };
        lock.announce(&said);
        lock.announce(&next);
        assert_eq!(sender(&database), Some(next), "a shorter word is whole");
    }

    #[test]
    fn a_look_is_not_taken_for_somebody_who_sends() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("mailapp.db");
        let lock = take(&database);
        let attempt = || EngineLock::try_take(&database).unwrap();
        assert!(matches!(attempt(), Attempt::Held));
        drop(lock);
        let reader = File::open(path(&database)).unwrap();
        reader.try_lock_shared().unwrap();
        assert!(matches!(attempt(), Attempt::Inspected));
        drop(reader);
        assert!(matches!(attempt(), Attempt::Taken(_)));
    }
}
