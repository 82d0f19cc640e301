//! One engine at a time on one database: what it leaves when it stops or dies, and who goes on.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use std::pin::pin;

use futures::poll;
use mailapp::domain::Id;
use mailapp::domain::delivery::Outcome;
use mailapp::domain::mailings::run::RunState;
use mailapp::store::StoreError;
use mailapp::store::delivery::deliveries;
use mailapp::store::delivery::tries::Entry;
use support::app::{House, addresses};
use support::smtp::{Gate, SmtpServer, Stage};

const ANNA: &str = "anna@example.ru";

/// Leaves a run's deliveries as a killed engine leaves those that it had in flight.
async fn die_in_the_middle_of(house: &House, run: Id, count: usize) {
    let now = support::app::START;
    let due: Result<_, StoreError> = house
        .store()
        .read(move |c| deliveries::due(c, run, now, None, count))
        .await;
    for delivery in due.unwrap() {
        let entry = Entry {
            claim: Some(delivery),
            ..Entry::default()
        };
        let claimed = house.store().journal(entry, move || now).await;
        assert_eq!(claimed.unwrap(), Some(1));
    }
}

async fn send_to_many(house: &House, count: usize) -> Id {
    let recipients = house.recipients(count).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    house.send(mailing).await
}

#[tokio::test]
async fn what_a_dead_engine_left_in_flight_is_in_doubt_and_sent_again() {
    let server = SmtpServer::start();
    let mut house = House::asleep(&server, &[]).await;
    let run = send_to_many(&house, 5).await;
    die_in_the_middle_of(&house, run, 2).await;
    house.pass(3_000);
    house.start();
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.attempts.in_doubt), (5, 2));
    for address in ["r1@example.ru", "r2@example.ru"] {
        let attempts = house.attempts_for(run.id, address).await;
        assert_eq!(
            (attempts[0].outcome, attempts[0].nth),
            (Outcome::InDoubt, 1)
        );
        assert_eq!(attempts[0].text, "[interrupted]");
        assert_eq!(
            (attempts[0].at, attempts[0].duration_ms),
            (support::app::START, 3_000)
        );
        assert_eq!(
            (attempts[1].outcome, attempts[1].nth),
            (Outcome::Accepted, 2)
        );
    }
    for address in addresses(5) {
        server.mail_to(&address);
    }
    house.close(&server).await;
}

#[tokio::test]
async fn with_hold_what_a_dead_engine_left_is_not_sent_again() {
    let server = SmtpServer::start();
    let mut house = House::asleep(&server, &[("sending.on_doubt", "hold")]).await;
    let run = send_to_many(&house, 3).await;
    die_in_the_middle_of(&house, run, 1).await;
    house.start();
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.in_doubt, run.counters.accepted), (1, 2));
    assert!(server.transactions_of("r1@example.ru").is_empty());
    house.close(&server).await;
}

#[tokio::test]
async fn what_was_in_flight_of_a_paused_run_is_in_doubt_and_waits_for_the_owner() {
    let server = SmtpServer::start();
    let mut house = House::asleep(&server, &[]).await;
    let run = send_to_many(&house, 2).await;
    die_in_the_middle_of(&house, run, 1).await;
    house.pause(run).await;
    house.start();
    let paused = house
        .wait_for(run, "the engine has looked", |run| run.counters.trying == 0)
        .await;
    assert_eq!(
        (paused.state, paused.counters.deferred),
        (RunState::Paused, 1)
    );
    house.engine_has_gone_round().await;
    assert!(server.transactions_of("r1@example.ru").is_empty());
    house.resume(run).await;
    assert_eq!(house.wait_until_finished(run).await.counters.accepted, 2);
    house.close(&server).await;
}

#[tokio::test]
async fn stopping_lets_the_mail_in_flight_finish_and_starts_no_other() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).first(1).behaves();
    server.on(Stage::Dot).held_by(&gate).behaves();
    let mut house = House::with(&server, &[("relay.connections", "3")]).await;
    let run = send_to_many(&house, 20).await;
    gate.reached_by(3).await;
    {
        let mut stopping = pin!(house.stop());
        assert!(
            poll!(stopping.as_mut()).is_pending(),
            "told to stop, with three in flight"
        );
        gate.open();
        stopping.await;
    }
    let left = house.run(run).await;
    assert_eq!((left.counters.accepted, left.counters.queued), (4, 16));
    assert_eq!(left.state, RunState::Active);
    house.is_consistent().await;
    house.start();
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.attempts.in_doubt), (20, 0));
    for address in addresses(20) {
        server.mail_to(&address);
    }
    house.close(&server).await;
}

#[tokio::test]
async fn stopping_in_haste_waits_for_no_answer_and_writes_down_what_is_in_doubt() {
    for stage in [Stage::Rcpt, Stage::Dot] {
        let server = SmtpServer::start();
        server.on(stage).first(1).behaves();
        server.on(stage).silence();
        let settings = [("relay.connections", "3"), ("relay.timeouts.dot", "10m")];
        let mut house = House::with(&server, &settings).await;
        let run = send_to_many(&house, 20).await;
        house
            .wait_for(run, "three are in flight", |run| {
                (run.counters.accepted, run.counters.trying) == (1, 3)
            })
            .await;
        house.stop_in_haste().await;
        let left = house.run(run).await;
        assert_eq!((left.counters.trying, left.state), (0, RunState::Active));
        let in_doubt = if stage == Stage::Dot { 3 } else { 0 };
        assert_eq!(left.attempts.in_doubt, in_doubt, "{stage:?}");
        for attempt in house.attempts(run).await {
            let is_interrupted = attempt.outcome != Outcome::Accepted;
            assert_eq!(attempt.text == "[interrupted]", is_interrupted);
        }
        server.behave();
        house.start();
        house.pass(support::app::HOUR);
        let run = house.wait_until_finished(run).await;
        assert_eq!(run.counters.accepted, 20);
        house.close(&server).await;
    }
}

#[tokio::test]
async fn two_engines_on_one_database_send_every_mail_once() {
    let server = SmtpServer::start();
    let mut house = House::with(&server, &[("relay.connections", "3")]).await;
    let mut neighbour = house.neighbour();
    neighbour.start();
    let first = send_to_many(&house, 100).await;
    let second = neighbour.send_to(&[ANNA]).await;
    let first = house.wait_until_finished(first).await;
    let second = neighbour.wait_until_finished(second).await;
    assert_eq!((first.attempts.all(), first.counters.accepted), (100, 100));
    assert_eq!((second.attempts.all(), second.counters.accepted), (1, 1));
    assert_eq!(server.transactions().len(), 101);
    assert!(
        server.log().most_open_at_once <= 3,
        "only one of them opens connections"
    );
    house.stop().await;
    neighbour.close(&server).await;
}

#[tokio::test]
async fn the_second_engine_goes_on_where_the_first_one_stopped() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).nth(4).held_by(&gate).behaves();
    let mut house = House::sending_through(&server).await;
    let mut neighbour = house.neighbour();
    neighbour.start();
    let run = send_to_many(&house, 10).await;
    gate.reached_by(1).await;
    {
        let mut stopping = pin!(house.stop());
        assert!(poll!(stopping.as_mut()).is_pending());
        assert_eq!(server.transactions().len(), 4, "the second one stands by");
        gate.open();
        stopping.await;
    }
    let run = neighbour.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.attempts.all()), (10, 10));
    for address in addresses(10) {
        server.mail_to(&address);
    }
    neighbour.close(&server).await;
}
