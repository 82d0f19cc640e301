//! Transactions with BDAT (CHUNKING, RFC 3030): a mail goes out whole, with its commands before it
//! and without waiting to be asked.
//!
//! The bytes of a mail that a server did not expect would be read as commands. So the first mail
//! on a connection is preceded by an empty chunk, whose reply shows that the server knows BDAT.
//! With several mails in the air every reply is one of many 2xx in a row; they are told apart by
//! their enhanced codes (RFC 2034), without which only one mail is in the air.

use super::data::is_about_an_address;
use super::smtp::{
    Owed, RSET, SmtpConnection, Stage, Stop, expect, mail_from, not_reached, out_of_step, rcpt_to,
};
use super::wire::NoReply;
use super::{Ending, Envelope, Mail, Opening};
use crate::domain::reply::Reply;

impl SmtpConnection {
    /// Where BDAT has worked there is nothing to open; else MAIL, RCPT and an empty chunk.
    pub(super) async fn open_chunked(&mut self, envelope: &Envelope) -> Opening {
        if self.proved {
            // A reply that nobody asked for would be taken for the next one.
            if self.air.is_empty() && !self.input.is_empty() {
                self.distrust(true);
                return Opening::Ended(not_reached());
            }
            return Opening::Invited;
        }
        let mut stage = Stage::Mail;
        match self.try_chunk(envelope, &mut stage).await {
            Ok(()) => {
                self.chunk_open = true;
                Opening::Invited
            }
            Err(stop) if stop.is_goodbye() => Opening::Ended(self.ending(Stage::Mail, stop)),
            Err(stop) => {
                // It offers what it does not know, or does not keep in step.
                let strays = matches!(&stop, Stop::NoReply(no) if !matches!(no, NoReply::Lost(_)));
                if strays || stage == Stage::Data {
                    self.distrust(true);
                }
                if stage == Stage::Data {
                    return Opening::Ended(not_reached());
                }
                Opening::Ended(self.ending(stage, stop))
            }
        }
    }

    async fn try_chunk(&mut self, envelope: &Envelope, stage: &mut Stage) -> Result<(), Stop> {
        let command = self.timeouts.command;
        let reset = std::mem::take(&mut self.reset_first);
        let lines = [
            if reset { RSET } else { "" },
            &mail_from(envelope),
            &rcpt_to(envelope),
        ];
        self.write(lines.concat().as_bytes(), command).await?;
        if reset {
            self.expect(command, Reply::is_positive).await?;
        }
        let mail = self.reply(command).await?;
        let rcpt = self.reply(command).await;
        expect(&mail, Reply::is_positive)?;
        *stage = Stage::Rcpt;
        expect(&rcpt?, Reply::is_positive)?;
        *stage = Stage::Data;
        self.write(b"BDAT 0\r\n", command).await?;
        self.expect(command, Reply::is_positive).await
    }

    pub(super) async fn send_chunk(&mut self, mail: &Mail) {
        let mut bytes = Vec::with_capacity(mail.source.len() + 200);
        let owed = if std::mem::take(&mut self.chunk_open) {
            Owed::Chunk
        } else {
            // After a failure the server's state is its own secret, and with more in the air a
            // failure may be under way.
            let reset = std::mem::take(&mut self.reset_first) || self.window > 1;
            let lines = [
                if reset { RSET } else { "" },
                &mail_from(&mail.envelope),
                &rcpt_to(&mail.envelope),
            ];
            bytes.extend_from_slice(lines.concat().as_bytes());
            Owed::Whole { reset }
        };
        bytes.extend_from_slice(format!("BDAT {} LAST\r\n", mail.source.len()).as_bytes());
        bytes.extend_from_slice(&mail.source);
        // An answer to the mail that is there before the mail is no answer to it.
        let unasked = self.input.unasked().filter(|_| self.air.is_empty());
        if unasked.is_some() {
            self.distrust(true);
        }
        self.air.push_back(owed);
        self.send_body(&bytes, bytes.len(), unasked).await;
    }

    pub(super) async fn answer_to_chunk(&mut self, owed: Owed) -> Ending {
        // Only the youngest can have been cut off, and what was before it is lost with it.
        if self.air.is_empty()
            && let Some((stage, no_reply)) = self.unsent.take()
        {
            return self.ending(stage, no_reply.into());
        }
        let mut stage = Stage::Mail;
        match self.read_chunk_replies(owed, &mut stage).await {
            Ok(reply) => {
                self.proved = true;
                Ending::Answered(reply)
            }
            Err(Stop::Refused(reply)) => {
                let ending = self.ending(stage, Stop::Refused(reply));
                self.reset_first = true;
                ending
            }
            // All of it has been sent; which part of it the server has understood, nobody knows.
            Err(Stop::NoReply(no_reply)) => {
                let is_lost = matches!(no_reply, NoReply::Lost(_));
                self.distrust(!is_lost);
                Ending::InDoubt(no_reply.as_reply())
            }
        }
    }

    /// Reads all replies to one mail, in order, whatever the first of them says.
    async fn read_chunk_replies(&mut self, owed: Owed, stage: &mut Stage) -> Result<Reply, Stop> {
        if !self.usable {
            return Err(NoReply::Lost(String::new()).into());
        }
        let command = self.timeouts.command;
        let mut refused = None;
        if let Owed::Whole { reset } = owed {
            if reset {
                let reply = self.reply(command).await?;
                if reply.code != 421 && !reply.is_positive() {
                    // Which transaction the server has taken the mail for, nobody knows.
                    return Err(out_of_step(&reply).into());
                }
                expect(&reply, Reply::is_positive)?;
            }
            for place in [Stage::Mail, Stage::Rcpt] {
                let reply = self.reply(command).await?;
                if refused.is_some() {
                    continue;
                }
                match expect(&reply, Reply::is_positive) {
                    Ok(()) => self.in_step(&reply, true)?,
                    Err(stop) if stop.ends_the_connection() => {
                        *stage = place;
                        return Err(stop);
                    }
                    Err(stop) => {
                        *stage = place;
                        refused = Some(stop);
                    }
                }
            }
        }
        let reply = self.reply(self.timeouts.dot).await?;
        if let Some(refused) = refused {
            // A mail without a recipient cannot have been taken.
            return match expect(&reply, |reply| !reply.is_positive()) {
                Ok(()) => Err(refused),
                Err(_) => Err(out_of_step(&reply).into()),
            };
        }
        *stage = Stage::Dot;
        expect(&reply, Reply::is_positive)?;
        self.in_step(&reply, false)?;
        Ok(reply)
    }

    /// With several mails in the air a reply must say by its enhanced code what it is about; with
    /// one, that to the mail must not be about an address.
    fn in_step(&self, reply: &Reply, about_an_address: bool) -> Result<(), NoReply> {
        let is_in_step = if self.window == 1 {
            about_an_address || !is_about_an_address(reply)
        } else {
            reply.enhanced.is_some() && is_about_an_address(reply) == about_an_address
        };
        if is_in_step {
            Ok(())
        } else {
            Err(out_of_step(reply))
        }
    }
}
