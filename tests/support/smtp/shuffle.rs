//! Replies that are swallowed, repeated, or swapped with the next one.

use parking_lot::Mutex;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

/// What a server does to a reply on its way out.
pub(super) enum Fate {
    Goes,
    Swallowed,
    Repeated,
    Swapped,
}

/// Decides by chance, and the same for the same seed.
pub(super) struct Shuffle {
    share: f64,
    chance: Mutex<SmallRng>,
}

impl Shuffle {
    pub(super) fn new((share, seed): (f64, u64)) -> Self {
        Self {
            share,
            chance: Mutex::new(SmallRng::seed_from_u64(seed)),
        }
    }

    pub(super) fn fate(&self) -> Fate {
        let mut chance = self.chance.lock();
        if chance.random::<f64>() >= self.share {
            return Fate::Goes;
        }
        match chance.random::<u32>() % 3 {
            0 => Fate::Swallowed,
            1 => Fate::Repeated,
            _ => Fate::Swapped,
        }
    }
}
