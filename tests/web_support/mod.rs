//! The real application on a real port, and people who use it: what they type, press and read.

#![allow(
    dead_code,
    unused_imports,
    reason = "every test crate takes what it needs of this"
)]

mod attempts;
mod browser;
mod estate;
mod form;
mod html;
mod letters;

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use mailapp::actions::{self, UserDraft, Whom};
use mailapp::app::App;
use mailapp::clock::{Clock, FixedClock, SystemClock};
use mailapp::config::{Config, Flags};
use mailapp::domain::accounts::user::{Actor, Language, Role};
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::domain::{Id, Millis};
use mailapp::web::http::front::Bounds;
use rocket::fairing::AdHoc;
use rocket::http::Method;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::oneshot;

pub use attempts::{Try, attempts, deliveries_of, make, reply};
pub use browser::{Browser, read};
pub use estate::{Belongings, Estate, STRANDED, secret_on};
pub use form::Form;
pub use html::Page;
pub use letters::Letter;

/// 23 November 2026, 12:30 in Moscow, which is what every clock here shows at first.
pub const NOW: Millis = 1_795_426_200_000;
pub const HOUR: Millis = 3_600_000;
pub const DAY: Millis = 24 * HOUR;
pub const PASSWORD: &str = "верблюд скрепка батарея 7";

/// Longest that anything here is waited for.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A running application in a folder of its own.
pub struct Site {
    pub app: App,
    /// Moves the time, unless the site was started in real time.
    pub clock: Arc<FixedClock>,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// Every route that is mounted, as the application itself lists them.
    pub routes: Vec<(Method, String)>,
    shutdown: rocket::Shutdown,
    folder: TempDir,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
    }
}

/// A user, and what they sign in with.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: Id,
    pub email: String,
}

/// Settings for an application that is on nobody's way.
pub fn config(folder: &std::path::Path, more: &[(&str, &str)]) -> Config {
    let data = folder.join("data").display().to_string();
    let mut set = vec![
        ("data", data.as_str()),
        ("port", "0"),
        ("time_zone", "Europe/Moscow"),
    ];
    set.extend_from_slice(more);
    let flags = Flags {
        file: None,
        set: set
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    };
    Config::from_sources(&flags, []).unwrap()
}

impl Site {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let clock = Arc::new(FixedClock::at(NOW));
        Self::launch(
            settings,
            Arc::clone(&clock) as Arc<dyn Clock>,
            clock,
            |_| (),
        )
        .await
    }

    /// With other limits on what connections may take, and the machine's own clock.
    pub async fn start_within(bounds: impl FnOnce(&mut Bounds)) -> Self {
        let clock = Arc::new(SystemClock::default());
        Self::launch(&[], clock, Arc::new(FixedClock::at(NOW)), bounds).await
    }

    /// With the machine's own clock, for what takes its time.
    pub async fn start_in_real_time(settings: &[(&str, &str)]) -> Self {
        let clock = Arc::new(SystemClock::default());
        Self::launch(settings, clock, Arc::new(FixedClock::at(NOW)), |_| ()).await
    }

    async fn launch(
        settings: &[(&str, &str)],
        shown: Arc<dyn Clock>,
        clock: Arc<FixedClock>,
        bounds: impl FnOnce(&mut Bounds),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = App::open(config(folder.path(), settings), shown).unwrap();
        let (tell, told) = oneshot::channel();
        let front = mailapp::web::Front::bind(app.clone()).await.unwrap();
        let front = front.with_bounds(bounds);
        let rocket = mailapp::web::rocket(app.clone(), &front)
            .attach(AdHoc::on_liftoff("say the port", move |rocket| {
                tell.send(rocket.config().port).unwrap();
                Box::pin(async {})
            }))
            .ignite()
            .await
            .unwrap();
        let shutdown = rocket.shutdown();
        let routes = rocket
            .routes()
            .map(|route| (route.method, route.uri.as_str().to_owned()))
            .collect();
        tokio::spawn(front.serve(rocket));
        let port = tokio::time::timeout(PATIENCE, told).await.unwrap().unwrap();
        Self {
            app,
            clock,
            url: format!("http://{}:{port}", Ipv4Addr::LOCALHOST),
            routes,
            shutdown,
            folder,
        }
    }

    /// Where its folder `data` is.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A user who reads Russian in Moscow, since nothing else was said.
    pub async fn user(&self, email: &str) -> Person {
        self.person(email, Role::User, None, "").await
    }

    pub async fn manager(&self, email: &str) -> Person {
        self.person(email, Role::Manager, None, "").await
    }

    pub async fn person(
        &self,
        email: &str,
        role: Role,
        language: Option<Language>,
        time_zone: &str,
    ) -> Person {
        let draft = UserDraft {
            email: email.to_owned(),
            name: format!("{email}, {}", role.name()),
            password: PASSWORD.to_owned(),
            role,
            language,
            time_zone: time_zone.to_owned(),
        };
        let id = actions::create_user(&self.app, &Actor::CommandLine, draft)
            .await
            .unwrap();
        Person {
            id,
            email: email.to_owned(),
        }
    }

    /// A browser that knows nothing of this site yet; its language is Russian.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.url, "ru")
    }

    pub fn english_browser(&self) -> Browser {
        Browser::new(&self.url, "en")
    }

    /// A browser in which somebody has signed in.
    pub async fn signed_in(&self, person: &Person) -> Browser {
        let browser = self.browser();
        browser.sign_in(person).await;
        browser
    }

    pub async fn signed_in_english(&self, person: &Person) -> Browser {
        let browser = self.english_browser();
        browser.sign_in(person).await;
        browser
    }

    /// A browser that carries a session's cookie by hand: where the application's address is HTTPS
    /// the cookie is for HTTPS only, and here we speak plain HTTP.
    pub async fn cookie_of(&self, person: &Person) -> Browser {
        let answer = self.browser();
        let fields = [("email", person.email.as_str()), ("password", PASSWORD)];
        let visit = answer.get("/sign-in").await;
        let with_visit = Browser::with_cookies(&self.url, &visit);
        let signed_in = with_visit.submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(signed_in.location(), "/");
        Browser::with_cookies(&self.url, &signed_in)
    }

    pub async fn recipient(&self, owner: &Person, email: &str, name: &str) -> Id {
        let draft = RecipientDraft::parse(email, name, "").unwrap();
        actions::create_recipient(&self.app, &Actor::Schedule, owner.id, draft)
            .await
            .unwrap()
    }

    /// Many recipients at once: `n1@example.ru` … with the names given by `name`.
    pub async fn recipients(
        &self,
        owner: &Person,
        count: usize,
        name: impl Fn(usize) -> String + Send + 'static,
    ) {
        let owner = owner.id;
        self.write(move |c| {
            for number in 1..=count {
                let email = format!("n{number}@example.ru");
                let draft = RecipientDraft::parse(&email, &name(number), "").unwrap();
                mailapp::store::audience::recipients::insert(c, owner, &draft, NOW)
                    .unwrap()
                    .unwrap();
            }
        })
        .await;
    }

    pub async fn message(&self, owner: &Person, subject: &str) -> Id {
        let draft = MessageDraft::parse(subject, "Здравствуйте, {{ name }}!").unwrap();
        actions::create_message(&self.app, &Actor::Schedule, owner.id, draft)
            .await
            .unwrap()
    }

    /// A mailing of a message of its own to all of the owner's recipients, which starts tomorrow
    /// and ends in a week.
    pub async fn mailing(&self, owner: &Person, title: &str) -> Id {
        let message_id = self.message(owner, &format!("Тема: {title}")).await;
        let now = self.app.clock.now();
        let draft = MailingDraft {
            title: title.to_owned(),
            message_id,
            starts_at: now + DAY,
            ends_at: now + 7 * DAY,
            automatic: true,
        };
        let mut everybody = Selection::default();
        everybody.add_matching("", &[]);
        actions::create_mailing(&self.app, &Actor::Schedule, owner.id, draft, everybody)
            .await
            .unwrap()
    }

    /// Starts a run as the owner would.
    pub async fn send(&self, owner: &Person, mailing: Id) -> Id {
        let actor = Actor::Person {
            id: owner.id,
            role: Role::User,
            address: String::new(),
        };
        actions::send_mailing(&self.app, &actor, mailing, Whom::All)
            .await
            .unwrap()
    }

    /// What no verb does yet, done to the tables.
    pub async fn write(&self, job: impl FnOnce(&Connection) + Send + 'static) {
        self.app
            .store
            .write(move |c| {
                job(c);
                Ok::<_, mailapp::store::StoreError>(())
            })
            .await
            .unwrap();
    }

    pub async fn execute(&self, sql: &'static str) {
        self.write(move |c| c.execute_batch(sql).unwrap()).await;
    }

    /// One number out of the tables.
    pub async fn count(&self, sql: &str) -> i64 {
        let sql = sql.to_owned();
        self.app
            .store
            .read(move |c| {
                Ok::<_, mailapp::store::StoreError>(c.query_row(&sql, [], |row| row.get(0))?)
            })
            .await
            .unwrap()
    }

    /// All that is in the tables.
    pub async fn contents(&self) -> String {
        self.app
            .store
            .read(|c| Ok::<_, mailapp::store::StoreError>(dump(c, &[])))
            .await
            .unwrap()
    }

    /// Waits for a number in the tables to be this one.
    pub async fn until(&self, sql: &str, wanted: i64) {
        let reached = pin!(async {
            while self.count(sql).await != wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let is_late = tokio::time::timeout(PATIENCE, reached).await.is_err();
        assert!(
            !is_late,
            "{sql}: {} and not {wanted}",
            self.count(sql).await
        );
    }
}

/// Every octet as `%41`.
pub fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        _ = write!(encoded, "%{byte:02X}");
        encoded
    })
}

/// Every table row by row, as text; `tables` are those wanted, none: all.
pub fn dump(connection: &Connection, tables: &[&str]) -> String {
    let mut names: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    names.retain(|name| tables.is_empty() || tables.contains(&name.as_str()));
    let mut text = String::new();
    for name in names {
        let mut statement = connection
            .prepare(&format!("SELECT * FROM \"{name}\""))
            .unwrap();
        let columns = statement.column_count();
        let rows = statement
            .query_map([], |row| {
                (0..columns)
                    .map(|index| row.get::<_, rusqlite::types::Value>(index))
                    .collect::<Result<Vec<_>, _>>()
            })
            .unwrap();
        for row in rows {
            _ = writeln!(text, "{name} {:?}", row.unwrap());
        }
    }
    text
}
