//! Transactions with BDAT (CHUNKING, RFC 3030): a mail goes out whole, with its commands before it
//! and without waiting to be asked.
//!
//! The bytes of a mail that a server did not expect would be read as commands. So the first mail on
//! a connection shows first whether BDAT is understood: MAIL and RCPT are answered, then its first
//! line goes as a chunk of its own, and the rest when that has been taken. A header line is no
//! command of SMTP, whatever it says; an empty chunk is none that every server takes (Postfix: "551
//! 5.7.1 Null BDAT request").
//!
//! With several mails in flight every reply is one of many 2xx in a row. [`super::correlate`] says
//! how they are told apart; where they cannot be, only one mail is in flight.

use memchr::memmem;

use super::correlate::{
    blames_pipelining, in_doubt, is_about_an_address, is_idle_timeout, is_sequence_error,
    out_of_step,
};
use super::manner::Manner;
use super::smtp::{
    ALONE, DATA, Owed, RSET, SmtpConnection, Stage, Stop, expect, mail_from, rcpt_to,
};
use super::wire::NoReply;
use super::{Ending, Envelope, Mail, Opening};
use crate::domain::delivery::reply::Reply;

impl SmtpConnection {
    /// Where BDAT has worked there is nothing to open; else MAIL and RCPT alone.
    pub(super) async fn open_chunked(&mut self, envelope: &Envelope) -> Opening {
        if self.proved {
            return Opening::Invited;
        }
        let mut stage = Stage::Mail;
        match self.introduce(envelope, &mut stage).await {
            Ok(()) if self.told_apart => {
                self.chunk_open = true;
                Opening::Invited
            }
            Ok(()) => self.go_on_with_data().await,
            Err(Stop::Refused(reply)) if blames_pipelining(&reply) => {
                Opening::Ended(self.stop_pipelining(&reply))
            }
            Err(stop) => {
                if let Stop::NoReply(no_reply) = &stop
                    && !matches!(no_reply, NoReply::Lost(_))
                {
                    self.distrust(true, no_reply);
                }
                Opening::Ended(self.ending(stage, stop))
            }
        }
    }

    /// MAIL and RCPT, and nothing else in flight: what their replies look like is learnt here.
    async fn introduce(&mut self, envelope: &Envelope, stage: &mut Stage) -> Result<(), Stop> {
        let command = self.timeouts.command;
        let must_reset = std::mem::take(&mut self.reset_first);
        let reset = must_reset || self.window > 1;
        let lines = [
            if reset { RSET } else { "" },
            &mail_from(envelope),
            &rcpt_to(envelope),
        ];
        self.write(lines.concat().as_bytes(), command).await?;
        if reset {
            let reply = self.reply(command).await?;
            if must_reset || reply.code == 421 || reply.is_intermediate() {
                expect(&reply, Reply::is_positive)?;
            }
            if !reply.is_positive() {
                self.window = 1;
            }
            self.reset_reply = Some(reply);
        }
        let mail = self.reply(command).await?;
        let rcpt = self.reply(command).await;
        if let Err(refused) = expect(&mail, Reply::is_positive) {
            return Err(match rcpt {
                // It would be about a transaction that there is not.
                Ok(rcpt) if rcpt.is_positive() => out_of_step(&rcpt).into(),
                _ => refused,
            });
        }
        *stage = Stage::Rcpt;
        let rcpt = rcpt?;
        expect(&rcpt, Reply::is_positive)?;
        self.told_apart = is_about_an_address(&mail) && is_about_an_address(&rcpt);
        Ok(())
    }

    /// Replies that look like a mail's: the mail is sent when all that comes before it is read.
    async fn go_on_with_data(&mut self) -> Opening {
        self.manner = Manner::Pipelined;
        self.window = 1;
        let asked = async {
            self.write(DATA.as_bytes(), self.timeouts.data).await?;
            self.expect(self.timeouts.data, Reply::is_intermediate)
                .await
        };
        match asked.await {
            Ok(()) => {
                self.proved = true;
                Opening::Invited
            }
            Err(stop) => Opening::Ended(self.ending(Stage::Data, stop)),
        }
    }

    pub(super) async fn send_chunk(&mut self, mail: &Mail) {
        // An answer to the mail that is there before the mail is no answer to it.
        let mut unasked = self.input.unasked().filter(|_| self.in_flight.is_empty());
        let mut source = mail.source.as_slice();
        let mut bytes = Vec::with_capacity(source.len() + 200);
        if std::mem::take(&mut self.chunk_open) {
            self.in_flight.push_back(Owed::Chunk);
            let (first, rest) = source.split_at(first_line(source));
            if unasked.is_none() {
                if let Err(ending) = self.try_chunk(first).await {
                    self.unsent = Some(ending);
                    // If the server took its leave, then at this very mail.
                    self.goodbye = None;
                    return;
                }
                unasked = self.input.unasked();
            }
            source = rest;
        } else {
            // After a failure the server's state is its own secret, and with more in flight a
            // failure may be under way.
            let reset = std::mem::take(&mut self.reset_first) || self.window > 1;
            let lines = [
                if reset { RSET } else { "" },
                &mail_from(&mail.envelope),
                &rcpt_to(&mail.envelope),
            ];
            bytes.extend_from_slice(lines.concat().as_bytes());
            self.in_flight.push_back(Owed::Whole { reset });
        }
        if let Some(unasked) = &unasked {
            self.distrust(true, unasked);
        }
        bytes.extend_from_slice(format!("BDAT {} LAST\r\n", source.len()).as_bytes());
        bytes.extend_from_slice(source);
        self.send_body(&bytes, bytes.len(), unasked).await;
    }

    /// Sends the first line of a mail as a chunk, to see whether the server knows how to take one.
    async fn try_chunk(&mut self, line: &[u8]) -> Result<(), Ending> {
        let command = self.timeouts.command;
        let mut bytes = format!("BDAT {}\r\n", line.len()).into_bytes();
        bytes.extend_from_slice(line);
        let reply = match self.write(&bytes, command).await {
            Ok(()) => self.reply(command).await,
            Err(no_reply) => Err(no_reply),
        };
        let stop = match reply {
            Ok(reply) if reply.is_positive() && !is_about_an_address(&reply) => return Ok(()),
            Ok(reply) if is_unknown_command(&reply) => {
                let words = reply.line();
                self.caution
                    .step_down(Manner::Chunked, &self.server, &words);
                self.usable = false;
                return Err(Ending::NotReached(reply));
            }
            Ok(reply) if reply.is_positive() => out_of_step(&reply).into(),
            Ok(reply) => Stop::Refused(reply),
            Err(no_reply) => no_reply.into(),
        };
        // It offers what it does not know, or does not keep in step: in a simpler manner, at once.
        if let Stop::NoReply(no_reply) = &stop {
            self.distrust(true, no_reply);
            return Err(Ending::NotReached(no_reply.as_reply()));
        }
        Err(self.ending(Stage::Data, stop))
    }

    pub(super) async fn answer_to_chunk(&mut self, owed: Owed) -> Ending {
        // The server took its leave before it came to this one.
        if let Some(goodbye) = &self.goodbye {
            self.unsent = None;
            return Ending::NotReached(goodbye.clone());
        }
        // Only the youngest can have been cut off, and what was before it is lost with it.
        if self.in_flight.is_empty()
            && let Some(ending) = self.unsent.take()
        {
            return ending;
        }
        let mut stage = Stage::Mail;
        match self.read_chunk_replies(owed, &mut stage).await {
            Ok(reply) => {
                self.answered += 1;
                self.learn_window(&reply);
                self.proved = true;
                Ending::Answered(reply)
            }
            Err(Stop::Refused(reply)) if is_idle_timeout(&reply) => {
                let no_reply = out_of_step(&reply);
                self.distrust(false, &no_reply);
                Ending::InDoubt(no_reply.as_reply())
            }
            Err(Stop::Refused(reply)) => {
                if reply.code != 421
                    && let Err(no_reply) = self.confirm_refusal().await
                {
                    self.distrust(true, &no_reply);
                    return in_doubt(&reply);
                }
                self.answered += u64::from(stage == Stage::Dot);
                let ending = self.ending(stage, Stop::Refused(reply));
                self.reset_first = true;
                ending
            }
            // All of it has been sent; which part of it the server has understood, nobody knows.
            Err(Stop::NoReply(no_reply)) => {
                let is_lost = matches!(no_reply, NoReply::Lost(_));
                self.distrust(!is_lost, &no_reply);
                Ending::InDoubt(no_reply.as_reply())
            }
        }
    }

    /// A refusal says by no code which command it refuses. It is a mail's where the reply that follows
    /// is that to the RSET before the next one.
    async fn confirm_refusal(&mut self) -> Result<(), NoReply> {
        if self.window == 1 || self.in_flight.is_empty() || self.unsent.is_some() {
            return Ok(());
        }
        match self.read_reset().await {
            Ok(()) => {
                self.reset_read = true;
                Ok(())
            }
            // It refuses, and goes.
            Err(Stop::Refused(goodbye)) => {
                self.ending(Stage::Mail, Stop::Refused(goodbye));
                Ok(())
            }
            Err(Stop::NoReply(NoReply::Lost(_))) => {
                self.usable = false;
                Ok(())
            }
            Err(Stop::NoReply(no_reply)) => Err(no_reply),
        }
    }

    /// The first mail on a connection was alone. Where its reply looks like that to RSET, which goes
    /// before each mail of a window, the window stays one.
    fn learn_window(&mut self, reply: &Reply) {
        let is_plain = reply.enhanced.is_none() || self.reset_reply.as_ref() == Some(reply);
        if !self.proved && is_plain {
            self.window = 1;
        }
    }

    /// Reads all replies to one mail, in order, whatever the first of them says.
    async fn read_chunk_replies(&mut self, owed: Owed, stage: &mut Stage) -> Result<Reply, Stop> {
        if !self.usable {
            return Err(NoReply::Lost(String::new()).into());
        }
        let mut refused = None;
        if let Owed::Whole { reset } = owed {
            if reset && !std::mem::take(&mut self.reset_read) {
                self.read_reset().await?;
            }
            refused = self.read_envelope(stage).await?;
        }
        let reply = self.reply(self.timeouts.dot).await?;
        if let Some(refused) = refused {
            // A mail without a recipient cannot have been taken.
            return match expect(&reply, |reply| !reply.is_positive()) {
                Ok(()) if !reply.is_intermediate() => Err(refused),
                _ => Err(out_of_step(&reply).into()),
            };
        }
        *stage = Stage::Dot;
        if owed == Owed::Chunk {
            // Nothing else was in flight that its reply could be taken for.
            expect(&reply, Reply::is_positive)?;
            return if is_about_an_address(&reply) {
                Err(out_of_step(&reply).into())
            } else {
                Ok(reply)
            };
        }
        self.word_about_the_mail(&reply)?;
        if self.window > 1 && reply.enhanced.is_none() {
            return Err(out_of_step(&reply).into());
        }
        Ok(reply)
    }

    /// Reads the reply to the RSET before a mail. Behind others it must be the one that is known.
    async fn read_reset(&mut self) -> Result<(), Stop> {
        let reply = self.reply(self.timeouts.command).await?;
        if self.answered < ALONE && reply.is_positive() && self.reset_reply.as_ref() != Some(&reply)
        {
            // It never says the same twice.
            self.window = 1;
        }
        let is_known = self.window == 1 || self.reset_reply.as_ref() == Some(&reply);
        if reply.code == 421 {
            Err(Stop::Refused(reply))
        } else if reply.is_positive() && is_known {
            Ok(())
        } else {
            // Which transaction the server has taken the mail for, nobody knows.
            Err(out_of_step(&reply).into())
        }
    }

    /// Reads the replies to MAIL and RCPT before a mail. Returns the first refusal.
    async fn read_envelope(&mut self, stage: &mut Stage) -> Result<Option<Stop>, Stop> {
        let mut refused = None;
        for place in [Stage::Mail, Stage::Rcpt] {
            let reply = self.reply(self.timeouts.command).await?;
            let is_astray = if reply.is_positive() {
                // It would be about a transaction that there is not, or about a mail.
                refused.is_some() || !is_about_an_address(&reply)
            } else {
                reply.is_intermediate() || (refused.is_none() && is_sequence_error(&reply))
            };
            if is_astray {
                return Err(out_of_step(&reply).into());
            }
            if reply.is_positive() || refused.is_some() {
                continue;
            }
            *stage = place;
            if reply.code == 421 {
                return Err(Stop::Refused(reply));
            }
            refused = Some(Stop::Refused(reply));
        }
        Ok(refused)
    }
}

/// Where the first line of a mail ends.
fn first_line(source: &[u8]) -> usize {
    memmem::find(source, b"\r\n").map_or(source.len(), |at| at + 2)
}

/// Whether a refusal of the first chunk is about BDAT itself, and not about the mail.
fn is_unknown_command(reply: &Reply) -> bool {
    let names_it = || {
        let text = reply.text.to_uppercase();
        text.contains("BDAT") || text.contains("CHUNK")
    };
    let is_syntax = reply
        .enhanced
        .as_deref()
        .is_some_and(|code| code.starts_with("5.5."));
    reply.is_permanent() && (reply.code < 505 || is_syntax || names_it())
}
