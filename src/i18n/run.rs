//! How a run is spoken of, on pages, in the terminal and in letters.

use super::Reader;
use crate::domain::local;
use crate::domain::phrase::{Arg, Phrase};
use crate::domain::run::PauseReason;
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
            PauseReason::Relay => "pause-relay-advice",
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
