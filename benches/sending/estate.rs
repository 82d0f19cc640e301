//! An installation with one mailing, made once for each size and copied for each round.

use std::path::Path;
use std::sync::Arc;

use mailapp::actions::{self, UserDraft};
use mailapp::app::App;
use mailapp::clock::{Clock as _, SystemClock};
use mailapp::config::{Config, Flags};
use mailapp::domain::accounts::user::{Actor, Role};
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::store::StoreError;
use tempfile::TempDir;

pub const EMAIL: &str = "owner@example.com";
pub const PASSWORD: &str = "seven grey herons";

/// A folder with data that nobody uses.
pub struct Estate {
    folder: TempDir,
}

impl Estate {
    /// Mailing 1 goes to `count` recipients and has not been sent.
    pub fn with_recipients(count: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(prepare(folder.path(), count));
        Self { folder }
    }

    /// The same again, to be used up.
    pub fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
            }
        }
        // A new installation, not the copy of one, which would not send by itself.
        drop(std::fs::remove_file(
            copy.path().join("mailapp.installation"),
        ));
        rusqlite::Connection::open(copy.path().join("mailapp.db"))
            .unwrap()
            .execute("UPDATE installation SET token = ''", [])
            .unwrap();
        copy
    }
}

async fn prepare(data: &Path, count: u32) {
    let flags = Flags {
        file: None,
        set: vec![
            ("data".to_owned(), data.to_str().unwrap().to_owned()),
            ("sender.address".to_owned(), "news@example.com".to_owned()),
        ],
    };
    let config = Config::from_sources(&flags, []).unwrap();
    let clock = Arc::new(SystemClock::default());
    let now = clock.now();
    let app = App::open(config, clock).unwrap();
    let draft = UserDraft {
        email: EMAIL.to_owned(),
        name: "Owner".to_owned(),
        password: PASSWORD.to_owned(),
        role: Role::User,
        language: None,
        time_zone: String::new(),
    };
    let owner = actions::create_user(&app, &Actor::CommandLine, draft)
        .await
        .unwrap();
    app.store
        .write(move |c| {
            // In the order of the index, so that a million takes seconds.
            c.execute(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
                 INSERT INTO recipients (owner_id, email, email_key, name, comment,
                                         search_text, created_at, updated_at)
                 SELECT ?1, email, email, name, '', email || char(10) || lower(name), ?3, ?3
                 FROM (SELECT format('reader%07d@example.com', i) AS email,
                              'Reader ' || i AS name FROM n)",
                (owner, count, now),
            )?;
            c.execute("UPDATE users SET recipients_count = ?1", [count])?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    let line = "Seventy characters of plain text make up one line of this long mail.\n";
    let body = format!("Hello {{{{ name }}}},\n\n{}", line.repeat(29));
    let message = MessageDraft::parse("News for {{ name }}", &body).unwrap();
    let message_id = actions::create_message(&app, &Actor::Schedule, owner, message)
        .await
        .unwrap();
    let mut everybody = Selection::default();
    everybody.add_matching("", &[]);
    let mailing = MailingDraft {
        title: String::new(),
        message_id,
        starts_at: now,
        ends_at: now + 86_400_000,
        automatic: false,
    };
    let mailing = actions::create_mailing(&app, &Actor::Schedule, owner, mailing, everybody)
        .await
        .unwrap();
    assert_eq!(mailing, 1);
}
