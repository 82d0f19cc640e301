//! Transactions with DATA (RFC 5321 §3.3), step by step or pipelined (RFC 2920).
//!
//! Overlapped, the commands of the next mail are in one write with the last one, so that its final
//! dot and they share a round trip. The server answers the dot first; its answer counts only when
//! all that follows is in step ([`super::correlate`]).

use std::time::Duration;

use super::correlate::{
    blames_pipelining, in_doubt, is_about_an_address, is_idle_timeout, is_sequence_error,
    out_of_step,
};
use super::manner::Manner;
use super::smtp::{
    Announced, DATA, Owed, RSET, SmtpConnection, Stage, Stop, expect, mail_from, not_reached,
    rcpt_to,
};
use super::wire::{NoReply, stuffed};
use super::{Ending, Envelope, Mail, Opening};
use crate::domain::delivery::reply::Reply;
use crate::failpoint;

/// Why the replies to a group of commands ended before they were all there.
struct Trouble {
    /// Replies that were read before it.
    after: usize,
    stage: Stage,
    no_reply: NoReply,
}

impl SmtpConnection {
    pub(super) async fn open_data(&mut self, envelope: &Envelope) -> Opening {
        if self.manner == Manner::StepByStep {
            let mut stage = Stage::Mail;
            return match self.open_step_by_step(envelope, &mut stage).await {
                Ok(()) => {
                    self.proved = true;
                    Opening::Invited
                }
                Err(Stop::NoReply(NoReply::Lost(_))) if stage == Stage::Mail && self.proved => {
                    Opening::Ended(self.left_alone())
                }
                Err(stop) => Opening::Ended(self.ending(stage, stop)),
            };
        }
        let reset = std::mem::take(&mut self.reset_first);
        let group = group(envelope, reset);
        if let Err(no_reply) = self.write(group.as_bytes(), self.timeouts.command).await {
            return Opening::Ended(self.ending(Stage::Mail, no_reply.into()));
        }
        match self.read_group(reset, false).await {
            Ok(opening) => {
                self.proved = true;
                opening
            }
            Err(trouble) => {
                let is_lost = matches!(trouble.no_reply, NoReply::Lost(_));
                // A server that goes away is no worse than another; one that lags behind is.
                if !is_lost || trouble.after > 0 {
                    self.distrust(!is_lost, &trouble.no_reply);
                }
                if is_lost && trouble.after == 0 && self.proved {
                    return Opening::Ended(self.left_alone());
                }
                Opening::Ended(self.ending(trouble.stage, trouble.no_reply.into()))
            }
        }
    }

    /// The server was gone before it said a word about this mail.
    fn left_alone(&mut self) -> Ending {
        self.usable = false;
        self.left = true;
        not_reached()
    }

    async fn open_step_by_step(
        &mut self,
        envelope: &Envelope,
        stage: &mut Stage,
    ) -> Result<(), Stop> {
        let command = self.timeouts.command;
        if std::mem::take(&mut self.reset_first) {
            self.say(RSET, command, Reply::is_positive).await?;
        }
        self.say(&mail_from(envelope), command, Reply::is_positive)
            .await?;
        *stage = Stage::Rcpt;
        self.say(&rcpt_to(envelope), command, Reply::is_positive)
            .await?;
        *stage = Stage::Data;
        self.say(DATA, self.timeouts.data, Reply::is_intermediate)
            .await
    }

    /// Writes a command and reads its reply, which is to be of the `expected` kind.
    async fn say(
        &mut self,
        line: &str,
        limit: Duration,
        expected: impl Fn(&Reply) -> bool,
    ) -> Result<(), Stop> {
        self.write(line.as_bytes(), limit).await?;
        self.expect(limit, expected).await
    }

    /// Reads all replies to a group, in order, whatever the first of them says, so that none is
    /// ever taken for another's. With a mail `in_flight` before it, each must also say by its code
    /// what it is about.
    async fn read_group(&mut self, reset: bool, in_flight: bool) -> Result<Opening, Trouble> {
        let mut heard = Heard::new(in_flight);
        if reset {
            let reply = self.in_group(self.timeouts.command, &heard).await?;
            heard.after += 1;
            // What is said next may be about the transaction that was to be given up.
            if reply.code != 421 && !reply.is_positive() {
                return Err(heard.trouble(out_of_step(&reply)));
            }
            if let Err(stop) = expect(&reply, Reply::is_positive) {
                return Ok(Opening::Ended(self.ending(Stage::Mail, stop)));
            }
        }
        for stage in [Stage::Mail, Stage::Rcpt] {
            heard.stage = stage;
            let reply = match self.in_group(self.timeouts.command, &heard).await {
                Ok(reply) => reply,
                Err(trouble) => return self.refused_and_gone(heard.refused, trouble),
            };
            heard.after += 1;
            if blames_pipelining(&reply) {
                return Ok(Opening::Ended(self.stop_pipelining(&reply)));
            }
            heard.take(reply.clone())?;
            if reply.code == 421 {
                return Ok(Opening::Ended(self.ending(stage, Stop::Refused(reply))));
            }
        }
        self.read_invitation(heard).await
    }

    /// Reads the reply to the DATA of a group.
    async fn read_invitation(&mut self, mut heard: Heard) -> Result<Opening, Trouble> {
        if let Some((stage, reply)) = heard.refused.take() {
            return match self.decline_data(&heard).await {
                Ok(()) => Ok(Opening::Ended(self.ending(stage, Stop::Refused(reply)))),
                Err(trouble) => self.refused_and_gone(Some((stage, reply)), trouble),
            };
        }
        heard.stage = Stage::Data;
        let reply = self.in_group(self.timeouts.data, &heard).await?;
        heard.after += 1;
        if blames_pipelining(&reply) {
            return Ok(Opening::Ended(self.stop_pipelining(&reply)));
        }
        match expect(&reply, Reply::is_intermediate) {
            Ok(()) => {
                self.told_apart |= heard.told_apart;
                Ok(Opening::Invited)
            }
            Err(Stop::NoReply(no_reply)) => Err(heard.trouble(no_reply)),
            Err(_) if heard.in_flight && is_sequence_error(&reply) => {
                Err(heard.trouble(out_of_step(&reply)))
            }
            Err(stop) => Ok(Opening::Ended(self.ending(Stage::Data, stop))),
        }
    }

    /// A server that refuses and goes away has said all that there is to say.
    fn refused_and_gone(
        &mut self,
        refused: Option<(Stage, Reply)>,
        trouble: Trouble,
    ) -> Result<Opening, Trouble> {
        match refused {
            Some((stage, reply)) if matches!(trouble.no_reply, NoReply::Lost(_)) => {
                let ending = self.ending(stage, Stop::Refused(reply));
                self.usable = false;
                Ok(Opening::Ended(ending))
            }
            _ => Err(trouble),
        }
    }

    async fn in_group(&mut self, limit: Duration, heard: &Heard) -> Result<Reply, Trouble> {
        let reply = self.reply(limit).await;
        reply.map_err(|no_reply| heard.trouble(no_reply))
    }

    /// Reads the reply to a DATA that was sent before its recipient was refused. A server that wants
    /// the mail all the same (RFC 2920 §3.1) gets nothing, not even an empty one: were the refusal in
    /// the wrong place, that would go out to somebody.
    async fn decline_data(&mut self, heard: &Heard) -> Result<(), Trouble> {
        let reply = self.in_group(self.timeouts.data, heard).await?;
        if reply.is_positive() {
            return Err(heard.trouble(out_of_step(&reply)));
        }
        if reply.is_intermediate() {
            self.stop_pipelining(&reply);
        }
        if reply.code == 421 {
            self.usable = false;
        }
        Ok(())
    }

    /// Sends a mail that the server has asked for.
    pub(super) async fn send_data(&mut self, mail: &Mail, next: Option<&Envelope>) {
        self.in_flight.push_back(Owed::Dot);
        let next = next.filter(|_| self.manner == Manner::Overlapped && self.told_apart);
        let mut bytes = stuffed(&mail.source);
        let whole = bytes.len();
        if let Some(next) = next {
            bytes.extend_from_slice(group(next, false).as_bytes());
        }
        // An answer to the mail that is there before the mail is no answer to it.
        let unasked = self.input.unasked();
        if self.send_body(&bytes, whole, unasked).await {
            self.next = next.map(|_| Announced::Asked);
        }
    }

    /// Writes a mail and what goes behind it, if the connection is good for it. `whole` is how many
    /// octets the server must have to take the mail. `false` where not all was written.
    pub(super) async fn send_body(
        &mut self,
        bytes: &[u8],
        whole: usize,
        unasked: Option<NoReply>,
    ) -> bool {
        self.written = 0;
        let sent = match unasked {
            Some(unasked) => Err(unasked),
            None => self.write_in_two(bytes).await,
        };
        match sent {
            Ok(()) => {
                failpoint::hit("body-sent");
                true
            }
            Err(no_reply) => {
                self.usable = false;
                // What is missing may be what went behind the mail.
                let stage = if self.written < whole {
                    Stage::Body
                } else {
                    Stage::Dot
                };
                self.unsent = Some(self.ending(stage, no_reply.into()));
                false
            }
        }
    }

    /// The body's own limit; under test, the process may end in the middle of it.
    pub(super) async fn write_in_two(&mut self, bytes: &[u8]) -> Result<(), NoReply> {
        let limit = self.timeouts.body;
        if failpoint::is_awaited("body-half-sent") {
            let (front, back) = bytes.split_at(bytes.len() / 2);
            self.write(front, limit).await?;
            failpoint::hit("body-half-sent");
            return self.write(back, limit).await;
        }
        self.write(bytes, limit).await
    }

    pub(super) async fn answer_to_dot(&mut self) -> Ending {
        if let Some(ending) = self.unsent.take() {
            return ending;
        }
        let ending = self.read_answer_to_dot().await;
        self.answered += u64::from(matches!(ending, Ending::Answered(_)));
        if self.next.is_none() {
            return ending;
        }
        if !self.usable {
            self.next = Some(Announced::Answered(Opening::Ended(not_reached())));
            return ending;
        }
        let (opening, is_in_step) = match self.read_group(false, true).await {
            Ok(opening) => {
                self.proved = true;
                (opening, true)
            }
            Err(trouble) => {
                let is_lost = matches!(trouble.no_reply, NoReply::Lost(_));
                self.left |= is_lost && trouble.after == 0;
                self.distrust(!is_lost, &trouble.no_reply);
                (Opening::Ended(not_reached()), trouble.after == 0)
            }
        };
        self.next = Some(Announced::Answered(opening));
        match ending {
            Ending::Answered(reply) if !is_in_step => in_doubt(&reply),
            ending => ending,
        }
    }

    async fn read_answer_to_dot(&mut self) -> Ending {
        let reply = match self.reply(self.timeouts.dot).await {
            Ok(reply) => reply,
            Err(no_reply) => return self.ending(Stage::Dot, no_reply.into()),
        };
        if self.manner != Manner::StepByStep && blames_pipelining(&reply) {
            self.stop_pipelining(&reply);
            return in_doubt(&reply);
        }
        if is_idle_timeout(&reply) {
            self.usable = false;
            return in_doubt(&reply);
        }
        match self.word_about_the_mail(&reply) {
            Ok(()) => Ending::Answered(reply),
            Err(stop) => {
                if let Stop::NoReply(no_reply) = &stop {
                    self.distrust(true, no_reply);
                }
                self.ending(Stage::Dot, stop)
            }
        }
    }

    /// Whether a reply is a mail's, and a good one.
    pub(super) fn word_about_the_mail(&self, reply: &Reply) -> Result<(), Stop> {
        expect(reply, Reply::is_positive)?;
        if self.is_about_the_mail(reply) {
            Ok(())
        } else {
            Err(out_of_step(reply).into())
        }
    }
}

/// What has been read of the replies to a group.
struct Heard {
    /// How many.
    after: usize,
    /// What the next one is about.
    stage: Stage,
    /// The first refusal.
    refused: Option<(Stage, Reply)>,
    /// The answer to a mail is awaited before them.
    in_flight: bool,
    /// All good ones say by their codes that they are about an address.
    told_apart: bool,
}

impl Heard {
    const fn new(in_flight: bool) -> Self {
        Self {
            after: 0,
            stage: Stage::Mail,
            refused: None,
            in_flight,
            told_apart: true,
        }
    }

    const fn trouble(&self, no_reply: NoReply) -> Trouble {
        Trouble {
            after: self.after,
            stage: self.stage,
            no_reply,
        }
    }

    /// Takes in the reply to MAIL or RCPT, unless it cannot be that.
    fn take(&mut self, reply: Reply) -> Result<(), Trouble> {
        let is_good = reply.is_positive();
        let is_about_an_address = is_about_an_address(&reply);
        self.told_apart &= !is_good || is_about_an_address;
        let is_astray = reply.is_intermediate()
            // It would be about a transaction that there is not.
            || (is_good && self.refused.is_some())
            || (self.in_flight && is_good && !is_about_an_address)
            || (self.in_flight && self.refused.is_none() && is_sequence_error(&reply));
        if is_astray {
            return Err(self.trouble(out_of_step(&reply)));
        }
        if !is_good && self.refused.is_none() {
            self.refused = Some((self.stage, reply));
        }
        Ok(())
    }
}

/// MAIL, RCPT and DATA in one.
fn group(envelope: &Envelope, reset: bool) -> String {
    [
        if reset { RSET } else { "" },
        &mail_from(envelope),
        &rcpt_to(envelope),
        DATA,
    ]
    .concat()
}
