//! Whether the database can be used, as far as this process has noticed.
//!
//! Before every read and every commit it is asked whether the file under the database's name is
//! still the one that was opened: `SQLite` would go on writing into one that was deleted, and all of
//! it would be gone with the process. (It is asked by name alone: to open and close the file here
//! would end this process's own locks on it, as POSIX has it.) Damage is kept in mind until the
//! process ends: what is written into a damaged file only spoils what could still be read of it.
//! Everything else passes by itself.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::StoreError;
use crate::domain::Millis;
use crate::domain::phrase::Phrase;

/// Why the database cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Another process holds it, for longer than is waited.
    Busy,
    /// There is no room left on its disk.
    Full,
    ReadOnly,
    /// What is in it cannot be right. Until the process ends it is neither read nor written.
    Damaged,
    /// It was deleted, moved away or replaced while it was open.
    Gone,
    /// The disk fails, or lets nobody in.
    Disk,
}

impl Trouble {
    /// One word, for whoever watches over the server.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::Damaged => "damaged",
            Self::Gone => "gone",
            Self::Disk => "disk",
        }
    }

    /// What happened, what it means, what to do.
    pub const fn phrase(self) -> Phrase {
        Phrase::new(match self {
            Self::Busy => "error-database-busy",
            Self::Full => "error-database-full",
            Self::ReadOnly => "trouble-read-only",
            Self::Damaged => "trouble-damaged",
            Self::Gone => "trouble-gone",
            Self::Disk => "trouble-disk",
        })
    }

    /// When to ask again, in milliseconds: what passes by itself sooner than what waits for somebody.
    pub const fn retry_after(self) -> Millis {
        match self {
            Self::Busy => 5_000,
            Self::Full | Self::ReadOnly | Self::Disk | Self::Gone => 30_000,
            Self::Damaged => 300_000,
        }
    }
}

/// Which file it is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Inode(u64, u64);

impl Inode {
    #[cfg(unix)]
    fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::metadata(path)?;
        Ok(Self(found.dev(), found.ino()))
    }

    #[cfg(not(unix))]
    fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|_| Self(0, 0))
    }
}

/// A file that must stay the one that it was when it was first looked at.
struct Watched {
    path: PathBuf,
    opened: OnceLock<Inode>,
}

impl Watched {
    fn check(&self) -> Result<(), Trouble> {
        match (Inode::of(&self.path), self.opened.get()) {
            (Ok(found), None) => {
                _ = self.opened.set(found);
                Ok(())
            }
            (Ok(found), Some(opened)) if found == *opened => Ok(()),
            (Ok(_), Some(_)) => Err(Trouble::Gone),
            // The log beside the database comes with the first use.
            (Err(_), None) => Ok(()),
            (Err(error), Some(_)) if error.kind() == io::ErrorKind::NotFound => Err(Trouble::Gone),
            (Err(_), Some(_)) => Err(Trouble::Disk),
        }
    }
}

/// What is known of the database's state.
pub(super) struct Health {
    /// The database and its write-ahead log, which stays the same file while anybody has it open.
    /// Nothing for a database in memory.
    files: Vec<Watched>,
    damaged: AtomicBool,
    /// Why the last write failed, if it did.
    writing: Mutex<Option<Trouble>>,
}

impl Health {
    /// Of the database at `path`, which is open already.
    pub(super) fn of(path: &Path) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let health = Self {
            files: [path.to_owned(), log.into()]
                .map(|path| Watched {
                    path,
                    opened: OnceLock::new(),
                })
                .into(),
            ..Self::in_memory()
        };
        drop(health.check());
        health
    }

    pub(super) fn in_memory() -> Self {
        Self {
            files: Vec::new(),
            damaged: AtomicBool::new(false),
            writing: Mutex::new(None),
        }
    }

    /// Whether it may be used now.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.is_damaged() {
            return Err(StoreError::Unusable(Trouble::Damaged));
        }
        for file in &self.files {
            file.check().map_err(StoreError::Unusable)?;
        }
        Ok(())
    }

    pub(super) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::SeqCst)
    }

    /// A use of it failed for this reason.
    pub(super) fn note(&self, trouble: Trouble) {
        if trouble == Trouble::Damaged && !self.damaged.swap(true, Ordering::SeqCst) {
            tracing::error!("the database is damaged: it is not touched any more");
        }
    }

    /// How writing went.
    pub(super) fn wrote(&self, trouble: Option<Trouble>) {
        if let Some(trouble) = trouble {
            self.note(trouble);
        }
        *self.writing.lock() = trouble;
    }

    /// Why it cannot be used, or could not be written the last time.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        match self.check() {
            Err(error) => error.trouble(),
            Ok(()) => *self.writing.lock(),
        }
    }
}
