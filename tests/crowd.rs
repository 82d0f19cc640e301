//! Many at the door at once, and an installation that comes from an older version.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use std::process::Stdio;

use mailapp::store::{Store, StoreError};
use support::process::{Folder, PASSWORD, Running};
use support::until;

/// `VmHWM` of a process, in MiB.
fn peak_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1_024
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_sign_ins_at_once_take_little_memory_and_hold_no_page_up() {
    const PEOPLE: usize = 200;
    let folder = Folder::filled().await;
    let store = folder.store();
    store
        .write(|c| {
            for number in 0..PEOPLE {
                c.execute(
                    "INSERT INTO users (email, email_key, name, role, password_hash, created_at,
                                        confirmed_at)
                     SELECT ?1, ?1, '', 'user', password_hash, 1, 1 FROM users WHERE id = 1",
                    [format!("n{number}@example.ru")],
                )?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    drop(store);
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let (port_text, proxies) = (port.to_string(), "trusted_proxies=127.0.0.1");
    let child = folder
        .command(&["serve", "--port", &port_text, "--set", proxies])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Running(child);
    let url = format!("http://127.0.0.1:{port}");
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    until("the server answers", async || {
        client.get(format!("{url}/healthz")).send().await.ok()
    })
    .await;
    let page = client
        .get(format!("{url}/sign-in"))
        .header("Accept", "text/html")
        .send()
        .await
        .unwrap();
    let cookie = page.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let html = page.text().await.unwrap();
    let csrf = html.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap().to_owned();

    let left = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(PEOPLE));
    let mut sign_ins = Vec::new();
    for number in 0..PEOPLE {
        let fields = [
            ("email", format!("n{number}@example.ru")),
            ("password", PASSWORD.to_owned()),
            ("csrf", csrf.clone()),
        ];
        let request = client
            .post(format!("{url}/sign-in"))
            .header("Cookie", &cookie)
            .header("Sec-Fetch-Site", "same-origin")
            .header(
                "X-Forwarded-For",
                format!("203.0.{}.{}", number / 200, number % 200),
            )
            .form(&fields);
        let left = std::sync::Arc::clone(&left);
        sign_ins.push(tokio::spawn(async move {
            let status = request.send().await.unwrap().status().as_u16();
            left.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
            status
        }));
    }
    // Pages are answered while those wait.
    let mut answered_meanwhile = 0;
    while left.load(std::sync::atomic::Ordering::SeqCst) > 0 {
        let page = client.get(format!("{url}/recover")).send().await.unwrap();
        assert_eq!(page.status(), 200);
        answered_meanwhile += 1;
    }
    for sign_in in sign_ins {
        assert_eq!(sign_in.await.unwrap(), 303);
    }
    let peak = peak_mib(server.0.id());
    assert!(peak < 400, "{peak} MiB");
    assert!(answered_meanwhile > 50, "{answered_meanwhile}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_the_first_schema_is_brought_up_to_date_and_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mailapp.db");
    let first = include_str!("../migrations/V1__schema.sql");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(first).unwrap();
    old.execute_batch(
        "CREATE TABLE refinery_schema_history (version INT4 PRIMARY KEY, name VARCHAR(255),
                                               applied_on VARCHAR(255), checksum VARCHAR(255));
         INSERT INTO users (email, email_key, name, role, password_hash, created_at, confirmed_at)
         VALUES ('Anna@example.ru', 'anna@example.ru', 'Anna', 'manager', 'x', 1, 1);
         INSERT INTO audit (at, door, user_id, verb, subject_kind, subject_id)
         VALUES (1, 'web', 1, 'sign_in', 'user', 1);",
    )
    .unwrap();
    // As refinery itself would have noted it.
    let fresh = tempfile::tempdir().unwrap();
    let known = fresh.path().join("mailapp.db");
    drop(Store::open(&known).unwrap());
    old.execute(
        &format!("ATTACH DATABASE '{}' AS fresh", known.display()),
        [],
    )
    .unwrap();
    old.execute_batch(
        "INSERT INTO main.refinery_schema_history
         SELECT * FROM fresh.refinery_schema_history WHERE version = 1;",
    )
    .unwrap();
    drop(old);
    let store = Store::open(&path).unwrap();
    let (email, lines): (String, i64) = store
        .read(|c| {
            Ok::<_, StoreError>(c.query_row(
                "SELECT (SELECT email FROM users WHERE instr(search_text, 'anna') > 0),
                        (SELECT count(*) FROM audit)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?)
        })
        .await
        .unwrap();
    assert_eq!((email.as_str(), lines), ("Anna@example.ru", 1));
}
