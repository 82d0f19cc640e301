//! One's own account.

use crate::web_support::{HOUR, PASSWORD, Site};

const NEW: &str = "лодка гвоздь перрон 42";

#[tokio::test(flavor = "multi_thread")]
async fn name_language_zone_and_theme_are_ones_own_choice() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let fields = [
        ("name", "Анна Ёлкина"),
        ("language", "en"),
        ("time_zone", "Asia/Vladivostok"),
        ("theme", "dark"),
    ];
    let page = browser
        .submit_and_follow("/account", "/account", &fields)
        .await;
    let page = page.is(200).says("Saved.");
    let form = page.form("/account");
    for (name, value) in fields {
        assert_eq!(form.value(name), Some(value));
    }
    let page = browser
        .get("/mailings/new")
        .await
        .says("Asia/Vladivostok (UTC+10)");
    assert!(
        page.html.contains("<html lang=\"en\" data-theme=\"dark\">"),
        "{}",
        page.html
    );
    let fields = [
        ("name", "Анна"),
        ("time_zone", "Mars/Base"),
        ("theme", "pink"),
    ];
    let page = browser
        .submit("/account", "/account", &fields)
        .await
        .is(422);
    assert!(page.complaint("time_zone").unwrap().contains("Mars/Base"));
    assert!(page.complaint("theme").is_some());
    assert_eq!(page.form("/account").value("time_zone"), Some("Mars/Base"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_takes_the_old_one_and_signs_all_other_devices_out() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let (browser, other) = (site.signed_in(&anna).await, site.signed_in(&anna).await);
    let page = "/account/password";
    for (old, new, field, words) in [
        ("не тот", NEW, "old", "Пароль неверный."),
        (PASSWORD, "короче", "password", "короче 8"),
        (PASSWORD, "annaexample", "password", "слишком легко угадать"),
        (PASSWORD, PASSWORD, "password", "нынешний пароль"),
    ] {
        let answer = browser
            .submit(page, page, &[("old", old), ("password", new)])
            .await;
        let answer = answer.is(422);
        assert!(
            answer.complaint(field).unwrap().contains(words),
            "{}",
            answer.text()
        );
        for field in ["old", "password"] {
            assert_eq!(answer.form(page).value(field), Some(""));
        }
    }
    let fields = [("old", PASSWORD), ("password", NEW)];
    let answer = browser.submit_and_follow(page, page, &fields).await;
    let _page = answer.is(200).says("Пароль изменён.");
    assert_eq!(other.get("/mailings").await.status, 303);
    let _page = browser.get("/mailings").await.is(200);
    assert_eq!(site.letter_to(&anna.email).await.subject, "Пароль изменён");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_is_confirmed_there_and_told_here() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let page = "/account/email";
    let wrong = [("email", "new@example.ru"), ("password", "не тот")];
    let answer = browser.submit(page, page, &wrong).await.is(422);
    assert_eq!(
        answer.complaint("password").as_deref(),
        Some("Пароль неверный.")
    );
    assert_eq!(answer.form(page).value("email"), Some("new@example.ru"));
    let same = [("email", "ANNA@example.ru"), ("password", PASSWORD)];
    let answer = browser.submit(page, page, &same).await.is(422);
    assert!(answer.complaint("email").is_some());

    let fields = [("email", "new@example.ru"), ("password", PASSWORD)];
    let answer = browser.submit_and_follow(page, page, &fields).await;
    let _page = answer.is(200).says("Письмо отправлено на new@example.ru.");
    let warning = site.letter_to("anna@example.ru").await;
    assert!(warning.text.contains("new@example.ru"), "{}", warning.text);
    let letter = site.letter_to("new@example.ru").await;
    let path = letter.link("/change-email/");
    // Nothing has changed, and looking changes nothing.
    let _page = browser.get(&path).await.is(200).says("Сменить адрес");
    let _page = browser
        .get("/account/email")
        .await
        .says("к адресу anna@example.ru");

    let answer = browser.submit_and_follow(&path, &path, &[]).await;
    let _page = answer.is(200).says("Адрес изменён.").says("new@example.ru");
    let told = site.letter_to("anna@example.ru").await;
    assert_eq!(told.subject, "Адрес изменён");
    let _page = browser.get(&path).await.is(200).says("уже использована");
    for (email, status) in [("anna@example.ru", 422), ("New@example.ru", 303)] {
        let fields = [("email", email), ("password", PASSWORD)];
        let answer = site.browser().submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.status, status, "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_somebody_has_is_not_revealed_and_not_taken() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    site.user("boris@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let mut answers = Vec::new();
    for email in ["boris@example.ru", "free@example.ru"] {
        let fields = [("email", email), ("password", PASSWORD)];
        let page = "/account/email";
        let answer = browser.submit_and_follow(page, page, &fields).await.is(200);
        answers.push(answer.text().replace(email, "…"));
    }
    assert_eq!(answers[0], answers[1]);
    let letter = site.letter_to("boris@example.ru").await;
    assert_eq!(letter.subject, "Этот адрес уже занят");
    assert!(!letter.text.contains("anna"), "{}", letter.text);
    // A link that was good when it was sent, and whose address was taken before it was followed.
    let path = site
        .letter_to("free@example.ru")
        .await
        .link("/change-email/");
    site.user("free@example.ru").await;
    let _page = browser
        .submit(&path, &path, &[])
        .await
        .is(410)
        .says("ещё раз");
    let _page = browser
        .get("/account/email")
        .await
        .says("к адресу anna@example.ru");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_listed_with_where_and_when_and_end_one_by_one_or_all() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let first = site.signed_in(&anna).await;
    site.clock.advance(HOUR);
    let second = site.signed_in(&anna).await;
    let page = second.get("/account/sessions").await.is(200);
    let page = page
        .says("127.0.0.1")
        .says("23 нояб. 2026, 12:30")
        .says("это устройство");
    let ends: Vec<String> = page
        .actions()
        .into_iter()
        .filter(|action| action.ends_with("/end") && action != "/account/sessions/end")
        .collect();
    assert_eq!(ends.len(), 2);
    let answer = second
        .submit_and_follow("/account/sessions", &ends[1], &[])
        .await;
    let _page = answer.is(200).says("Сеанс завершён.");
    assert_eq!(first.get("/mailings").await.status, 303);
    let _page = second.get("/mailings").await.is(200);

    first.sign_in(&anna).await;
    let everywhere = "/account/sessions/end";
    let answer = second.submit("/account/sessions", everywhere, &[]).await;
    assert_eq!(answer.location(), "/sign-in");
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    assert_eq!(first.get("/mailings").await.status, 303);
    assert_eq!(second.get("/mailings").await.status, 303);
    assert_eq!(site.count("SELECT count(*) FROM sessions").await, 0);

    // One's own ends like any other: with nothing of it left in the browser.
    first.sign_in(&anna).await;
    let page = first.get("/account/sessions").await.is(200);
    let mut actions = page.actions().into_iter();
    let own = actions.find(|action| action.ends_with("/end") && action != everywhere);
    let answer = first.submit("/account/sessions", &own.unwrap(), &[]).await;
    assert_eq!(answer.location(), "/sign-in");
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    assert_eq!(first.get("/mailings").await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_gives_a_session_of_its_own_whatever_the_browser_had() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    // A session that an attacker planted beforehand.
    let planted = format!("session={}", "A".repeat(43));
    let page = site.browser().get("/sign-in").await;
    let visit = page.headers.get("set-cookie").unwrap().to_str().unwrap();
    let visit = visit.split(';').next().unwrap();
    let mut form = page.form("/sign-in").with("email", &anna.email);
    form = form.with("password", PASSWORD);
    let answer = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .post(format!("{}/sign-in", site.url))
        .header("Cookie", format!("{planted}; {visit}"))
        .header("Sec-Fetch-Site", "same-origin")
        .form(&form.fields)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    let given: Vec<&str> = answer
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap())
        .filter(|cookie| cookie.starts_with("session="))
        .collect();
    assert_eq!(given.len(), 1);
    assert!(!given[0].starts_with(&planted), "{given:?}");
    // And every time another one.
    let browser = site.signed_in(&anna).await;
    browser.sign_out_and_in(&anna).await;
    let tokens = "SELECT count(DISTINCT token_hash) FROM sessions";
    assert_eq!(site.count(tokens).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_an_account_says_what_goes_and_leaves_only_the_journal() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let boris = site.user("boris@example.ru").await;
    site.recipient(&boris, "kept@example.ru", "").await;
    site.recipients(&anna, 3, |n| format!("Имя {n}")).await;
    let sent = site.mailing(&anna, "Отправленная").await;
    site.mailing(&anna, "Новая").await;
    site.send(&anna, sent).await;
    let engine = site.app.start_engine().unwrap();
    site.until("SELECT count(*) FROM attempts", 3).await;
    engine.stop().await;
    let again = site.mailing(&anna, "Идущая").await;
    site.send(&anna, again).await;
    let browser = site.signed_in(&anna).await;
    let page = browser.get("/account/delete").await.is(200);
    let _page = page
        .says("3 получателя")
        .says("3 рассылки")
        .says("anna@example.ru");
    let wrong = [("password", "не тот")];
    let answer = browser
        .submit("/account/delete", "/account/delete", &wrong)
        .await
        .is(422);
    assert!(answer.complaint("password").is_some());
    let answer = browser
        .submit(
            "/account/delete",
            "/account/delete",
            &[("password", PASSWORD)],
        )
        .await;
    assert_eq!(answer.location(), "/sign-in");
    let _page = browser
        .follow(&answer)
        .await
        .says("Учётная запись удалена.");
    let letter = site.letter_to("anna@example.ru").await;
    assert_eq!(letter.subject, "Учётная запись удалена");
    for (sql, left) in [
        (
            "SELECT count(*) FROM users WHERE email LIKE '%anna%' OR name LIKE '%anna%'",
            0,
        ),
        ("SELECT count(*) FROM sessions", 0),
        ("SELECT count(*) FROM recipients", 1),
        ("SELECT count(*) FROM messages", 0),
        ("SELECT count(*) FROM mailings WHERE deleted_at IS NULL", 0),
        (
            "SELECT count(*) FROM runs WHERE state IN ('active', 'paused')",
            0,
        ),
        ("SELECT count(*) FROM attempts", 3),
    ] {
        assert_eq!(site.count(sql).await, left, "{sql}");
    }
    assert_eq!(
        site.count("SELECT count(*) FROM pragma_foreign_key_check")
            .await,
        0
    );
    // The address is free again.
    site.user("anna@example.ru").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_manager_stays() {
    let site = Site::start().await;
    let boss = site.manager("boss@example.ru").await;
    let browser = site.signed_in(&boss).await;
    let fields = [("password", PASSWORD)];
    let answer = browser
        .submit("/account/delete", "/account/delete", &fields)
        .await;
    let _page = answer.is(422).says("Вы единственный менеджер.");
    site.manager("second@example.ru").await;
    let answer = browser
        .submit("/account/delete", "/account/delete", &fields)
        .await;
    assert_eq!(answer.location(), "/sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_the_password_of_an_open_session_is_slowed_down() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let fields = [("old", "не тот"), ("password", NEW)];
    for _ in 0..5 {
        let _page = browser
            .submit("/account/password", "/account/password", &fields)
            .await
            .is(422);
    }
    let _page = browser
        .submit("/account/password", "/account/password", &fields)
        .await
        .is(422);
    let fields = [("old", PASSWORD), ("password", NEW)];
    let answer = browser
        .submit("/account/password", "/account/password", &fields)
        .await;
    let answer = answer.is(429).says("Слишком много попыток.");
    assert_eq!(answer.header("retry-after"), "1");
    site.clock.advance(1_000);
    let answer = browser
        .submit("/account/password", "/account/password", &fields)
        .await;
    assert_eq!(answer.status, 303);
}
