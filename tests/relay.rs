//! The relay away, or unwilling: nobody is charged with it, it is not hammered, and sending goes
//! on when it is back.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use mailapp::domain::Id;
use mailapp::domain::mailings::run::{PauseReason, RunState};
use mailapp::store::delivery::relay::RelayDown;
use support::app::{House, MINUTE, SECOND, START};
use support::smtp::{Abilities, Gate, Loss, Manner, SmtpServer, Stage};
use support::{all_together, pairs, until};

const ANNA: &str = "anna@example.ru";
const BORIS: &str = "boris@example.ru";

/// What is said of the relay, once it has failed.
async fn down(house: &House) -> RelayDown {
    until("the relay is down", async || house.relay_down().await).await
}

/// What is said of it after the try that was to come then.
async fn down_again(house: &House, last: &RelayDown) -> RelayDown {
    until("the relay has been tried again", async || {
        let next = house.relay_down().await?;
        (next.next_try_at > last.next_try_at).then_some(next)
    })
    .await
}

/// Both recipients still wait, as if nothing had been tried.
async fn nobody_is_charged(house: &House, run: Id) {
    let run = house
        .wait_for(run, "nothing is in flight", |run| run.counters.trying == 0)
        .await;
    assert_eq!((run.state, run.counters.queued), (RunState::Active, 2));
    for delivery in house.deliveries(run.id).await {
        assert_eq!((delivery.state.as_str(), delivery.attempts), ("waiting", 0));
    }
}

/// It is back: both are reached, and nothing more is said of it.
async fn goes_on(house: House, server: &SmtpServer, run: Id, last: &RelayDown) {
    house.pass(last.next_try_at - START);
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 2);
    for address in [ANNA, BORIS] {
        server.mail_to(address);
        assert_eq!(
            house
                .attempts_for(run.id, address)
                .await
                .last()
                .unwrap()
                .nth,
            1
        );
    }
    until("nothing is said of the relay any more", async || {
        house.relay_down().await.is_none().then_some(())
    })
    .await;
    house.close(server).await;
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_waited_for() {
    let server = SmtpServer::closed(Abilities::default());
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA, BORIS]).await;
    let relay = down(&house).await;
    assert_eq!((relay.since, relay.next_try_at), (START, START + SECOND));
    assert_eq!(relay.text, "[not-listening]");
    nobody_is_charged(&house, run).await;
    assert!(house.attempts(run).await.is_empty());
    server.listen();
    goes_on(house, &server, run, &relay).await;
}

#[tokio::test]
async fn a_relay_that_answers_badly_before_the_first_recipient_is_waited_for() {
    let stages = [Stage::Banner, Stage::Ehlo, Stage::Mail];
    let replies = [
        "421 4.3.2 Going down",
        "554 5.3.2 Not today",
        "450 4.3.2 Later",
    ];
    all_together(
        pairs(pairs(stages, replies), Manner::ALL),
        async |((stage, reply), manner)| {
            let server = SmtpServer::start_as(manner);
            server.on(stage).reply_and_close(reply);
            let house = House::sending_through(&server).await;
            let run = house.send_to(&[ANNA, BORIS]).await;
            let relay = down(&house).await;
            let is_said = relay.text.contains(reply)
            // EHLO may be unknown; then HELO is tried, and nobody is there any more.
            || stage == Stage::Ehlo;
            assert!(is_said, "{stage:?} {reply}: {}", relay.text);
            nobody_is_charged(&house, run).await;
            server.behave();
            goes_on(house, &server, run, &relay).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_relay_that_breaks_off_before_the_first_recipient_is_waited_for() {
    let stages = [Stage::Connect, Stage::Banner, Stage::Ehlo, Stage::Mail];
    all_together(
        pairs(pairs(stages, Loss::ALL), Manner::ALL),
        async |((stage, loss), manner)| {
            let server = SmtpServer::start_as(manner);
            server.on(stage).first(1).loses(loss);
            let house = House::with(&server, &[("relay.timeouts.command", "1s")]).await;
            let run = house.send_to(&[ANNA, BORIS]).await;
            let relay = down(&house).await;
            nobody_is_charged(&house, run).await;
            goes_on(house, &server, run, &relay).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_relay_that_talks_nonsense_is_waited_for() {
    let stages = [Stage::Banner, Stage::Ehlo, Stage::Mail];
    let nonsense = [
        &b"HTTP/1.1 400 Bad Request\r\n"[..],
        b"250-a\r\n550 b\r\n",
        b"354 Go on\r\n",
    ];
    all_together(
        pairs(pairs(stages, nonsense), Manner::ALL),
        async |((stage, nonsense), manner)| {
            let server = SmtpServer::start_as(manner);
            server.on(stage).first(1).bytes_and_close(nonsense);
            let house = House::sending_through(&server).await;
            let run = house.send_to(&[ANNA, BORIS]).await;
            let relay = down(&house).await;
            nobody_is_charged(&house, run).await;
            goes_on(house, &server, run, &relay).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_relay_that_closes_in_the_middle_with_421_is_waited_for() {
    all_together(
        pairs([Stage::Rcpt, Stage::Data], Manner::ALL),
        async |(stage, manner)| {
            let server = SmtpServer::start_as(manner);
            server
                .on(stage)
                .first(1)
                .reply_and_close("421 4.3.2 Going down");
            let house = House::sending_through(&server).await;
            let run = house.send_to(&[ANNA, BORIS]).await;
            let relay = down(&house).await;
            assert_eq!(relay.text, "421 4.3.2 Going down");
            nobody_is_charged(&house, run).await;
            goes_on(house, &server, run, &relay).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_relay_that_is_away_is_tried_after_pauses_that_double() {
    let server = SmtpServer::closed(Abilities::default());
    let house = House::sending_through(&server).await;
    house.send_to(&[ANNA]).await;
    let mut relay = down(&house).await;
    let mut pauses = vec![relay.next_try_at - START];
    for _ in 0..2 {
        let now = relay.next_try_at;
        house.clock.set(now);
        relay = down_again(&house, &relay).await;
        pauses.push(relay.next_try_at - now);
    }
    assert_eq!(pauses, [SECOND, 2 * SECOND, 4 * SECOND]);
    assert_eq!(relay.since, START);
    house.is_consistent().await;
}

#[tokio::test]
async fn many_connections_that_fail_together_are_one_failure() {
    let server = SmtpServer::closed(Abilities::default());
    let house = House::with(&server, &[("relay.connections", "8")]).await;
    let recipients = house.recipients(20).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    house.send(mailing).await;
    let relay = down(&house).await;
    house.pass(SECOND);
    let again = down_again(&house, &relay).await;
    assert_eq!(
        again.next_try_at - START,
        3 * SECOND,
        "one second, then two"
    );
    house.is_consistent().await;
}

#[tokio::test]
async fn a_relay_that_goes_on_refusing_every_mail_is_tried_less_and_less_often() {
    let server = SmtpServer::start();
    server.on(Stage::Mail).reply("451 4.3.0 Out of order");
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA, BORIS]).await;
    let relay = down(&house).await;
    house.pass(SECOND);
    let again = down_again(&house, &relay).await;
    assert_eq!(
        (again.since, again.next_try_at),
        (START, START + 3 * SECOND)
    );
    nobody_is_charged(&house, run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn when_patience_with_the_relay_is_over_the_runs_are_paused_with_its_words() {
    for stage in [Stage::Banner, Stage::Mail] {
        let server = SmtpServer::start();
        server
            .on(stage)
            .reply_and_close("421 4.3.2 Still going down");
        let house = House::with(&server, &[("sending.relay_patience", "10m")]).await;
        let run = house.send_to(&[ANNA, BORIS]).await;
        down(&house).await;
        house.pass(10 * MINUTE);
        let paused = house
            .wait_for(run, "the run is paused", |run| {
                run.state == RunState::Paused && run.counters.trying == 0
            })
            .await;
        assert_eq!(paused.pause_reason, Some(PauseReason::Relay));
        let detail = paused.pause_detail.unwrap();
        assert!(detail.contains("421 4.3.2 Still going down"), "{detail}");
        assert_eq!(
            (house.relay_down().await, paused.counters.queued),
            (None, 2)
        );

        server.behave();
        house.resume(run).await;
        let run = house.wait_until_finished(run).await;
        assert_eq!(run.counters.accepted, 2);
        house.close(&server).await;
    }
}

#[tokio::test]
async fn once_the_relay_is_given_up_nobody_tries_it_until_somebody_says_so() {
    let server = SmtpServer::start();
    server
        .on(Stage::Banner)
        .reply_and_close("421 4.3.2 Going down");
    let settings = [
        ("relay.connections", "8"),
        ("sending.relay_patience", "10m"),
    ];
    let house = House::with(&server, &settings).await;
    let recipients = house.recipients(50).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    down(&house).await;
    until("both that may begin have failed", async || {
        (server.log().sessions.len() >= 2).then_some(())
    })
    .await;
    house.pass(10 * MINUTE);
    house
        .wait_for(run, "the run is paused", |run| {
            run.state == RunState::Paused
        })
        .await;
    assert_eq!(server.log().sessions.len(), 3, "one try after the two");
    server.behave();
    house.engine_has_gone_round().await;
    assert_eq!(house.relay_down().await, None);
    assert_eq!(house.run(run).await.counters.queued, 50);
    house.close(&server).await;
}

#[tokio::test]
async fn a_relay_that_takes_fewer_connections_than_it_is_offered_is_not_given_up() {
    let server = SmtpServer::start();
    let (second, third) = (Gate::default(), Gate::default());
    // The first connection is taken, every other one is not.
    server.on(Stage::Banner).nth(1).behaves();
    server
        .on(Stage::Banner)
        .reply_and_close("421 4.7.0 Too many connections");
    server.on(Stage::Dot).nth(2).held_by(&second).behaves();
    server.on(Stage::Dot).nth(3).held_by(&third).behaves();
    let settings = [
        ("relay.connections", "2"),
        ("sending.relay_patience", "10m"),
    ];
    let house = House::with(&server, &settings).await;
    let recipients = house.recipients(10).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    second.reached_by(1).await;
    let relay = down(&house).await;
    house.pass(9 * MINUTE);
    second.open();
    third.reached_by(1).await;
    let relay = down_again(&house, &relay).await;
    // 18 minutes after the first refusal, but 9 after the last mail that got through.
    house.pass(9 * MINUTE);
    down_again(&house, &relay).await;
    third.open();
    let open = house
        .wait_for(run, "all that it takes has gone out", |run| {
            run.counters.accepted >= 9
        })
        .await;
    assert_ne!(open.state, RunState::Paused);
    server.behave();
    house.pass(MINUTE);
    assert_eq!(house.wait_until_finished(run).await.counters.accepted, 10);
    house.close(&server).await;
}

#[tokio::test]
async fn a_run_can_be_paused_and_cancelled_while_the_relay_is_away() {
    let server = SmtpServer::closed(Abilities::default());
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA, BORIS]).await;
    let relay = down(&house).await;
    house.cancel(run).await;
    server.listen();
    house.pass(relay.next_try_at - START);
    house.engine_has_gone_round().await;
    assert!(server.transactions_of(ANNA).is_empty());
    assert_eq!(house.run(run).await.counters.skipped, 2);
    house.close(&server).await;
}

#[tokio::test]
async fn a_connection_that_the_relay_closed_while_idle_costs_nobody_a_try() {
    all_together(Manner::ASKING.to_vec(), async |manner| {
        let server = SmtpServer::start_as(manner);
        let gate = Gate::default();
        server
            .on(Stage::Dot)
            .of(ANNA)
            .held_by(&gate)
            .reply_and_close("250 2.0.0 Ok");
        let house = House::sending_through(&server).await;
        let run = house.send_to(&[ANNA, BORIS]).await;
        gate.reached_by(1).await;
        gate.open();
        let run = house.wait_until_finished(run).await;
        assert_eq!(run.counters.accepted, 2, "{manner:?}");
        let down = house.relay_down().await;
        assert_eq!(down, None, "{manner:?}: nor does it wait for anything");
        let delivery = house.delivery(run.id, BORIS).await;
        assert_eq!(delivery.attempts, 1, "{manner:?}");
        house.close(&server).await;
    })
    .await;
}

#[tokio::test]
async fn stopping_does_not_wait_for_a_relay_that_is_away() {
    let server = SmtpServer::closed(Abilities::default());
    let mut house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA]).await;
    down(&house).await;
    house.stop().await;
    assert_eq!(house.run(run).await.counters.queued, 1);
    house.close(&server).await;
}
