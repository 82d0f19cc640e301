//! How fast may be sent: through each relay, and to each recipient domain.
//!
//! The limits of the settings count minute by minute and outlive a restart. Beside them a relay or
//! domain that complains (421, "too many", "rate limit") is sent to at half the rate that it
//! complained about, and the rate recovers slowly.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::routes::{Route, until};
use crate::domain::Millis;
use crate::domain::address::domain_of;
use crate::domain::delivery::Outcome;
use crate::domain::limits::{Counted, DomainLimits, Limits, Slowdown};
use crate::store::throttles::{Held, Kept, Scope, State};
use crate::store::tries::Tried;
use crate::transport::smtp::said;

/// Mails may come this much early, so that a rate is kept by a clock that ticks in milliseconds.
const TOLERANCE: f64 = 20.0;
/// The same for a rate that is only a guess at what the other side can bear.
const SLOWED_TOLERANCE: f64 = 1_000.0;
/// A rate is measured over at least this long.
const MEASURE: Millis = 1_000;
/// A measure that took longer than this was none: nothing was sent in the meantime.
const LONG_MEASURE: Millis = 10 * MEASURE;
/// What is taken for the rate where nothing has been measured: a complaint about the first mails is
/// about something else, and must not stop all sending.
const UNKNOWN_RATE: f64 = 20.0;

/// One relay's or one domain's share of the state.
#[derive(Default)]
struct Meter {
    limits: Limits,
    counted: Counted,
    slowdown: Option<Slowdown>,
    /// When the next mail is due at the rate that holds, on the wall clock.
    next_at: f64,
    in_air: usize,
    /// Since when, and how many mails since.
    measured: (Millis, u32),
    /// Mails a second in the last measure.
    rate: f64,
    /// The minutes that have changed, and their counts.
    changed: BTreeMap<i64, u32>,
    is_changed: bool,
}

impl Meter {
    fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    fn rate(&self) -> Option<f64> {
        let slowed = self.slowdown.as_ref().map(|slow| slow.per_second);
        match (self.limits.per_second, slowed) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn counts(&self) -> bool {
        self.limits.per_hour.is_some() || self.limits.per_day.is_some()
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "milliseconds"
    )]
    fn pause(&mut self, now: Millis) -> Option<Duration> {
        if self
            .limits
            .connections
            .is_some_and(|most| self.in_air >= most)
        {
            // It ends with a mail, which wakes whoever waits.
            return Some(Duration::from_millis(200));
        }
        if self.counts()
            && let Some((_, then)) = self.counted.full(&self.limits, now)
        {
            return Some(until(then, now));
        }
        let interval = 1_000.0 / self.rate()?;
        // The clock has gone back.
        if self.next_at > now as f64 + interval + 1_000.0 {
            self.next_at = now as f64;
        }
        let tolerance = if self.slowdown.is_some() {
            SLOWED_TOLERANCE
        } else {
            TOLERANCE
        };
        let early = self.next_at - tolerance - now as f64;
        (early > 0.0).then(|| until(now + early.ceil() as Millis, now))
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds and counts")]
    fn took(&mut self, now: Millis) {
        self.in_air += 1;
        if self.counts() {
            let (minute, mails) = self.counted.add(now);
            self.changed.insert(minute, mails);
        }
        if let Some(rate) = self.rate() {
            self.next_at = self.next_at.max(now as f64) + 1_000.0 / rate;
        }
        let (since, mails) = self.measured;
        if now - since >= LONG_MEASURE || now < since {
            // Nothing was sent for a while: that says nothing of how quick it was.
            (self.rate, self.measured) = (0.0, (now, 1));
        } else if now - since >= MEASURE {
            self.rate = f64::from(mails) * 1_000.0 / (now - since).max(MEASURE) as f64;
            self.measured = (now, 1);
        } else {
            self.measured.1 += 1;
        }
    }

    fn gave_back(&mut self) {
        self.in_air = self.in_air.saturating_sub(1);
        if self.counts() {
            self.counted.take_back();
        }
    }

    fn complained(&mut self, reply: String, now: Millis) {
        self.is_changed = true;
        match &mut self.slowdown {
            Some(slow) => slow.complain(reply, now),
            None => {
                let rate = if self.rate > 0.0 {
                    self.rate
                } else {
                    UNKNOWN_RATE
                };
                self.slowdown = Some(Slowdown::begin(rate, reply, now));
            }
        }
    }

    fn state(&mut self, scope: Scope, now: Millis) -> Option<State> {
        if let Some(slow) = &mut self.slowdown
            && slow.recover(now)
        {
            self.is_changed = true;
            if slow.is_over() {
                self.slowdown = None;
            }
        }
        let full = if self.counts() {
            self.counted.full(&self.limits, now)
        } else {
            None
        };
        let minutes = std::mem::take(&mut self.changed);
        if minutes.is_empty() && !std::mem::take(&mut self.is_changed) {
            return None;
        }
        Some(State {
            scope,
            minutes: minutes.into_iter().collect(),
            slowdown: self.slowdown.clone(),
            held: full.map(|(limit, until)| Held { limit, until }),
        })
    }
}

#[derive(Default)]
pub(super) struct Throttle {
    relays: Vec<(String, Mutex<Meter>)>,
    domains: Mutex<HashMap<String, Meter>>,
    limits: DomainLimits,
    /// Some domain has a limit or has complained.
    has_domains: AtomicBool,
}

impl Throttle {
    pub(super) fn new(routes: &[Route], limits: DomainLimits) -> Self {
        let has_domains = !limits.is_empty();
        Self {
            relays: routes
                .iter()
                .map(|route| (route.name.clone(), Mutex::new(Meter::new(route.limits))))
                .collect(),
            domains: Mutex::default(),
            limits,
            has_domains: AtomicBool::new(has_domains),
        }
    }

    /// Whether any domain has to be looked at.
    pub(super) fn knows_domains(&self) -> bool {
        self.has_domains.load(Ordering::Relaxed)
    }

    pub(super) fn relay_pause(&self, route: usize, now: Millis) -> Option<Duration> {
        self.relays[route].1.lock().pause(now)
    }

    pub(super) fn domain_pause(&self, email: &str, now: Millis) -> Option<Duration> {
        self.with_domain(&domain_of(email), |meter| meter.pause(now))
    }

    fn with_domain<T>(&self, domain: &str, look: impl FnOnce(&mut Meter) -> T) -> T {
        let mut domains = self.domains.lock();
        if let Some(meter) = domains.get_mut(domain) {
            return look(meter);
        }
        let meter = Meter::new(self.limits.of(domain));
        look(domains.entry(domain.to_owned()).or_insert(meter))
    }

    pub(super) fn took(&self, route: usize, email: &str, now: Millis) {
        self.relays[route].1.lock().took(now);
        if self.knows_domains() {
            self.with_domain(&domain_of(email), |meter| meter.took(now));
        }
    }

    pub(super) fn gave_back(&self, route: usize, email: &str) {
        self.relays[route].1.lock().gave_back();
        if self.knows_domains() {
            self.with_domain(&domain_of(email), Meter::gave_back);
        }
    }

    /// A try has ended: its place is free, and its reply may be a complaint.
    pub(super) fn answered(&self, route: usize, tried: &Tried, now: Millis) {
        let complaint = (tried.outcome == Outcome::Deferred && tried.reply.is_complaint())
            .then(|| said(&tried.reply));
        {
            let mut relay = self.relays[route].1.lock();
            relay.in_air = relay.in_air.saturating_sub(1);
            if let Some(reply) = complaint.as_ref().filter(|_| tried.relays_fault) {
                relay.complained(reply.clone(), now);
            }
        }
        let complaint = complaint.filter(|_| !tried.relays_fault);
        if complaint.is_some() {
            self.has_domains.store(true, Ordering::Relaxed);
        }
        if self.knows_domains() {
            self.with_domain(&domain_of(&tried.email), |meter| {
                meter.in_air = meter.in_air.saturating_sub(1);
                if let Some(reply) = complaint {
                    meter.complained(reply, now);
                }
            });
        }
    }

    /// The domain of an address and how many mails it allows on one connection, if it says so.
    pub(super) fn per_connection(&self, email: &str) -> Option<(String, usize)> {
        if self.limits.is_empty() {
            return None;
        }
        let domain = domain_of(email);
        let most = self.limits.of(&domain).mails_per_connection?;
        Some((domain, most))
    }

    /// What has changed since it was last asked for, to be kept.
    pub(super) fn changes(&self, now: Millis) -> Vec<State> {
        let mut changes: Vec<State> = self
            .relays
            .iter()
            .filter_map(|(name, meter)| meter.lock().state(Scope::Relay(name.clone()), now))
            .collect();
        if self.knows_domains() {
            let mut domains = self.domains.lock();
            changes.extend(
                domains
                    .iter_mut()
                    .filter_map(|(name, meter)| meter.state(Scope::Domain(name.clone()), now)),
            );
            // Those that say nothing any more are made anew when they are needed.
            domains.retain(|_, meter| {
                meter.in_air > 0 || meter.slowdown.is_some() || meter.limits != Limits::default()
            });
        }
        changes
    }

    /// Takes in what an earlier engine kept.
    pub(super) fn restore(&self, kept: Vec<Kept>) {
        for Kept {
            scope,
            minutes,
            slowdown,
        } in kept
        {
            let restore = |meter: &mut Meter| {
                for (minute, mails) in minutes {
                    meter.counted.restore(minute, mails);
                }
                meter.slowdown = slowdown;
            };
            match scope {
                Scope::Relay(name) => {
                    if let Some((_, meter)) = self.relays.iter().find(|(known, _)| *known == name) {
                        restore(&mut meter.lock());
                    }
                }
                Scope::Domain(name) => {
                    self.has_domains.store(true, Ordering::Relaxed);
                    self.with_domain(&name, restore);
                }
            }
        }
    }
}
