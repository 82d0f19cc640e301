//! Transactions with DATA (RFC 5321 §3.3), step by step or pipelined (RFC 2920).
//!
//! Overlapped, the commands of the next mail are in one write with the last one, so that its final
//! dot and they share a round trip. The server answers the dot first; its answer counts only when
//! all that follows is in step, because a reply that was swallowed would let the next one be taken
//! for it.

use std::time::Duration;

use super::manner::Manner;
use super::smtp::{
    Announced, DATA, Owed, RSET, SmtpConnection, Stage, Stop, expect, mail_from, not_reached,
    out_of_step, rcpt_to,
};
use super::wire::{NoReply, stuffed};
use super::{Ending, Envelope, Mail, Opening};
use crate::domain::reply::Reply;
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
                    self.usable = false;
                    Opening::Ended(not_reached())
                }
                Err(stop) => Opening::Ended(self.ending(stage, stop)),
            };
        }
        let reset = std::mem::take(&mut self.reset_first);
        let group = group(envelope, reset);
        if let Err(no_reply) = self.write(group.as_bytes(), self.timeouts.command).await {
            return Opening::Ended(self.ending(Stage::Mail, no_reply.into()));
        }
        match self.read_group(reset).await {
            Ok(opening) => {
                self.proved = true;
                opening
            }
            Err(trouble) => {
                let is_lost = matches!(trouble.no_reply, NoReply::Lost(_));
                // A server that goes away is no worse than another; one that lags behind is.
                if !is_lost || trouble.after > 0 {
                    self.distrust(!is_lost);
                }
                if is_lost && trouble.after == 0 && self.proved {
                    self.usable = false;
                    return Opening::Ended(not_reached());
                }
                Opening::Ended(self.ending(trouble.stage, trouble.no_reply.into()))
            }
        }
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
    /// ever taken for another's.
    async fn read_group(&mut self, reset: bool) -> Result<Opening, Trouble> {
        let (command, data) = (self.timeouts.command, self.timeouts.data);
        let mut after = 0;
        let mut stage = Stage::Mail;
        let mut refused: Option<(Stage, Stop)> = None;
        let before = if reset { 2 } else { 1 };
        for place in 0..=before {
            if place == before {
                stage = Stage::Rcpt;
            }
            let reply = match self.in_group(command, after, stage).await {
                Ok(reply) => reply,
                Err(trouble) => return self.refused_and_gone(refused, trouble),
            };
            after += 1;
            if reset && place == 0 && reply.code != 421 && !reply.is_positive() {
                // What is said next may be about the transaction that was to be given up.
                return Err(Trouble {
                    after,
                    stage,
                    no_reply: out_of_step(&reply),
                });
            }
            if refused.is_some() {
                // It is about a transaction that there is not.
                continue;
            }
            match expect(&reply, Reply::is_positive) {
                Ok(()) => {}
                Err(Stop::NoReply(no_reply)) => {
                    return Err(Trouble {
                        after,
                        stage,
                        no_reply,
                    });
                }
                Err(stop) if stop.ends_the_connection() => {
                    return Ok(Opening::Ended(self.ending(stage, stop)));
                }
                Err(stop) => refused = Some((stage, stop)),
            }
        }
        if let Some((stage, stop)) = refused {
            return match self.decline_data(data, after).await {
                Ok(()) => Ok(Opening::Ended(self.ending(stage, stop))),
                Err(trouble) => self.refused_and_gone(Some((stage, stop)), trouble),
            };
        }
        stage = Stage::Data;
        let reply = self.in_group(data, after, stage).await?;
        match expect(&reply, Reply::is_intermediate) {
            Ok(()) => Ok(Opening::Invited),
            Err(Stop::NoReply(no_reply)) => Err(Trouble {
                after: after + 1,
                stage,
                no_reply,
            }),
            Err(stop) => Ok(Opening::Ended(self.ending(stage, stop))),
        }
    }

    /// A server that refuses and goes away has said all that there is to say.
    fn refused_and_gone(
        &mut self,
        refused: Option<(Stage, Stop)>,
        trouble: Trouble,
    ) -> Result<Opening, Trouble> {
        match refused {
            Some((stage, stop)) if matches!(trouble.no_reply, NoReply::Lost(_)) => {
                let ending = self.ending(stage, stop);
                self.usable = false;
                Ok(Opening::Ended(ending))
            }
            _ => Err(trouble),
        }
    }

    async fn in_group(
        &mut self,
        limit: Duration,
        after: usize,
        stage: Stage,
    ) -> Result<Reply, Trouble> {
        self.reply(limit).await.map_err(|no_reply| Trouble {
            after,
            stage,
            no_reply,
        })
    }

    /// Reads the reply to a DATA that was sent before its recipient was refused. A server that
    /// wants the mail all the same gets an empty one, and no word of it counts.
    async fn decline_data(&mut self, limit: Duration, after: usize) -> Result<(), Trouble> {
        let reply = self.in_group(limit, after, Stage::Rcpt).await?;
        if reply.code == 421 {
            self.usable = false;
        }
        if reply.is_intermediate() {
            let emptied = async {
                self.write(b".\r\n", limit).await?;
                self.reply(self.timeouts.dot).await
            };
            if emptied.await.is_err() {
                self.usable = false;
            }
        }
        Ok(())
    }

    /// Sends a mail that the server has asked for.
    pub(super) async fn send_data(&mut self, mail: &Mail, next: Option<&Envelope>) {
        self.air.push_back(Owed::Dot);
        let next = next.filter(|_| self.manner == Manner::Overlapped);
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
                self.unsent = Some((stage, no_reply));
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
        if let Some((stage, no_reply)) = self.unsent.take() {
            return self.ending(stage, no_reply.into());
        }
        let ending = self.read_answer_to_dot().await;
        if self.next.is_none() {
            return ending;
        }
        if !self.usable {
            self.next = Some(Announced::Answered(Opening::Ended(not_reached())));
            return ending;
        }
        let (opening, is_proof) = match self.read_group(false).await {
            Ok(opening) => {
                self.proved = true;
                (opening, self.usable || !answers_an_address(&ending))
            }
            Err(trouble) => {
                let is_lost = matches!(trouble.no_reply, NoReply::Lost(_));
                self.distrust(!is_lost);
                let is_proof = trouble.after == 0 && !answers_an_address(&ending);
                (Opening::Ended(not_reached()), is_proof)
            }
        };
        self.next = Some(Announced::Answered(opening));
        match ending {
            Ending::Answered(reply) if !is_proof => Ending::InDoubt(out_of_step(&reply).as_reply()),
            ending => ending,
        }
    }

    async fn read_answer_to_dot(&mut self) -> Ending {
        let reply = match self.reply(self.timeouts.dot).await {
            Ok(reply) if reply.is_intermediate() => Err(out_of_step(&reply).into()),
            Ok(reply) if reply.is_positive() => Ok(reply),
            Ok(reply) => Err(Stop::Refused(reply)),
            Err(no_reply) => Err(no_reply.into()),
        };
        match reply {
            Ok(reply) => Ending::Answered(reply),
            Err(stop) => self.ending(Stage::Dot, stop),
        }
    }
}

/// Whether a reply says by its enhanced code that it is about an address (RFC 3463 §3.2): to MAIL or
/// RCPT, then, and not to a mail.
pub(super) fn is_about_an_address(reply: &Reply) -> bool {
    let subject = |code: &str| code.split('.').nth(1) == Some("1");
    reply.is_positive() && reply.enhanced.as_deref().is_some_and(subject)
}

fn answers_an_address(ending: &Ending) -> bool {
    matches!(ending, Ending::Answered(reply) if is_about_an_address(reply))
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
