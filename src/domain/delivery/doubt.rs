//! A delivery in doubt: the next server may have it, and nobody can know (RFC 1047). Why that is,
//! and what its owner may decide.

use super::local;

/// What the owner decides about a delivery that is held in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It waits again, with the same Message-ID: at worst it arrives twice.
    SendAgain,
    /// It stays as it is and no longer asks: at worst it has not arrived.
    Leave,
}

impl Decision {
    /// The name in the audit log.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::SendAgain => "send_doubt_again",
            Self::Leave => "leave_doubt",
        }
    }
}

/// Why nobody knows: the key of the sentence, by what the attempt noted.
pub fn why(text: &str) -> &'static str {
    match local::split(text).map(|(key, _)| key) {
        Some(local::LOST) => "doubt-lost",
        Some(local::TIMEOUT) => "doubt-timeout",
        Some(local::MALFORMED) => "doubt-malformed",
        Some(local::OUT_OF_STEP) => "doubt-out-of-step",
        Some(local::INTERRUPTED) => "doubt-interrupted",
        _ => "doubt-unknown",
    }
}

/// So many doubts of one delivery, and it is held for its owner, whatever else was to be done.
pub const HELD_AT: i64 = 2;

/// Why it is not sent again by itself although it would be: the key of the sentence.
pub const fn why_held(times: i64) -> Option<&'static str> {
    if times >= HELD_AT {
        Some("doubt-twice")
    } else {
        None
    }
}

/// The system's own words beside it, if it had any.
pub fn detail(text: &str) -> &str {
    local::split(text).map_or(text, |(_, detail)| detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_doubt_has_its_reason() {
        let lost = local::text(local::LOST, "Connection reset by peer");
        assert_eq!(
            (why(&lost), detail(&lost)),
            ("doubt-lost", "Connection reset by peer")
        );
        let died = local::text(local::INTERRUPTED, "");
        assert_eq!((why(&died), detail(&died)), ("doubt-interrupted", ""));
        assert_eq!(why("354 Go on"), "doubt-unknown");
        assert_eq!(detail("354 Go on"), "354 Go on");
        assert_eq!((why_held(1), why_held(2)), (None, Some("doubt-twice")));
    }
}
