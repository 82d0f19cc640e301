//! How fast may be sent, through which relay: limits that outlive a restart, complaints that are
//! heard, relays that stand in for one another.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use mailapp::domain::Id;
use mailapp::domain::accounts::permission::Scope;
use mailapp::domain::mailings::run::RunState;
use mailapp::store::delivery::progress;
use mailapp::store::delivery::relay;
use support::app::{DAY, HOUR, House, MINUTE, SECOND, START};
use support::smtp::{Abilities, Gate, Manner, SmtpServer, Stage};

async fn send_to(house: &House, domain: &str, count: usize) -> Id {
    let emails: Vec<String> = (1..=count).map(|n| format!("r{n}@{domain}")).collect();
    let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
    house.send_to(&emails).await
}

/// What the run's page says of why it is slow.
async fn why_slow(house: &House, run: Id) -> Option<&'static str> {
    let now = house.now();
    let look = house
        .store()
        .read(move |c| progress::look(c, Scope::All, run, now))
        .await
        .unwrap()
        .unwrap();
    look.progress(None, now).slow.map(|phrase| phrase.key)
}

async fn says(house: &House, run: Id, key: &'static str) {
    support::until(key, async || {
        (why_slow(house, run).await == Some(key)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_hourly_limit_holds_in_any_hour_and_across_a_restart() {
    let server = SmtpServer::start();
    let mut house = House::with(&server, &[("relay.mails_per_hour", "3")]).await;
    let run = send_to(&house, "example.ru", 5).await;
    house
        .wait_for(run, "three are sent", |run| run.counters.accepted == 3)
        .await;
    says(&house, run, "slow-relay-hour").await;
    house.stop().await;
    house.start();
    house.pass(59 * MINUTE);
    says(&house, run, "slow-relay-hour").await;
    house.pass(2 * MINUTE);
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 5);
    let at: Vec<_> = attempted_at(&house, run.id).await;
    assert!(at[2] < START + MINUTE && at[3] >= START + HOUR, "{at:?}");
    house.close(&server).await;
}

#[tokio::test]
async fn a_throttled_domain_holds_up_nobody_else() {
    let server = SmtpServer::start();
    let limit = ("domains.slow.example.mails_per_day", "1");
    let house = House::with(&server, &[limit]).await;
    let slow = send_to(&house, "slow.example", 4).await;
    let other = send_to(&house, "example.ru", 40).await;
    house.wait_until_finished(other).await;
    let throttled = house.run(slow).await;
    assert_eq!(
        (throttled.counters.accepted, throttled.counters.queued),
        (1, 3)
    );
    says(&house, slow, "slow-domain-day").await;
    house.cancel(slow).await;
    house.close(&server).await;
}

#[tokio::test]
async fn within_a_run_those_behind_a_throttled_domain_have_their_turn() {
    let server = SmtpServer::start();
    let limit = ("domains.slow.example.mails_per_day", "1");
    let house = House::with(&server, &[limit]).await;
    let run = house
        .send_to(&[
            "a@slow.example",
            "b@slow.example",
            "c@slow.example",
            "d@example.ru",
        ])
        .await;
    house
        .wait_for(run, "whoever can be reached is", |run| {
            run.counters.accepted == 2
        })
        .await;
    server.mail_to("d@example.ru");
    house.pass(DAY + HOUR);
    house.engine_has_gone_round().await;
    house.close(&server).await;
}

#[tokio::test]
async fn only_so_many_mails_to_a_domain_are_in_flight() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).held_by(&gate).behaves();
    let settings = [("domains.*.connections", "2"), ("relay.connections", "8")];
    let house = House::with(&server, &settings).await;
    let run = send_to(&house, "example.ru", 12).await;
    gate.reached_by(2).await;
    house
        .wait_for(run, "two are in flight", |run| run.counters.trying == 2)
        .await;
    assert_eq!(
        (gate.arrived(), house.run(run).await.counters.trying),
        (2, 2)
    );
    gate.open();
    house.wait_until_finished(run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn only_so_many_mails_to_a_domain_go_over_one_connection() {
    let server = SmtpServer::start();
    let limits = [
        ("domains.*.mails_per_connection", "2"),
        ("relay.connections", "1"),
    ];
    let house = House::with(&server, &limits).await;
    let run = send_to(&house, "example.ru", 5).await;
    house.wait_until_finished(run).await;
    let mut carried = vec![0; server.log().sessions.len()];
    for transaction in server.transactions() {
        carried[transaction.connection] += 1;
    }
    assert_eq!(carried, [2, 2, 1]);
    house.close(&server).await;
}

#[tokio::test]
async fn a_rate_is_kept_by_the_second() {
    let server = SmtpServer::start();
    let house = House::with(&server, &[("relay.mails_per_second", "2")]).await;
    let run = send_to(&house, "example.ru", 4).await;
    support::until("all are sent", async || {
        house.pass(SECOND / 10);
        (house.run(run).await.counters.accepted == 4).then_some(())
    })
    .await;
    let at: Vec<_> = attempted_at(&house, run).await;
    // None is let go before its time; how long it takes then to begin is the machine's affair.
    let mut earliest = (START..).step_by(500);
    let is_kept = at.iter().all(|at| earliest.next() <= Some(*at));
    assert!(is_kept && at.len() == 4, "{at:?}");
    house.wait_until_finished(run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn a_domain_that_complains_is_sent_to_more_slowly_and_the_run_says_so() {
    let server = SmtpServer::start();
    server
        .on(Stage::Rcpt)
        .of("r1@example.ru")
        .first(1)
        .reply("451 4.7.0 Too many messages, slow down");
    let house = House::with(&server, &[("relay.connections", "1")]).await;
    let run = send_to(&house, "example.ru", 60).await;
    says(&house, run, "slow-domain-complained").await;
    assert!(
        house.run(run).await.counters.queued > 0,
        "no faster than that"
    );
    support::until("all but one are sent", async || {
        house.pass(SECOND);
        (house.run(run).await.counters.accepted == 59).then_some(())
    })
    .await;
    house.pass(HOUR);
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 60);
    house.close(&server).await;
}

async fn attempted_at(house: &House, run: Id) -> Vec<i64> {
    let attempts = house.attempts(run).await;
    attempts.into_iter().map(|attempt| attempt.at).collect()
}

fn spare(server: &SmtpServer) -> [(&'static str, String); 3] {
    [
        ("relays.spare.host", "127.0.0.1".to_owned()),
        ("relays.spare.port", server.port().to_string()),
        ("relays.spare.security", "plain".to_owned()),
    ]
}

async fn with_two(first: &SmtpServer, second: &SmtpServer, more: &[(&str, &str)]) -> House {
    let spare = spare(second);
    let mut settings: Vec<(&str, &str)> = spare
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    settings.extend(more);
    House::with(first, &settings).await
}

#[tokio::test]
async fn when_one_relay_is_away_the_other_carries_on_and_no_run_is_paused() {
    let (first, second) = (SmtpServer::start(), SmtpServer::start());
    first
        .on(Stage::Mail)
        .reply_and_close("421 4.3.2 Going down");
    let mut house = with_two(&first, &second, &[("sending.relay_patience", "1m")]).await;
    let run = send_to(&house, "example.ru", 30).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.state, run.counters.accepted), (RunState::Finished, 30));
    assert_eq!(second.transactions().len(), 30);
    let down = house.store().read(relay::get).await.unwrap();
    assert!(down.unwrap().text.contains("Going down"));
    house.stop().await;
    house.is_consistent().await;
}

#[tokio::test]
async fn relays_share_the_mails_by_weight() {
    let servers = [SmtpServer::start(), SmtpServer::start()];
    let weights = [
        ("relay.weight", "3"),
        ("relays.spare.weight", "1"),
        ("relays.spare.connections", "1"),
    ];
    let mut house = with_two(&servers[0], &servers[1], &weights).await;
    let run = send_to(&house, "example.ru", 400).await;
    house.wait_until_finished(run).await;
    let [first, second] = servers.map(|server| server.transactions().len());
    assert_eq!(first + second, 400);
    assert!((270..=330).contains(&first), "{first} of 400");
    house.stop().await;
    house.is_consistent().await;
}

#[tokio::test]
async fn a_relay_for_another_sender_gets_nothing() {
    let servers = [SmtpServer::start_as(Manner::Chunking), SmtpServer::start()];
    let only = [("relay.sender_domains", "other.example")];
    let mut house = with_two(&servers[0], &servers[1], &only).await;
    let run = send_to(&house, "example.ru", 10).await;
    house.wait_until_finished(run).await;
    assert_eq!(servers[0].log().sessions.len(), 0);
    assert_eq!(servers[1].transactions().len(), 10);
    house.stop().await;
    house.is_consistent().await;
}

#[tokio::test]
async fn what_a_relay_complained_of_is_forgotten_with_the_relay() {
    let server = SmtpServer::start();
    let mut house = House::asleep(&server, &[("relay.mails_per_second", "1")]).await;
    let complaint = |c: &rusqlite::Connection| {
        c.execute(
            "INSERT INTO throttles (scope, kind, per_second, before, since, until, reply)
             VALUES ('relay:gone', 'slowed', 0.5, 1.0, 1, 1, '421 Too much')",
            [],
        )?;
        Ok::<_, mailapp::store::StoreError>(())
    };
    house.store().write(complaint).await.unwrap();
    let run = send_to(&house, "example.ru", 3).await;
    assert_eq!(why_slow(&house, run).await, Some("slow-relay-complained"));
    house.start();
    house
        .wait_for(run, "one is sent", |run| run.counters.accepted == 1)
        .await;
    assert_eq!(why_slow(&house, run).await, None);
    house.pause(run).await;
    house.close(&server).await;
}

/// Sends 600 mails through a server that takes 20 on a connection, on a clock that stands still: no
/// pause is made, and nothing is slowed down.
async fn sends_600_by_20(manner: Manner, window: &str, words: &'static str) {
    let server = SmtpServer::able_to(Abilities {
        pipelining: manner != Manner::OneByOne,
        chunking: manner == Manner::Chunking,
        cap: Some((20, words)),
        ..Abilities::default()
    });
    let settings = [("relay.connections", "4"), ("relay.window", window)];
    let house = House::with(&server, &settings).await;
    let run = send_to(&house, "example.ru", 600).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 600, "{manner:?} {words}");
    assert_eq!(run.attempts.in_doubt, 0, "{manner:?} {words}");
    assert_eq!(why_slow(&house, run.id).await, None, "{manner:?} {words}");
    assert_eq!(house.relay_down().await, None, "{manner:?} {words}");
    // Three of them show it, and those that are open at the same time.
    let mails = |commands: &[String]| commands.iter().filter(|it| it.starts_with("MAIL")).count();
    let sessions = server.log().sessions;
    let over = sessions
        .iter()
        .filter(|it| mails(&it.commands) > 20)
        .count();
    assert!(
        over <= 8,
        "{manner:?} {words}: {over} were ended by the server"
    );
    house.close(&server).await;
}

#[tokio::test]
async fn a_server_that_takes_so_many_mails_on_a_connection_is_sent_to_at_full_pace() {
    let full = "421 4.7.0 Too many messages on this connection";
    sends_600_by_20(Manner::Pipelining, "1", full).await;
    sends_600_by_20(Manner::OneByOne, "1", "421 4.3.2 mx.example closing").await;
    sends_600_by_20(Manner::Chunking, "1", full).await;
    sends_600_by_20(Manner::Chunking, "4", "421 Session limit exceeded").await;
    // Without a word.
    sends_600_by_20(Manner::Pipelining, "1", "").await;
}

#[tokio::test]
async fn a_goodbye_that_speaks_of_the_rate_is_a_complaint_and_another_is_none() {
    let server = SmtpServer::start();
    let stray = server.on(Stage::Mail).nth(5);
    stray.reply_and_close("421 4.3.2 Try another connection");
    let mut house = House::sending_through(&server).await;
    let run = send_to(&house, "example.ru", 12).await;
    house.wait_until_finished(run).await;
    assert_eq!(why_slow(&house, run).await, None);
    let complaint = server.on(Stage::Mail).first(1);
    complaint.reply_and_close("421 4.7.0 Too many messages, slow down");
    let run = send_to(&house, "other.example", 40).await;
    support::until("the relay is down", async || house.relay_down().await).await;
    house.pass(SECOND);
    says(&house, run, "slow-relay-complained").await;
    assert!(house.run(run).await.counters.queued > 0, "no faster");
    support::until("all are sent", async || {
        house.pass(SECOND);
        (house.run(run).await.counters.accepted == 40).then_some(())
    })
    .await;
    house.wait_until_finished(run).await;
    // The stray one refused a mail that was only announced: there is no attempt of it.
    house.stop().await;
    house.is_consistent().await;
    assert_eq!(server.taken(), 52);
}
