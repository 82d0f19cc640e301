//! Installations that only processes work on, copied from a few that are made once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mailapp::actions::{self, UserDraft};
use mailapp::app::App;
use mailapp::clock::SystemClock;
use mailapp::config::{Config, Flags};
use mailapp::domain::accounts::user::{Actor, Role};
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::domain::{Id, Millis};
use rusqlite::{Connection, OpenFlags, Params};
use tempfile::TempDir;

use crate::support::app::{DAY, addresses};

/// Whose everything is.
pub const OWNER: &str = "olga@example.org";
pub const OWNER_PASSWORD: &str = "верблюд скрепка батарея 7";

/// An installation that is only copied.
pub struct Template {
    folder: TempDir,
}

impl Template {
    /// With one mailing, whose number is 1 and whose time has come, for `r1@example.ru` and so on.
    pub fn with_recipients(count: usize) -> Self {
        Self::with_mailings(1, count, true)
    }

    /// With several mailings, all to the same people, that start by themselves or do not.
    pub fn with_mailings(mailings: usize, recipients: usize, automatic: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data").display().to_string();
        let flags = Flags {
            file: None,
            set: vec![("data".to_owned(), data)],
        };
        let config = Config::from_sources(&flags, []).unwrap();
        let app = App::open(config, Arc::new(SystemClock::default())).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(fill(&app, mailings, recipients, automatic));
        // Closed, so that all of it is in one file.
        drop(app);
        Self { folder }
    }

    pub fn copy(&self) -> Installation {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (self.folder.path().join("data"), folder.path().join("data"));
        std::fs::create_dir(&to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
        // A new installation, not the copy of one, which would not send by itself.
        drop(std::fs::remove_file(to.join("mailapp.installation")));
        Connection::open(to.join("mailapp.db"))
            .unwrap()
            .execute("UPDATE installation SET token = ''", [])
            .unwrap();
        Installation { folder }
    }
}

async fn fill(app: &App, mailings: usize, recipients: usize, automatic: bool) {
    let draft = UserDraft {
        email: OWNER.to_owned(),
        name: String::new(),
        password: OWNER_PASSWORD.to_owned(),
        role: Role::User,
        language: None,
        time_zone: String::new(),
    };
    let owner = actions::create_user(app, &Actor::CommandLine, draft)
        .await
        .unwrap();
    let mut with = std::collections::BTreeSet::new();
    for email in addresses(recipients) {
        let draft = RecipientDraft::parse(&email, "", "").unwrap();
        with.insert(
            actions::create_recipient(app, &Actor::Schedule, owner, draft)
                .await
                .unwrap(),
        );
    }
    // Long enough that half of it is a part of its own on the wire.
    let body = "Добрый день, {{ name | друг }}! И так далее.\n".repeat(60);
    let message = MessageDraft::parse("Новости", &body).unwrap();
    let message_id = actions::create_message(app, &Actor::Schedule, owner, message)
        .await
        .unwrap();
    let now = app.clock.now();
    for _ in 0..mailings {
        let draft = MailingDraft {
            title: String::new(),
            message_id,
            starts_at: now - DAY,
            ends_at: now + 7 * DAY,
            automatic,
        };
        let selection = Selection {
            with: with.clone().into_iter().collect(),
            ..Selection::default()
        };
        actions::create_mailing(app, &Actor::Schedule, owner, draft, selection)
            .await
            .unwrap();
    }
}

/// A folder of its own, with a database that nobody else works on.
pub struct Installation {
    folder: TempDir,
}

impl Installation {
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A look into the database from outside. Not the last one to close it while it is in use, so
    /// that what a crash leaves is left as it is.
    pub fn database(&self) -> Connection {
        let connection = Connection::open_with_flags(
            self.data().join("mailapp.db"),
            OpenFlags::SQLITE_OPEN_READ_ONLY,
        )
        .unwrap();
        connection
            .busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        connection
    }

    /// Changes it before anybody works on it.
    pub fn execute(&self, sql: &str, values: impl Params) {
        let connection = Connection::open(self.data().join("mailapp.db")).unwrap();
        connection.execute(sql, values).unwrap();
    }

    pub fn number(&self, sql: &str) -> i64 {
        let connection = self.database();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// The state of the last run of a mailing.
    pub fn run_state(&self, mailing: Id) -> Option<String> {
        let connection = self.database();
        let sql = "SELECT state FROM runs WHERE mailing_id = ?1 ORDER BY id DESC LIMIT 1";
        connection.query_row(sql, [mailing], |row| row.get(0)).ok()
    }

    pub fn is_done(&self) -> bool {
        is_done(&self.database())
    }

    /// The service owes its owner `count` letters.
    pub fn owes_letters(&self, count: usize, now: Millis) {
        for _ in 0..count {
            self.execute(
                "INSERT INTO outbox (kind, email, language, created_at, due_at)
                 VALUES ('recover', ?1, 'ru', ?2, ?2)",
                (OWNER, now),
            );
        }
    }
}

/// Every mailing has been sent, and so have the service's own letters.
pub fn is_done(database: &Connection) -> bool {
    database
        .prepare_cached(
            "SELECT (SELECT count(*) FROM mailings)
                  = (SELECT count(*) FROM runs WHERE state = 'finished' AND trying = 0)
                AND NOT EXISTS (SELECT 1 FROM outbox)",
        )
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .unwrap()
}
