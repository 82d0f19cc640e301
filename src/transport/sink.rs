//! A small SMTP server that takes mail and keeps none: the demo's next server. It speaks real SMTP
//! on loopback, refuses some addresses and defers others, so that everything that can happen to a
//! mailing can be seen.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::recurring::Recurring;

/// Longest command line taken.
const MAX_LINE: u64 = 4_096;
/// Longest mail taken, in octets.
const MAX_MAIL: usize = 32 * 1024 * 1024;

/// How often an address of a deferring domain is deferred before it is accepted.
const DEFERRALS: u32 = 2;

/// What the sink does with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Accept,
    /// 550 5.1.1, always.
    Refuse,
    /// 451 4.7.1, twice, then accept.
    Defer,
    /// 452 4.2.2, always.
    Full,
}

fn manner(address: &str) -> Manner {
    let domain = address.rsplit('@').next().unwrap_or_default();
    match domain.split('.').next().unwrap_or_default() {
        "closed" => Manner::Refuse,
        "greylist" => Manner::Defer,
        "full" => Manner::Full,
        _ => Manner::Accept,
    }
}

struct Shared {
    queued: AtomicU64,
    deferred: Mutex<HashMap<String, u32>>,
    pace: Duration,
}

/// A sink that listens.
pub struct Sink {
    listener: TcpListener,
    shared: Arc<Shared>,
}

impl Sink {
    /// Listens on a free loopback port. `pace` is how long it thinks about every mail.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn bind(pace: Duration) -> io::Result<Self> {
        Ok(Self {
            listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?,
            shared: Arc::new(Shared {
                queued: AtomicU64::new(0x4f00),
                deferred: Mutex::new(HashMap::new()),
                pace,
            }),
        })
    }

    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until dropped.
    pub async fn serve(self) {
        let failing = Recurring::new();
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    _ = failing.is_not_so();
                    let shared = Arc::clone(&self.shared);
                    tokio::spawn(async move {
                        // A client that goes away in the middle is its own affair.
                        drop(converse(stream, &shared).await);
                    });
                }
                Err(error) => {
                    if let Some(times) = failing.is_so(&error.to_string()) {
                        tracing::warn!(%error, times, "the sink cannot accept a connection");
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }
}

async fn converse(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    stream
        .write_all(b"220 sink.example ESMTP mailapp demo sink\r\n")
        .await?;
    let mut from = false;
    let mut to: Option<String> = None;
    loop {
        let mut line = String::new();
        let read = (&mut stream).take(MAX_LINE).read_line(&mut line).await?;
        if read == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let verb = line
            .split([' ', ':'])
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" | "HELO" => {
                "250-sink.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n"
                    .to_owned()
            }
            "MAIL" => {
                from = true;
                to = None;
                "250 2.1.0 Ok\r\n".to_owned()
            }
            "RCPT" if !from => "503 5.5.1 MAIL first\r\n".to_owned(),
            "RCPT" => {
                let address = line
                    .split_once('<')
                    .and_then(|(_, rest)| rest.split_once('>'))
                    .map_or("", |(address, _)| address);
                let (answer, taken) = judge(address, shared);
                if taken {
                    to = Some(address.to_owned());
                }
                answer
            }
            "DATA" if to.is_none() => "503 5.5.1 RCPT first\r\n".to_owned(),
            "DATA" => {
                stream
                    .write_all(b"354 End data with <CR><LF>.<CR><LF>\r\n")
                    .await?;
                let size = skip_mail(&mut stream).await?;
                tokio::time::sleep(shared.pace).await;
                (from, to) = (false, None);
                if size > MAX_MAIL {
                    "552 5.3.4 Message too big\r\n".to_owned()
                } else {
                    let number = shared.queued.fetch_add(1, Ordering::Relaxed);
                    format!("250 2.0.0 Ok: queued as {number:X}\r\n")
                }
            }
            "RSET" => {
                (from, to) = (false, None);
                "250 2.0.0 Ok\r\n".to_owned()
            }
            "NOOP" => "250 2.0.0 Ok\r\n".to_owned(),
            "QUIT" => {
                stream.write_all(b"221 2.0.0 Bye\r\n").await?;
                return Ok(());
            }
            _ => "500 5.5.2 What?\r\n".to_owned(),
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}

/// The answer to RCPT, and whether the address was taken.
fn judge(address: &str, shared: &Shared) -> (String, bool) {
    match manner(address) {
        Manner::Accept => ("250 2.1.5 Ok\r\n".to_owned(), true),
        Manner::Refuse => (
            format!("550 5.1.1 <{address}>: Recipient address rejected: User unknown\r\n"),
            false,
        ),
        Manner::Full => (
            format!("452 4.2.2 <{address}>: Mailbox is full, try again later\r\n"),
            false,
        ),
        Manner::Defer => {
            let mut deferred = shared.deferred.lock();
            let times = deferred.entry(address.to_owned()).or_default();
            *times += 1;
            if *times > DEFERRALS {
                return ("250 2.1.5 Ok\r\n".to_owned(), true);
            }
            (
                format!("451 4.7.1 <{address}>: Greylisted, please try again later\r\n"),
                false,
            )
        }
    }
}

/// Reads a mail up to its final dot; returns how long it was.
async fn skip_mail(stream: &mut BufReader<TcpStream>) -> io::Result<usize> {
    let mut size = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(size);
        }
        size += line.len();
    }
}
