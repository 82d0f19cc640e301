//! What is counted together, and how each kind of it is paced.

use super::Network;
use crate::domain::{Id, Millis};

pub(super) const SECOND: Millis = 1_000;
pub(super) const MINUTE: Millis = 60 * SECOND;
pub(super) const HOUR: Millis = 60 * MINUTE;

/// The longest that anything about an account is remembered.
pub(super) const MEMORY: Millis = HOUR;

/// Whose account a sign-in is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Account {
    Known(Id),
    /// There is none with that address.
    Unknown(Digest),
}

/// An address in few octets, by a hash that nobody outside can foresee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(u64);

impl Digest {
    pub(super) const fn new(hash: u64) -> Self {
        Self(hash)
    }
}

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Failed sign-ins from one network, whatever the account.
    SignInsFrom(Network),
    /// The same from a whole site's worth of networks (an IPv6 /48, an IPv4 address).
    SignInsFromSite(Network),
    /// Failed sign-ins to one account from one network.
    SignInsTo(Account, Network),
    /// Failed sign-ins to one account from everywhere.
    SignInsToAll(Account),
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
    /// The same from a whole site's worth of networks.
    MailsFromSite(Network),
    /// Mails of one kind asked for to one address: whoever exhausts one kind for somebody else leaves
    /// them the others.
    MailsTo(&'static str, Digest),
}

/// How a kind of bucket is paced.
pub(super) struct Pace {
    /// Tries that cost nothing.
    pub(super) free: u32,
    /// Tries at once, where they take time.
    pub(super) at_once: u32,
    pub(super) longest: Millis,
    /// Without a try for this long everything is forgotten.
    pub(super) memory: Millis,
}

/// Passwords that are checked at once for one network, and for one site.
pub(super) const NETWORK_AT_ONCE: u32 = 8;
const SITE_AT_ONCE: u32 = 16;
/// Tries that wait at most until others of the same bucket have been checked.
pub const WAITING: u32 = 128;

impl Bucket {
    pub(super) const fn pace(&self) -> Pace {
        let (free, longest, memory) = match self {
            Self::SignInsFrom(_) => (20, 15 * MINUTE, HOUR),
            Self::SignInsFromSite(_) => (200, 15 * MINUTE, HOUR),
            Self::SignInsTo(..) | Self::Device(..) | Self::Proofs(..) | Self::CodesToAll(_) => {
                (5, 15 * MINUTE, HOUR)
            }
            Self::SignInsToAll(_) | Self::ProofsToAll(_) => (50, MINUTE, HOUR),
            Self::MailsFrom(_) => (10, HOUR, 6 * HOUR),
            Self::MailsFromSite(_) => (30, HOUR, 6 * HOUR),
            Self::MailsTo(..) => (3, HOUR, 6 * HOUR),
        };
        let at_once = match self {
            Self::SignInsFrom(_) => NETWORK_AT_ONCE,
            Self::SignInsFromSite(_) => SITE_AT_ONCE,
            _ => u32::MAX,
        };
        Pace {
            free,
            at_once,
            longest,
            memory,
        }
    }
}
