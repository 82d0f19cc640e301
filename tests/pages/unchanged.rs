//! A page that has not changed is not sent again; one that has changed always is.

use mailapp::engine::lock::{Attempt, EngineLock, Sender};
use reqwest::Method;
use reqwest::header::{ACCEPT_LANGUAGE, HOST, IF_NONE_MATCH};

use crate::web_support::{Browser, NOW, Page, Site, attempts, read};

async fn again(browser: &Browser, path: &str, tag: &str) -> Page {
    let request = browser.request(Method::GET, path);
    read(request.header(IF_NONE_MATCH, tag).send().await.unwrap()).await
}

async fn tag(browser: &Browser, path: &str) -> String {
    let page = browser.get(path).await.is(200);
    let tag = page.header("etag").to_owned();
    assert!(tag.starts_with("W/\""), "{path}: {tag}");
    tag
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_has_not_changed_is_not_sent_again() {
    let site = Site::start().await;
    let boss = site.manager("boss@example.ru").await;
    let recipient = site.recipient(&boss, "maria@example.ru", "Мария").await;
    let mailing = site.mailing(&boss, "Осенняя").await;
    let browser = site.signed_in(&boss).await;
    for path in [
        "/",
        "/statistics",
        "/statistics?of=all&period=7",
        &format!("/mailings/{mailing}/statistics"),
        "/attempts",
        "/attempts?outcome=failed",
        "/recipients",
        "/recipients?sort=-name&last=yes",
        "/recipients?q=maria",
        &format!("/recipients/{recipient}"),
        "/messages",
        "/mailings",
        &format!("/mailings/{mailing}"),
        &format!("/mailings/{mailing}/recipients"),
        "/users",
        "/audit",
        "/mailbox",
    ] {
        let tag = tag(&browser, path).await;
        for sent in [tag.clone(), format!("\"x\", {tag}"), tag.replace("W/", "")] {
            let page = again(&browser, path, &sent).await.is(304);
            assert_eq!(page.html, "", "{path}");
            assert_eq!(page.header("etag"), tag, "{path}");
            assert_eq!(page.header("cache-control"), "private, no-cache", "{path}");
            assert_eq!(page.header("vary"), "Cookie, Accept-Language", "{path}");
        }
        for other in ["", "*", "W/\"\"", "W/\"AAAAAAAAAAAAAAAAAAAAAA\""] {
            let page = again(&browser, path, other).await.is(200);
            assert_eq!(page.header("etag"), tag, "{path}: {other}");
        }
    }
    // Forms and what says when things happen are made anew each time.
    for path in [
        "/recipients/new",
        "/mailings/new",
        "/account",
        "/account/sessions",
        "/cache",
    ] {
        let page = browser.get(path).await.is(200);
        assert!(page.headers.get("etag").is_none(), "{path}");
        assert_eq!(page.header("cache-control"), "private, no-store", "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_page_depends_on_is_in_its_tag() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let boris = site.user("boris@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let path = "/recipients";
    let first = tag(&browser, path).await;
    drop(again(&browser, path, &first).await.is(304));

    // Anything that it shows, whoever writes it.
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    let page = again(&browser, path, &first)
        .await
        .is(200)
        .says("maria@example.ru");
    let second = page.header("etag").to_owned();
    // Another process, as far as that can be had here: a connection of its own.
    let other = rusqlite::Connection::open(site.app.store.path()).unwrap();
    other
        .execute(
            "UPDATE users SET email = 'ANNA@example.ru' WHERE id = 1",
            [],
        )
        .unwrap();
    let page = again(&browser, path, &second)
        .await
        .is(200)
        .says("ANNA@example.ru");
    let third = page.header("etag").to_owned();
    drop(again(&browser, path, &third).await.is(304));

    // Another address, language, session and person.
    drop(
        again(&browser, "/recipients?sort=name", &third)
            .await
            .is(200),
    );
    let english = browser
        .request(Method::GET, path)
        .header(ACCEPT_LANGUAGE, "en");
    let english = english.header(IF_NONE_MATCH, &third).send().await.unwrap();
    drop(read(english).await.is(200).says("Recipients"));
    let elsewhere = site.signed_in(&anna).await;
    let current = tag(&browser, path).await;
    drop(again(&elsewhere, path, &current).await.is(200));
    let his = site.signed_in(&boris).await;
    let current = tag(&browser, path).await;
    drop(
        again(&his, path, &current)
            .await
            .is(200)
            .does_not_say("maria@example.ru"),
    );

    // Something to be said once is said, whatever the browser has.
    let current = tag(&browser, path).await;
    let saved = browser
        .submit(
            "/recipients/new",
            "/recipients",
            &[("email", "new@example.ru")],
        )
        .await;
    assert_eq!(saved.status, 303);
    let page = again(&browser, path, &current)
        .await
        .is(200)
        .says("Получатель добавлен.");
    assert!(page.headers.get("etag").is_none());
    assert_eq!(page.header("cache-control"), "private, no-store");
    let page = browser
        .get(path)
        .await
        .is(200)
        .does_not_say("Получатель добавлен.");
    assert!(page.headers.contains_key("etag"));

    // Whoever may not see it any more is told so.
    let current = tag(&browser, path).await;
    site.execute("UPDATE users SET blocked_at = 1 WHERE id = 1")
        .await;
    let page = again(&browser, path, &current).await;
    assert!(page.location().starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_mail_is_captured_is_said_by_the_settings_of_the_process_that_sends() {
    let site = Site::start().await;
    let browser = site.signed_in(&site.user("anna@example.ru").await).await;
    let (path, banner) = ("/recipients", "Письма никуда не уходят");
    drop(browser.get(path).await.is(200).says(banner));
    let captured = tag(&browser, path).await;
    let Ok(Attempt::Taken(lock)) = EngineLock::try_take(site.app.store.path()) else {
        panic!("nobody else has it");
    };
    lock.announce(&Sender {
        base_url: String::new(),
        captures: false,
    });
    let page = again(&browser, path, &captured).await.is(200);
    let sent = page.does_not_say(banner).header("etag").to_owned();
    drop(lock);
    drop(again(&browser, path, &sent).await.is(200).says(banner));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_time_makes_of_things_is_not_missed() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let browser = site.signed_in(&anna).await;
    let path = format!("/mailings/{mailing}");
    let before = tag(&browser, &path).await;
    site.execute("UPDATE mailings SET ends_at = 1795426260000, starts_at = 1")
        .await;
    let page = again(&browser, &path, &before)
        .await
        .is(200)
        .says("Создана");
    let before = page.header("etag").to_owned();
    // It was made anew, and came out the same.
    site.clock.advance(59_000);
    drop(again(&browser, &path, &before).await.is(304));
    // Nobody writes anything; its end has come.
    site.clock.advance(1_000);
    drop(
        again(&browser, &path, &before)
            .await
            .is(200)
            .says("Завершена"),
    );
    // A session that has grown too old opens nothing, whatever was kept of it.
    let list = tag(&browser, "/recipients").await;
    site.clock.advance(90 * crate::web_support::DAY);
    let page = again(&browser, "/recipients", &list).await;
    assert!(page.location().starts_with("/sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_tells_nothing_of_what_others_do_or_who_has_an_account() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let boris = site.user("boris@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let (hers, his) = (site.signed_in(&anna).await, site.signed_in(&boris).await);
    let paths = [
        "/",
        "/statistics",
        "/attempts",
        "/recipients",
        "/messages",
        "/mailings",
        &format!("/mailings/{mailing}"),
        &format!("/mailings/{mailing}/statistics"),
    ];
    let mut tags = Vec::new();
    for path in paths {
        tags.push(tag(&hers, path).await);
    }
    // Everything that he and strangers can do.
    let stranger = site.browser();
    let asked = async |page, email| {
        let answer = stranger.submit(page, page, &[("email", email)]).await;
        assert_eq!(answer.location(), "/sign-in");
        drop(site.letters().await);
    };
    let mut seen = Vec::new();
    for email in ["boris@example.ru", "nobody@example.ru"] {
        asked("/recover", email).await;
        asked("/register", email).await;
        site.recipient(&boris, &format!("for-{email}"), "").await;
        let run = {
            let mailing = site.mailing(&boris, "Зимняя").await;
            site.send(&boris, mailing).await
        };
        attempts(&site, run, &[(NOW, "accepted"), (NOW, "refused")]).await;
        drop(his.get("/recipients").await.is(200));
        for (path, known) in paths.iter().zip(&tags) {
            assert_eq!(tag(&hers, path).await, *known, "{path}");
            drop(again(&hers, path, known).await.is(304));
        }
        // What strangers may see has none at all.
        for path in ["/sign-in", "/recover", "/register", "/register/again"] {
            let page = stranger.get(path).await.is(200);
            assert!(page.headers.get("etag").is_none(), "{path}");
            seen.push(page.header("cache-control").to_owned());
        }
    }
    assert!(seen.iter().all(|it| it == "private, no-store"), "{seen:?}");
    // Her own change is in hers.
    site.recipient(&anna, "new@example.ru", "").await;
    assert_ne!(tag(&hers, "/recipients").await, tags[3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_writes_anything_an_unchanged_page_is_not_even_read() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    let browser = site.signed_in(&anna).await;
    let path = "/recipients?q=maria";
    let known = tag(&browser, path).await;
    // The session is looked up; what the page counts is not.
    let before = site.app.cache.figures();
    drop(again(&browser, path, &known).await.is(304));
    let after = site.app.cache.figures();
    assert_eq!((after.hits - before.hits, after.misses), (1, before.misses));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_browser_does_not_forget_when_told_to_it_keeps_nothing() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let request = browser.request(Method::GET, "/recipients");
    let page = read(request.header(HOST, "mail.example").send().await.unwrap()).await;
    let page = page.is(200);
    assert!(
        page.headers.get("etag").is_none(),
        "plain HTTP under a name"
    );
    assert_eq!(page.header("cache-control"), "private, no-store");
    let site = Site::start_with(&[("base_url", "https://mail.example.ru/")]).await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.cookie_of(&anna).await;
    assert!(
        browser
            .get("/recipients")
            .await
            .is(200)
            .headers
            .contains_key("etag")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_sees_what_the_cache_has_saved() {
    let site = Site::start().await;
    let boss = site.manager("boss@example.ru").await;
    site.recipients(&boss, 60, |number| format!("Имя {number}"))
        .await;
    let browser = site.signed_in(&boss).await;
    let figures = site.app.cache.figures();
    for _ in 0..3 {
        drop(
            browser
                .get("/recipients?q=имя")
                .await
                .is(200)
                .says("60 получателей"),
        );
    }
    let after = site.app.cache.figures();
    assert!(after.hits >= figures.hits + 2, "{figures:?} {after:?}");
    assert!(after.size > 0 && after.size <= after.capacity);
    let page = browser.get("/cache").await.is(200).says("Взято из памяти");
    drop(page.says("Ответов в памяти"));
    // What was added a moment ago is counted.
    site.recipient(&boss, "later@example.ru", "Имя Позже").await;
    drop(
        browser
            .get("/recipients?q=имя")
            .await
            .is(200)
            .says("61 получатель"),
    );
    let anna = site.user("anna@example.ru").await;
    let hers = site.signed_in(&anna).await;
    drop(hers.get("/cache").await.is(404));
    let none = hers.get("/recipients?q=имя").await.is(200);
    drop(none.does_not_say("61"));
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_counted_once_and_anew_after_any_attempt() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let boris = site.user("boris@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    attempts(&site, run, &[(NOW, "accepted")]).await;
    let (hers, his) = (site.signed_in(&anna).await, site.signed_in(&boris).await);
    let statistics = format!("/mailings/{mailing}/statistics");
    for path in ["/", "/statistics", &statistics] {
        drop(hers.get(path).await.is(200));
        let before = site.app.cache.figures();
        drop(hers.get(path).await.is(200));
        let after = site.app.cache.figures();
        // Her session, and the figures.
        assert_eq!(after.misses, before.misses, "{path}");
        assert!(after.hits >= before.hits + 2, "{path}");
        assert!(after.size > 0 && after.size <= after.capacity);
    }
    // What is kept in one language is not shown in another.
    let english = site.signed_in_english(&anna).await;
    for (browser, said) in [
        (&hers, "Успешных попыток"),
        (&english, "Successful attempts"),
    ]
    .repeat(2)
    {
        drop(browser.get("/statistics").await.is(200).says(said));
    }
    // Nothing of hers is his.
    drop(
        his.get("/statistics")
            .await
            .is(200)
            .says("За этот период отправок не было"),
    );
    attempts(&site, run, &[(NOW + 1, "refused")]).await;
    for path in ["/statistics", &statistics] {
        drop(hers.get(path).await.is(200).says("550 5.1.1"));
    }
    let page = hers.get("/").await.is(200);
    assert_eq!(page.table("periods-title")[3], ["Всё время", "2", "1", "1"]);
}
