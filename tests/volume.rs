//! Mails through servers that others wrote: Debian's package `postfix`, whose `smtp-sink` swallows
//! many, and which itself delivers them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mailapp::domain::mailings::run::RunState;
use support::app::{House, SECOND, addresses};
use support::postfix::Postfix;
use support::smtp::Identity;
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

/// A house that sends through Postfix over STARTTLS.
async fn house_before(postfix: &Postfix, identity: &Identity, more: &[(&str, &str)]) -> House {
    let folder = tempfile::tempdir().unwrap();
    let authority = identity.authority_file(folder.path());
    let mut settings = vec![
        ("relay.security", "starttls"),
        ("relay.ca_file", authority.to_str().unwrap()),
    ];
    settings.extend(more);
    let mut house = House::through_port(postfix.port, &settings).await;
    house.start();
    house
}

#[tokio::test]
async fn postfix_gets_chunks_over_tls_and_has_each_mail_once_as_the_journal_says() {
    if !Postfix::can_run() {
        return;
    }
    let identity = Identity::of("127.0.0.1");
    for window in ["1", "4"] {
        let postfix = Postfix::start(&identity, addresses(60)).await;
        let more = [("relay.connections", "3"), ("relay.window", window)];
        let mut house = house_before(&postfix, &identity, &more).await;
        let recipients = house.recipients(60).await;
        let message = house.message("Новости", "Добрый день!\n.\n..\n").await;
        let mailing = house.mailing(message, &recipients).await;
        let run = house.send(mailing).await;
        let run = house.wait_until_finished(run).await;
        assert_eq!((run.counters.accepted, run.attempts.all()), (60, 60));
        for attempt in house.attempts(run.id).await {
            assert!(attempt.text.starts_with("Ok: "), "{attempt:?}");
        }
        house.stop().await;
        house.is_consistent().await;
        for address in addresses(60) {
            until("its mail is delivered", async || {
                (!postfix.mails(&address).is_empty()).then_some(())
            })
            .await;
            assert_eq!(postfix.mails(&address).len(), 1, "{address}");
        }
        let ends = |word: &str| postfix.log().matches(word).count();
        until("all connections are logged", async || {
            (ends(" disconnect from") == ends(" connect from")).then_some(())
        })
        .await;
        let connections = postfix.commands("quit");
        let counts = ["starttls", "bdat", "data"].map(|verb| postfix.commands(verb));
        // The first mail of each connection goes in two chunks.
        let expected = [connections, 60 + connections, 0];
        assert_eq!(counts, expected, "{}", postfix.log());
        for word in ["Null BDAT", "mproper", "non-SMTP"] {
            assert!(!postfix.log().contains(word), "{}", postfix.log());
        }
    }
}

#[tokio::test]
async fn postfix_stopped_in_the_middle_and_started_again_loses_nobody_and_doubles_nobody() {
    if !Postfix::can_run() {
        return;
    }
    let identity = Identity::of("127.0.0.1");
    let postfix = Postfix::start(&identity, addresses(300)).await;
    let more = [("relay.connections", "4"), ("sending.on_doubt", "hold")];
    let mut house = house_before(&postfix, &identity, &more).await;
    let recipients = house.recipients(300).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    house
        .wait_for(run, "some are accepted", |run| run.counters.accepted >= 40)
        .await;
    postfix.stop();
    until("the relay is away", async || house.relay_down().await).await;
    assert!(house.run(run).await.counters.accepted < 300, "too late");
    postfix.start_again().await;
    until("the run is over", async || {
        house.pass(SECOND);
        let run = house.run(run).await;
        (!run.state.is_unfinished() && run.counters.trying == 0).then_some(())
    })
    .await;
    house.stop().await;
    house.is_consistent().await;
    let counters = house.run(run).await.counters;
    assert_eq!(counters.accepted + counters.in_doubt, 300, "{counters:?}");
    assert!(counters.in_doubt <= 4, "one a connection: {counters:?}");
    for delivery in house.deliveries(run).await {
        if delivery.state == "accepted" {
            until("what was accepted is delivered", async || {
                (!postfix.mails(&delivery.email).is_empty()).then_some(())
            })
            .await;
        }
        assert!(postfix.mails(&delivery.email).len() <= 1, "{delivery:?}");
    }
}
