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
mod outcome;
pub mod relay;
#[cfg(test)]
mod shuffled;
pub mod sink;
pub mod smtp;
mod wire;

use std::sync::Arc;

pub use outcome::{Ending, Envelope, Mail, Opening, RelayFailure};

use capture::Keep;
use relay::Relay;
use smtp::SmtpConnection;

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
