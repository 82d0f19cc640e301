//! The server's own log: what really came over the wire.

use mail_parser::{Message, MessageParser};

/// One connection.
#[derive(Debug, Clone, Default)]
pub struct Session {
    /// Every line that was not part of a mail, verbatim.
    pub commands: Vec<String>,
    pub is_encrypted: bool,
    /// The mechanism and the user name, once the password was right.
    pub signed_in: Option<(String, String)>,
    pub is_over: bool,
}

/// What followed one MAIL command.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// Which connection, from 0.
    pub connection: usize,
    /// The MAIL command, verbatim.
    pub mail_command: String,
    pub mail_from: String,
    /// Everybody named by RCPT, whatever the answer was.
    pub recipients: Vec<String>,
    /// RCPT was accepted.
    pub has_recipient: bool,
    /// The server has asked for the mail (354).
    pub invited: bool,
    /// Octets of the mail that came, whether or not it came to its end. A connection that ended
    /// between 354 and the first of them is no mail that anybody tried to hand over.
    pub received: usize,
    /// The mail, once its final dot (or last chunk) had come: dots no longer doubled.
    pub mail: Option<Vec<u8>>,
    /// What was answered to the final dot, if anything was.
    pub answer: Option<String>,
}

impl Transaction {
    /// Announced behind the mail before, and then not sent: the connection ended without an octet
    /// of it. The server had nothing that it could take.
    pub const fn was_withdrawn(&self) -> bool {
        self.invited && self.received == 0 && self.mail.is_none()
    }

    /// Whether the server had anything of the mail itself.
    pub const fn was_given_a_mail(&self) -> bool {
        self.received > 0
    }

    /// The mail came to its end, and the answer was 2xx, whether or not anybody heard it.
    pub fn was_taken(&self) -> bool {
        self.mail.is_some() && self.has_recipient && self.was_accepted()
    }

    pub fn was_accepted(&self) -> bool {
        self.answer
            .as_deref()
            .is_some_and(|answer| answer.starts_with('2'))
    }

    pub fn recipient(&self) -> &str {
        match self.recipients.as_slice() {
            [only] => only,
            others => panic!("a mail is for exactly one recipient, this one for {others:?}"),
        }
    }

    /// The mail as it came.
    pub fn source(&self) -> &str {
        let mail = self.mail.as_deref().expect("the mail came to its end");
        std::str::from_utf8(mail).expect("a mail is text")
    }

    /// The mail as a mail program reads it.
    pub fn message(&self) -> Message<'_> {
        MessageParser::default()
            .parse(self.source().as_bytes())
            .expect("a mail program can read the mail")
    }

    pub fn message_id(&self) -> String {
        let message = self.message();
        message
            .message_id()
            .expect("a mail has a Message-ID")
            .to_owned()
    }

    pub fn subject(&self) -> String {
        self.message().subject().unwrap_or_default().to_owned()
    }

    /// The text that the reader sees, lines ended by LF.
    pub fn text(&self) -> String {
        let message = self.message();
        let text = message.body_text(0).expect("a mail has a text");
        text.replace("\r\n", "\n").trim_end().to_owned()
    }

    /// A header's value, unfolded, not decoded. Fails where there is more than one.
    pub fn header(&self, name: &str) -> Option<String> {
        let (head, _) = self.source().split_once("\r\n\r\n")?;
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        let values: Vec<&str> = unfolded
            .split("\r\n")
            .filter_map(|line| line.split_once(':'))
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect();
        assert!(
            values.len() <= 1,
            "{name} stands there more than once: {values:?}"
        );
        values.first().map(|value| (*value).to_owned())
    }
}

#[derive(Debug, Clone, Default)]
pub struct Log {
    pub sessions: Vec<Session>,
    pub transactions: Vec<Transaction>,
    pub most_open_at_once: usize,
}

impl Log {
    pub(super) fn open_now(&self) -> usize {
        self.sessions
            .iter()
            .filter(|session| !session.is_over)
            .count()
    }
}
