//! Requests as no browser sends them, and many at once: octets on a socket.

use std::time::Duration;

use mailapp::web::http::front::Bounds;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::slow_clients::{answer, connect, rest};
use crate::web_support::{Browser, PASSWORD, PATIENCE, Person, Site};

const KB: usize = 1_024;
/// Long enough for whoever means it, short enough for a test.
const SOON: Duration = Duration::from_millis(500);

/// The cookies of somebody who has signed in, as a header has them.
async fn cookies(site: &Site, person: &Person) -> String {
    let fields = [("email", person.email.as_str()), ("password", PASSWORD)];
    let signed_in = site.browser().submit("/sign-in", "/sign-in", &fields).await;
    let cookies = signed_in.headers.get_all("set-cookie");
    let pairs: Vec<&str> = cookies
        .iter()
        .filter_map(|cookie| cookie.to_str().unwrap().split(';').next())
        .collect();
    pairs.join("; ")
}

/// The head of a message's form with so long a body, whose sender waits to be asked for it.
fn head(cookies: &str, length: usize) -> String {
    format!(
        "POST /messages HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nCookie: {cookies}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nAccept-Language: en\r\n\
         Connection: close\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// A form of which nothing but its beginning is sent. The server is waiting for the rest.
async fn begun(site: &Site, cookies: &str, length: usize, sent: usize) -> TcpStream {
    let mut stream = connect(site).await;
    stream
        .write_all(head(cookies, length).as_bytes())
        .await
        .unwrap();
    let mut invitation = [0; 25];
    stream.read_exact(&mut invitation).await.unwrap();
    assert_eq!(&invitation, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(&vec![b'a'; sent]).await.unwrap();
    stream
}

/// Saves a message of so many letters.
async fn save(browser: &Browser, letters: usize) -> crate::web_support::Page {
    let form = browser.get("/messages/new").await.form("/messages");
    let form = form
        .with("subject", "A long one")
        .with("body", &"a".repeat(letters));
    browser.send(form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_announced_and_does_not_come_keeps_nobody_from_sending() {
    let site = Site::start_within(|bounds| bounds.body_grace = PATIENCE * 10).await;
    let anna = site.signed_in(&site.user("anna@example.ru").await).await;
    let mut held = Vec::new();
    for name in ["boris@example.ru", "olga@example.ru"] {
        let cookies = cookies(&site, &site.user(name).await).await;
        for _ in 0..24 {
            held.push(begun(&site, &cookies, 2 * KB * KB, 5).await);
        }
    }
    let page = save(&anna, 90_000).await;
    assert_eq!(page.status, 303, "{}", page.text());
}

/// Room for bodies of 1 MB, a quarter of it for each user.
fn cramped(bounds: &mut Bounds) {
    bounds.bodies = 1_024 * 1_024;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_take_all_room_and_then_stop_give_it_back_when_their_time_is_over() {
    let site = Site::start_within(|bounds| {
        cramped(bounds);
        bounds.body_rate = 1 << 30;
        bounds.body_grace = SOON;
        bounds.room_patience = PATIENCE;
    })
    .await;
    let anna = site.signed_in(&site.user("anna@example.ru").await).await;
    let mut held = Vec::new();
    for number in 1..=4 {
        let user = site.user(&format!("user{number}@example.ru")).await;
        let cookies = cookies(&site, &user).await;
        held.push(begun(&site, &cookies, 300 * KB, 250 * KB).await);
    }
    let page = save(&anna, 90_000).await;
    assert_eq!(page.status, 303, "{}", page.text());
    for stream in &mut held {
        let said = rest(stream).await;
        assert!(said.starts_with("HTTP/1.1 408"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_user_gets_a_quarter_of_the_room_and_is_told_when_there_is_no_more() {
    let site = Site::start_within(|bounds| {
        cramped(bounds);
        bounds.room_patience = SOON;
        bounds.body_grace = PATIENCE * 10;
    })
    .await;
    let anna = site.user("anna@example.ru").await;
    let cookies = cookies(&site, &anna).await;
    let _held = begun(&site, &cookies, 300 * KB, 190 * KB).await;
    let browser = site.signed_in(&anna).await;
    let page = save(&browser, 90_000).await.is(503);
    assert_eq!(page.headers["retry-after"], "10");
    assert_eq!(save(&browser, 10_000).await.status, 303, "what is short");
    let boris = site.signed_in(&site.user("boris@example.ru").await).await;
    assert_eq!(save(&boris, 90_000).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_host_is_not_certain_is_refused() {
    let site = Site::start().await;
    let long = format!("Host: {}\r\n", "x y".repeat(100));
    for hosts in [
        "",
        "Host: x\r\nHost: x\r\n",
        "Host: x\r\nhost: y\r\n",
        "Host:\r\n",
        "Host: x y\r\n",
        "Host: http://x/\r\n",
        "Host: user@x\r\n",
        "Host: x:port\r\n",
        long.as_str(),
    ] {
        for address in ["/healthz", "/sign-in", "/nothing", "http://x/healthz"] {
            let said = answer(&site, &format!("GET {address} HTTP/1.1\r\n{hosts}\r\n")).await;
            assert!(
                said.starts_with("HTTP/1.1 400"),
                "{address} {hosts:?}: {said}"
            );
            assert!(said.contains("exactly one valid Host header"), "{said}");
        }
    }
    for (address, host) in [
        ("ftp://x/healthz", "Host: x\r\n"),
        ("http://user@x/healthz", "Host: x\r\n"),
    ] {
        let said = answer(&site, &format!("GET {address} HTTP/1.1\r\n{host}\r\n")).await;
        assert!(said.starts_with("HTTP/1.1 400"), "{address}: {said}");
    }
    for good in [
        "GET /healthz HTTP/1.0\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n",
        "GET http://y/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    ] {
        let said = answer(&site, good).await;
        assert!(said.contains(" 200 OK\r\n"), "{good:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_told_so_and_why() {
    let site = Site::start().await;
    let post = |length: &str| {
        format!("POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n")
    };
    let many = "9".repeat(40);
    for (request, status, words) in [
        (post("18446744073709551614"), 413, "too large"),
        (post("18446744073709551615"), 413, "too large"),
        (post("18446744073709551616"), 413, "too large"),
        (post(&many), 413, "слишком большое"),
        (post("-1"), 400, "not valid HTTP"),
        (post("1\r\nContent-Length: 2"), 400, "not valid HTTP"),
        ("\u{16}\u{3}\u{1}\r\n\r\n".to_owned(), 400, "not valid HTTP"),
        ("GET /\r\n\r\n".to_owned(), 400, "not valid HTTP"),
        (
            format!(
                "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
                "X: a\r\n".repeat(200)
            ),
            431,
            "at most 32 KB and 100",
        ),
        (
            format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(9_000)),
            414,
            "at most 8 KB",
        ),
    ] {
        // Behind another request on the same connection, too.
        let mut stream = connect(&site).await;
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        let mut first = Vec::new();
        while !first.ends_with(b"ok\n") {
            assert!(stream.read_buf(&mut first).await.unwrap() > 0);
        }
        stream.write_all(request.as_bytes()).await.unwrap();
        for said in [answer(&site, &request).await, rest(&mut stream).await] {
            let begin = format!("HTTP/1.1 {status} ");
            assert!(said.starts_with(&begin), "{begin}{words}: {said}");
            assert!(said.contains(words), "{begin}{words}: {said}");
            assert_eq!(said.matches("HTTP/1.1").count(), 1, "{said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_no_page_has_is_not_implemented() {
    let site = Site::start().await;
    for method in [
        "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "BREW", "get", "_method",
    ] {
        for path in ["/sign-in", "/healthz", "/mailings/1", "/nothing"] {
            let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n");
            for rest in ["\r\n", "Content-Length: 3\r\n\r\na=b"] {
                let said = answer(&site, &format!("{request}{rest}")).await;
                assert!(said.starts_with("HTTP/1.1 501 "), "{method} {path}: {said}");
                assert!(said.contains("use GET, HEAD or POST"), "{said}");
            }
        }
    }
    let head = "HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let said = answer(&site, head).await;
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_encoded_in_another_way_than_in_chunks_is_not_taken_for_the_form() {
    let site = Site::start().await;
    let head = "POST /sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nAccept-Language: en\r\n\
        Connection: close\r\n";
    let body = "\r\n7\r\nemail=a\r\n0\r\n\r\n";
    for codings in [
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity, chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
    ] {
        let said = answer(&site, &format!("{head}{codings}{body}")).await;
        assert!(said.starts_with("HTTP/1.1 501 "), "{codings}: {said}");
        assert!(said.contains("send the body with Content-Length"), "{said}");
        assert_eq!(said.matches("HTTP/1.1").count(), 1, "{said}");
    }
    for codings in [
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: Chunked\r\n",
        "Transfer-Encoding: , chunked\r\n",
    ] {
        let said = answer(&site, &format!("{head}{codings}{body}")).await;
        // Read, and refused for want of its token.
        assert!(said.starts_with("HTTP/1.1 403 "), "{codings}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_in_broken_chunks_is_answered() {
    let site = Site::start().await;
    let head = "POST /sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n\
        Content-Type: application/x-www-form-urlencoded\r\nAccept-Language: en\r\n\
        Transfer-Encoding: chunked\r\n\r\n";
    for chunks in [
        "zz\r\nemail=a\r\n0\r\n\r\n",
        "7\r\nemail=a\r\nzz\r\n",
        "7\r\nemail=a7\r\n",
        "-7\r\nemail=a\r\n",
        "fffffffffffffffff\r\nemail=a\r\n",
    ] {
        let said = answer(&site, &format!("{head}{chunks}")).await;
        assert!(said.starts_with("HTTP/1.1 400"), "{chunks:?}: {said}");
        assert!(said.contains("arrived damaged"), "{chunks:?}: {said}");
    }
}

/// Asks again and again for something short and reads nothing of the answers, until the server has no
/// more room for them. Returns how often it has asked.
async fn unread(site: &Site) -> (TcpStream, usize) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let address = site.url.trim_start_matches("http://").parse().unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    // Long questions: what the system keeps of them is not answered yet.
    let question = format!(
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "a".repeat(4_000)
    );
    let mut written = 0;
    let ask = async {
        // A machine that is busy with other things must not look like one that waits for us.
        while let Ok(octets) = tokio::time::timeout(PATIENCE / 5, {
            stream.write(&question.as_bytes()[written % question.len()..])
        })
        .await
        {
            written += octets.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE * 3, ask).await.unwrap();
    (stream, written / question.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_still_to_be_read_are_not_cut_short_for_somebody_else() {
    let site = Site::start_within(|bounds| {
        bounds.connections = 2;
        bounds.per_network = 2;
    })
    .await;
    let (mut reader, asked) = unread(&site).await;
    let question = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    // The place that is left is taken in turns by those who have not asked yet.
    let mut guests = Vec::new();
    for _ in 0..5 {
        guests.push(connect(&site).await);
    }
    let mut last = guests.pop().unwrap();
    last.write_all(question.as_bytes()).await.unwrap();
    let mut begin = [0; 12];
    last.read_exact(&mut begin).await.unwrap();
    assert_eq!(&begin, b"HTTP/1.1 200");
    reader.shutdown().await.unwrap();
    let answers = rest(&mut reader).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), asked);
    assert!(answers.ends_with("ok\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_all_places_are_taken_by_answers_one_is_told_to_come_again() {
    let site = Site::start_within(|bounds| {
        bounds.connections = 1;
        bounds.per_network = 1;
    })
    .await;
    let _reader = unread(&site).await;
    for _ in 0..5 {
        let said = answer(&site, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(said.starts_with("HTTP/1.1 503"), "{said:?}");
        assert!(
            said.contains("Retry-After: 5") && said.ends_with("секунд.\n"),
            "{said}"
        );
    }
}
