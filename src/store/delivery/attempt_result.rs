//! What one attempt came to, as the journal is told of it.

use crate::domain::delivery::Outcome;
use crate::domain::delivery::reply::Reply;
use crate::domain::{Id, Millis};

/// What became of one try.
#[derive(Debug, Clone)]
pub struct AttemptResult {
    pub delivery: Id,
    pub run: Id,
    pub email: String,
    /// Which try it was, from 1.
    pub nth: u32,
    pub started_at: Millis,
    pub duration_ms: Millis,
    pub outcome: Outcome,
    /// The relay's fault (MAIL refused, connection lost before RCPT): the try does not count
    /// against the recipient.
    pub relays_fault: bool,
    /// The code is 0 where there was no reply; then the text is ours.
    pub reply: Reply,
    pub server: String,
    /// When to try again, if it is to be tried again.
    pub again_at: Option<Millis>,
}

impl AttemptResult {
    /// A try that has begun; it counts as deferred until somebody knows better.
    pub fn begun((delivery, run): (Id, Id), email: &str, nth: u32, started_at: Millis) -> Self {
        Self {
            delivery,
            run,
            email: email.to_owned(),
            nth,
            started_at,
            duration_ms: 0,
            outcome: Outcome::Deferred,
            relays_fault: false,
            reply: Reply::new(0, "", ""),
            server: String::new(),
            again_at: None,
        }
    }

    /// How long it took, in milliseconds.
    #[must_use]
    pub const fn took(mut self, duration_ms: Millis) -> Self {
        self.duration_ms = duration_ms;
        self
    }

    #[must_use]
    pub fn with_server(mut self, server: &str) -> Self {
        server.clone_into(&mut self.server);
        self
    }
}
