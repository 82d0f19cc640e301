//! More clients than there are descriptors, and descriptors that run out.

use std::process::{Command, Stdio};
use std::time::Duration;

use mailapp::descriptors;
use reqwest::Method;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::service::{ANNA, Place, Service};
use crate::support::smtp::{Gate, SmtpServer, Stage};
use crate::support::until;

/// What most systems allow a process.
const USUAL: u64 = 1_024;
/// More than that many of anything.
const CROWD: usize = 1_010;

/// A service that may not open more than the usual number of files.
async fn usual(place: &Place, server: &SmtpServer) -> Service {
    // This process holds the other ends.
    descriptors::raise_limit();
    place
        .serve_as(server, &[], |command| within(&command, USUAL))
        .await
}

/// The same command with a limit on open files, soft and hard.
fn within(command: &Command, files: u64) -> Command {
    let mut limited = Command::new("sh");
    limited
        .args(["-c", &format!("ulimit -n {files}; exec \"$0\" \"$@\"")])
        .arg(command.get_program())
        .args(command.get_args())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        limited.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    limited
}

async fn half(service: &Service) -> TcpStream {
    let address = service.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let half = b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nX-Slow: ";
    stream.write_all(half).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_half_sent_requests_keep_nobody_from_anything() {
    let place = Place::new();
    let mailing = place.furnish(40).await;
    let server = SmtpServer::start();
    let service = usual(&place, &server).await;
    let browser = service.browser(ANNA).await;
    let mut halves = Vec::with_capacity(CROWD);
    for _ in 0..CROWD {
        halves.push(half(&service).await);
    }
    assert_eq!(service.health().await.status, 200);
    _ = browser.get("/mailings").await.is(200);
    let path = format!("/mailings/{mailing}/send");
    _ = browser.submit(&path, &path, &[]).await.is(303);
    place.all_sent_once(&server, 40).await;
    // None of them is kept longer than its ten seconds.
    let cut = async {
        for half in &mut halves {
            let mut octets = Vec::new();
            drop(half.read_to_end(&mut octets).await);
        }
    };
    tokio::time::timeout(Duration::from_secs(30), cut)
        .await
        .unwrap();
    assert_eq!(service.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_event_streams_of_one_user_keep_nobody_from_anything() {
    let place = Place::new();
    let mailing = place.furnish(40).await;
    let server = SmtpServer::start();
    let gate = Gate::default();
    server
        .on(Stage::Dot)
        .of("r1@example.ru")
        .held_by(&gate)
        .behaves();
    let service = usual(&place, &server).await;
    let browser = service.browser(ANNA).await;
    let path = format!("/mailings/{mailing}/send");
    _ = browser.submit(&path, &path, &[]).await.is(303);
    gate.reached_by(1).await;
    let (mut streams, mut refused) = (Vec::new(), 0);
    for _ in 0..CROWD {
        let stream = browser.request(Method::GET, "/runs/1/events").send();
        let stream = stream.await.unwrap();
        match stream.status().as_u16() {
            200 => streams.push(stream),
            429 => refused += 1,
            other => panic!("{other}"),
        }
    }
    assert_eq!((streams.len(), refused), (5, CROWD - 5));
    assert_eq!(service.health().await.status, 200);
    _ = service.browser(ANNA).await.get("/mailings").await.is(200);
    gate.open();
    place.all_sent_once(&server, 40).await;
    assert_eq!(service.stop(), Some(0));
}

/// Lets a process open no file whose number is not below this.
fn limit(service: &Service, files: u64) {
    let process = i32::try_from(service.process.0.id()).unwrap();
    let limit = Rlimit {
        current: Some(files),
        maximum: Some(USUAL),
    };
    prlimit(Pid::from_raw(process), Resource::Nofile, limit).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_lack_of_descriptors_is_not_the_relays_fault() {
    // An address, and a name that has to be looked up: the resolver fails in its own way.
    for host in ["127.0.0.1", "localhost"] {
        lacking_descriptors(host).await;
    }
}

async fn lacking_descriptors(host: &str) {
    let place = Place::new();
    let mailing = place.furnish(5).await;
    let server = SmtpServer::start();
    let log = place.beside("log");
    let file = std::fs::File::create(&log).unwrap();
    let service = place
        .serve_as(&server, &[], |command| {
            let mut limited = within(&command, USUAL);
            limited.args(["--set", &format!("relay.host={host}")]);
            limited.stderr(Stdio::from(file.try_clone().unwrap()));
            limited
        })
        .await;
    let browser = service.browser(ANNA).await;
    _ = browser.get("/mailings").await.is(200);
    // The engine has not spoken to the relay yet, and there is nothing left for a socket.
    limit(&service, 4);
    place.start(mailing).await;
    until("the log says why nothing goes out", async || {
        let text = std::fs::read_to_string(&log).unwrap();
        text.contains("too few file descriptors").then_some(())
    })
    .await;
    assert_eq!(place.count("SELECT count(*) FROM relay_status"), 0);
    assert_eq!(place.count("SELECT count(*) FROM attempts"), 0);
    assert_eq!(
        place.count("SELECT count(*) FROM runs WHERE state = 'active' AND queued = 5"),
        1
    );
    limit(&service, USUAL);
    place.all_sent_once(&server, 5).await;
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(!text.contains("the relay failed"), "{text}");
}
