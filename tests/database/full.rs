//! No room left on the disk.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use mailapp::actions::ActionError;
use mailapp::store::{StoreError, Trouble};

use crate::service::{ANNA, Place, Service, system};
use crate::support::app::House;
use crate::support::smtp::{Gate, SmtpServer, Stage};
use crate::web_support::Browser;

/// Takes all the room that is left on the disk of `folder`.
fn fill(folder: &Path) -> std::path::PathBuf {
    let ballast = folder.join("ballast");
    let mut file = File::create(&ballast).unwrap();
    for size in [64 * 1_024, 4_096] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    ballast
}

/// Writing has worked again for a while.
async fn is_well(service: &Service) {
    crate::support::until("it is well", async || {
        let page = service.health().await;
        (page.status == 200).then(|| page.says("ok"))
    })
    .await;
}

async fn is_said(browser: &Browser, path: &str) {
    _ = browser
        .get(path)
        .await
        .is(200)
        .says("Сейчас ничего не отправляется. На диске нет места.");
}

#[test]
fn a_demo_that_finds_no_room_says_so_and_ends() {
    let Some(place) = Place::on_small_disk(8) else {
        eprintln!("no disk can be mounted here: not tested");
        return;
    };
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_mailapp"))
        .args(["demo", "--lang", "ru", "--port", "0", "--data"])
        .arg(place.data().join("demo"))
        .output()
        .unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let last = said.trim_end().lines().last().unwrap();
    assert!(last.contains("нет места"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_sending_at_once_and_sending_goes_on_when_there_is_room() {
    let Some(place) = Place::on_small_disk(8) else {
        eprintln!("no disk can be mounted here: only the other kind of full is tested");
        return;
    };
    let mailing = place.furnish(5).await;
    let server = SmtpServer::start();
    let gate = Gate::default();
    server
        .on(Stage::Dot)
        .of("r1@example.ru")
        .held_by(&gate)
        .behaves();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    let path = format!("/mailings/{mailing}/send");
    _ = browser.submit(&path, &path, &[]).await.is(303);
    gate.reached_by(1).await;
    let ballast = fill(&place.data());
    gate.open();
    // The result that is in hand cannot be written, and so nothing else is claimed.
    crate::support::until("the trouble is told", async || {
        let page = service.health().await;
        (page.status == 503).then(|| page.says("database: full"))
    })
    .await;
    is_said(&browser, "/mailings").await;
    let fields = [("email", "new@example.ru")];
    let answer = browser
        .submit("/recipients/new", "/recipients", &fields)
        .await;
    _ = answer
        .is(503)
        .says("На диске нет места. Ничего не изменено; освободите место.");
    assert_eq!(server.transactions().len(), 1, "nothing is tried meanwhile");
    std::fs::remove_file(ballast).unwrap();
    place.all_sent_once(&server, 5).await;
    is_well(&service).await;
    _ = browser
        .get("/mailings")
        .await
        .does_not_say("Сейчас ничего не отправляется");
    assert_eq!(place.count("SELECT count(*) FROM recipients"), 5);
    assert_eq!(service.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_the_start_of_a_run_and_says_when_to_come_again() {
    let Some(place) = Place::on_small_disk(8) else {
        eprintln!("no disk can be mounted here: only the other kind of full is tested");
        return;
    };
    let mailing = place.furnish(2).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    let path = format!("/mailings/{mailing}/send");
    let form = browser.get(&path).await.is(200).form(&path);
    let ballast = fill(&place.data());
    let answer = browser.send(form).await.is(503).says("На диске нет места");
    assert_eq!(answer.header("Retry-After"), "30");
    std::fs::remove_file(ballast).unwrap();
    assert_eq!(place.count("SELECT count(*) FROM runs"), 0);
    _ = browser.submit(&path, &path, &[]).await.is(303);
    place.all_sent_once(&server, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_that_the_disk_is_full_before_anything_is_written_and_does_not_waver() {
    let Some(place) = Place::on_small_disk(8) else {
        eprintln!("no disk can be mounted here: only the other kind of full is tested");
        return;
    };
    place.furnish(2).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let little = service.health().await.is(200).says("ok");
    _ = little.says("MB left on the disk");
    let browser = service.browser(ANNA).await;
    let page = browser.get("/recipients/new").await.is(200);
    let form = page.form("/recipients");
    let ballast = fill(&place.data());
    _ = service.health().await.is(503).says("database: full");
    // Small writes may still find room in the log; that is no health.
    for number in 0..20 {
        let email = format!("new{number}@example.ru");
        let status = browser
            .send(form.clone().with("email", &email))
            .await
            .status;
        assert!([303, 503].contains(&status.as_u16()), "{status}");
        _ = service.health().await.is(503).says("database: full");
    }
    std::fs::remove_file(ballast).unwrap();
    is_well(&service).await;
    _ = browser
        .send(form.with("email", "last@example.ru"))
        .await
        .is(303);
    assert_eq!(service.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_any_more_is_a_full_disk_and_no_sudden_death() {
    let place = Place::new();
    place.furnish(2).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    let page = browser.get("/recipients/new").await.is(200);
    let form = page.form("/recipients").with("email", "new@example.ru");
    let process = service.process.0.id().to_string();
    let limit = |size: &str| {
        let size = format!("--fsize={size}:unlimited");
        system("prlimit", &["--pid", &process, &size])
    };
    if !limit("4096") {
        eprintln!("no limit can be set here: not tested");
        return;
    }
    let answer = browser.send(form.clone()).await.is(503);
    _ = answer.says("На диске нет места. Ничего не изменено");
    _ = service.health().await.is(503).says("database: full");
    assert!(limit("unlimited"));
    is_well(&service).await;
    _ = browser.send(form).await.is(303);
    assert_eq!(service.stop(), Some(0));
}

/// The same without a disk of one's own: the database is not allowed to grow.
async fn limit(house: &House, pages: i64) {
    // A write of the engine's may fail in the same transaction.
    crate::support::until("the limit is set", async || {
        let limited: Result<(), StoreError> = house
            .store()
            .write(move |c| {
                c.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
                Ok(())
            })
            .await;
        limited.ok()
    })
    .await;
}

#[tokio::test]
async fn a_database_that_may_not_grow_changes_nothing_and_goes_on_when_it_may() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let recipients = house.recipients(300).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    limit(&house, 1).await;
    let refused = house.try_send(mailing, mailapp::actions::Whom::All).await;
    let Err(ActionError::Store(error)) = refused else {
        panic!("started on a full disk");
    };
    assert_eq!(error.trouble(), Some(Trouble::Full));
    limit(&house, 1_000_000).await;
    let run = house.send(mailing).await;
    house
        .wait_for(run, "some are sent", |run| run.counters.accepted > 10)
        .await;
    limit(&house, 1).await;
    crate::support::until("the trouble is noticed", async || {
        house
            .store()
            .trouble()
            .filter(|found| *found == Trouble::Full)
    })
    .await;
    limit(&house, 1_000_000).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 300);
    assert_eq!(server.transactions().len(), 300);
    house.close(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_to_the_log_when_it_begins_and_when_it_ends_and_seldom_in_between() {
    let Some(place) = Place::on_small_disk(8) else {
        eprintln!("no disk can be mounted here: not tested");
        return;
    };
    let mailing = place.furnish(3).await;
    let server = SmtpServer::start();
    let gate = Gate::default();
    server
        .on(Stage::Dot)
        .of("r1@example.ru")
        .held_by(&gate)
        .behaves();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    let path = format!("/mailings/{mailing}/send");
    _ = browser.submit(&path, &path, &[]).await.is(303);
    gate.reached_by(1).await;
    let ballast = fill(&place.data());
    gate.open();
    let log = || std::fs::read_to_string(place.beside("log")).unwrap();
    // The engine and its worker have tried dozens of times by then.
    crate::support::until("the trouble has lasted", async || {
        log().contains("times=10").then_some(())
    })
    .await;
    let errors = log().matches("ERROR").count();
    assert!((1..=12).contains(&errors), "{errors} lines: {}", log());
    std::fs::remove_file(ballast).unwrap();
    place.all_sent_once(&server, 3).await;
    is_well(&service).await;
    let said = log();
    let end = said
        .lines()
        .find(|line| line.contains("can be written again"));
    assert!(end.is_some_and(|line| line.contains("times=")), "{said}");
    assert_eq!(service.stop(), Some(0));
}
