//! A mail server in the test's own process. It speaks real SMTP on loopback, behaves unless its
//! script says otherwise, and keeps a log of its own of what came over the wire.

mod auth;
mod log;
mod script;
mod session;
mod shuffle;
mod stream;
mod tls;
mod transaction;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

pub use log::{Log, Session, Transaction};
use script::Script;
pub use script::{Gate, Loss, On, Stage};
use shuffle::Shuffle;
pub use tls::{Flaw, Identity};

/// What the server can do beyond the minimum.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an ability of its own"
)]
#[derive(Default)]
pub struct Abilities {
    pub pipelining: bool,
    /// BDAT (RFC 3030).
    pub chunking: bool,
    pub smtputf8: bool,
    /// How long it thinks before every answer.
    pub pause: Duration,
    /// Offered under STARTTLS.
    pub starttls: Option<Identity>,
    /// Spoken from the first byte.
    pub implicit_tls: Option<Identity>,
    /// Mechanisms for signing in; where there are any, nothing goes without.
    pub auth: &'static [&'static str],
    /// MAIL commands that it takes on one connection, and what it says to the next one before it
    /// leaves; empty: nothing.
    pub cap: Option<(usize, &'static str)>,
    /// It minds commands that come before its reply to MAIL, although it offers PIPELINING.
    pub minds_pipelining: bool,
    /// The chance that a reply is swallowed, repeated or swapped with the next, and its seed.
    pub shuffles: Option<(f64, u64)>,
}

/// How a server takes its commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Several in a segment (RFC 2920).
    Pipelining,
    /// Whole mails, sized, without asking (RFC 3030).
    Chunking,
    OneByOne,
}

impl Manner {
    /// Those in which the server is asked before it gets a mail.
    pub const ASKING: [Self; 2] = [Self::Pipelining, Self::OneByOne];
    pub const ALL: [Self; 3] = [Self::Pipelining, Self::Chunking, Self::OneByOne];
}

/// The only account: a password of digits, spaces and signs stays what it is.
pub const USER: &str = "news@example.ru";
pub const PASSWORD: &str = "0 7 пароль=";

/// What the sessions share.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is an ability of its own"
)]
struct Shared {
    script: Script,
    log: Mutex<Log>,
    pipelining: bool,
    chunking: bool,
    smtputf8: bool,
    pause: Duration,
    starttls: Option<TlsAcceptor>,
    implicit_tls: Option<TlsAcceptor>,
    auth: &'static [&'static str],
    cap: Option<(usize, &'static str)>,
    minds_pipelining: bool,
    shuffle: Option<Shuffle>,
}

/// A server that listens, or one whose port is only taken: connections to it are refused.
pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// The port that is taken but not listened on, and whom to give it to.
    closed: Mutex<Option<(TcpSocket, oneshot::Sender<TcpSocket>)>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl SmtpServer {
    /// A server that takes everything, several commands at a time.
    pub fn start() -> Self {
        Self::start_as(Manner::Pipelining)
    }

    pub fn start_as(manner: Manner) -> Self {
        Self::able_to(Abilities {
            pipelining: manner != Manner::OneByOne,
            chunking: manner == Manner::Chunking,
            ..Abilities::default()
        })
    }

    pub fn able_to(abilities: Abilities) -> Self {
        let server = Self::closed(abilities);
        server.listen();
        server
    }

    /// Its port exists, but connections to it are refused until `listen`.
    pub fn closed(abilities: Abilities) -> Self {
        let shared = Arc::new(Shared {
            script: Script::default(),
            log: Mutex::default(),
            pipelining: abilities.pipelining,
            chunking: abilities.chunking,
            pause: abilities.pause,
            smtputf8: abilities.smtputf8,
            starttls: abilities.starttls.map(|identity| identity.acceptor()),
            implicit_tls: abilities.implicit_tls.map(|identity| identity.acceptor()),
            auth: abilities.auth,
            cap: abilities.cap,
            minds_pipelining: abilities.minds_pipelining,
            shuffle: abilities.shuffles.map(Shuffle::new),
        });
        let socket = TcpSocket::new_v4().unwrap();
        // Small buffers on both sides, so that a mail does not fit into them.
        socket.set_recv_buffer_size(16 * 1_024).unwrap();
        socket2::SockRef::from(&socket).set_tcp_mss(1_400).unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = socket.local_addr().unwrap();
        let (listen, to_listen) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let in_thread = Arc::clone(&shared);
        // A thread of its own, so that it answers whatever the test's thread is doing.
        let thread = thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(run(to_listen, stopped, in_thread));
        });
        Self {
            address,
            shared,
            closed: Mutex::new(Some((socket, listen))),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Answers from now on.
    pub fn listen(&self) {
        if let Some((socket, listen)) = self.closed.lock().take() {
            listen.send(socket).unwrap();
        }
    }

    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// What stands in the journal as the server.
    pub fn name(&self) -> String {
        self.address.to_string()
    }

    /// Says how it misbehaves.
    pub fn on(&self, stage: Stage) -> On<'_> {
        On::new(&self.shared.script, stage)
    }

    /// Behaves from now on.
    pub fn behave(&self) {
        self.shared.script.forget();
    }

    pub fn log(&self) -> Log {
        self.shared.log.lock().clone()
    }

    /// Connections that are open at this moment, as far as this side knows.
    pub fn open_now(&self) -> usize {
        self.shared.log.lock().open_now()
    }

    /// How many mails have been taken so far.
    pub fn taken(&self) -> usize {
        let log = self.shared.log.lock();
        log.transactions
            .iter()
            .filter(|one| one.was_taken())
            .count()
    }

    /// Those that were more than an announcement.
    pub fn transactions(&self) -> Vec<Transaction> {
        let mut all = self.log().transactions;
        all.retain(|one| !one.was_withdrawn());
        all
    }

    /// The transactions that named this recipient.
    pub fn transactions_of(&self, recipient: &str) -> Vec<Transaction> {
        let mut all = self.transactions();
        all.retain(|one| one.recipients.iter().any(|named| named == recipient));
        all
    }

    /// The mails that came to their end, for this recipient, whatever was answered.
    pub fn mails_to(&self, recipient: &str) -> Vec<Transaction> {
        let mut all = self.transactions_of(recipient);
        all.retain(|one| one.mail.is_some() && one.has_recipient);
        all
    }

    /// The only mail for this recipient.
    pub fn mail_to(&self, recipient: &str) -> Transaction {
        let mut mails = self.mails_to(recipient);
        assert_eq!(mails.len(), 1, "mails for {recipient}");
        mails.remove(0)
    }

    /// The commands of one connection.
    pub fn commands(&self, connection: usize) -> Vec<String> {
        self.log().sessions[connection].commands.clone()
    }

    /// All commands that begin with this verb, of all connections.
    pub fn said(&self, verb: &str) -> Vec<String> {
        let mut said = Vec::new();
        for session in self.log().sessions {
            said.extend(
                session
                    .commands
                    .into_iter()
                    .filter(|line| line.starts_with(verb)),
            );
        }
        said
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        // The thread ends, and with it every session.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

async fn run(
    to_listen: oneshot::Receiver<TcpSocket>,
    stopped: oneshot::Receiver<()>,
    shared: Arc<Shared>,
) {
    let serve = async {
        if let Ok(socket) = to_listen.await {
            accept(&socket.listen(1_024).unwrap(), &shared).await;
        }
    };
    tokio::select! {
        () = serve => {}
        _ = stopped => {}
    }
}

async fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let number = {
            let mut log = shared.log.lock();
            log.sessions.push(Session::default());
            log.most_open_at_once = log.most_open_at_once.max(log.open_now());
            log.sessions.len() - 1
        };
        tokio::spawn(session::serve(stream, number, Arc::clone(shared)));
    }
}
