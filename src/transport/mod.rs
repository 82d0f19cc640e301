//! The last step: handing a composed mail to the next server.
//!
//! [`Transport`] knows how to open a [`Connection`]; a connection carries out one transaction at a
//! time. The three kinds are `smtp` (the configured relay), `capture` (kept in the database while
//! no relay is configured) and `sink`, a small receiving server for the demo.

#[cfg(test)]
mod broken;
pub mod capture;
mod certificate;
mod chunks;
mod correlate;
mod data;
mod handshake;
mod manner;
pub mod relay;
#[cfg(test)]
mod shuffled;
pub mod sink;
pub mod smtp;
mod wire;

use std::sync::Arc;

use crate::domain::delivery::reply::Reply;
use capture::Keep;
use relay::Relay;
use smtp::SmtpConnection;

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

pub use crate::domain::delivery::local;

/// What hands mail over.
#[derive(Clone)]
pub enum Transport {
    Smtp(Arc<Relay>),
    Capture(Arc<dyn Keep>),
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Smtp(_) => "Transport::Smtp",
            Self::Capture(_) => "Transport::Capture",
        })
    }
}

impl Transport {
    /// Opens a connection that is ready for its first transaction: greeted, encrypted,
    /// authenticated as configured.
    ///
    /// # Errors
    /// The relay's failure; it is never any recipient's.
    pub async fn connect(&self) -> Result<Connection, RelayFailure> {
        Ok(match self {
            Self::Smtp(relay) => Connection::Smtp(Box::new(SmtpConnection::connect(relay).await?)),
            Self::Capture(keep) => Connection::Capture(Arc::clone(keep), None),
        })
    }

    /// Whether nothing leaves this machine.
    pub const fn is_capture(&self) -> bool {
        matches!(self, Self::Capture(_))
    }
}

/// One open connection.
pub enum Connection {
    Smtp(Box<SmtpConnection>),
    /// With what became of the mail that was handed over last.
    Capture(Arc<dyn Keep>, Option<Ending>),
}

impl Connection {
    /// Which server is at the other end, for the journal.
    pub fn server(&self) -> &str {
        match self {
            Self::Smtp(connection) => connection.server(),
            Self::Capture(..) => capture::SERVER,
        }
    }

    /// Hands one mail over.
    pub async fn deliver(&mut self, mail: &Mail) -> Ending {
        if let Opening::Ended(ending) = self.open(&mail.envelope).await {
            return ending;
        }
        self.send(mail, None).await;
        self.answer().await
    }

    /// Brings a transaction to where the server asks for the mail.
    pub async fn open(&mut self, envelope: &Envelope) -> Opening {
        match self {
            Self::Smtp(connection) => connection.open(envelope).await,
            Self::Capture(..) => Opening::Invited,
        }
    }

    /// Sends the mail that was opened, and announces the `next` one behind it where that saves a
    /// round trip (`is_announced` tells). From here on the server may take it.
    pub async fn send(&mut self, mail: &Mail, next: Option<&Envelope>) {
        match self {
            Self::Smtp(connection) => connection.send(mail, next).await,
            Self::Capture(keep, kept) => {
                *kept = Some(capture::deliver(keep.as_ref(), mail).await);
            }
        }
    }

    /// What became of the oldest mail that was sent.
    pub async fn answer(&mut self) -> Ending {
        match self {
            Self::Smtp(connection) => connection.answer().await,
            Self::Capture(_, kept) => kept.take().unwrap_or_else(smtp::not_reached),
        }
    }

    /// Whether the next transaction has begun behind the last mail.
    pub const fn is_announced(&self) -> bool {
        match self {
            Self::Smtp(connection) => connection.is_announced(),
            Self::Capture(..) => false,
        }
    }

    /// Mails that may be in flight at once.
    pub const fn window(&self) -> usize {
        match self {
            Self::Smtp(connection) => connection.window(),
            Self::Capture(..) => 1,
        }
    }

    /// Whether it can carry another transaction.
    pub const fn is_usable(&self) -> bool {
        match self {
            Self::Smtp(connection) => connection.is_usable(),
            Self::Capture(..) => true,
        }
    }

    /// Whether the other side has ended it while nothing was asked of it.
    pub async fn has_ended(&mut self) -> bool {
        match self {
            Self::Smtp(connection) => connection.has_ended().await,
            Self::Capture(..) => false,
        }
    }

    /// Whether the server has ended it between two mails: closed it, or said 421.
    pub const fn was_left(&self) -> bool {
        match self {
            Self::Smtp(connection) => connection.was_left(),
            Self::Capture(..) => false,
        }
    }

    /// Says goodbye.
    pub async fn quit(self) {
        if let Self::Smtp(connection) = self {
            connection.quit().await;
        }
    }
}
