//! The memory that bodies of requests may hold at once: in all, and of one client.
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

use super::bounds::{Bounds, CLIENT_PART, RESERVATION_STEP};
use crate::domain::accounts::throttle::Network;
use crate::domain::{Id, Millis};

/// Who sends a body: a user, or a network of people who are not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Client {
    User(Id),
    Anonymous(Network),
}

type Clients = Arc<Mutex<HashMap<Client, Arc<Semaphore>>>>;

/// Room for the bodies of some kind of clients, in steps of [`RESERVATION_STEP`].
struct Pool {
    all: Arc<Semaphore>,
    /// Steps that one client may hold.
    of_one: usize,
    /// What is left of that to clients who hold something, or wait for it.
    clients: Clients,
}

impl Pool {
    fn new(octets: u64) -> Self {
        let steps = |octets: u64| usize::try_from(octets / RESERVATION_STEP).unwrap_or(0);
        Self {
            all: Arc::new(Semaphore::new(steps(octets))),
            of_one: steps(octets / CLIENT_PART),
            clients: Arc::default(),
        }
    }
}

/// All the room that there is.
pub(super) struct BodyBudget {
    users: Pool,
    strangers: Pool,
    patience: Duration,
}

impl BodyBudget {
    pub(super) fn new(bounds: &Bounds) -> Self {
        Self {
            users: Pool::new(bounds.bodies),
            strangers: Pool::new(bounds.strangers_bodies),
            patience: bounds.room_patience,
        }
    }

    /// An empty reservation, for a body that is about to come.
    pub(super) fn reserve(&self, client: Client) -> Reservation {
        let pool = match client {
            Client::User(_) => &self.users,
            Client::Anonymous(_) => &self.strangers,
        };
        let mut clients = pool.clients.lock();
        let own = clients
            .entry(client)
            .or_insert_with(|| Arc::new(Semaphore::new(pool.of_one)));
        Reservation {
            client,
            clients: Arc::clone(&pool.clients),
            own: Arc::clone(own),
            all: Arc::clone(&pool.all),
            held: None,
            octets: 0,
            patience: self.patience,
        }
    }
}

/// The room of one body, given back when it is dropped.
pub(super) struct Reservation {
    client: Client,
    clients: Clients,
    own: Arc<Semaphore>,
    all: Arc<Semaphore>,
    held: Option<Held>,
    /// Octets that there is room for.
    octets: u64,
    /// How long it may still wait, all in all.
    patience: Duration,
}

/// Steps of the client's own and of everybody's.
struct Held {
    own: OwnedSemaphorePermit,
    all: OwnedSemaphorePermit,
}

impl Reservation {
    /// Makes room for a body of so many octets. `false` where there is none before long, or where its
    /// client's other bodies leave none.
    pub(super) async fn grow(&mut self, octets: u64, steady: impl Fn() -> Millis) -> bool {
        let steps = octets
            .saturating_sub(self.octets)
            .div_ceil(RESERVATION_STEP);
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
        self.octets += steps * RESERVATION_STEP;
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

impl Reservation {
    /// Octets that there is room for.
    pub(super) const fn octets(&self) -> u64 {
        self.octets
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut clients = self.clients.lock();
        self.held = None;
        // The map's and this one's: the client has no other body under way.
        if Arc::strong_count(&self.own) <= 2 {
            clients.remove(&self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: Client = Client::User(1);
    const BORIS: Client = Client::User(2);

    /// Room for so many steps.
    fn budget(steps: u64, patience: Duration) -> BodyBudget {
        BodyBudget::new(&Bounds {
            bodies: steps * RESERVATION_STEP,
            room_patience: patience,
            ..Bounds::of_descriptors(0)
        })
    }

    async fn grow(reservation: &mut Reservation, octets: u64) -> bool {
        reservation.grow(octets, || 0).await
    }

    #[tokio::test]
    async fn one_client_gets_a_quarter_and_what_was_taken_is_given_back() {
        let budget = budget(8, Duration::ZERO);
        let mut first = budget.reserve(ANNA);
        assert!(grow(&mut first, 1).await);
        assert!(grow(&mut first, RESERVATION_STEP).await, "it has that");
        let mut second = budget.reserve(ANNA);
        assert!(grow(&mut second, RESERVATION_STEP).await);
        assert!(
            !grow(&mut second, RESERVATION_STEP + 1).await,
            "two of eight"
        );
        assert!(!grow(&mut budget.reserve(ANNA), 1).await);
        drop(second);
        assert!(grow(&mut first, RESERVATION_STEP + 1).await);
        let mut others = Vec::new();
        for user in 2..5 {
            let mut reservation = budget.reserve(Client::User(user));
            assert!(grow(&mut reservation, 2 * RESERVATION_STEP).await, "{user}");
            others.push(reservation);
        }
        assert!(
            !grow(&mut budget.reserve(Client::User(5)), 1).await,
            "all gone"
        );
        let stranger = Client::Anonymous(Network::of("192.0.2.1"));
        assert!(
            grow(&mut budget.reserve(stranger), 1).await,
            "room of their own"
        );
        drop(first);
        assert!(grow(&mut budget.reserve(Client::User(5)), 1).await);
        drop(others);
        assert!(budget.users.clients.lock().is_empty());
        assert!(budget.strangers.clients.lock().is_empty());
        assert_eq!(budget.users.all.available_permits(), 8);
    }

    #[tokio::test]
    async fn of_two_bodies_that_wait_for_each_other_one_gives_way() {
        let budget = budget(8, Duration::from_mins(1));
        let (mut first, mut second) = (budget.reserve(ANNA), budget.reserve(ANNA));
        assert!(grow(&mut first, 1).await && grow(&mut second, 1).await);
        first.patience = Duration::from_millis(10);
        let gives_way = async {
            let grown = grow(&mut first, 2 * RESERVATION_STEP).await;
            drop(first);
            grown
        };
        let both = async { tokio::join!(gives_way, grow(&mut second, 2 * RESERVATION_STEP)) };
        assert_eq!(both.await, (false, true));
        assert!(grow(&mut budget.reserve(BORIS), 2 * RESERVATION_STEP).await);
        drop(second);
        assert_eq!(budget.users.all.available_permits(), 8);
    }
}
