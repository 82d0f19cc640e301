//! What is remembered of a database outside of its folder: how many attempts and audit lines it had.
//!
//! A snapshot of a file system takes everything in it back in time, the marker with all that tells one
//! file from another. Only something that is not in that file system still knows of what has been done
//! since. It lies among the caches, because those are what a backup leaves out and a restore leaves
//! alone; and like every cache it may be deleted at any time, which costs nothing but this.
//!
//! Its name is made of the database file's inode number and time of birth, so it is found again by the
//! same file alone. Where the file system does not know when files were born nothing is remembered.

use std::io;
use std::path::{Path, PathBuf};

use super::installation_marker::{FileMark, Progress};
use crate::store::StoreError;

/// Where an installation is: its database, and the folder in which it is remembered, if any.
#[derive(Debug, Clone)]
pub struct Location {
    pub(in crate::store) database: PathBuf,
    pub(in crate::store) memory: Option<PathBuf>,
}

impl Location {
    pub(in crate::store) fn of(database: &Path) -> Self {
        Self {
            database: database.to_owned(),
            memory: None,
        }
    }

    /// Remembers the database in this folder, too, unless that goes wherever the database goes.
    pub(in crate::store) fn remembered_in(&self, folder: PathBuf) -> Self {
        let beside = self.database.parent().and_then(|it| it.canonicalize().ok());
        let is_beside = beside.is_some_and(|beside| folder.starts_with(beside));
        Self {
            memory: Some(folder).filter(|_| !is_beside),
            ..self.clone()
        }
    }

    fn file(&self) -> Option<PathBuf> {
        let key = FileMark::of(&self.database).ok()?.key()?;
        Some(self.memory.as_ref()?.join(key))
    }

    /// What was remembered, if anything.
    pub(in crate::store) fn recall(&self) -> Option<Progress> {
        let text = std::fs::read_to_string(self.file()?).ok()?;
        let (attempts, audit) = text.trim_end().split_once(' ')?;
        Some(Progress {
            attempts: attempts.parse().ok()?,
            audit: audit.parse().ok()?,
        })
    }

    /// Remembers this instead. Where that cannot be done there is one way less to notice a restore.
    pub(in crate::store) fn remember(&self, progress: Progress) {
        if let Err(error) = self.try_remember(progress) {
            tracing::debug!(%error, "not remembered outside of the data folder");
        }
    }

    fn try_remember(&self, progress: Progress) -> Result<(), StoreError> {
        let Some(file) = self.file() else {
            return Ok(());
        };
        let draft = file.with_extension("new");
        let write = || -> io::Result<()> {
            if let Some(folder) = file.parent() {
                private_folder(folder)?;
            }
            std::fs::write(
                &draft,
                format!("{} {}\n", progress.attempts, progress.audit),
            )?;
            std::fs::rename(&draft, &file)
        };
        write().map_err(|source| StoreError::file(&file, source))
    }
}

/// Makes a folder for its owner alone, where there is none.
pub fn private_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}
