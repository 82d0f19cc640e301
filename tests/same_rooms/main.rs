//! The page's button and the command do the same: one fixture goes through both doors, and what
//! is in the tables afterwards is compared.

#![cfg(test)]

mod accounts;
mod import;
mod operator;
mod things;
mod usage;
#[path = "../web_support/mod.rs"]
mod web_support;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use mailapp::actions::{self, UserDraft};
use mailapp::app::App;
use mailapp::clock::SystemClock;
use mailapp::domain::accounts::user::{Actor, Role};
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::store::{Store, StoreError};
use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;
use web_support::{DAY, PASSWORD, Page, Person, Site, config};

/// One connection, so that the order of attempts is the order of recipients.
const SETTINGS: [(&str, &str); 2] = [
    ("relay.connections", "1"),
    ("base_url", "http://mail.example.ru"),
];

/// The same things in every installation, with the same numbers: the mailing's is 1.
async fn fill(app: &App) -> Person {
    let draft = UserDraft {
        email: "anna@example.ru".to_owned(),
        name: "Анна".to_owned(),
        password: PASSWORD.to_owned(),
        role: Role::User,
        language: None,
        time_zone: String::new(),
    };
    let id = actions::create_user(app, &Actor::CommandLine, draft)
        .await
        .unwrap();
    for (email, name) in [
        ("maria@почта.рф", "Мария"),
        ("мария@почта.рф", "Она же"),
        ("Ivan@Example.ru", ""),
        ("olga@example.ru", "Ольга, \"Ёлкина\" <x>"),
    ] {
        let draft = RecipientDraft::parse(email, name, "").unwrap();
        actions::create_recipient(app, &Actor::Schedule, id, draft)
            .await
            .unwrap();
    }
    // Olga has unsubscribed.
    app.store
        .write(|c| {
            c.execute(
                "INSERT INTO suppressions (owner_id, email_key, reason, created_at)
                 VALUES (1, 'olga@example.ru', 'unsubscribed', 1)",
                [],
            )?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    let body = "Здравствуйте, {{ name | друг }}!\n\n{{ email }}";
    let message = MessageDraft::parse("Скидки, {{ name }}", body).unwrap();
    let now = app.clock.now();
    let draft = MailingDraft {
        title: "Осенняя".to_owned(),
        message_id: actions::create_message(app, &Actor::Schedule, id, message)
            .await
            .unwrap(),
        starts_at: now + DAY,
        ends_at: now + 7 * DAY,
        automatic: true,
    };
    let mut everybody = Selection::default();
    everybody.add_matching("", &[]);
    let mailing = actions::create_mailing(app, &Actor::Schedule, id, draft, everybody)
        .await
        .unwrap();
    assert_eq!((id, mailing), (1, 1));
    Person {
        id,
        email: "anna@example.ru".to_owned(),
    }
}

/// An installation that nothing runs on, for the command.
struct Folder(TempDir);

impl Folder {
    async fn filled() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = config(folder.path(), &SETTINGS);
        let app = App::open(settings, Arc::new(SystemClock::default())).unwrap();
        fill(&app).await;
        Self(folder)
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    fn store(&self) -> Store {
        Store::open(&self.0.path().join("data/mailapp.db")).unwrap()
    }

    async fn execute(&self, sql: &'static str) {
        self.store()
            .write(move |c| {
                c.execute_batch(sql)?;
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
    }

    /// Runs the real program on it.
    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        command(self.0.path(), arguments)
    }
}

/// The real program, on the data in this folder.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mailapp"));
    command.current_dir(folder).args([
        "--data",
        "data",
        "--lang",
        "ru",
        "--set",
        "time_zone=Europe/Moscow",
    ]);
    for (key, value) in SETTINGS {
        command.args(["--set", &format!("{key}={value}")]);
    }
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MAILAPP_")) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// What differs between any two sendings, or tells the doors apart.
const OWN_TO_EACH: [&str; 12] = [
    "id",
    "token",
    "started_by",
    "user_id",
    "who",
    "address",
    "door",
    "at",
    "started_at",
    "finished_at",
    "due_at",
    "duration_ms",
];

/// A table's rows, but for what is each sending's own.
fn rows(c: &Connection, table: &str) -> Vec<Vec<(String, Value)>> {
    let mut statement = c
        .prepare(&format!("SELECT * FROM {table} ORDER BY 1"))
        .unwrap();
    let columns: Vec<String> = statement
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let rows = statement.query_map([], |row| {
        columns
            .iter()
            .enumerate()
            .filter(|(_, name)| !OWN_TO_EACH.contains(&name.as_str()))
            .map(|(index, name)| Ok((name.clone(), row.get(index)?)))
            .collect()
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

type Tables = Vec<(&'static str, Vec<Vec<(String, Value)>>)>;

async fn tables(store: &Store) -> Tables {
    let read = store.read(|c| {
        let tables = ["runs", "deliveries", "attempts", "audit", "relay_status"];
        let mut all: Tables = tables.map(|table| (table, rows(c, table))).into();
        // A mail's own lines differ by their Message-ID and date; whom it goes to does not.
        let mut mails = rows(c, "captured_mails");
        for mail in &mut mails {
            mail.retain(|(name, _)| name != "source");
        }
        all.push(("captured_mails", mails));
        Ok::<_, StoreError>(all)
    });
    read.await.unwrap()
}

async fn by_page(site: &Site, anna: &Person) -> Page {
    let browser = site.signed_in(anna).await;
    let fields = vec![("csrf".to_owned(), browser.token().await)];
    browser.post("/mailings/1/send", &fields).await
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_and_the_command_leave_the_same_in_the_tables() {
    let site = Site::start_in_real_time(&SETTINGS).await;
    let anna = fill(&site.app).await;
    let answer = by_page(&site, &anna).await;
    assert_eq!(answer.location(), "/mailings/1");
    let engine = site.app.start_engine().unwrap();
    site.until("SELECT count(*) FROM runs WHERE state = 'finished'", 1)
        .await;
    engine.stop().await;
    let mut page = tables(&site.app.store).await;

    let folder = Folder::filled().await;
    let output = folder.run(&["send", "1"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{output:?} {said}"
    );
    let mut command = tables(&folder.store()).await;

    // Signing in is the page's alone.
    let signing_in = ("verb".to_owned(), Value::Text("sign_in".to_owned()));
    for (_, rows) in page.iter_mut().chain(&mut command) {
        rows.retain(|row| !row.contains(&signing_in));
    }
    for ((name, page), (_, command)) in page.iter().zip(&command) {
        assert_eq!(page, command, "{name}, in {}", text(folder.0.path()));
    }
    let counts: Vec<usize> = page.iter().map(|(_, rows)| rows.len()).collect();
    assert_eq!(counts[0], 1, "a run");
    assert!(
        counts[1] >= 3 && counts[2] >= 3 && counts[5] >= 2,
        "{counts:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_page_refuses_the_command_refuses_in_the_same_words() {
    for (what, code, words) in [
        (
            "UPDATE mailings SET starts_at = 1, ends_at = 2",
            1,
            "Рассылка завершена: её окончание — 1 янв. 1970, 03:00. Продлите её, чтобы отправить.",
        ),
        (
            "UPDATE mailings SET disabled_at = 1, disabled_reason = 'жалобы'",
            1,
            "Менеджер отключил рассылку. Причина: жалобы",
        ),
        (
            "DELETE FROM members; UPDATE mailings SET recipients_count = 0",
            4,
            "У рассылки нет получателей.",
        ),
        (
            "UPDATE mailings SET message_id = NULL",
            1,
            "У рассылки нет сообщения.",
        ),
    ] {
        let site = Site::start_in_real_time(&SETTINGS).await;
        let anna = fill(&site.app).await;
        site.execute(what).await;
        let _page = by_page(&site, &anna).await.is(409).says(words);
        assert_eq!(site.count("SELECT count(*) FROM runs").await, 0);

        let folder = Folder::filled().await;
        folder.execute(what).await;
        let before = tables(&folder.store()).await;
        let output = folder.run(&["send", "1"]);
        let said = String::from_utf8(output.stderr)
            .unwrap()
            .replace('\u{a0}', " ");
        assert!(said.contains(words), "{said}");
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert_eq!(tables(&folder.store()).await, before);
    }
}
