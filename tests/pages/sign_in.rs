//! Signing in and out.

use crate::web_support::{Browser, PASSWORD, Site, percent, read};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_keeps_the_address_and_forgets_the_password() {
    let site = Site::start().await;
    site.user("anna@example.ru").await;
    let fields = [("email", "Anna@Example.ru"), ("password", "не тот пароль")];
    let page = site
        .browser()
        .submit("/sign-in", "/sign-in", &fields)
        .await
        .is(422)
        .says("Не удалось войти: проверьте почту и пароль.");
    let form = page.form("/sign-in");
    assert_eq!(form.value("email"), Some("Anna@Example.ru"));
    assert_eq!(form.value("password"), Some(""));
    assert!(!page.html.contains("не тот пароль"));
    assert_eq!(site.count("SELECT count(*) FROM sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_an_account_exists_cannot_be_told_from_the_answer() {
    let site = Site::start().await;
    site.user("anna@example.ru").await;
    site.user("blocked@example.ru").await;
    site.user("unconfirmed@example.ru").await;
    site.execute(
        "UPDATE users SET blocked_at = 1 WHERE email = 'blocked@example.ru';
         UPDATE users SET confirmed_at = NULL WHERE email = 'unconfirmed@example.ru'",
    )
    .await;
    let browser = site.english_browser();
    let mut answers = Vec::new();
    for (email, password) in [
        ("anna@example.ru", "not the password"),
        ("nobody@example.ru", PASSWORD),
        ("blocked@example.ru", "not the password"),
        ("unconfirmed@example.ru", PASSWORD),
        ("no address at all", PASSWORD),
        ("", ""),
    ] {
        let fields = [("email", email), ("password", password)];
        let page = browser
            .submit("/sign-in", "/sign-in", &fields)
            .await
            .is(422);
        answers.push(
            page.says("Could not sign in: check the email address and the password.")
                .text(),
        );
    }
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(site.count("SELECT count(*) FROM sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_leads_to_where_one_wanted_to_go() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.browser();
    let wanted = browser
        .get("/recipients?q=%D0%90%D0%BD%D0%BD%D0%B0&sort=email")
        .await;
    let page = browser.follow(&wanted).await.is(200).says("Вход");
    let form = page
        .form("/sign-in")
        .with("email", &anna.email)
        .with("password", PASSWORD);
    let answer = browser.send(form).await;
    assert_eq!(
        answer.location(),
        "/recipients?q=%D0%90%D0%BD%D0%BD%D0%B0&sort=email"
    );
    let _page = browser
        .follow(&answer)
        .await
        .is(200)
        .says("anna@example.ru");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_never_leads_to_another_site() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    for foreign in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        " //evil.example",
        "evil.example",
    ] {
        let browser = site.browser();
        let fields = [
            ("email", anna.email.as_str()),
            ("password", PASSWORD),
            ("next", foreign),
        ];
        let answer = browser.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.location(), "/", "{foreign:?}");
        let encoded = percent(foreign);
        let page = site
            .browser()
            .get(&format!("/sign-in?next={encoded}"))
            .await
            .is(200);
        assert_eq!(page.form("/sign-in").value("next"), Some(""), "{foreign:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_at_once_also_for_a_copied_cookie() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let other_window = site.signed_in(&anna).await;
    let _page = browser.get("/mailings").await.is(200).says("Рассылки");
    let answer = browser.submit("/mailings", "/sign-out", &[]).await;
    assert_eq!(answer.location(), "/sign-in");
    assert_eq!(answer.header("clear-site-data"), "\"cache\"");
    assert_eq!(
        browser.get("/mailings").await.location(),
        "/sign-in?next=%2Fmailings"
    );
    let _page = other_window.get("/mailings").await.is(200);

    // A copy of the cookie that somebody has kept is worth nothing either.
    let copy = site.cookie_of(&anna).await;
    let _page = copy.get("/mailings").await.is(200);
    let _page = copy.submit("/mailings", "/sign-out", &[]).await.is(303);
    assert_eq!(
        copy.get("/mailings").await.location(),
        "/sign-in?next=%2Fmailings"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sessions_cookie_is_for_this_site_and_no_script() {
    for (settings, name, more) in [
        (&[][..], "session=", ""),
        (
            &[("base_url", "https://mail.example.ru")][..],
            "__Host-session=",
            "Secure",
        ),
    ] {
        let site = Site::start_with(settings).await;
        let anna = site.user("anna@example.ru").await;
        let visit = site.browser().get("/sign-in").await;
        let fields = [("email", anna.email.as_str()), ("password", PASSWORD)];
        let answer = Browser::with_cookies(&site.url, &visit)
            .submit("/sign-in", "/sign-in", &fields)
            .await;
        let cookies = answer.headers.get_all("set-cookie").iter();
        let cookie = cookies
            .map(|value| value.to_str().unwrap())
            .find(|value| value.starts_with(name))
            .unwrap();
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", more] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_https_no_neighbouring_host_can_plant_any_of_our_cookies() {
    let site = Site::start_with(&[("base_url", "https://mail.example.ru")]).await;
    let anna = site.user("anna@example.ru").await;
    let visit = site.browser().get("/sign-in").await;
    let browser = Browser::with_cookies(&site.url, &visit);
    let fields = [("email", anna.email.as_str()), ("password", PASSWORD)];
    let signed_in = browser.submit("/sign-in", "/sign-in", &fields).await;
    let fields = [("email", "nobody@example.ru")];
    let noticed = browser.submit("/recover", "/recover", &fields).await;
    let english = browser.submit_again("/language", &[("lang", "en")]).await;
    let mut names = Vec::new();
    for page in [visit, signed_in, noticed, english] {
        for cookie in page.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.starts_with("__Host-"), "{cookie}");
            assert!(
                cookie.contains("Secure") && cookie.contains("Path=/"),
                "{cookie}"
            );
            assert!(!cookie.contains("Domain"), "{cookie}");
            names.push(cookie.split('=').next().unwrap().to_owned());
        }
    }
    for name in ["visit", "session", "device", "notice", "language"] {
        assert!(
            names.contains(&format!("__Host-{name}")),
            "{name}: {names:?}"
        );
    }
    // A planted one is not looked at.
    let planted = site
        .browser()
        .request(reqwest::Method::GET, "/sign-in")
        .header(
            "Cookie",
            "visit=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; language=en",
        );
    let page = read(planted.send().await.unwrap()).await.says("Вход");
    let cookies = page.headers.get_all("set-cookie").iter();
    let fresh = cookies.filter(|it| it.to_str().unwrap().starts_with("__Host-visit="));
    assert_eq!(fresh.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_was_not_used_for_long_or_is_too_old() {
    let site = Site::start_with(&[("sessions.idle", "2h"), ("sessions.longest", "5h")]).await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    for _ in 0..4 {
        site.clock.advance(71 * 60_000);
        let _page = browser.get("/mailings").await.is(200);
    }
    site.clock.advance(71 * 60_000);
    assert_eq!(
        browser.get("/mailings").await.location(),
        "/sign-in?next=%2Fmailings"
    );

    browser.sign_in(&anna).await;
    site.clock.advance(2 * 3_600_000 + 1);
    assert_eq!(
        browser.get("/mailings").await.location(),
        "/sign-in?next=%2Fmailings"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_blocked_is_out_at_once() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let _page = browser.get("/mailings").await.is(200);
    site.execute("UPDATE users SET blocked_at = 1").await;
    assert_eq!(
        browser.get("/mailings").await.location(),
        "/sign-in?next=%2Fmailings"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_in_has_no_sign_in_page() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    assert_eq!(browser.get("/sign-in").await.location(), "/");
    let _page = browser.get("/").await.is(200).says("Обзор");
    assert_eq!(site.browser().get("/").await.location(), "/sign-in");
}
