//! What a monitoring system reads, and who else may.

use mailapp::config::{Config, Flags};
use reqwest::Method;
use reqwest::header::AUTHORIZATION;

use crate::web_support::{Browser, NOW, Page, Site, attempts, read};

const TOKEN: &str = "3f9c0d6be1a84e7f";

async fn with(browser: &Browser, said: &str) -> Page {
    let request = browser.request(Method::GET, "/metrics");
    read(request.header(AUTHORIZATION, said).send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_token_reads_how_the_service_is_doing() {
    let site = Site::start_with(&[("metrics_token", TOKEN)]).await;
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    attempts(&site, run, &[(NOW, "deferred"), (NOW + 1, "in_doubt")]).await;
    let scraper = site.browser();
    let page = with(&scraper, &format!("Bearer {TOKEN}")).await.is(200);
    assert_eq!(
        page.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let lines: Vec<&str> = page.html.lines().collect();
    for line in [
        "# TYPE mailapp_attempts_total counter",
        "mailapp_attempts_total{outcome=\"accepted\"} 0",
        "mailapp_attempts_total{outcome=\"deferred\"} 1",
        "mailapp_attempts_total{outcome=\"in_doubt\"} 1",
        "mailapp_deliveries{state=\"deferred\"} 1",
        "mailapp_deliveries{state=\"trying\"} 0",
        "mailapp_runs{state=\"active\"} 1",
        "mailapp_runs{state=\"paused\"} 0",
        "mailapp_relays_down 0",
        "# TYPE mailapp_cache_hits_total counter",
        "# HELP mailapp_cache_bytes Size of the cache.",
    ] {
        assert!(lines.contains(&line), "{line} in\n{}", page.html);
    }
    // The second time nothing is counted anew.
    let hits = |page: &Page| {
        let line = page
            .html
            .lines()
            .find(|line| line.starts_with("mailapp_cache_hits_total "));
        let number = line.unwrap().rsplit(' ').next().unwrap();
        number.parse::<u64>().unwrap()
    };
    let again = with(&scraper, &format!("Bearer {TOKEN}")).await.is(200);
    assert_eq!(hits(&again), hits(&page) + 1);
    attempts(&site, run, &[(NOW + 2, "refused")]).await;
    let page = with(&scraper, &format!("Bearer {TOKEN}")).await.is(200);
    let refused = "mailapp_attempts_total{outcome=\"refused\"} 1";
    assert!(page.html.contains(refused), "{}", page.html);

    for wrong in [
        "Bearer x",
        "Bearer 3f9c0d6be1a84e7",
        "Bearer 3f9c0d6be1a84e7f3",
    ] {
        let page = with(&scraper, wrong).await.is(403);
        assert!(!page.html.contains("mailapp_"), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_only_managers_read_it() {
    let site = Site::start().await;
    let boss = site.manager("boss@example.ru").await;
    let anna = site.user("anna@example.ru").await;
    let page = site.signed_in(&boss).await.get("/metrics").await.is(200);
    assert!(page.html.contains("mailapp_runs{state=\"active\"} 0"));
    drop(site.signed_in(&anna).await.get("/metrics").await.is(404));
    drop(with(&site.browser(), "Bearer x").await.is(403));
    let page = site.browser().get("/metrics").await;
    assert_eq!(page.location(), "/sign-in?next=%2Fmetrics");
}

#[test]
fn a_token_that_could_be_guessed_or_sent_by_nobody_is_refused() {
    for wrong in ["short", "with a space in it", "шестнадцать-букв"] {
        let flags = Flags {
            set: vec![("metrics_token".to_owned(), wrong.to_owned())],
            file: None,
        };
        let error = Config::from_sources(&flags, []).unwrap_err();
        assert_eq!(error.key, "config-metrics-token", "{wrong}");
    }
}
