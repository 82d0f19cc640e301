//! A house to test: the real application on a folder of its own, and what a user does in it.

use std::path::Path;
use std::sync::Arc;

use mailapp::actions::{self, ActionError, UserDraft, Whom};
use mailapp::app::App;
use mailapp::clock::FixedClock;
use mailapp::config::{Config, Flags};
use mailapp::domain::accounts::permission::Scope;
use mailapp::domain::accounts::user::{Actor, Role};
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::domain::{Id, Millis};
use mailapp::engine::Engine;
use mailapp::store::delivery::relay;
use mailapp::store::delivery::relay::RelayDown;
use mailapp::store::mailings::runs;
use mailapp::store::mailings::runs::Run;
use mailapp::store::{Store, StoreError};
use tempfile::TempDir;

use super::smtp::SmtpServer;
use super::until;

/// 2026-03-02 09:00 UTC, a Monday: the moment at which every test begins.
pub const START: Millis = 1_772_442_000_000;
pub const SECOND: Millis = 1_000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;

/// Who sends, where a test does not say otherwise.
pub const OWNER: &str = "olga@example.ru";
/// `From` of every mail.
pub const SENDER: &str = "news@example.ru";

pub struct House {
    // First, so that it is stopped before anything that it uses goes away.
    engine: Option<Engine>,
    pub app: App,
    pub clock: Arc<FixedClock>,
    pub owner: Id,
    settings: Vec<(String, String)>,
    folder: Arc<TempDir>,
}

impl House {
    /// Sends through `server`, one mail at a time.
    pub async fn sending_through(server: &SmtpServer) -> Self {
        Self::with(server, &[]).await
    }

    /// The same, with some settings of its own.
    pub async fn with(server: &SmtpServer, settings: &[(&str, &str)]) -> Self {
        let mut house = Self::asleep(server, settings).await;
        house.start();
        house
    }

    /// The same with its engine not started yet.
    pub async fn asleep(server: &SmtpServer, settings: &[(&str, &str)]) -> Self {
        Self::through_port(server.port(), settings).await
    }

    /// The same with any server on loopback.
    pub async fn through_port(port: u16, settings: &[(&str, &str)]) -> Self {
        let port = port.to_string();
        let mut all = vec![
            ("relay.host", "127.0.0.1"),
            ("relay.port", &port),
            ("relay.security", "plain"),
            ("relay.connections", "1"),
            ("relay.helo", "localhost"),
            ("relay.timeouts.connect", "10s"),
            ("relay.timeouts.command", "10s"),
            ("relay.timeouts.data", "10s"),
            ("relay.timeouts.body", "10s"),
            ("relay.timeouts.dot", "10s"),
            ("sender.address", SENDER),
        ];
        all.extend(settings);
        Self::open(&all).await
    }

    /// No relay: mail is captured.
    pub async fn capturing() -> Self {
        let mut house = Self::open(&[]).await;
        house.start();
        house
    }

    async fn open(settings: &[(&str, &str)]) -> Self {
        let settings: Vec<(String, String)> = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let folder = Arc::new(TempDir::new().unwrap());
        let clock = Arc::new(FixedClock::at(START));
        let app = installation(folder.path(), &settings, &clock);
        let mut house = Self {
            engine: None,
            app,
            clock,
            owner: 0,
            settings,
            folder,
        };
        house.owner = house.user(OWNER).await;
        house
    }

    /// Another process on the same database, as far as that can be had inside one: its own
    /// connections, its own engine.
    pub fn neighbour(&self) -> Self {
        self.neighbour_with(&[])
    }

    /// The same with some settings of its own.
    pub fn neighbour_with(&self, changed: &[(&str, &str)]) -> Self {
        let mut settings = self.settings.clone();
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        settings.extend(changed.iter().map(own));
        Self {
            engine: None,
            app: installation(self.folder.path(), &settings, &self.clock),
            clock: Arc::clone(&self.clock),
            owner: self.owner,
            settings,
            folder: Arc::clone(&self.folder),
        }
    }

    pub fn start(&mut self) {
        self.engine = Some(self.app.start_engine().unwrap());
    }

    /// Lets what is in flight finish.
    pub async fn stop(&mut self) {
        if let Some(engine) = self.engine.take() {
            engine.stop().await;
        }
    }

    /// Waits for no server's answer.
    pub async fn stop_in_haste(&mut self) {
        if let Some(engine) = self.engine.take() {
            let haste = engine.haste();
            futures::future::join(engine.stop(), async { haste.hasten() }).await;
        }
    }

    /// Lets time pass.
    pub fn pass(&self, span: Millis) {
        self.clock.advance(span);
        self.app.wakeup.wake();
    }

    pub fn actor(&self) -> Actor {
        Actor::Person {
            id: self.owner,
            role: Role::User,
            address: String::new(),
        }
    }

    pub async fn user(&self, email: &str) -> Id {
        let draft = UserDraft {
            email: email.to_owned(),
            name: String::new(),
            password: "пять зелёных слонов".to_owned(),
            role: Role::User,
            language: None,
            time_zone: String::new(),
        };
        actions::create_user(&self.app, &Actor::CommandLine, draft)
            .await
            .unwrap()
    }

    pub async fn recipient(&self, email: &str) -> Id {
        self.recipient_named(email, "").await
    }

    pub async fn recipient_named(&self, email: &str, name: &str) -> Id {
        let draft = RecipientDraft::parse(email, name, "").unwrap();
        actions::create_recipient(&self.app, &Actor::Schedule, self.owner, draft)
            .await
            .unwrap()
    }

    /// `r1@example.ru` to `r<count>@example.ru`.
    pub async fn recipients(&self, count: usize) -> Vec<Id> {
        let mut ids = Vec::with_capacity(count);
        for email in addresses(count) {
            ids.push(self.recipient(&email).await);
        }
        ids
    }

    pub async fn message(&self, subject: &str, body: &str) -> Id {
        let draft = MessageDraft::parse(subject, body).unwrap();
        actions::create_message(&self.app, &Actor::Schedule, self.owner, draft)
            .await
            .unwrap()
    }

    /// A mailing that may be sent for a week.
    pub async fn mailing(&self, message: Id, recipients: &[Id]) -> Id {
        let now = self.now();
        self.mailing_between(message, recipients, (now, now + 7 * DAY), false)
            .await
    }

    pub async fn mailing_between(
        &self,
        message: Id,
        recipients: &[Id],
        (starts_at, ends_at): (Millis, Millis),
        automatic: bool,
    ) -> Id {
        let draft = MailingDraft {
            title: String::new(),
            message_id: message,
            starts_at,
            ends_at,
            automatic,
        };
        let selection = Selection {
            with: recipients.iter().copied().collect(),
            ..Selection::default()
        };
        actions::create_mailing(&self.app, &Actor::Schedule, self.owner, draft, selection)
            .await
            .unwrap()
    }

    /// A mailing of a short message to these addresses.
    pub async fn mailing_to(&self, emails: &[&str]) -> Id {
        let mut recipients = Vec::new();
        for email in emails {
            recipients.push(self.recipient(email).await);
        }
        let message = self.message("Новости", "Добрый день!").await;
        self.mailing(message, &recipients).await
    }

    /// Presses *Send now*.
    pub async fn send(&self, mailing: Id) -> Id {
        self.try_send(mailing, Whom::All).await.unwrap()
    }

    pub async fn try_send(&self, mailing: Id, whom: Whom) -> Result<Id, ActionError> {
        actions::send_mailing(&self.app, &self.actor(), mailing, whom).await
    }

    /// Makes such a mailing and sends it.
    pub async fn send_to(&self, emails: &[&str]) -> Id {
        let mailing = self.mailing_to(emails).await;
        self.send(mailing).await
    }

    pub async fn pause(&self, run: Id) {
        actions::pause_run(&self.app, &self.actor(), run)
            .await
            .unwrap();
    }

    pub async fn resume(&self, run: Id) {
        actions::resume_run(&self.app, &self.actor(), run)
            .await
            .unwrap();
    }

    pub async fn cancel(&self, run: Id) {
        actions::cancel_run(&self.app, &self.actor(), run)
            .await
            .unwrap();
    }

    pub async fn run(&self, id: Id) -> Run {
        let found = self
            .app
            .store
            .read(move |c| runs::get(c, Scope::All, id))
            .await;
        let found: Result<_, StoreError> = found;
        found.unwrap().expect("the run exists")
    }

    /// Waits until a run is as it should be.
    pub async fn wait_for(&self, run: Id, what: &str, is_so: impl Fn(&Run) -> bool) -> Run {
        until(what, async || {
            Some(self.run(run).await).filter(|run| is_so(run))
        })
        .await
    }

    pub async fn wait_until_finished(&self, run: Id) -> Run {
        self.wait_for(run, "the run is over", |run| {
            !run.state.is_unfinished() && run.counters.trying == 0
        })
        .await
    }

    /// What pages and commands say of the relay.
    pub async fn relay_down(&self) -> Option<RelayDown> {
        let found: Result<_, StoreError> = self.app.store.read(relay::get).await;
        found.unwrap()
    }

    /// Waits until the engine has looked for work twice more, and has served every run in turn:
    /// what it has not done by then it does not do. Only where the relay works.
    pub async fn engine_has_gone_round(&self) {
        let message = self.message("Отметка", "Отметка").await;
        let mut markers = Vec::new();
        for number in 0..3 {
            let email = format!("marker{number}.{message}@marker.example");
            markers.push(self.recipient(&email).await);
        }
        for _ in 0..2 {
            let mailing = self.mailing(message, &markers).await;
            let run = self.send(mailing).await;
            self.wait_until_finished(run).await;
        }
    }

    pub fn now(&self) -> Millis {
        mailapp::clock::Clock::now(self.clock.as_ref())
    }

    pub fn store(&self) -> &Store {
        &self.app.store
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// `r1@example.ru`, `r2@example.ru` …
pub fn addresses(count: usize) -> impl Iterator<Item = String> {
    (1..=count).map(|number| format!("r{number}@example.ru"))
}

fn installation(folder: &Path, settings: &[(String, String)], clock: &Arc<FixedClock>) -> App {
    let mut set = settings.to_owned();
    set.push(("data".to_owned(), folder.join("data").display().to_string()));
    let config = Config::from_sources(&Flags { file: None, set }, Vec::new()).unwrap();
    let clock: Arc<FixedClock> = Arc::clone(clock);
    // Letters of the service's own stay here, so that the server's log is about mailings alone.
    App::open(config, clock).unwrap().with_captured_post()
}
