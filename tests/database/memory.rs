//! What one request makes of its octets: the memory that the real program takes at most, route by
//! route, for the largest bodies that each takes and for larger ones. The routes are those of the table
//! without which the server does not start, so that a new one is measured without being named here.
//!
//! `cargo test --test database memory -- --nocapture` prints the table.

use std::collections::BTreeMap;

use mailapp::domain::accounts::permission::ROUTES;
use mailapp::web::http::front::body_limit;
use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE};
use reqwest::{Method, StatusCode};

use crate::service::{ANNA, Place, Service};
use crate::support::smtp::SmtpServer;
use crate::web_support::Browser;

const KIB: u64 = 1_024;
const MIB: u64 = 1_024 * KIB;
/// A request takes at most so many times its own size, or so much.
const TIMES: u64 = 20;
const ALWAYS: u64 = 64 * MIB;

/// The memory of a running program.
struct Meter(u32);

impl Meter {
    fn of(service: &Service) -> Self {
        Self(service.process.0.id())
    }

    fn read(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let number = line.split_whitespace().nth(1).unwrap();
        number.parse::<u64>().unwrap() * KIB
    }

    /// What is taken at most while something is done, beyond what was taken before.
    async fn peak<T>(&self, work: impl Future<Output = T>) -> (u64, T) {
        std::fs::write(format!("/proc/{}/clear_refs", self.0), "5").unwrap();
        let before = self.read("VmRSS");
        let done = work.await;
        (self.read("VmHWM").saturating_sub(before), done)
    }
}

/// The field of a route that takes more than others, and something else that makes more of itself
/// there.
fn large_field(route: &str) -> (&'static str, &'static str) {
    match route {
        "/recipients/import" => ("table", "a@example.ru\n"),
        "/mailings" | "/mailings/<id>" | "/mailings/picker" => ("selection", "{\"with\":[1,"),
        _ => ("body", "{{a}}"),
    }
}

/// Bodies of `size` octets, each of another kind.
fn bodies(route: &str, token: &str, size: u64) -> Vec<(&'static str, String)> {
    let size = usize::try_from(size).unwrap();
    let (field, special) = large_field(route);
    let one = format!("csrf={token}&act=search&{field}=");
    let many = format!("csrf={token}&");
    [
        ("fields", &many, "a&"),
        ("numbers", &many, "ticked=x&"),
        ("letters", &one, "a"),
        ("quotes", &one, "\""),
        ("encoded", &one, "%3C"),
        ("special", &one, special),
    ]
    .map(|(kind, head, part)| {
        let room = size.saturating_sub(head.len());
        (kind, format!("{head}{}", part.repeat(room / part.len())))
    })
    .to_vec()
}

fn path(route: &str) -> String {
    route
        .replace("<id>", "1")
        .replace("<token>", "AAAAAAAAAAAqAAAAAAAAAAAAAAAAAAAA")
        .replace("<path..>", "app.css")
        .replace("<_..>", "nothing")
        .replace("<_>", "start")
}

async fn post(browser: &Browser, path: &str, body: String) -> StatusCode {
    let request = browser
        .request(Method::POST, path)
        .header("Sec-Fetch-Site", "same-origin")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body);
    let answer = request.send().await.unwrap();
    let status = answer.status();
    _ = answer.bytes().await.unwrap();
    status
}

/// The worst of what was measured, by route: octets sent, octets taken, and by what.
#[derive(Default)]
struct Table(BTreeMap<String, (u64, u64, String)>);

impl Table {
    fn add(&mut self, route: &str, sent: u64, taken: u64, what: String) {
        let row = self.0.entry(route.to_owned()).or_default();
        if taken >= row.1 {
            *row = (sent, taken, what);
        }
        let most = (TIMES * sent).max(ALWAYS);
        assert!(
            taken <= most,
            "{route}: {taken} octets for {sent} ({:?})",
            row.2
        );
    }

    fn print(&self) {
        println!(
            "{:<44} {:>10} {:>10}  by",
            "route", "sent, KiB", "taken, KiB"
        );
        for (route, (sent, taken, what)) in &self.0 {
            println!("{route:<44} {:>10} {:>10}  {what}", sent / KIB, taken / KIB);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_takes_more_memory_than_a_bounded_multiple_of_its_size() {
    let place = Place::new();
    _ = place.furnish(3).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let meter = Meter::of(&service);
    let at_first = meter.read("VmRSS");
    let mut table = Table::default();
    let mut anna = service.browser(ANNA).await;
    let posts = ROUTES.iter().filter(|(method, ..)| *method == "POST");
    for (_, route, _) in posts {
        let path = path(route);
        let limit = body_limit(rocket::http::Method::Post, &path);
        // A form may have ended the session.
        if anna.get("/recipients/new").await.status != 200 {
            anna = service.browser(ANNA).await;
        }
        let token = anna.token().await;
        let stranger = Browser::new(&service.url, "ru");
        for (who, browser, token) in [
            ("stranger", &stranger, "x"),
            ("stale", &anna, "x"),
            ("member", &anna, token.as_str()),
        ] {
            for size in [limit, limit + 1, 2 * limit] {
                for (kind, body) in bodies(route, token, size) {
                    let sent = body.len() as u64;
                    let posted = meter.peak(post(browser, &path, body));
                    let (most, status) = posted.await;
                    let what = format!("{who}, {kind}, {}", status.as_u16());
                    table.add(&format!("POST {route}"), sent, most, what);
                    if size > limit + 1 {
                        assert!(!status.is_success(), "{route}");
                    }
                }
            }
        }
    }
    table.print();
    // What the allocator keeps for later is no more than one request may take.
    let left = meter.read("VmRSS").saturating_sub(at_first);
    println!("kept at the end: {} KiB", left / KIB);
    let largest = table.0.values().map(|(sent, ..)| *sent).max().unwrap();
    assert!(left < TIMES * largest, "{left} octets are not given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_and_no_header_takes_more_memory_than_a_page_does() {
    let place = Place::new();
    _ = place.furnish(3).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let meter = Meter::of(&service);
    let mut table = Table::default();
    let anna = service.browser(ANNA).await;
    let stranger = Browser::new(&service.url, "ru");
    let gets = ROUTES.iter().filter(|(method, ..)| *method == "GET");
    for (_, route, _) in gets.filter(|(_, route, _)| !route.ends_with("/events")) {
        let path = path(route);
        for (who, browser) in [("stranger", &stranger), ("member", &anna)] {
            for (kind, part) in [("letters", "a"), ("fields", "a&"), ("encoded", "%3C")] {
                let room = 8_000 - path.len();
                let long = format!("{path}?q={}", part.repeat(room / part.len()));
                let request = browser
                    .request(Method::GET, &long)
                    .header(ACCEPT_LANGUAGE, "x,".repeat(4_000))
                    .header("X-Forwarded-For", "1,".repeat(3_000));
                // A browser of the tests has cookies of its own, where it is signed in.
                let request = match who {
                    "stranger" => request.header(COOKIE, "a=;b=;".repeat(1_000)),
                    _ => request,
                };
                let (taken, status) = meter
                    .peak(async {
                        let answer = request.send().await.unwrap();
                        let status = answer.status();
                        _ = answer.bytes().await.unwrap();
                        status
                    })
                    .await;
                let what = format!("{who}, {kind}, {}", status.as_u16());
                table.add(&format!("GET {route}"), 30_000, taken, what);
            }
        }
    }
    table.print();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_large_forms_at_once_take_no_more_than_their_common_room() {
    let place = Place::new();
    _ = place.furnish(3).await;
    let server = SmtpServer::start();
    let service = place.serve(&server).await;
    let meter = Meter::of(&service);
    let anna = service.browser(ANNA).await;
    let stranger = Browser::new(&service.url, "ru");
    for (who, browser) in [("stranger", &stranger), ("member", &anna)] {
        let (_, body) = bodies("/recipients/import", "x", 8 * MIB).swap_remove(0);
        let work = async {
            let posts = (0..8).map(|_| post(browser, "/recipients/import", body.clone()));
            futures::future::join_all(posts).await
        };
        let (taken, statuses) = meter.peak(work).await;
        println!("8 × 8 MiB by a {who}: {} KiB, {statuses:?}", taken / KIB);
        assert!(statuses.iter().all(|status| !status.is_success()));
        assert!(taken < 4 * ALWAYS, "{who}: {taken}");
    }
}
