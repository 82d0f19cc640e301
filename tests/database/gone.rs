//! The file is deleted, moved or replaced while the service has it open.

use std::fs;

use crate::service::{ANNA, Place, Service};
use crate::support::smtp::{Gate, SmtpServer, Stage};
use crate::web_support::{Browser, PASSWORD};

const SAID: &str = "Файл базы данных удалён, перемещён или заменён.";

async fn is_told(service: &Service, browser: &Browser) {
    let page = browser.get("/mailings").await.is(503).says(SAID);
    assert_eq!(page.header("Retry-After"), "30");
    assert!(page.header("Content-Type").starts_with("text/html"));
    let fields = [("email", ANNA), ("password", PASSWORD)];
    _ = Browser::new(&service.url, "en")
        .submit("/sign-in", "/sign-in", &fields)
        .await
        .is(503)
        .says("The database file was deleted, moved or replaced.");
    _ = service.health().await.is(503).says("database: gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_moved_away_stops_everything_until_it_is_back() {
    let place = Place::new();
    let mailing = place.furnish(4).await;
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
    let away = place.beside("away.db");
    fs::rename(place.database(), &away).unwrap();
    gate.open();
    is_told(&service, &browser).await;
    assert_eq!(server.transactions().len(), 1, "nothing is tried meanwhile");
    assert!(!place.database().exists(), "no new one is made");
    fs::rename(&away, place.database()).unwrap();
    _ = browser.get("/mailings").await.is(200);
    place.all_sent_once(&server, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_file_is_not_written_to_any_more() {
    let place = Place::new();
    let mailing = place.furnish(2).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    let path = format!("/mailings/{mailing}/send");
    let form = browser.get(&path).await.is(200).form(&path);
    fs::remove_file(place.database()).unwrap();
    _ = browser.send(form).await.is(503).says(SAID);
    is_told(&service, &browser).await;
    assert!(server.transactions().is_empty());
    assert_eq!(service.stop(), Some(0));
    assert!(!place.database().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_put_in_its_place_is_taken_up_at_the_next_start_only() {
    let place = Place::new();
    place.furnish(2).await;
    let other = Place::new();
    other.furnish(1).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    fs::copy(other.database(), place.beside("other.db")).unwrap();
    fs::rename(place.beside("other.db"), place.database()).unwrap();
    let before = crate::service::octets(&place.database());
    is_told(&service, &browser).await;
    assert_eq!(service.stop(), Some(0));
    assert!(
        before == crate::service::octets(&place.database()),
        "not touched"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_log_counts_like_a_deleted_database() {
    let place = Place::new();
    place.furnish(2).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    let log = format!("{}-wal", place.database().display());
    fs::rename(&log, place.beside("moved")).unwrap();
    is_told(&service, &browser).await;
    fs::rename(place.beside("moved"), &log).unwrap();
    _ = browser.get("/mailings").await.is(200);
}
