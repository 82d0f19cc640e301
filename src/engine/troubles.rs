//! A worker and its relay: connecting, and what to do when the relay fails.

use std::sync::Arc;
use std::time::Duration;

use super::circuit_breaker::Entry;
use super::shared::Shared;
use super::standing::REJECTIONS;
use super::verdict::Failure;
use super::worker::Worker;
use crate::domain::Id;
use crate::domain::mailings::run::PauseReason;
use crate::failpoint;
use crate::store::StoreError;
use crate::store::delivery::{deliveries, relay, upkeep};
use crate::transport::RelayFailure;

/// How often somebody who waits for a relay looks whether another one is there.
const OTHER_WAY: Duration = Duration::from_secs(1);

/// How long to wait for a descriptor.
const SCARCE: Duration = Duration::from_secs(1);
impl Worker {
    /// Opens a connection for a delivery of this run, waiting at the breaker while the relay is away. `false`
    /// when stopping, when the delivery may no longer be tried, or when the relay failed again.
    pub(super) async fn connect(&mut self, run: Id) -> bool {
        // A result must not wait for a connection.
        self.settle().await;
        self.hang_up().await;
        let shared = Arc::clone(&self.shared);
        let (clock, breaker) = (&shared.parts.clock, &shared.breakers[self.route]);
        loop {
            tokio::select! {
                () = shared.stopped() => return false,
                entry = breaker.enter(|| clock.steady()) => {
                    self.entry = entry;
                    break;
                }
                // Who waits for a relay must not keep what another one could take.
                () = tokio::time::sleep(OTHER_WAY) => {
                    if shared.has_other_way(self.route) {
                        return false;
                    }
                }
            }
        }
        // Those who waited for a relay that was given up must not all try it once more.
        if self.entry == Entry::Open && !may_be_tried(&shared, run).await {
            return false;
        }
        failpoint::hit("connecting");
        let connecting = self.route().transport.connect();
        let connected = tokio::select! {
            () = shared.stopped() => {
                breaker.leave(self.entry);
                return false;
            }
            connected = connecting => connected,
        };
        match connected {
            Ok(connection) => {
                failpoint::hit("connected");
                if let Some(times) = shared.told.resources.is_not_so() {
                    tracing::info!(times, "connections can be opened again");
                }
                self.connection = Some(connection);
                true
            }
            Err(failure) if failure.ours => {
                breaker.leave(self.entry);
                self.entry = Entry::Open;
                self.wait_for_resources(&failure).await;
                false
            }
            Err(failure) => {
                self.relay_failed((&failure).into()).await;
                false
            }
        }
    }

    /// This process has no descriptor, memory or port for a connection. The relay was not asked, so
    /// that its breaker stays open; before long there may be one.
    async fn wait_for_resources(&mut self, failure: &RelayFailure) {
        let shared = &self.shared;
        let name = &self.route().name;
        if let Some(times) = shared.told.resources.is_so("scarce") {
            let text = failure.text.as_str();
            tracing::error!(
                relay = name,
                text,
                times,
                "no connection can be opened: this machine has too few file descriptors or ports, \
                 or too little memory; trying again every second (LimitNOFILE= in the unit)"
            );
        }
        tokio::select! {
            () = shared.stopped() => {}
            () = tokio::time::sleep(SCARCE) => {}
        }
    }

    /// The relay let this connection past MAIL, or there was nothing to say to it.
    pub(super) async fn relay_works(&mut self) {
        let entry = std::mem::replace(&mut self.entry, Entry::Open);
        let shared = Arc::clone(&self.shared);
        if shared.breakers[self.route].works(entry, shared.parts.clock.steady()) {
            let name = self.route().name.clone();
            let times = shared.told.relays[self.route].is_over();
            tracing::info!(relay = name, times, "the relay is back");
            let put = move |c: &rusqlite::Connection| relay::put(c, &name, None);
            drop(shared.parts.store.write(put).await);
        }
    }

    /// The relay failed in the middle of a transaction.
    pub(super) async fn fail(&mut self) {
        while !self.in_flight.is_empty() {
            self.await_reply().await;
        }
        if let Some(failure) = self.failure.take() {
            self.hang_up().await;
            self.relay_failed(failure).await;
        }
    }

    async fn relay_failed(&mut self, mut failure: Failure) {
        self.settle().await;
        failpoint::hit("relay-failed");
        let entry = std::mem::replace(&mut self.entry, Entry::Open);
        let shared = Arc::clone(&self.shared);
        let clock = &shared.parts.clock;
        let breaker = &shared.breakers[self.route];
        // Patience is for a relay that may come back, not for one that has said for good, and again
        // and again, that it does not want us.
        let failures = usize::try_from(breaker.failures()).unwrap_or(usize::MAX);
        if failure.is_rejection() && failures.saturating_add(1) >= REJECTIONS {
            failure.permanent = true;
            if failure.reason == PauseReason::Relay {
                failure.reason = PauseReason::Rejected;
            }
        }
        let text = failure.text.as_str();
        let Some(closed) =
            breaker.close(entry, text, failure.permanent, clock.now(), clock.steady())
        else {
            return;
        };
        let give_up = closed.give_up && !shared.has_other_hope(self.route);
        let name = self.route().name.clone();
        if let Some(times) = shared.told.relays[self.route].is_so(text) {
            tracing::warn!(
                relay = name,
                text,
                permanent = failure.permanent,
                give_up,
                times,
                "the relay failed"
            );
        }
        let reason = failure.reason;
        let write = move |c: &rusqlite::Connection| {
            if give_up {
                // Whoever resumes begins anew with all of them.
                relay::clear(c)?;
                upkeep::pause_all(c, reason, &closed.status.text)?;
            } else {
                relay::put(c, &name, Some(&closed.status))?;
            }
            Ok::<_, StoreError>(())
        };
        let written = shared.parts.store.write(write).await;
        failpoint::hit("relay-noted");
        match written {
            Ok(()) if give_up => {
                for breaker in &shared.breakers {
                    breaker.open();
                }
            }
            Ok(()) => {}
            Err(error) => {
                if let Some(times) = shared.told.journal.is_so(&error.kind()) {
                    tracing::error!(%error, times, "the relay's failure cannot be written down");
                }
                // Nothing is paused: an open breaker would let everybody try at once, again and again.
                if give_up {
                    breaker.look_again(clock.steady());
                }
            }
        }
        shared.parts.wakeup.wake();
    }
}

async fn may_be_tried(shared: &Shared, run: Id) -> bool {
    let now = shared.parts.clock.now();
    let read = shared
        .parts
        .store
        .read(move |c| deliveries::may_be_tried(c, run, now))
        .await;
    read.unwrap_or_else(|error: StoreError| {
        if let Some(times) = shared.told.journal.is_so(&error.kind()) {
            tracing::error!(%error, times, "the journal cannot be read; nothing is tried meanwhile");
        }
        false
    })
}
