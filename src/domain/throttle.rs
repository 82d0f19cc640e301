//! How often something may be tried: a few times freely, then after a growing delay.
//!
//! What is counted is said by [`Bucket`]. Guessing is slowed per address, per account and address,
//! and per account from all addresses together. The last of these can be driven by anybody, so it
//! never grows beyond a minute, and a browser in which the account's owner has signed in before
//! (its *device*) is counted by itself alone: whatever strangers do, it can sign in.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroUsize;

use lru::LruCache;
use parking_lot::Mutex;

use super::{Id, Millis};

const SECOND: Millis = 1_000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;

/// Buckets that are remembered; the least recently used is forgotten first.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(65_536).expect("not zero");

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Failed sign-ins from one network, whatever the account.
    SignInsFrom(Network),
    /// The same from a whole site's worth of networks (an IPv6 /48, an IPv4 address).
    SignInsFromSite(Network),
    /// Failed sign-ins to one account (by the key of the address typed) from one network.
    SignInsTo(String, Network),
    /// Failed sign-ins to one account from everywhere.
    SignInsToAll(String),
    /// Failed sign-ins to one account in a browser that its owner has used before.
    Device(Id, [u8; 16]),
    /// Wrong passwords and codes for one account from one network, by somebody who is signed in, or
    /// half way.
    Proofs(Id, Network),
    /// Wrong passwords for one account by somebody signed in, from everywhere.
    ProofsToAll(Id),
    /// Wrong codes for one account from everywhere but its owner's browsers.
    CodesToAll(Id),
    /// Mails asked for from one network.
    MailsFrom(Network),
    /// Mails of one kind asked for to one address: whoever exhausts one kind for somebody else leaves
    /// them the others.
    MailsTo(&'static str, String),
}

/// How a kind of bucket is paced.
struct Pace {
    /// Tries that cost nothing.
    free: u32,
    longest: Millis,
    /// Without a try for this long everything is forgotten.
    memory: Millis,
}

impl Bucket {
    const fn pace(&self) -> Pace {
        match self {
            Self::SignInsFrom(_) => Pace {
                free: 20,
                longest: 15 * MINUTE,
                memory: HOUR,
            },
            Self::SignInsFromSite(_) => Pace {
                free: 200,
                longest: 15 * MINUTE,
                memory: HOUR,
            },
            Self::SignInsTo(..) | Self::Device(..) | Self::Proofs(..) | Self::CodesToAll(_) => {
                Pace {
                    free: 5,
                    longest: 15 * MINUTE,
                    memory: HOUR,
                }
            }
            Self::SignInsToAll(_) | Self::ProofsToAll(_) => Pace {
                free: 50,
                longest: MINUTE,
                memory: HOUR,
            },
            Self::MailsFrom(_) => Pace {
                free: 10,
                longest: HOUR,
                memory: 6 * HOUR,
            },
            Self::MailsTo(..) => Pace {
                free: 3,
                longest: HOUR,
                memory: 6 * HOUR,
            },
        }
    }
}

/// Whoever may be taken for one: an IPv4 address, or the /64 that an IPv6 host picks from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(u128);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => v4.to_ipv6_mapped().to_bits(),
                None => v6.to_bits() & !u128::from(u64::MAX),
            },
        })
    }
}

impl Network {
    /// An address as text; what is none counts as one and the same network.
    pub fn of(text: &str) -> Self {
        text.parse::<IpAddr>()
            .unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))
            .into()
    }

    /// The /48 that one customer of an IPv6 provider gets; an IPv4 address stays what it is.
    #[must_use]
    pub fn site(self) -> Self {
        let address = Ipv6Addr::from_bits(self.0);
        if address.to_ipv4_mapped().is_some() {
            return self;
        }
        Self(self.0 >> 80 << 80)
    }
}

#[derive(Debug, Clone, Copy)]
struct Count {
    tries: u32,
    last: Millis,
}

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

type Counts = LruCache<Bucket, Count>;

/// All counts of this process.
pub struct Throttles(Mutex<Counts>);

impl Default for Throttles {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(CAPACITY)))
    }
}

impl std::fmt::Debug for Throttles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Throttles(…)")
    }
}

impl Throttles {
    /// Whether something may be tried now.
    ///
    /// # Errors
    /// How long to wait, where any of the buckets is closed.
    pub fn check(&self, buckets: &[Bucket], now: Millis) -> Result<(), Millis> {
        Self::look(&mut self.0.lock(), buckets, now)
    }

    fn look(counts: &mut Counts, buckets: &[Bucket], now: Millis) -> Result<(), Millis> {
        let wait = buckets
            .iter()
            .filter_map(|bucket| {
                let pace = bucket.pace();
                let count = *counts.get(bucket)?;
                // A clock that was set back must not close anything for longer than it says.
                let forgotten = now < count.last || now - count.last >= pace.memory;
                (!forgotten).then(|| open_at(&pace, count).saturating_sub(now))
            })
            .max()
            .unwrap_or(0);
        if wait > 0 { Err(wait) } else { Ok(()) }
    }

    /// Counts a try.
    pub fn count(&self, buckets: &[Bucket], now: Millis) {
        Self::add(&mut self.0.lock(), buckets, now);
    }

    fn add(counts: &mut Counts, buckets: &[Bucket], now: Millis) {
        for bucket in buckets {
            let pace = bucket.pace();
            let before = counts
                .get(bucket)
                .filter(|count| now >= count.last && now - count.last < pace.memory)
                .map_or(0, |count| count.tries);
            let count = Count {
                tries: before.saturating_add(1),
                last: now,
            };
            counts.put(bucket.clone(), count);
        }
    }

    /// Checks and counts in one, so that parallel tries do not slip through together.
    ///
    /// # Errors
    /// How long to wait; then nothing was counted.
    pub fn take(&self, buckets: &[Bucket], now: Millis) -> Result<(), Millis> {
        let mut counts = self.0.lock();
        Self::look(&mut counts, buckets, now)?;
        Self::add(&mut counts, buckets, now);
        Ok(())
    }

    /// Takes a try back that was no failure.
    pub fn give_back(&self, buckets: &[Bucket]) {
        let mut counts = self.0.lock();
        for bucket in buckets {
            if let Some(count) = counts.get_mut(bucket) {
                count.tries = count.tries.saturating_sub(1);
            }
        }
    }

    /// Forgets everything, for tests that would be slowed down.
    pub fn clear(&self) {
        self.0.lock().clear();
    }

    /// Forgets, after a success.
    pub fn forget(&self, buckets: &[Bucket]) {
        let mut counts = self.0.lock();
        for bucket in buckets {
            counts.pop(bucket);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket() -> Bucket {
        Bucket::SignInsTo("anna@example.ru".to_owned(), Network::of("192.0.2.1"))
    }

    /// The waits after each of so many failures, each made as soon as it is allowed.
    fn waits(bucket: &Bucket, tries: usize) -> Vec<Millis> {
        let throttles = Throttles::default();
        let mut now = 1_000_000;
        let mut waits = Vec::new();
        for _ in 0..tries {
            let buckets = std::slice::from_ref(bucket);
            throttles.take(buckets, now).unwrap();
            let wait = throttles.check(buckets, now).err().unwrap_or(0);
            waits.push(wait / SECOND);
            now += wait;
        }
        waits
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
        let all = Bucket::SignInsToAll("anna@example.ru".to_owned());
        assert_eq!(waits(&all, 90).into_iter().max(), Some(60));
    }

    #[test]
    fn an_hour_without_a_try_and_a_success_both_begin_anew() {
        let throttles = Throttles::default();
        let buckets = [bucket()];
        for _ in 0..20 {
            throttles.count(&buckets, 0);
        }
        assert!(throttles.check(&buckets, 1).is_err());
        assert!(throttles.check(&buckets, HOUR).is_ok());
        throttles.forget(&buckets);
        assert!(throttles.check(&buckets, 1).is_ok());
    }

    #[test]
    fn a_clock_that_is_set_back_by_ten_years_closes_nothing() {
        let throttles = Throttles::default();
        let now = 2_000_000_000_000;
        for _ in 0..20 {
            throttles.count(&[bucket()], now);
        }
        let earlier = now - 10 * 365 * 24 * HOUR;
        assert!(throttles.check(&[bucket()], earlier).is_ok());
    }

    #[test]
    fn an_ipv6_host_is_known_by_its_64_and_an_ipv4_one_in_either_spelling() {
        let same = |a, b| Network::of(a) == Network::of(b);
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(same("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
        let site = |a| Network::of(a).site();
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:ffff::1"));
        assert_ne!(site("2001:db8:1::1"), site("2001:db8:2::1"));
        assert_ne!(site("192.0.2.1"), site("192.0.2.2"));
    }
}
