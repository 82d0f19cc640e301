//! Whether a mailing has reached one of its recipients, in the words of its list.

use serde::Serialize;

use super::DeliveryState;

/// What became of the last delivery of a mailing to one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// The next server took it.
    Accepted,
    /// Refused, or its time was over: as a run counts those that failed.
    Failed,
    /// It waits for its turn, or for another try.
    Waiting,
    /// Nobody knows.
    InDoubt,
    /// Not tried: unsubscribed, or the run was cancelled.
    Skipped,
    /// No run of the mailing had them.
    NotSent,
}

impl Reached {
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Failed,
        Self::Waiting,
        Self::InDoubt,
        Self::Skipped,
        Self::NotSent,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::InDoubt => "in_doubt",
            Self::Skipped => "skipped",
            Self::NotSent => "not_sent",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reached| reached.name() == name)
    }

    /// By the state of the last delivery, if there was one.
    pub const fn of(state: Option<DeliveryState>) -> Self {
        match state {
            None => Self::NotSent,
            Some(DeliveryState::Accepted) => Self::Accepted,
            Some(DeliveryState::Refused | DeliveryState::Expired) => Self::Failed,
            Some(DeliveryState::Waiting | DeliveryState::Trying) => Self::Waiting,
            Some(DeliveryState::InDoubt) => Self::InDoubt,
            Some(DeliveryState::Skipped) => Self::Skipped,
        }
    }

    /// The states that are this, as a query compares them.
    pub fn states(self) -> Vec<&'static str> {
        DeliveryState::ALL
            .into_iter()
            .filter(|state| Self::of(Some(*state)) == self)
            .map(DeliveryState::name)
            .collect()
    }
}
