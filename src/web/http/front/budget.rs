//! The memory that bodies of requests may hold at once: in all, and of one sender.
//!
//! Room is taken as the octets of a body arrive, not as they are announced: whoever announces 2 MB and
//! sends five octets holds nothing. A body that finds no room waits for a while, and then gives back
//! what it holds, so that bodies that wait for each other do not wait for ever. One that has stopped
//! coming is given up by the pace that `receive` asks for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::bounds::{Bounds, OF_ONE_SENDER, ROOM_STEP};
use crate::domain::accounts::throttle::Network;
use crate::domain::{Id, Millis};

/// Who sends a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sender {
    User(Id),
    Stranger(Network),
}

type Senders = Arc<Mutex<HashMap<Sender, Arc<Semaphore>>>>;

/// Room for the bodies of some kind of senders, in steps of [`ROOM_STEP`].
struct Pool {
    all: Arc<Semaphore>,
    /// Steps that one sender may hold.
    of_one: usize,
    /// What is left of that to senders who hold something, or wait for it.
    senders: Senders,
}

impl Pool {
    fn new(octets: u64) -> Self {
        let steps = |octets: u64| usize::try_from(octets / ROOM_STEP).unwrap_or(0);
        Self {
            all: Arc::new(Semaphore::new(steps(octets))),
            of_one: steps(octets / OF_ONE_SENDER),
            senders: Arc::default(),
        }
    }
}

/// All room that there is.
pub(super) struct Room {
    users: Pool,
    strangers: Pool,
    patience: Duration,
}

impl Room {
    pub(super) fn new(bounds: &Bounds) -> Self {
        Self {
            users: Pool::new(bounds.bodies),
            strangers: Pool::new(bounds.strangers_bodies),
            patience: bounds.room_patience,
        }
    }

    /// A share for a body that is about to come; there is nothing in it yet.
    pub(super) fn share(&self, sender: Sender) -> Share {
        let pool = match sender {
            Sender::User(_) => &self.users,
            Sender::Stranger(_) => &self.strangers,
        };
        let mut senders = pool.senders.lock();
        let own = senders
            .entry(sender)
            .or_insert_with(|| Arc::new(Semaphore::new(pool.of_one)));
        Share {
            sender,
            senders: Arc::clone(&pool.senders),
            own: Arc::clone(own),
            all: Arc::clone(&pool.all),
            held: None,
            octets: 0,
            patience: self.patience,
        }
    }
}

/// The room of one body, given back when it is dropped.
pub(super) struct Share {
    sender: Sender,
    senders: Senders,
    own: Arc<Semaphore>,
    all: Arc<Semaphore>,
    held: Option<Held>,
    /// Octets that there is room for.
    octets: u64,
    /// How long it may still wait, all in all.
    patience: Duration,
}

/// Steps of the sender's own and of everybody's.
struct Held {
    own: OwnedSemaphorePermit,
    all: OwnedSemaphorePermit,
}

impl Share {
    /// Makes room for a body of so many octets. `false` where there is none before long, or where its
    /// sender's other bodies leave none.
    pub(super) async fn grow(&mut self, octets: u64, steady: impl Fn() -> Millis) -> bool {
        let steps = octets.saturating_sub(self.octets).div_ceil(ROOM_STEP);
        if steps == 0 {
            return true;
        }
        let begun = steady();
        let taken = tokio::time::timeout(self.patience, self.take(steps)).await;
        let waited = u64::try_from(steady() - begun).unwrap_or_default();
        self.patience = self.patience.saturating_sub(Duration::from_millis(waited));
        let Ok(Ok(more)) = taken else {
            return false;
        };
        match &mut self.held {
            Some(held) => {
                held.own.merge(more.own);
                held.all.merge(more.all);
            }
            none => *none = Some(more),
        }
        self.octets += steps * ROOM_STEP;
        true
    }

    async fn take(&self, steps: u64) -> Result<Held, AcquireError> {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        Ok(Held {
            own: Arc::clone(&self.own).acquire_many_owned(steps).await?,
            all: Arc::clone(&self.all).acquire_many_owned(steps).await?,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut senders = self.senders.lock();
        self.held = None;
        // The map's and this one's: the sender has no other body under way.
        if Arc::strong_count(&self.own) <= 2 {
            senders.remove(&self.sender);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: Sender = Sender::User(1);
    const BORIS: Sender = Sender::User(2);

    /// Room for so many steps.
    fn room(steps: u64, patience: Duration) -> Room {
        Room::new(&Bounds {
            bodies: steps * ROOM_STEP,
            room_patience: patience,
            ..Bounds::of_descriptors(0)
        })
    }

    async fn grow(share: &mut Share, octets: u64) -> bool {
        share.grow(octets, || 0).await
    }

    #[tokio::test]
    async fn one_sender_gets_a_quarter_and_what_was_taken_is_given_back() {
        let room = room(8, Duration::ZERO);
        let mut first = room.share(ANNA);
        assert!(grow(&mut first, 1).await);
        assert!(grow(&mut first, ROOM_STEP).await, "it has that");
        let mut second = room.share(ANNA);
        assert!(grow(&mut second, ROOM_STEP).await);
        assert!(!grow(&mut second, ROOM_STEP + 1).await, "two of eight");
        assert!(!grow(&mut room.share(ANNA), 1).await);
        drop(second);
        assert!(grow(&mut first, ROOM_STEP + 1).await);
        let mut others = Vec::new();
        for user in 2..5 {
            let mut share = room.share(Sender::User(user));
            assert!(grow(&mut share, 2 * ROOM_STEP).await, "{user}");
            others.push(share);
        }
        assert!(!grow(&mut room.share(Sender::User(5)), 1).await, "all gone");
        let stranger = Sender::Stranger(Network::of("192.0.2.1"));
        assert!(
            grow(&mut room.share(stranger), 1).await,
            "room of their own"
        );
        drop(first);
        assert!(grow(&mut room.share(Sender::User(5)), 1).await);
        drop(others);
        assert!(room.users.senders.lock().is_empty());
        assert!(room.strangers.senders.lock().is_empty());
        assert_eq!(room.users.all.available_permits(), 8);
    }

    #[tokio::test]
    async fn of_two_bodies_that_wait_for_each_other_one_gives_way() {
        let room = room(8, Duration::from_mins(1));
        let (mut first, mut second) = (room.share(ANNA), room.share(ANNA));
        assert!(grow(&mut first, 1).await && grow(&mut second, 1).await);
        first.patience = Duration::from_millis(10);
        let gives_way = async {
            let grown = grow(&mut first, 2 * ROOM_STEP).await;
            drop(first);
            grown
        };
        let both = async { tokio::join!(gives_way, grow(&mut second, 2 * ROOM_STEP)) };
        assert_eq!(both.await, (false, true));
        assert!(grow(&mut room.share(BORIS), 2 * ROOM_STEP).await);
        drop(second);
        assert_eq!(room.users.all.available_permits(), 8);
    }
}
