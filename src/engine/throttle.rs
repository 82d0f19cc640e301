//! How fast may be sent: through each relay, and to each recipient domain.
//!
//! The limits of the settings count minute by minute and outlive a restart. Beside them a relay or
//! domain that complains ("too many", "rate limit") is sent to at half the rate that it complained
//! about, as that was measured, and the rate rises again ([`Meter`]). A relay that ends its
//! connections after so many mails is no complaint: that number is learnt ([`ConnectionCap`]).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use super::meter::{LEAST_RATE, Meter};
use super::routes::Route;
use crate::domain::Millis;
use crate::domain::audience::address::domain_of;
use crate::domain::delivery::Outcome;
use crate::domain::delivery::connection_cap::ConnectionCap;
use crate::domain::delivery::limits::{DomainLimits, Limits};
use crate::domain::delivery::meaning::Slow;
use crate::store::delivery::attempt_result::AttemptResult;
use crate::store::delivery::throttles::{Kept, Scope, State};

#[derive(Default)]
pub(super) struct Throttle {
    relays: Vec<(String, Mutex<Meter>)>,
    /// What each relay has shown of its own limit of mails on a connection.
    caps: Vec<Mutex<ConnectionCap>>,
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
            caps: routes.iter().map(|_| Mutex::default()).collect(),
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
    pub(super) fn answered(&self, route: usize, tried: &AttemptResult, now: Millis) {
        let is_deferred = tried.outcome == Outcome::Deferred;
        let slows = tried.reply.slows().filter(|_| is_deferred);
        let is_relays =
            slows == Some(Slow::Relay) || (slows == Some(Slow::Domain) && tried.relays_fault);
        {
            let mut relay = self.relays[route].1.lock();
            relay.in_flight = relay.in_flight.saturating_sub(1);
            if is_relays {
                relay.complained(tried.reply.line(), LEAST_RATE, now);
            }
        }
        let complaint = (slows == Some(Slow::Domain) && !is_relays).then(|| tried.reply.line());
        if complaint.is_some() {
            self.has_domains.store(true, Ordering::Relaxed);
        }
        if self.knows_domains() {
            // No domain gets more than all of them together.
            let at_most = complaint.is_some().then(|| self.rate_of_all(now));
            self.with_domain(&domain_of(&tried.email), |meter| {
                meter.in_flight = meter.in_flight.saturating_sub(1);
                if let Some(reply) = complaint {
                    meter.complained(reply, at_most.unwrap_or(LEAST_RATE), now);
                }
            });
        }
    }

    /// Mails a second through all relays.
    fn rate_of_all(&self, now: Millis) -> f64 {
        let rates = self.relays.iter();
        rates
            .map(|(_, meter)| meter.lock().measured_rate(now))
            .sum()
    }

    /// A relay has ended a connection that was in use, after so many mails.
    pub(super) fn connection_ended(&self, route: usize, mails: usize, steady: Millis) {
        if let Some(mails) = self.caps[route].lock().ended(mails, steady) {
            let relay = self.relays[route].0.as_str();
            tracing::info!(
                relay,
                mails,
                "the server ends its connections after so many mails; they are renewed before that"
            );
        }
    }

    /// How many mails a relay takes on one connection, if it has shown that.
    pub(super) fn connection_cap(&self, route: usize, steady: Millis) -> Option<usize> {
        self.caps[route].lock().mails(steady)
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
                meter.in_flight > 0 || meter.slowdown.is_some() || meter.limits != Limits::default()
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
