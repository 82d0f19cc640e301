//! What commands say of an installation that is not as it should be, and by whose settings they go.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use crate::copied::REFUSED;
use crate::service::{ANNA, Place};
use crate::support::smtp::SmtpServer;
use crate::support::until;
use crate::web_support::PASSWORD;

const COPY: &str = "Чтобы отправлять отсюда: mailapp adopt";

/// Gives every message an unsubscribe link.
fn link(place: &Place) {
    rusqlite::Connection::open(place.database())
        .unwrap()
        .execute_batch("UPDATE messages SET body = 'Отписка: {{ unsubscribe_url }}'")
        .unwrap();
}

/// What a command says on standard output and on standard error, and its exit code.
fn said(place: &Place, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = place.command(arguments, &[]).output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap().replace('\u{a0}', " ");
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_goes_by_the_settings_of_the_server_that_sends() {
    let place = Place::new();
    let mailing = place.furnish(1).await.to_string();
    link(&place);
    let (code, out, err) = said(&place, &["send", &mailing]);
    assert_eq!(
        (code, out.as_str()),
        (Some(1), ""),
        "nobody else would send it: {err}"
    );
    assert!(err.contains("base_url"), "{err}");
    let server = SmtpServer::start();
    let base = [("base_url", "https://mail.example.ru")];
    let service = place.serve_with(&server, &base).await;
    let sent = until("the server has begun to send", async || {
        let (code, _, err) = said(&place, &["send", &mailing]);
        (code == Some(0)).then_some(err)
    })
    .await;
    assert!(
        !sent.contains("Почтовый сервер не задан"),
        "the server's mail goes out: {sent}"
    );
    let mail = String::from_utf8(server.mail_to("r1@example.ru").mail.unwrap()).unwrap();
    assert!(mail.contains("https://mail.example.ru/u/"), "{mail}");
    let new = ["create-message", "--user", ANNA, "--subject", "Ещё"];
    let body = ["--body", "{{ unsubscribe_url }}"];
    let (code, _, err) = said(&place, &[&new[..], &body].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""), "it can be sent");
    assert_eq!(service.stop(), Some(0));
    let (code, _, err) = said(&place, &["send", &mailing]);
    assert_eq!(
        code,
        Some(1),
        "the server is gone, and its settings with it: {err}"
    );
    assert!(err.contains("base_url"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_on_a_copy_says_that_it_is_one_and_none_sends() {
    let place = Place::new();
    let mailing = place.furnish(1).await.to_string();
    assert_eq!(place.run(&["send", &mailing]).0, Some(0));
    let reading = [
        vec!["users", "--json"],
        vec!["recipients", "--csv"],
        vec!["mailings"],
        vec!["status", &mailing],
        vec!["doctor"],
    ];
    let before: Vec<_> = reading.iter().map(|words| said(&place, words)).collect();
    let copy = place.copy();
    for (words, (code, out, err)) in reading.iter().zip(before) {
        assert!(!err.contains("mailapp adopt"), "{words:?}: {err}");
        let (code_then, out_then, err_then) = said(&copy, words);
        assert_eq!(
            (code_then, out_then),
            (code, out),
            "{words:?}: the result is the same"
        );
        assert_eq!(
            err_then.lines().count(),
            err.lines().count() + 1,
            "{words:?}: {err_then}"
        );
        assert!(err_then.contains(COPY), "{words:?}: {err_then}");
    }
    for sending in ["send", "resume", "send-again"] {
        let (code, out, err) = said(&copy, &[sending, &mailing]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{sending}: {err}");
        assert!(err.contains(REFUSED), "{sending}: {err}");
        assert!(!err.contains(COPY), "{sending} says it once: {err}");
    }
    assert_eq!(copy.run(&["adopt"]).0, Some(0));
    let (_, _, err) = said(&copy, &["users"]);
    assert_eq!(err, "", "it is one no longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_deleted_the_database_is_told_to_put_it_back() {
    let place = Place::new();
    let (code, _, err) = said(&place, &["users"]);
    assert_eq!(code, Some(1));
    assert!(
        err.contains("Запустите mailapp serve"),
        "there never was one: {err}"
    );
    place.furnish(1).await;
    fs::remove_file(place.database()).unwrap();
    let (code, _, err) = said(&place, &["users"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("secret.key, mailapp.installation"), "{err}");
    assert!(
        err.contains("верните её из резервной копии (см. docs/restoring.md)"),
        "{err}"
    );
    assert!(!err.contains("Запустите mailapp serve"), "{err}");
    assert!(!place.database().exists());
}

/// Makes an account with a password on standard input.
fn create_anna(place: &Place, password: &str) -> (Option<i32>, String) {
    let mut child = place
        .command(&["create-user", "--email", ANNA], &[])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(password.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_a_database_is_not_passed_over_in_silence() {
    let server = SmtpServer::start();
    let anew = "создана новая, пустая";
    for is_there in [false, true] {
        let place = Place::new();
        if is_there {
            fs::create_dir(place.data()).unwrap();
            fs::write(place.data().join("secret.key"), [7; 32]).unwrap();
        }
        let service = place.serve(&server).await;
        let log = fs::read_to_string(place.beside("log")).unwrap();
        assert_eq!(log.contains(anew), is_there, "{log}");
        assert!(!log.contains("there is a secret.key"), "once: {log}");
        assert_eq!(service.stop(), Some(0));
        fs::remove_dir_all(place.data()).unwrap();
        if is_there {
            fs::create_dir(place.data()).unwrap();
            fs::write(place.data().join("secret.key"), [7; 32]).unwrap();
        }
        for (password, what) in [("", "Не указан пароль"), ("1", "арол")] {
            let (code, err) = create_anna(&place, password);
            assert_ne!(code, Some(0), "{err}");
            assert!(err.contains(what), "{err}");
            assert!(!place.database().exists(), "nothing is made for nobody");
        }
        let (code, err) = create_anna(&place, PASSWORD);
        assert_eq!(code, Some(0), "{err}");
        assert_eq!(err.contains(anew), is_there, "{err}");
    }
}
