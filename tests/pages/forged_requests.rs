//! Requests that another site sends in the name of whoever is signed in here. Every POST route of
//! the running application is tried; one that is added is tried, too.

use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN};
use reqwest::{Method, RequestBuilder};

use crate::web_support::{Browser, Estate, Site, percent, read};

const SITE: &str = "Sec-Fetch-Site";

/// Every POST route but the one that mail programs use: their own secret is in its address.
fn forms(estate: &Estate) -> Vec<String> {
    let mut routes = estate.routes(rocket::http::Method::Post);
    let all = routes.len();
    routes.retain(|route| route != "/u/<token>");
    assert_eq!(routes.len(), all - 1);
    assert!(routes.len() > 15, "{routes:?}");
    routes
}

fn encoded(fields: &[(String, String)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)));
    pairs.collect::<Vec<_>>().join("&")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_does_anything_without_its_pages_token_or_from_elsewhere() {
    let estate = Estate::build().await;
    let site = &estate.site;
    let foreign_token = site.signed_in(&estate.boris).await.token().await;
    let own = site.url.as_str();
    let host = own.trim_start_matches("http://");
    for route in forms(&estate) {
        let anna = site.signed_in(estate.presser(&route)).await;
        let token = anna.token().await;
        let path = estate.path(&route).await;
        let before = site.contents().await;
        let request = |token: Option<&str>| -> RequestBuilder {
            let mut fields = estate.fields();
            if let Some(token) = token {
                fields.push(("csrf".to_owned(), token.to_owned()));
            }
            anna.request(Method::POST, &path).form(&fields)
        };
        let from_us =
            |request: RequestBuilder| request.header(SITE, "same-origin").header(ORIGIN, own);
        let good = Some(token.as_str());
        for (what, request) in [
            ("no token", from_us(request(None))),
            ("an empty token", from_us(request(Some("")))),
            ("another's token", from_us(request(Some(&foreign_token)))),
            (
                "a token that begins like ours",
                from_us(request(Some(&token[..20]))),
            ),
            (
                "cross-site",
                request(good).header(SITE, "cross-site").header(ORIGIN, own),
            ),
            (
                "a neighbour",
                request(good).header(SITE, "same-site").header(ORIGIN, own),
            ),
            ("typed in", request(good).header(SITE, "none")),
            (
                "another origin",
                request(good).header(ORIGIN, "https://evil.example"),
            ),
            ("no origin", request(good).header(ORIGIN, "null")),
            (
                "our origin as a part",
                request(good).header(ORIGIN, format!("http://{host}.evil.example")),
            ),
            (
                "another port",
                request(good).header(ORIGIN, "http://127.0.0.1:1"),
            ),
            ("nothing said", request(good)),
        ] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 403, "{route}, {what}");
            assert_eq!(site.contents().await, before, "{route}, {what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_a_form_and_no_other_kind_of_body() {
    let estate = Estate::build().await;
    for route in forms(&estate) {
        let anna = estate.site.signed_in(estate.presser(&route)).await;
        let token = anna.token().await;
        let mut fields = estate.fields();
        fields.push(("csrf".to_owned(), token));
        let before = estate.site.contents().await;
        for kind in [
            "text/plain",
            "application/json",
            "multipart/form-data; boundary=x",
            "",
        ] {
            let mut request = anna
                .request(Method::POST, &estate.path(&route).await)
                .header(SITE, "same-origin")
                .body(encoded(&fields));
            if !kind.is_empty() {
                request = request.header(CONTENT_TYPE, kind);
            }
            let status = request.send().await.unwrap().status();
            assert_eq!(status, 415, "{route} as {kind}");
        }
        assert_eq!(estate.site.contents().await, before, "{route}");
    }
}

/// What is taken out is noted in the audit log, and nothing else changes (`audit_log`).
fn is_file(route: &str) -> bool {
    route
        .rsplit_once('.')
        .is_some_and(|(_, kind)| kind == "csv")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_hidden_in_a_form_changes_nothing() {
    let estate = Estate::build().await;
    let anna = estate.site.signed_in(&estate.anna).await;
    let token = anna.token().await;
    let before = estate.site.contents().await;
    let mut routes = forms(&estate);
    routes.extend(estate.routes(rocket::http::Method::Get));
    routes.retain(|route| !route.ends_with("/events") && !is_file(route));
    for route in &routes {
        for method in ["PUT", "PATCH", "DELETE", "GET", "HEAD", "delete"] {
            let mut fields = vec![("_method".to_owned(), method.to_owned())];
            fields.extend(estate.fields());
            fields.push(("csrf".to_owned(), token.clone()));
            // Once with everything that a page of ours would send, once as another site would.
            for site in ["same-origin", "cross-site"] {
                let answer = anna
                    .request(Method::POST, &estate.path(route).await)
                    .header(SITE, site)
                    .form(&fields)
                    .send();
                let answer = answer.await.unwrap();
                assert_eq!(answer.status(), 400, "{method} {route}");
                let page = read(answer).await;
                let _page = page.says("поле _method");
            }
        }
    }
    assert_eq!(estate.site.contents().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_get_changes_anything() {
    let estate = Estate::build().await;
    for person in [&estate.anna, &estate.boss] {
        let browser = estate.site.signed_in(person).await;
        let before = estate.site.contents().await;
        for route in estate.routes(rocket::http::Method::Get) {
            if route.ends_with("/events") || is_file(&route) {
                continue;
            }
            let path = estate.path(&route).await;
            for path in [
                path.clone(),
                format!("{path}?q=x&act=save&_method=POST&lang=en"),
            ] {
                let status = browser.get(&path).await.status.as_u16();
                assert!([200, 303, 403, 404].contains(&status), "{path}: {status}");
                browser.request(Method::HEAD, &path).send().await.unwrap();
            }
        }
        assert_eq!(estate.site.contents().await, before);
    }
}

/// The other half of the tests above: what they hold back does happen when it is meant.
#[tokio::test(flavor = "multi_thread")]
async fn every_form_does_what_it_says_with_its_own_token() {
    for route in forms(&Estate::build().await) {
        let estate = Estate::build().await;
        let is_for_strangers = [
            "/sign-in",
            "/second-step",
            "/register",
            "/register/again",
            "/recover",
            "/confirm/<token>",
        ];
        let browser = if is_for_strangers.contains(&route.as_str()) {
            estate.site.browser()
        } else {
            estate.site.signed_in(estate.presser(&route)).await
        };
        let token = browser.token().await;
        estate.make_ready_for(&route);
        let before = estate.site.contents().await;
        let page = estate
            .press(&browser, &estate.path(&route).await, &token)
            .await;
        if route == "/mailings/picker" || route == "/second-step" {
            // Looking at another page of the picker is no change, and here nobody is half way in.
            assert!([200, 303].contains(&page.status.as_u16()));
            assert_eq!(estate.site.contents().await, before);
        } else if route.starts_with("/account/two-factor/c") {
            // Codes are shown at once: they are never shown again.
            let page = page.is(200).says("Резервные коды");
            assert!(page.text().matches('-').count() >= 30, "{}", page.text());
        } else {
            assert_eq!(page.status, 303, "{route}: {}", page.text());
            assert!(
                estate.site.contents().await != before,
                "{route} did nothing"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_too_old_to_say_so_is_known_by_its_origin() {
    let estate = Estate::build().await;
    let anna = estate.site.signed_in(&estate.anna).await;
    let token = anna.token().await;
    let mut fields = estate.fields();
    fields.push(("csrf".to_owned(), token));
    let send = |origin: String, host: &'static str| {
        let mut request = anna
            .request(Method::POST, "/recipients")
            .header(ORIGIN, origin);
        if !host.is_empty() {
            request = request.header(HOST, host);
        }
        request.form(&fields).send()
    };
    assert_eq!(
        send(estate.site.url.clone(), "").await.unwrap().status(),
        303
    );
    let elsewhere = send("http://evil.example".to_owned(), "mail.example.ru")
        .await
        .unwrap();
    assert_eq!(elsewhere.status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_cannot_sign_somebody_in_without_the_forms_token() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let visitor = site.browser();
    let other = site.browser();
    let foreign = other.get("/sign-in").await.form("/sign-in");
    let mut form = visitor.get("/sign-in").await.form("/sign-in");
    form = form
        .with("email", &anna.email)
        .with("password", crate::web_support::PASSWORD);
    let token = foreign.value("csrf").unwrap();
    let page = visitor.send(form.clone().with("csrf", token)).await.is(403);
    let _page = page.says("Страница устарела");
    assert_eq!(site.count("SELECT count(*) FROM sessions").await, 0);
    assert_eq!(visitor.send(form).await.location(), "/");
    let english = Browser::new(&site.url, "en");
    let page = english.post("/sign-in", &[]).await.is(403);
    let _page = page.says("The page is out of date");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_on_a_page_from_before_another_sign_in_can_still_be_sent() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let form = browser.get("/messages/new").await.form("/messages");
    let form = form
        .with("subject", "Длинное «письмо»")
        .with("body", "Первая строка\r\nвторая & третья");
    browser.sign_out_and_in(&anna).await;
    let page = browser.send(form).await.is(403).says("Страница устарела");
    let page = page.says("введённое не потеряно").says("anna@example.ru");
    assert_eq!(site.count("SELECT count(*) FROM messages").await, 0);
    let answer = browser.send(page.form("/messages")).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let kept = "SELECT count(*) FROM messages WHERE subject = 'Длинное «письмо»'
                AND body = 'Первая строка' || char(10) || 'вторая & третья'";
    assert_eq!(site.count(kept).await, 1);

    // A password is typed anew.
    let fields = [("email", "new@example.ru"), ("password", "тайна")];
    let page = browser
        .post(
            "/account/email",
            &fields.map(|(name, value)| (name.to_owned(), value.to_owned())),
        )
        .await
        .is(403);
    let form = page.form("/account/email");
    assert_eq!(form.value("email"), Some("new@example.ru"));
    assert!(!page.html.contains("тайна"), "{}", page.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_before_the_session_ended_can_still_be_sent_after_signing_in() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let form = browser.get("/messages/new").await.form("/messages");
    let form = form
        .with("subject", "Длинное «письмо»")
        .with("body", "Текст");
    site.write(|c| c.execute_batch("DELETE FROM sessions").unwrap())
        .await;
    let page = browser.send(form).await.is(401);
    let page = page.says("Сеанс закончился").says("введённое не потеряно");
    assert_eq!(
        page.form("/messages").value("subject"),
        Some("Длинное «письмо»")
    );
    browser.sign_in(&anna).await;
    // The first page was a stranger's; the second one is hers.
    let page = browser.send(page.form("/messages")).await.is(403);
    let answer = browser.send(page.form("/messages")).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let kept = "SELECT count(*) FROM messages WHERE subject = 'Длинное «письмо»'";
    assert_eq!(site.count(kept).await, 1);
    let stranger = site.browser();
    let page = stranger.post("/nowhere/at/all", &[]).await;
    assert_eq!(
        page.status, 404,
        "what there is not is not there for strangers either"
    );
}
