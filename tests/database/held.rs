//! Another process holds the database, or its disk takes nothing any more.

use std::time::Duration;

use rusqlite::Connection;

use crate::service::{ANNA, Place, system};
use crate::support::smtp::SmtpServer;
use crate::support::until;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_another_process_holds_is_waited_for_six_seconds_and_then_it_is_said() {
    let place = Place::new();
    let mailing = place.furnish(3).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    let other = Connection::open(place.database()).unwrap();
    // For a moment: nobody notices.
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let fields = [("email", "new@example.ru")];
    let mut answer = std::pin::pin!(browser.submit("/recipients/new", "/recipients", &fields));
    let second = Duration::from_secs(1);
    assert!(tokio::time::timeout(second, &mut answer).await.is_err());
    other.execute_batch("COMMIT").unwrap();
    _ = answer.await.is(303);
    // For longer than a page should take: it says why, and looking goes on all the same.
    let path = format!("/mailings/{mailing}/send");
    let form = browser.get(&path).await.is(200).form(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = browser.send(form).await.is(503);
    let answer = answer.says("База данных занята другим процессом. Ничего не изменено");
    assert_eq!(answer.header("Retry-After"), "5");
    _ = browser.get("/mailings").await.is(200);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(place.count("SELECT count(*) FROM runs"), 0);
    _ = browser.submit(&path, &path, &[]).await.is(303);
    place.all_sent_once(&server, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_waits_for_a_held_database_is_answered_and_nothing_of_it_is_done_later() {
    let place = Place::new();
    place.furnish(1).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let mut forms = Vec::new();
    for number in 0..8 {
        let browser = service.browser(ANNA).await;
        let page = browser.get("/recipients/new").await.is(200);
        let email = format!("new{number}@example.ru");
        forms.push((browser, page.form("/recipients").with("email", &email)));
    }
    let other = Connection::open(place.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let posts = forms
        .iter()
        .map(|(browser, form)| browser.send(form.clone()));
    // Each waiting as long as the one before it would be most of a minute.
    let answers = futures::future::join_all(posts);
    let answers = tokio::time::timeout(Duration::from_secs(12), answers).await;
    for answer in answers.unwrap() {
        let answer = answer.is(503).says("База данных занята другим процессом");
        assert_eq!(answer.header("Retry-After"), "5");
    }
    other.execute_batch("COMMIT").unwrap();
    let (browser, form) = forms.swap_remove(0);
    _ = browser.send(form).await.is(303);
    let stored = "SELECT count(*) FROM recipients WHERE email LIKE 'new%'";
    assert_eq!(place.count(stored), 1, "only what was sent once more");
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_stops_while_another_process_holds_the_database_and_goes_on_by_itself() {
    let place = Place::new();
    let mailing = place.furnish(3).await;
    let server = SmtpServer::start();
    let gate = crate::support::smtp::Gate::default();
    server
        .on(crate::support::smtp::Stage::Dot)
        .of("r1@example.ru")
        .held_by(&gate)
        .behaves();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    let path = format!("/mailings/{mailing}/send");
    _ = browser.submit(&path, &path, &[]).await.is(303);
    gate.reached_by(1).await;
    let other = Connection::open(place.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    gate.open();
    until("the trouble is told", async || {
        let page = service.health().await;
        (page.status == 503).then(|| page.says("database: busy"))
    })
    .await;
    // Where there is time, ten times as long as anybody waits.
    if std::env::var("FAULTS").is_ok_and(|wish| wish == "long") {
        tokio::time::sleep(Duration::from_mins(1)).await;
        _ = service.health().await.is(503).says("database: busy");
    }
    assert_eq!(server.transactions().len(), 1, "nothing is tried meanwhile");
    other.execute_batch("COMMIT").unwrap();
    place.all_sent_once(&server, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_takes_nothing_any_more_stops_sending_until_it_does() {
    let place = Place::new();
    let mailing = place.furnish(3).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    let path = format!("/mailings/{mailing}/send");
    let form = browser.get(&path).await.is(200).form(&path);
    let log = format!("{}-wal", place.database().display());
    // What an ext4 does to a file that its owner has made immutable, it does to all files once it
    // has found its disk broken.
    if !system("chattr", &["+i", &log]) {
        eprintln!("no file can be made immutable here: not tested");
        return;
    }
    let answer = browser.send(form).await;
    let health = service.health().await;
    assert!(system("chattr", &["-i", &log]));
    _ = answer
        .is(503)
        .says("Диск не даёт прочитать или записать базу данных");
    _ = health.is(503).says("database: disk");
    assert_eq!(place.count("SELECT count(*) FROM runs"), 0);
    _ = browser.submit(&path, &path, &[]).await.is(303);
    place.all_sent_once(&server, 3).await;
    // Not at once: writing has to work for a while first.
    until("the service is well again", async || {
        (service.health().await.status == 200).then_some(())
    })
    .await;
}
