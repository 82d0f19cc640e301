//! What is handed over, and what comes of it.

use crate::domain::delivery::reply::Reply;

/// Who it is from and for, as said to the server: addresses with A-label domains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub mail_from: String,
    pub rcpt_to: String,
    /// The address can only be said to a server with SMTPUTF8 (RFC 6531).
    pub needs_smtputf8: bool,
}

/// The composed bytes for one recipient: RFC 5322, lines ended by CR LF, dots not yet stuffed.
#[derive(Debug, Clone)]
pub struct Mail {
    pub envelope: Envelope,
    /// For listings of captured mail.
    pub subject: String,
    /// It opens somebody's account: captured, it is for its addressee.
    pub private: bool,
    pub source: Vec<u8>,
}

/// How a transaction ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The server's word about this recipient: at RCPT, at DATA, or after the final dot.
    Answered(Reply),
    /// It failed before RCPT, or the server said that it is closing: the relay's fault, no word
    /// about the recipient. The code is 0 where there was no reply.
    RelaysFault(Reply),
    /// The connection was lost, or the answer was no reply, before the server could have taken
    /// the mail.
    Lost(Reply),
    /// The same after the final dot was on its way: the server may have taken it (RFC 1047).
    InDoubt(Reply),
    /// It cannot be said to this server at all; nothing was sent.
    Impossible(Reply),
    /// The connection ended before this mail's turn came (it has carried as many as the server wants
    /// on one, say), or the server did not follow: no word about anybody. It is to be tried again at
    /// once, over another connection.
    NotReached(Reply),
}

/// How the beginning of a transaction went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// The server waits for the mail.
    Invited,
    /// There will be no mail.
    Ended(Ending),
}

/// Why no connection could be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct RelayFailure {
    /// What happened, with the server's own words where it said any.
    pub text: String,
    /// Whether waiting will not mend it: wrong password, bad certificate, no STARTTLS.
    pub permanent: bool,
    /// It does not take the user name or the password.
    pub refused_password: bool,
    /// This process or machine had no descriptor, memory or port left: the relay was never asked.
    pub ours: bool,
}

impl RelayFailure {
    pub(crate) fn temporary(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            permanent: false,
            refused_password: false,
            ours: false,
        }
    }

    /// Nothing that the relay could have done about it.
    pub(crate) fn ours(text: impl Into<String>) -> Self {
        Self {
            ours: true,
            ..Self::temporary(text)
        }
    }

    pub(crate) fn permanent(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            permanent: true,
            refused_password: false,
            ours: false,
        }
    }
}
