//! Accounts, seen from outside: managers' verbs as commands, and what they stop in other processes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use mailapp::actions;
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::store::StoreError;
use mailapp::transport::sink::Sink;
use support::process::{Folder, Running};
use support::until;

#[tokio::test(flavor = "multi_thread")]
async fn managers_verbs_are_commands_too() {
    let folder = Folder::filled().await;
    let (code, said) = folder.run(&["users"]);
    assert_eq!(code, Some(0));
    assert!(
        said.contains("anna@example.ru") && said.contains("Менеджер"),
        "{said}"
    );
    let (_, said) = folder.run(&["users", "--search", "BOSS", "--json"]);
    let line: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    assert_eq!(
        (&line["email"], &line["role"]),
        (&"boss@example.ru".into(), &"manager".into())
    );

    for (arguments, wanted, words) in [
        (
            &["block-user", "anna@example.ru"][..],
            2,
            "Не указано: --reason",
        ),
        (
            &["block-user", "anna@example.ru", "--reason", " "],
            2,
            "Укажите причину.",
        ),
        (
            &["block-user", "nobody@example.ru", "--reason", "x"],
            1,
            "Пользователя nobody@example.ru нет.",
        ),
        (
            &["block-user", "no address", "--reason", "x"],
            1,
            "не похоже на адрес",
        ),
        (
            &["block-user", "Anna@Example.ru", "--reason", "Жалобы"],
            0,
            "заблокирован",
        ),
        (
            &["block-user", "anna@example.ru", "--reason", "x"],
            1,
            "уже заблокирован",
        ),
        (&["users", "--blocked"], 0, "Заблокирован"),
        (&["unblock-user", "anna@example.ru"], 0, "разблокирован"),
        (&["unblock-user", "anna@example.ru"], 1, "не заблокирован"),
        (&["remove-two-factor", "anna@example.ru"], 1, "не включён"),
        (&["disable-mailing", "42", "--reason", "x"], 1, "42"),
        (&["enable-mailing", "x"], 2, "x"),
        (&["blok-user", "x"], 2, "block-user"),
        (
            &["set-password", "nobody@example.ru"],
            1,
            "Пользователя nobody@example.ru нет.",
        ),
        (&["audit"], 0, "Блокировка"),
    ] {
        let (code, said) = folder.run(arguments);
        assert_eq!(code, Some(wanted), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    let by_command = "SELECT count(*) FROM audit WHERE verb = 'block_user' AND door = 'cli'";
    assert_eq!(folder.count(by_command).await, 1);

    let weak = folder.run_with(&["set-password", "anna@example.ru"], "12345678\n");
    assert_eq!(weak.status.code(), Some(2));
    let old = folder
        .count("SELECT count(*) FROM audit WHERE verb = 'set_password'")
        .await;
    let good = folder.run_with(
        &["set-password", "anna@example.ru"],
        "лодка гвоздь перрон 42\n",
    );
    assert_eq!((good.status.code(), old), (Some(0), 0));
    let (_, said) = folder.run(&["audit", "--json", "--count", "1"]);
    let line: serde_json::Value = serde_json::from_str(said.trim()).unwrap();
    assert_eq!(line["verb"], "set_password");
}

/// A mailing of Anna's to so many, which takes its time.
async fn slow_mailing(folder: &Folder, recipients: usize) {
    let app = folder.app();
    let now = app.clock.now();
    let message = MessageDraft::parse("Новости", "Здравствуйте!").unwrap();
    let message_id = actions::create_message(
        &app,
        &mailapp::domain::accounts::user::Actor::Schedule,
        1,
        message,
    )
    .await
    .unwrap();
    app.store
        .write(move |c| {
            for number in 0..recipients {
                let email = format!("n{number}@example.ru");
                let draft =
                    mailapp::domain::audience::recipient::RecipientDraft::parse(&email, "", "")
                        .unwrap();
                mailapp::store::audience::recipients::insert(c, 1, &draft, now)?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    let draft = MailingDraft {
        title: String::new(),
        message_id,
        starts_at: now + 3_600_000,
        ends_at: now + 86_400_000,
        automatic: false,
    };
    let mut everybody = Selection::default();
    everybody.add_matching("", &[]);
    actions::create_mailing(
        &app,
        &mailapp::domain::accounts::user::Actor::Schedule,
        1,
        draft,
        everybody,
    )
    .await
    .unwrap();
}

/// To the relay, at once.
const CONNECTIONS: i64 = 2;

/// The relay of `mailapp send` and `serve`: a mail server that thinks for a moment.
async fn relay() -> Vec<String> {
    let sink = Sink::bind(std::time::Duration::from_millis(20))
        .await
        .unwrap();
    let port = sink.address().unwrap().port();
    tokio::spawn(sink.serve());
    [
        "relay.host=127.0.0.1".to_owned(),
        format!("relay.port={port}"),
        "relay.security=plain".to_owned(),
        format!("relay.connections={CONNECTIONS}"),
        "sender.address=news@example.ru".to_owned(),
    ]
    .into_iter()
    .flat_map(|pair| ["--set".to_owned(), pair])
    .collect()
}

async fn stops_when_blocked(server: bool) {
    let folder = Folder::filled().await;
    slow_mailing(&folder, 2_000).await;
    let relay = relay().await;
    let _server = server.then(|| {
        let mut command = folder.command(&["serve", "--port", "0"]);
        let child = command
            .args(&relay)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Running(child.spawn().unwrap())
    });
    let child = folder
        .command(&["send", "1"])
        .args(&relay)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("some are sent", async || {
        (folder.count("SELECT count(*) FROM attempts").await > 10).then_some(())
    })
    .await;
    let (code, said) = folder.run(&["block-user", "anna@example.ru", "--reason", "Жалобы"]);
    assert_eq!(code, Some(0), "{said}");
    // It ends by itself and says why. What was in flight at that moment was let finish, a mail a
    // connection at most; within the second nothing new has begun.
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("аблокирован"), "{said}");
    let begun = |later: i64| {
        format!(
            "SELECT count(*) FROM attempts
             WHERE at > {later} + (SELECT blocked_at FROM users WHERE id = 1)"
        )
    };
    assert!(folder.count(&begun(0)).await <= CONNECTIONS);
    assert_eq!(folder.count(&begun(1_000)).await, 0);
    assert!(
        folder
            .count("SELECT count(*) FROM deliveries WHERE state = 'waiting'")
            .await
            > 1_000
    );

    // Nobody is lost: unblocked and resumed, it goes on where it stopped.
    let (code, _) = folder.run(&["unblock-user", "anna@example.ru"]);
    assert_eq!(code, Some(0));
    let before = folder.count("SELECT count(*) FROM attempts").await;
    let resumed = folder
        .command(&["resume", "1", "--json"])
        .args(&relay)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut resumed = Running(resumed);
    let first = BufReader::new(resumed.0.stdout.take().unwrap())
        .lines()
        .next();
    assert!(first.unwrap().unwrap().contains("\"started\""));
    until("it goes on", async || {
        (folder.count("SELECT count(*) FROM attempts").await > before + 10).then_some(())
    })
    .await;
    let doubled =
        "SELECT count(*) FROM (SELECT delivery_id FROM attempts WHERE outcome = 'accepted'
                   GROUP BY delivery_id HAVING count(*) > 1)";
    assert_eq!(folder.count(doubled).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn blocking_an_owner_stops_a_send_in_another_process_at_once() {
    stops_when_blocked(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blocking_an_owner_stops_the_server_at_once() {
    stops_when_blocked(true).await;
}
