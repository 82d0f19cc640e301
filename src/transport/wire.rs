//! Reading replies off the wire, and what may be written onto it.

use std::io;
use std::time::Duration;

use memchr::{memchr, memmem};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};

use super::local;
use crate::domain::delivery::reply::Reply;

pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Longest reply, all its lines together. RFC 5321 §4.5.3.1.5 says 512 octets a line; a server
/// that goes on beyond this is not answering any more.
const MAX_REPLY: usize = 64 * 1024;

/// Why no reply could be read.
#[derive(Debug)]
pub(super) enum NoReply {
    Lost(String),
    Timeout,
    Malformed(String),
    /// A reply that belongs to another command.
    OutOfStep(String),
}

impl NoReply {
    /// For the journal, where a reply would stand.
    pub(super) fn as_reply(&self) -> Reply {
        match self {
            Self::Lost(detail) => local::reply(local::LOST, detail),
            Self::Timeout => local::reply(local::TIMEOUT, ""),
            Self::Malformed(line) => local::reply(local::MALFORMED, line),
            Self::OutOfStep(line) => local::reply(local::OUT_OF_STEP, line),
        }
    }
}

impl From<io::Error> for NoReply {
    fn from(error: io::Error) -> Self {
        // The system's words for a closed connection say no more than that it is closed.
        let is_closed = matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
        );
        Self::Lost(if is_closed {
            String::new()
        } else {
            error.to_string()
        })
    }
}

/// What has been read and not yet been understood.
#[derive(Default)]
pub(super) struct Input {
    bytes: Vec<u8>,
}

impl Input {
    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What was said before it was asked for.
    pub(super) fn unasked(&self) -> Option<NoReply> {
        (!self.is_empty()).then(|| NoReply::Malformed(excerpt(&self.bytes)))
    }

    /// Whether the next that was said is that the server is closing (421, RFC 5321 §3.8).
    pub(super) fn is_goodbye(&self) -> bool {
        self.bytes.starts_with(b"421")
    }

    /// Whether the other side has closed, without waiting for anything. What it has said is kept.
    pub(super) async fn is_closed(&mut self, stream: &mut (impl AsyncRead + Unpin)) -> bool {
        let bytes = &mut self.bytes;
        tokio::select! {
            biased;
            read = stream.read_buf(bytes) => !matches!(read, Ok(1..)),
            () = std::future::ready(()) => false,
        }
    }

    /// Reads one whole reply.
    pub(super) async fn reply(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        limit: Duration,
    ) -> Result<Reply, NoReply> {
        tokio::time::timeout(limit, self.reply_unlimited(stream))
            .await
            .unwrap_or(Err(NoReply::Timeout))
    }

    async fn reply_unlimited(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
    ) -> Result<Reply, NoReply> {
        let mut searched = 0;
        loop {
            if let Some(end) = end_of_reply(&self.bytes, &mut searched) {
                let rest = self.bytes.split_off(end);
                let whole = std::mem::replace(&mut self.bytes, rest);
                return Reply::from_lines(lines(&whole))
                    .ok_or_else(|| NoReply::Malformed(excerpt(&whole)));
            }
            if self.bytes.len() > MAX_REPLY {
                return Err(NoReply::Malformed(excerpt(&self.bytes)));
            }
            if stream.read_buf(&mut self.bytes).await? == 0 {
                return Err(NoReply::Lost(excerpt(&self.bytes)));
            }
        }
    }
}

/// Where the first reply ends: after the first line that is not `ddd-…`.
fn end_of_reply(bytes: &[u8], searched: &mut usize) -> Option<usize> {
    while let Some(at) = memchr(b'\n', &bytes[*searched..]) {
        let line = &bytes[*searched..*searched + at];
        *searched += at + 1;
        let goes_on = line.get(3) == Some(&b'-') && line[..3].iter().all(u8::is_ascii_digit);
        if !goes_on {
            return Some(*searched);
        }
    }
    None
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes
        .split(|b| *b == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn excerpt(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(200)])
        .trim_end()
        .to_owned()
}

/// The mail's bytes as they go after DATA: dots at the start of a line doubled (RFC 5321 §4.5.2),
/// and the final dot.
pub(super) fn stuffed(source: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(source.len() + 64);
    if source.first() == Some(&b'.') {
        out.push(b'.');
    }
    let mut from = 0;
    for at in memmem::find_iter(source, b"\r\n.") {
        out.extend_from_slice(&source[from..at + 3]);
        out.push(b'.');
        from = at + 3;
    }
    out.extend_from_slice(&source[from..]);
    if !source.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    async fn read_all(mut bytes: &[u8]) -> Vec<Result<Reply, NoReply>> {
        let mut input = Input::default();
        let mut replies = Vec::new();
        loop {
            let reply = input.reply(&mut bytes, Duration::from_secs(5)).await;
            let failed = reply.is_err();
            replies.push(reply);
            if failed {
                return replies;
            }
        }
    }

    #[tokio::test]
    async fn replies_that_came_in_one_segment_are_all_read() {
        let replies = read_all(b"250-mx\r\n250 PIPELINING\r\n421 4.3.2 closing\r\n").await;
        assert_eq!(
            replies[0].as_ref().unwrap(),
            &Reply::new(250, "", "mx\nPIPELINING")
        );
        assert_eq!(
            replies[1].as_ref().unwrap(),
            &Reply::new(421, "4.3.2", "closing")
        );
    }

    #[tokio::test]
    async fn a_line_without_end_and_an_endless_reply_are_given_up() {
        let line = vec![b'2'; 10_000_000];
        assert!(matches!(
            read_all(&line).await[0],
            Err(NoReply::Malformed(_))
        ));
        let endless = b"250-more\r\n".repeat(100_000);
        assert!(matches!(
            read_all(&endless).await[0],
            Err(NoReply::Malformed(_))
        ));
    }

    #[tokio::test]
    async fn codes_that_differ_are_no_reply() {
        assert!(matches!(
            read_all(b"250-a\r\n550 b\r\n").await[0],
            Err(NoReply::Malformed(_))
        ));
    }

    #[test]
    fn a_lone_dot_cannot_end_the_mail_early() {
        assert_eq!(
            stuffed(b".\r\na\r\n.\r\n..b"),
            b"..\r\na\r\n..\r\n...b\r\n.\r\n"
        );
        assert_eq!(stuffed(b"a\r\n"), b"a\r\n.\r\n");
    }

    proptest! {
        #[test]
        fn stuffing_can_be_undone(lines in prop::collection::vec("[.a-c]{0,4}", 0..8)) {
            let source = lines.join("\r\n") + "\r\n";
            let out = String::from_utf8(stuffed(source.as_bytes())).unwrap();
            let body = out.strip_suffix(".\r\n").unwrap();
            prop_assert!(!body.contains("\r\n.\r\n") && !body.starts_with(".\r\n"));
            let undone: String = body
                .split_inclusive("\r\n")
                .map(|line| line.strip_prefix('.').unwrap_or(line))
                .collect();
            prop_assert_eq!(undone, source);
        }
    }
}
