//! What the conductor and the workers share, and what they decide by it: which delivery a connection
//! takes next, and what an answer means for the relays.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::circuit_breaker::CircuitBreaker;
use super::compose::Composer;
use super::dispatch_queue::{DispatchQueue, Job, Taken};
use super::lock::Sender;
use super::routes::{Balance, Idling, Route};
use super::sender::CurrentSender;
use super::settings::Settings;
use super::standing::{Change, Standing, Uncharged};
use super::stop::Stop;
use super::throttle::Throttle;
use super::verdict::{Failure, Settled};
use super::wakeup::Wakeup;
use crate::clock::Clock;
use crate::domain::delivery::limits::DomainLimits;
use crate::domain::system::clock_jump::ClockJumps;
use crate::recurring::Recurring;
use crate::store::Store;
use crate::store::delivery::attempt_result::AttemptResult;
use crate::transport::Transport;

/// How long a relay that is ahead waits for those that are behind.
const TURN: Duration = Duration::from_millis(5);
/// How long a connection rests while its relay has not accepted anything yet.
const COLD: Duration = Duration::from_secs(1);

/// What the engine works with.
#[derive(Clone)]
pub struct Parts {
    pub store: Store,
    /// The ways out; all of them capture, or none.
    pub routes: Vec<Route>,
    pub domains: DomainLimits,
    /// What hands the service's own mail over: the same, but in the demo.
    pub post: Transport,
    pub clock: Arc<dyn Clock>,
    pub clock_jumps: Arc<ClockJumps>,
    pub wakeup: Wakeup,
    /// Who sends, for the pages of this process.
    pub sender: CurrentSender,
    pub composer: Arc<Composer>,
    pub settings: Settings,
}

impl Parts {
    /// Whether nothing leaves this machine.
    pub(super) fn captures(&self) -> bool {
        self.routes.iter().all(|route| route.transport.is_capture())
    }

    pub(super) fn announcement(&self) -> Sender {
        Sender {
            base_url: self.composer.base_url.clone(),
            captures: self.captures(),
        }
    }
}

/// Everything that the conductor and the workers share.
pub(super) struct Shared {
    pub(super) parts: Parts,
    pub(super) queue: DispatchQueue,
    /// One for each route, in their order.
    pub(super) breakers: Vec<CircuitBreaker>,
    pub(super) balance: Balance,
    /// One for each route, in their order.
    pub(super) standings: Vec<Standing>,
    pub(super) uncharged: Uncharged,
    pub(super) throttle: Throttle,
    /// There is mail of our own to hand over.
    pub(super) post: Notify,
    pub(super) told: Told,
    pub(super) stop: watch::Receiver<Stop>,
}

/// What lasts, for the log.
#[derive(Default)]
pub(super) struct Told {
    /// The database cannot be used.
    pub(super) database: Recurring,
    /// Claims and results cannot be written.
    pub(super) journal: Recurring,
    /// The service's own mail cannot be read or written.
    pub(super) outbox: Recurring,
    /// It has to wait.
    pub(super) letters: Recurring,
    /// This process has no descriptor, memory or port for a connection.
    pub(super) resources: Recurring,
    /// A relay is away; one for each route.
    pub(super) relays: Vec<Recurring>,
}

impl Shared {
    /// The next delivery for a connection of this route.
    pub(super) fn take(&self, route: usize) -> Taken {
        let clock = &self.parts.clock;
        let steady = clock.steady();
        let alone = self.parts.routes.len() == 1;
        if !alone {
            if let Some(pause) = self.breakers[route].pause(steady)
                && self.breakers[route].is_closed()
                && self.has_other_way(route)
            {
                return Taken::Wait(pause);
            }
            let now = clock.now();
            let is_open = |other: usize| {
                !self.breakers[other].is_closed()
                    && self.standings[other].has_room(steady)
                    && self.throttle.relay_pause(other, now).is_none()
            };
            if self.balance.is_ahead(route, steady, is_open) {
                return Taken::Wait(TURN);
            }
        }
        let now = clock.now();
        if !self.standings[route].has_room(steady) {
            // The first acceptance wakes whoever waits.
            return Taken::Wait(COLD);
        }
        if let Some(pause) = self.throttle.relay_pause(route, now) {
            return Taken::Wait(pause);
        }
        let taken = if self.throttle.knows_domains() {
            self.queue
                .take(|delivery| self.throttle.domain_pause(&delivery.email, now))
        } else {
            self.queue.take(|_| None)
        };
        if let Taken::Job(job) = &taken {
            self.throttle.took(route, &job.delivery.email, now);
            self.standings[route].took();
            if !alone {
                self.balance.took(route, steady);
            }
        }
        taken
    }

    /// A delivery that was taken is not tried after all.
    pub(super) fn return_to_queue(&self, route: usize, job: &Job) {
        self.throttle.gave_back(route, &job.delivery.email);
        self.standings[route].gave_back();
        self.queue.done(job.delivery.run_id, job.delivery.id);
    }

    /// A try has ended. Returns what the relay failed with, if it is of no use now.
    pub(super) fn answered(&self, route: usize, settled: &Settled) -> Option<Failure> {
        let clock = &self.parts.clock;
        let tried = &settled.tried;
        self.throttle.answered(route, tried, clock.now());
        if settled.is_about_us {
            self.uncharged.add(tried.delivery);
        }
        match self.standings[route].answered(settled, clock.now(), clock.steady()) {
            Change::None => settled.failure.clone(),
            Change::Warm => {
                self.queue.wake_all();
                settled.failure.clone()
            }
            Change::GiveUp(reason) => Some(Failure {
                text: tried.reply.line(),
                permanent: true,
                reason,
            }),
        }
    }

    /// A try is in the journal.
    pub(super) fn settled(&self, tried: &AttemptResult) {
        self.queue.done(tried.run, tried.delivery);
    }

    /// Counts a connection that waits for work, for as long as the guard lives.
    pub(super) fn idling(&self, route: usize) -> Idling<'_> {
        Idling::begin(&self.balance, route)
    }

    /// Whether another relay is there.
    pub(super) fn has_other_way(&self, route: usize) -> bool {
        (0..self.breakers.len()).any(|other| other != route && !self.breakers[other].is_closed())
    }

    /// Whether another relay works, or may be hoped to soon.
    pub(super) fn has_other_hope(&self, route: usize) -> bool {
        (0..self.breakers.len()).any(|other| other != route && !self.breakers[other].is_hopeless())
    }
}

impl Shared {
    pub(super) fn is_stopping(&self) -> bool {
        *self.stop.borrow() >= Stop::Orderly
    }

    /// Returns when the engine is to stop.
    pub(super) async fn stopped(&self) {
        self.told_to(Stop::Orderly).await;
    }

    pub(super) fn is_hastened(&self) -> bool {
        *self.stop.borrow() >= Stop::Hastened
    }

    /// Returns when no answer is to be waited for any more.
    pub(super) async fn hastened(&self) {
        self.told_to(Stop::Hastened).await;
    }

    async fn told_to(&self, at_least: Stop) {
        let mut stop = self.stop.clone();
        // An error means that whoever could say stop has gone; what is in flight is let finish.
        if stop.wait_for(|stop| *stop >= at_least).await.is_err() && at_least > Stop::Orderly {
            std::future::pending::<()>().await;
        }
    }
}
