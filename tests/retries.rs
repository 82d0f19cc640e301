//! Temporary refusals: when a mail is tried again, that it is the same mail, and when it is no
//! longer tried.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use mailapp::actions::{ActionError, Whom};
use mailapp::domain::delivery::Outcome;
use mailapp::domain::mailings::run::{PauseReason, RunState};
use support::app::{DAY, HOUR, House, MINUTE, START};
use support::smtp::{Gate, SmtpServer, Stage};

#[tokio::test]
async fn a_deferred_mail_is_tried_again_when_its_time_has_come_and_is_the_same_mail() {
    let server = SmtpServer::start();
    server
        .on(Stage::Dot)
        .of("anna@example.ru")
        .first(1)
        .reply("451 4.7.1 Greylisted");
    let house = House::sending_through(&server).await;
    let run = house
        .send_to(&["anna@example.ru", "boris@example.ru"])
        .await;
    let open = house
        .wait_for(run, "one is accepted and one deferred", |run| {
            (run.counters.accepted, run.counters.deferred) == (1, 1)
        })
        .await;
    assert_eq!((open.state, open.finished_at), (RunState::Active, None));
    let due_at = house.delivery(run, "anna@example.ru").await.due_at;
    assert_eq!(open.next_due_at, Some(due_at));
    assert!((START + 5 * MINUTE..=START + 5 * MINUTE + 30_000).contains(&due_at));

    house.pass(due_at - START - 1);
    house.engine_has_gone_round().await;
    assert_eq!(
        server.transactions_of("anna@example.ru").len(),
        1,
        "a millisecond too early"
    );

    house.pass(1);
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.finished_at), (2, Some(due_at)));
    let mails = server.mails_to("anna@example.ru");
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].message_id(), mails[1].message_id());
    let outcomes: Vec<_> = house
        .attempts_for(run.id, "anna@example.ru")
        .await
        .into_iter()
        .map(|attempt| (attempt.nth, attempt.outcome, attempt.code))
        .collect();
    assert_eq!(
        outcomes,
        [
            (1, Outcome::Deferred, Some(451)),
            (2, Outcome::Accepted, Some(250))
        ]
    );
    house.close(&server).await;
}

#[tokio::test]
async fn retries_come_after_the_delays_that_are_set_and_a_tenth_at_most() {
    let server = SmtpServer::start();
    server
        .on(Stage::Rcpt)
        .of("anna@example.ru")
        .reply("450 4.2.1 Busy");
    let house = House::with(&server, &[("sending.retry", "1m, 3m, 1h")]).await;
    let run = house.send_to(&["anna@example.ru"]).await;
    let mut now = START;
    for (tries, delay) in [
        (1, MINUTE),
        (2, 3 * MINUTE),
        (3, HOUR),
        (4, HOUR),
        (5, HOUR),
    ] {
        let found = house
            .wait_for(run, "the next try has been deferred", |run| {
                run.attempts.deferred == tries && run.counters.deferred == 1
            })
            .await;
        let next = found.next_due_at.unwrap();
        let waits = next - now;
        assert!(
            (delay..=delay + delay / 10).contains(&waits),
            "try {tries} waits {waits} ms"
        );
        house.pass(waits);
        now = next;
    }
    house.cancel(run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn a_deferred_recipient_does_not_hold_up_the_others() {
    let server = SmtpServer::start();
    server
        .on(Stage::Rcpt)
        .of("r1@example.ru")
        .reply("450 4.2.1 Busy");
    let house = House::sending_through(&server).await;
    let recipients = house.recipients(10).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    let run = house
        .wait_for(run, "all but one are accepted", |run| {
            run.counters.accepted == 9
        })
        .await;
    assert_eq!((run.counters.deferred, run.state), (1, RunState::Active));
    assert_eq!(server.log().sessions.len(), 1);
    house.cancel(run.id).await;
    house.close(&server).await;
}

#[tokio::test]
async fn nothing_is_tried_after_the_end_and_the_rest_is_expired() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server
        .on(Stage::Rcpt)
        .of("a@example.ru")
        .reply("450 4.2.1 Busy");
    server
        .on(Stage::Dot)
        .of("b@example.ru")
        .held_by(&gate)
        .reply("451 4.3.0 Later");
    let house = House::sending_through(&server).await;
    let mut recipients = Vec::new();
    for email in ["a@example.ru", "b@example.ru", "c@example.ru"] {
        recipients.push(house.recipient(email).await);
    }
    let message = house.message("Новости", "Добрый день!").await;
    let window = (START, START + MINUTE);
    let mailing = house
        .mailing_between(message, &recipients, window, false)
        .await;
    let run = house.send(mailing).await;
    gate.reached_by(1).await;
    // The end comes while one is deferred, one is in flight and one is next; nobody is told.
    house.clock.advance(MINUTE);
    gate.open();
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.state, run.counters.expired), (RunState::Finished, 3));
    house.pass(DAY);
    house.engine_has_gone_round().await;
    assert_eq!(server.transactions_of("a@example.ru").len(), 1);
    assert_eq!(server.transactions_of("b@example.ru").len(), 1);
    assert_eq!(server.transactions_of("c@example.ru").len(), 0);
    let refused = house.try_send(mailing, Whom::Failed).await;
    assert!(
        matches!(&refused, Err(ActionError::Refused(why)) if why.key == "refused-ended"),
        "{refused:?}"
    );
    house.close(&server).await;
}

#[tokio::test]
async fn a_mail_taken_after_the_end_still_counts_as_accepted() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).held_by(&gate).behaves();
    let house = House::sending_through(&server).await;
    let recipient = house.recipient("anna@example.ru").await;
    let message = house.message("Новости", "Добрый день!").await;
    let window = (START, START + MINUTE);
    let mailing = house
        .mailing_between(message, &[recipient], window, false)
        .await;
    let run = house.send(mailing).await;
    gate.reached_by(1).await;
    house.pass(HOUR);
    gate.open();
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.expired), (1, 0));
    house.close(&server).await;
}

#[tokio::test]
async fn a_paused_run_expires_at_the_end_and_says_what_kept_it() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server
        .on(Stage::Dot)
        .of("a@example.ru")
        .held_by(&gate)
        .behaves();
    let house = House::sending_through(&server).await;
    let run = house.send_to(&["a@example.ru", "b@example.ru"]).await;
    gate.reached_by(1).await;
    house.pause(run).await;
    gate.open();
    house.pass(8 * DAY);
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.state, RunState::Finished);
    assert_eq!((run.counters.accepted, run.counters.expired), (1, 1));
    let expired = house.delivery(run.id, "b@example.ru").await;
    assert_eq!(expired.reason.as_deref(), Some(PauseReason::Asked.name()));
    house.close(&server).await;
}

#[tokio::test]
async fn resuming_does_not_try_anybody_before_their_time() {
    let server = SmtpServer::start();
    server
        .on(Stage::Rcpt)
        .of("anna@example.ru")
        .first(1)
        .reply("451 4.7.1 Later");
    let house = House::sending_through(&server).await;
    let run = house.send_to(&["anna@example.ru"]).await;
    house
        .wait_for(run, "she is deferred", |run| run.counters.deferred == 1)
        .await;
    house.pause(run).await;
    house.resume(run).await;
    house.engine_has_gone_round().await;
    assert_eq!(server.transactions_of("anna@example.ru").len(), 1);
    house.pass(6 * MINUTE);
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 1);
    house.close(&server).await;
}

#[tokio::test]
async fn a_full_mailbox_that_empties_is_reached_and_one_that_closes_is_given_up() {
    let server = SmtpServer::start();
    server
        .on(Stage::Rcpt)
        .first(2)
        .reply("452 4.2.2 Mailbox full");
    server
        .on(Stage::Rcpt)
        .of("boris@example.ru")
        .nth(2)
        .reply("550 5.2.1 Closed");
    let house = House::sending_through(&server).await;
    let run = house
        .send_to(&["anna@example.ru", "boris@example.ru"])
        .await;
    house
        .wait_for(run, "both are deferred", |run| run.counters.deferred == 2)
        .await;
    house.pass(6 * MINUTE);
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.refused), (1, 1));
    assert_eq!(
        (
            run.attempts.deferred,
            run.attempts.refused,
            run.attempts.accepted
        ),
        (2, 1, 1)
    );
    house.close(&server).await;
}
