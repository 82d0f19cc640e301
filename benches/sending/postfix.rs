//! Postfix's test programs: the server that takes every mail, and the client to compare with.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::product::{CONNECTIONS, MAIL_OCTETS};

/// A `smtp-sink`, until it is dropped.
pub struct Sink {
    child: Child,
    pub port: u16,
}

impl Sink {
    pub fn start() -> Self {
        let port = free_port();
        let mut command = postfix("smtp-sink");
        // It does not serve as root.
        if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.args(["-u", "nobody"]);
        }
        let child = command
            .args([&format!("127.0.0.1:{port}"), "1000"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "port {port}");
            std::thread::sleep(Duration::from_millis(1));
        }
        Self { child, port }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// `smtp-sink` sets `SO_REUSEPORT`: a second one would share the port and halve every figure.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// How many mails a second `smtp-source` hands over, over as many connections as we use, each kept
/// open (`-d`).
pub fn source(port: u16, mails: u32) -> f64 {
    let started = Instant::now();
    let status = postfix("smtp-source")
        .args(["-d", "-s", &CONNECTIONS.to_string()])
        .args(["-l", &MAIL_OCTETS.to_string(), "-m", &mails.to_string()])
        .args(["-f", "news@example.com", "-t", "reader@example.com"])
        .arg(format!("127.0.0.1:{port}"))
        .status()
        .unwrap();
    assert!(status.success());
    f64::from(mails) / started.elapsed().as_secs_f64()
}

/// Whether both can be found.
pub fn is_installed() -> bool {
    let mut programs = ["smtp-sink", "smtp-source"].into_iter();
    programs.all(|program| {
        // Asked for nothing, they say how they are used.
        let asked = postfix(program)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok()
    })
}

/// Debian puts them where ordinary users do not look.
fn postfix(program: &str) -> Command {
    let path = format!("/usr/sbin/{program}");
    Command::new(if std::fs::exists(&path).unwrap() {
        path
    } else {
        program.to_owned()
    })
}
