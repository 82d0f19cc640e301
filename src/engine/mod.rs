//! How mail leaves. The contract:
//!
//! 1. A run is started by one transaction of `actions::send_mailing`: the rules checked, the
//!    message copied, one delivery for each recipient, an audit line. Whoever asked has their
//!    answer when it has committed; nothing is sent inside a request.
//! 2. One engine at a time per database. [`lock::EngineLock`] is an OS lock that dies with its
//!    process; whoever holds it sends for every active run. Others stand by and take over.
//! 3. For every attempt the journal says durably that it is being tried before the first byte
//!    goes out that could make the server accept the mail (`tries::claim`); the result is
//!    durable before the delivery counts as anything (`tries::settle`). The result of one
//!    mail and the claim of the next share a transaction, and the transactions of all connections
//!    share a commit.
//! 4. After a crash at any point nobody is lost, nobody is marked accepted without a 2xx, and at
//!    most one delivery per open connection (`relay.window` of them) is in doubt (RFC 1047).
//!    `recovery::recover` finds those before anything else is sent; `on_doubt` decides whether they are tried again, with
//!    the same Message-ID, or held for their owner. One that is in doubt for the second time is held
//!    whatever `on_doubt` says: by itself no mail goes out a third time, and so none arrives more
//!    than twice.
//! 5. Pause, cancel, switch-off, block and the end of the window are conditions of the claim
//!    itself, checked in the transaction that claims: nothing starts after one has committed.
//! 6. Failures before RCPT are the relay's. They close the [`circuit_breaker`] for all connections and back
//!    it off, and are charged to nobody. A 421 that does not speak of rates, on a connection that has
//!    carried mails, only ends that connection; the mail goes out over the next one. What a reply means
//!    is for `domain::meaning` alone to say. One about us (EHLO, relaying, authentication, block lists,
//!    quota, command sequence) is charged to nobody at whatever stage it comes: it is retried with a
//!    growing delay. Five deliveries with such a reply, or five mails in doubt that were not in flight
//!    together, pause the runs unless one was accepted in between ([`standing`]). Any other 4xx is
//!    retried with a growing delay until the window ends; any other 5xx is final. Only a 2xx after the
//!    final dot is success.
//! 7. Until a relay has accepted something it gets at most two mails at a time. A run of which nearly
//!    everybody is refused alike, and which has somebody left, pauses in the transaction that writes
//!    the refusal (`pauses::judge`). Those that were refused so wait again when it is resumed, unless
//!    they have left since.
//! 8. A run that pauses by itself (relay given up, password or sender refused, mails not confirmed,
//!    nearly everybody refused alike, no base URL for the unsubscribe link) tells its owner once, by a
//!    letter, in the words of the page.
//! 9. While the database cannot be written nothing is claimed; the result in hand is kept and
//!    written as soon as it can be.
//! 10. From a database that was copied or restored from a backup nothing is sent before somebody
//!     has said that this is where it is to be sent from ([`home`]).
//! 11. Told to stop, it starts nothing new and waits for what is in flight. Hastened, it waits no
//!     longer: what is in flight is in doubt, and is written down before the engine ends ([`stop`]).

mod carrying;
mod circuit_breaker;
pub mod compose;
mod dispatch_queue;
mod headers;
mod home;
mod housekeeping;
mod in_flight;
mod journaling;
mod letter;
pub mod lock;
mod meter;
mod post;
mod reschedule;
mod routes;
pub mod sender;
mod settings;
mod shared;
mod standing;
mod stop;
mod throttle;
mod troubles;
mod verdict;
pub mod wakeup;
mod worker;

use crate::store::delivery::recovery;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::domain::Millis;
use crate::domain::delivery::OnDoubt;
use crate::failpoint;
use crate::recurring::Recurring;
use crate::store::delivery::{relay, throttles};
use crate::store::{Store, StoreError};
use crate::transport::local;
use circuit_breaker::CircuitBreaker;
use dispatch_queue::DispatchQueue;
use home::STAND_BY;
use housekeeping::{keep_house, keep_throttles};
use lock::{Attempt, EngineLock};
use routes::Balance;
pub use routes::Route;
pub use settings::Settings;
pub use shared::Parts;
use shared::{Shared, Told};
use standing::{Standing, Uncharged};
pub use stop::Haste;
use stop::Stop;
use throttle::Throttle;

/// How often the engine looks for what other processes have changed, and for time passing.
const TICK: Duration = Duration::from_millis(200);
/// An engine on a thread of its own, sending or standing by.
pub struct Engine {
    stop: watch::Sender<Stop>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Engine {
    /// Starts a thread that takes the lock as soon as it is free and then sends until stopped.
    ///
    /// # Errors
    /// When the system gives no thread or no event loop.
    pub fn start(parts: Parts) -> std::io::Result<Self> {
        let (stop, stopped) = watch::channel(Stop::GoOn);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || runtime.block_on(stand_by(parts, stopped)))?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }

    /// What makes it end at once.
    pub fn haste(&self) -> Haste {
        Haste::new(self.stop.clone())
    }

    fn tell_to_stop(&self) {
        self.stop.send_if_modified(|stop| {
            let goes_on = *stop == Stop::GoOn;
            if goes_on {
                *stop = Stop::Orderly;
            }
            goes_on
        });
    }

    /// Lets what is in flight finish, starts nothing new, and returns when all is written.
    pub async fn stop(mut self) {
        self.tell_to_stop();
        if let Some(thread) = self.thread.take() {
            drop(tokio::task::spawn_blocking(move || thread.join()).await);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.tell_to_stop();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

async fn stand_by(parts: Parts, stop: watch::Receiver<Stop>) {
    let mut stopping = stop.clone();
    let failing = Recurring::new();
    loop {
        match EngineLock::try_take(parts.store.path()) {
            Ok(Attempt::Taken(lock)) => {
                let (sender, announcement) = (parts.sender.clone(), parts.announcement());
                lock.announce(&announcement);
                sender.set_own(Some(announcement));
                failpoint::hit("lock-taken");
                conduct(parts, stop).await;
                sender.set_own(None);
                drop(lock);
                return;
            }
            Ok(Attempt::Held | Attempt::Inspected) => {}
            Err(error) => {
                if let Some(times) = failing.is_so(&error.to_string()) {
                    tracing::error!(%error, times, "the engine's lock cannot be taken");
                }
            }
        }
        tokio::select! {
            _ = stopping.wait_for(|stop| *stop >= Stop::Orderly) => return,
            () = tokio::time::sleep(STAND_BY) => {}
        }
    }
}

/// Sends until told to stop.
async fn conduct(parts: Parts, stop: watch::Receiver<Stop>) {
    let shared = Arc::new(Shared {
        queue: DispatchQueue::default(),
        breakers: parts
            .routes
            .iter()
            .map(|_| CircuitBreaker::new(parts.settings.relay_patience))
            .collect(),
        balance: Balance::new(&parts.routes),
        standings: parts
            .routes
            .iter()
            .map(|route| Standing::new(route.transport.is_capture()))
            .collect(),
        uncharged: Uncharged::default(),
        throttle: Throttle::new(&parts.routes, parts.domains.clone()),
        post: Notify::new(),
        told: Told {
            relays: parts.routes.iter().map(|_| Recurring::new()).collect(),
            ..Told::default()
        },
        parts,
        stop,
    });
    if !home::enter(&shared).await || !recover(&shared).await {
        return;
    }
    failpoint::hit("recovered");
    let mut workers = JoinSet::new();
    let mut number = 0;
    for (index, route) in shared.parts.routes.iter().enumerate() {
        for _ in 0..route.connections {
            workers.spawn(worker::work(Arc::clone(&shared), index, number));
            number += 1;
        }
    }
    shared.parts.store.serve_senders(number);
    workers.spawn(post::carry(Arc::clone(&shared)));
    workers.spawn(home::keep_note(Arc::clone(&shared)));
    let database = &shared.told.database;
    while !shared.is_stopping() {
        match keep_house(&shared).await {
            Ok(()) => {
                if let Some(times) = database.is_not_so() {
                    tracing::info!(times, "the database can be used again");
                }
            }
            Err(error) => {
                if let Some(times) = database.is_so(&error.kind()) {
                    tracing::error!(%error, times, "the database cannot be used; nothing is sent meanwhile");
                }
            }
        }
        tokio::select! {
            () = shared.stopped() => break,
            () = shared.parts.wakeup.woken() => {}
            () = shared.queue.low() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
    failpoint::hit("stopping");
    shared.queue.wake_all();
    while workers.join_next().await.is_some() {}
    if let Err(error) = keep_throttles(&shared).await {
        tracing::error!(%error, "what was sent today cannot be kept");
    }
    home::leave(&shared).await;
    failpoint::hit("stopped");
}

/// How often the lock is tried again while others only look who has it, and how long that takes: ten
/// times longer than a look.
const LOOKS: usize = 20;
const LOOK: Duration = Duration::from_millis(5);

/// Settles what an engine that died has left in flight. Nothing is sent. Where another process has the
/// lock there is nothing to do: it has settled that itself, or does it now.
///
/// # Errors
/// The database's, also that its lock file cannot be used. What is in flight stays so.
pub async fn settle_left(store: &Store, on_doubt: OnDoubt, now: Millis) -> Result<(), StoreError> {
    let Some(lock) = take_to_settle(store).await? else {
        return Ok(());
    };
    let text = local::text(local::INTERRUPTED, "");
    store
        .write(move |c| recovery::recover(c, on_doubt, &text, now))
        .await?;
    drop(lock);
    Ok(())
}

/// Takes the lock, unless somebody has it.
async fn take_to_settle(store: &Store) -> Result<Option<EngineLock>, StoreError> {
    let failed = |source| StoreError::File {
        path: lock::path(store.path()),
        source,
    };
    for _ in 0..LOOKS {
        match EngineLock::try_take(store.path()).map_err(failed)? {
            Attempt::Taken(lock) => return Ok(Some(lock)),
            Attempt::Held => return Ok(None),
            Attempt::Inspected => tokio::time::sleep(LOOK).await,
        }
    }
    Err(failed(std::io::ErrorKind::WouldBlock.into()))
}

/// Finds what a dead engine left in flight, before anything else is sent.
async fn recover(shared: &Shared) -> bool {
    let on_doubt = shared.parts.settings.on_doubt;
    let failing = Recurring::new();
    loop {
        let now = shared.parts.clock.now();
        let relays: Vec<String> = shared
            .parts
            .routes
            .iter()
            .map(|route| route.name.clone())
            .collect();
        let recovered = shared
            .parts
            .store
            .write(move |connection| {
                let text = local::text(local::INTERRUPTED, "");
                let found = recovery::recover(connection, on_doubt, &text, now)?;
                relay::clear(connection)?;
                throttles::keep_relays(connection, &relays)?;
                Ok::<_, StoreError>((found, throttles::all(connection)?))
            })
            .await;
        match recovered {
            Ok((found, kept)) => {
                shared.throttle.restore(kept);
                if found > 0 {
                    tracing::warn!(
                        found,
                        "deliveries are in doubt: the last engine ended in the middle"
                    );
                }
                return true;
            }
            Err(error) => {
                if let Some(times) = failing.is_so(&error.kind()) {
                    tracing::error!(%error, times, "the journal cannot be read; nothing is sent until it can");
                }
            }
        }
        tokio::select! {
            () = shared.stopped() => return false,
            () = tokio::time::sleep(STAND_BY) => {}
        }
    }
}
