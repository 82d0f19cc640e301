//! What is put back into the page when a form comes to nothing: all that was typed, up to a bound, or
//! none of it and a word about where it still is.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;

use crate::web_support::{Browser, Page, Site, read};

/// Fields that a form may have, and octets of them that are put back (`docs/limits.md`).
const MOST_FIELDS: usize = 200;
const MOST_OCTETS: usize = 256 * 1_024;

async fn send(browser: &Browser, path: &str, body: String) -> Page {
    let request = browser
        .request(Method::POST, path)
        .header("Sec-Fetch-Site", "same-origin")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body);
    read(request.send().await.unwrap()).await
}

/// So many fields; the names are as long as they have to be.
fn fields(count: usize) -> String {
    let fields: Vec<String> = (0..count).map(|number| format!("f{number}=x")).collect();
    fields.join("&")
}

/// The fields of those above that a page offers to send once more.
fn kept(page: &Page) -> usize {
    let names = ["\"body\"", "\"subject\"", "\"f"];
    let count = |name| {
        page.html
            .matches(&format!("type=\"hidden\" name={name}"))
            .count()
    };
    names.into_iter().map(count).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_out_gets_back_what_they_typed_up_to_a_bound() {
    let site = Site::start().await;
    let stranger = site.browser();
    let page = send(&stranger, "/messages", fields(MOST_FIELDS))
        .await
        .is(401);
    assert_eq!(kept(&page), MOST_FIELDS);
    let letters = |count: usize| format!("body={}", "a".repeat(count));
    let page = send(&stranger, "/messages", letters(MOST_OCTETS - 4))
        .await
        .is(401);
    assert_eq!(kept(&page), 1);
    assert!(page.html.contains(&"a".repeat(MOST_OCTETS - 4)));
    for too_much in [
        fields(MOST_FIELDS + 1),
        "&".repeat(500_000),
        letters(MOST_OCTETS),
        // What is percent-encoded counts as what it means.
        format!("body={}", "%D1%84".repeat(MOST_OCTETS / 2)),
    ] {
        let page = send(&stranger, "/messages", too_much).await;
        let page = page.is(401).says("больше 256 КБ или 200 полей");
        assert_eq!(kept(&page), 0);
        assert!(page.html.contains("href=\"/sign-in\""));
        assert!(page.html.len() < 20_000, "{}", page.html.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_from_before_another_sign_in_gives_back_no_more_than_that() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let old = |more: String| format!("csrf=old&{more}");
    let page = send(&browser, "/messages", old("subject=Тема".to_owned())).await;
    assert_eq!(kept(&page.is(403)), 1);
    let long = old(format!("body={}", "\"".repeat(MOST_OCTETS)));
    let page = send(&browser, "/messages", long).await.is(403);
    let page = page.says("больше 256 КБ или 200 полей");
    assert_eq!(kept(&page), 0);
    // No page of ours has so many fields, whatever their token.
    let token = browser.token().await;
    for token in ["old", &token] {
        let many = format!("csrf={token}&{}", fields(MOST_FIELDS));
        let page = send(&browser, "/messages", many).await.is(413);
        _ = page.says("допускается не более 200");
    }
    assert_eq!(site.count("SELECT count(*) FROM messages").await, 0);
}
