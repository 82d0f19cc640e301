//! One connection, from the greeting to its end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;

use super::script::{Act, Loss, Stage};
use super::shuffle::Fate;
use super::stream::Stream;
use super::{PASSWORD, Shared, USER, auth};

/// Between the octets of an answer that drips.
const DRIP: Duration = Duration::from_millis(50);
/// How long a reply is held back for the next one.
const HOLD: Duration = Duration::from_millis(20);

/// Why a session is over: the script, the client, or goodbye.
pub(super) struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Self
    }
}

pub(super) struct Dialogue {
    stream: Stream,
    pub(super) unread: Vec<u8>,
    pub(super) number: usize,
    pub(super) shared: Arc<Shared>,
    is_encrypted: bool,
    pub(super) signed_in: bool,
    /// Which of the log's transactions is open.
    pub(super) transaction: Option<usize>,
    /// Whom the open transaction is for, once RCPT was accepted.
    pub(super) recipient: Option<String>,
    /// The chunks of the open transaction's mail so far.
    pub(super) chunks: Option<Vec<u8>>,
    /// MAIL commands so far.
    pub(super) mails: usize,
    /// A reply that goes out behind the next one.
    held: Vec<u8>,
}

pub(super) async fn serve(stream: TcpStream, number: usize, shared: Arc<Shared>) {
    drop(stream.set_nodelay(true));
    let mut dialogue = Dialogue {
        stream: Stream::Plain(stream),
        unread: Vec::new(),
        number,
        shared: Arc::clone(&shared),
        is_encrypted: false,
        signed_in: shared.auth.is_empty(),
        transaction: None,
        recipient: None,
        chunks: None,
        mails: 0,
        held: Vec::new(),
    };
    let Err(Over) = dialogue.hold().await;
    shared.log.lock().sessions[number].is_over = true;
}

impl Dialogue {
    async fn hold(&mut self) -> Result<std::convert::Infallible, Over> {
        self.at(Stage::Connect, "").await?;
        if let Some(acceptor) = self.shared.implicit_tls.clone() {
            self.encrypt(&acceptor).await?;
        }
        self.at(Stage::Banner, "220 mx.example ESMTP\r\n").await?;
        loop {
            let line = self.line().await?;
            self.shared.log.lock().sessions[self.number]
                .commands
                .push(line.clone());
            let verb = line.split([' ', ':']).next().unwrap_or_default();
            match verb {
                "EHLO" => {
                    let greeting = self.abilities();
                    self.at(Stage::Ehlo, &greeting).await?;
                }
                "HELO" => self.say("250 mx.example\r\n").await?,
                "STARTTLS" => self.starttls().await?,
                "AUTH" => self.auth(&line).await?,
                "MAIL" => self.mail(&line).await?,
                "RCPT" => self.rcpt(&line).await?,
                "DATA" => self.data().await?,
                "BDAT" => self.bdat(&line).await?,
                "RSET" => {
                    self.forget_transaction();
                    self.at(Stage::Rset, "250 2.0.0 Ok\r\n").await?;
                }
                "QUIT" => {
                    self.at(Stage::Quit, "221 2.0.0 Bye\r\n").await?;
                    return Err(Over);
                }
                _ => self.say("500 5.5.2 What?\r\n").await?,
            }
        }
    }

    fn abilities(&self) -> String {
        let mut lines = vec!["mx.example".to_owned(), "ENHANCEDSTATUSCODES".to_owned()];
        if self.shared.pipelining {
            lines.push("PIPELINING".to_owned());
        }
        if self.shared.chunking {
            lines.push("CHUNKING".to_owned());
        }
        if self.shared.smtputf8 {
            lines.extend(["8BITMIME".to_owned(), "SMTPUTF8".to_owned()]);
        }
        if self.shared.starttls.is_some() && !self.is_encrypted {
            lines.push("STARTTLS".to_owned());
        } else if !self.shared.auth.is_empty() {
            lines.push(format!("AUTH {}", self.shared.auth.join(" ")));
        }
        let last = lines.pop().unwrap_or_default();
        let mut answer = String::new();
        for line in lines {
            answer.extend(["250-", &line, "\r\n"]);
        }
        answer + &format!("250 {last}\r\n")
    }

    /// Answers as the script wants it, else as usual; returns what was said.
    pub(super) async fn at(&mut self, stage: Stage, usual: &str) -> Result<String, Over> {
        self.at_for(stage, self.recipient.clone().as_deref(), usual)
            .await
    }

    pub(super) async fn at_for(
        &mut self,
        stage: Stage,
        recipient: Option<&str>,
        usual: &str,
    ) -> Result<String, Over> {
        let (gate, act) = self.shared.script.decide(stage, recipient);
        if let Some(gate) = gate {
            gate.pass().await;
        }
        if !self.shared.pause.is_zero() && !usual.is_empty() {
            tokio::time::sleep(self.shared.pause).await;
        }
        let (bytes, stays) = match act {
            Act::Usual => (usual.as_bytes().to_owned(), true),
            Act::Say(bytes) => (bytes, true),
            Act::SayAndClose(bytes) => (bytes, false),
            Act::UsualAndClose => {
                self.log_answer(stage, usual);
                self.stream.write(usual.as_bytes()).await?;
                self.stream.say_no_more().await?;
                return self.freeze(stage).await;
            }
            Act::Drip(bytes) => {
                self.drip(&bytes).await?;
                return self.freeze(stage).await;
            }
            Act::SayAndFreeze(bytes) => {
                self.stream.write(&bytes).await?;
                return self.freeze(stage).await;
            }
            Act::Repeat(bytes) => loop {
                self.stream.write(&bytes).await?;
            },
            Act::Lose(Loss::Fin) => return Err(Over),
            Act::Lose(Loss::Rst) => {
                self.stream.will_reset()?;
                return Err(Over);
            }
            Act::Lose(Loss::Silence) => return self.freeze(stage).await,
        };
        let said = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        self.log_answer(stage, &said);
        self.send(stage, bytes).await?;
        if stays { Ok(said) } else { Err(Over) }
    }

    /// Writes a reply, unless it is swallowed or swapped.
    async fn send(&mut self, stage: Stage, mut bytes: Vec<u8>) -> Result<(), Over> {
        let is_shuffled = matches!(
            stage,
            Stage::Mail | Stage::Rcpt | Stage::Data | Stage::Dot | Stage::Rset
        );
        let fate = match &self.shared.shuffle {
            Some(shuffle) if is_shuffled && !bytes.is_empty() => shuffle.fate(),
            _ => Fate::Goes,
        };
        match fate {
            Fate::Goes => {}
            Fate::Swallowed => return Ok(()),
            Fate::Repeated => bytes = bytes.repeat(2),
            Fate::Swapped => {
                self.held.extend(bytes);
                return Ok(());
            }
        }
        bytes.append(&mut self.held);
        Ok(self.stream.write(&bytes).await?)
    }

    /// Reads on; a reply that was held back for the next one goes out when there is no next one.
    async fn read(&mut self) -> io::Result<usize> {
        if !self.held.is_empty() {
            let read = self.stream.read(&mut self.unread);
            if let Ok(read) = tokio::time::timeout(HOLD, read).await {
                return read;
            }
            let held = std::mem::take(&mut self.held);
            self.stream.write(&held).await?;
        }
        self.stream.read(&mut self.unread).await
    }

    /// Says a last word, and reads on until the client has gone, so that it can hear it.
    pub(super) async fn leave(&mut self, line: &str) -> Result<(), Over> {
        if !line.is_empty() {
            self.say(&format!("{line}\r\n")).await?;
        }
        self.stream.say_no_more().await?;
        self.freeze(Stage::Quit).await.map(drop)
    }

    /// In the log before the client can see it.
    fn log_answer(&self, stage: Stage, said: &str) {
        if stage == Stage::Dot
            && let Some(open) = self.transaction
        {
            let said = said.trim_end().to_owned();
            self.shared.log.lock().transactions[open].answer = Some(said);
        }
    }

    /// Says all but the last of these octets, slowly.
    async fn drip(&mut self, bytes: &[u8]) -> Result<(), Over> {
        let slowly = bytes.split_last().map_or(&[][..], |(_, most)| most);
        for octet in slowly {
            self.stream.write(std::slice::from_ref(octet)).await?;
            tokio::time::sleep(DRIP).await;
        }
        Ok(())
    }

    /// Says nothing more until the client goes. In the middle of a mail it does not even read, so
    /// that the mail cannot go out.
    async fn freeze(&mut self, stage: Stage) -> Result<String, Over> {
        if stage == Stage::Body {
            return std::future::pending().await;
        }
        loop {
            if self.stream.read(&mut self.unread).await? == 0 {
                return Err(Over);
            }
        }
    }

    pub(super) async fn say(&mut self, line: &str) -> Result<(), Over> {
        Ok(self.stream.write(line.as_bytes()).await?)
    }

    async fn line(&mut self) -> Result<String, Over> {
        let line = self.raw_line().await?;
        let text = line.strip_suffix(b"\r\n").unwrap_or(&line);
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    /// A line with its CR LF. A lone LF does not end it (RFC 5321 §2.3.8).
    pub(super) async fn raw_line(&mut self) -> Result<Vec<u8>, Over> {
        let mut searched = 0;
        loop {
            if let Some(at) = memchr::memmem::find(&self.unread[searched..], b"\r\n") {
                let rest = self.unread.split_off(searched + at + 2);
                return Ok(std::mem::replace(&mut self.unread, rest));
            }
            searched = self.unread.len().saturating_sub(1);
            if self.read().await? == 0 {
                return Err(Over);
            }
        }
    }

    /// Exactly `count` octets; what came of them is handed back where the rest did not.
    pub(super) async fn octets(&mut self, count: usize) -> Result<Vec<u8>, Vec<u8>> {
        while self.unread.len() < count {
            if !matches!(self.read().await, Ok(1..)) {
                return Err(std::mem::take(&mut self.unread));
            }
        }
        let rest = self.unread.split_off(count);
        Ok(std::mem::replace(&mut self.unread, rest))
    }

    pub(super) fn forget_transaction(&mut self) {
        self.transaction = None;
        self.recipient = None;
        self.chunks = None;
    }

    async fn encrypt(&mut self, acceptor: &tokio_rustls::TlsAcceptor) -> Result<(), Over> {
        if let Stream::Plain(stream) = &self.stream {
            // What is said before the client has begun would be an answer to something else.
            stream.peek(&mut [0]).await?;
        }
        self.at(Stage::Handshake, "").await?;
        let Stream::Plain(stream) = std::mem::replace(&mut self.stream, Stream::Gone) else {
            return Err(Over);
        };
        self.stream = Stream::Tls(Box::new(acceptor.accept(stream).await?));
        self.is_encrypted = true;
        self.shared.log.lock().sessions[self.number].is_encrypted = true;
        Ok(())
    }

    async fn starttls(&mut self) -> Result<(), Over> {
        let Some(acceptor) = self.shared.starttls.clone() else {
            return self.say("502 5.5.1 Not here\r\n").await;
        };
        let said = self.at(Stage::Starttls, "220 2.0.0 Go on\r\n").await?;
        if said.starts_with("220") {
            self.encrypt(&acceptor).await?;
        }
        Ok(())
    }

    async fn auth(&mut self, line: &str) -> Result<(), Over> {
        let mut words = line.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default();
        let initial = words.next();
        if !self.shared.auth.contains(&mechanism) {
            return self.say("504 5.5.4 Not that way\r\n").await;
        }
        let is_right = match (mechanism, initial) {
            ("PLAIN", Some(answer)) => auth::is_plain(answer, USER, PASSWORD),
            ("LOGIN", None) => {
                let name = self.ask("Username:").await?;
                let password = self.ask("Password:").await?;
                auth::is_login((&name, &password), USER, PASSWORD)
            }
            ("CRAM-MD5", None) => {
                let answer = self.ask(auth::CHALLENGE).await?;
                auth::is_cram_md5(&answer, USER, PASSWORD)
            }
            _ => false,
        };
        let usual = if is_right {
            "235 2.7.0 Welcome\r\n"
        } else {
            "535 5.7.8 Who are you?\r\n"
        };
        let said = self.at(Stage::Auth, usual).await?;
        if said.starts_with("235") {
            self.signed_in = true;
            self.shared.log.lock().sessions[self.number].signed_in =
                Some((mechanism.to_owned(), USER.to_owned()));
        }
        Ok(())
    }

    async fn ask(&mut self, question: &str) -> Result<String, Over> {
        self.say(&format!("334 {}\r\n", auth::encoded(question)))
            .await?;
        self.line().await
    }
}
