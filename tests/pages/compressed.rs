//! Assets go as small as the browser takes them, and are the same whichever way they went.

use std::io::Read as _;

use reqwest::Method;
use reqwest::header::ACCEPT_ENCODING;

use crate::web_support::{Browser, Site};

async fn fetch(browser: &Browser, path: &str, accepted: Option<&str>) -> (String, Vec<u8>) {
    let mut request = browser.request(Method::GET, path);
    if let Some(accepted) = accepted {
        request = request.header(ACCEPT_ENCODING, accepted);
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap()).to_owned()
    };
    assert_eq!(header("vary"), "Accept-Encoding", "{path}");
    assert_eq!(
        header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    let encoding = header("content-encoding");
    (encoding, answer.bytes().await.unwrap().to_vec())
}

fn unpacked(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        "br" => brotli::Decompressor::new(bytes, 4_096).read_to_end(&mut plain),
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain),
        _ => return bytes.to_vec(),
    }
    .unwrap();
    plain
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_is_sent_as_small_as_the_browser_takes_it() {
    let site = Site::start().await;
    let browser = site.browser();
    let page = browser.get("/sign-in").await.is(200);
    let assets: Vec<String> = page
        .tags()
        .iter()
        .filter_map(|tag| tag.get("href").or(tag.get("src")))
        .filter(|target| target.starts_with("/static/"))
        .map(|target| target.split('#').next().unwrap().to_owned())
        .collect();
    assert!(assets.len() >= 3, "{assets:?}");
    for asset in assets {
        let (encoding, plain) = fetch(&browser, &asset, None).await;
        assert_eq!(
            encoding, "",
            "{asset}: who asks for nothing gets it as it is"
        );
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", "br"),
            ("gzip, deflate", "gzip"),
            ("br;q=0.1, gzip;q=0.9", "gzip"),
            ("br;q=0, *;q=0.5", "gzip"),
            ("identity", ""),
            ("zstd", ""),
            ("br;q=0, gzip;q=0", ""),
        ] {
            let (encoding, bytes) = fetch(&browser, &asset, Some(accepted)).await;
            // What would not become smaller goes as it is.
            if encoding.is_empty() {
                assert!(
                    expected.is_empty() || plain.len() < 400,
                    "{asset}: {accepted}"
                );
            } else {
                assert_eq!(encoding, expected, "{asset}: {accepted}");
                assert!(bytes.len() < plain.len(), "{asset}: {accepted}");
            }
            assert_eq!(unpacked(&encoding, &bytes), plain, "{asset}: {accepted}");
        }
        if asset.contains("/app.") {
            let (_, small) = fetch(&browser, &asset, Some("br")).await;
            assert!(
                small.len() * 5 < plain.len() * 2,
                "{asset}: {}",
                small.len()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_itself_is_not_compressed() {
    // Its size would tell what is in it beside what somebody typed (BREACH).
    let site = Site::start().await;
    let request = site.browser().request(Method::GET, "/sign-in");
    let answer = request
        .header(ACCEPT_ENCODING, "br, gzip")
        .send()
        .await
        .unwrap();
    assert!(answer.headers().get("content-encoding").is_none());
}
