//! A line to the sink: what goes in comes out after a delay, each way, however much of it there
//! is. It sees when the first mail has come through.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use memchr::memmem;

/// What ends a mail (RFC 5321 §4.1.1.4); the sink offers no other way.
const END_OF_MAIL: &[u8] = b"\r\n.\r\n";

/// Serves until the process ends; its threads end with the connections.
pub struct Proxy {
    pub port: u16,
    first_mail: Arc<OnceLock<Instant>>,
}

impl Proxy {
    /// `delay` is one way's: half a round trip.
    pub fn to(port: u16, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own_port = listener.local_addr().unwrap().port();
        let first_mail = Arc::new(OnceLock::new());
        let seen = Arc::clone(&first_mail);
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                // A sink that has gone away takes nobody.
                if let Ok(server) = TcpStream::connect(("127.0.0.1", port)) {
                    join(&client, &server, delay, &seen);
                }
            }
        });
        Self {
            port: own_port,
            first_mail,
        }
    }

    /// When the last byte of the first mail was handed to the sink.
    pub fn first_mail(&self) -> Option<Instant> {
        self.first_mail.get().copied()
    }

    /// The median time from a command to its reply.
    pub fn round_trip(&self) -> Duration {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut reply = [0; 512];
        assert!(stream.read(&mut reply).unwrap() > 0, "the greeting");
        let mut times: Vec<Duration> = (0..15)
            .map(|_| {
                let started = Instant::now();
                stream.write_all(b"NOOP\r\n").unwrap();
                assert!(stream.read(&mut reply).unwrap() > 0);
                started.elapsed()
            })
            .collect();
        times.sort();
        times[times.len() / 2]
    }
}

fn join(
    client: &TcpStream,
    server: &TcpStream,
    delay: Duration,
    first_mail: &Arc<OnceLock<Instant>>,
) {
    // Small writes must not wait for the other side's acknowledgement on top of the delay.
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let streams = || (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (from_client, to_server) = streams();
    carry(
        from_client,
        to_server,
        delay,
        Some(EndOfMail::new(first_mail)),
    );
    let (to_client, from_server) = streams();
    carry(from_server, to_client, delay, None);
}

/// One way. Reading does not wait for writing, so that whatever was sent at once arrives at once.
fn carry(
    mut from: TcpStream,
    mut to: TcpStream,
    delay: Duration,
    mut end_of_mail: Option<EndOfMail>,
) {
    let (queue, due) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut bytes = vec![0; 64 * 1_024];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let item = (Instant::now() + delay, bytes[..count].to_vec());
            if queue.send(item).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (at, bytes) in due {
            thread::sleep(at.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
            end_of_mail = end_of_mail.and_then(|end| end.look(&bytes));
        }
        // The other side's close travels the same way.
        drop(to.shutdown(Shutdown::Write));
    });
}

/// Looks for the end of the first mail of one connection.
struct EndOfMail {
    /// The end of what has passed, where the mark may have begun.
    tail: Vec<u8>,
    found: Arc<OnceLock<Instant>>,
}

impl EndOfMail {
    fn new(found: &Arc<OnceLock<Instant>>) -> Self {
        Self {
            tail: Vec::new(),
            found: Arc::clone(found),
        }
    }

    /// Itself, until there is nothing more to look for.
    fn look(mut self, bytes: &[u8]) -> Option<Self> {
        self.tail.extend_from_slice(bytes);
        if memmem::find(&self.tail, END_OF_MAIL).is_some() {
            self.found.get_or_init(Instant::now);
        }
        if self.found.get().is_some() {
            return None;
        }
        let keep = self.tail.len().saturating_sub(END_OF_MAIL.len() - 1);
        self.tail.drain(..keep);
        Some(self)
    }
}
