//! What waits for a recipient follows the recipient: deleted, renamed, moved, unsubscribed.

use mailapp::actions::{self, Whom};
use mailapp::domain::Id;
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::delivery::doubt::Decision;
use mailapp::domain::mailings::run::RunState;
use mailapp::store::{StoreError, doctor};

use crate::ANNA;
use crate::support::app::{HOUR, House};
use crate::support::smtp::{Gate, SmtpServer, Stage};

const BORIS: &str = "boris@example.ru";
const VERA: &str = "vera@example.ru";
/// Where Boris is to be mailed from now on.
const NEW: &str = "boris@new.example";

async fn delete(house: &House, recipient: Id) {
    actions::delete_recipient(&house.app, &house.actor(), recipient)
        .await
        .unwrap();
}

async fn change(house: &House, recipient: Id, email: &str, name: &str) {
    let draft = RecipientDraft::parse(email, name, "").unwrap();
    actions::update_recipient(&house.app, &house.actor(), recipient, draft)
        .await
        .unwrap();
}

/// A mailing to Anna, Boris and Vera, and Boris's number.
async fn mailing(house: &House) -> (Id, Id) {
    let mut recipients = Vec::new();
    for email in [ANNA, BORIS, VERA] {
        recipients.push(house.recipient_named(email, "Имя").await);
    }
    let message = house.message("Новости", "Здравствуйте, {{ name }}!").await;
    (house.mailing(message, &recipients).await, recipients[1])
}

/// A run that was paused while its first mail, Anna's, was in flight; and Boris's number.
async fn paused(house: &House, server: &SmtpServer) -> (Id, Id) {
    let gate = Gate::default();
    server.on(Stage::Dot).of(ANNA).held_by(&gate).behaves();
    let (mailing, boris) = mailing(house).await;
    let run = house.send(mailing).await;
    gate.reached_by(1).await;
    house.pause(run).await;
    gate.open();
    house
        .wait_for(run, "nothing is in flight", |run| run.counters.trying == 0)
        .await;
    (run, boris)
}

/// A run that waits for Boris alone, who was put off once; and his number.
async fn deferred(house: &House, server: &SmtpServer) -> (Id, Id) {
    let later = server.on(Stage::Rcpt);
    later.of(BORIS).first(1).reply("451 4.7.1 Come back later");
    let (mailing, boris) = mailing(house).await;
    let run = house.send(mailing).await;
    house
        .wait_for(run, "he waits", |run| {
            (run.counters.accepted, run.counters.deferred) == (2, 1)
        })
        .await;
    (run, boris)
}

/// Ends a test; what the doctor looks at is sound as well.
async fn close(house: House, server: &SmtpServer) {
    let found: Result<_, StoreError> = house.store().read(doctor::examine).await;
    for finding in found.unwrap() {
        assert!(finding.ok, "{finding:?}");
    }
    house.close(server).await;
}

async fn is_skipped(house: &House, run: Id, email: &str, why: &str) {
    let delivery = house.delivery(run, email).await;
    assert_eq!(
        (delivery.state.as_str(), delivery.reason.as_deref()),
        ("skipped", Some(why))
    );
}

#[tokio::test]
async fn whoever_is_deleted_while_a_run_is_paused_is_not_mailed_when_it_goes_on() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let (run, boris) = paused(&house, &server).await;
    delete(&house, boris).await;
    let counters = house.run(run).await.counters;
    assert_eq!((counters.queued, counters.skipped), (1, 1));
    is_skipped(&house, run, BORIS, "deleted").await;
    house.resume(run).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.skipped), (2, 1));
    assert!(server.transactions_of(BORIS).is_empty());
    // Nor by a run to those that were not reached.
    assert!(house.try_send(run.mailing_id, Whom::Failed).await.is_err());
    close(house, &server).await;
}

#[tokio::test]
async fn whoever_is_deleted_while_the_server_puts_them_off_is_not_tried_again() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let (run, boris) = deferred(&house, &server).await;
    delete(&house, boris).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.state, RunState::Finished, "nobody is left to wait for");
    is_skipped(&house, run.id, BORIS, "deleted").await;
    close(house, &server).await;
}

#[tokio::test]
async fn whoever_is_deleted_while_their_mail_is_in_flight_is_not_tried_again() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    let later = server.on(Stage::Dot).of(BORIS).first(1).held_by(&gate);
    later.reply("451 4.3.0 Come back later");
    let house = House::sending_through(&server).await;
    let (mailing, boris) = mailing(&house).await;
    let run = house.send(mailing).await;
    gate.reached_by(1).await;
    delete(&house, boris).await;
    gate.open();
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.skipped), (2, 1));
    is_skipped(&house, run.id, BORIS, "deleted").await;
    assert_eq!(server.transactions_of(BORIS).len(), 1);
    close(house, &server).await;
}

#[tokio::test]
async fn an_account_that_is_deleted_while_its_run_is_paused_mails_nobody_more() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let (run, _) = paused(&house, &server).await;
    actions::delete_user(
        &house.app,
        &mailapp::domain::accounts::user::Actor::CommandLine,
        house.owner,
    )
    .await
    .unwrap();
    let open = "SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'trying')";
    crate::support::until("nothing waits", async || {
        let waiting = house.query(open, |row| row.get::<_, i64>(0)).await;
        (waiting == [0]).then_some(())
    })
    .await;
    is_skipped(&house, run, BORIS, "cancelled").await;
    assert_eq!(server.transactions().len(), 1, "Anna's alone");
    close(house, &server).await;
}

#[tokio::test]
async fn an_address_that_is_mended_while_a_run_is_paused_is_the_one_that_is_mailed() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let (run, boris) = paused(&house, &server).await;
    change(&house, boris, NEW, "Борис").await;
    house.resume(run).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.total, run.counters.accepted), (3, 3));
    assert!(server.transactions_of(BORIS).is_empty());
    assert_eq!(server.mail_to(NEW).text(), "Здравствуйте, Борис!");
    close(house, &server).await;
}

#[tokio::test]
async fn an_address_that_is_mended_just_before_its_turn_is_the_one_that_is_mailed() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).of(ANNA).held_by(&gate).behaves();
    let house = House::sending_through(&server).await;
    let (mailing, boris) = mailing(&house).await;
    let run = house.send(mailing).await;
    // The server has been told of Boris behind Anna's mail.
    gate.reached_by(1).await;
    change(&house, boris, NEW, "Борис").await;
    gate.open();
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.total, run.counters.accepted), (3, 3));
    assert!(server.mails_to(BORIS).is_empty(), "no mail went there");
    assert_eq!(server.mail_to(NEW).text(), "Здравствуйте, Борис!");
    close(house, &server).await;
}

#[tokio::test]
async fn an_address_that_is_mended_after_a_try_is_mailed_and_the_try_stays_the_old_ones() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let (run, boris) = deferred(&house, &server).await;
    change(&house, boris, NEW, "Борис").await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.total, run.counters.accepted), (4, 3));
    is_skipped(&house, run.id, BORIS, "address_changed").await;
    assert_eq!(house.attempts_for(run.id, BORIS).await.len(), 1);
    assert_eq!(house.attempts_for(run.id, NEW).await.len(), 1);
    assert!(server.mails_to(BORIS).is_empty());
    server.mail_to(NEW);
    assert!(
        house.try_send(run.mailing_id, Whom::Failed).await.is_err(),
        "everybody has it"
    );
    close(house, &server).await;
}

#[tokio::test]
async fn an_address_that_is_mended_while_its_mail_is_in_flight_is_mailed_if_that_one_fails() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    let later = server.on(Stage::Dot).of(BORIS).first(1).held_by(&gate);
    later.reply("451 4.3.0 Come back later");
    let house = House::sending_through(&server).await;
    let (mailing, boris) = mailing(&house).await;
    let run = house.send(mailing).await;
    gate.reached_by(1).await;
    change(&house, boris, NEW, "Борис").await;
    gate.open();
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.total, run.counters.accepted), (4, 3));
    is_skipped(&house, run.id, BORIS, "address_changed").await;
    server.mail_to(NEW);
    close(house, &server).await;
}

#[tokio::test]
async fn a_name_that_is_mended_does_not_change_a_mail_that_was_tried() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let (run, boris) = deferred(&house, &server).await;
    change(&house, boris, "boris@EXAMPLE.ru", "Борис").await;
    house.pass(HOUR);
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.total, run.counters.accepted), (3, 3));
    assert_eq!(server.mail_to(BORIS).text(), "Здравствуйте, Имя!");
    close(house, &server).await;
}

#[tokio::test]
async fn an_address_that_has_unsubscribed_is_not_mailed_as_somebodys_new_one() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let first = house.send_to(&[NEW]).await;
    house.wait_until_finished(first).await;
    let link = house.delivery(first, NEW).await.id;
    let token = house.app.unsubscribe.token(link);
    actions::unsubscribe(&house.app, &token).await.unwrap();
    let there = house
        .query("SELECT id FROM recipients", |row| row.get(0))
        .await[0];
    delete(&house, there).await;

    let (run, boris) = paused(&house, &server).await;
    change(&house, boris, NEW, "Борис").await;
    house.resume(run).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.skipped), (2, 1));
    is_skipped(&house, run.id, BORIS, "unsubscribed").await;
    assert_eq!(server.mails_to(NEW).len(), 1, "the one before");
    close(house, &server).await;
}

#[tokio::test]
async fn what_is_sent_again_goes_to_the_address_of_today_and_to_nobody_who_was_deleted() {
    let server = SmtpServer::start();
    for email in [BORIS, VERA] {
        server.on(Stage::Dot).of(email).first(1).close();
    }
    let house = House::with(&server, &[("sending.on_doubt", "hold")]).await;
    let (mailing, boris) = mailing(&house).await;
    let run = house.send(mailing).await;
    let open = house.wait_until_finished(run).await;
    assert_eq!((open.counters.accepted, open.counters.in_doubt), (1, 2));
    let vera = "SELECT id FROM recipients WHERE email = 'vera@example.ru'";
    let vera = house.query(vera, |row| row.get(0)).await[0];
    change(&house, boris, NEW, "Борис").await;
    delete(&house, vera).await;
    let settled = actions::settle_doubt(&house.app, &house.actor(), run, None, Decision::SendAgain)
        .await
        .unwrap();
    assert_eq!((settled.count, settled.unsubscribed), (1, 1));
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.total, run.counters.accepted), (4, 2));
    assert_eq!((run.counters.in_doubt, run.undecided()), (2, 1));
    server.mail_to(NEW);
    assert_eq!(server.transactions_of(BORIS).len(), 1);
    assert_eq!(server.transactions_of(VERA).len(), 1);
    close(house, &server).await;
}

#[tokio::test]
async fn an_old_link_unsubscribes_the_address_that_its_recipient_has_now_as_well() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let (mailing, boris) = mailing(&house).await;
    let first = house.send(mailing).await;
    house.wait_until_finished(first).await;
    let link = house.delivery(first, BORIS).await.id;
    change(&house, boris, NEW, "Борис").await;
    let (later, other) = (server.on(Stage::Rcpt), "r1@example.ru");
    later.of(NEW).first(1).reply("451 4.7.1 Come back later");
    let second = house.send(mailing).await;
    house
        .wait_for(second, "he waits", |run| run.counters.deferred == 1)
        .await;
    let token = house.app.unsubscribe.token(link);
    actions::unsubscribe(&house.app, &token).await.unwrap();
    let run = house.wait_until_finished(second).await;
    assert_eq!((run.counters.accepted, run.counters.skipped), (2, 1));
    is_skipped(&house, run.id, NEW, "unsubscribed").await;
    // Neither of his addresses is mailed any more, and everybody else's is.
    house.recipient(BORIS).await;
    let message = house.message("Новости", "Добрый день!").await;
    house.recipient(other).await;
    let all = house
        .query("SELECT id FROM recipients", |row| row.get(0))
        .await;
    let third = house.mailing(message, &all).await;
    let third = house.send(third).await;
    let third = house.wait_until_finished(third).await;
    assert_eq!((third.counters.accepted, third.counters.skipped), (3, 2));
    close(house, &server).await;
}
