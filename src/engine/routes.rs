//! The ways out: several relays share the work by weight, and stand in for one another.

use std::time::Duration;

use parking_lot::Mutex;

use super::Shared;
use super::dispatch_queue::{Job, Taken};
use super::standing::Change;
use super::verdict::{Failure, Settled};
use crate::domain::Millis;
use crate::domain::delivery::limits::Limits;
use crate::store::delivery::attempt_result::AttemptResult;
use crate::transport::Transport;

/// One way out.
#[derive(Debug, Clone)]
pub struct Route {
    /// The relay's name in the settings.
    pub name: String,
    pub transport: Transport,
    /// Connections at once.
    pub connections: usize,
    /// Mails on one connection before it is renewed.
    pub mails_per_connection: usize,
    /// Its share of the mails while all relays keep up.
    pub weight: u32,
    pub limits: Limits,
}

/// How far a relay may be ahead of its share, in mails of weight one. Small enough to be fair, large
/// enough that nobody waits for a wake-up.
const LEAD: f64 = 4.0;
/// How long a relay that is ahead waits for those that are behind.
const TURN: Duration = Duration::from_millis(5);
/// How long a connection rests while its relay has not accepted anything yet.
const COLD: Duration = Duration::from_secs(1);
/// A relay that has taken nothing for this long, in milliseconds, is not waited for.
const STALLED: Millis = 1_000;

/// Who has had how much.
#[derive(Debug)]
pub(super) struct Balance(Mutex<Vec<Share>>);

#[derive(Debug, Clone)]
struct Share {
    weight: f64,
    /// Mails taken, divided by the weight.
    had: f64,
    /// Connections that found nothing for them when they last asked.
    idle: usize,
    /// When it last took a mail, on the steady clock.
    took_at: Millis,
}

impl Balance {
    pub(super) fn new(routes: &[Route]) -> Self {
        let share = |route: &Route| Share {
            weight: f64::from(route.weight.max(1)),
            had: 0.0,
            idle: 0,
            took_at: Millis::MIN,
        };
        Self(Mutex::new(routes.iter().map(share).collect()))
    }

    /// Whether a relay that takes mails too has had less of its share than this one.
    fn is_ahead(&self, route: usize, steady: Millis, is_open: impl Fn(usize) -> bool) -> bool {
        let shares = self.0.lock();
        let lead = shares[route].had - LEAD / shares[route].weight;
        (0..shares.len()).any(|other| {
            let share = &shares[other];
            let goes_on = share.idle > 0 || steady.saturating_sub(share.took_at) < STALLED;
            other != route && share.had < lead && goes_on && is_open(other)
        })
    }

    fn took(&self, route: usize, steady: Millis) {
        let mut shares = self.0.lock();
        // Who was away for a while does not make up for it.
        let most = shares.iter().map(|share| share.had).fold(0.0, f64::max);
        let share = &mut shares[route];
        share.took_at = steady;
        share.had = share.had.max(most - 10.0 * LEAD) + 1.0 / share.weight;
    }

    fn idle(&self, route: usize, by: isize) {
        let mut shares = self.0.lock();
        shares[route].idle = shares[route].idle.saturating_add_signed(by);
    }
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
        self.balance.idle(route, 1);
        Idling {
            balance: &self.balance,
            route,
        }
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

pub(super) struct Idling<'a> {
    balance: &'a Balance,
    route: usize,
}

impl Drop for Idling<'_> {
    fn drop(&mut self) {
        self.balance.idle(self.route, -1);
    }
}

/// A moment on the wall clock, as far as throttles care: never before what they have seen.
pub(super) fn until(then: Millis, now: Millis) -> Duration {
    Duration::from_millis(u64::try_from((then - now).max(1)).unwrap_or(1))
}
