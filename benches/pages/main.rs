//! `cargo bench --bench pages`: lists, searches and unchanged pages of the whole product, at 10,000
//! and at 1,000,000 recipients, beside a bare Rocket handler that renders the same template from the
//! same database, and a bare prepared statement.
//!
//! Prints figures; asserts nothing about time. The large database takes some minutes to make and
//! 2 GB; `MAILAPP_BENCH_DATA=FOLDER` keeps both for the next time.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark measures real time and stops at the first surprise"
)]

mod client;
mod lists;
mod reference;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use client::{Client, Visit};

const BINARY: &str = env!("CARGO_BIN_EXE_mailapp");
/// The demo's first user, and its manager.
const USER: (&str, &str) = ("anna@company.example", "zimnij-sad-pod-krysej");
const MANAGER: (&str, &str) = ("manager@company.example", "vysokij-bereg-reki-12");
const CLIENTS: usize = 32;
const SECONDS: u64 = 5;

/// A running demo of so many recipients, and five times as many attempts.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Server {
    fn start(folder: &Path, recipients: u64) -> Self {
        let port = client::free_port();
        let mut child = Command::new(BINARY)
            .args(["demo", "--lang", "en", "--port", &port.to_string()])
            .args(["--data", folder.to_str().unwrap()])
            .args(["--recipients", &recipients.to_string()])
            .args(["--attempts", &(5 * recipients).to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if line.contains(" in ") {
                println!("  {line}");
            }
            if line.contains("http://") {
                break;
            }
        }
        Self { child, port }
    }

    fn memory(&self) -> (f64, f64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let mib = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace()
                .nth(1)
                .unwrap()
                .parse::<f64>()
                .unwrap()
                / 1_024.0
        };
        (mib("VmRSS:"), mib("VmHWM:"))
    }
}

/// The middle one and the slowest of a hundred, in milliseconds.
fn percentiles(mut spans: Vec<Duration>) -> (f64, f64) {
    spans.sort();
    let at = |part: f64| {
        let index = ((spans.len() - 1) as f64 * part) as usize;
        spans[index].as_secs_f64() * 1_000.0
    };
    (at(0.50), at(0.99))
}

fn measure(client: &mut Client, visits: &[Visit], times: usize) -> (f64, f64) {
    let spans = (0..times)
        .map(|index| {
            let started = Instant::now();
            let answer = client.get(&visits[index % visits.len()]);
            assert_eq!(answer.status, 200, "{}", visits[index % visits.len()].path);
            started.elapsed()
        })
        .collect();
    percentiles(spans)
}

/// Pages that are kept: after somebody has written (so that nothing kept counts any more), from the
/// cache, and as a browser that has them asks.
fn kept(server: &Server) {
    let mut client = Client::connect(server.port);
    let cookie = client.sign_in(USER);
    let form = client.get(&Visit::new("/recipients/new".to_owned(), &cookie));
    let token = form.token();
    let write = |client: &mut Client, number: usize| {
        let email = format!("kept{number}.{}@example.org", std::process::id());
        let fields = [("csrf", token.as_str()), ("email", email.as_str())];
        assert_eq!(client.post("/recipients", &cookie, &fields).status, 303);
    };
    let mut written = 0;
    for path in [
        "/",
        "/statistics",
        "/statistics?period=all",
        "/recipients?q=example.ru",
        "/attempts",
    ] {
        let visit = Visit::new(path.to_owned(), &cookie);
        let timed = |client: &mut Client, visit: &Visit| {
            let started = Instant::now();
            let answer = client.get(visit);
            (answer, started.elapsed())
        };
        let cold = (0..20)
            .map(|_| {
                written += 1;
                write(&mut client, written);
                // The notice that something was added is said once.
                drop(client.get(&Visit::new("/account".to_owned(), &cookie)));
                timed(&mut client, &visit).1
            })
            .collect();
        let cached = (0..200).map(|_| timed(&mut client, &visit).1).collect();
        let mut unchanged = Vec::new();
        let mut known = visit.clone();
        while unchanged.len() < 200 {
            let (answer, took) = timed(&mut client, &known);
            match answer.status {
                304 => unchanged.push(took),
                // It says how things stand now, and the second is over.
                _ => known = visit.clone().if_none_match(&answer.header("etag").unwrap()),
            }
        }
        let [cold, cached, unchanged] = [cold, cached, unchanged].map(percentiles);
        println!(
            "  {path:<32} cold p50 {:>6.2} p99 {:>6.2} ms   cached p50 {:>5.2} p99 {:>5.2} ms   \
             304 p50 {:>5.2} p99 {:>5.2} ms",
            cold.0, cold.1, cached.0, cached.1, unchanged.0, unchanged.1
        );
    }
}

/// Answers a second to 32 clients that ask for the same 50 rows.
fn throughput(port: u16, visit: &Visit, status: u16) -> f64 {
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let threads: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let mut visit = visit.clone();
            std::thread::spawn(move || {
                let mut client = Client::connect(port);
                let mut count = 0_u64;
                while Instant::now() < until {
                    let answer = client.get(&visit);
                    if answer.status == status {
                        count += 1;
                        continue;
                    }
                    // The demo lives: somebody has written, and the page has another tag.
                    assert_eq!(answer.status, 200);
                    visit = visit.if_none_match(&answer.header("etag").unwrap());
                }
                count
            })
        })
        .collect();
    let count: u64 = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    count as f64 / SECONDS as f64
}

fn rates(server: &Server, folder: &Path) {
    let mut client = Client::connect(server.port);
    let cookie = client.sign_in(USER);
    let visit = Visit::new("/recipients".to_owned(), &cookie);
    let tag = client.get(&visit).header("etag").unwrap();
    let bare = reference::Reference::start(folder);
    for round in 1..=2 {
        let whole = throughput(server.port, &visit, 200);
        let reference = throughput(bare.port(), &visit, 200);
        let unchanged = throughput(server.port, &visit.clone().if_none_match(&tag), 304);
        println!(
            "  round {round}: made {whole:>7.0}/s   bare Rocket handler {reference:>7.0}/s ({:.2} x)   \
             unchanged (304) {unchanged:>7.0}/s",
            whole / reference
        );
    }
}

/// A mailing to everybody, while others write.
fn selection(server: &Server, recipients: u64) {
    let mut client = Client::connect(server.port);
    let cookie = client.sign_in(USER);
    let form = client.get(&Visit::new("/mailings/new".to_owned(), &cookie));
    let message = form.text.split("<option value=\"").nth(2).unwrap();
    let message = message.split('"').next().unwrap().to_owned();
    let token = form.token();
    let started = Instant::now();
    let answer = client.post(
        "/mailings",
        &cookie,
        &[
            ("csrf", token.as_str()),
            ("act", "save"),
            ("title", "Everybody"),
            ("message_id", &message),
            ("starts_at", "2030-01-01T10:00"),
            ("ends_at", "2030-02-01T10:00"),
            ("selection", "{\"m\":[\"\"]}"),
        ],
    );
    let path = answer.header("location").unwrap();
    let answered = started.elapsed();
    let mut waits = Vec::new();
    let mut number = 0;
    while path.ends_with("/filling") && client.get(&Visit::new(path.clone(), &cookie)).status == 200
    {
        number += 1;
        let email = format!(
            "meanwhile{number}.{}@example.org",
            started.elapsed().as_nanos()
        );
        let fields = [("csrf", token.as_str()), ("email", email.as_str())];
        let asked = Instant::now();
        assert_eq!(client.post("/recipients", &cookie, &fields).status, 303);
        waits.push(asked.elapsed());
    }
    let took = started.elapsed();
    let longest = waits.iter().max().copied().unwrap_or_default();
    println!(
        "  a mailing to all {recipients}: answered after {:.0} ms, complete after {:.2} s; {} others \
         wrote meanwhile, the longest wait {:.0} ms",
        answered.as_secs_f64() * 1_000.0,
        took.as_secs_f64(),
        waits.len(),
        longest.as_secs_f64() * 1_000.0
    );
}

fn main() {
    if let Some(folder) = std::env::var_os("MAILAPP_BENCH_REFERENCE") {
        return reference::serve(Path::new(&folder));
    }
    let temporary = tempfile::tempdir().unwrap();
    let data = std::env::var_os("MAILAPP_BENCH_DATA")
        .map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    for recipients in [10_000, 1_000_000] {
        println!("{recipients} recipients, {} attempts:", 5 * recipients);
        let folder = data.join(recipients.to_string());
        // What making the database has taken is not what serving it takes.
        drop(Server::start(&folder, recipients));
        let server = Server::start(&folder, recipients);
        lists::lists(&server, &folder, recipients);
        lists::searches(&server);
        kept(&server);
        rates(&server, &folder);
        selection(&server, recipients);
        let (now, peak) = server.memory();
        let size = std::fs::metadata(folder.join("mailapp.db")).unwrap().len() / 1_048_576;
        println!("  memory {now:.0} MiB, at most {peak:.0} MiB; the database {size} MiB");
    }
}
