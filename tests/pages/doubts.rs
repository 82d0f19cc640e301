//! Mails in doubt: who, why, and what their owner decides; what is known of a run under way; why one
//! has paused by itself.

use crate::web_support::{Browser, HOUR, Page, Person, Site};

/// Somebody with a run that is over: the mails to Maria and Ivan are in doubt, Olga has hers.
async fn anna_at(site: &Site) -> (Person, i64, i64) {
    let anna = site.user("anna@example.ru").await;
    for (email, name) in [
        ("maria@example.ru", "Мария"),
        ("ivan@example.ru", "Иван"),
        ("olga@example.ru", "Ольга"),
    ] {
        site.recipient(&anna, email, name).await;
    }
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    site.execute(
        "UPDATE deliveries SET attempts = 1, state =
             CASE WHEN email LIKE 'olga%' THEN 'accepted' ELSE 'in_doubt' END;
         INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to,
                               code, text, server)
         SELECT run_id, id, 1, 1795426200000, 5, state, 'recipient',
                CASE WHEN email LIKE 'olga%' THEN 250 END,
                CASE WHEN email LIKE 'maria%' THEN '[lost] Connection reset by peer'
                     WHEN email LIKE 'ivan%' THEN '[interrupted]' ELSE 'Ok' END, 'mx.example.ru'
         FROM deliveries;
         UPDATE runs SET state = 'finished', finished_at = 1795426200000, queued = 0,
                         accepted = 1, in_doubt = 2, attempts_accepted = 1, attempts_in_doubt = 2",
    )
    .await;
    (anna, mailing, run)
}

async fn delivery(site: &Site, email: &str) -> String {
    let sql = format!("SELECT id FROM deliveries WHERE email = '{email}'");
    site.count(&sql).await.to_string()
}

/// Presses the button of one mail, or the one of all.
async fn decide(browser: &Browser, run: i64, verb: &str, which: &str) -> Page {
    let fields = [
        ("csrf".to_owned(), browser.token().await),
        ("delivery".to_owned(), which.to_owned()),
    ];
    let path = format!("/runs/{run}/doubts/{verb}");
    browser.insist(&path, &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_in_doubt_is_shown_with_the_reason_and_what_can_be_decided() {
    let site = Site::start().await;
    let (anna, mailing, run) = anna_at(&site).await;
    let (ru, en) = (
        site.signed_in(&anna).await,
        site.signed_in_english(&anna).await,
    );
    for path in [
        format!("/mailings/{mailing}"),
        format!("/runs/{run}"),
        format!("/runs/{run}/doubts"),
    ] {
        let page = ru.get(&path).await.is(200);
        let doubts = page.part("doubts").unwrap_or_else(|| page.text());
        for words in [
            "maria@example.ru Мария Связь оборвалась, когда письмо было передано целиком, а сервер \
             ещё не ответил. Connection reset by peer",
            "ivan@example.ru Иван Программа прервалась во время попытки",
            "Отправить ещё раз — человек может получить письмо дважды.",
            "Оставить так — человек мог его не получить.",
            "Отправить ещё раз: 2",
        ] {
            assert!(
                doubts.contains(words),
                "{path}: «{words}» is not in {doubts}"
            );
        }
        assert!(!doubts.contains("olga@"), "she has hers: {doubts}");
    }
    let page = en.get(&format!("/mailings/{mailing}")).await.is(200);
    let _page = page
        .says("The connection broke when the whole mail had been handed over")
        .says("the person may get it twice.")
        .says("In doubt: 2 (2 to decide)");
    let list = ru.get("/mailings").await.is(200);
    let _list = list.says("Под вопросом, ждут решения: 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_left_and_the_other_sent_again() {
    let site = Site::start().await;
    let (anna, mailing, run) = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    let (maria, ivan) = (
        delivery(&site, "maria@example.ru").await,
        delivery(&site, "ivan@example.ru").await,
    );
    let answer = decide(&browser, run, "leave", &maria).await;
    assert_eq!(answer.location(), format!("/mailings/{mailing}"));
    let page = browser
        .follow(&answer)
        .await
        .says("1 письмо оставлено под вопросом.");
    let page = page
        .says("Оставлено так 23 нояб. 2026, 12:30")
        .says("Под вопросом: 2 (ждут решения: 1)");
    let _page = page.says("Отправить ещё раз: 1");
    let answer = decide(&browser, run, "send-again", &ivan).await;
    let page = browser.follow(&answer).await.is(200);
    let page = page.says("1 письмо уйдёт ещё раз.").says("Отправляется");
    let _page = page.says("Само уйдёт ещё раз сейчас.");
    let engine = site.app.start_engine().unwrap();
    site.until("SELECT count(*) FROM runs WHERE state = 'finished'", 1)
        .await;
    engine.stop().await;
    let page = browser.get(&format!("/mailings/{mailing}")).await;
    let page = page.says("Успешно 2").says("Под вопросом: 1");
    assert!(!page.text().contains("ждут решения"), "{}", page.text());
    let audited = "SELECT count(*) FROM audit
                   WHERE verb IN ('leave_doubt', 'send_doubt_again') AND detail LIKE '%count_:1,%'";
    assert_eq!(site.count(audited).await, 2);
    // Pressed once more on a page that is out of date.
    let before = site.contents().await;
    let again = decide(&browser, run, "send-again", &ivan).await.is(409);
    let _again = again.says("не под вопросом");
    assert_eq!(site.contents().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_decided_at_once_and_what_is_not_understood_is_not_taken_for_all() {
    let site = Site::start().await;
    let (anna, _, run) = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    let before = site.contents().await;
    for which in ["", "x", "1x", "ALL", "99999999999999999999"] {
        let page = decide(&browser, run, "leave", which).await;
        let _page = page.is(422);
    }
    let _page = decide(&browser, run, "leave", "999999").await.is(409);
    assert_eq!(site.contents().await, before);
    let answer = decide(&browser, run, "leave", "all").await;
    let page = browser.follow(&answer).await;
    let _page = page.says("2 письма оставлены под вопросом.");
    let _none = decide(&browser, run, "leave", "all")
        .await
        .is(409)
        .says("под вопросом никого нет");
    assert_eq!(site.count("SELECT doubts_left FROM runs").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_end_nothing_is_sent_again_and_the_page_says_why() {
    let site = Site::start().await;
    let (anna, _, run) = anna_at(&site).await;
    site.execute("UPDATE mailings SET starts_at = 1, ends_at = 2")
        .await;
    let browser = site.signed_in(&anna).await;
    let before = site.contents().await;
    let page = decide(&browser, run, "send-again", "all").await.is(409);
    let _page = page.says("Рассылка завершена: её окончание — 1 янв. 1970, 03:00.");
    assert_eq!(site.contents().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_sees_who_is_in_doubt_and_decides_nothing() {
    let site = Site::start().await;
    let (_, mailing, run) = anna_at(&site).await;
    let boss = site.manager("boss@example.ru").await;
    let browser = site.signed_in(&boss).await;
    for path in [
        format!("/mailings/{mailing}"),
        format!("/runs/{run}/doubts"),
    ] {
        let page = browser.get(&path).await.is(200).says("maria@example.ru");
        let page = page.says("ждёт решения");
        let offered: Vec<String> = page.actions();
        assert!(
            !offered.iter().any(|action| action.contains("/doubts/")),
            "{offered:?}"
        );
    }
    let before = site.contents().await;
    for verb in ["send-again", "leave"] {
        let _page = decide(&browser, run, verb, "all").await.is(403);
    }
    assert_eq!(site.contents().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_in_doubt_come_page_by_page() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    site.recipients(&anna, 60, |number| format!("Имя {number}"))
        .await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    site.execute(
        "UPDATE deliveries SET attempts = 1, state = 'in_doubt';
         INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to,
                               text, server)
         SELECT run_id, id, 1, 1795426200000, 5, 'in_doubt', 'recipient', '[timeout]', ''
         FROM deliveries;
         UPDATE runs SET state = 'finished', finished_at = 1, queued = 0, in_doubt = 60,
                         attempts_in_doubt = 60",
    )
    .await;
    let browser = site.signed_in(&anna).await;
    let first = browser.get(&format!("/mailings/{mailing}")).await.is(200);
    let first = first.says("n60@example.ru").does_not_say("n10@example.ru");
    let start = format!("/runs/{run}/doubts?after=");
    let next = first
        .links()
        .into_iter()
        .find(|link| link.starts_with(&start));
    let next = browser.get(&next.expect("a next page")).await.is(200);
    let _next = next.says("n10@example.ru").does_not_say("n60@example.ru");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_under_way_gets_what_is_in_doubt_as_a_part() {
    let site = Site::start().await;
    let (anna, mailing, run) = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    decide(&browser, run, "send-again", "all").await.location();
    let path = format!("/runs/{run}/doubts");
    let page = browser.get(&format!("/mailings/{mailing}")).await.is(200);
    let asks = page
        .tags()
        .into_iter()
        .any(|tag| tag.get("id") == Some("doubts") && tag.get("hx-get") == Some(path.as_str()));
    assert!(asks, "the page asks for it anew");
    let request = browser.request(reqwest::Method::GET, &path);
    let answer = request.header("HX-Request", "true").send().await.unwrap();
    let part = answer.text().await.unwrap();
    assert!(part.contains("maria@example.ru") && !part.contains("<html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_under_way_tells_its_last_replies_and_when_the_next_try_is() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    site.recipients(&anna, 5, |number| format!("Имя {number}"))
        .await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    site.send(&anna, mailing).await;
    site.execute(
        "UPDATE deliveries SET attempts = 1, due_at = 1795426200000 + 240000 * id;
         INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to,
                               code, enhanced, text, server)
         SELECT run_id, id, 1, 1795426200000, 5, 'deferred', 'recipient', 451, '4.7.1',
                'Greylisted for ' || id || ' minutes', '' FROM deliveries;
         UPDATE runs SET queued = 0, deferred = 5, attempts_deferred = 5;
         INSERT INTO relay_status (name, down_since, next_try_at, text)
         VALUES ('relay', 1, 1795426260000, '[not-listening]')",
    )
    .await;
    let (ru, en) = (
        site.signed_in(&anna).await,
        site.signed_in_english(&anna).await,
    );
    let path = format!("/mailings/{mailing}");
    let page = ru.get(&path).await.is(200);
    let page = page
        .says("5 ждут; следующая попытка через 4 мин")
        .says("Последние ответы почтового сервера ×5 451 4.7.1 Greylisted for 5 minutes");
    let _page = page.says("Отправка ждёт почтовый сервер: там никто не отвечает");
    let page = en.get(&path).await.is(200);
    let page = page.says("5 wait; next try in 4 min");
    let _page = page.says("Sending waits for the mail server: nobody answers there");
    site.clock.advance(HOUR);
    let page = ru.get(&path).await.is(200);
    let _page = page.says("5 ждут; следующая попытка — сейчас");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_paused_by_itself_says_why_and_what_to_do() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    site.send(&anna, mailing).await;
    let (ru, en) = (
        site.signed_in(&anna).await,
        site.signed_in_english(&anna).await,
    );
    for (reason, russian, english) in [
        (
            "pause_reason = 'password', pause_detail = '[auth] 535 5.7.8 Wrong'",
            "не принял имя пользователя и пароль. Его ответ: 535 5.7.8 Wrong",
            "did not take the user name and password. It said: 535 5.7.8 Wrong",
        ),
        (
            "pause_reason = 'refusals', pause_detail = '554 5.7.1 Spam'",
            "один и тот же отказ: 554 5.7.1 Spam",
            "the same refusal: 554 5.7.1 Spam",
        ),
        (
            "pause_reason = 'relay', pause_detail = '[not-listening]'",
            "почтовый сервер не работает: там никто не отвечает",
            "the mail server does not work: nobody answers there",
        ),
    ] {
        let sql = format!("UPDATE runs SET state = 'paused', {reason}");
        site.write(move |c| c.execute_batch(&sql).unwrap()).await;
        let path = format!("/mailings/{mailing}");
        let page = ru.get(&path).await.is(200).says(russian);
        let _page = page.says("ажмите «Продолжить»");
        let page = en.get(&path).await.is(200).says(english);
        let _page = page.says("press Resume");
    }
}
