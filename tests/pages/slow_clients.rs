//! What clients may take that send half a request, a body that never comes, or read nothing of what
//! they have asked for. All limits are short here; `docs/limits.md` has the real ones.

use std::time::Duration;

use mailapp::web::http::front::Bounds;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::web_support::{Browser, Estate, PASSWORD, PATIENCE, Site};

/// Long enough for whoever means it, short enough for a test.
const SOON: Duration = Duration::from_millis(500);

pub(crate) async fn connect(site: &Site) -> TcpStream {
    let address = site.url.trim_start_matches("http://");
    TcpStream::connect(address).await.unwrap()
}

/// All that is still answered until the server closes the connection.
pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut octets = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut octets)).await;
    // A connection that is reset has been closed, too.
    drop(read.expect("the server closes the connection"));
    String::from_utf8_lossy(&octets).into_owned()
}

/// What is answered to these octets, when nothing more is sent.
pub(crate) async fn answer(site: &Site, octets: &str) -> String {
    let mut stream = connect(site).await;
    stream.write_all(octets.as_bytes()).await.unwrap();
    rest(&mut stream).await
}

fn impatient(bounds: &mut Bounds) {
    bounds.head = SOON;
    bounds.body_grace = SOON;
    bounds.stall = SOON;
    bounds.idle = SOON;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_request_is_waited_for_no_longer_than_its_time() {
    let site = Site::start_within(impatient).await;
    for half in [
        "",
        "G",
        "GET /sign-in HTTP/1.1\r\n",
        "GET /sign-in HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    ] {
        assert_eq!(answer(&site, half).await, "", "{half:?}");
    }
    // Another octet now and then is no request either.
    let mut stream = connect(&site).await;
    let trickle = async {
        while stream.write_all(b"G").await.is_ok() {
            tokio::time::sleep(SOON / 10).await;
        }
    };
    tokio::time::timeout(PATIENCE, trickle).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_form_is_answered_when_its_time_is_over() {
    let site = Site::start_within(impatient).await;
    let head = "POST /sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nAccept-Language: en\r\n";
    for (length, what) in [
        ("Content-Length: 1000\r\n\r\nemail=a", "a part"),
        ("Content-Length: 60000\r\n\r\n", "nothing"),
        (
            "Transfer-Encoding: chunked\r\n\r\n7\r\nemail=a\r\n",
            "a chunk",
        ),
    ] {
        let said = answer(&site, &format!("{head}{length}")).await;
        assert!(said.starts_with("HTTP/1.1 408"), "{what}: {said}");
        assert!(said.contains("did not arrive in time"), "{what}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_with_nothing_to_say_is_closed() {
    let site = Site::start_within(impatient).await;
    let said = answer(&site, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(said.ends_with("ok\n"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_read_what_was_asked_for_is_cut_off() {
    let site = Site::start_within(impatient).await;
    let page = site.browser().get("/sign-in").await.is(200);
    let tags = page.tags();
    let style = tags
        .iter()
        .find_map(|tag| tag.get("href").filter(|href| href.contains(".css")))
        .unwrap();
    let one = format!("GET {style} HTTP/1.1\r\nHost: x\r\n\r\n");
    // Asked for again and again, it is more than the system keeps for a connection by itself; then the
    // server does not read either, and in the end it hangs up.
    let mut stream = connect(&site).await;
    let cut = async {
        let (all, mut written) = (one.as_bytes(), 0);
        while let Ok(octets) = stream.write(&all[written..]).await {
            written = (written + octets) % all.len();
        }
    };
    tokio::time::timeout(PATIENCE, cut).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_send_halves_make_room_for_those_who_ask() {
    let site = Site::start_within(|bounds| {
        bounds.connections = 40;
        bounds.per_network = 40;
        bounds.head = PATIENCE * 10;
    })
    .await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let mut halves = Vec::new();
    for round in 0..10 {
        for _ in 0..30 {
            let mut stream = connect(&site).await;
            stream
                .write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
                .await
                .unwrap();
            halves.push(stream);
        }
        _ = browser.get("/recipients").await.is(200);
        _ = site.browser().get("/sign-in").await.is(200);
        let form = [
            ("email", "olga@example.ru".to_owned()),
            ("name", round.to_string()),
        ];
        let fields: Vec<_> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let page = browser
            .submit("/recipients/new", "/recipients", &fields)
            .await;
        assert!(
            [303, 422].contains(&page.status.as_u16()),
            "{}",
            page.status
        );
    }
    // All but the newest have been closed.
    for half in halves.iter_mut().take(250) {
        assert_eq!(rest(half).await, "");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_has_a_few_event_streams_and_gets_their_places_back() {
    let estate = Estate::build().await;
    let site = &estate.site;
    let (anna, boss) = (&estate.anna, &estate.boss);
    let path = estate.path("/runs/<id>/events").await;
    let open = async |browser: &Browser| browser.request(Method::GET, &path).send().await.unwrap();
    let browser = site.signed_in(anna).await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        let mut stream = open(&browser).await;
        assert_eq!(stream.status(), 200);
        assert!(stream.chunk().await.unwrap().is_some());
        streams.push(stream);
    }
    for _ in 0..20 {
        let refused = open(&browser).await;
        assert_eq!(refused.status(), 429);
        assert_eq!(refused.headers()["retry-after"], "10");
    }
    _ = browser.get("/recipients").await.is(200);
    assert_eq!(open(&site.signed_in(boss).await).await.status(), 200);
    // The page is closed: its place is free as soon as the server notices.
    streams.pop();
    let again = async {
        loop {
            let stream = open(&browser).await;
            if stream.status() == 200 {
                return stream;
            }
        }
    };
    drop(tokio::time::timeout(PATIENCE, again).await.unwrap());
    // One user in many browsers has some more, and not as many as they like.
    let mut held = Vec::new();
    let mut refused = 0;
    for _ in 0..5 {
        let browser = site.signed_in(anna).await;
        for _ in 0..5 {
            let stream = open(&browser).await;
            refused += usize::from(stream.status() == 429);
            held.push(stream);
        }
    }
    assert!((5..=10).contains(&refused), "{refused} of {}", held.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_refused_by_its_length_before_it_is_sent() {
    let site = Site::start_within(impatient).await;
    let head = |path: &str, length: usize, more: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nAccept-Language: en\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{more}\r\n"
        )
    };
    // Who waits for an invitation hears that there is none.
    for (path, length, words) in [
        ("/sign-in", 64 * 1_024 + 1, "up to 64 KB"),
        ("/nothing/of/ours", 1 << 40, "up to 64 KB"),
        ("/messages", (2 << 20) + 1, "you can send up to 1 MB"),
        ("/recipients/import", 1_048_577, "you can send up to 1 MB"),
    ] {
        let said = answer(&site, &head(path, length, "Expect: 100-continue\r\n")).await;
        assert!(said.starts_with("HTTP/1.1 413"), "{path}: {said}");
        let said = said.replace(['\u{2068}', '\u{2069}', '\u{a0}'], "");
        assert!(said.contains(words), "{path}: {said}");
    }
    let said = answer(&site, &head("/sign-in", 7, "Expect: 100-continue\r\n")).await;
    assert!(
        said.starts_with("HTTP/1.1 100"),
        "what is short is asked for: {said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_long_is_refused() {
    let site = Site::start_within(impatient).await;
    let get = |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n");
    let long = format!("/sign-in?next={}", "a".repeat(8_200));
    let said = answer(&site, &get(&long, "Connection: close\r\n")).await;
    assert!(said.starts_with("HTTP/1.1 414"), "{said}");
    let said = answer(
        &site,
        &get("/sign-in", &format!("X: {}\r\n", "a".repeat(40_000))),
    )
    .await;
    assert!(said.starts_with("HTTP/1.1 431"), "{said}");
    let said = answer(&site, &get("/sign-in", &"X: a\r\n".repeat(200))).await;
    assert!(said.starts_with("HTTP/1.1 431"), "{said}");
    // What browsers leave unencoded is a page like any other.
    let odd = get("/sign-in?next=/a|b{c}[d]^e", "Connection: close\r\n");
    assert!(answer(&site, &odd).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_came_whole_is_carried_out_though_its_sender_has_gone() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let fields = [("email", anna.email.as_str()), ("password", PASSWORD)];
    let signed_in = site.browser().submit("/sign-in", "/sign-in", &fields).await;
    let cookies: Vec<&str> = signed_in
        .headers
        .get_all("set-cookie")
        .iter()
        .filter_map(|cookie| cookie.to_str().unwrap().split(';').next())
        .collect();
    let token = Browser::with_cookies(&site.url, &signed_in).token().await;
    for number in 1..=5 {
        let form = format!("csrf={token}&email=r{number}%40example.ru");
        let request = format!(
            "POST /recipients HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
            cookies.join("; "),
            form.len(),
        );
        let mut stream = connect(&site).await;
        stream.write_all(request.as_bytes()).await.unwrap();
        // The server is at it; a client that has gone before that is not served.
        let mut invitation = [0; 25];
        stream.read_exact(&mut invitation).await.unwrap();
        assert_eq!(&invitation, b"HTTP/1.1 100 Continue\r\n\r\n");
        stream.write_all(form.as_bytes()).await.unwrap();
        drop(stream);
    }
    site.until("SELECT count(*) FROM recipients", 5).await;
}
