//! A run: one sending of a mailing.

use serde::Serialize;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Its deliveries are being tried.
    Active,
    /// Nothing new is tried until it is resumed; why is written beside it.
    Paused,
    /// Its owner called it off; what was waiting was skipped.
    Cancelled,
    /// No delivery is waiting any more.
    Finished,
}

impl RunState {
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Cancelled, Self::Finished];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Finished => "finished",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it still has something to do.
    pub const fn is_unfinished(self) -> bool {
        matches!(self, Self::Active | Self::Paused)
    }
}

/// Why a run is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// By its owner or by a command.
    Asked,
    /// A manager switched the mailing off.
    SwitchedOff,
    OwnerBlocked,
    /// The relay cannot be used: it is away, or refuses us, and waiting will not mend it.
    Relay,
    /// The relay does not take our user name and password.
    Password,
    /// Most of the last replies were the same refusal.
    Refusals,
    /// The relay refuses us, whoever the mail is for.
    Rejected,
    /// Several mails in a row were handed over and not confirmed.
    Doubts,
    /// The message names the unsubscribe link, and there is no base URL to make it of.
    BaseUrl,
    /// The database was copied, or restored from a backup: what was sent since is not known.
    Restored,
}

impl PauseReason {
    pub const ALL: [Self; 10] = [
        Self::Asked,
        Self::SwitchedOff,
        Self::OwnerBlocked,
        Self::Relay,
        Self::Password,
        Self::Refusals,
        Self::Rejected,
        Self::Doubts,
        Self::BaseUrl,
        Self::Restored,
    ];
    /// Those for which nobody asked: the run pauses by itself, and its owner is to hear of it.
    pub const BY_ITSELF: [Self; 6] = [
        Self::Relay,
        Self::Password,
        Self::Refusals,
        Self::Rejected,
        Self::Doubts,
        Self::BaseUrl,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::SwitchedOff => "switched_off",
            Self::OwnerBlocked => "owner_blocked",
            Self::Relay => "relay",
            Self::Password => "password",
            Self::Refusals => "refusals",
            Self::Rejected => "rejected",
            Self::Doubts => "doubts",
            Self::BaseUrl => "base_url",
            Self::Restored => "restored",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// How many deliveries of a run stand where. Kept in the transaction that moves them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counters {
    pub total: i64,
    /// Waiting and never tried.
    pub queued: i64,
    /// Waiting after a temporary refusal.
    pub deferred: i64,
    pub trying: i64,
    pub accepted: i64,
    pub refused: i64,
    pub in_doubt: i64,
    pub expired: i64,
    pub skipped: i64,
}

impl Counters {
    /// Those about which the last word is said.
    pub const fn done(&self) -> i64 {
        self.accepted + self.refused + self.in_doubt + self.expired + self.skipped
    }

    /// Those about which the last word is said in a run of this state: of one that was cancelled,
    /// those that were called off untried are nothing that was done.
    pub fn done_in(&self, state: RunState) -> i64 {
        match state {
            RunState::Cancelled => self.done() - self.skipped,
            _ => self.done(),
        }
    }

    /// Those that were tried, or could have been, and ended without a 2xx. Retries are no failures
    /// here: these are people, not attempts (`statistics::Tally`).
    pub const fn failed(&self) -> i64 {
        self.refused + self.expired
    }

    /// Those that are still to be tried or being tried.
    pub const fn open(&self) -> i64 {
        self.queued + self.deferred + self.trying
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_name() {
        for reason in PauseReason::ALL {
            assert_eq!(PauseReason::by_name(reason.name()), Some(reason));
        }
    }
}
