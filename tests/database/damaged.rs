//! Octets in the middle of the file are not what they were.

use std::os::unix::fs::FileExt as _;

use rusqlite::Connection;

use crate::service::{ANNA, Place, octets};
use crate::support::smtp::SmtpServer;
use crate::support::until;

/// Moves everything from the log into the file, and spoils all of it but the first pages.
pub fn spoil(place: &Place, from: u64) {
    let other = Connection::open(place.database()).unwrap();
    other
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(place.database())
        .unwrap();
    let size = file.metadata().unwrap().len();
    let rubbish = vec![0xAA; usize::try_from(size - from).unwrap()];
    file.write_all_at(&rubbish, from).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_turns_out_to_be_damaged_is_not_touched_until_it_is_restored() {
    let place = Place::new();
    let mailing = place.furnish(3_000).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let browser = service.browser(ANNA).await;
    let path = format!("/mailings/{mailing}/send");
    let form = browser.get(&path).await.is(200).form(&path);
    spoil(&place, 8_192);
    // Whoever looks at what is not in memory any more finds it.
    let page = until("the damage is found", async || {
        let page = browser.get("/recipients?q=nobody-is-called-that").await;
        (page.status == 503).then_some(page)
    })
    .await;
    _ = page
        .says("База данных повреждена.")
        .says("восстановите базу из резервной копии");
    let spoilt = octets(&place.database());
    _ = browser
        .send(form)
        .await
        .is(503)
        .says("База данных повреждена.");
    _ = browser.get("/sign-in").await.is(503);
    _ = service.health().await.is(503).says("database: damaged");
    assert!(server.transactions().is_empty());
    assert_eq!(service.stop(), Some(0));
    assert!(spoilt == octets(&place.database()), "written to");
    let (code, said) = place.run(&["serve", "--port", "0"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("повреждён"), "{said}");
    assert!(spoilt == octets(&place.database()), "written to");
}
