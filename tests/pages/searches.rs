//! Searches that are too long, or take too long.

use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::mailings::selection::Selection;

use crate::picker::{anna_with, form};
use crate::web_support::{Person, Site};

/// Searches each of which looks at every letter of a long comment in vain.
fn slow_selection() -> String {
    let searches: Vec<String> = (0..50)
        .map(|number| format!("{}{number:02}", "а".repeat(198)))
        .collect();
    Selection {
        matching: searches,
        ..Selection::default()
    }
    .encode()
}

async fn long_comments(site: &Site, owner: &Person, count: usize) {
    let owner = owner.id;
    let drafts = (0..count).map(|number| {
        let email = format!("long{number}@example.ru");
        RecipientDraft::parse(&email, "", &"а".repeat(2_000)).unwrap()
    });
    site.write(move |c| {
        _ = mailapp::store::delivery::bulk::recipients(c, owner, drafts, 0).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_searches_are_stopped_after_two_seconds_and_keep_nobody_else_from_their_pages() {
    let site = Site::start().await;
    let (anna, _) = anna_with(&site, 1).await;
    long_comments(&site, &anna, 4_000).await;
    let boris = site.user("boris@example.ru").await;
    let (browser, other) = (site.signed_in(&anna).await, site.signed_in(&boris).await);
    let mut slow = form(&browser.get("/mailings/new").await.is(200)).press("act", "search");
    slow.action = "/mailings/picker".to_owned();
    let slow = slow.with("selection", &slow_selection());
    let posts = (0..6).map(|_| browser.send(slow.clone()));
    let mut posts = std::pin::pin!(futures::future::join_all(posts));
    let second = std::time::Duration::from_secs(1);
    assert!(tokio::time::timeout(second, &mut posts).await.is_err());
    // While three of them run and three wait.
    let page = tokio::time::timeout(second, other.get("/recipients")).await;
    _ = page.expect("others do not wait").is(200);
    for answer in posts.await {
        _ = answer
            .is(503)
            .says("Запрос выполнялся дольше 2 секунд и был остановлен");
    }
    let health = other.get("/healthz").await;
    _ = health.is(200).says("ok");
    _ = browser.get("/recipients").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_is_too_long_is_refused_by_every_door_and_what_was_typed_stays() {
    let site = Site::start().await;
    let (anna, message) = anna_with(&site, 3).await;
    let browser = site.signed_in(&anna).await;
    let long = "й".repeat(201);
    let said = "Слишком длинный поисковый запрос: 201 знаков при допустимых 200";
    let files = ["/recipients.csv", "/messages.csv", "/mailings.csv"];
    for path in ["/recipients", "/messages", "/mailings"]
        .iter()
        .chain(&files)
    {
        let page = browser.get(&format!("{path}?q={long}")).await;
        _ = page.is(422).says(said);
        let longest = browser.get(&format!("{path}?q={}", &long[2..])).await;
        _ = longest.is(200);
    }
    let start = browser.get("/mailings/new").await.is(200);
    let message_id = message.as_str();
    for act in ["search", "all"] {
        let typed = form(&start)
            .with("q", &long)
            .with("message_id", message_id)
            .press("act", act);
        let page = browser.send(typed).await.is(200).says(said);
        assert_eq!(form(&page).value("q"), Some(long.as_str()));
        _ = page.says("Выбрано 0 из 3");
    }
    let too_long = Selection {
        matching: vec![long],
        ..Selection::default()
    };
    let forged = form(&start)
        .with("message_id", message_id)
        .with("selection", &too_long.encode());
    let answer = browser.send(forged.press("act", "save")).await;
    _ = answer.is(422).says("Столько в один выбор не помещается");
}
