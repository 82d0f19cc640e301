//! The release binary at work: as a command that sends, and as a server.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};

use crate::estate::Estate;
use crate::process::Watch;

pub const BINARY: &str = env!("CARGO_BIN_EXE_mailapp");
pub const CONNECTIONS: usize = 20;
/// Of a mail's text, here and there; its headers come on top, and of those ours has more.
pub const MAIL_OCTETS: usize = 2_048;

/// What a mailing's run came to.
pub struct Sent {
    /// From the run's start to its last result, as the journal has it.
    pub seconds: f64,
    /// Highest resident set, in MiB.
    pub peak_mib: f64,
    /// Processor time of the whole command.
    pub used: Duration,
}

fn command(data: &Path, words: &[&str], relay_port: u16) -> Command {
    let mut command = Command::new(BINARY);
    command.args(words);
    for (key, value) in [
        ("data", data.to_str().unwrap()),
        ("sender.address", "news@example.com"),
        ("relay.host", "127.0.0.1"),
        ("relay.port", &relay_port.to_string()),
        ("relay.security", "plain"),
        ("relay.connections", &CONNECTIONS.to_string()),
        ("log", "warn"),
    ] {
        command.args(["--set", &format!("{key}={value}")]);
    }
    command
}

/// `mailapp send 1`, on a copy of the estate. Every mail must have been accepted, and the journal
/// must have an attempt for each.
pub fn send(estate: &Estate, relay_port: u16, count: u32) -> Sent {
    let folder = estate.copy();
    let started = Instant::now();
    let mut child = command(folder.path(), &["send", "1", "--json"], relay_port)
        // So that every mail carries its own signed way to unsubscribe, as real ones do.
        .args(["--set", "base_url=https://news.example.com"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let watch = Watch::over(&child);
    // Read to the end: a full pipe would hold the command up.
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let last = lines.last().unwrap().unwrap();
    let (peak_mib, used) = watch.end(child);
    let whole = started.elapsed();
    let (millis, accepted, attempts) = journal(folder.path())
        .query_row(
            "SELECT finished_at - started_at, accepted, (SELECT count(*) FROM attempts)
             FROM runs WHERE id = 1",
            [],
            |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!((count, count), (accepted, attempts), "{last}");
    eprintln!(
        "  {count} mails: {millis} ms by the journal, {:.0} ms the whole command, \
         {:.1} µs of processor time a mail, peak {peak_mib:.1} MiB",
        whole.as_secs_f64() * 1_000.0,
        used.as_secs_f64() * 1e6 / f64::from(count)
    );
    Sent {
        seconds: millis as f64 / 1_000.0,
        peak_mib,
        used,
    }
}

/// The database as another process sees it.
pub fn journal(data: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(data.join("mailapp.db"), flags).unwrap();
    connection
        .execute_batch("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;")
        .unwrap();
    connection
}

/// `mailapp serve`, until it is dropped.
pub struct Server {
    child: Child,
    pub url: String,
    /// Held open: what is written to a closed pipe is an error.
    _output: BufReader<ChildStdout>,
}

impl Server {
    pub fn start(data: &Path, relay_port: u16) -> Self {
        let mut child = command(data, &["serve", "--port", "0"], relay_port)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        // The one line that says where, in whatever language.
        let at = line.find("http://").unwrap();
        let url = line[at..].split_whitespace().next().unwrap();
        Self {
            child,
            url: url.trim_end_matches('/').to_owned(),
            _output: output,
        }
    }
}

impl Drop for Server {
    /// It is in the middle of a million mails; nobody reads them.
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
