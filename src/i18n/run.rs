//! How a run is spoken of, on pages, in the terminal and in letters.

use super::Reader;
use crate::domain::delivery::local;
use crate::domain::delivery::meaning::Meaning;
use crate::domain::delivery::reply::Reply;
use crate::domain::mailings::run::PauseReason;
use crate::domain::phrase::{Arg, Phrase};
use crate::domain::text::visible;

impl Reader {
    /// Why a run is paused, with the server's own words; whose words those are makes a difference.
    pub fn pause_reason(&self, reason: PauseReason, detail: &str) -> String {
        let key = match (reason, local::split(detail)) {
            (PauseReason::Asked, _) => "pause-asked",
            (PauseReason::SwitchedOff, _) => "pause-switched-off",
            (PauseReason::OwnerBlocked, _) => "pause-owner-blocked",
            (PauseReason::Password, _) => "pause-password",
            (PauseReason::Refusals, _) => "pause-refusals",
            (PauseReason::BaseUrl, _) => "pause-base-url",
            (PauseReason::Rejected, Some(_)) => "pause-rejected-ours",
            (PauseReason::Rejected, None) => "pause-rejected",
            (PauseReason::Doubts, _) => "pause-doubts",
            (PauseReason::Restored, _) => "pause-restored",
            (PauseReason::Relay, Some((local::OTHER_TRANSPORT, _))) => "pause-other-transport",
            (PauseReason::Relay, Some(_)) => "pause-relay-ours",
            (PauseReason::Relay, None) => "pause-relay",
        };
        // Our own words about the password are the reason itself.
        let words = match (reason, local::split(detail)) {
            (PauseReason::Password, Some((_, answer))) => answer,
            _ => detail,
        };
        self.say(&Phrase {
            key,
            args: vec![("detail", Arg::Words(words.to_owned()))],
        })
    }

    /// What there is to do about it, where that is not for somebody else to say.
    pub fn pause_advice(&self, reason: PauseReason, detail: &str) -> Option<String> {
        let is_other = matches!(local::split(detail), Some((local::OTHER_TRANSPORT, _)));
        Some(self.text(match reason {
            PauseReason::Relay if is_other => return None,
            PauseReason::Relay => about_us(detail).unwrap_or("pause-relay-advice"),
            PauseReason::Rejected => about_us(detail).unwrap_or("pause-rejected-advice"),
            PauseReason::Doubts => "pause-doubts-advice",
            PauseReason::Password => "pause-password-advice",
            PauseReason::Refusals => "pause-refusals-advice",
            PauseReason::BaseUrl => "pause-base-url-advice",
            PauseReason::Asked
            | PauseReason::SwitchedOff
            | PauseReason::OwnerBlocked
            | PauseReason::Restored => return None,
        }))
    }

    /// A reply on one line: `451 4.7.1 Greylisted`; where the server said nothing, our words.
    pub fn reply(&self, code: Option<u16>, enhanced: Option<&str>, text: &str) -> String {
        let Some(code) = code else {
            return self.relay_text(text);
        };
        let mut line = code.to_string();
        for part in enhanced.into_iter().chain(visible(text).lines()) {
            line.push(' ');
            line.push_str(part);
        }
        line
    }
}

/// The advice for a reply that is about us, if there is any of its own: which setting to look at.
fn about_us(reply: &str) -> Option<&'static str> {
    Some(match Reply::of_line(reply)?.meaning()? {
        Meaning::Helo => "pause-helo-advice",
        Meaning::Relaying => "pause-relaying-advice",
        Meaning::SignIn | Meaning::Tls => "pause-signin-advice",
        Meaning::SenderRefused => "pause-sender-advice",
        Meaning::Quota => "pause-quota-advice",
        Meaning::Blocklisted | Meaning::ReverseDns | Meaning::NotAuthenticated => {
            "pause-reputation-advice"
        }
        _ => return None,
    })
}
