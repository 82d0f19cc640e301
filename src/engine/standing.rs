//! How we stand with each relay: whether it has accepted anything lately, and whether its last
//! answers say that going on is of no use.
//!
//! A relay that has accepted nothing in the last minutes gets its first mails over few connections,
//! so that a server that refuses everything refuses a handful and not one for each connection.

use std::collections::{HashMap, HashSet};

use parking_lot::Mutex;

use super::verdict::Settled;
use crate::domain::delivery::Outcome;
use crate::domain::delivery::local;
use crate::domain::mailings::run::PauseReason;
use crate::domain::{Id, Millis};

/// Mails in flight at once until the relay has accepted one.
pub(super) const FIRST_MAILS: usize = 2;
/// How long an acceptance counts, on the steady clock.
const REMEMBERED: Millis = 5 * 60_000;
/// After so many mails in doubt without one accepted in between the runs are paused. Those that were
/// in flight together count as one: a server that restarts drops all its connections at once.
pub const DOUBTS: u32 = 5;
/// The same for different deliveries that met with a reply about us: one recipient's server that wants
/// nothing of us stops nobody else.
pub const REJECTIONS: usize = 5;
/// Deliveries of which it is remembered how often they met with a reply that was about us.
const REMEMBERED_DELIVERIES: usize = 100_000;

#[derive(Debug, Default)]
struct State {
    /// On the steady clock.
    accepted_at: Option<Millis>,
    in_flight: usize,
    doubts: u32,
    /// When the last doubt was counted, on the wall clock.
    doubted_at: Option<Millis>,
    /// Deliveries that met with a reply about us.
    rejected: HashSet<Id>,
}

/// What an answer changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    None,
    /// The relay accepts: all connections may be used.
    Warm,
    /// Going on is of no use, for this reason.
    GiveUp(PauseReason),
}

#[derive(Debug)]
pub(super) struct Standing {
    state: Mutex<State>,
    /// Nothing leaves this machine, so that there is nobody to ask.
    is_capture: bool,
}

impl Standing {
    pub(super) fn new(is_capture: bool) -> Self {
        Self {
            state: Mutex::default(),
            is_capture,
        }
    }

    /// Whether another mail may be in flight.
    pub(super) fn has_room(&self, steady: Millis) -> bool {
        if self.is_capture {
            return true;
        }
        let state = self.state.lock();
        state.is_warm(steady) || state.in_flight < FIRST_MAILS
    }

    /// A delivery is about to be tried.
    pub(super) fn took(&self) {
        self.state.lock().in_flight += 1;
    }

    /// One that was taken is not tried after all.
    pub(super) fn gave_back(&self) {
        let mut state = self.state.lock();
        state.in_flight = state.in_flight.saturating_sub(1);
    }

    /// A try has ended.
    pub(super) fn answered(&self, settled: &Settled, now: Millis, steady: Millis) -> Change {
        let mut state = self.state.lock();
        state.in_flight = state.in_flight.saturating_sub(1);
        let tried = &settled.tried;
        match tried.outcome {
            Outcome::Accepted => {
                let was_warm = state.is_warm(steady);
                state.accepted_at = Some(steady);
                state.forgive();
                return if was_warm { Change::None } else { Change::Warm };
            }
            // The relay is not to blame for our own end.
            Outcome::InDoubt if local::key_of(&tried.reply.text) != local::INTERRUPTED => {
                state.doubt(tried.started_at, now);
            }
            _ if settled.is_rejection => _ = state.rejected.insert(tried.delivery),
            _ => return Change::None,
        }
        let reason = if state.doubts >= DOUBTS {
            PauseReason::Doubts
        } else if state.rejected.len() >= REJECTIONS {
            PauseReason::Rejected
        } else {
            return Change::None;
        };
        // Whoever resumes begins anew.
        state.forgive();
        state.accepted_at = None;
        Change::GiveUp(reason)
    }
}

impl State {
    fn forgive(&mut self) {
        self.doubts = 0;
        self.doubted_at = None;
        self.rejected.clear();
    }

    /// Counts a mail in doubt whose try began at `began`, unless it was in flight with the last one.
    fn doubt(&mut self, began: Millis, now: Millis) {
        // A clock that was set back tells nothing.
        let together = self
            .doubted_at
            .is_some_and(|counted| began < counted && counted <= now);
        if !together {
            self.doubts += 1;
            self.doubted_at = Some(now);
        }
    }

    fn is_warm(&self, steady: Millis) -> bool {
        self.accepted_at
            .is_some_and(|at| steady.saturating_sub(at) < REMEMBERED)
    }
}

/// How often deliveries met with a reply that was about us. Such a try is not charged to them, and
/// so says nothing in their count; but they must not be tried over and over at the first delay.
#[derive(Debug, Default)]
pub(super) struct Uncharged(Mutex<HashMap<Id, u32>>);

impl Uncharged {
    pub(super) fn of(&self, delivery: Id) -> u32 {
        self.0.lock().get(&delivery).copied().unwrap_or(0)
    }

    /// Counts another one.
    pub(super) fn add(&self, delivery: Id) {
        let mut counts = self.0.lock();
        // Forgotten, they are only tried somewhat sooner.
        if counts.len() >= REMEMBERED_DELIVERIES {
            counts.clear();
        }
        *counts.entry(delivery).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::delivery::reply::Reply;
    use crate::store::delivery::attempt_result::AttemptResult;

    fn settled(delivery: Id, outcome: Outcome, text: &str, is_rejection: bool) -> Settled {
        let mut tried = AttemptResult::begun((delivery, 1), "anna@example.ru", 1, 0);
        tried.outcome = outcome;
        tried.reply = Reply::new(0, "", text);
        Settled {
            tried,
            failure: None,
            is_about_us: is_rejection,
            is_rejection,
        }
    }

    fn accepted() -> Settled {
        settled(1, Outcome::Accepted, "", false)
    }

    #[test]
    fn two_mails_are_in_flight_until_one_is_accepted_and_then_any_number() {
        let standing = Standing::new(false);
        standing.took();
        assert!(standing.has_room(0));
        standing.took();
        assert!(!standing.has_room(0), "two");
        assert_eq!(standing.answered(&accepted(), 0, 0), Change::Warm);
        (0..50).for_each(|_| standing.took());
        assert!(standing.has_room(REMEMBERED - 1));
        assert!(!standing.has_room(REMEMBERED), "that was long ago");
        assert_eq!(standing.answered(&accepted(), 0, REMEMBERED), Change::Warm);
        assert_eq!(standing.answered(&accepted(), 0, REMEMBERED), Change::None);
        let drawer = Standing::new(true);
        (0..50).for_each(|_| drawer.took());
        assert!(drawer.has_room(0), "nobody is asked");
    }

    #[test]
    fn five_in_a_row_give_up_and_an_acceptance_begins_anew() {
        for (outcome, text, is_rejection, reason) in [
            (Outcome::InDoubt, "[timeout]", false, PauseReason::Doubts),
            (Outcome::Deferred, "", true, PauseReason::Rejected),
        ] {
            let standing = Standing::new(false);
            let bad = |n| standing.answered(&settled(n, outcome, text, is_rejection), 0, 0);
            (0..4).for_each(|n| assert_eq!(bad(n), Change::None));
            standing.answered(&accepted(), 0, 0);
            (0..4).for_each(|n| assert_eq!(bad(n), Change::None));
            assert_eq!(bad(4), Change::GiveUp(reason));
            assert!(!standing.state.lock().is_warm(0));
            assert_eq!(bad(5), Change::None, "and so does giving up");
        }
    }

    #[test]
    fn what_was_broken_off_by_us_is_not_held_against_the_relay() {
        let standing = Standing::new(false);
        for _ in 0..20 {
            let ours = settled(1, Outcome::InDoubt, "[interrupted]", false);
            assert_eq!(standing.answered(&ours, 0, 0), Change::None);
        }
    }

    #[test]
    fn one_recipient_whose_server_wants_nothing_of_us_stops_nobody() {
        let standing = Standing::new(false);
        for _ in 0..20 {
            let again = settled(7, Outcome::Deferred, "", true);
            assert_eq!(standing.answered(&again, 0, 0), Change::None);
        }
    }

    #[test]
    fn mails_that_were_in_flight_together_are_one_doubt() {
        let standing = Standing::new(false);
        for restart in 1..=5 {
            for delivery in 0..8 {
                // All began before the server went away.
                let mut lost = settled(delivery, Outcome::InDoubt, "[lost]", false);
                lost.tried.started_at = restart * 1_000 - 10;
                let change = standing.answered(&lost, restart * 1_000, 0);
                let is_fifth = restart == 5 && delivery == 0;
                assert_eq!(matches!(change, Change::GiveUp(_)), is_fifth);
            }
        }
    }
}
