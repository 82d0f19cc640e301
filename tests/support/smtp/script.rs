//! What the server does differently from a well-behaved one, when, and for whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;

/// Where in a session something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The connection is open; nothing has been said, not even TLS.
    Connect,
    Banner,
    Ehlo,
    Starttls,
    /// In place of the TLS handshake, or right after it where the connection is only to be lost.
    Handshake,
    Auth,
    Mail,
    Rcpt,
    Data,
    /// After the reply to DATA, before the mail is read.
    Body,
    /// After the final dot: the mail has been taken.
    Dot,
    Rset,
    Quit,
}

/// Holds whoever comes to it until it is opened.
#[derive(Clone)]
pub struct Gate {
    is_open: watch::Sender<bool>,
    arrived: Arc<AtomicUsize>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            is_open: watch::Sender::new(false),
            arrived: Arc::default(),
        }
    }
}

impl Gate {
    pub fn open(&self) {
        self.is_open.send_replace(true);
    }

    /// How many have come to it so far.
    pub fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    /// Waits until `count` have come to it.
    pub async fn reached_by(&self, count: usize) {
        let what = format!("{count} mails are held at the gate");
        crate::support::until(&what, async || (self.arrived() >= count).then_some(())).await;
    }

    pub(super) async fn pass(&self) {
        self.arrived.fetch_add(1, Ordering::SeqCst);
        let mut is_open = self.is_open.subscribe();
        drop(is_open.wait_for(|open| *open).await);
    }
}

/// How a connection breaks.
#[derive(Debug, Clone, Copy)]
pub enum Loss {
    Fin,
    Rst,
    /// Nothing is said any more, for as long as the client stays.
    Silence,
}

impl Loss {
    pub const ALL: [Self; 3] = [Self::Fin, Self::Rst, Self::Silence];
}

/// What is done in place of the usual answer.
#[derive(Clone)]
pub(super) enum Act {
    Usual,
    /// These bytes, whatever they are.
    Say(Vec<u8>),
    SayAndClose(Vec<u8>),
    /// An octet at a time, and never the last one.
    Drip(Vec<u8>),
    /// And nothing more, for as long as the client stays.
    SayAndFreeze(Vec<u8>),
    /// Over and over, for as long as the client listens.
    Repeat(Vec<u8>),
    /// The usual answer, and then FIN; what still comes is read and thrown away.
    UsualAndClose,
    Lose(Loss),
}

struct Rule {
    stage: Stage,
    recipient: Option<String>,
    /// Occasions to let go by, and how many to act on then.
    skip: usize,
    times: usize,
    seen: usize,
    gate: Option<Gate>,
    act: Act,
}

/// Of the rules that apply the first one decides; where none applies the server behaves.
#[derive(Default)]
pub(super) struct Script(Mutex<Vec<Rule>>);

impl Script {
    pub(super) fn decide(&self, stage: Stage, recipient: Option<&str>) -> (Option<Gate>, Act) {
        let mut decided = None;
        for rule in self.0.lock().iter_mut() {
            let fits = rule.stage == stage
                && rule
                    .recipient
                    .as_deref()
                    .is_none_or(|wanted| Some(wanted) == recipient);
            if fits {
                rule.seen += 1;
                if rule.seen > rule.skip && rule.seen - rule.skip <= rule.times {
                    decided.get_or_insert_with(|| (rule.gate.clone(), rule.act.clone()));
                }
            }
        }
        decided.unwrap_or((None, Act::Usual))
    }

    pub(super) fn forget(&self) {
        self.0.lock().clear();
    }
}

/// A rule in the making: `server.on(Stage::Rcpt).of("a@b.ru").reply("550 no")`.
#[must_use]
pub struct On<'a> {
    script: &'a Script,
    rule: Rule,
}

impl<'a> On<'a> {
    pub(super) const fn new(script: &'a Script, stage: Stage) -> Self {
        Self {
            script,
            rule: Rule {
                stage,
                recipient: None,
                skip: 0,
                times: usize::MAX,
                seen: 0,
                gate: None,
                act: Act::Usual,
            },
        }
    }

    /// Only for this recipient (at RCPT and later).
    pub fn of(mut self, recipient: &str) -> Self {
        self.rule.recipient = Some(recipient.to_owned());
        self
    }

    /// Only the first `count` times.
    pub const fn first(mut self, count: usize) -> Self {
        self.rule.times = count;
        self
    }

    /// Only the `nth` time, counted from 1.
    pub const fn nth(mut self, nth: usize) -> Self {
        self.rule.skip = nth - 1;
        self.rule.times = 1;
        self
    }

    /// Not before the gate is opened.
    pub fn held_by(mut self, gate: &Gate) -> Self {
        self.rule.gate = Some(gate.clone());
        self
    }

    fn does(mut self, act: Act) {
        self.rule.act = act;
        self.script.0.lock().push(self.rule);
    }

    /// Does what it would have done anyway (behind a gate, say).
    pub fn behaves(self) {
        self.does(Act::Usual);
    }

    /// Lines as they are to be said; CR LF is added.
    pub fn reply(self, lines: &str) {
        self.does(Act::Say(with_line_ends(lines)));
    }

    pub fn reply_and_close(self, lines: &str) {
        self.does(Act::SayAndClose(with_line_ends(lines)));
    }

    /// Exactly these bytes, in one segment.
    pub fn bytes(self, bytes: &[u8]) {
        self.does(Act::Say(bytes.to_owned()));
    }

    pub fn bytes_and_close(self, bytes: &[u8]) {
        self.does(Act::SayAndClose(bytes.to_owned()));
    }

    /// Exactly these bytes, one at a time, and the last one never.
    pub fn drips(self, bytes: &[u8]) {
        self.does(Act::Drip(bytes.to_owned()));
    }

    /// Exactly these bytes, and then nothing.
    pub fn bytes_and_silence(self, bytes: &[u8]) {
        self.does(Act::SayAndFreeze(bytes.to_owned()));
    }

    /// These bytes, over and over.
    pub fn repeats(self, bytes: &[u8]) {
        self.does(Act::Repeat(bytes.to_owned()));
    }

    /// Answers as usual, and is gone.
    pub fn behaves_and_closes(self) {
        self.does(Act::UsualAndClose);
    }

    pub fn loses(self, how: Loss) {
        self.does(Act::Lose(how));
    }

    /// FIN.
    pub fn close(self) {
        self.loses(Loss::Fin);
    }

    pub fn silence(self) {
        self.loses(Loss::Silence);
    }
}

fn with_line_ends(lines: &str) -> Vec<u8> {
    format!("{}\r\n", lines.replace('\n', "\r\n")).into_bytes()
}
