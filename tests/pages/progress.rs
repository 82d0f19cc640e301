//! What is seen of a run: progress as it happens, and the attempts.

use std::fmt::Write as _;

use crate::web_support::{Browser, PATIENCE, Person, Site};

/// Somebody with a mailing to three recipients that was never sent.
async fn anna_at(site: &Site) -> (Person, i64) {
    let anna = site.user("anna@example.ru").await;
    for (email, name) in [
        ("maria@example.ru", "Мария"),
        ("ivan@example.ru", "Иван"),
        ("olga@example.ru", "Ольга"),
    ] {
        site.recipient(&anna, email, name).await;
    }
    let mailing = site.mailing(&anna, "Осенняя").await;
    (anna, mailing)
}

/// Reads a run's events to their end: those with a name, and the pieces of the page.
async fn events(browser: &Browser, run: i64) -> (Vec<String>, Vec<String>) {
    let request = browser.request(reqwest::Method::GET, &format!("/runs/{run}/events"));
    let mut response = request
        .header("Accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("text/event-stream"), "{kind}");
    let mut bytes = Vec::new();
    let read = async {
        while let Some(chunk) = response.chunk().await.unwrap() {
            bytes.extend_from_slice(&chunk);
        }
    };
    tokio::time::timeout(PATIENCE, read).await.unwrap();
    let (mut names, mut parts) = (Vec::new(), Vec::new());
    for event in String::from_utf8(bytes).unwrap().split("\n\n") {
        let mut data = String::new();
        let mut name = None;
        for line in event.lines() {
            match line.split_once(':') {
                Some(("data", rest)) => writeln!(data, "{rest}").unwrap(),
                Some(("event", rest)) => name = Some(rest.trim().to_owned()),
                _ => {}
            }
        }
        match name {
            Some(name) => names.push(name),
            None if !data.is_empty() => parts.push(data),
            None => {}
        }
    }
    (names, parts)
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_as_it_happens_and_ends_with_done() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    site.recipients(&anna, 200, |number| format!("Имя {number}"))
        .await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    let browser = site.signed_in(&anna).await;
    // The engine starts once the stream has told how things stand.
    let (app, engine) = (site.app.clone(), tokio::sync::oneshot::channel());
    let listening = events(&browser, run);
    let starting = async {
        let engine_runs = app.start_engine().unwrap();
        site.until("SELECT count(*) FROM runs WHERE state = 'finished'", 1)
            .await;
        engine.0.send(engine_runs).ok().unwrap();
    };
    let ((names, parts), ()) = tokio::join!(listening, starting);
    assert_eq!(names, ["done"]);
    let last = parts.last().unwrap();
    assert!(last.contains("max=\"200\" value=\"200\""), "{last}");
    assert!(last.contains("Закончена"), "{last}");
    assert!(!last.contains("<html"), "a part, not a page");
    assert_eq!(site.count("SELECT count(*) FROM captured_mails").await, 200);

    let page = browser.get(&format!("/mailings/{mailing}")).await.is(200);
    let page = page
        .says("200 из 200")
        .says("Закончена")
        .says("Успешно 200");
    let _page = page.says("Все 200").does_not_say("Не успешно 1");
    let (names, parts) = events(&browser, run).await;
    assert_eq!(
        (names.len(), parts.len()),
        (1, 1),
        "a run that is over says so and ends"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_ends_for_whoever_has_signed_out() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let run = site.send(&anna, mailing).await;
    let browser = site.signed_in(&anna).await;
    let leave = async { browser.submit("/mailings", "/sign-out", &[]).await.is(303) };
    let ((names, _), _) = tokio::join!(events(&browser, run), leave);
    assert_eq!(
        names,
        Vec::<String>::new(),
        "it ended, and not because the run was done"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_are_listed_with_the_servers_words_and_filtered() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let run = site.send(&anna, mailing).await;
    site.execute(
        "INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to,
                               code, enhanced, text, server)
         SELECT run_id, id, 2, 1795426200000, 1234, 'refused', 'recipient', 550, '5.1.1',
                'No such user here', 'mx.example.ru' FROM deliveries WHERE email LIKE 'maria%'
         UNION ALL
         SELECT run_id, id, 1, 1795426201000, 43, 'accepted', 'recipient', 250, '2.0.0',
                'Ok: queued as 4F2A', 'mx.example.ru' FROM deliveries WHERE email LIKE 'ivan%'
         UNION ALL
         SELECT run_id, id, 1, 1795426202000, 30000, 'deferred', 'relay', NULL, NULL,
                '[timeout] after DATA', '' FROM deliveries WHERE email LIKE 'olga%';
         UPDATE runs SET attempts_refused = 1, attempts_accepted = 1, attempts_deferred = 1",
    )
    .await;
    let browser = site.signed_in(&anna).await;
    let page = browser.get(&format!("/mailings/{mailing}")).await.is(200);
    let attempts = page.part("attempts").unwrap();
    for words in [
        "Все 3",
        "550 5.1.1 No such user here нет такого ящика mx.example.ru · 1,2 с · попытка 2 12:30:00",
        "250 2.0.0 Ok: queued as 4F2A mx.example.ru · 43 мс 12:30:01",
        "maria@example.ru Мария Не успешно",
        "ivan@example.ru Иван Успешно",
        "after DATA сервер не ответил вовремя 30 с 12:30:02",
    ] {
        assert!(attempts.contains(words), "«{words}» is not in {attempts}");
    }
    for (outcome, found) in [
        ("refused", "maria@"),
        ("accepted", "ivan@"),
        ("deferred", "olga@"),
    ] {
        let path = format!("/runs/{run}?outcome={outcome}");
        assert!(page.links().contains(&path), "{:?}", page.links());
        let attempts = browser.get(&path).await.is(200).part("attempts").unwrap();
        for email in ["maria@", "ivan@", "olga@"] {
            assert_eq!(
                attempts.contains(email),
                email == found,
                "{outcome}: {attempts}"
            );
        }
    }
    // The part that a page under way asks for.
    let request = browser.request(
        reqwest::Method::GET,
        &format!("/runs/{run}/attempts?outcome=refused"),
    );
    let part = request
        .header("HX-Request", "true")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(part.contains("maria@") && !part.contains("ivan@") && !part.contains("<html"));
    let whole = browser.get(&format!("/runs/{run}/attempts")).await;
    assert_eq!(whole.location(), format!("/runs/{run}"));
}

/// Reads on until the stream has said all of these.
async fn hears(response: &mut reqwest::Response, heard: &mut Vec<u8>, words: &[&str]) {
    let said = |heard: &[u8]| {
        let text = String::from_utf8_lossy(heard);
        let text = text.replace('\u{a0}', " ").replace("&#x2f;", "/");
        words.iter().all(|words| text.contains(words))
    };
    let read = async {
        while !said(heard) {
            let chunk = response.chunk().await.unwrap();
            heard.extend_from_slice(&chunk.expect("the stream goes on"));
        }
    };
    let is_late = tokio::time::timeout(PATIENCE, read).await.is_err();
    assert!(
        !is_late,
        "{words:?} are not in {}",
        String::from_utf8_lossy(heard)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_the_time_left_and_what_holds_it_up_are_told_while_one_looks() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    site.recipients(&anna, 200, |number| format!("Имя {number}"))
        .await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    let browser = site.signed_in(&anna).await;
    let request = browser.request(reqwest::Method::GET, &format!("/runs/{run}/events"));
    let mut stream = request.send().await.unwrap();
    let mut heard = Vec::new();
    hears(&mut stream, &mut heard, &["0 из 200"]).await;
    // A hundred in five seconds.
    site.execute("UPDATE runs SET queued = queued - 100, accepted = accepted + 100")
        .await;
    site.clock.advance(5_000);
    let told = ["≈ 20 писем/с · осталось около 5 с", "100 из 200"];
    hears(&mut stream, &mut heard, &told).await;
    // Nothing of the run itself changes.
    site.execute(
        "INSERT INTO relay_status (name, down_since, next_try_at, text)
         VALUES ('relay', 1, 2, '421 4.3.2 Going down')",
    )
    .await;
    let told = ["Отправка ждёт почтовый сервер: 421 4.3.2 Going down"];
    hears(&mut stream, &mut heard, &told).await;
    site.execute("UPDATE runs SET state = 'paused', pause_reason = 'asked'")
        .await;
    hears(&mut stream, &mut heard, &["event:done"]).await;
}
