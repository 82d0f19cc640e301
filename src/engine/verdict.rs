//! What an ending means for its delivery.

use super::Settings;
use crate::domain::Millis;
use crate::domain::delivery::{OnDoubt, Outcome};
use crate::domain::reply::Reply;
use crate::store::tries::Tried;
use crate::transport::Ending;
use crate::transport::smtp::said;

/// A try with its result.
pub(super) struct Settled {
    pub(super) tried: Tried,
    /// What the relay failed with, if it was the relay.
    pub(super) failure: Option<String>,
}

pub(super) fn judge(
    mut tried: Tried,
    ending: Ending,
    settings: &Settings,
    now: Millis,
    jitter: f64,
) -> Settled {
    let later = Some(settings.retry.next_at(tried.nth, now, jitter));
    let mut failure = None;
    let reply = match ending {
        Ending::Answered(reply) => {
            if reply.is_positive() {
                tried.outcome = Outcome::Accepted;
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
            failure = Some(words(&reply));
            uncharged(&mut tried, now);
            reply
        }
        Ending::NotReached(reply) => {
            uncharged(&mut tried, now);
            reply
        }
    };
    tried.reply = reply;
    Settled { tried, failure }
}

/// It is tried again as soon as there is a way.
fn uncharged(tried: &mut Tried, now: Millis) {
    tried.outcome = Outcome::Deferred;
    tried.relays_fault = true;
    tried.again_at = Some(now);
}

/// What the server said, or what happened where it said nothing.
pub(super) fn words(reply: &Reply) -> String {
    if reply.code == 0 {
        reply.text.clone()
    } else {
        said(reply)
    }
}
