//! Choosing a mailing's recipients: search, tick, all that match, page by page, without a script
//! as with one.

use crate::web_support::{Browser, Form, Page, Person, Site};

pub async fn anna_with(site: &Site, count: usize) -> (Person, String) {
    let anna = site.user("anna@example.ru").await;
    site.recipients(&anna, count, |number| {
        let kind = if number % 3 == 0 {
            "клиент"
        } else {
            "партнёр"
        };
        format!("Имя {number:05} {kind}")
    })
    .await;
    let message = site.message(&anna, "Осенние скидки").await;
    (anna, message.to_string())
}

async fn press(browser: &Browser, form: Form, act: &str) -> Page {
    browser.send(form.press("act", act)).await.is(200)
}

pub fn form(page: &Page) -> Form {
    page.form("/mailings")
}

/// Saves and reads who is in the mailing.
async fn save(site: &Site, browser: &Browser, form: Form) -> (i64, Vec<String>) {
    let id = browser.send(form.press("act", "save")).await.new_id();
    (id, members(site, id).await)
}

async fn members(site: &Site, mailing: i64) -> Vec<String> {
    site.app
        .store
        .read(move |c| {
            let emails: Vec<String> = c
                .prepare(
                    "SELECT r.email FROM recipients r
                     JOIN mailing_recipients m ON m.recipient_id = r.id
                     WHERE m.mailing_id = ?1 ORDER BY r.id",
                )?
                .query_map([mailing], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let kept: i64 = c.query_row(
                "SELECT recipients_count FROM mailings WHERE id = ?1",
                [mailing],
                |row| row.get(0),
            )?;
            assert_eq!(
                usize::try_from(kept),
                Ok(emails.len()),
                "the count that is kept"
            );
            Ok::<_, mailapp::store::StoreError>(emails)
        })
        .await
        .unwrap()
}

fn shown(page: &Page) -> Vec<String> {
    let shown = form(page).value("shown").unwrap_or_default().to_owned();
    shown.split(',').map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ticks_are_kept_over_a_search_and_over_pages() {
    let site = Site::start().await;
    let (anna, message) = anna_with(&site, 120).await;
    let browser = site.signed_in(&anna).await;
    let page = browser
        .get("/mailings/new")
        .await
        .is(200)
        .says("Выбрано 0 из 120");
    assert_eq!(shown(&page).len(), 50);
    let id = |number: i64| number.to_string();
    // n120 is on the first page, the newest in front.
    let start = form(&page)
        .with("title", "Осенняя")
        .with("message_id", &message)
        .with("ends_at", "2026-12-24T18:00")
        .untick("automatic", "on")
        .tick("ticked", &id(120));
    let page = press(&browser, start, "next")
        .await
        .says("Выбрано 1 из 120");
    let page = press(&browser, form(&page).tick("ticked", &id(70)), "next")
        .await
        .says("Выбрано 2 из 120");
    assert_eq!(shown(&page).len(), 20);
    // Without leaving the page.
    let ticked = form(&page).tick("ticked", &id(1)).press("act", "prev");
    let page = browser.send(ticked.with("act", "tick")).await.is(200);
    let page = page.says("Выбрано 3 из 120");
    assert_eq!(shown(&page).len(), 20);
    let page = press(&browser, form(&page), "prev")
        .await
        .says("Выбрано 3 из 120");
    assert_eq!(form(&page).values("ticked"), ["70"]);
    let searched = press(&browser, form(&page).with("q", "ИМЯ 00042"), "search").await;
    assert_eq!(shown(&searched), ["42"]);
    let page = press(
        &browser,
        form(&searched).tick("ticked", "42").with("q", ""),
        "search",
    )
    .await;
    let page = page.says("Выбрано 4 из 120");
    let page = press(&browser, form(&page).untick("ticked", &id(120)), "search").await;
    let last = form(&page.says("Выбрано 3 из 120"));
    // Everything else in the form has come along.
    assert_eq!(last.value("title"), Some("Осенняя"));
    assert_eq!(last.value("message_id"), Some(message.as_str()));
    assert_eq!(last.value("ends_at"), Some("2026-12-24T18:00"));
    assert_eq!(last.value("automatic"), None);
    let (_, members) = save(&site, &browser, last).await;
    assert_eq!(
        members,
        ["n1@example.ru", "n42@example.ru", "n70@example.ru"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_hundred_and_twenty_get_into_one_mailing_with_one_press() {
    let site = Site::start().await;
    let (anna, message) = anna_with(&site, 120).await;
    let browser = site.signed_in(&anna).await;
    let page = browser
        .get("/mailings/new")
        .await
        .is(200)
        .says("Добавить всех: 120");
    let page = press(&browser, form(&page).with("message_id", &message), "all").await;
    let page = page.says("Выбрано 120 из 120");
    assert_eq!(
        form(&page).values("ticked").len(),
        50,
        "they show as ticked"
    );
    let (id, members) = save(&site, &browser, form(&page)).await;
    assert_eq!(members.len(), 120);
    let page = browser
        .get(&format!("/mailings/{id}"))
        .await
        .is(200)
        .says("120 получателей");
    assert!(page.links().contains(&format!("/mailings/{id}/recipients")));
    let page = browser
        .get(&format!("/mailings/{id}/recipients"))
        .await
        .is(200);
    let _page = page
        .says("n120@example.ru")
        .says("n71@example.ru")
        .does_not_say("n70@example.ru");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_match_but_for_those_taken_out_again() {
    let site = Site::start().await;
    let (anna, message) = anna_with(&site, 120).await;
    let browser = site.signed_in(&anna).await;
    let page = browser.get("/mailings/new").await.is(200);
    let start = form(&page).with("message_id", &message).with("q", "клиент");
    let page = press(&browser, start, "search")
        .await
        .says("Добавить всех найденных: 40");
    let page = press(&browser, form(&page), "all")
        .await
        .says("Выбрано 40 из 120");
    let page = press(&browser, form(&page).untick("ticked", "120"), "search").await;
    let page = page.says("Выбрано 39 из 120");
    assert!(!form(&page).values("ticked").contains(&"120"));
    // Adding another search leaves out who was taken out, unless it is found again.
    let page = press(&browser, form(&page).with("q", "имя 00001"), "search").await;
    let page = press(&browser, form(&page), "all")
        .await
        .says("Выбрано 40 из 120");
    let (_, without) = save(&site, &browser, form(&page)).await;
    assert_eq!(without.len(), 40);
    assert!(without.contains(&"n1@example.ru".to_owned()));
    assert!(!without.contains(&"n120@example.ru".to_owned()));
    let page = press(&browser, form(&page).with("q", "клиент"), "search").await;
    let page = press(&browser, form(&page), "all")
        .await
        .says("Выбрано 41 из 120");
    let page = press(&browser, form(&page), "none")
        .await
        .says("Выбрано 0 из 120");
    let (_, nobody) = save(&site, &browser, form(&page)).await;
    assert_eq!(nobody, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn editing_a_mailing_keeps_whom_it_has() {
    let site = Site::start().await;
    let (anna, message) = anna_with(&site, 60).await;
    let browser = site.signed_in(&anna).await;
    let page = browser.get("/mailings/new").await.is(200);
    let start = form(&page)
        .with("message_id", &message)
        .tick("ticked", "60")
        .tick("ticked", "59");
    let (id, members_at_first) = save(&site, &browser, start).await;
    assert_eq!(members_at_first, ["n59@example.ru", "n60@example.ru"]);
    let (path, edit) = (format!("/mailings/{id}"), format!("/mailings/{id}/edit"));
    // Somebody who was added later does not slip in.
    site.recipient(&anna, "later@example.ru", "Позже").await;
    let page = browser.get(&edit).await.is(200).says("Выбрано 2 из 61");
    let saved = browser
        .send(
            page.form(&path)
                .with("title", "Другая")
                .press("act", "save"),
        )
        .await;
    assert_eq!(saved.location(), path);
    assert_eq!(members(&site, id).await, members_at_first);
    let page = browser.get(&edit).await.is(200);
    let form = page.form(&path).untick("ticked", "60").tick("ticked", "58");
    let page = browser
        .send(form.press("act", "next"))
        .await
        .is(200)
        .says("Выбрано 2 из 61");
    let saved = browser
        .send(page.form(&path).tick("ticked", "1").press("act", "save"))
        .await;
    assert_eq!(saved.location(), path);
    assert_eq!(
        members(&site, id).await,
        ["n1@example.ru", "n58@example.ru", "n59@example.ru"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_stays_small_for_ten_thousand_recipients() {
    let site = Site::start().await;
    let (anna, message) = anna_with(&site, 10_000).await;
    let browser = site.signed_in(&anna).await;
    let page = browser
        .get("/mailings/new")
        .await
        .is(200)
        .says("Выбрано 0 из 10 000");
    assert!(page.html.len() < 100_000, "{} bytes", page.html.len());
    let page = press(&browser, form(&page).with("message_id", &message), "all").await;
    let page = press(&browser, form(&page).untick("ticked", "9999"), "next").await;
    let page = page.says("Выбрано 9999 из 10 000");
    assert!(page.html.len() < 100_000, "{} bytes", page.html.len());
    let (_, members) = save(&site, &browser, form(&page)).await;
    assert_eq!(members.len(), 9_999);
    assert!(!members.contains(&"n9999@example.ru".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn anothers_recipients_cannot_be_picked_by_number() {
    let site = Site::start().await;
    let (anna, message) = anna_with(&site, 2).await;
    let boris = site.user("boris@example.ru").await;
    let foreign = site
        .recipient(&boris, "secret@example.ru", "Тайна")
        .await
        .to_string();
    let browser = site.signed_in(&anna).await;
    let mut start = form(&browser.get("/mailings/new").await.is(200)).with("message_id", &message);
    let both = format!("1,{foreign}");
    start = start.with("shown", &both).tick("ticked", "1");
    start.fields.push(("ticked".to_owned(), foreign.clone()));
    let page = press(&browser, start, "search").await;
    assert!(!page.html.contains("secret@"));
    let (_, members) = save(&site, &browser, form(&page)).await;
    assert_eq!(members, ["n1@example.ru"]);

    let mut forged = form(&browser.get("/mailings/new").await.is(200)).with("message_id", &message);
    let selection = format!("{{\"w\":[{foreign},2],\"m\":[\"тайна\"]}}");
    forged = forged.with("selection", &selection).tick("ticked", "2");
    let page = browser.send(forged.press("act", "save")).await.is(422);
    assert!(
        !page.html.contains("secret@"),
        "nobody of hers is called so"
    );
    let mut forged = form(&browser.get("/mailings/new").await.is(200)).with("message_id", &message);
    let selection = format!("{{\"w\":[{foreign},2]}}");
    forged = forged.with("selection", &selection).tick("ticked", "2");
    let (_, members) = save(&site, &browser, forged).await;
    assert_eq!(members, ["n2@example.ru"]);
    for nonsense in ["", "{", "[]", "{\"w\":[1e400]}", "{\"x\":1}", "\u{0}"] {
        let form = form(&browser.get("/mailings/new").await.is(200)).with("message_id", &message);
        let (_, members) = save(&site, &browser, form.with("selection", nonsense)).await;
        assert_eq!(members, Vec::<String>::new(), "{nonsense}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_part_alone_is_what_the_whole_form_would_show_and_changes_nothing() {
    let site = Site::start().await;
    let (anna, _) = anna_with(&site, 120).await;
    let browser = site.signed_in(&anna).await;
    let page = browser.get("/mailings/new").await.is(200);
    let mut start = form(&page).with("q", "клиент").press("act", "all");
    let before = site.contents().await;
    let whole = browser.send(start.clone()).await.is(200);
    start.action = "/mailings/picker".to_owned();
    let part = browser.send(start).await.is(200);
    assert!(!part.html.contains("<html"), "a part, not a page");
    assert_eq!(part.part("picker"), whole.part("picker"));
    assert!(
        part.says("Выбрано 40 из 120")
            .html
            .contains("value=\"{&quot;m&quot;")
    );
    assert_eq!(site.contents().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_form_can_carry_is_said_at_once_and_what_was_chosen_stays_chosen() {
    let site = Site::start().await;
    let (anna, _) = anna_with(&site, 120).await;
    let browser = site.signed_in(&anna).await;
    let mut page = browser.get("/mailings/new").await.is(200);
    for search in 1..=51 {
        let add = form(&page)
            .with("q", &format!("n{search}@"))
            .press("act", "all");
        page = browser.send(add).await.is(200);
    }
    let page = page.says("не более 50 поисков").says("Выбрано 50 из 120");
    let message = site.message(&anna, "Новости").await;
    let (_, members) = save(
        &site,
        &browser,
        form(&page).with("message_id", &message.to_string()),
    )
    .await;
    assert_eq!(members.len(), 50);
}
