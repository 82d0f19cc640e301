//! Whether the clock on the wall can be believed: it is compared with the steady one, which goes on
//! whatever is done to the other.
//!
//! A clock that leaps ahead may be wrong and come back. What cannot be undone, the end of a mailing and
//! a planned start, waits until it has stood by its new time for a while; what can be (a retry that
//! comes early) does not. After a leap back, whatever was to be done at a time that is now far away is
//! to be done as soon as it would have been.

use parking_lot::Mutex;

use crate::domain::Millis;

/// Smaller steps are a clock being set right.
const BACK: Millis = 60_000;
/// How far ahead it must leap to be doubted.
const AHEAD: Millis = 30 * 60_000;
/// How long it must then stand by its new time.
const DOUBT: Millis = 10 * 60_000;

/// How far in the future something may have happened. What claims to have happened later was written
/// down by a clock that was wrong.
pub const LEEWAY: Millis = 24 * 3_600_000;

struct State {
    /// By how much the wall clock was ahead of the steady one when last looked at.
    apart: Option<Millis>,
    /// On the steady clock.
    doubted_until: Option<Millis>,
    went_back: bool,
}

/// What has been seen of the clocks.
pub struct ClockJumps(Mutex<State>);

impl Default for ClockJumps {
    fn default() -> Self {
        Self(Mutex::new(State {
            apart: None,
            doubted_until: None,
            // Nobody knows what the clock did before.
            went_back: true,
        }))
    }
}

impl ClockJumps {
    /// Looks at both clocks. Whether what cannot be undone has to wait.
    pub fn is_in_doubt(&self, now: Millis, steady: Millis) -> bool {
        let mut state = self.0.lock();
        let apart = now.saturating_sub(steady);
        let leap = apart.saturating_sub(state.apart.unwrap_or(apart));
        state.apart = Some(apart);
        if leap <= -BACK {
            state.went_back = true;
            state.doubted_until = None;
        } else if leap >= AHEAD {
            state.doubted_until = Some(steady.saturating_add(DOUBT));
        }
        if state.doubted_until.is_some_and(|until| until <= steady) {
            state.doubted_until = None;
        }
        state.doubted_until.is_some()
    }

    /// Whether the clock may have gone back since this was asked for the last time.
    pub fn take_step_back(&self) -> bool {
        std::mem::take(&mut self.0.lock().went_back)
    }

    /// What was to be done about a leap back could not be done yet.
    pub fn keep_step_back(&self) {
        self.0.lock().went_back = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_leap_ahead_is_doubted_and_only_for_a_while() {
        let clock_jumps = ClockJumps::default();
        assert!(!clock_jumps.is_in_doubt(1_000_000, 0));
        assert!(
            !clock_jumps.is_in_doubt(1_000_000 + DOUBT, DOUBT),
            "time passes"
        );
        let ahead = 1_000_000 + AHEAD;
        assert!(clock_jumps.is_in_doubt(ahead + DOUBT, DOUBT));
        assert!(clock_jumps.is_in_doubt(ahead + 2 * DOUBT - 1, 2 * DOUBT - 1));
        assert!(!clock_jumps.is_in_doubt(ahead + 2 * DOUBT, 2 * DOUBT));
    }

    #[test]
    fn a_clock_that_comes_back_is_believed_at_once() {
        let clock_jumps = ClockJumps::default();
        assert!(clock_jumps.take_step_back() && !clock_jumps.take_step_back());
        assert!(!clock_jumps.is_in_doubt(0, 0));
        assert!(clock_jumps.is_in_doubt(AHEAD + 1, 1));
        assert!(!clock_jumps.take_step_back());
        assert!(!clock_jumps.is_in_doubt(2, 2));
        assert!(clock_jumps.take_step_back() && !clock_jumps.take_step_back());
    }
}
