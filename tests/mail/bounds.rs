//! Mails that are not sent because of what they would be: too large, or without a subject.

use mailapp::actions::{ActionError, Whom};
use mailapp::domain::Id;
use mailapp::domain::delivery::Outcome;

use crate::ANNA;
use crate::support::app::House;
use crate::support::smtp::SmtpServer;

const BORIS: &str = "boris@example.ru";

/// A run to Anna, who has the longest name, and to Boris, who has this one; then its copy of the
/// message is changed into what an older version would have taken.
async fn run_of_before(server: &SmtpServer, boris: &str, change: &'static str) -> (House, Id) {
    let mut house = House::asleep(server, &[]).await;
    let anna = house.recipient_named(ANNA, &"🎄".repeat(200)).await;
    let boris = house.recipient_named(BORIS, boris).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &[anna, boris]).await;
    let run = house.send(mailing).await;
    house.execute(change).await;
    house.start();
    house.wait_until_finished(run).await;
    (house, run)
}

/// 700 names and as many full stops.
const NAMES: &str = "UPDATE runs SET body = replace(printf('%700s', ''), ' ', '{{ name }}.')";

#[tokio::test]
async fn a_mail_of_more_than_512_kib_of_text_is_not_sent_and_the_others_are() {
    let server = SmtpServer::start();
    let (house, run) = run_of_before(&server, "Борис", NAMES).await;
    let counters = house.run(run).await.counters;
    assert_eq!((counters.accepted, counters.refused), (1, 1));
    assert_eq!(server.mail_to(BORIS).text(), "Борис.".repeat(700));
    assert!(server.transactions_of(ANNA).is_empty());
    let attempt = house.attempts_for(run, ANNA).await.remove(0);
    assert_eq!((attempt.outcome, attempt.code), (Outcome::Refused, None));
    // 700 names of 800 octets, and 700 full stops.
    assert_eq!(attempt.text, "[too-large] 548 > 512 KB");
    house.close(&server).await;
}

#[tokio::test]
async fn a_mail_without_a_subject_is_not_sent_and_the_others_are() {
    let server = SmtpServer::start();
    let change = "UPDATE runs SET subject = ' {{ name }} '";
    let (house, run) = run_of_before(&server, "", change).await;
    let counters = house.run(run).await.counters;
    assert_eq!((counters.accepted, counters.refused), (1, 1));
    assert_eq!(server.mail_to(ANNA).subject(), "🎄".repeat(200));
    assert!(server.transactions_of(BORIS).is_empty());
    let attempt = house.attempts_for(run, BORIS).await.remove(0);
    assert_eq!(attempt.text, "[empty-subject]");
    house.close(&server).await;
}

#[tokio::test]
async fn a_message_that_an_older_version_has_taken_is_not_sent_before_it_is_mended() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let mailing = house.mailing_to(&[ANNA]).await;
    for (change, why) in [
        (
            "UPDATE messages SET subject = '{{ name }}'",
            "error-subject-may-be-blank",
        ),
        (
            "UPDATE messages SET subject = 'Тема',
                    body = replace(printf('%700s', ''), ' ', '{{ name }}.')",
            "error-message-too-large",
        ),
    ] {
        house.execute(change).await;
        match house.try_send(mailing, Whom::All).await {
            Err(ActionError::Refused(phrase)) => assert_eq!(phrase.key, why),
            other => panic!("{other:?}"),
        }
    }
    house
        .execute("UPDATE messages SET body = 'Добрый день, {{ name }}!'")
        .await;
    let run = house.send(mailing).await;
    house.wait_until_finished(run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn the_largest_mail_that_is_sent_has_less_than_1_mib() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let anna = house.recipient_named(ANNA, &"🎄".repeat(200)).await;
    let message = house
        .message("Новости", &format!("{}.", "{{name}}\n".repeat(653)))
        .await;
    let draft = mailapp::domain::content::message::MessageDraft::parse(
        "Новости",
        &format!("{}.", "{{name}}\n".repeat(655)),
    );
    assert!(draft.is_err(), "one more does not fit");
    let mailing = house.mailing(message, &[anna]).await;
    let run = house.send(mailing).await;
    house.wait_until_finished(run).await;
    let mail = server.mail_to(ANNA);
    crate::is_well_formed(&mail);
    let octets = mail.mail.unwrap().len();
    assert!((700_000..1_048_576).contains(&octets), "{octets} octets");
    house.close(&server).await;
}
