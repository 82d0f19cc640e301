//! A request's body: refused by its length before it is read, and read only as long as it comes at a
//! reasonable pace. Together, all bodies that are being read or worked on hold a bounded amount of
//! memory, of which nobody gets more than half.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::bounds::{
    BODIES, Bounds, LONGEST_DRAIN, MOST_DRAINED, SMALL_BODY, STRANGERS_BODIES, STRANGERS_BODY,
};
use crate::domain::throttle::Network;
use crate::domain::{Id, Millis};

/// Octets that are set aside for a body before any of it has come.
const FIRST_ROOM: u64 = 1_024 * 1_024;

/// Why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Refusal {
    /// It is longer than so many octets.
    TooLong(u64),
    /// It is longer than what is read of somebody who is not signed in.
    TooLongForStranger,
    /// It came too slowly.
    TooSlow,
    /// So much is being received already, from everybody or from this sender.
    Busy,
}

/// Who sends a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Sender {
    User(Id),
    Stranger(Network),
}

/// What became of a body.
pub(super) enum Received {
    Whole(Vec<u8>),
    Refused(Refusal),
    /// The client has gone.
    Gone,
}

/// The memory that bodies may hold, in KiB.
pub(super) struct Budget {
    people: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
    counts: Arc<Mutex<HashMap<Sender, u64>>>,
    /// How long a body waits for others to be done with.
    patience: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        let all =
            |octets: u64| Arc::new(Semaphore::new(usize::try_from(octets / 1_024).unwrap_or(0)));
        Self {
            people: all(BODIES),
            strangers: all(STRANGERS_BODIES),
            counts: Arc::default(),
            patience: Duration::from_secs(10),
        }
    }
}

/// A part of the budget, given back when it is dropped.
pub(super) struct Share {
    _count: Count,
    _permit: OwnedSemaphorePermit,
}

/// What one sender holds, or waits for.
struct Count {
    sender: Sender,
    octets: u64,
    counts: Arc<Mutex<HashMap<Sender, u64>>>,
}

impl Drop for Count {
    fn drop(&mut self) {
        let mut counts = self.counts.lock();
        if let Some(held) = counts.get_mut(&self.sender) {
            *held -= self.octets;
            if *held == 0 {
                counts.remove(&self.sender);
            }
        }
    }
}

impl Budget {
    /// Room for a body; `None` where there is none before long, or its sender has half of all.
    pub(super) async fn take(&self, sender: Sender, octets: u64) -> Option<Share> {
        let (pool, all) = match sender {
            Sender::User(_) => (&self.people, BODIES),
            Sender::Stranger(_) => (&self.strangers, STRANGERS_BODIES),
        };
        let count = self.count(sender, octets, all / 2)?;
        let permits = u32::try_from(octets.div_ceil(1_024)).ok()?;
        let permit = Arc::clone(pool).acquire_many_owned(permits);
        let permit = tokio::time::timeout(self.patience, permit).await;
        Some(Share {
            _count: count,
            _permit: permit.ok()?.ok()?,
        })
    }

    fn count(&self, sender: Sender, octets: u64, most: u64) -> Option<Count> {
        let mut counts = self.counts.lock();
        let held = counts.get(&sender).copied().unwrap_or_default();
        if held + octets > most {
            return None;
        }
        counts.insert(sender, held + octets);
        Some(Count {
            sender,
            octets,
            counts: Arc::clone(&self.counts),
        })
    }
}

/// Octets that a body says it has.
pub(super) fn announced(body: &Incoming) -> Option<u64> {
    body.size_hint().exact()
}

/// Whether a body of this size is read whoever sends it.
pub(super) const fn is_small(octets: u64) -> bool {
    octets <= SMALL_BODY
}

/// The limit where it does not matter who sends, and what is said of more.
pub(super) const fn limit_of_route(octets: u64) -> (u64, Refusal) {
    (octets, Refusal::TooLong(octets))
}

/// What is the limit for this sender, and what is said of more.
pub(super) const fn limit_for(sender: Sender, of_route: u64) -> (u64, Refusal) {
    match sender {
        Sender::Stranger(_) if of_route > STRANGERS_BODY => {
            (STRANGERS_BODY, Refusal::TooLongForStranger)
        }
        _ => limit_of_route(of_route),
    }
}

/// Reads a body of at most `limit` octets.
pub(super) async fn read(
    body: &mut Incoming,
    (limit, too_long): (u64, Refusal),
    waits_for_invitation: bool,
    bounds: &Bounds,
    steady: impl Fn() -> Millis,
) -> Received {
    let announced = announced(body).unwrap_or_default();
    if announced > limit {
        // Who waits for «100 Continue» hears the answer without it.
        if !waits_for_invitation {
            drain(body).await;
        }
        return Received::Refused(too_long);
    }
    let room = usize::try_from(announced.min(FIRST_ROOM)).unwrap_or(0);
    let mut octets = Vec::with_capacity(room);
    let begun = steady();
    loop {
        let earned = Duration::from_secs(octets.len() as u64 / bounds.body_rate.max(1));
        let spent = Duration::from_millis(u64::try_from(steady() - begun).unwrap_or_default());
        let left = (bounds.body_grace + earned).saturating_sub(spent);
        let frame = match tokio::time::timeout(left, body.frame()).await {
            Err(_) => return Received::Refused(Refusal::TooSlow),
            Ok(None) => return Received::Whole(octets),
            Ok(Some(Err(_))) => return Received::Gone,
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if octets.len() as u64 + data.len() as u64 > limit {
            drop(octets);
            drain(body).await;
            return Received::Refused(too_long);
        }
        octets.extend_from_slice(&data);
    }
}

/// Throws away the rest of a body, or as much of it as is worth the while.
pub(super) async fn drain(body: &mut Incoming) {
    let throw_away = async {
        let mut left = MOST_DRAINED;
        while let Some(Ok(frame)) = body.frame().await {
            let octets = frame.data_ref().map_or(0, |data| data.len() as u64);
            left = left.saturating_sub(octets);
            if left == 0 {
                break;
            }
        }
    };
    drop(tokio::time::timeout(LONGEST_DRAIN, throw_away).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_gets_more_than_half_of_the_room_for_bodies_and_gives_it_back() {
        let budget = Budget {
            patience: Duration::ZERO,
            ..Budget::default()
        };
        let half = BODIES / 2;
        let held = budget.take(Sender::User(1), half).await.unwrap();
        assert!(budget.take(Sender::User(1), 1).await.is_none());
        let others = budget.take(Sender::User(2), half).await.unwrap();
        assert!(
            budget.take(Sender::User(3), 1).await.is_none(),
            "it is full"
        );
        let stranger = Sender::Stranger(Network::of("192.0.2.1"));
        assert!(budget.take(stranger, STRANGERS_BODY).await.is_some());
        drop(held);
        assert!(budget.take(Sender::User(3), half).await.is_some());
        drop(others);
        assert!(budget.counts.lock().is_empty());
    }
}
