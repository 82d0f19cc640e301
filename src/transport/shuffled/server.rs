//! A server that mixes up its replies, on a line in memory.

use std::time::Duration;

use parking_lot::Mutex;
use rand::RngExt as _;
use rand::rngs::SmallRng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

/// Replies that servers give to MAIL, RCPT, RSET and a mail. `#` is the mail's number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wording {
    pub(super) mail: &'static str,
    pub(super) rcpt: &'static str,
    pub(super) rset: &'static str,
    pub(super) dot: &'static str,
}

/// How a server mixes up its replies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Faults {
    /// Part of all replies that are swallowed, repeated or swapped with the next one.
    pub(super) share: f64,
    /// At most so many on one connection.
    pub(super) most: usize,
}

/// A server.
pub(super) struct Server {
    pub(super) stream: DuplexStream,
    pub(super) unread: Vec<u8>,
    pub(super) wording: Wording,
    pub(super) faults: Faults,
    pub(super) chance: SmallRng,
    /// A reply that comes after the next one.
    pub(super) held: Option<String>,
}

impl Server {
    async fn read(&mut self) -> bool {
        let read = self.stream.read_buf(&mut self.unread);
        if self.held.is_none() {
            return matches!(read.await, Ok(1..));
        }
        let read = tokio::time::timeout(Duration::from_millis(10), read).await;
        let Ok(read) = read else {
            let held = self.held.take().unwrap_or_default();
            return self.stream.write_all(held.as_bytes()).await.is_ok();
        };
        matches!(read, Ok(1..))
    }

    async fn octets(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.unread.len() < count {
            if !self.read().await {
                return None;
            }
        }
        let rest = self.unread.split_off(count);
        Some(std::mem::replace(&mut self.unread, rest))
    }

    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(at) = memchr::memmem::find(&self.unread, b"\r\n") {
                let line = self.octets(at + 2).await?;
                return String::from_utf8(line[..at].to_vec()).ok();
            }
            if !self.read().await {
                return None;
            }
        }
    }

    async fn say(&mut self, reply: &str) -> Option<()> {
        let mut line = format!("{reply}\r\n");
        if self.faults.most > 0 && self.chance.random::<f64>() < self.faults.share {
            self.faults.most -= 1;
            match self.chance.random::<u32>() % 3 {
                0 => return Some(()),
                1 => line = line.repeat(2),
                _ => {
                    if let Some(held) = self.held.replace(line) {
                        self.stream.write_all(held.as_bytes()).await.ok()?;
                    }
                    return Some(());
                }
            }
        }
        if let Some(held) = self.held.take() {
            line.push_str(&held);
        }
        self.stream.write_all(line.as_bytes()).await.ok()
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.chance.random::<u32>().is_multiple_of(many)
    }

    /// Serves one connection; notes what was taken, by the number in the recipient's address.
    pub(super) async fn serve(mut self, log: &Mutex<Vec<bool>>) -> Option<()> {
        let words = self.wording;
        let (mut has_sender, mut recipient) = (false, None::<usize>);
        let mut chunks = Vec::new();
        loop {
            let line = self.line().await?;
            let reply = match &line[..4] {
                "MAIL" if has_sender => "503 5.5.1 Nested MAIL".to_owned(),
                "MAIL" if self.one_in(25) => "451 4.3.0 Later".to_owned(),
                "MAIL" => {
                    has_sender = true;
                    format!("250 {}", words.mail)
                }
                "RCPT" if !has_sender => "503 5.5.1 MAIL first".to_owned(),
                "RCPT" if self.one_in(6) => "550 5.1.1 No such user".to_owned(),
                "RCPT" => {
                    recipient = line[9..].split('@').next().and_then(|it| it.parse().ok());
                    format!("250 {}", words.rcpt)
                }
                "DATA" if recipient.is_none() && has_sender && self.one_in(3) => {
                    self.say("354 Go on").await?;
                    // Commands may still come, where this was not heard; never the end of a mail.
                    while let Some(line) = self.line().await {
                        assert_ne!(line, ".", "an empty mail");
                    }
                    return None;
                }
                "DATA" if recipient.is_none() => "503 5.5.1 RCPT first".to_owned(),
                "DATA" => {
                    self.say("354 Go on").await?;
                    let mut mail = Vec::new();
                    while let Some(line) = self.line().await.filter(|line| line != ".") {
                        mail.push(line);
                    }
                    let reply = self.took(recipient, &mail.join("\n"), log);
                    (has_sender, recipient) = (false, None);
                    reply
                }
                "BDAT" => {
                    let mut said = line[5..].split(' ');
                    let size = said.next().and_then(|it| it.parse().ok()).unwrap_or(0);
                    let chunk = self.octets(size).await?;
                    chunks.extend(chunk);
                    if recipient.is_none() {
                        chunks.clear();
                        "503 5.5.1 RCPT first".to_owned()
                    } else if said.next() == Some("LAST") {
                        let mail = String::from_utf8(std::mem::take(&mut chunks)).unwrap();
                        let reply = self.took(recipient, &mail, log);
                        (has_sender, recipient) = (false, None);
                        reply
                    } else {
                        "250 2.0.0 Go on".to_owned()
                    }
                }
                "RSET" => {
                    (has_sender, recipient) = (false, None);
                    chunks.clear();
                    format!("250 {}", words.rset)
                }
                "QUIT" => return None,
                _ => "500 5.5.2 What?".to_owned(),
            };
            self.say(&reply).await?;
        }
    }

    /// The reply to a mail that came whole.
    fn took(&mut self, to: Option<usize>, mail: &str, log: &Mutex<Vec<bool>>) -> String {
        let to = to.unwrap();
        assert!(mail.contains(&format!("Hello {to}!")), "{to} got {mail:?}");
        if self.one_in(6) {
            return "554 5.7.1 Spam".to_owned();
        }
        log.lock()[to] = true;
        format!("250 {}", self.wording.dot.replace('#', &format!("Q{to}")))
    }
}
