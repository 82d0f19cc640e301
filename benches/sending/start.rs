//! The program itself: its size, and how soon it serves.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Bench;
use crate::figures::{Table, median, millis};
use crate::product::{BINARY, Server};

/// Starts are short and vary: so many for each round.
const STARTS: usize = 5;

pub fn start(bench: &Bench, table: &mut Table) {
    let size = std::fs::metadata(BINARY).unwrap().len() as f64 / 1_048_576.0;
    table.row(
        "the executable, all there is to install".to_owned(),
        format!("{size:.1} MiB"),
        String::new(),
        "",
    );
    let starts = (0..STARTS * bench.sizes.rounds).map(|_| {
        let folder = tempfile::tempdir().unwrap();
        millis(first_page(folder.path()))
    });
    table.row(
        "start in an empty folder to the first page".to_owned(),
        format!("{:.0} ms", median(starts.collect())),
        String::new(),
        "",
    );
}

/// From the start to the sign-in page's last byte.
fn first_page(folder: &Path) -> Duration {
    let started = Instant::now();
    // Port 9 (discard): nothing is sent.
    let server = Server::start(folder, 9);
    let mut stream = TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
    stream
        .write_all(b"GET /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    started.elapsed()
}
