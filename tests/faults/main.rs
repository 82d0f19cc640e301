//! Faults, one after another, and whether the journal keeps its promises through them.
//!
//! The program runs as a process against a mail server of the test's own, which keeps its own log.
//! Something happens to the process, or to the server; then the program is started again until
//! everything is sent, and what stands in the database is held against the server's log
//! ([`truth`]). [`kills`] kills it at every named point of the code and at random moments, [`stops`]
//! stops it, [`neighbours`] runs several at once, [`matrix`] has the server misbehave at every stage
//! in every way.
//!
//! `FAULTS=long` in the environment makes it more of the same: ten times the random kills, and every
//! named point at four of its hits. The counts go to standard error.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

mod installation;
mod kills;
mod matrix;
mod neighbours;
mod plan;
mod program;
mod random_kills;
mod secrets;
mod stops;
mod tally;
mod truth;

use std::time::Duration;

use mailapp::clock::{Clock as _, SystemClock};
use mailapp::domain::Millis;

/// Whether there is time for everything.
fn is_long() -> bool {
    std::env::var("FAULTS").is_ok_and(|wish| wish == "long")
}

/// Waits until something is so, for at most `limit` milliseconds.
fn wait_until(what: &str, limit: Millis, mut is_so: impl FnMut() -> bool) {
    let clock = SystemClock::default();
    while !is_so() {
        assert!(clock.steady() < limit, "waited in vain until {what}");
        std::thread::park_timeout(Duration::from_millis(4));
    }
}
