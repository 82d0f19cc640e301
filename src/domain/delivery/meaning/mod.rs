//! What a mail server's reply means, and what follows from it. One classifier for everything that
//! reads replies: the journal, the throttles, the judgement of a run, the pages and the commands.
//!
//! The rules stand in [`table`], the way in which words are compared in [`words`], and real replies
//! with the meaning that each must have in `samples` and `samples_about_us`.

mod kinds;
mod rule;
mod table;
mod words;

pub use kinds::{About, Meaning, Slow};
use table::RULES;
use words::Words;

impl Meaning {
    /// The meaning of a reply by its basic code, its enhanced code and its words; the words may be
    /// empty where they are not known. `None` for success and for what says nothing more.
    pub fn of(code: Option<u16>, enhanced: Option<&str>, text: &str) -> Option<Self> {
        let code = code.filter(|code| (400..600).contains(code))?;
        let words = Words::of(text);
        let detail = enhanced.and_then(|enhanced| enhanced.split_once('.'));
        let detail = detail.map_or("", |(_, detail)| detail);
        let found = RULES.iter().find(|rule| rule.fits(code, detail, &words))?;
        Some(found.meaning.in_class(code / 100 == 5))
    }

    /// A server that refuses for good does not ask to be asked again, whatever words it uses.
    const fn in_class(self, permanent: bool) -> Self {
        match self {
            Self::PolicyLater if permanent => Self::Policy,
            Self::Policy if !permanent => Self::PolicyLater,
            Self::Busy | Self::TryLater | Self::Greylisted if permanent => Self::Refused,
            Self::Refused if !permanent => Self::TryLater,
            meaning => meaning,
        }
    }

    pub const fn about(self) -> About {
        match self {
            Self::NoMailbox
            | Self::NoDomain
            | Self::BadAddress
            | Self::AddressRefused
            | Self::Restricted
            | Self::MailboxDisabled
            | Self::MailboxFull
            | Self::RecipientBusy
            | Self::Unreachable
            | Self::Loop => About::Recipient,
            Self::TooLarge | Self::Content | Self::Policy | Self::PolicyLater | Self::Refused => {
                About::Mail
            }
            Self::TooFast
            | Self::OverRate
            | Self::Connections
            | Self::ConnectionCap
            | Self::Quota
            | Self::Blocklisted
            | Self::ReverseDns
            | Self::NotAuthenticated
            | Self::SenderRefused
            | Self::Relaying
            | Self::Helo
            | Self::SignIn
            | Self::Tls
            | Self::Protocol => About::Us,
            Self::NoService | Self::Greylisted | Self::Busy | Self::TryLater => About::Relay,
        }
    }

    /// Whether a reply of this meaning counts as a try of its recipient's. What is about us or the
    /// relay does not, and so never ends a delivery, even where it is said for good; only a delay
    /// that is everybody's everyday life does.
    pub const fn is_charged(self, permanent: bool) -> bool {
        match self.about() {
            About::Recipient | About::Mail => true,
            About::Relay => !permanent,
            About::Us => {
                !permanent
                    && matches!(
                        self,
                        Self::TooFast | Self::OverRate | Self::Connections | Self::ConnectionCap
                    )
            }
        }
    }

    /// Whether going on sends everybody into the same refusal: when it repeats, runs are paused.
    pub const fn stops_all(self, permanent: bool) -> bool {
        !self.is_charged(permanent) && (permanent || matches!(self, Self::Quota))
    }

    /// Whom a temporary reply of this meaning asks to slow down for.
    pub const fn slows(self) -> Option<Slow> {
        match self {
            Self::TooFast => Some(Slow::Domain),
            Self::OverRate | Self::Connections => Some(Slow::Relay),
            Self::RecipientBusy => Some(Slow::Mailbox),
            _ => None,
        }
    }

    /// The key of the plain words.
    pub const fn key(self) -> &'static str {
        match self {
            Self::NoMailbox => "meaning-no-mailbox",
            Self::NoDomain => "meaning-no-domain",
            Self::BadAddress => "meaning-bad-address",
            Self::AddressRefused => "meaning-address-refused",
            Self::Restricted => "meaning-restricted",
            Self::MailboxDisabled => "meaning-mailbox-disabled",
            Self::MailboxFull => "meaning-mailbox-full",
            Self::RecipientBusy => "meaning-recipient-busy",
            Self::Unreachable => "meaning-unreachable",
            Self::Loop => "meaning-loop",
            Self::TooLarge => "meaning-too-large",
            Self::Content => "meaning-content",
            Self::Policy => "meaning-policy",
            Self::PolicyLater => "meaning-policy-later",
            Self::Refused => "meaning-refused",
            Self::TooFast | Self::OverRate => "meaning-too-fast",
            Self::Connections => "meaning-connections",
            Self::ConnectionCap => "meaning-connection-cap",
            Self::Quota => "meaning-quota",
            Self::Blocklisted => "meaning-blocklisted",
            Self::ReverseDns => "meaning-reverse-dns",
            Self::NotAuthenticated => "meaning-not-authenticated",
            Self::SenderRefused => "meaning-sender-refused",
            Self::Relaying => "meaning-relaying",
            Self::Helo => "meaning-helo",
            Self::SignIn => "meaning-bad-credentials",
            Self::Tls => "meaning-tls",
            Self::Protocol => "meaning-protocol",
            Self::NoService => "meaning-no-service",
            Self::Greylisted => "meaning-greylisted",
            Self::Busy => "meaning-busy",
            Self::TryLater => "meaning-try-later",
        }
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod samples_about_us;
