//! How often something may be tried: a few times freely, then after a growing delay.
//!
//! What is counted is said by [`Bucket`]. Guessing is slowed per address, per account and address,
//! and per account from all addresses together. The last of these can be driven by anybody, so it
//! never grows beyond a minute, and a browser in which the account's owner has signed in before
//! (its *device*) is counted by itself alone: whatever strangers do, it can sign in.
//!
//! What takes a password check is counted when it has failed ([`Throttles::enter`]): until then it
//! is in flight, and no more are in flight at once than could fail without a delay. Those that come
//! beside wait for them, and learn then whether they are too many: of many guesses at once no more
//! slip through than one after the other, and of many right passwords none is refused.

mod bucket;
mod counts;
mod network;

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use parking_lot::Mutex;

use crate::domain::{Id, Millis};
pub use bucket::{Account, Bucket, Digest, WAITING};
use bucket::{Pace, SECOND};
use counts::{Count, Counts};
pub use network::Network;

/// When the next try is allowed, after `tries` of them, the last one at `last`.
fn open_at(pace: &Pace, count: Count) -> Millis {
    let Some(over) = count.tries.checked_sub(pace.free).filter(|over| *over > 0) else {
        return Millis::MIN;
    };
    let delay = SECOND
        .saturating_mul(1 << (over - 1).min(20))
        .min(pace.longest);
    count.last.saturating_add(delay)
}

/// Why a try may not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// There were too many; it is allowed after so many milliseconds.
    Closed(Millis),
    /// Others are being checked, and it depends on them.
    Busy,
}

/// Tries of a bucket that have not ended yet.
#[derive(Debug, Clone, Copy, Default)]
struct Flight {
    checked: u32,
    waiting: u32,
}

#[derive(Default)]
struct Inner {
    counts: Counts,
    flights: HashMap<Bucket, Flight>,
}

/// All counts of this process.
#[derive(Default)]
pub struct Throttles {
    inner: Mutex<Inner>,
    digests: RandomState,
}

impl std::fmt::Debug for Throttles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Throttles(…)")
    }
}

impl Inner {
    /// How long to wait, where any of the buckets is closed.
    fn look(&mut self, buckets: &[Bucket], now: Millis) -> Result<(), Millis> {
        let mut longest = 0;
        for bucket in buckets {
            if let Some(count) = self.counts.get(bucket, now) {
                let wait = open_at(&bucket.pace(), count).saturating_sub(now);
                longest = longest.max(wait);
            }
        }
        if longest > 0 { Err(longest) } else { Ok(()) }
    }

    fn has_room(&mut self, bucket: &Bucket, now: Millis) -> bool {
        let in_flight = self.flights.get(bucket).map_or(0, |flight| flight.checked);
        let tries = self.counts.get(bucket, now).map_or(0, |count| count.tries);
        let pace = bucket.pace();
        // All that are in flight may fail, and still none of them would have been too many.
        let is_free = tries.saturating_add(in_flight) <= pace.free;
        in_flight == 0 || (is_free && in_flight < pace.at_once)
    }

    fn change(&mut self, buckets: &[Bucket], change: impl Fn(&mut Flight)) {
        for bucket in buckets {
            let flight = self.flights.entry(bucket.clone()).or_default();
            change(flight);
            if (flight.checked, flight.waiting) == (0, 0) {
                self.flights.remove(bucket);
            }
        }
    }
}

impl Throttles {
    /// Whose account is meant: the one that was found, or the address that has none.
    pub fn account(&self, found: Option<Id>, key: &str) -> Account {
        found.map_or_else(|| Account::Unknown(self.digest(key)), Account::Known)
    }

    /// An address's key as it is counted.
    pub fn digest(&self, key: &str) -> Digest {
        Digest::new(self.digests.hash_one(key))
    }

    /// Checks and counts in one, so that parallel tries do not slip through together.
    ///
    /// # Errors
    /// How long to wait, where any of the buckets is closed; then nothing was counted.
    pub fn take(&self, buckets: &[Bucket], now: Millis) -> Result<(), Millis> {
        let mut inner = self.inner.lock();
        inner.look(buckets, now)?;
        for bucket in buckets {
            inner.counts.add(bucket, now);
        }
        Ok(())
    }

    /// Begins a try that takes its time. [`Self::leave`] says what came of it.
    ///
    /// # Errors
    /// A bucket is closed, or others are in flight that may close it; then nothing has begun.
    pub fn enter(&self, buckets: &[Bucket], now: Millis) -> Result<(), Stopped> {
        let mut inner = self.inner.lock();
        inner.look(buckets, now).map_err(Stopped::Closed)?;
        if !buckets.iter().all(|bucket| inner.has_room(bucket, now)) {
            return Err(Stopped::Busy);
        }
        inner.change(buckets, |flight| flight.checked += 1);
        Ok(())
    }

    /// Ends a try of these buckets; `failed` are those in which it counts.
    pub fn leave(&self, buckets: &[Bucket], failed: &[Bucket], now: Millis) {
        let mut inner = self.inner.lock();
        inner.change(buckets, |flight| {
            flight.checked = flight.checked.saturating_sub(1);
        });
        for bucket in failed {
            inner.counts.add(bucket, now);
        }
    }

    /// Notes that a try waits for others; `false` where [`WAITING`] do already.
    pub fn queue(&self, buckets: &[Bucket]) -> bool {
        let mut inner = self.inner.lock();
        let waiting = |bucket| inner.flights.get(bucket).map_or(0, |flight| flight.waiting);
        if buckets.iter().any(|bucket| waiting(bucket) >= WAITING) {
            return false;
        }
        inner.change(buckets, |flight| flight.waiting += 1);
        true
    }

    /// It does not wait any more.
    pub fn unqueue(&self, buckets: &[Bucket]) {
        self.inner.lock().change(buckets, |flight| {
            flight.waiting = flight.waiting.saturating_sub(1);
        });
    }

    /// Forgets everything, for tests that would be slowed down.
    pub fn clear(&self) {
        self.inner.lock().counts = Counts::default();
    }

    /// Forgets, after a success.
    pub fn forget(&self, buckets: &[Bucket]) {
        let mut inner = self.inner.lock();
        for bucket in buckets {
            inner.counts.forget(bucket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bucket::{HOUR, MINUTE, NETWORK_AT_ONCE};
    use super::*;

    fn network(number: usize) -> Network {
        Network::of(&format!(
            "2001:db8:{:x}:{:x}::1",
            number >> 16,
            number & 0xffff
        ))
    }

    fn bucket() -> Bucket {
        Bucket::SignInsTo(Account::Known(1), Network::of("192.0.2.1"))
    }

    /// How long a bucket is closed.
    fn wait(throttles: &Throttles, bucket: &Bucket, now: Millis) -> Millis {
        let mut inner = throttles.inner.lock();
        inner
            .look(std::slice::from_ref(bucket), now)
            .err()
            .unwrap_or(0)
    }

    /// The waits after each of so many failures, each made as soon as it is allowed.
    fn waits(bucket: &Bucket, tries: usize) -> Vec<Millis> {
        let throttles = Throttles::default();
        let mut now = 1_000_000;
        let mut waits = Vec::new();
        for _ in 0..tries {
            throttles.take(std::slice::from_ref(bucket), now).unwrap();
            let wait = wait(&throttles, bucket, now);
            waits.push(wait / SECOND);
            now += wait;
        }
        waits
    }

    fn failures(throttles: &Throttles, bucket: &Bucket, count: usize, now: Millis) {
        for _ in 0..count {
            throttles.leave(&[], std::slice::from_ref(bucket), now);
        }
    }

    #[test]
    fn five_wrong_passwords_are_free_and_then_the_delay_doubles_to_a_quarter_of_an_hour() {
        assert_eq!(
            waits(&bucket(), 17),
            [
                0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900
            ]
        );
    }

    #[test]
    fn what_strangers_do_to_an_account_never_closes_it_for_more_than_a_minute() {
        let all = Bucket::SignInsToAll(Account::Known(1));
        assert_eq!(waits(&all, 90).into_iter().max(), Some(60));
    }

    #[test]
    fn an_hour_without_a_try_and_a_success_both_begin_anew() {
        let throttles = Throttles::default();
        failures(&throttles, &bucket(), 20, 0);
        assert!(wait(&throttles, &bucket(), 1) > 0);
        assert_eq!(wait(&throttles, &bucket(), HOUR), 0);
        throttles.forget(&[bucket()]);
        assert_eq!(wait(&throttles, &bucket(), 1), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_by_ten_years_closes_nothing() {
        let throttles = Throttles::default();
        let now = 2_000_000_000_000;
        failures(&throttles, &bucket(), 20, now);
        let earlier = now - 10 * 365 * 24 * HOUR;
        assert_eq!(wait(&throttles, &bucket(), earlier), 0);
    }

    #[test]
    fn no_flood_of_strangers_opens_what_is_closed_for_an_account() {
        let throttles = Throttles::default();
        let closed = [
            Bucket::SignInsTo(Account::Known(1), network(0)),
            Bucket::SignInsToAll(Account::Known(1)),
            Bucket::Proofs(1, network(0)),
            Bucket::ProofsToAll(1),
            Bucket::CodesToAll(1),
            Bucket::Device(1, [7; 16]),
        ];
        for bucket in &closed {
            failures(&throttles, bucket, 70, 0);
        }
        for number in 0..30_000 {
            let other = Id::try_from(number % 5_000).unwrap();
            let stranger = throttles.digest(&format!("n{number}@example.ru"));
            let flood = [
                Bucket::MailsTo("recover", stranger),
                Bucket::MailsFrom(network(number)),
                Bucket::MailsFromSite(network(number << 16)),
                Bucket::SignInsTo(Account::Unknown(stranger), network(number)),
                Bucket::SignInsToAll(Account::Unknown(stranger)),
                Bucket::SignInsFrom(network(number)),
                Bucket::SignInsFromSite(network(number << 16)),
                // Other accounts: as many as there are.
                Bucket::SignInsToAll(Account::Known(2 + other)),
            ];
            throttles.leave(&[], &flood, 1);
        }
        for bucket in &closed {
            assert!(wait(&throttles, bucket, 2) > 0, "{bucket:?}");
        }
        // Strangers' networks push out each other alone.
        for number in 1..2_000 {
            let bucket = Bucket::SignInsTo(Account::Known(1), network(number));
            failures(&throttles, &bucket, 1, 2);
        }
        for index in [1, 3, 4, 5] {
            assert!(
                wait(&throttles, &closed[index], 3) > 0,
                "{:?}",
                closed[index]
            );
        }
    }

    #[test]
    fn what_is_remembered_of_accounts_is_dropped_when_it_is_old() {
        let throttles = Throttles::default();
        for id in 0..5_000 {
            failures(&throttles, &Bucket::CodesToAll(id), 1, id * MINUTE);
        }
        let kept = throttles.inner.lock().counts.accounts_kept();
        assert!(kept <= 1_024, "{kept}");
    }

    #[test]
    fn of_parallel_guesses_as_many_slip_through_as_one_after_the_other() {
        let throttles = Throttles::default();
        let buckets = [bucket()];
        for _ in 0..6 {
            assert_eq!(throttles.enter(&buckets, 0), Ok(()));
        }
        assert_eq!(throttles.enter(&buckets, 0), Err(Stopped::Busy));
        // Five may fail before there is a delay.
        for _ in 0..6 {
            throttles.leave(&buckets, &buckets, 0);
        }
        assert_eq!(throttles.enter(&buckets, 0), Err(Stopped::Closed(SECOND)));
        assert_eq!(throttles.enter(&buckets, SECOND), Ok(()));
        assert_eq!(throttles.enter(&buckets, SECOND), Err(Stopped::Busy));
        throttles.leave(&buckets, &buckets, SECOND);
        let doubled = Err(Stopped::Closed(2 * SECOND));
        assert_eq!(throttles.enter(&buckets, SECOND), doubled);
    }

    #[test]
    fn right_passwords_make_room_for_the_next_and_are_never_counted() {
        let throttles = Throttles::default();
        let office = [
            Bucket::SignInsFrom(network(1)),
            Bucket::SignInsFromSite(network(1).site()),
        ];
        for _ in 0..1_000 {
            let mut at_once = 0;
            while throttles.enter(&office, 0).is_ok() {
                at_once += 1;
            }
            assert_eq!(at_once, NETWORK_AT_ONCE);
            for _ in 0..at_once {
                throttles.leave(&office, &[], 0);
            }
        }
        assert!(throttles.inner.lock().flights.is_empty());
    }

    #[test]
    fn only_so_many_wait() {
        let throttles = Throttles::default();
        let buckets = [bucket()];
        for _ in 0..WAITING {
            assert!(throttles.queue(&buckets));
        }
        assert!(!throttles.queue(&buckets));
        throttles.unqueue(&buckets);
        assert!(throttles.queue(&buckets));
    }
}
