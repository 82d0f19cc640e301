//! What a connection makes of a network that fails it at an octet that no real one can be brought to
//! fail at.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use mail_send::SmtpClient;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket};

use super::handshake::reach;
use super::manner::{Caution, Manner};
use super::relay::Timeouts;
use super::smtp::{Session, SmtpConnection};
use super::wire::{Input, stuffed};
use super::{Ending, Envelope, Mail};

/// A line that takes so many octets and then is gone.
struct Short(usize);

impl AsyncRead for Short {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Short {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Poll::Ready(if taken == 0 {
            Err(io::ErrorKind::BrokenPipe.into())
        } else {
            Ok(taken)
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A connection in which the server has asked for the mail, on a line that takes so many octets more.
fn invited(octets: usize) -> SmtpConnection {
    let mut connection = SmtpConnection::new(Session {
        client: SmtpClient {
            stream: Box::new(Short(octets)),
            timeout: Duration::from_secs(1),
        },
        input: Input::default(),
        server: "mx.example.ru:25".to_owned(),
        smtputf8: false,
        manner: Manner::Overlapped,
        caution: Arc::new(Caution::default()),
        timeouts: Timeouts::default(),
        window: 1,
    });
    connection.proved = true;
    connection
}

fn envelope() -> Envelope {
    Envelope {
        mail_from: "news@example.ru".to_owned(),
        rcpt_to: "anna@example.ru".to_owned(),
        needs_smtputf8: false,
    }
}

/// How a mail ends whose line is gone after so many octets of it, or of what went behind it.
async fn ending_after(octets: impl FnOnce(usize) -> usize) -> Ending {
    let mail = Mail {
        envelope: envelope(),
        subject: String::new(),
        private: false,
        source: b"Subject: s\r\n\r\nHello.\r\n".to_vec(),
    };
    let whole = stuffed(&mail.source).len();
    let mut connection = invited(octets(whole));
    connection.send(&mail, Some(&envelope())).await;
    assert!(
        !connection.is_announced(),
        "the next one's commands are not out"
    );
    let ending = connection.answer().await;
    assert!(!connection.is_usable());
    ending
}

#[tokio::test]
async fn a_line_that_is_gone_before_the_final_dot_has_delivered_nothing() {
    let ending = ending_after(|whole| whole - 1).await;
    assert!(matches!(ending, Ending::Lost(_)), "{ending:?}");
}

#[tokio::test]
async fn a_line_that_is_gone_behind_the_final_dot_leaves_the_mail_in_doubt() {
    for behind in [0, 1, 30] {
        let ending = ending_after(|whole| whole + behind).await;
        assert!(matches!(ending, Ending::InDoubt(_)), "{behind}: {ending:?}");
    }
}

/// An address that swallows whatever is sent to it: its queue of connections is full.
fn swallowing() -> (StdListener, Vec<StdStream>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let listener = runtime.block_on(async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        socket.listen(1).unwrap().into_std().unwrap()
    });
    let address = listener.local_addr().unwrap();
    let limit = Duration::from_millis(50);
    let queue = std::iter::from_fn(|| StdStream::connect_timeout(&address, limit).ok());
    (listener, queue.take(100).collect())
}

#[test]
fn an_address_that_swallows_everything_does_not_hide_the_next_one() {
    let (full, queue) = swallowing();
    assert!(queue.len() < 100, "it swallows nothing");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let good = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addresses: [SocketAddr; 2] = [full.local_addr().unwrap(), good.local_addr().unwrap()];
        let limit = Duration::from_millis(400);
        let stream = reach(&addresses, limit).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), addresses[1]);
        let failure = reach(&addresses[..1], limit).await.unwrap_err();
        assert!(failure.text.contains("timeout"), "{failure}");
    });
}
