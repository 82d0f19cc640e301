//! The readers: who may use how many of them, and for how long.
//!
//! A query on behalf of a person has [`LIMIT`] and is interrupted after it, and whoever has gone
//! (whose future was dropped) waits for nothing any more: a query that has not begun does not, and one
//! that runs is interrupted. Each person has a share of the readers, so that nobody's slow queries keep
//! others from theirs, and some readers are kept for the service itself: sessions, the engine, health.
//! Whoever waits does so in order, without a thread, and is told after [`TURN`] that there is too much
//! to do.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, InterruptHandle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::Id;
use crate::store::StoreError;

/// Most reads that run at once.
const READERS: usize = 12;
/// Most of them on behalf of people.
const OF_PEOPLE: usize = 9;
/// Most of them on behalf of one person.
const OF_ONE: usize = 3;
/// How long one waits for its turn.
const TURN: Duration = Duration::from_secs(5);
/// How long a connection may take to open.
const OPENED: Duration = Duration::from_secs(10);
/// How long a person's query may take.
pub(in crate::store) const LIMIT: Duration = Duration::from_secs(2);
/// An interruption that comes between two statements is lost; the next one is not.
const AGAIN: Duration = Duration::from_millis(50);
/// Steps of SQLite's between two looks at whether a query is still wanted.
const STEPS: std::ffi::c_int = 4_000;

/// Connections that only read.
pub(in crate::store) struct Readers {
    pool: r2d2::Pool<SqliteConnectionManager>,
    all: Arc<Semaphore>,
    of_people: Arc<Semaphore>,
    shares: Mutex<HashMap<Id, Weak<Semaphore>>>,
    turn: Duration,
}

/// The right to use a reader, until it is dropped.
pub(in crate::store) struct Turn {
    _permits: [Option<OwnedSemaphorePermit>; 3],
    /// Kept as long as anybody waits for it or uses it.
    _share: Option<Arc<Semaphore>>,
}

impl Readers {
    pub(in crate::store) fn open(manager: SqliteConnectionManager) -> Result<Self, StoreError> {
        let pool = r2d2::Pool::builder()
            .max_size(u32::try_from(READERS).unwrap_or(u32::MAX))
            .connection_timeout(OPENED)
            .min_idle(Some(1))
            .build(manager)
            .map_err(|source| StoreError::Pool(source.to_string()))?;
        Ok(Self {
            pool,
            all: Arc::new(Semaphore::new(READERS)),
            of_people: Arc::new(Semaphore::new(OF_PEOPLE)),
            shares: Mutex::default(),
            turn: TURN,
        })
    }

    /// Waits for a reader, on behalf of this person or of the service.
    pub(in crate::store) async fn turn(&self, person: Option<Id>) -> Result<Turn, StoreError> {
        let share = person.map(|person| self.share(person));
        let of_people = person.map(|_| Arc::clone(&self.of_people));
        let gates = [share.clone(), of_people, Some(Arc::clone(&self.all))];
        let pass = async {
            let mut permits: [Option<OwnedSemaphorePermit>; 3] = [None, None, None];
            for (gate, permit) in gates.into_iter().zip(&mut permits) {
                if let Some(gate) = gate {
                    *permit = Some(gate.acquire_owned().await.ok()?);
                }
            }
            Some(permits)
        };
        // One wait for all three. Mostly nobody waits, and then no timer is set.
        let permits = tokio::time::timeout(self.turn, pass)
            .await
            .ok()
            .flatten()
            .ok_or(StoreError::Overloaded)?;
        Ok(Turn {
            _permits: permits,
            _share: share,
        })
    }

    fn share(&self, person: Id) -> Arc<Semaphore> {
        let mut shares = self.shares.lock();
        if let Some(share) = shares.get(&person).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(OF_ONE));
        shares.insert(person, Arc::downgrade(&share));
        share
    }

    /// A connection; there is one for everybody whose turn it is.
    pub(in crate::store) fn connection(
        &self,
    ) -> Result<r2d2::PooledConnection<SqliteConnectionManager>, StoreError> {
        let connection = self.pool.get();
        connection.map_err(|source| StoreError::Pool(source.to_string()))
    }
}

/// Why a query is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Unwanted {
    TooSlow = 1,
    Gone = 2,
}

/// A query, as those see it who wait for it.
#[derive(Default)]
pub(in crate::store) struct Query(Arc<State>);

#[derive(Default)]
struct State {
    unwanted: AtomicU8,
    /// The connection that it runs on.
    running: Mutex<Option<InterruptHandle>>,
}

impl State {
    fn is_unwanted(&self) -> bool {
        self.unwanted.load(Ordering::SeqCst) != 0
    }

    fn give_up(&self, why: Unwanted) {
        let order = Ordering::SeqCst;
        // The first reason stands.
        let first = |before| (before == 0).then_some(why as u8);
        _ = self.unwanted.fetch_update(order, order, first);
        // Under the lock: what runs next on this connection is somebody else's.
        if let Some(running) = &*self.running.lock() {
            running.interrupt();
        }
    }

    /// The error of a query that was given up.
    fn error(&self) -> Option<StoreError> {
        match self.unwanted.load(Ordering::SeqCst) {
            0 => None,
            slow if slow == Unwanted::TooSlow as u8 => Some(StoreError::TooSlow),
            _ => Some(StoreError::Interrupted),
        }
    }
}

impl Query {
    /// Its other side, on the thread that runs it.
    pub(in crate::store) fn runner(&self) -> Runner {
        Runner(Arc::clone(&self.0))
    }

    /// Waits for what it finds, for as long as it may take. When this is dropped nobody waits.
    pub(in crate::store) async fn answer<T>(
        self,
        mut answer: tokio::task::JoinHandle<T>,
        limit: Option<Duration>,
    ) -> Option<T> {
        let Some(limit) = limit else {
            return answer.await.ok();
        };
        let mut patience = limit;
        loop {
            tokio::select! {
                answer = &mut answer => return answer.ok(),
                () = tokio::time::sleep(patience) => self.0.give_up(Unwanted::TooSlow),
            }
            patience = AGAIN;
        }
    }
}

impl Drop for Query {
    fn drop(&mut self) {
        self.0.give_up(Unwanted::Gone);
    }
}

/// The side of a query that runs it.
pub(in crate::store) struct Runner(Arc<State>);

impl Runner {
    /// Whether anybody still waits for it.
    pub(in crate::store) fn is_wanted(&self) -> Result<(), StoreError> {
        self.0.error().map_or(Ok(()), Err)
    }

    /// Runs `query` so that it can be interrupted. Also returns why it was, if it was.
    pub(in crate::store) fn run<T>(
        &self,
        connection: &Connection,
        query: impl FnOnce(&Connection) -> T,
    ) -> Result<(T, Option<StoreError>), StoreError> {
        let state = Arc::clone(&self.0);
        connection.progress_handler(STEPS, Some(move || state.is_unwanted()))?;
        *self.0.running.lock() = Some(connection.get_interrupt_handle());
        let running = Running(&self.0, connection);
        // Whoever went before there was anything to interrupt.
        self.is_wanted()?;
        let found = query(connection);
        drop(running);
        Ok((found, self.0.error()))
    }
}

/// However a query ends, the next one on its connection is another one.
struct Running<'a>(&'a State, &'a Connection);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.running.lock() = None;
        drop(self.1.progress_handler(0, None::<fn() -> bool>));
    }
}
