//! The start page: how one's things stand, and the one next step of a newcomer.

use mailapp::domain::accounts::user::Language;

use crate::web_support::{DAY, HOUR, NOW, Site, attempts};

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_is_led_from_step_to_step_until_a_mailing_has_been_sent() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let next = async || {
        let page = browser.get("/").await.is(200);
        let step = page.html.split("aria-current=\"step\"").nth(1).map(|rest| {
            let href = rest.split("href=\"").nth(1).unwrap();
            href.split('"').next().unwrap().replace("&#x2f;", "/")
        });
        (page, step)
    };
    assert_eq!(next().await.1.as_deref(), Some("/recipients/new"));
    site.recipient(&anna, "maria@example.ru", "").await;
    assert_eq!(next().await.1.as_deref(), Some("/messages/new"));
    site.message(&anna, "Скидки").await;
    assert_eq!(next().await.1.as_deref(), Some("/mailings/new"));
    let mailing = site.mailing(&anna, "Осенняя").await;
    let (page, step) = next().await;
    assert_eq!(step.as_deref(), Some("/mailings"));
    let _page = page.says("Отправить сейчас");
    site.send(&anna, mailing).await;
    let (page, step) = next().await;
    assert_eq!(step, None);
    assert!(!page.text().contains("С чего начать"), "{}", page.text());
    let _page = page.says("Отправляются").says("Осенняя").says("0 из 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn today_begins_at_midnight_where_the_reader_is() {
    let site = Site::start().await;
    // NOW is 12:30 in Moscow and 15:00 in Kolkata.
    let anna = site.user("anna@example.ru").await;
    let boris = site
        .person(
            "boris@example.ru",
            mailapp::domain::accounts::user::Role::User,
            Some(Language::En),
            "Asia/Kolkata",
        )
        .await;
    for person in [&anna, &boris] {
        site.recipient(person, "maria@example.ru", "Мария").await;
        let mailing = site.mailing(person, "Осенняя").await;
        let run = site.send(person, mailing).await;
        // Midnight is 12:30 ago in Moscow, 15:00 ago in Kolkata.
        let moments = [
            (NOW - 12 * HOUR - HOUR / 2, "accepted"),
            (NOW - 12 * HOUR - HOUR / 2 - 1, "accepted"),
            (NOW - 15 * HOUR, "refused"),
            (NOW - 15 * HOUR - 1, "refused"),
            (NOW - 6 * DAY - 12 * HOUR - HOUR / 2, "deferred"),
            (NOW - 8 * DAY, "in_doubt"),
            (NOW - 40 * DAY, "accepted"),
        ];
        attempts(&site, run, &moments).await;
    }
    let rows = async |person, page: &'static str| {
        let browser = site.signed_in(person).await;
        let page = browser.get(page).await.is(200);
        page.table("periods-title")
    };
    assert_eq!(
        rows(&anna, "/").await,
        [
            ["Сегодня", "1", "1", "0"],
            ["7 дней", "5", "2", "3"],
            ["30 дней", "6", "2", "4"],
            ["Всё время", "7", "3", "4"],
        ]
    );
    assert_eq!(
        rows(&boris, "/").await,
        [
            ["Today", "3", "2", "1"],
            ["7 days", "5", "2", "3"],
            ["30 days", "6", "2", "4"],
            ["All time", "7", "3", "4"],
        ]
    );
    let boss = site.manager("boss@example.ru").await;
    let of_anna = format!("/?of={}", anna.id);
    let browser = site.signed_in(&boss).await;
    let page = browser.get(&of_anna).await.is(200);
    assert_eq!(page.table("periods-title")[3], ["Всё время", "7", "3", "4"]);
    let page = browser.get("/?of=all").await.is(200);
    assert_eq!(
        page.table("periods-title")[3],
        ["Всё время", "14", "6", "8"]
    );
    // For a user there is nobody else.
    let own = site.signed_in(&boris).await;
    let page = own.get(&of_anna).await.is(200);
    assert_eq!(page.table("periods-title")[0], ["Today", "3", "2", "1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_failures_say_in_plain_words_what_was_wrong() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let recipient = site.recipient(&anna, "maria@example.ru", "Мария").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    let browser = site.signed_in(&anna).await;
    let _page = browser.get("/").await.is(200).says("Неудачных попыток нет");
    attempts(&site, run, &[(NOW, "refused"), (NOW + 1, "accepted")]).await;
    let page = browser.get("/").await.is(200);
    let page = page
        .says("Последние неудачи")
        .says("550 5.1.1")
        .says("нет такого ящика");
    assert!(page.links().contains(&format!("/recipients/{recipient}")));
    assert!(
        page.links()
            .contains(&"/attempts?outcome=failed".to_owned())
    );
}
