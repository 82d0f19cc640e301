//! What a mail tells of the installation that sent it: nothing that is not the recipient's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mailapp::domain::Id;

use crate::ANNA;
use crate::support::app::{HOUR, House};
use crate::support::smtp::{SmtpServer, Stage, Transaction};

const BASE_URL: [(&str, &str); 1] = [("base_url", "https://lists.example.ru")];

fn link(mail: &Transaction) -> String {
    mail.header("List-Unsubscribe").unwrap()
}

/// All that stands in a mail, as it was sent and decoded as far as anybody can.
fn everything_in(mail: &Transaction) -> Vec<u8> {
    let mut all = mail.mail.clone().unwrap();
    all.extend(mail.text().into_bytes());
    let token = link(mail);
    let token = token.trim_end_matches('>').rsplit('/').next().unwrap();
    all.extend(URL_SAFE_NO_PAD.decode(token).unwrap());
    for hashed in [mail.message_id(), mail.header("List-Id").unwrap()] {
        let digits: String = hashed.chars().take_while(|c| *c != '@').collect();
        let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
        let octets = digits
            .chunks_exact(2)
            .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        all.extend(octets);
    }
    all
}

fn does_not_tell(mail: &Transaction, number: Id) {
    let all = everything_in(mail);
    let tells = |octets: &[u8]| all.windows(octets.len()).any(|part| part == octets);
    for written in [
        number.to_string().as_bytes(),
        format!("{number:x}").as_bytes(),
        format!("{number:X}").as_bytes(),
        &number.to_be_bytes()[5..],
        &number.to_le_bytes()[..3],
    ] {
        assert!(!tells(written), "{number} stands in {all:?}");
    }
}

#[tokio::test]
async fn a_mail_does_not_tell_how_many_mails_and_mailings_there_are() {
    let server = SmtpServer::start();
    let house = House::with(&server, &BASE_URL).await;
    let run = house.send_to(&["first@example.ru"]).await;
    house.wait_until_finished(run).await;
    house
        .execute("UPDATE sqlite_sequence SET seq = 7654320")
        .await;
    let run = house.send_to(&[ANNA]).await;
    let run = house.wait_until_finished(run).await;
    let mail = server.mail_to(ANNA);
    let delivery = house.delivery(run.id, ANNA).await.id;
    assert_eq!([delivery, run.id, run.mailing_id], [7_654_321; 3]);
    does_not_tell(&mail, delivery);
    house.close(&server).await;
}

#[tokio::test]
async fn letters_of_the_service_do_not_tell_how_many_there_were() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let run = house.send_to(&["first@example.ru"]).await;
    house.wait_until_finished(run).await;
    house
        .execute(
            "INSERT INTO outbox (id, kind, email, name, language, created_at, due_at)
             VALUES (7654321, 'password-changed', 'olga@example.ru', '', 'en', 1, 0)",
        )
        .await;
    crate::support::until("the letter is there", async || {
        (!house.letters().await.is_empty()).then_some(())
    })
    .await;
    let (_, source) = house.letters().await.remove(0);
    let source = String::from_utf8(source).unwrap();
    assert!(source.contains("\nMessage-ID: <"), "{source}");
    assert!(
        !source.contains("7654321") && !source.contains("74cbb1"),
        "{source}"
    );
    house.close(&server).await;
}

#[tokio::test]
async fn a_mail_that_is_tried_again_has_the_message_id_and_the_link_that_it_had() {
    let server = SmtpServer::start();
    server.on(Stage::Dot).first(2).reply("451 4.3.0 Later");
    let house = House::with(&server, &BASE_URL).await;
    let run = house.send_to(&[ANNA]).await;
    for tries in 1..3 {
        house
            .wait_for(run, "it was put off", |run| run.attempts.deferred == tries)
            .await;
        house.pass(HOUR);
    }
    house.wait_until_finished(run).await;
    let copies = server.transactions_of(ANNA);
    let same = |copy: &Transaction| {
        (copy.message_id(), link(copy), copy.header("List-Id"))
            == (
                copies[0].message_id(),
                link(&copies[0]),
                copies[0].header("List-Id"),
            )
    };
    assert_eq!(copies.len(), 3);
    assert!(copies.iter().all(same));
    house.close(&server).await;
}

#[tokio::test]
async fn mails_of_one_mailing_have_one_list_id_and_those_of_another_have_another() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let mut ids = Vec::new();
    let mailing = house.mailing_to(&[ANNA]).await;
    let message = house.message("Новости", "Добрый день!").await;
    let recipient = house.recipient("boris@example.ru").await;
    let other = house.mailing(message, &[recipient]).await;
    for (mailing, to) in [
        (mailing, ANNA),
        (mailing, ANNA),
        (other, "boris@example.ru"),
    ] {
        let run = house.send(mailing).await;
        house.wait_until_finished(run).await;
        ids.push(
            server
                .mails_to(to)
                .pop()
                .unwrap()
                .header("List-Id")
                .unwrap(),
        );
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    house.close(&server).await;
}

#[tokio::test]
async fn a_run_of_an_older_version_goes_on_under_its_message_ids() {
    let server = SmtpServer::start();
    let mut house = House::asleep(&server, &[]).await;
    let run = house.send_to(&[ANNA]).await;
    house
        .execute("UPDATE runs SET token = '00ff00ff00ff00ff'")
        .await;
    house.start();
    house.wait_until_finished(run).await;
    let delivery = house.delivery(run, ANNA).await.id;
    assert_eq!(
        server.mail_to(ANNA).message_id(),
        format!("00ff00ff00ff00ff.{delivery}@example.ru")
    );
    house.close(&server).await;
}
