//! What every answer carries, whatever it is about.

use reqwest::Method;

use crate::web_support::{Estate, Page, Site};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; \
    frame-src 'self'; base-uri 'none'; frame-ancestors 'none'";

fn is_guarded(page: &Page) {
    let what = format!("{} {}", page.url, page.status);
    // A mail's own page and a mail as a file have stricter ones (see captured_mail).
    if !page.url.ends_with("/html") && !page.url.ends_with("/source") {
        assert_eq!(page.header("content-security-policy"), POLICY, "{what}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{what}");
    }
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'"), "{what}: {policy}");
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(page.header("referrer-policy"), REFERRER, "{what}");
    assert_eq!(
        page.header("cross-origin-opener-policy"),
        "same-origin",
        "{what}"
    );
    assert!(page.headers.get("server").is_none(), "{what}");
    assert!(
        page.headers.get("strict-transport-security").is_none(),
        "{what}: no HTTPS here"
    );
    let kept = page.header("cache-control");
    if page.url.starts_with("/static/") && page.status == 200 {
        assert_eq!(kept, "public, max-age=31536000, immutable", "{what}");
    } else if page.headers.contains_key("etag") {
        // Asked for anew each time, and never kept by others (see `validators`).
        assert_eq!(kept, "private, no-cache", "{what}");
        assert_eq!(page.header("vary"), "Cookie, Accept-Language", "{what}");
    } else {
        assert_eq!(kept, "private, no-store", "{what}");
    }
}

const REFERRER: &str = "no-referrer";

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_every_route_is_guarded() {
    let estate = Estate::build().await;
    let site = &estate.site;
    let mut seen = std::collections::BTreeSet::new();
    for browser in [
        site.browser(),
        site.signed_in(&estate.anna).await,
        site.signed_in(&estate.boris).await,
        site.signed_in(&estate.boss).await,
    ] {
        for route in estate.routes(rocket::http::Method::Get) {
            // A stream that goes on for ever is looked at below.
            let paths = [
                estate.path(&route).await,
                Estate::missing(&route, "987654321"),
                Estate::missing(&route, "x"),
            ];
            for path in paths.iter().filter(|path| !path.ends_with("/events")) {
                let page = browser.get(path).await;
                is_guarded(&page);
                seen.insert(page.status.as_u16());
            }
        }
        for route in estate.routes(rocket::http::Method::Post) {
            let page = browser
                .post(&Estate::missing(&route, "987654321"), &[])
                .await;
            is_guarded(&page);
            seen.insert(page.status.as_u16());
        }
        for path in [
            "/nowhere",
            "/..%2f..%2fetc/passwd",
            "/%ff",
            "/static/",
            "/static/../Cargo.toml",
        ] {
            is_guarded(&browser.get(path).await.is(404));
        }
        for method in [
            Method::PUT,
            Method::DELETE,
            Method::OPTIONS,
            Method::TRACE,
            Method::PATCH,
        ] {
            let answer = browser.request(method, "/mailings").send().await.unwrap();
            assert_eq!(answer.headers()["content-security-policy"], POLICY);
            assert_eq!(answer.status(), 501);
        }
    }
    for status in [200, 303, 403, 404] {
        assert!(seen.contains(&status), "{status} was never seen: {seen:?}");
    }
    assert!(seen.iter().all(|status| *status < 500), "{seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_guarded_too() {
    let estate = Estate::build().await;
    let anna = estate.site.signed_in(&estate.anna).await;
    let path = estate.path("/runs/<id>/events").await;
    let answer = anna.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-security-policy"], POLICY);
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let kept = answer.headers()["cache-control"].to_str().unwrap();
    assert!(kept.contains("no-store"), "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_too_large_is_refused_with_a_sentence() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let form = browser
        .get("/messages/new")
        .await
        .form("/messages")
        .with("subject", "Тема");
    // As large as allowed is a matter of the message's own limit; beyond two mebibytes it is not
    // even read.
    let page = browser
        .send(form.clone().with("body", &"b".repeat(2 * 1_024 * 1_000)))
        .await;
    is_guarded(&page);
    let _page = page.is(422).says("Слишком длинно");
    let page = browser
        .send(form.with("body", &"b".repeat(2 * 1_024 * 1_024 + 1)))
        .await
        .is(413);
    is_guarded(&page);
    let _page = page.says("Слишком большой объём данных: эта страница принимает до 2 МБ.");
    assert_eq!(site.count("SELECT count(*) FROM messages").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_address_is_https_browsers_are_told_to_stay_there() {
    let site = Site::start_with(&[("base_url", "https://mail.example.ru/")]).await;
    for path in ["/sign-in", "/nowhere", "/mailings", "/healthz"] {
        let page = site.browser().get(path).await;
        assert_eq!(
            page.header("strict-transport-security"),
            "max-age=31536000",
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_page_refers_to_is_ours_exists_and_is_kept_for_ever() {
    let estate = Estate::build().await;
    let anna = estate.site.signed_in(&estate.anna).await;
    let mut assets = std::collections::BTreeSet::new();
    for route in estate.routes(rocket::http::Method::Get) {
        if route.ends_with("/events") || route.ends_with("/source") {
            continue;
        }
        for tag in anna.get(&estate.path(&route).await).await.tags() {
            assert!(
                tag.get("style").is_none(),
                "{route}: the policy drops style attributes"
            );
            for name in [
                "src",
                "href",
                "action",
                "hx-get",
                "hx-post",
                "hx-sse:connect",
            ] {
                if let Some(target) = tag.get(name) {
                    let is_local = target.starts_with('/') && !target.starts_with("//");
                    assert!(is_local || target.starts_with('#'), "{route}: {target}");
                    if target.starts_with("/static/") {
                        assets.insert(target.split('#').next().unwrap().to_owned());
                    }
                }
            }
        }
    }
    assert!(assets.len() >= 6, "{assets:?}");
    for asset in assets {
        let page = estate.site.browser().get(&asset).await.is(200);
        is_guarded(&page);
        assert!(page.html.len() > 100, "{asset} is empty");
        let kind = page.header("content-type").to_owned();
        let fits = [
            (".css", "text/css"),
            (".js", "text/javascript"),
            (".svg", "image/svg+xml"),
        ]
        .iter()
        .any(|(end, wanted)| asset.ends_with(end) && kind.starts_with(wanted));
        assert!(fits, "{asset}: {kind}");
        // Its name depends on what is in it.
        let parts: Vec<&str> = asset.rsplitn(3, '.').collect();
        let is_digest = parts[1].len() >= 12 && parts[1].chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_digest, "{asset}");
        let nothing = "0".repeat(parts[1].len());
        let other = format!("{}.{nothing}.{}", parts[2], parts[0]);
        is_guarded(&estate.site.browser().get(&other).await.is(404));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_picture_that_a_page_shows_is_in_the_sprite() {
    let estate = Estate::build().await;
    let anna = estate.site.signed_in(&estate.anna).await;
    let mut sprite = None;
    let mut shown = std::collections::BTreeSet::new();
    for route in estate.routes(rocket::http::Method::Get) {
        if route.ends_with("/events") {
            continue;
        }
        for tag in anna.get(&estate.path(&route).await).await.tags() {
            if let Some((file, name)) = tag
                .get("href")
                .filter(|_| tag.name == "use")
                .and_then(|href| href.split_once('#'))
            {
                sprite = Some(file.to_owned());
                shown.insert(name.to_owned());
            }
        }
    }
    assert!(shown.len() > 8, "{shown:?}");
    let sprite = anna.get(&sprite.unwrap()).await.is(200);
    for name in shown {
        let there = sprite
            .tags()
            .iter()
            .any(|tag| tag.get("id") == Some(name.as_str()));
        assert!(there, "{name}");
    }
}
