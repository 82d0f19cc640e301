//! Where things lie: all SQL and the mapping of its rows, one file a table.
//!
//! There is one writer and there are several readers. Every write of this process goes through
//! [`Store::write`], is a savepoint of its own inside a shared transaction, and has been fsynced
//! when the call returns: all that wait at the same time share one commit. Readers are
//! `query_only`; no transaction stays open while anybody waits for the network.

pub mod accounts;
pub mod audience;
pub mod content;
pub mod db;
pub mod delivery;
pub mod doctor;
#[cfg(test)]
mod list_plans;
pub mod mailings;
#[cfg(test)]
mod plans;
pub mod reports;
pub mod system;
#[cfg(test)]
mod turns;
mod write_request;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rand::RngExt as _;
use rusqlite::Connection;

pub use db::error::{JobError, StoreError};
use db::health::Health;
use db::readers::{Query, Readers};
pub use db::room::Room;
pub use db::select::{Columns, Sort};
pub use db::trouble::Trouble;
pub use delivery::tally::Journal;
use delivery::tries::Entry;
use system::installation::Location;
pub use system::outside::private_folder;
use writer::Writer;

use crate::domain::{Id, Millis};

/// One SQLite database, shared by everything in this process. Cloning is cheap.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    /// Whose reads these are; nobody's: the service's own.
    person: Option<Id>,
}

struct Inner {
    readers: Readers,
    /// A connection that only ever asks whether another one has committed.
    watcher: Mutex<Connection>,
    /// Closed last: the last one to leave moves the log into the database, and the writer knows
    /// when that must not be done.
    writer: Writer,
    health: Arc<Health>,
    path: PathBuf,
    location: Mutex<Location>,
}

/// How long whoever watches waits for a write.
const PROBE: Duration = Duration::from_secs(3);

impl Store {
    /// Opens the database, creating and migrating it as needed.
    ///
    /// # Errors
    /// When the file cannot be opened or written, is no database, is damaged, or was written by a
    /// newer mailapp.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let writer = db::open::writer(path)?;
        let location = Location::of(path);
        system::installation::bind(
            &writer,
            &location,
            &system::installation::token(rand::rng().random()),
        )?;
        let health = Arc::new(Health::of(path));
        let readers = Readers::open(db::open::reader_manager(path, Arc::clone(&health)))?;
        let watcher = db::open::watcher(path)?;
        let inner = Inner {
            readers,
            watcher: Mutex::new(watcher),
            writer: Writer::start(writer, Arc::clone(&health)),
            health,
            path: path.to_owned(),
            location: Mutex::new(location),
        };
        Ok(Self {
            inner: Arc::new(inner),
            person: None,
        })
    }

    /// The same, read on behalf of a person: for two seconds a query, and with a share of the readers.
    #[must_use]
    pub fn on_behalf_of(&self, person: Id) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            person: Some(person),
        }
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Where the installation is, for whoever asks whether this is its database.
    pub fn location(&self) -> Location {
        self.inner.location.lock().clone()
    }

    /// From now on remembers in this folder, too, how far the database was.
    pub fn remember_in(&self, folder: PathBuf) {
        let mut location = self.inner.location.lock();
        *location = location.remembered_in(folder);
    }

    /// Runs `job` in the writing transaction. When this returns `Ok`, its changes are on the disk;
    /// when it returns `Err`, none of them are.
    ///
    /// # Errors
    /// The job's own error, or the database's.
    pub async fn write<T, E>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: JobError,
    {
        self.inner.writer.write(job).await
    }

    /// Writes an entry of the journal: what became of mails, and which one is tried next, at the
    /// moment `now` of the transaction. Returns which try of the claimed delivery this is, or `None`
    /// where none is claimed or it may not be tried. Entries that share a transaction share its
    /// statements and its fate.
    ///
    /// # Errors
    /// The database's: then nothing of it is written.
    pub async fn journal(
        &self,
        entry: Entry,
        now: impl Fn() -> Millis + Send + 'static,
    ) -> Result<Option<u32>, StoreError> {
        self.inner.writer.journal(entry, now).await
    }

    /// Says how many connections send on this runtime, so that commits are shared as it suits them.
    pub fn serve_senders(&self, count: usize) {
        self.inner.writer.serve(count);
    }

    /// Runs a query on one of the readers, off the async threads. Dropped before it has its answer, it
    /// is interrupted, or does not begin.
    ///
    /// # Errors
    /// The query's own error, or the database's; [`StoreError::TooSlow`] after two seconds of a
    /// person's query, [`StoreError::Overloaded`] when no reader is free.
    pub async fn read<T, E>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: JobError,
    {
        let turn = self.inner.readers.turn(self.person).await?;
        let asked = Query::default();
        let runner = asked.runner();
        let inner = Arc::clone(&self.inner);
        let answer = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            runner.is_wanted()?;
            inner.health.check()?;
            let connection = inner
                .readers
                .connection()
                .map_err(|error| inner.health.explain(error))?;
            let (found, given_up) = runner.run(&connection, query)?;
            match (found, given_up) {
                (Err(_), Some(why)) => Err(why.into()),
                (Err(error), None) => {
                    if let Some(trouble) = error.database().and_then(StoreError::trouble) {
                        inner.health.note(trouble);
                        // The file may have gone in the middle of the query.
                        if trouble == Trouble::Disk {
                            inner.health.check()?;
                        }
                    }
                    Err(error)
                }
                (found, _) => found,
            }
        });
        let limit = self.person.map(|_| db::readers::LIMIT);
        let answer = asked.answer(answer, limit).await;
        answer.unwrap_or_else(|| Err(StoreError::Interrupted.into()))
    }

    /// A number that changes whenever anybody, in this process or another, has committed.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn version(&self) -> Result<i64, StoreError> {
        let watcher = self.inner.watcher.lock();
        let version = || -> rusqlite::Result<i64> {
            watcher
                .prepare_cached("PRAGMA data_version")?
                .query_row([], |row| row.get(0))
        };
        version().map_err(|error| self.inner.health.explain(error.into()))
    }

    /// Why the database cannot be used now, or could not be written the last time.
    pub fn trouble(&self) -> Option<Trouble> {
        self.inner.health.trouble()
    }

    /// Writes something that means nothing, as much as a busy moment writes: the way to find out
    /// whether the database can be written again.
    ///
    /// # Errors
    /// The database's: it cannot.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.write(system::installation::probe).await?;
        self.inner.health.wrote(true);
        Ok(())
    }

    /// Why the database cannot be used, for whoever watches over the server: it is written to see,
    /// where nothing else was written of late and not oftener than once a second, and asked how much
    /// room is left.
    pub async fn look_after(&self) -> Result<Room, Trouble> {
        if self.inner.health.is_to_be_probed() {
            // Whatever comes of it is noted.
            drop(tokio::time::timeout(PROBE, self.probe()).await);
        }
        match (self.trouble(), self.inner.health.room()) {
            (Some(trouble), _) => Err(trouble),
            (None, Room::None) => Err(Trouble::Full),
            (None, room) => Ok(room),
        }
    }
}
