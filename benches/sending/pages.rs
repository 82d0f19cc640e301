//! What the person at the page has of it: the button, and the pages while mail goes out.

use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue, ORIGIN};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use rusqlite::Connection;
use tokio::runtime::{Builder, Runtime};

use crate::Bench;
use crate::estate::{EMAIL, PASSWORD};
use crate::figures::{Table, grouped, median, millis, percentile};
use crate::postfix::Sink;
use crate::product::{self, Server};
use crate::proxy::Proxy;

/// Longest wait for the first mail.
const PATIENCE: Duration = Duration::from_mins(2);

/// No page is asked for any longer, however slow it is: the run must not end meanwhile.
const LONG_ENOUGH: Duration = Duration::from_secs(5);

const SEND: &str = "/mailings/1/send";
/// The mailing that is being sent, and a list of a million.
const PAGES: [&str; 2] = ["/mailings/1", "/recipients"];

/// A browser that has signed in, on one connection.
struct Visitor {
    client: Client,
    site: String,
    runtime: Runtime,
}

impl Visitor {
    fn sign_in(site: &str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/html"));
        let client = Client::builder()
            .cookie_store(true)
            .redirect(Policy::none())
            .default_headers(headers)
            .build()
            .unwrap();
        let visitor = Self {
            client,
            site: site.to_owned(),
            runtime: Builder::new_current_thread().enable_all().build().unwrap(),
        };
        let token = visitor.token("/sign-in", "/sign-in");
        let fields = [
            ("csrf", token.as_str()),
            ("email", EMAIL),
            ("password", PASSWORD),
        ];
        let answer = visitor.post("/sign-in", &fields);
        assert_eq!(answer.headers()["location"], "/", "signed in");
        visitor
    }

    fn get(&self, path: &str) -> String {
        self.runtime.block_on(async {
            let request = self.client.get(format!("{}{path}", self.site));
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path}");
            answer.text().await.unwrap()
        })
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self
            .client
            .post(format!("{}{path}", self.site))
            .header(ORIGIN, &self.site)
            .header("Sec-Fetch-Site", "same-origin")
            .form(fields);
        let answer = self.runtime.block_on(request.send()).unwrap();
        assert!(answer.status().is_redirection(), "{path}: {answer:?}");
        answer
    }

    /// The token of a page's form, as the form's first field named `csrf` has it.
    fn token(&self, path: &str, action: &str) -> String {
        // The template engine writes slashes of values in this way.
        let html = self.get(path).replace("&#x2f;", "/");
        let form = html.split("<form").find(|form| {
            let head = form.split('>').next().unwrap_or_default();
            head.contains(&format!("action=\"{action}\""))
        });
        let (_, field) = form.unwrap().split_once("name=\"csrf\" value=\"").unwrap();
        field.split('"').next().unwrap().to_owned()
    }

    /// How long a page takes, whole, in milliseconds, time after time. The first is not counted:
    /// what is kept after it is not what is asked about.
    fn times(&self, path: &str, requests: usize) -> Vec<f64> {
        self.get(path);
        let started = Instant::now();
        (0..requests)
            .map_while(|_| {
                let asked = Instant::now();
                (started.elapsed() < LONG_ENOUGH).then(|| {
                    self.get(path);
                    millis(asked.elapsed())
                })
            })
            .collect()
    }
}

pub fn click(bench: &Bench, table: &mut Table) {
    let sink = Sink::start();
    let (sizes, estate) = (bench.sizes, bench.large());
    let (mut answered, mut arrived) = (Vec::new(), Vec::new());
    for _ in 0..sizes.rounds {
        let folder = estate.copy();
        let line = Proxy::to(sink.port, Duration::ZERO);
        let server = Server::start(folder.path(), line.port);
        let visitor = Visitor::sign_in(&server.url);
        let token = visitor.token("/mailings/1", SEND);
        let clicked = Instant::now();
        visitor.post(SEND, &[("csrf", &token)]);
        answered.push(millis(clicked.elapsed()));
        let first = until("the first mail", || line.first_mail());
        arrived.push(millis(first.duration_since(clicked)));
        eprintln!(
            "  answered after {:.0} ms, first mail after {:.0} ms",
            answered.last().unwrap(),
            arrived.last().unwrap()
        );
    }
    let count = grouped(sizes.large.into());
    table.row(
        format!("{count} recipients, *Send* to the page's answer"),
        format!("{:.0} ms", median(answered)),
        String::new(),
        "at once",
    );
    table.row(
        format!("{count} recipients, *Send* to the first mail at the sink"),
        format!("{:.2} s", median(arrived) / 1_000.0),
        String::new(),
        "under 5 s",
    );
}

/// What a page took, in milliseconds, idle and while sending.
#[derive(Default)]
struct Times {
    idle: Vec<f64>,
    sending: Vec<f64>,
}

pub fn pages(bench: &Bench, table: &mut Table) {
    let mut times = PAGES.map(|_| Times::default());
    let rates = (0..bench.sizes.rounds).map(|_| while_sending(bench, &mut times));
    let rate = median(rates.collect());
    eprintln!("  meanwhile {rate:.0} mails/s");
    for (path, times) in PAGES.iter().zip(&times) {
        let [idle, sending] = [&times.idle, &times.sending]
            .map(|all| [50, 99].map(|percent| percentile(all, percent)));
        table.row(
            format!("`GET {path}` while sending, p50 / p99"),
            format!("{:.1} / {:.1} ms", sending[0], sending[1]),
            format!(
                "while paused {:.1} / {:.1} ms; p99 {:.1} ×",
                idle[0],
                idle[1],
                sending[1] / idle[1]
            ),
            "p99 under 5 ×",
        );
    }
}

/// One round; returns the mails a second that went out meanwhile. Idle is the same page of the same
/// run, paused: it shows the same things.
fn while_sending(bench: &Bench, times: &mut [Times]) -> f64 {
    let sink = Sink::start();
    let folder = bench.large().copy();
    let server = Server::start(folder.path(), sink.port);
    let visitor = Visitor::sign_in(&server.url);
    let journal = product::journal(folder.path());
    let csrf = visitor.token("/mailings/1", SEND);
    let press = |path: &str| drop(visitor.post(path, &[("csrf", &csrf)]));
    let goes_on = |from: i64| {
        until("the next mail", || {
            (accepted(&journal) > from).then_some(())
        });
    };
    let requests = bench.sizes.requests;

    press(SEND);
    goes_on(0);
    press("/runs/1/pause");
    until("the last reply", || {
        nothing_in_the_air(&journal).then_some(())
    });
    for (path, times) in PAGES.iter().zip(&mut *times) {
        times.idle.extend(visitor.times(path, requests));
    }
    let paused_at = accepted(&journal);
    press("/runs/1/resume");
    goes_on(paused_at);
    let (before, started) = (accepted(&journal), Instant::now());
    for (path, times) in PAGES.iter().zip(times) {
        times.sending.extend(visitor.times(path, requests));
    }
    let seconds = started.elapsed().as_secs_f64();
    let after = accepted(&journal);
    assert!(
        after < i64::from(bench.sizes.large),
        "it was sending to the end"
    );
    (after - before) as f64 / seconds
}

/// How many mails the run has brought out.
fn accepted(journal: &Connection) -> i64 {
    let sql = "SELECT coalesce(sum(accepted), 0) FROM runs";
    journal.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Whether every mail that was begun has its result.
fn nothing_in_the_air(journal: &Connection) -> bool {
    let trying: i64 = journal
        .query_row("SELECT sum(trying) FROM runs", [], |row| row.get(0))
        .unwrap();
    trying == 0
}

/// Waits for what is to happen.
fn until<T>(what: &str, mut happened: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = happened() {
            return value;
        }
        assert!(started.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}
