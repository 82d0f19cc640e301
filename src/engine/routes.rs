//! The ways out: several relays share the work by weight, and stand in for one another.

use std::time::Duration;

use parking_lot::Mutex;

use crate::domain::Millis;
use crate::domain::delivery::limits::Limits;
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
    pub(super) fn is_ahead(
        &self,
        route: usize,
        steady: Millis,
        is_open: impl Fn(usize) -> bool,
    ) -> bool {
        let shares = self.0.lock();
        let lead = shares[route].had - LEAD / shares[route].weight;
        (0..shares.len()).any(|other| {
            let share = &shares[other];
            let goes_on = share.idle > 0 || steady.saturating_sub(share.took_at) < STALLED;
            other != route && share.had < lead && goes_on && is_open(other)
        })
    }

    pub(super) fn took(&self, route: usize, steady: Millis) {
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

/// A connection that waits for work, as long as this lives.
pub(super) struct Idling<'a> {
    balance: &'a Balance,
    route: usize,
}

impl<'a> Idling<'a> {
    pub(super) fn begin(balance: &'a Balance, route: usize) -> Self {
        balance.idle(route, 1);
        Self { balance, route }
    }
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
