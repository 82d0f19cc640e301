//! A run from its start to its end: paused, resumed, called off, stopped by a manager, repeated.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use std::collections::BTreeSet;

use mailapp::actions::{self, ActionError, Whom};
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::run::{PauseReason, RunState};
use support::app::{House, addresses};
use support::smtp::{Gate, SmtpServer, Stage, Transaction};

#[tokio::test]
async fn after_a_pause_has_committed_no_further_mail_is_begun() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).nth(3).held_by(&gate).behaves();
    let house = House::sending_through(&server).await;
    let recipients = house.recipients(20).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    gate.reached_by(1).await;
    house.pause(run).await;
    gate.open();
    let paused = house
        .wait_for(run, "the mail in flight is settled", |run| {
            run.counters.trying == 0
        })
        .await;
    assert_eq!(
        (paused.state, paused.pause_reason),
        (RunState::Paused, Some(PauseReason::Asked))
    );
    assert_eq!((paused.counters.accepted, paused.counters.queued), (3, 17));
    house.engine_has_gone_round().await;
    let begun = server
        .transactions()
        .iter()
        .filter(|one| !one.recipient().contains("marker"))
        .count();
    assert_eq!(begun, 3, "only what was in flight has gone out");

    house.resume(run).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 20);
    for address in addresses(20) {
        server.mail_to(&address);
    }
    house.close(&server).await;
}

#[tokio::test]
async fn a_cancelled_run_skips_the_rest_and_says_why() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).nth(2).held_by(&gate).behaves();
    let house = House::sending_through(&server).await;
    let run = house
        .send_to(&[
            "a@example.ru",
            "b@example.ru",
            "c@example.ru",
            "d@example.ru",
        ])
        .await;
    gate.reached_by(1).await;
    house.cancel(run).await;
    gate.open();
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.state, RunState::Cancelled);
    assert_eq!((run.counters.accepted, run.counters.skipped), (2, 2));
    let reasons: Vec<_> = house
        .deliveries(run.id)
        .await
        .into_iter()
        .map(|delivery| (delivery.state, delivery.reason))
        .collect();
    let cancelled = ("skipped".to_owned(), Some("cancelled".to_owned()));
    assert_eq!(reasons[2..], [cancelled.clone(), cancelled]);
    house.engine_has_gone_round().await;
    assert!(server.transactions_of("c@example.ru").is_empty());
    house.close(&server).await;
}

#[tokio::test]
async fn a_mail_in_flight_that_is_deferred_after_the_cancel_is_skipped() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server
        .on(Stage::Dot)
        .held_by(&gate)
        .reply("451 4.3.0 Later");
    let house = House::sending_through(&server).await;
    let run = house.send_to(&["anna@example.ru"]).await;
    gate.reached_by(1).await;
    house.cancel(run).await;
    gate.open();
    house.wait_until_finished(run).await;
    let delivery = house.delivery(run, "anna@example.ru").await;
    assert_eq!(
        (delivery.state.as_str(), delivery.reason.as_deref()),
        ("skipped", Some("cancelled"))
    );
    house.close(&server).await;
}

#[tokio::test]
async fn sending_to_those_that_failed_reaches_exactly_those() {
    let server = SmtpServer::start();
    for refused in ["b@example.ru", "d@example.ru"] {
        server
            .on(Stage::Rcpt)
            .of(refused)
            .reply("550 5.1.1 No such user");
    }
    let house = House::sending_through(&server).await;
    let mailing = house
        .mailing_to(&[
            "a@example.ru",
            "b@example.ru",
            "c@example.ru",
            "d@example.ru",
        ])
        .await;
    let first = house.send(mailing).await;
    house.wait_until_finished(first).await;
    server.behave();
    let second = house.try_send(mailing, Whom::Failed).await.unwrap();
    let second = house.wait_until_finished(second).await;
    assert!(second.failed_only);
    assert_eq!((second.counters.total, second.counters.accepted), (2, 2));
    for address in [
        "a@example.ru",
        "b@example.ru",
        "c@example.ru",
        "d@example.ru",
    ] {
        server.mail_to(address);
    }
    let third = house.try_send(mailing, Whom::Failed).await;
    assert!(
        matches!(&third, Err(ActionError::NothingToSend(why)) if why.key == "refused-nobody-failed"),
        "{third:?}"
    );
    house.close(&server).await;
}

#[tokio::test]
async fn a_mailing_that_is_being_sent_is_not_sent_twice_at_once() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).held_by(&gate).behaves();
    let house = House::sending_through(&server).await;
    let mailing = house
        .mailing_to(&["anna@example.ru", "boris@example.ru"])
        .await;
    let run = house.send(mailing).await;
    gate.reached_by(1).await;
    let again = house.try_send(mailing, Whom::All).await;
    assert!(
        matches!(&again, Err(ActionError::Refused(why)) if why.key == "refused-run-active"),
        "{again:?}"
    );
    gate.open();
    house.wait_until_finished(run).await;
    assert_eq!(server.transactions().len(), 2);
    house.close(&server).await;
}

#[tokio::test]
async fn a_mailing_sent_again_is_a_new_run_to_all_with_mails_of_its_own() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let mailing = house
        .mailing_to(&["anna@example.ru", "boris@example.ru"])
        .await;
    let first = house.send(mailing).await;
    house.wait_until_finished(first).await;
    let second = house.send(mailing).await;
    house.wait_until_finished(second).await;
    assert_ne!(first, second);
    for address in ["anna@example.ru", "boris@example.ru"] {
        let ids: BTreeSet<_> = server
            .mails_to(address)
            .iter()
            .map(Transaction::message_id)
            .collect();
        assert_eq!(ids.len(), 2, "two mails, two Message-IDs");
    }
    house.close(&server).await;
}

#[tokio::test]
async fn whoever_has_unsubscribed_is_skipped_and_the_run_says_so() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let mailing = house
        .mailing_to(&["anna@example.ru", "boris@example.ru"])
        .await;
    let first = house.send(mailing).await;
    house.wait_until_finished(first).await;
    let delivery = house.delivery(first, "boris@example.ru").await;
    let token = house.app.unsubscribe.token(delivery.id);
    actions::unsubscribe(&house.app, &token).await.unwrap();
    let second = house.send(mailing).await;
    let second = house.wait_until_finished(second).await;
    assert_eq!((second.counters.accepted, second.counters.skipped), (1, 1));
    let skipped = house.delivery(second.id, "boris@example.ru").await;
    assert_eq!(skipped.reason.as_deref(), Some("unsubscribed"));
    assert_eq!(server.transactions_of("boris@example.ru").len(), 1);
    house.close(&server).await;
}

#[tokio::test]
async fn an_edited_message_does_not_change_a_run_that_has_started() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).nth(1).held_by(&gate).behaves();
    let house = House::sending_through(&server).await;
    let recipients = house.recipients(3).await;
    let message = house.message("До правки", "Старый текст").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    gate.reached_by(1).await;
    let draft = MessageDraft::parse("После правки", "Новый текст").unwrap();
    actions::update_message(&house.app, &house.actor(), message, draft)
        .await
        .unwrap();
    gate.open();
    house.wait_until_finished(run).await;
    for address in addresses(3) {
        let mail = server.mail_to(&address);
        assert_eq!(
            (mail.subject(), mail.text()),
            ("До правки".into(), "Старый текст".into())
        );
    }
    let again = house.send(mailing).await;
    house.wait_until_finished(again).await;
    let newest = server.mails_to("r1@example.ru").pop().unwrap();
    assert_eq!(newest.subject(), "После правки");
    house.close(&server).await;
}

#[tokio::test]
async fn nothing_starts_once_a_mailing_is_switched_off_or_its_owner_blocked() {
    for (change, reason) in [
        (
            "UPDATE mailings SET disabled_at = 1, disabled_reason = 'спам'",
            PauseReason::SwitchedOff,
        ),
        (
            "UPDATE users SET blocked_at = 1 WHERE email = 'olga@example.ru'",
            PauseReason::OwnerBlocked,
        ),
    ] {
        let server = SmtpServer::start();
        let gate = Gate::default();
        server.on(Stage::Dot).nth(1).held_by(&gate).behaves();
        let house = House::sending_through(&server).await;
        let run = house
            .send_to(&["a@example.ru", "b@example.ru", "c@example.ru"])
            .await;
        gate.reached_by(1).await;
        house.execute(change).await;
        gate.open();
        let run = house
            .wait_for(run, "the run is paused", |run| {
                run.state == RunState::Paused && run.counters.trying == 0
            })
            .await;
        assert_eq!(run.pause_reason, Some(reason));
        assert_eq!((run.counters.accepted, run.counters.queued), (1, 2));
        assert_eq!(server.transactions().len(), 1);
        house.close(&server).await;
    }
}

#[tokio::test]
async fn whoever_unsubscribes_while_a_run_is_under_way_is_not_mailed_by_it() {
    let server = SmtpServer::start();
    let boris = "boris@example.ru";
    let later = server.on(Stage::Rcpt);
    later.of(boris).first(1).reply("451 4.7.1 Come back later");
    let house = House::sending_through(&server).await;
    let run = house.send_to(&["anna@example.ru", boris]).await;
    house
        .wait_for(run, "he waits", |run| {
            (run.counters.accepted, run.counters.deferred) == (1, 1)
        })
        .await;
    let delivery = house.delivery(run, boris).await;
    let token = house.app.unsubscribe.token(delivery.id);
    actions::unsubscribe(&house.app, &token).await.unwrap();
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.skipped), (1, 1));
    let skipped = house.delivery(run.id, boris).await;
    assert_eq!(skipped.reason.as_deref(), Some("unsubscribed"));
    assert!(server.mails_to(boris).is_empty());
    house.close(&server).await;
}
