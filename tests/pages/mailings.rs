//! Mailings: their list, their statuses, their pages.

use crate::web_support::{Browser, DAY, NOW, Page, Person, Site};

/// Somebody with a message and two recipients.
async fn anna_at(site: &Site) -> (Person, String) {
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    site.recipient(&anna, "ivan@example.ru", "Иван").await;
    let message = site.message(&anna, "Осенние скидки").await;
    (anna, message.to_string())
}

async fn save(browser: &Browser, path: &str, action: &str, fields: &[(&str, &str)]) -> Page {
    let mut form = browser.get(path).await.is(200).form(action);
    for (name, value) in fields {
        form = form.with(name, value);
    }
    browser.send(form.press("act", "save")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailing_is_created_shown_changed_and_deleted() {
    let site = Site::start().await;
    let (anna, message) = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    let _page = browser
        .get("/mailings")
        .await
        .is(200)
        .says("Рассылок пока нет");
    let page = browser
        .get("/mailings/new")
        .await
        .is(200)
        .says("Часовой пояс: Europe/Moscow (UTC+3)");
    let form = page.form("/mailings");
    assert_eq!(
        form.value("starts_at"),
        Some("2026-11-23T13:00"),
        "the next full hour"
    );
    assert_eq!(
        form.value("ends_at"),
        Some("2026-11-30T13:00"),
        "a week later"
    );
    let form = form.with("title", "Осенняя").with("message_id", &message);
    let saved = browser.send(form.press("act", "save")).await;
    let (id, path) = (saved.new_id(), saved.location().to_owned());
    let page = browser
        .follow(&saved)
        .await
        .is(200)
        .says("Сохранено.")
        .says("Осенняя");
    let page = page
        .says("Создана")
        .says("«Осенние скидки»")
        .says("0 получателей");
    let _page = page
        .says("23 нояб. 2026, 13:00 – 30 нояб. 2026, 13:00")
        // With nobody to send to, nothing is promised.
        .does_not_say("начнётся автоматически");

    let edit = format!("/mailings/{id}/edit");
    let fields = [("title", ""), ("ends_at", "2026-12-24T18:00")];
    let saved = save(&browser, &edit, &path, &fields).await;
    let page = browser
        .follow(&saved)
        .await
        .is(200)
        .says("24 дек. 2026, 18:00");
    // Without a title of its own it bears its message's subject.
    assert_eq!(page.text().matches("Осенняя").count(), 0);
    let _page = browser
        .get("/mailings")
        .await
        .is(200)
        .says("Осенние скидки");

    let delete = format!("{path}/delete");
    let _page = browser
        .get(&delete)
        .await
        .is(200)
        .says("Удалить рассылку «Осенние скидки»?");
    let page = browser.submit_and_follow(&delete, &delete, &[]).await;
    let _page = page.is(200).says("Удалено.").says("Рассылок пока нет");
    let _page = browser.get(&path).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statuses_read_exactly_and_filter_the_list() {
    let site = Site::start().await;
    let (anna, _) = anna_at(&site).await;
    site.mailing(&anna, "Новая").await;
    let sent = site.mailing(&anna, "Отправленная").await;
    site.send(&anna, sent).await;
    let over = site.mailing(&anna, "Прошлая").await;
    site.send(&anna, over).await;
    let never = site.mailing(&anna, "Упущенная").await;
    site.write(move |c| {
        for id in [over, never] {
            c.execute(
                "UPDATE mailings SET starts_at = ?1, ends_at = ?2 WHERE id = ?3",
                (NOW - DAY, NOW - 1, id),
            )
            .unwrap();
        }
    })
    .await;
    let titles = ["Новая", "Отправленная", "Прошлая", "Упущенная"];
    for (browser, badges) in [
        (
            site.signed_in(&anna).await,
            ["Создана", "Запущена", "Завершена"],
        ),
        (
            site.signed_in_english(&anna).await,
            ["Created", "Running", "Finished"],
        ),
    ] {
        for (status, badge, shown) in [
            ("created", badges[0], &titles[..1]),
            ("running", badges[1], &titles[1..2]),
            ("finished", badges[2], &titles[2..]),
        ] {
            let page = browser
                .get(&format!("/mailings?status={status}"))
                .await
                .is(200);
            let list = page.part("list").unwrap();
            for title in titles {
                assert_eq!(
                    list.contains(title),
                    shown.contains(&title),
                    "{status}: {list}"
                );
            }
            let badges: Vec<String> = page
                .html
                .split("class=\"badge ")
                .skip(1)
                .filter_map(|rest| rest.split_once('>')?.1.split_once('<'))
                .map(|(text, _)| text.to_owned())
                .collect();
            assert_eq!(badges, vec![badge; shown.len()], "{status}");
        }
        let list = browser
            .get("/mailings?status=nonsense")
            .await
            .is(200)
            .part("list")
            .unwrap();
        assert!(titles.iter().all(|title| list.contains(title)));
        let list = browser
            .get("/mailings?q=ОТПРАВЛ")
            .await
            .is(200)
            .part("list")
            .unwrap();
        assert!(
            list.contains("Отправленная") && !list.contains("Новая"),
            "{list}"
        );
        let list = browser
            .get("/mailings?q=тема:+упущ")
            .await
            .is(200)
            .part("list")
            .unwrap();
        assert!(
            list.contains("Упущенная") && !list.contains("Новая"),
            "{list}"
        );
    }
    // The end alone finishes it, without anything being written.
    site.clock.set(NOW + 7 * DAY);
    let browser = site.signed_in(&anna).await;
    let list = browser
        .get("/mailings?status=finished")
        .await
        .part("list")
        .unwrap();
    assert!(titles.iter().all(|title| list.contains(title)), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailing_that_was_switched_off_shows_the_reason_and_cannot_be_sent() {
    let site = Site::start().await;
    let (anna, _) = anna_at(&site).await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    site.execute("UPDATE mailings SET disabled_at = 1, disabled_reason = 'жалобы получателей'")
        .await;
    let browser = site.signed_in(&anna).await;
    let _page = browser.get("/mailings").await.is(200).says("Отключена");
    let path = format!("/mailings/{mailing}");
    let page = browser
        .get(&path)
        .await
        .is(200)
        .says("Создана")
        .says("Отключена");
    let page = page.says("Менеджер отключил эту рассылку: жалобы получателей");
    assert!(!page.actions().contains(&format!("{path}/send")));
    let fields = vec![("csrf".to_owned(), browser.token().await)];
    let page = browser.post(&format!("{path}/send"), &fields).await.is(409);
    let _page = page.says("Менеджер отключил рассылку. Причина: жалобы получателей");
    assert_eq!(site.count("SELECT count(*) FROM runs").await, 0);
}
