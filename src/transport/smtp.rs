//! A connection to the relay, one transaction after another.
//!
//! The transaction is driven here, stage by stage, because the journal must know at which of them
//! it failed and what the server said, to the letter. Three steps make one: [`SmtpConnection::open`]
//! (until the server asks for the mail), [`SmtpConnection::send`] (the mail), and
//! [`SmtpConnection::answer`] (what became of it). How much of it shares a round trip is the
//! [`Manner`]'s matter, and nobody's outside of this room.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mail_send::SmtpClient;
use tokio::io::AsyncWriteExt as _;

use super::correlate::{is_about_an_address, is_idle_timeout, out_of_step};
use super::manner::{Caution, Manner};
use super::relay::Timeouts;
use super::wire::Stream;
use super::wire::{Input, NoReply};
use super::{Ending, Envelope, Mail, Opening, local};
use crate::domain::delivery::reply::Reply;
use crate::domain::delivery::slowdown::speaks_of_rate;

/// Goodbyes are not waited for long.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);

/// So many mails go alone, to see whether the replies to RSET are always the same, before several are
/// in flight.
pub(super) const ALONE: u64 = 2;

/// An open, greeted, encrypted and authenticated connection.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one is what the server offers, the others are where we stand; they do not exclude each other"
)]
pub struct SmtpConnection {
    pub(super) client: SmtpClient<Box<dyn Stream>>,
    pub(super) input: Input,
    pub(super) server: String,
    pub(super) smtputf8: bool,
    pub(super) manner: Manner,
    /// What all connections to this relay have learnt about it.
    pub(super) caution: Arc<Caution>,
    pub(super) timeouts: Timeouts,
    /// Mails that may be in flight at once.
    pub(super) window: usize,
    /// The last transaction was left in the middle.
    pub(super) reset_first: bool,
    /// The manner has worked on this connection.
    pub(super) proved: bool,
    pub(super) usable: bool,
    /// What the server said to the next mail's commands, which went behind the last mail.
    pub(super) next: Option<Announced>,
    /// What the server owes answers for, oldest first.
    pub(super) in_flight: VecDeque<Owed>,
    /// How the youngest of them ended, where it could not be written whole.
    pub(super) unsent: Option<Ending>,
    /// Octets of the last write that have gone out, or may have.
    pub(super) written: usize,
    /// MAIL and RCPT have been answered, and BDAT is still to be tried.
    pub(super) chunk_open: bool,
    /// Replies to MAIL and RCPT have been seen that cannot be taken for a mail's.
    pub(super) told_apart: bool,
    /// The reply to RSET, as it was when nothing else was in flight.
    pub(super) reset_reply: Option<Reply>,
    /// The reply to the RSET before the oldest mail in flight has been read already.
    pub(super) reset_read: bool,
    /// Mails that have had their answer.
    pub(super) answered: u64,
    /// The server has ended the connection between two mails, with or without a word (421).
    pub(super) left: bool,
    /// With which word. What was sent behind it has not been looked at.
    pub(super) goodbye: Option<Reply>,
}

/// What the handshake has found out.
pub(super) struct Session {
    pub(super) client: SmtpClient<Box<dyn Stream>>,
    pub(super) input: Input,
    pub(super) server: String,
    pub(super) smtputf8: bool,
    pub(super) manner: Manner,
    pub(super) caution: Arc<Caution>,
    pub(super) timeouts: Timeouts,
    pub(super) window: usize,
}

/// The commands of a mail that went out before its turn.
pub(super) enum Announced {
    /// Their replies are still to be read.
    Asked,
    Answered(Opening),
}

/// The replies that a mail in flight is still to get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owed {
    /// After the final dot.
    Dot,
    /// To BDAT alone: MAIL and RCPT have been answered.
    Chunk,
    /// To MAIL, RCPT and BDAT, and to RSET where it went before them.
    Whole { reset: bool },
}

/// A reply that ends the transaction before its time, or none.
pub(super) enum Stop {
    Refused(Reply),
    NoReply(NoReply),
}

impl From<NoReply> for Stop {
    fn from(no_reply: NoReply) -> Self {
        Self::NoReply(no_reply)
    }
}

/// How far a transaction has come; decides whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(super) enum Stage {
    Mail,
    Rcpt,
    Data,
    Body,
    Dot,
}

impl SmtpConnection {
    /// Whether a 2xx in the place of a mail's reply can only be the mail's.
    pub(super) fn is_about_the_mail(&self, reply: &Reply) -> bool {
        let is_reset = self.window > 1 && self.reset_reply.as_ref() == Some(reply);
        !is_about_an_address(reply) && !is_reset
    }

    /// The server takes several commands at once for a fault: from now on it is spoken to command by
    /// command. Nobody is charged with it.
    pub(super) fn stop_pipelining(&mut self, reply: &Reply) -> Ending {
        self.caution
            .step_down(Manner::Pipelined, &self.server, &reply.line());
        self.usable = false;
        Ending::NotReached(reply.clone())
    }

    /// A connection that has carried nothing yet.
    pub(super) fn new(session: Session) -> Self {
        Self {
            client: session.client,
            input: session.input,
            server: session.server,
            smtputf8: session.smtputf8,
            manner: session.manner,
            caution: session.caution,
            timeouts: session.timeouts,
            window: session.window,
            reset_first: false,
            proved: false,
            usable: true,
            next: None,
            in_flight: VecDeque::new(),
            unsent: None,
            written: 0,
            chunk_open: false,
            told_apart: false,
            reset_reply: None,
            reset_read: false,
            answered: 0,
            left: false,
            goodbye: None,
        }
    }

    pub(super) fn server(&self) -> &str {
        &self.server
    }

    pub(super) const fn is_usable(&self) -> bool {
        self.usable
    }

    /// Mails that may be in flight at once.
    pub(super) const fn window(&self) -> usize {
        if self.proved && self.answered >= ALONE {
            self.window
        } else {
            1
        }
    }

    /// Whether the server has ended it between two mails.
    pub(super) const fn was_left(&self) -> bool {
        self.left
    }

    /// Whether the next mail's commands have gone out already.
    pub(super) const fn is_announced(&self) -> bool {
        self.next.is_some()
    }

    /// Brings a transaction to where the server asks for the mail. Where it was announced behind
    /// the last mail, that has happened, and this only says how it went.
    pub(super) async fn open(&mut self, envelope: &Envelope) -> Opening {
        if let Some(announced) = self.next.take() {
            return match announced {
                Announced::Answered(opening) => opening,
                // The last mail's answer was never asked for.
                Announced::Asked => Opening::Ended(not_reached()),
            };
        }
        if let Some(ending) = self.cannot_say(envelope) {
            return Opening::Ended(ending);
        }
        if self.has_ended().await {
            return Opening::Ended(not_reached());
        }
        if self.manner == Manner::Chunked {
            self.open_chunked(envelope).await
        } else {
            self.open_data(envelope).await
        }
    }

    /// Sends the mail that was opened, and behind it the commands of the next one if there is one
    /// and the server can be told so much at once.
    pub(super) async fn send(&mut self, mail: &Mail, next: Option<&Envelope>) {
        if self.manner == Manner::Chunked {
            self.send_chunk(mail).await;
        } else {
            let next = next.filter(|next| self.cannot_say(next).is_none());
            self.send_data(mail, next).await;
        }
    }

    /// What became of the oldest mail in flight.
    pub(super) async fn answer(&mut self) -> Ending {
        match self.in_flight.pop_front() {
            None => not_reached(),
            Some(Owed::Dot) => self.answer_to_dot().await,
            Some(owed) => self.answer_to_chunk(owed).await,
        }
    }

    /// Whether a connection that has worked ended while nothing was asked of it: closed, with a
    /// goodbye, or with a reply that nobody asked for, which would be taken for the next one.
    pub(super) async fn has_ended(&mut self) -> bool {
        // Once a mail is on its way nobody can tell any more how far it came.
        if !self.proved || !self.in_flight.is_empty() {
            return false;
        }
        self.left |= self.input.is_closed(&mut self.client.stream).await || self.input.is_goodbye();
        if let Some(unasked) = self.input.unasked().filter(|_| !self.left) {
            self.distrust(true, &unasked);
        }
        self.usable &= !self.left;
        !self.usable
    }

    fn cannot_say(&self, envelope: &Envelope) -> Option<Ending> {
        (envelope.needs_smtputf8 && !self.smtputf8)
            .then(|| Ending::Impossible(local::reply(local::NO_SMTPUTF8, "")))
    }

    /// Why a transaction ended at this stage, as the journal says it.
    pub(super) fn ending(&mut self, stage: Stage, stop: Stop) -> Ending {
        match stop {
            Stop::Refused(reply) => {
                if reply.code == 421 {
                    self.usable = false;
                    self.left = !is_idle_timeout(&reply);
                    self.goodbye = self.left.then(|| reply.clone());
                }
                self.reset_first = stage < Stage::Dot;
                let is_goodbye = reply.code == 421 && stage < Stage::Dot;
                if is_goodbye && self.answered > 0 && !speaks_of_rate(&reply) {
                    // So many on one connection, and no more: the next one takes it.
                    Ending::NotReached(reply)
                } else if stage == Stage::Mail || is_goodbye {
                    Ending::RelaysFault(reply)
                } else {
                    Ending::Answered(reply)
                }
            }
            Stop::NoReply(no_reply) => {
                self.usable = false;
                let reply = no_reply.as_reply();
                match stage {
                    Stage::Mail => Ending::RelaysFault(reply),
                    // A body that could not be written whole lacks its final dot.
                    Stage::Rcpt | Stage::Data | Stage::Body => Ending::Lost(reply),
                    Stage::Dot => Ending::InDoubt(reply),
                }
            }
        }
    }

    /// The server and we no longer understand each other in this manner. Where it never worked,
    /// or where replies got out of step, everybody goes on in a simpler one.
    pub(super) fn distrust(&mut self, out_of_step: bool, why: &NoReply) {
        if out_of_step || !self.proved {
            let words = why.as_reply().text;
            self.caution.step_down(self.manner, &self.server, &words);
        }
        self.usable = false;
    }

    pub(super) async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), NoReply> {
        self.written = 0;
        let (stream, written) = (&mut self.client.stream, &mut self.written);
        tokio::time::timeout(limit, async {
            while *written < bytes.len() {
                match stream.write(&bytes[*written..]).await? {
                    0 => return Err(std::io::ErrorKind::WriteZero.into()),
                    some => *written += some,
                }
            }
            stream.flush().await
        })
        .await
        .map_err(|_| NoReply::Timeout)??;
        Ok(())
    }

    pub(super) async fn reply(&mut self, limit: Duration) -> Result<Reply, NoReply> {
        self.input.reply(&mut self.client.stream, limit).await
    }

    /// Reads the next reply, which is to be of the `expected` kind.
    pub(super) async fn expect(
        &mut self,
        limit: Duration,
        expected: impl Fn(&Reply) -> bool,
    ) -> Result<(), Stop> {
        let reply = self.reply(limit).await?;
        expect(&reply, expected)
    }

    pub(super) async fn quit(mut self) {
        // In the middle of a transaction there is nobody to say goodbye to.
        if self.usable && self.in_flight.is_empty() && self.next.is_none() {
            let goodbye = async {
                self.write(b"QUIT\r\n", QUIT_TIMEOUT).await?;
                self.reply(QUIT_TIMEOUT).await
            };
            drop(goodbye.await);
        }
    }
}

/// The connection ended before anything was said about this mail.
pub(super) fn not_reached() -> Ending {
    Ending::NotReached(local::reply(local::LOST, ""))
}

pub(super) const RSET: &str = "RSET\r\n";
pub(super) const DATA: &str = "DATA\r\n";

pub(super) fn mail_from(envelope: &Envelope) -> String {
    let extension = if envelope.needs_smtputf8 {
        " SMTPUTF8"
    } else {
        ""
    };
    format!("MAIL FROM:<{}>{extension}\r\n", envelope.mail_from)
}

pub(super) fn rcpt_to(envelope: &Envelope) -> String {
    format!("RCPT TO:<{}>\r\n", envelope.rcpt_to)
}

/// Whether a reply is of the `expected` kind; else it refuses, or answers some other question.
pub(super) fn expect(reply: &Reply, expected: impl Fn(&Reply) -> bool) -> Result<(), Stop> {
    if expected(reply) {
        Ok(())
    } else if reply.is_positive() || reply.is_intermediate() {
        Err(out_of_step(reply).into())
    } else {
        Err(Stop::Refused(reply.clone()))
    }
}
