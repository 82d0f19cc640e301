//! The unsubscribe link where there is nothing that it could lead to, and where it leads elsewhere.

use mailapp::actions::{self, ActionError, Whom};
use mailapp::domain::Id;
use mailapp::domain::mailings::run::{PauseReason, RunState};

use crate::support::app::{DAY, HOUR, House, START};
use crate::support::smtp::SmtpServer;
use crate::{ANNA, is_well_formed, send};

const BODY: &str = "Добрый день! Отписаться: {{ unsubscribe_url }}";

async fn linked(house: &House) -> Id {
    let recipient = house.recipient(ANNA).await;
    let message = house.message("Новости", BODY).await;
    house.mailing(message, &[recipient]).await
}

#[tokio::test]
async fn without_a_base_url_a_mailing_with_an_unsubscribe_link_is_not_sent() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let mailing = linked(&house).await;
    match house.try_send(mailing, Whom::All).await {
        Err(ActionError::Refused(phrase)) => assert_eq!(phrase.key, "refused-no-base-url"),
        other => panic!("{other:?}"),
    }
    // Nor by itself, when its time has come.
    let recipient = house.recipient("boris@example.ru").await;
    let message = house.message("Новости", BODY).await;
    let window = (START + HOUR, START + DAY);
    house
        .mailing_between(message, &[recipient], window, true)
        .await;
    house.pass(HOUR);
    for _ in 0..2 {
        let started = actions::start_due_mailings(&house.app).await.unwrap();
        assert_eq!(started, [0; 0]);
    }
    let runs = "SELECT count(*) FROM runs";
    assert_eq!(house.query(runs, |row| row.get::<_, i64>(0)).await, [0]);
    // Another process knows an address, but it is not the one that would send.
    let linking = house.neighbour_with(&[("base_url", "https://lists.example.ru")]);
    let started = actions::start_due_mailings(&linking.app).await.unwrap();
    assert_eq!(started, [0; 0]);
    assert!(server.transactions().is_empty());
    send(&house, ("vera@example.ru", ""), ("Новости", "Без ссылки")).await;
    house.close(&server).await;
}

#[tokio::test]
async fn what_is_said_in_place_of_the_link_goes_out_where_there_is_none() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let body = "Отписаться: {{ unsubscribe_url | ответьте на это письмо }}";
    send(&house, (ANNA, ""), ("Новости", body)).await;
    let mail = server.mail_to(ANNA);
    assert_eq!(mail.text(), "Отписаться: ответьте на это письмо");
    assert_eq!(mail.header("List-Unsubscribe"), None);
    house.close(&server).await;
}

#[tokio::test]
async fn a_run_that_is_under_way_when_the_base_url_goes_waits_until_it_is_back() {
    let server = SmtpServer::start();
    let mut house = House::asleep(&server, &[("base_url", "https://lists.example.ru")]).await;
    let mailing = linked(&house).await;
    let run = house.send(mailing).await;

    let mut without = house.neighbour_with(&[("base_url", "")]);
    without.start();
    let paused = without
        .wait_for(run, "it is paused", |run| run.state == RunState::Paused)
        .await;
    assert_eq!(paused.pause_reason, Some(PauseReason::BaseUrl));
    assert_eq!((paused.counters.queued, paused.counters.refused), (1, 0));
    crate::support::until("its owner hears of it", async || {
        (without.letters().await.len() == 1).then_some(())
    })
    .await;
    match actions::resume_run(&without.app, &without.actor(), run).await {
        Err(ActionError::Refused(phrase)) => assert_eq!(phrase.key, "refused-no-base-url"),
        other => panic!("{other:?}"),
    }
    without.stop().await;
    assert!(server.transactions().is_empty());

    house.start();
    house.resume(run).await;
    house.wait_until_finished(run).await;
    let text = server.mail_to(ANNA).text();
    assert!(text.contains("https://lists.example.ru/u/"), "{text}");
    house.close(&server).await;
}

#[tokio::test]
async fn a_base_url_in_russian_letters_stands_in_mails_as_a_labels() {
    let server = SmtpServer::start();
    let house = House::with(&server, &[("base_url", "https://Рассылки.рф/")]).await;
    send(&house, (ANNA, ""), ("Новости", BODY)).await;
    let mail = server.mail_to(ANNA);
    is_well_formed(&mail);
    let header = mail.header("List-Unsubscribe").unwrap();
    assert!(
        header.starts_with("<https://xn--80aqfdxha4f.xn--p1ai/u/"),
        "{header}"
    );
    let url = header.trim_start_matches('<').trim_end_matches('>');
    assert!(mail.text().ends_with(url), "{}", mail.text());
    house.close(&server).await;
}
