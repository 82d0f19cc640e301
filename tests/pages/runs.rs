//! Sending: the button, what refuses it, pausing and calling off.

use crate::web_support::{Browser, DAY, NOW, Page, Person, Site};

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

/// Presses a button that the page may not show (any more).
async fn press(browser: &Browser, path: &str) -> Page {
    let token = ("csrf".to_owned(), browser.token().await);
    browser.insist(path, &[token]).await
}

async fn runs(site: &Site) -> i64 {
    site.count("SELECT count(*) FROM runs").await
}

#[tokio::test(flavor = "multi_thread")]
async fn send_now_answers_at_once_and_the_run_is_there() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    let path = format!("/mailings/{mailing}");
    let page = browser
        .get(&path)
        .await
        .is(200)
        .says("Создана")
        .says("Ещё не отправлялась");
    let answer = browser.send(page.form(&format!("{path}/send"))).await;
    assert_eq!(answer.location(), path);
    // No engine runs here, so nothing has been sent inside the request.
    let wanted = "SELECT count(*) FROM runs WHERE state = 'active' AND started_by = 'web'
                  AND total = 3 AND queued = 3";
    assert_eq!(site.count(wanted).await, 1);
    assert_eq!(
        site.count("SELECT count(*) FROM deliveries WHERE state = 'waiting'")
            .await,
        3
    );
    assert_eq!(
        site.count("SELECT count(*) FROM audit WHERE verb = 'send_mailing'")
            .await,
        1
    );
    let page = browser
        .follow(&answer)
        .await
        .is(200)
        .says("Запущена")
        .says("0 из 3");
    assert!(
        !page.actions().contains(&format!("{path}/send")),
        "it cannot be sent twice at once"
    );
    let _page = browser.get("/mailings").await.says("Запущена");
}

#[tokio::test(flavor = "multi_thread")]
async fn sending_once_more_is_asked_before() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let run = site.send(&anna, mailing).await;
    let browser = site.signed_in(&anna).await;
    let (path, send) = (
        format!("/mailings/{mailing}"),
        format!("/mailings/{mailing}/send"),
    );
    let cancel = format!("/runs/{run}/cancel");
    let page = browser
        .submit_and_follow(&cancel, &cancel, &[])
        .await
        .is(200);
    let page = page.says("Отправка отменена.").says("Отправить ещё раз");
    assert!(!page.actions().contains(&send), "not with one press");
    assert!(page.links().contains(&send));
    let page = browser
        .get(&send)
        .await
        .is(200)
        .says("Отправить «Осенняя» ещё раз?");
    assert_eq!(runs(&site).await, 1, "asking changes nothing");
    let answer = browser.send(page.form(&send)).await;
    assert_eq!(answer.location(), path);
    assert_eq!(runs(&site).await, 2);
    let page = browser
        .follow(&answer)
        .await
        .is(200)
        .says("Прежние отправки");
    assert!(page.links().contains(&format!("/runs/{run}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_why_and_changes_nothing() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let (ru, en) = (
        site.signed_in(&anna).await,
        site.signed_in_english(&anna).await,
    );
    let send = format!("/mailings/{mailing}/send");
    let refuse = async |russian: &str, english: &str| {
        let before = site.contents().await;
        let _page = press(&ru, &send).await.is(409).says(russian);
        let _page = press(&en, &send).await.is(409).says(english);
        assert_eq!(site.contents().await, before, "{english}");
    };
    site.execute("UPDATE mailings SET recipients_count = 0")
        .await;
    refuse(
        "У рассылки нет получателей.",
        "The mailing has no recipients.",
    )
    .await;
    site.execute("UPDATE mailings SET recipients_count = 3")
        .await;
    site.execute("UPDATE mailings SET disabled_at = 1, disabled_reason = 'жалобы'")
        .await;
    refuse(
        "Менеджер отключил рассылку. Причина: жалобы",
        "A manager has switched the mailing off. Reason: жалобы",
    )
    .await;
    site.execute("UPDATE mailings SET disabled_at = NULL").await;
    let run = site.send(&anna, mailing).await;
    refuse(
        &format!("Рассылка уже отправляется (отправка № {run})."),
        &format!("The mailing is already being sent (run {run})."),
    )
    .await;
    let _page = press(&ru, &format!("/runs/{run}/pause")).await.is(303);
    refuse(
        &format!("Отправка № {run} приостановлена. Продолжите её или отмените."),
        &format!("Run {run} is paused. Resume it or cancel it."),
    )
    .await;
    let _page = press(&ru, &format!("/runs/{run}/cancel")).await.is(303);
    for days in [6, 7] {
        // Looking in now and then keeps one signed in.
        site.clock.set(NOW + days * DAY);
        let _page = ru.get("/mailings").await.is(200);
        let _page = en.get("/mailings").await.is(200);
    }
    refuse(
        "Рассылка завершена: её окончание — 30 нояб. 2026, 12:30. Продлите её, чтобы отправить.",
        "The mailing is finished: its end was 30 Nov 2026, 12:30. Extend it to send it.",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_has_failed_can_be_sent_to_those_that_failed() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    let path = format!("/mailings/{mailing}");
    let again = format!("{path}/send-failed");
    let _page = press(&browser, &again)
        .await
        .is(409)
        .says("Рассылка ещё ни разу не отправлялась.");
    let run = site.send(&anna, mailing).await;
    finish(&site, "accepted").await;
    let _page = press(&browser, &again)
        .await
        .is(409)
        .says("Таких нет: прошлая отправка дошла до всех");
    assert_eq!(runs(&site).await, 1);
    finish(&site, "refused").await;
    let page = browser
        .get(&path)
        .await
        .is(200)
        .says("Повторить неуспешные: 1");
    let answer = browser.send(page.form(&again)).await;
    assert_eq!(answer.location(), path);
    let wanted = "SELECT count(*) FROM runs WHERE failed_only = 1 AND total = 1";
    assert_eq!(site.count(wanted).await, 1);
    let first = site
        .count("SELECT email = 'maria@example.ru' FROM deliveries ORDER BY id DESC")
        .await;
    assert_eq!(first, 1, "the one that was refused");
    let _page = browser.get(&format!("/runs/{run}")).await.is(200);
}

/// Ends the run: Maria's delivery like this, the others accepted.
async fn finish(site: &Site, outcome: &'static str) {
    site.write(move |c| {
        let refused = i64::from(outcome == "refused");
        c.execute_batch(&format!(
            "UPDATE deliveries SET state = CASE email WHEN 'maria@example.ru' THEN '{outcome}'
                                           ELSE 'accepted' END;
             UPDATE runs SET state = 'finished', finished_at = {NOW}, queued = 0,
                             accepted = 3 - {refused}, refused = {refused};"
        ))
        .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_paused_resumed_and_called_off() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let run = site.send(&anna, mailing).await;
    let browser = site.signed_in(&anna).await;
    let path = format!("/mailings/{mailing}");
    let button = |what: &str| format!("/runs/{run}/{what}");
    let page = browser
        .submit_and_follow(&path, &button("pause"), &[])
        .await
        .is(200);
    let page = page
        .says("Отправка приостановлена.")
        .says("Приостановлена по просьбе владельца.");
    assert!(!page.actions().contains(&button("pause")));
    let _page = press(&browser, &button("pause"))
        .await
        .is(409)
        .says("Эта отправка сейчас не идёт.");
    let page = browser
        .submit_and_follow(&path, &button("resume"), &[])
        .await
        .is(200);
    assert!(page.actions().contains(&button("pause")));
    let _page = press(&browser, &button("resume"))
        .await
        .is(409)
        .says("Эта отправка не приостановлена.");
    let page = browser
        .get(&button("cancel"))
        .await
        .is(200)
        .says("Отменить отправку «Осенняя»?");
    assert_eq!(
        site.count("SELECT count(*) FROM runs WHERE state = 'active'")
            .await,
        1
    );
    let answer = browser.send(page.form(&button("cancel"))).await;
    let page = browser
        .follow(&answer)
        .await
        .is(200)
        .says("Отправка отменена.");
    let _page = page.says("Пропущены: 3").says("Отменена");
    let _page = press(&browser, &button("cancel"))
        .await
        .is(409)
        .says("Эта отправка уже закончилась.");
    let wanted = "SELECT count(*) FROM deliveries WHERE state = 'skipped'";
    assert_eq!(site.count(wanted).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailing_whose_run_is_not_over_cannot_be_deleted() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    site.send(&anna, mailing).await;
    let browser = site.signed_in(&anna).await;
    let page = press(&browser, &format!("/mailings/{mailing}/delete"))
        .await
        .is(409);
    let _page = page.says("Отправка этой рассылки не закончена. Сначала отмените её.");
    let _page = browser.get(&format!("/mailings/{mailing}")).await.is(200);
}
