//! A delivery on its way through a worker: about to be tried, and being tried.

use std::collections::HashMap;

use super::dispatch_queue::Job;
use super::shared::Shared;
use crate::domain::delivery::reply::Reply;
use crate::domain::{Id, Millis};
use crate::transport::{Ending, Envelope, Mail, local};

/// A delivery that is about to be tried.
pub(super) struct Ready {
    pub(super) job: Job,
    /// Or why there is no mail for it.
    pub(super) envelope: Result<Envelope, Reply>,
    pub(super) mail: Option<Mail>,
}

/// A try that has been claimed and has no result yet.
pub(super) struct InFlight {
    pub(super) delivery: Id,
    pub(super) run: Id,
    pub(super) email: String,
    /// Which try it is, from 1.
    pub(super) nth: u32,
    pub(super) started_at: Millis,
    /// On the steady clock.
    pub(super) started: Millis,
}

/// Why nothing can be said to a server about it.
pub(super) fn impossible(ready: &Ready) -> Ending {
    Ending::Impossible(match &ready.envelope {
        Err(fault) => fault.clone(),
        Ok(_) => local::reply(local::BAD_ADDRESS, &ready.job.delivery.email),
    })
}

/// Whether its domain allows another mail on a connection that has carried so many to each.
pub(super) fn fits(shared: &Shared, carried_to: &HashMap<String, usize>, ready: &Ready) -> bool {
    shared
        .throttle
        .per_connection(&ready.job.delivery.email)
        .is_none_or(|(domain, most)| carried_to.get(&domain).is_none_or(|it| *it < most))
}
