//! A worker's connection: what is said over it, how many mails it may carry, and its end.

use std::sync::Arc;

use super::in_flight::{Ready, fits, impossible};
use super::worker::Worker;
use crate::domain::Millis;
use crate::transport::{Connection, Ending, Opening, local};

/// A connection that ends so many milliseconds after its last mail, or later, has ended for idleness.
const BUSY: Millis = 2_000;

impl Worker {
    /// Brings a delivery to where the server asks for its mail, or to its end. In haste nothing has
    /// been said about it.
    pub(super) async fn open(&mut self, ready: &Ready) -> Opening {
        let shared = Arc::clone(&self.shared);
        match (&ready.envelope, &mut self.connection) {
            (Ok(envelope), Some(connection)) => tokio::select! {
                biased;
                opening = connection.open(envelope) => opening,
                () = shared.hastened() => {
                    self.connection = None;
                    let reply = local::reply(local::INTERRUPTED, "");
                    Opening::Ended(Ending::NotReached(reply))
                }
            },
            _ => Opening::Ended(impossible(ready)),
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connection.as_ref().is_some_and(Connection::is_usable)
            && self.carried < self.most_carried()
    }

    /// Mails that a connection may carry: the setting, or less where the server has shown that it
    /// takes less.
    pub(super) fn most_carried(&self) -> usize {
        let set = self.route().mails_per_connection;
        let steady = self.shared.parts.clock.steady();
        let cap = self.shared.throttle.connection_cap(self.route, steady);
        cap.map_or(set, |cap| cap.min(set))
    }

    /// Whether its domain allows another mail on this connection.
    pub(super) fn fits(&self, ready: &Ready) -> bool {
        fits(&self.shared, &self.carried_to, ready)
    }

    pub(super) fn count(&mut self, ready: &Ready) {
        self.carried += 1;
        self.used_at = self.shared.parts.clock.steady();
        let throttle = &self.shared.throttle;
        if let Some((domain, _)) = throttle.per_connection(&ready.job.delivery.email) {
            *self.carried_to.entry(domain).or_default() += 1;
        }
    }

    /// A server counts MAIL commands, not mails.
    pub(super) fn count_refused(&mut self, ready: &Ready, ending: &Ending) {
        if !matches!(ending, Ending::Impossible(_) | Ending::NotReached(_)) {
            self.count(ready);
        }
    }

    pub(super) async fn hang_up(&mut self) {
        let carried = std::mem::take(&mut self.carried);
        self.carried_to.clear();
        if let Some(connection) = self.connection.take() {
            let steady = self.shared.parts.clock.steady();
            if connection.was_left() && steady - self.used_at < BUSY {
                let throttle = &self.shared.throttle;
                throttle.connection_ended(self.route, carried, steady);
            }
            let shared = Arc::clone(&self.shared);
            tokio::select! {
                () = connection.quit() => {}
                () = shared.hastened() => {}
            }
        }
    }
}
