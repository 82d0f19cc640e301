//! What an ending means for its delivery.

use super::settings::Settings;
use crate::domain::Millis;
use crate::domain::delivery::meaning::Meaning;
use crate::domain::delivery::reply::Reply;
use crate::domain::delivery::{OnDoubt, Outcome};
use crate::domain::mailings::run::PauseReason;
use crate::store::delivery::attempt_result::AttemptResult;
use crate::transport::{Ending, RelayFailure};

/// A try with its result.
pub(super) struct Settled {
    pub(super) tried: AttemptResult,
    /// What the relay failed with, if it was the relay.
    pub(super) failure: Option<Failure>,
    /// The reply is about us and says nothing about the recipient.
    pub(super) is_about_us: bool,
    /// And it would be the same for everybody.
    pub(super) is_rejection: bool,
}

/// Why a relay is of no use at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// What happened, with the server's own words where it said any.
    pub(super) text: String,
    /// Whether waiting will not mend it.
    pub(super) permanent: bool,
    /// Why runs are paused if it is given up.
    pub(super) reason: PauseReason,
}

impl Failure {
    pub(super) const fn of_relay(text: String) -> Self {
        Self {
            text,
            permanent: false,
            reason: PauseReason::Relay,
        }
    }

    /// Whether the relay says for good that it is us whom it does not want. Our own words
    /// (`[key] …`) are none of its replies.
    pub(super) fn is_rejection(&self) -> bool {
        let Some(reply) = Reply::of_line(&self.text) else {
            return false;
        };
        about_us(&reply).is_some_and(|meaning| meaning.stops_all(reply.is_permanent()))
    }
}

impl From<&RelayFailure> for Failure {
    fn from(failure: &RelayFailure) -> Self {
        Self {
            text: failure.text.clone(),
            permanent: failure.permanent,
            reason: if failure.refused_password {
                PauseReason::Password
            } else {
                PauseReason::Relay
            },
        }
    }
}

/// What is made of how a try ended. `uncharged` is how often replies to this delivery were about us
/// before.
pub(super) fn judge(
    mut tried: AttemptResult,
    ending: Ending,
    settings: &Settings,
    (now, jitter): (Millis, f64),
    uncharged_before: u32,
) -> Settled {
    let later = Some(settings.retry.next_at(tried.nth, now, jitter));
    let mut failure = None;
    let (mut is_about_us, mut is_rejection) = (false, false);
    let reply = match ending {
        Ending::Answered(reply) => {
            if reply.is_positive() {
                tried.outcome = Outcome::Accepted;
            } else if let Some(meaning) = about_us(&reply) {
                let nth = tried.nth.saturating_add(uncharged_before);
                uncharged(&mut tried, settings.retry.next_at(nth, now, jitter));
                is_about_us = true;
                is_rejection = meaning.stops_all(reply.is_permanent());
            } else if reply.is_permanent() {
                tried.outcome = Outcome::Refused;
            } else {
                tried.outcome = Outcome::Deferred;
                tried.again_at = later;
            }
            reply
        }
        Ending::Impossible(reply) => {
            tried.outcome = Outcome::Refused;
            reply
        }
        Ending::Lost(reply) => {
            tried.outcome = Outcome::Deferred;
            tried.again_at = later;
            reply
        }
        Ending::InDoubt(reply) => {
            tried.outcome = Outcome::InDoubt;
            tried.again_at = later.filter(|_| settings.on_doubt == OnDoubt::Retry);
            reply
        }
        Ending::RelaysFault(reply) => {
            failure = Some(Failure::of_relay(reply.line()));
            uncharged(&mut tried, now);
            reply
        }
        Ending::NotReached(reply) => {
            uncharged(&mut tried, now);
            reply
        }
    };
    tried.reply = reply;
    Settled {
        tried,
        failure,
        is_about_us,
        is_rejection,
    }
}

/// What a reply means that says nothing about the recipient or the mail.
fn about_us(reply: &Reply) -> Option<Meaning> {
    let meaning = reply.meaning()?;
    (!meaning.is_charged(reply.is_permanent())).then_some(meaning)
}

/// It is tried again at that moment, and nobody's count moves.
fn uncharged(tried: &mut AttemptResult, again_at: Millis) {
    tried.outcome = Outcome::Deferred;
    tried.relays_fault = true;
    tried.again_at = Some(again_at);
}
