//! Lists at the size of a real installation: every order, every page, every search, and putting the
//! recipients of a large mailing together.

#![cfg(test)]

mod demo;
mod filling;
mod orders;
mod search;

use std::sync::Arc;

use mailapp::actions::{self, UserDraft};
use mailapp::app::App;
use mailapp::clock::FixedClock;
use mailapp::config::{Config, Flags};
use mailapp::domain::accounts::user::{Actor, Role};
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::domain::{Id, Millis};
use mailapp::store::StoreError;
use mailapp::store::delivery::bulk;
use rusqlite::Connection;
use tempfile::TempDir;

const NOW: Millis = 1_795_426_200_000;
const DAY: Millis = 86_400_000;

struct House {
    app: App,
    owner: Id,
    _folder: TempDir,
}

impl House {
    async fn build() -> Self {
        let folder = TempDir::new().unwrap();
        let data = folder.path().join("data").display().to_string();
        let flags = Flags {
            file: None,
            set: vec![("data".to_owned(), data)],
        };
        let config = Config::from_sources(&flags, []).unwrap();
        let app = App::open(config, Arc::new(FixedClock::at(NOW))).unwrap();
        let owner = user(&app, "olga@example.ru").await;
        Self {
            app,
            owner,
            _folder: folder,
        }
    }

    async fn recipients(&self, owner: Id, count: usize) {
        let drafts = (0..count).map(move |number| {
            let names = ["Анна", "борис", "Ёлка", "елена", "Яна"];
            let name = names[number % names.len()];
            let comment = if number % 1_000 == 7 {
                "100% _скидка_ \\o/ \"да\""
            } else {
                ""
            };
            let email = format!("{}{number}@example.ru", ["z", "B", "a"][number % 3]);
            RecipientDraft::parse(&email, name, comment).unwrap()
        });
        self.app
            .store
            .write(move |c| bulk::recipients(c, owner, drafts, NOW))
            .await
            .unwrap();
    }

    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.app.store.read(query).await.unwrap()
    }

    async fn mailing(&self, selection: Selection) -> Id {
        let message = MessageDraft::parse("Новости", "Здравствуйте!").unwrap();
        let message_id = actions::create_message(&self.app, &Actor::Schedule, self.owner, message)
            .await
            .unwrap();
        actions::create_mailing(
            &self.app,
            &Actor::Schedule,
            self.owner,
            draft(message_id),
            selection,
        )
        .await
        .unwrap()
    }

    async fn members(&self, mailing: Id) -> i64 {
        self.count(&format!(
            "SELECT count(*) FROM mailing_recipients WHERE mailing_id = {mailing}"
        ))
        .await
    }

    async fn count(&self, sql: &str) -> i64 {
        let sql = sql.to_owned();
        self.read(move |c| Ok(c.query_row(&sql, [], |row| row.get(0))?))
            .await
    }
}

fn draft(message_id: Id) -> MailingDraft {
    MailingDraft {
        title: String::new(),
        message_id,
        starts_at: NOW + DAY,
        ends_at: NOW + 2 * DAY,
        automatic: false,
    }
}

async fn user(app: &App, email: &str) -> Id {
    let draft = UserDraft {
        email: email.to_owned(),
        name: String::new(),
        password: "пять зелёных слонов".to_owned(),
        role: Role::User,
        language: None,
        time_zone: String::new(),
    };
    actions::create_user(app, &Actor::CommandLine, draft)
        .await
        .unwrap()
}

fn everybody() -> Selection {
    let mut selection = Selection::default();
    selection.add_matching("", &[]);
    selection
}

fn actor(id: Id) -> Actor {
    Actor::Person {
        id,
        role: Role::User,
        address: String::new(),
    }
}
