//! One connection's life: take a delivery, claim it, compose, hand over, settle.
//!
//! Fresh, a delivery is claimed before anything is said about it. Announced behind the mail before,
//! it is claimed when the server has asked for it, in the commit that settles that mail: until then
//! the server has nothing that it could accept. Where it may no longer be claimed, the connection is
//! dropped without a byte of it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use super::circuit_breaker::Entry;
use super::dispatch_queue::{Job, Taken};
use super::in_flight::{InFlight, Ready, fits, impossible};
use super::verdict::Failure;
use super::{Route, Shared};
use crate::domain::Millis;
use crate::failpoint;
use crate::store::delivery::attempt_result::AttemptResult;
use crate::transport::{Connection, Ending, Opening, local};

/// A connection with nothing to do is closed after this long.
const IDLE: Duration = Duration::from_secs(10);
/// Longest wait for a throttle before looking again whether it still holds.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    /// Which of the routes.
    pub(super) route: usize,
    pub(super) connection: Option<Connection>,
    /// How it came through the breaker; `Probe` until it has shown whether the relay is back.
    pub(super) entry: Entry,
    /// Mails that the connection has carried.
    pub(super) carried: usize,
    /// Those to domains that allow only so many on one connection.
    pub(super) carried_to: HashMap<String, usize>,
    /// When it began its last mail, on the steady clock.
    pub(super) used_at: Millis,
    /// Claimed and sent, oldest first.
    pub(super) in_flight: VecDeque<InFlight>,
    /// Taken, and perhaps announced to the server already.
    next: Option<Ready>,
    /// What is not in the journal yet.
    pub(super) results: Vec<AttemptResult>,
    /// What the relay failed with, until nothing is in flight.
    pub(super) failure: Option<Failure>,
    pub(super) jitter: SmallRng,
}

pub(super) async fn work(shared: Arc<Shared>, route: usize, number: usize) {
    let seed = shared.parts.settings.seed.wrapping_add(number as u64);
    let mut worker = Worker {
        shared,
        route,
        connection: None,
        entry: Entry::Open,
        carried: 0,
        carried_to: HashMap::new(),
        used_at: 0,
        in_flight: VecDeque::new(),
        next: None,
        results: Vec::new(),
        failure: None,
        jitter: SmallRng::seed_from_u64(seed),
    };
    worker.run().await;
    worker.hang_up().await;
}

impl Worker {
    pub(super) fn route(&self) -> &Route {
        &self.shared.parts.routes[self.route]
    }

    async fn run(&mut self) {
        let shared = Arc::clone(&self.shared);
        let mut idle = Duration::ZERO;
        loop {
            let more = shared.queue.more();
            tokio::pin!(more);
            more.as_mut().enable();
            if shared.is_stopping() {
                return self.finish().await;
            }
            if self.failure.is_some() {
                self.fail().await;
                continue;
            }
            let mut wait = None;
            if self.has_room() {
                match self.take() {
                    Ok(ready) => {
                        idle = Duration::ZERO;
                        self.attempt(ready).await;
                        continue;
                    }
                    Err(pause) => wait = pause,
                }
            }
            if !self.in_flight.is_empty() {
                self.await_reply().await;
            } else if !self.results.is_empty() {
                self.settle().await;
            } else {
                let pause = wait.map_or(IDLE, |pause| pause.min(LONGEST_WAIT));
                let _idling = shared.idling(self.route);
                tokio::select! {
                    () = more => {}
                    () = shared.stopped() => {}
                    () = tokio::time::sleep(pause), if wait.is_some() || self.connection.is_some() => {
                        idle += pause;
                        if idle >= IDLE {
                            self.hang_up().await;
                        }
                    }
                }
            }
        }
    }

    /// Nothing new; what is in flight is finished, and written.
    async fn finish(&mut self) {
        while !self.in_flight.is_empty() {
            self.await_reply().await;
        }
        if let Some(ready) = self.next.take() {
            self.return_to_queue(&ready.job);
        }
        self.settle().await;
    }

    /// Whether another mail may be in flight.
    fn has_room(&self) -> bool {
        let window = match (&self.connection, self.entry) {
            (Some(connection), Entry::Open) if connection.is_usable() => connection.window(),
            _ => 1,
        };
        self.in_flight.len() < window
    }

    /// The next delivery, or how long to wait for one if that is known.
    fn take(&mut self) -> Result<Ready, Option<Duration>> {
        if let Some(ready) = self.next.take() {
            return Ok(ready);
        }
        match self.shared.take(self.route) {
            Taken::Job(job) => {
                failpoint::hit("taken");
                let composer = &self.shared.parts.composer;
                Ok(Ready {
                    envelope: composer.envelope(&job.pattern, &job.delivery),
                    job,
                    mail: None,
                })
            }
            Taken::Wait(pause) => Err(Some(pause)),
            Taken::Nothing => Err(None),
        }
    }

    pub(super) fn return_to_queue(&self, job: &Job) {
        self.shared.return_to_queue(self.route, job);
    }

    /// One try of one delivery, as far as it goes without waiting for the answer to the mail while
    /// there is room for more.
    async fn attempt(&mut self, ready: Ready) {
        if let Some(connection) = &mut self.connection {
            if connection.is_announced() {
                return self.go_on(ready).await;
            }
            // Before anything is claimed for it.
            if connection.has_ended().await {
                self.hang_up().await;
            }
        }
        if !self.is_connected() || !self.fits(&ready) {
            if !self.in_flight.is_empty() {
                self.next = Some(ready);
                return self.await_reply().await;
            }
            if !self.connect(ready.job.delivery.run_id).await {
                return self.return_to_queue(&ready.job);
            }
        }
        self.begin(ready).await;
    }

    async fn begin(&mut self, mut ready: Ready) {
        let Some(in_flight) = self.claim(&ready.job).await else {
            self.return_to_queue(&ready.job);
            return self.relay_works().await;
        };
        failpoint::hit("claimed");
        self.compose(&mut ready);
        let opening = self.open(&ready).await;
        match opening {
            Opening::Invited => self.send(in_flight, ready).await,
            Opening::Ended(ending) => {
                self.count_refused(&ready, &ending);
                self.record(&in_flight, ending);
            }
        }
        self.after_word().await;
    }

    /// The server has been told of this delivery behind the last mail, and has answered.
    async fn go_on(&mut self, mut ready: Ready) {
        let opening = self.open(&ready).await;
        match opening {
            // As if it had never been taken.
            Opening::Ended(Ending::NotReached(_)) => {
                self.next = Some(ready);
            }
            Opening::Ended(ending) => {
                self.count_refused(&ready, &ending);
                if !self.claim_and_settle(&ready.job, ending).await {
                    self.return_to_queue(&ready.job);
                }
            }
            Opening::Invited => {
                self.compose(&mut ready);
                match self.claim(&ready.job).await {
                    Some(in_flight) => {
                        failpoint::hit("claimed");
                        self.send(in_flight, ready).await;
                    }
                    None => {
                        self.connection = None;
                        self.return_to_queue(&ready.job);
                    }
                }
            }
        }
        self.after_word().await;
    }

    fn compose(&self, ready: &mut Ready) {
        if let (None, Ok(envelope)) = (&ready.mail, &ready.envelope) {
            let (parts, job) = (&self.shared.parts, &ready.job);
            let now = parts.clock.now();
            let mail = parts
                .composer
                .compose(&job.pattern, &job.delivery, envelope, now);
            ready.mail = Some(mail);
        }
        failpoint::hit("composed");
    }

    /// Sends the mail that the server has asked for, and composes the next one while it answers.
    async fn send(&mut self, in_flight: InFlight, ready: Ready) {
        failpoint::hit("invited");
        let mut next = None;
        let goes_on = self.carried + 1 < self.most_carried()
            && self.entry == Entry::Open
            && !self.shared.is_stopping();
        if goes_on && self.window() == 1 {
            next = self.take().ok();
        }
        self.count(&ready);
        let (Some(connection), Some(mail)) = (&mut self.connection, &ready.mail) else {
            // The server waits for a mail that there is not; it gets nothing in its place.
            self.connection = None;
            self.next = next;
            return self.record(&in_flight, impossible(&ready));
        };
        let envelope = next
            .as_ref()
            .filter(|next| fits(&self.shared, &self.carried_to, next))
            .and_then(|next: &Ready| next.envelope.as_ref().ok());
        let shared = Arc::clone(&self.shared);
        tokio::select! {
            biased;
            () = connection.send(mail, envelope) => {}
            // How much of it the server has is not known: it is in doubt, when its reply is due.
            () = shared.hastened() => self.connection = None,
        }
        failpoint::hit("announced");
        self.in_flight.push_back(in_flight);
        if let Some(next) = &mut next {
            self.compose(next);
        }
        self.next = next;
        if self.window() == 1 {
            self.await_reply().await;
        }
    }

    fn window(&self) -> usize {
        self.connection.as_ref().map_or(1, Connection::window)
    }

    /// Waits for what became of the oldest mail in flight.
    pub(super) async fn await_reply(&mut self) {
        let Some(in_flight) = self.in_flight.pop_front() else {
            return;
        };
        let shared = Arc::clone(&self.shared);
        let ending = match &mut self.connection {
            Some(connection) => tokio::select! {
                biased;
                ending = connection.answer() => ending,
                () = shared.hastened() => {
                    self.connection = None;
                    Ending::InDoubt(local::reply(local::INTERRUPTED, ""))
                }
            },
            None if shared.is_hastened() => Ending::InDoubt(local::reply(local::INTERRUPTED, "")),
            None => Ending::InDoubt(local::reply(local::LOST, "")),
        };
        failpoint::hit("answered");
        if matches!(ending, Ending::NotReached(_)) {
            self.carried = self.carried.saturating_sub(1);
        }
        self.record(&in_flight, ending);
        self.after_word().await;
    }

    /// What the server's last word means for the relay.
    async fn after_word(&mut self) {
        if self.failure.is_none() && !self.results.is_empty() {
            self.relay_works().await;
        }
    }
}
