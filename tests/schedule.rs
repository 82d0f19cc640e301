//! Mailings that start by themselves: when, once, and when not.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use mailapp::actions::{self, ActionError, Whom};
use mailapp::domain::Id;
use mailapp::domain::accounts::user::Actor;
use mailapp::domain::accounts::user::StartedBy;
use support::app::{DAY, HOUR, House, START};
use support::smtp::SmtpServer;

const ANNA: &str = "anna@example.ru";

/// A mailing to Anna, planned for in an hour and to end in a day.
async fn planned(house: &House, automatic: bool) -> Id {
    let recipient = house.recipient(ANNA).await;
    let message = house.message("Новости", "Добрый день!").await;
    let window = (START + HOUR, START + DAY);
    house
        .mailing_between(message, &[recipient], window, automatic)
        .await
}

async fn started(house: &House) -> Vec<Id> {
    actions::start_due_mailings(&house.app).await.unwrap()
}

#[tokio::test]
async fn a_mailing_whose_start_has_come_is_sent_once() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    planned(&house, true).await;
    house.pass(HOUR - 1);
    assert_eq!(
        started(&house).await,
        [0; 0],
        "a millisecond before its time"
    );
    house.pass(1);
    let runs = started(&house).await;
    let [run] = runs.as_slice() else {
        panic!("one run, not {runs:?}");
    };
    let run = house.wait_until_finished(*run).await;
    assert_eq!(
        (run.started_by, run.started_at),
        (StartedBy::Schedule, START + HOUR)
    );
    assert_eq!(started(&house).await, [0; 0], "not again");
    server.mail_to(ANNA);
    house.close(&server).await;
}

#[tokio::test]
async fn two_processes_that_look_at_the_same_time_start_it_once() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let neighbour = house.neighbour();
    planned(&house, true).await;
    house.pass(2 * HOUR);
    let (here, there) = tokio::join!(started(&house), started(&neighbour));
    let runs: Vec<Id> = here.into_iter().chain(there).collect();
    assert_eq!(runs.len(), 1);
    house.wait_until_finished(runs[0]).await;
    server.mail_to(ANNA);
    drop(neighbour);
    house.close(&server).await;
}

#[tokio::test]
async fn whoever_comes_late_does_not_start_a_mailing_that_has_finished_meanwhile() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let mailing = planned(&house, true).await;
    house.pass(2 * HOUR);
    let runs = started(&house).await;
    house.wait_until_finished(runs[0]).await;
    // Another process found it due before that, and acts now.
    let late = actions::send_mailing(&house.app, &Actor::Schedule, mailing, Whom::All).await;
    assert!(matches!(late, Err(ActionError::Refused(why)) if why.key == "refused-already-started"));
    server.mail_to(ANNA);
    house.close(&server).await;
}

#[tokio::test]
async fn a_start_that_was_slept_through_is_made_up_for_before_the_end_and_not_after_it() {
    for (asleep, starts) in [(20 * HOUR, 1), (DAY, 0)] {
        let server = SmtpServer::start();
        let house = House::sending_through(&server).await;
        planned(&house, true).await;
        house.pass(asleep);
        let runs = started(&house).await;
        assert_eq!(runs.len(), starts);
        for run in runs {
            house.wait_until_finished(run).await;
        }
        assert_eq!(server.mails_to(ANNA).len(), starts);
    }
}

#[tokio::test]
async fn a_mailing_that_was_sent_by_hand_does_not_start_by_itself() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let mailing = planned(&house, true).await;
    let run = house.send(mailing).await;
    house.wait_until_finished(run).await;
    house.pass(2 * HOUR);
    assert_eq!(started(&house).await, [0; 0]);
    server.mail_to(ANNA);
    house.close(&server).await;
}

#[tokio::test]
async fn a_mailing_without_the_box_ticked_does_not_start_by_itself() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let mailing = planned(&house, false).await;
    house.pass(2 * HOUR);
    assert_eq!(started(&house).await, [0; 0]);
    // It is not that nothing would be sent.
    let run = house.send(mailing).await;
    house.wait_until_finished(run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn a_mailing_that_must_not_be_sent_does_not_start_by_itself() {
    for obstacle in [
        "UPDATE mailings SET disabled_at = 1, disabled_reason = 'спам'",
        "UPDATE users SET blocked_at = 1",
        "UPDATE mailings SET deleted_at = 1",
    ] {
        let server = SmtpServer::start();
        let house = House::sending_through(&server).await;
        planned(&house, true).await;
        house.execute(obstacle).await;
        house.pass(2 * HOUR);
        assert_eq!(started(&house).await, [0; 0], "{obstacle}");
        assert!(server.transactions().is_empty());
    }
}

#[tokio::test]
async fn one_mailing_that_cannot_start_does_not_keep_the_others_from_it() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let message = house.message("Новости", "Добрый день!").await;
    let window = (START + HOUR, START + DAY);
    house.mailing_between(message, &[], window, true).await;
    planned(&house, true).await;
    house.pass(2 * HOUR);
    let runs = started(&house).await;
    assert_eq!(runs.len(), 1);
    house.wait_until_finished(runs[0]).await;
    server.mail_to(ANNA);
    house.close(&server).await;
}
