//! The form of a mailing: what it refuses, what it keeps, in which zone its times are.

use mailapp::domain::accounts::user::{Language, Role};

use crate::web_support::{Browser, Page, Person, Site};

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

/// What the form says, and what it still holds, after `fields` were sent in both languages.
async fn refused(site: &Site, owner: &Person, fields: &[(&str, &str)]) -> [Page; 2] {
    let mut pages = Vec::new();
    for browser in [site.browser(), site.english_browser()] {
        browser.sign_in(owner).await;
        let picked = site
            .count("SELECT min(id) FROM recipients")
            .await
            .to_string();
        let form = browser.get("/mailings/new").await.is(200).form("/mailings");
        let form = fields
            .iter()
            .fold(form, |form, (name, value)| form.with(name, value));
        let form = form.untick("automatic", "on").tick("ticked", &picked);
        let page = browser.send(form.press("act", "save")).await.is(422);
        let form = page.form("/mailings");
        for (name, typed) in fields {
            assert_eq!(form.value(name), Some(*typed), "{name} is not kept");
        }
        assert_eq!(
            form.value("automatic"),
            None,
            "the tick taken off is not kept"
        );
        assert_eq!(
            form.values("ticked"),
            [picked.as_str()],
            "the picked are not kept"
        );
        pages.push(page);
    }
    assert_eq!(site.count("SELECT count(*) FROM mailings").await, 0);
    pages.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_at_its_place() {
    let site = Site::start().await;
    let (anna, _) = anna_at(&site).await;
    let fields = [
        ("title", "Осенняя"),
        ("message_id", ""),
        ("starts_at", ""),
        ("ends_at", ""),
    ];
    let [ru, en] = refused(&site, &anna, &fields).await;
    for (field, russian, english) in [
        ("message_id", "Выберите сообщение.", "Choose a message."),
        (
            "starts_at",
            "Укажите, когда начать отправку.",
            "Say when sending starts.",
        ),
        (
            "ends_at",
            "Укажите, когда закончить отправку.",
            "Say when sending ends.",
        ),
    ] {
        assert_eq!(ru.complaint(field).unwrap(), russian);
        assert_eq!(en.complaint(field).unwrap(), english);
    }
    assert_eq!(ru.complaint("title"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_malformed_or_too_long_is_said_at_its_place() {
    let site = Site::start().await;
    let (anna, message) = anna_at(&site).await;
    let title = "н".repeat(201);
    for bad in [
        "завтра",
        "2026-11-31T10:00",
        "23.11.26 12:30",
        "0001-01-01T00:00",
    ] {
        let fields = [
            ("title", title.as_str()),
            ("message_id", message.as_str()),
            ("starts_at", bad),
            ("ends_at", "2026-12-24T18:00"),
        ];
        let [ru, en] = refused(&site, &anna, &fields).await;
        let said = ru.complaint("starts_at").unwrap();
        assert_eq!(
            said,
            "Это не похоже на дату и время. Пример: 23.11.2026 12:30 или 2026-11-23T12:30+03:00",
            "{bad}"
        );
        let said = en.complaint("starts_at").unwrap();
        assert_eq!(
            said,
            "This isn’t a valid date and time. Example: 2026-11-23 12:30, or 2026-11-23T12:30+03:00"
        );
        assert_eq!(
            ru.complaint("title").unwrap(),
            "Слишком длинно: 201 знаков при допустимых 200."
        );
        assert_eq!(
            en.complaint("title").unwrap(),
            "Too long: 201 characters where 200 are allowed."
        );
    }
    let fields = [("title", "а\u{7}б"), ("message_id", message.as_str())];
    let [ru, en] = refused(&site, &anna, &fields).await;
    let said = ru.complaint("title").unwrap();
    assert_eq!(
        said,
        "Уберите невидимые управляющие символы и переводы строк."
    );
    assert_eq!(
        en.complaint("title").unwrap(),
        "Remove invisible control characters and line breaks."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_after_the_start_and_in_the_future() {
    let site = Site::start().await;
    let (anna, message) = anna_at(&site).await;
    for (starts_at, ends_at, russian, english) in [
        (
            "2026-12-01T10:00",
            "2026-12-01T09:59",
            "Окончание должно быть позже начала.",
            "The end must be later than the start.",
        ),
        (
            "2026-12-01T10:00",
            "2026-12-01T10:00",
            "Окончание должно быть позже начала.",
            "The end must be later than the start.",
        ),
        (
            "2026-11-01T10:00",
            "2026-11-23T12:30",
            "Окончание уже прошло. Укажите время в будущем.",
            "The end has already passed. Choose a time in the future.",
        ),
    ] {
        let fields = [
            ("title", "Осенняя"),
            ("message_id", message.as_str()),
            ("starts_at", starts_at),
            ("ends_at", ends_at),
        ];
        let [ru, en] = refused(&site, &anna, &fields).await;
        assert_eq!(ru.complaint("ends_at").unwrap(), russian);
        assert_eq!(en.complaint("ends_at").unwrap(), english);
    }
    // An end one minute ahead is fine.
    let browser = site.signed_in(&anna).await;
    let form = browser.get("/mailings/new").await.is(200).form("/mailings");
    let form = form
        .with("message_id", &message)
        .with("starts_at", "2026-11-01T10:00")
        .with("ends_at", "2026-11-23T12:31")
        .untick("automatic", "on");
    assert!(browser.send(form.press("act", "save")).await.new_id() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_has_passed_is_asked_about_before_anything_is_sent() {
    let site = Site::start().await;
    let (anna, message) = anna_at(&site).await;
    let count = async || site.count("SELECT count(*) FROM mailings").await;
    let (save_it, start_it) = ("Сохранить", "Сохранить и начать отправку");
    let browser = site.signed_in(&anna).await;
    let page = browser.get("/mailings/new").await.is(200);
    let page = page.does_not_say(start_it);
    let mut form = page
        .form("/mailings")
        .with("message_id", &message)
        .with("ends_at", "2026-12-24T18:00");
    for (starts_at, said) in [
        ("2026-11-01T10:00", "1 нояб. 2026, 10:00"),
        ("2026-11-02T11:00", "2 нояб. 2026, 11:00"),
    ] {
        form = form.with("starts_at", starts_at);
        let page = browser.send(form.press("act", "save")).await.is(422);
        let complaint = page.complaint("starts_at").unwrap();
        let words = "уже прошло: отправка начнётся сразу после сохранения";
        assert!(
            complaint.contains(said) && complaint.contains(words),
            "{complaint}"
        );
        assert_eq!(count().await, 0, "nothing is saved before that was read");
        form = page.says(start_it).form("/mailings");
        assert_eq!(form.value("starts_at"), Some(starts_at));
    }
    // Choosing recipients in between is no reason to ask again.
    let page = browser.send(form.press("act", "all")).await.is(200);
    let form = page.says(start_it).form("/mailings");
    let saved = browser.send(form.press("act", "save")).await;
    let path = saved.location().to_owned();
    assert_eq!(count().await, 1);
    // What starts by hand, or is still to come, needs no question; nor does what was sent before.
    let edit = format!("{path}/edit");
    let form = browser.get(&edit).await.is(200).form(&path);
    let by_hand = form.untick("automatic", "on").press("act", "save");
    _ = browser.send(by_hand).await.is(303);
    let page = browser.get(&edit).await.is(200).says(save_it);
    let form = page.form(&path).tick("automatic", "on");
    let page = browser.send(form.press("act", "save")).await.is(422);
    _ = page.says("2 нояб. 2026, 11:00, уже прошло");
    site.execute("UPDATE mailings SET first_sent_at = 1, automatic = 1")
        .await;
    let form = browser.get(&edit).await.is(200).form(&path);
    _ = browser.send(form.press("act", "save")).await.is(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_finds_nobody_chooses_nobody() {
    let site = Site::start().await;
    let (anna, message) = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    let (nobody, left_out) = ("Ни у одного получателя нет «никого»", "Не выбран никто");
    for (selection, complaint) in [
        (r#"{"m":["никого"]}"#, nobody),
        (r#"{"m":["мария","никого"]}"#, nobody),
        (r#"{"m":["никого"],"w":[1]}"#, nobody),
        (r#"{"m":["мария"],"o":[1]}"#, left_out),
        (r#"{"m":["м"],"o":[1]}"#, left_out),
    ] {
        let fields = [("message_id", message.as_str()), ("selection", selection)];
        let page = save(&browser, "/mailings/new", "/mailings", &fields).await;
        let said = page.is(422).complaint("recipients").unwrap();
        assert!(said.starts_with(complaint), "{selection}: {said}");
    }
    assert_eq!(site.count("SELECT count(*) FROM mailings").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn anothers_message_is_none_to_choose() {
    let site = Site::start().await;
    let (anna, _) = anna_at(&site).await;
    let boris = site.user("boris@example.ru").await;
    let foreign = site.message(&boris, "Тайна Бориса").await.to_string();
    let browser = site.signed_in(&anna).await;
    let page = browser.get("/mailings/new").await.is(200);
    assert!(!page.html.contains("Тайна"));
    for id in [foreign.as_str(), "999", "-1", "x", "99999999999999999999"] {
        let fields = [("title", "Осенняя"), ("message_id", id)];
        let page = save(&browser, "/mailings/new", "/mailings", &fields)
            .await
            .is(422);
        assert_eq!(
            page.complaint("message_id").unwrap(),
            "Выберите сообщение.",
            "{id}"
        );
        assert!(!page.html.contains("Тайна"));
    }
    assert_eq!(site.count("SELECT count(*) FROM mailings").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_typed_and_shown_in_the_readers_zone() {
    let site = Site::start().await;
    let vera = site
        .person(
            "vera@example.ru",
            Role::User,
            Some(Language::Ru),
            "Asia/Vladivostok",
        )
        .await;
    let moscow = site.manager("boss@example.ru").await;
    let message = site.message(&vera, "Осенние скидки").await.to_string();
    let browser = site.signed_in(&vera).await;
    let page = browser
        .get("/mailings/new")
        .await
        .is(200)
        .says("Asia/Vladivostok (UTC+10)");
    assert_eq!(
        page.form("/mailings").value("starts_at"),
        Some("2026-11-23T20:00")
    );
    let fields = [
        ("message_id", message.as_str()),
        ("starts_at", "2026-12-01T09:00"),
        ("ends_at", "2026-12-02T09:00"),
    ];
    let saved = save(&browser, "/mailings/new", "/mailings", &fields).await;
    // 09:00 in Vladivostok is 23:00 UTC of the day before.
    assert_eq!(
        site.count("SELECT starts_at FROM mailings").await,
        1_796_079_600_000
    );
    let path = saved.location().to_owned();
    let _page = browser
        .get(&path)
        .await
        .says("1 дек. 2026, 09:00 – 2 дек. 2026, 09:00");
    let form = browser
        .get(&format!("{path}/edit"))
        .await
        .is(200)
        .form(&path);
    assert_eq!(form.value("starts_at"), Some("2026-12-01T09:00"));
    let boss = site.signed_in(&moscow).await;
    let _page = boss
        .get(&path)
        .await
        .is(200)
        .says("1 дек. 2026, 02:00 – 2 дек. 2026, 02:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_the_clock_change_skips_is_refused() {
    let site = Site::start().await;
    let berta = site
        .person(
            "berta@example.de",
            Role::User,
            Some(Language::En),
            "Europe/Berlin",
        )
        .await;
    let message = site.message(&berta, "Sale").await.to_string();
    let browser = site.signed_in(&berta).await;
    let fields = [
        ("message_id", message.as_str()),
        ("starts_at", "2027-03-28T02:30"),
        ("ends_at", "2027-03-29T02:30"),
    ];
    let page = save(&browser, "/mailings/new", "/mailings", &fields)
        .await
        .is(422);
    let said = page.complaint("starts_at").unwrap();
    assert_eq!(
        said,
        "There is no such time: the clocks go forward that night."
    );
    assert_eq!(
        page.form("/mailings").value("starts_at"),
        Some("2027-03-28T02:30")
    );
}
