//! What a complaint about too much mail does to the rate, and how the rate comes back.

use super::meaning::Slow;
use super::reply::Reply;
use crate::domain::Millis;

/// Complaints within so long of one that counted are the same one: many connections hear it at once.
const ONE_COMPLAINT: Millis = 5_000;
/// After so long without a complaint the rate rises; twice as long after each further one …
const PATIENCE: Millis = 3_000;
/// … up to so many times as long (48 s).
const MOST_PATIENCE: Millis = 16;
/// Part of the rate that was complained about by which it rises until it is there again.
const RISE: f64 = 0.1;
/// Lowest rate: one mail a minute.
const LOWEST: f64 = 1.0 / 60.0;

/// A rate that the other side's complaints have brought down.
///
/// As TCP does with its window: a complaint halves the rate, which then rises by equal steps. Once it
/// is past the rate that was complained about without another complaint, that complaint was about
/// something else, and the rate doubles back to where it was at first.
#[derive(Debug, Clone, PartialEq)]
pub struct Slowdown {
    /// Mails a second, from now.
    pub per_second: f64,
    /// What it was before the first complaint.
    pub before: f64,
    pub since: Millis,
    /// When it last changed.
    pub changed_at: Millis,
    /// The complaint, in the server's words.
    pub reply: String,
    /// Mails a second that were complained about last.
    ceiling: f64,
    complained_at: Millis,
    /// How many have counted.
    complaints: u32,
}

impl Slowdown {
    /// The first complaint, at this rate.
    pub fn begin(rate: f64, reply: String, now: Millis) -> Self {
        let before = rate.max(2.0 * LOWEST);
        Self::restored((before / 2.0, before), now, now, reply)
    }

    /// What was kept of one: its rate and what that was before, in mails a second.
    pub const fn restored(
        (per_second, before): (f64, f64),
        since: Millis,
        changed_at: Millis,
        reply: String,
    ) -> Self {
        Self {
            per_second,
            before,
            since,
            changed_at,
            reply,
            ceiling: before,
            complained_at: changed_at,
            complaints: 1,
        }
    }

    /// Another complaint, at this rate. Returns whether it counts.
    pub fn complain(&mut self, rate: f64, reply: String, now: Millis) -> bool {
        self.reply = reply;
        if (now - self.complained_at).abs() < ONE_COMPLAINT {
            return false;
        }
        self.ceiling = self.per_second.min(rate).max(2.0 * LOWEST);
        self.per_second = self.ceiling / 2.0;
        self.complaints += 1;
        (self.complained_at, self.changed_at) = (now, now);
        true
    }

    /// Time passes. `true` if the rate has changed.
    pub fn recover(&mut self, now: Millis) -> bool {
        if now < self.changed_at {
            (self.complained_at, self.changed_at) = (now, now);
            return true;
        }
        let doubled = 1 << self.complaints.saturating_sub(1).min(10);
        let patience = PATIENCE * MOST_PATIENCE.min(doubled);
        let mut has_risen = false;
        while now - self.changed_at >= patience && !self.is_over() {
            self.per_second = if self.per_second < self.ceiling {
                self.per_second + RISE * self.ceiling
            } else {
                self.per_second * 2.0
            };
            self.changed_at += patience;
            has_risen = true;
        }
        has_risen
    }

    /// It is as fast as before, and a little more.
    pub fn is_over(&self) -> bool {
        self.per_second > self.before * (1.0 + RISE / 2.0)
    }
}

/// Whether a reply complains of how much or how fast is sent. A server that takes so many mails on one
/// connection and then says 421 does not: the next connection takes as many again.
pub fn speaks_of_rate(reply: &Reply) -> bool {
    matches!(reply.slows(), Some(Slow::Relay | Slow::Domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_halves_the_rate_and_it_rises_to_where_it_was() {
        let mut slow = Slowdown::begin(40.0, "421".into(), 0);
        assert!((slow.per_second - 20.0).abs() < 1e-9);
        assert!(!slow.recover(PATIENCE - 1));
        assert!(slow.recover(PATIENCE));
        assert!((slow.per_second - 24.0).abs() < 1e-9);
        slow.recover(20_000);
        assert!(slow.is_over(), "{slow:?}");
    }

    #[test]
    fn complaints_in_quick_succession_are_one_even_when_the_rate_has_risen_between() {
        let mut slow = Slowdown::begin(40.0, "421".into(), 0);
        assert!(!slow.complain(40.0, "421".into(), 100), "the same one");
        slow.recover(PATIENCE);
        assert!(!slow.complain(24.0, "421".into(), ONE_COMPLAINT - 1));
        assert!(slow.complain(24.0, "421".into(), ONE_COMPLAINT));
        assert!((slow.per_second - 12.0).abs() < 1e-9);
    }

    #[test]
    fn a_server_that_bears_only_so_much_hears_less_and_less_of_it() {
        let bearable = 1_000.0;
        let mut slow = Slowdown::begin(2_000.0, "421".into(), 0);
        let mut complaints = Vec::new();
        for now in (0..3_600_000).step_by(200) {
            slow.recover(now);
            if slow.per_second > bearable && slow.complain(slow.per_second, "421".into(), now) {
                complaints.push(now);
            }
        }
        let early = complaints.iter().filter(|at| **at < 600_000).count();
        assert!(early <= 9, "{early} in ten minutes");
        assert!(complaints.len() <= 25, "{} in an hour", complaints.len());
    }

    #[test]
    fn a_complaint_about_the_rate_is_told_from_a_full_connection() {
        for (code, enhanced, text) in [
            (421, "4.7.0", "Too many messages, slow down"),
            (421, "", "Rate limit exceeded, closing connection"),
            (
                421,
                "4.7.28",
                "Gmail has detected an unusual rate of unsolicited mail",
            ),
            (421, "4.7.0", "Messages deferred due to unexpected volume"),
            (451, "4.7.650", "Temporarily deferred"),
            (421, "4.7.0", "Too many connections from your host"),
            (454, "", "Throttling failure: maximum sending rate exceeded"),
            (450, "4.7.1", "100 messages per hour"),
        ] {
            assert!(speaks_of_rate(&Reply::new(code, enhanced, text)), "{text}");
        }
        for (code, enhanced, text) in [
            (421, "4.7.0", "Too many messages on this connection"),
            (421, "", "Session limit exceeded"),
            (421, "4.4.2", "mx.example closing connection"),
            (421, "4.3.2", "Going down"),
            (421, "4.3.0", "Operated by a generated migration"),
            (550, "5.7.1", "Rate limit exceeded"),
        ] {
            assert!(!speaks_of_rate(&Reply::new(code, enhanced, text)), "{text}");
        }
    }
}
