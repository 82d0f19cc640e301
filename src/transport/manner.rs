//! How much is said to a server at once.

use std::sync::atomic::{AtomicU8, Ordering};

/// From what every server knows to what saves the most round trips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Manner {
    /// A command, its reply, the next command (RFC 5321). Four round trips a mail.
    StepByStep,
    /// MAIL, RCPT and DATA in one write (PIPELINING, RFC 2920 §3.1). Two round trips.
    Pipelined,
    /// The same, in one write with the mail before. One round trip.
    Overlapped,
    /// MAIL, RCPT and the mail itself in one write (CHUNKING, RFC 3030). One round trip, and several
    /// mails may share it.
    Chunked,
}

impl Manner {
    const ALL: [Self; 4] = [
        Self::StepByStep,
        Self::Pipelined,
        Self::Overlapped,
        Self::Chunked,
    ];
}

/// The boldest manner in which a relay may still be spoken to. It only ever falls: a server that
/// once got its replies out of step is not trusted again while the program runs.
#[derive(Debug)]
pub(super) struct Caution(AtomicU8);

impl Default for Caution {
    fn default() -> Self {
        Self(AtomicU8::new(Manner::Chunked as u8))
    }
}

impl Caution {
    /// The manner for a server that offers these extensions. Without ENHANCEDSTATUSCODES the reply to a
    /// mail looks like any other, so that nothing may share its round trip.
    pub(super) fn manner(&self, pipelining: bool, chunking: bool, enhanced_codes: bool) -> Manner {
        let boldest = self.0.load(Ordering::Relaxed);
        Manner::ALL
            .into_iter()
            .filter(|manner| match manner {
                Manner::StepByStep => true,
                Manner::Pipelined => pipelining,
                Manner::Overlapped => pipelining && enhanced_codes,
                // Without PIPELINING nothing may follow a command before its reply.
                Manner::Chunked => pipelining && enhanced_codes && chunking,
            })
            .filter(|manner| *manner as u8 <= boldest)
            .max()
            .unwrap_or(Manner::StepByStep)
    }

    /// From now on more simply than in `manner`, because of what the server said (or did not).
    pub(super) fn step_down(&self, manner: Manner, server: &str, reply: &str) {
        let simpler = (manner as u8).saturating_sub(1);
        if self.0.fetch_min(simpler, Ordering::Relaxed) > simpler {
            tracing::warn!(
                server,
                ?manner,
                reply,
                "the server does not follow; going on more simply"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_spoken_to_as_boldly_as_it_offers_and_as_it_has_shown_to_follow() {
        let caution = Caution::default();
        assert_eq!(caution.manner(false, true, true), Manner::StepByStep);
        assert_eq!(caution.manner(true, false, true), Manner::Overlapped);
        assert_eq!(caution.manner(true, true, true), Manner::Chunked);
        assert_eq!(caution.manner(true, true, false), Manner::Pipelined);
        caution.step_down(Manner::Chunked, "", "");
        assert_eq!(caution.manner(true, true, true), Manner::Overlapped);
        caution.step_down(Manner::Pipelined, "", "");
        caution.step_down(Manner::Chunked, "", "");
        assert_eq!(caution.manner(true, true, true), Manner::StepByStep);
    }
}
