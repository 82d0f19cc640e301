//! Many mails through a server that others wrote: Debian's `smtp-sink`, of the package `postfix`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mailapp::domain::run::RunState;
use support::app::House;
use support::until;

const SINK: &str = "/usr/sbin/smtp-sink";
const RECIPIENTS: usize = 2_000;

/// Stopped when the test ends, however it ends.
struct Sink {
    process: Child,
    port: u16,
}

impl Drop for Sink {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Sink {
    async fn start() -> Self {
        assert!(
            Path::new(SINK).exists(),
            "{SINK} is missing: install Debian's package postfix (apt-get install postfix)"
        );
        // The sink takes a port that is taken without a word (SO_REUSEPORT), so it gets one that
        // was free a moment ago.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let process = Command::new(SINK)
            .args(["-u", "nobody", &format!("127.0.0.1:{port}"), "100"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let sink = Self { process, port };
        until("smtp-sink listens", async || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .ok()
                .map(drop)
        })
        .await;
        sink
    }
}

#[tokio::test]
async fn two_thousand_mails_go_through_a_foreign_server_and_all_are_accepted() {
    let sink = Sink::start().await;
    let mut house = House::through_port(sink.port, &[("relay.connections", "20")]).await;
    house.start();
    let recipients = house.recipients(RECIPIENTS).await;
    let body = "Добрый день, {{ name | друг }}!\n".repeat(60);
    let message = house.message("Новости для {{ email }}", &body).await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    let run = house.wait_until_finished(run).await;
    let all = i64::try_from(RECIPIENTS).unwrap();
    assert_eq!(
        (run.state, run.counters.accepted),
        (RunState::Finished, all)
    );
    assert_eq!(run.attempts.all(), all, "each at the first try");
    assert!(
        house
            .attempts(run.id)
            .await
            .iter()
            .all(|attempt| attempt.code == Some(250))
    );
    house.stop().await;
    house.is_consistent().await;
}
