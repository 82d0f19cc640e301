//! What became of one recipient's mail, in one line: the answer to *why did they not get it?*

use super::reply;
use super::{DeliveryState, Outcome};
use crate::domain::Millis;

/// The last try of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastTry {
    pub at: Millis,
    pub outcome: Outcome,
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    pub text: String,
}

impl LastTry {
    /// `550 5.7.1 Rejected`, as the server said it.
    pub fn line(&self) -> String {
        reply::line(self.code, self.enhanced.as_deref(), &self.text)
    }
}

/// All that the answer depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    pub state: DeliveryState,
    /// Why it was skipped, or what kept it waiting until it expired.
    pub reason: Option<String>,
    /// Its run is paused.
    pub paused: bool,
    /// Waiting: not before.
    pub due_at: Millis,
    pub last: Option<LastTry>,
    /// One of its tries ended in doubt: the server may have the mail, whatever came after.
    pub doubted: bool,
}

impl Fate {
    /// The key of the sentence. It may name `when` (the last try), `due`, `reply` (the server's
    /// answer with its plain meaning), and `why` (what kept it waiting, by its name).
    pub fn key(&self) -> &'static str {
        match (self.state, &self.last) {
            (DeliveryState::Waiting, _) if self.doubted && self.paused => "fate-doubted-paused",
            (DeliveryState::Waiting, _) if self.doubted => "fate-doubted",
            (DeliveryState::Expired | DeliveryState::Skipped, _) if self.doubted => {
                "fate-doubted-over"
            }
            (DeliveryState::Waiting, None) if self.paused => "fate-paused",
            (DeliveryState::Waiting, Some(_)) if self.paused => "fate-deferred-paused",
            (DeliveryState::Waiting, None) => "fate-waiting",
            (DeliveryState::Waiting, Some(_)) => "fate-deferred",
            (DeliveryState::Trying, _) => "fate-trying",
            (DeliveryState::Accepted, _) => "fate-accepted",
            (DeliveryState::Refused, _) => "fate-refused",
            (DeliveryState::InDoubt, _) => "fate-in-doubt",
            (DeliveryState::Expired, None) => "fate-expired",
            (DeliveryState::Expired, Some(_)) => "fate-expired-tried",
            (DeliveryState::Skipped, _) => match self.reason.as_deref() {
                Some("unsubscribed") => "fate-unsubscribed",
                Some("cancelled") => "fate-cancelled",
                Some("deleted") => "fate-deleted",
                Some("address_changed") => "fate-address-changed",
                _ => "fate-skipped",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(state: DeliveryState, reason: Option<&str>, tried: bool) -> Fate {
        Fate {
            state,
            reason: reason.map(str::to_owned),
            paused: false,
            due_at: 0,
            last: tried.then(|| LastTry {
                at: 0,
                outcome: Outcome::Deferred,
                code: Some(451),
                enhanced: None,
                text: String::new(),
            }),
            doubted: false,
        }
    }

    #[test]
    fn what_the_server_may_have_is_never_said_not_to_have_arrived() {
        let doubted = |state| Fate {
            doubted: true,
            ..fate(state, None, true)
        };
        for state in [
            DeliveryState::Waiting,
            DeliveryState::Expired,
            DeliveryState::Skipped,
        ] {
            assert!(
                doubted(state).key().starts_with("fate-doubted"),
                "{state:?}"
            );
        }
        assert_eq!(doubted(DeliveryState::Accepted).key(), "fate-accepted");
        assert_eq!(doubted(DeliveryState::Refused).key(), "fate-refused");
    }

    #[test]
    fn whoever_was_skipped_is_told_why_and_whoever_was_never_tried_is_not_told_of_a_reply() {
        let skipped = |reason| fate(DeliveryState::Skipped, Some(reason), false).key();
        assert_eq!(skipped("unsubscribed"), "fate-unsubscribed");
        assert_eq!(skipped("cancelled"), "fate-cancelled");
        assert_eq!(skipped("deleted"), "fate-deleted");
        assert_eq!(skipped("address_changed"), "fate-address-changed");
        assert_eq!(
            fate(DeliveryState::Expired, None, false).key(),
            "fate-expired"
        );
        assert_eq!(
            fate(DeliveryState::Expired, None, true).key(),
            "fate-expired-tried"
        );
    }
}
