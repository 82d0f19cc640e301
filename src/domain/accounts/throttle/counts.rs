//! Where counts are kept: bounded, and so that nobody can push out another's.
//!
//! Counts of an account lie with the account: there are no more of them than accounts, whatever
//! strangers do. Everything else is kept by kind, the least recently used forgotten first. What a
//! flood of one kind pushes out is of that kind alone, and a failed sign-in costs a password check
//! (some 50 ms of a processor), so that no flood of those reaches the bound within their memory.

use std::collections::HashMap;

use lru::LruCache;

use super::bucket::MEMORY;
use super::bucket::{Account, Bucket};
use crate::domain::{Id, Millis};

/// Counts of one kind that strangers can make.
const STRANGERS: usize = 65_536;
/// The same of addresses that have no account: more than two threads check passwords in an hour, so
/// that they are kept no worse than those of accounts.
const UNKNOWN: usize = 262_144;
/// Networks that are told apart for one account, and its owner's browsers.
const NETWORKS: usize = 256;
const DEVICES: usize = 32;
/// Accounts, from which on those that have nothing to remember are looked for.
const PRUNED_FROM: usize = 1_024;

/// Tries of a bucket, and when the last one was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Count {
    pub(super) tries: u32,
    pub(super) last: Millis,
}

/// Counts of a kind.
#[derive(Default)]
struct Shelf(Option<LruCache<Bucket, Count>>);

impl Shelf {
    fn get(&mut self, bucket: &Bucket) -> Option<Count> {
        self.0.as_mut()?.get(bucket).copied()
    }

    fn put(&mut self, bucket: Bucket, count: Count, capacity: usize) {
        let counts = self.0.get_or_insert_with(LruCache::unbounded);
        counts.put(bucket, count);
        if counts.len() > capacity {
            counts.pop_lru();
        }
    }

    fn remove(&mut self, bucket: &Bucket) {
        if let Some(counts) = &mut self.0 {
            counts.pop(bucket);
        }
    }

    /// Whether nothing on it was counted since.
    fn is_stale(&self, since: Millis) -> bool {
        let mut counts = self.0.iter().flat_map(LruCache::iter);
        counts.all(|(_, count)| count.last < since)
    }
}

/// Of one account: from everywhere, by network, by browser.
#[derive(Default)]
struct OfAccount {
    everywhere: Shelf,
    networks: Shelf,
    devices: Shelf,
}

/// All that was counted.
#[derive(Default)]
pub(super) struct Counts {
    accounts: HashMap<Id, OfAccount>,
    pruned_at: usize,
    /// Sign-ins to addresses that have no account, by address and network, and by address.
    unknown_networks: Shelf,
    unknown: Shelf,
    networks: Shelf,
    sites: Shelf,
    mail_networks: Shelf,
    mail_sites: Shelf,
    mail_targets: Shelf,
}

impl Counts {
    fn of(&mut self, account: Id) -> &mut OfAccount {
        self.accounts.entry(account).or_default()
    }

    /// Where a bucket's count lies, and of how many.
    fn shelf(&mut self, bucket: &Bucket) -> (&mut Shelf, usize) {
        match bucket {
            Bucket::SignInsTo(Account::Known(id), _) | Bucket::Proofs(id, _) => {
                (&mut self.of(*id).networks, NETWORKS)
            }
            Bucket::Device(id, _) => (&mut self.of(*id).devices, DEVICES),
            // A kind each.
            Bucket::SignInsToAll(Account::Known(id))
            | Bucket::ProofsToAll(id)
            | Bucket::CodesToAll(id) => (&mut self.of(*id).everywhere, 3),
            Bucket::SignInsTo(Account::Unknown(_), _) => (&mut self.unknown_networks, UNKNOWN),
            Bucket::SignInsToAll(Account::Unknown(_)) => (&mut self.unknown, UNKNOWN),
            Bucket::SignInsFrom(_) => (&mut self.networks, STRANGERS),
            Bucket::SignInsFromSite(_) => (&mut self.sites, STRANGERS),
            Bucket::MailsFrom(_) => (&mut self.mail_networks, STRANGERS),
            Bucket::MailsFromSite(_) => (&mut self.mail_sites, STRANGERS),
            Bucket::MailsTo(..) => (&mut self.mail_targets, STRANGERS),
        }
    }

    /// The count of a bucket, unless it is long ago.
    pub(super) fn get(&mut self, bucket: &Bucket, now: Millis) -> Option<Count> {
        let memory = bucket.pace().memory;
        let found = self.shelf(bucket).0.get(bucket);
        // A clock that was set back must not close anything for longer than it says.
        found.filter(|count| now >= count.last && now - count.last < memory)
    }

    /// Counts a try.
    pub(super) fn add(&mut self, bucket: &Bucket, now: Millis) {
        let before = self.get(bucket, now).map_or(0, |count| count.tries);
        let count = Count {
            tries: before.saturating_add(1),
            last: now,
        };
        let (place, capacity) = self.shelf(bucket);
        place.put(bucket.clone(), count, capacity);
        self.prune(now);
    }

    #[cfg(test)]
    pub(super) fn accounts_kept(&self) -> usize {
        self.accounts.len()
    }

    pub(super) fn forget(&mut self, bucket: &Bucket) {
        self.shelf(bucket).0.remove(bucket);
    }

    /// Drops accounts of which there is nothing to remember, whenever there are twice as many.
    fn prune(&mut self, now: Millis) {
        if self.accounts.len() < PRUNED_FROM.max(2 * self.pruned_at) {
            return;
        }
        let since = now - MEMORY;
        self.accounts.retain(|_, of| {
            let shelves = [&of.everywhere, &of.networks, &of.devices];
            shelves.iter().any(|shelf| !shelf.is_stale(since))
        });
        self.pruned_at = self.accounts.len();
    }
}
