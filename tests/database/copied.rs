//! A database that was copied or restored from a backup does not begin to send by itself, and one that
//! was not goes on after every kind of end.

use std::fs;

use rusqlite::Connection;

use crate::service::{ANNA, BOSS, Place, Service};
use crate::support::smtp::{Gate, SmtpServer, Stage};
use crate::support::until;

pub const BANNER: &str =
    "Ничего не отправляется: база данных скопирована или восстановлена из резервной копии.";
pub const REFUSED: &str =
    "База данных скопирована или восстановлена из резервной копии, поэтому ничего не отправляется.";

/// Presses *Send now*.
pub async fn send(service: &Service, mailing: i64) {
    let browser = service.browser(ANNA).await;
    let path = format!("/mailings/{mailing}/send");
    _ = browser.submit(&path, &path, &[]).await.is(303);
}

/// An installation whose run is at its second mail, with the server that keeps it there.
async fn in_the_middle(count: usize) -> (Place, i64, SmtpServer, Gate, Service) {
    let place = Place::new();
    let mailing = place.furnish(count).await;
    let server = SmtpServer::start();
    let gate = Gate::default();
    server
        .on(Stage::Dot)
        .of("r2@example.ru")
        .held_by(&gate)
        .behaves();
    let service = place.serve(&server).await;
    send(&service, mailing).await;
    gate.reached_by(1).await;
    (place, mailing, server, gate, service)
}

fn execute(place: &Place, sql: &str) {
    Connection::open(place.database())
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

/// Nothing is sent from here, everybody is told, and everything else works.
async fn is_foreign(place: &Place, server: &SmtpServer, mailing: i64) -> Service {
    let service = place.serve(server).await;
    let browser = service.browser(ANNA).await;
    _ = browser.get("/mailings").await.is(200).says(BANNER);
    let path = format!("/mailings/{mailing}/send");
    _ = browser.submit_again(&path, &[]).await.is(409).says(REFUSED);
    let (code, said) = place.run(&["send", &mailing.to_string()]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(REFUSED), "{said}");
    assert!(said.contains("mailapp adopt"), "{said}");
    // A letter of the service's waits like everything else.
    let fields = [("email", ANNA)];
    _ = service
        .browser(BOSS)
        .await
        .submit("/recover", "/recover", &fields)
        .await;
    let (code, said) = place.run(&["users"]);
    assert_eq!(code, Some(0), "{said}");
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_folder_sends_nothing_until_a_manager_says_so_and_the_original_goes_on() {
    let (place, mailing, server, gate, service) = in_the_middle(4).await;
    service.kill();
    let copy = place.copy();
    let quiet = SmtpServer::start();
    let second = is_foreign(&copy, &quiet, mailing).await;
    // Meanwhile the original finds nothing wrong with itself.
    gate.open();
    let first = place.serve(&server).await;
    place
        .until(
            "SELECT count(*) FROM deliveries WHERE state = 'accepted'",
            4,
        )
        .await;
    _ = first
        .browser(ANNA)
        .await
        .get("/mailings")
        .await
        .does_not_say(BANNER);
    assert!(quiet.transactions().is_empty(), "nothing left the copy");

    let manager = second.browser(BOSS).await;
    let page = manager.get("/installation").await.is(200);
    let page = page.says("файл базы данных — копия");
    let answer = manager.send(page.form("/installation/adopt")).await.is(303);
    _ = manager
        .follow(&answer)
        .await
        .says("Рассылать будем отсюда. Приостановлено запусков: 1")
        .does_not_say(BANNER);
    let anna = second.browser(ANNA).await;
    let page = anna.get(&format!("/mailings/{mailing}")).await;
    let page = page.says("часть получателей может получить письмо дважды");
    // The letter goes out now; the run waits for its owner.
    until("the letter is sent", async || {
        quiet.mails_to(ANNA).first().map(|_| ())
    })
    .await;
    assert_eq!(quiet.transactions().len(), 1);
    let resume = page
        .actions()
        .into_iter()
        .find(|action| action.ends_with("/resume"))
        .unwrap();
    _ = anna.send(page.form(&resume)).await.is(303);
    copy.until("SELECT count(*) FROM runs WHERE state = 'finished'", 1)
        .await;
    let lines = "SELECT count(*) FROM audit WHERE verb = 'adopt' AND user_id IS NOT NULL";
    assert_eq!(copy.count(lines), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_state_put_back_is_noticed_and_adopted_from_the_command_line() {
    let (place, mailing, server, gate, service) = in_the_middle(4).await;
    let backup = place.back_up();
    gate.open();
    place.all_sent_once(&server, 4).await;
    assert_eq!(service.stop(), Some(0));
    place.restore(&backup);
    let service = is_foreign(&place, &server, mailing).await;
    assert_eq!(server.transactions().len(), 4, "nobody has it twice");
    let (code, said) = place.run(&["adopt"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Приостановлено запусков: 1"), "{said}");
    until("the engine goes on", async || {
        server.mails_to(ANNA).first().map(|_| ())
    })
    .await;
    let paused = "SELECT count(*) FROM runs WHERE state = 'paused' AND pause_reason = 'restored'";
    assert_eq!(place.count(paused), 1);
    assert_eq!(server.transactions().len(), 5, "the letter");
    let (code, said) = place.run(&["adopt"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("База данных принадлежит этой установке"),
        "{said}"
    );
    assert_eq!(service.stop(), Some(0));
    // What was confirmed stays so.
    let service = place.serve(&server).await;
    _ = service
        .browser(ANNA)
        .await
        .get("/mailings")
        .await
        .does_not_say(BANNER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_the_killed_engine_was_sending_is_noticed_by_what_it_lacks() {
    let (place, mailing, server, gate, service) = in_the_middle(4).await;
    let backup = place.back_up();
    gate.open();
    place.all_sent_once(&server, 4).await;
    until("it is noted beside the database", async || {
        place
            .installation()
            .contains("\nattempts 4\n")
            .then_some(())
    })
    .await;
    service.kill();
    place.restore(&backup);
    let _service = is_foreign(&place, &server, mailing).await;
    assert_eq!(server.transactions().len(), 4, "nobody has it twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn being_killed_again_and_again_is_no_restoring() {
    let place = Place::new();
    let mailing = place.furnish(40).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    send(&service, mailing).await;
    let mut service = Some(service);
    for seen in [3, 9, 10, 17, 26, 31] {
        until("some more are sent", async || {
            (server.transactions().len() > seen).then_some(())
        })
        .await;
        service.take().unwrap().kill();
        service = Some(place.serve(&server).await);
    }
    let accepted = "SELECT count(*) FROM deliveries WHERE state = 'accepted'";
    place.until(accepted, 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_and_commands_take_turns_without_a_question() {
    let place = Place::new();
    let mailing = place.furnish(3).await.to_string();
    let server = SmtpServer::start();
    for _ in 0..2 {
        let service = place.serve(&server).await;
        _ = service.browser(ANNA).await.get("/mailings").await.is(200);
        assert_eq!(service.stop(), Some(0));
        let (code, said) = place.run(&["send", &mailing]);
        assert_eq!(code, Some(0), "{said}");
    }
    // Moved as a whole it is still the same one.
    let other = Place::new();
    fs::rename(place.data(), other.data()).unwrap();
    let (code, said) = other.run(&["send", &mailing]);
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_from_before_this_existed_is_taken_as_it_is() {
    let place = Place::new();
    let mailing = place.furnish(3).await;
    execute(&place, "UPDATE installation SET token = ''");
    fs::remove_file(place.data().join("mailapp.installation")).unwrap();
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    send(&service, mailing).await;
    place.all_sent_once(&server, 3).await;
    // A backup from before, put into an installation that has one, is a backup.
    assert_eq!(service.stop(), Some(0));
    execute(&place, "UPDATE installation SET token = ''");
    let _service = is_foreign(&place, &server, mailing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_has_come_waits_and_is_then_left_to_its_owner() {
    let place = Place::new();
    let mailing = place.furnish(3).await;
    execute(&place, "UPDATE mailings SET automatic = 1");
    let copy = place.copy();
    let server = SmtpServer::start();
    let service = is_foreign(&copy, &server, mailing).await;
    let (code, said) = copy.run(&["adopt"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("нужно сделать вручную: 1"), "{said}");
    until("the engine goes on", async || {
        server.mails_to(ANNA).first().map(|_| ())
    })
    .await;
    assert_eq!(copy.count("SELECT count(*) FROM runs"), 0);
    send(&service, mailing).await;
    let accepted = "SELECT count(*) FROM deliveries WHERE state = 'accepted'";
    copy.until(accepted, 3).await;
    // The original starts it by itself, as planned.
    let original = SmtpServer::start();
    let _first = place.serve(&original).await;
    place.all_sent_once(&original, 3).await;
}
