//! What an address was sent, and when: what the log of attempts is asked for.

use crate::attempts::{anna_at, rows};
use crate::web_support::{DAY, NOW, Site, attempts};

#[tokio::test(flavor = "multi_thread")]
async fn what_an_address_was_sent_is_found_also_after_its_recipient_was_deleted_and_added_anew() {
    let site = Site::start().await;
    let (anna, _, run) = anna_at(&site).await;
    attempts(&site, run, &[(NOW, "refused")]).await;
    let browser = site.signed_in(&anna).await;
    site.execute("DELETE FROM recipients WHERE email = 'maria@example.ru'")
        .await;
    let anew = site.recipient(&anna, "maria@example.ru", "Мария").await;
    let log = browser.get("/attempts?address=maria@example.ru").await;
    assert_eq!(rows(&log.is(200)).len(), 1);
    let page = browser.get(&format!("/recipients/{anew}")).await.is(200);
    drop(page.says("Осенняя"));
    let file = format!("/recipients/{anew}/received.csv");
    let file = browser.get(&file).await.is(200);
    assert!(
        file.html.contains("Осенняя,maria@example.ru,"),
        "{}",
        file.html
    );
    let members = "/mailings/1/recipients.csv";
    let file = browser.get(members).await.is(200);
    assert!(file.html.contains("ivan@почта.рф"), "{}", file.html);
    let file = browser
        .get(&format!("/runs/{run}/doubts.csv"))
        .await
        .is(200);
    assert_eq!(file.html.lines().count(), 1, "nobody is in doubt");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_of_which_period_it_is_and_the_form_keeps_it() {
    let site = Site::start().await;
    let (anna, _, run) = anna_at(&site).await;
    attempts(&site, run, &[(NOW - 10 * DAY, "refused")]).await;
    let browser = site.signed_in(&anna).await;
    let week = browser.get("/attempts?period=7").await.is(200);
    assert!(rows(&week).is_empty());
    let kept = week.tags().into_iter();
    let mut kept = kept.filter(|tag| tag.get("name") == Some("period"));
    assert_eq!(kept.next().unwrap().get("value"), Some("7"));
    for all in ["/attempts", "/attempts?period=all", "/attempts?period=x"] {
        let page = browser.get(all).await.is(200);
        assert_eq!(rows(&page).len(), 1, "{all}");
    }
}
