//! Whether the database can be used, as far as this process has noticed.
//!
//! Before every read and every commit it is asked whether the file under the database's name is
//! still the one that was opened: `SQLite` would go on writing into one that was deleted, and all of
//! it would be gone with the process. (It is asked by name alone: to open and close the file here
//! would end this process's own locks on it, as POSIX has it.) Damage is kept in mind until the
//! process ends: what is written into a damaged file only spoils what could still be read of it.
//! Everything else passes by itself. A write that fails is believed at once, and one that succeeds is not:
//! on a full disk a small one finds room where a large one did not. What is over is over when writes of
//! a real size have succeeded for a while.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::room::{self, Room};
use super::stopwatch::Stopwatch;
use super::trouble::Trouble;
use crate::recurring::Recurring;
use crate::store::StoreError;

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
pub(in crate::store) struct Health {
    /// The database and its write-ahead log, which stays the same file while anybody has it open.
    /// Nothing for a database in memory.
    files: Vec<Watched>,
    damaged: AtomicBool,
    writing: Mutex<Writing>,
    /// For the log.
    failing: Recurring,
}

/// How writing goes.
#[derive(Default)]
struct Writing {
    /// Why it fails, or did a moment ago.
    trouble: Option<Trouble>,
    /// Since when all writes have succeeded again.
    works: Option<Stopwatch>,
    /// Since when those of a real size have.
    proven: Option<Stopwatch>,
    /// The last success.
    wrote: Option<Stopwatch>,
    /// When it was last tried for nothing but to see.
    probed: Option<Stopwatch>,
}

/// For so long writing must have succeeded before it is said to work again.
const PROOF: Duration = Duration::from_secs(1);
/// The same where nobody tries a write of a real size: no engine is at work here.
const CALM: Duration = Duration::from_secs(30);
/// While other writes succeed there is no need to try.
const QUIET: Duration = Duration::from_secs(5);
/// How often it is tried at most.
const PROBED: Duration = Duration::from_secs(1);

/// Whether it has been so long since then, or it never was.
fn is_past(since: Option<Stopwatch>, span: Duration) -> bool {
    since.is_none_or(|since| since.elapsed() >= span)
}

impl Health {
    /// Of the database at `path`, which is open already.
    pub(in crate::store) fn of(path: &Path) -> Self {
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

    pub(in crate::store) fn in_memory() -> Self {
        Self {
            files: Vec::new(),
            damaged: AtomicBool::new(false),
            writing: Mutex::default(),
            failing: Recurring::new(),
        }
    }

    /// Whether it may be used now.
    pub(in crate::store) fn check(&self) -> Result<(), StoreError> {
        if self.is_damaged() {
            return Err(StoreError::Unusable(Trouble::Damaged));
        }
        for file in &self.files {
            file.check().map_err(StoreError::Unusable)?;
        }
        Ok(())
    }

    /// What an error means: a file that is not there any more fails as a disk does.
    pub(in crate::store) fn explain(&self, error: StoreError) -> StoreError {
        match error.trouble() {
            Some(Trouble::Disk) => self.check().err().unwrap_or(error),
            _ => error,
        }
    }

    pub(in crate::store) fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::SeqCst)
    }

    /// A use of it failed for this reason.
    pub(in crate::store) fn note(&self, trouble: Trouble) {
        if trouble == Trouble::Damaged && !self.damaged.swap(true, Ordering::SeqCst) {
            tracing::error!("the database is damaged: it is not touched any more");
        }
    }

    /// An error of a write, with what the room on the disk says of it.
    pub(in crate::store) fn explained(&self, error: StoreError) -> StoreError {
        let (Some(database), Some(trouble)) = (self.files.first(), error.trouble()) else {
            return error;
        };
        match trouble.explained(&database.path) {
            Trouble::Full if trouble != Trouble::Full => StoreError::Unusable(Trouble::Full),
            _ => error,
        }
    }

    /// A write failed for this reason.
    pub(in crate::store) fn failed(&self, trouble: Trouble) {
        let trouble = match self.files.first() {
            Some(database) => trouble.explained(&database.path),
            None => trouble,
        };
        self.note(trouble);
        if let Some(times) = self.failing.is_so(trouble.name()) {
            let why = trouble.name();
            tracing::error!(why, times, "the database cannot be written");
        }
        let mut writing = self.writing.lock();
        writing.trouble = Some(trouble);
        (writing.works, writing.proven) = (None, None);
    }

    /// A write succeeded; whether it was of a real size, so that others will succeed as well.
    pub(in crate::store) fn wrote(&self, is_proof: bool) {
        let mut writing = self.writing.lock();
        writing.wrote = Some(Stopwatch::start());
        let Some(trouble) = writing.trouble else {
            return;
        };
        let works = *writing.works.get_or_insert_with(Stopwatch::start);
        if is_proof {
            writing.proven.get_or_insert_with(Stopwatch::start);
        }
        let is_proven = writing
            .proven
            .is_some_and(|proven| proven.elapsed() >= PROOF);
        // Whoever held the database has let go of it: that needs no other proof.
        let is_over = trouble == Trouble::Busy
            || (is_proven || works.elapsed() >= CALM) && self.room() != Room::None;
        if is_over {
            writing.trouble = None;
            (writing.works, writing.proven) = (None, None);
            if let Some(times) = self.failing.is_over() {
                tracing::info!(times, "the database can be written again");
            }
        }
    }

    /// Whether it is time to write something, only to see whether that can be done. Whoever is told so
    /// does it.
    pub(in crate::store) fn is_to_be_probed(&self) -> bool {
        let mut writing = self.writing.lock();
        let is_asked = writing.trouble.is_some() || is_past(writing.wrote, QUIET);
        let is_due = is_asked && is_past(writing.probed, PROBED);
        if is_due {
            writing.probed = Some(Stopwatch::start());
        }
        is_due
    }

    /// What room there is on the disk.
    pub(in crate::store) fn room(&self) -> Room {
        let database = self.files.first();
        database.map_or(Room::Enough, |database| room::left(&database.path))
    }

    /// Why it cannot be used, or could not be written of late.
    pub(in crate::store) fn trouble(&self) -> Option<Trouble> {
        match self.check() {
            Err(error) => error.trouble(),
            Ok(()) => self.writing.lock().trouble,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_write_on_a_full_disk_is_no_proof_that_there_is_room() {
        let health = Health::in_memory();
        health.failed(Trouble::Full);
        for is_proof in [false, true, false] {
            health.wrote(is_proof);
            assert_eq!(health.trouble(), Some(Trouble::Full), "not for a while yet");
        }
        health.failed(Trouble::Busy);
        health.wrote(false);
        assert_eq!(health.trouble(), None);
    }

    #[test]
    fn it_is_tried_once_a_second_at_most_and_only_where_nothing_else_is_written() {
        let health = Health::in_memory();
        assert!(health.is_to_be_probed(), "nothing was written yet");
        assert!(!health.is_to_be_probed(), "it is being tried");
        let health = Health::in_memory();
        health.wrote(false);
        assert!(!health.is_to_be_probed(), "it works");
        health.failed(Trouble::Full);
        assert!(health.is_to_be_probed());
    }
}
