//! The connections that are open: who has how many, what each is doing, and which one makes room.
//!
//! Only a connection that a request is being answered on is safe. One that is idle, or still sends its
//! request, is closed when it takes too long, and the oldest of them when somebody else needs the
//! place: so a thousand half-sent requests cost their sender the connections, and nobody else.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::bounds::Bounds;
use super::connection_state::{ConnectionState, Steady};
use crate::domain::accounts::throttle::Network;

struct Entry {
    state: Arc<ConnectionState>,
    /// Whose; nobody's where it is a trusted proxy's.
    network: Option<Network>,
}

#[derive(Default)]
struct Open {
    next: u64,
    entries: HashMap<u64, Entry>,
    per_network: HashMap<Network, usize>,
}

impl Open {
    fn remove(&mut self, number: u64) -> Option<Arc<ConnectionState>> {
        let entry = self.entries.remove(&number)?;
        if let Some(network) = entry.network
            && let Some(count) = self.per_network.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                self.per_network.remove(&network);
            }
        }
        Some(entry.state)
    }

    /// Closes the oldest expendable connection of a network, or of anybody.
    fn make_room(&mut self, of: Option<Network>) -> bool {
        let oldest = self
            .entries
            .iter()
            .filter(|(_, entry)| of.is_none() || entry.network == of)
            .filter_map(|(number, entry)| Some((entry.state.expendable_since()?, *number)))
            .min();
        let Some(state) = oldest.and_then(|(_, number)| self.remove(number)) else {
            return false;
        };
        state.cut();
        true
    }

    /// The network with the most connections.
    fn busiest(&self) -> Option<Network> {
        let most = self.per_network.iter().max_by_key(|(_, count)| **count);
        most.map(|(network, _)| *network)
    }
}

/// All that are open.
pub(super) struct Connections {
    bounds: Bounds,
    steady: Steady,
    open: Mutex<Open>,
    /// Descriptors and tasks that are still in use, those of closed connections among them.
    live: AtomicUsize,
    freed: Notify,
}

impl Connections {
    pub(super) fn new(bounds: Bounds, steady: Steady) -> Self {
        Self {
            bounds,
            steady,
            open: Mutex::default(),
            live: AtomicUsize::new(0),
            freed: Notify::new(),
        }
    }

    /// A place for a new connection; `None` where all are taken by answers under way. Whose it is is
    /// not said of a trusted proxy.
    pub(super) fn admit(self: &Arc<Self>, network: Option<Network>) -> Option<Place> {
        let mut open = self.open.lock();
        if let Some(network) = network {
            let has = open.per_network.get(&network).copied().unwrap_or_default();
            if has >= self.bounds.per_network && !open.make_room(Some(network)) {
                return None;
            }
        }
        if open.entries.len() >= self.bounds.connections {
            let busiest = open.busiest();
            if !open.make_room(busiest) && !open.make_room(None) {
                return None;
            }
        }
        let number = open.next;
        open.next += 1;
        let state = Arc::new(ConnectionState::new(Arc::clone(&self.steady)));
        let entry = Entry {
            state: Arc::clone(&state),
            network,
        };
        open.entries.insert(number, entry);
        if let Some(network) = network {
            *open.per_network.entry(network).or_default() += 1;
        }
        drop(open);
        self.live.fetch_add(1, Ordering::AcqRel);
        Some(Place {
            connections: Arc::clone(self),
            number,
            state,
        })
    }

    /// Whether there are so few that no network can have half of what it may have.
    pub(super) fn are_few(&self) -> bool {
        self.open.lock().entries.len() <= self.bounds.per_network / 2
    }

    /// Waits until those that were closed are gone, descriptors and all.
    pub(super) async fn until_within(&self, most: usize) {
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if self.live.load(Ordering::Acquire) <= most {
                return;
            }
            freed.await;
        }
    }

    /// Closes what takes too long, again and again.
    pub(super) async fn watch(self: Arc<Self>) {
        let shortest = self
            .bounds
            .head
            .min(self.bounds.idle)
            .min(self.bounds.stall);
        let pause = (shortest / 10).clamp(Duration::from_millis(10), Duration::from_secs(1));
        loop {
            tokio::time::sleep(pause).await;
            let now = (self.steady)();
            let mut open = self.open.lock();
            let overdue: Vec<u64> = open
                .entries
                .iter()
                .filter(|(_, entry)| entry.state.is_overdue(&self.bounds, now))
                .map(|(number, _)| *number)
                .collect();
            for number in overdue {
                if let Some(state) = open.remove(number) {
                    state.cut();
                }
            }
        }
    }

    /// Closes those of whom nothing has come that could be answered.
    pub(super) fn cut_silent(&self) {
        self.cut_where(ConnectionState::is_silent);
    }

    pub(super) fn cut_all(&self) {
        self.cut_where(|_| true);
    }

    fn cut_where(&self, is_meant: impl Fn(&ConnectionState) -> bool) {
        let open = self.open.lock();
        for entry in open.entries.values().filter(|entry| is_meant(&entry.state)) {
            entry.state.cut();
        }
    }
}

/// A connection's place, for as long as anything is done for it.
pub(super) struct Place {
    connections: Arc<Connections>,
    number: u64,
    pub(super) state: Arc<ConnectionState>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open.lock().remove(self.number);
        self.connections.live.fetch_sub(1, Ordering::AcqRel);
        self.connections.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::connection_state::Phase;
    use super::*;

    fn network(last: u8) -> Network {
        Network::from(std::net::IpAddr::from(Ipv4Addr::new(192, 0, 2, last)))
    }

    fn connections(connections: usize, per_network: usize) -> Arc<Connections> {
        let bounds = Bounds {
            connections,
            per_network,
            ..Bounds::of_descriptors(0)
        };
        Arc::new(Connections::new(bounds, Arc::new(|| 0_i64)))
    }

    fn is_cut(place: &Place) -> bool {
        place.state.was_cut()
    }

    #[test]
    fn whoever_sends_half_a_request_gives_way_to_the_next_of_the_same_network() {
        let all = connections(10, 2);
        let first = all.admit(Some(network(1))).unwrap();
        let other = all.admit(Some(network(2))).unwrap();
        let second = all.admit(Some(network(1))).unwrap();
        first.state.enter(Phase::Serving);
        let third = all.admit(Some(network(1))).unwrap();
        assert!(is_cut(&second) && !is_cut(&first) && !is_cut(&other));
        third.state.enter(Phase::Serving);
        assert!(
            all.admit(Some(network(1))).is_none(),
            "both are being answered"
        );
        assert!(all.admit(Some(network(3))).is_some());
    }

    #[test]
    fn an_answer_is_safe_until_the_client_has_all_of_it() {
        let all = connections(1, 1);
        let place = all.admit(Some(network(1))).unwrap();
        place.state.enter(Phase::Flushing);
        assert!(all.admit(Some(network(1))).is_none());
        all.cut_silent();
        assert!(!is_cut(&place));
        place.state.flushed();
        assert!(all.admit(Some(network(1))).is_some());
        assert!(is_cut(&place));
    }

    #[test]
    fn when_all_is_taken_the_network_with_the_most_gives_way() {
        let all = connections(4, 4);
        let lone = all.admit(Some(network(2))).unwrap();
        let many: Vec<_> = (0..3)
            .map(|_| all.admit(Some(network(1))).unwrap())
            .collect();
        let guest = all.admit(Some(network(3))).unwrap();
        assert!(!is_cut(&lone) && !is_cut(&guest));
        assert_eq!(many.iter().filter(|place| is_cut(place)).count(), 1);
    }

    #[test]
    fn a_place_is_free_when_the_work_is_done() {
        let all = connections(1, 1);
        let place = all.admit(Some(network(1))).unwrap();
        place.state.enter(Phase::Serving);
        assert!(all.admit(Some(network(2))).is_none());
        drop(place);
        assert!(all.admit(Some(network(2))).is_some());
        assert!(
            all.open.lock().per_network.is_empty(),
            "nothing is kept of it"
        );
    }
}
