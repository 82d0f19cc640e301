//! What every verb is handed: settings, store, transport, clock, cache, wakeup.

mod error;
mod folder;

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use rand::RngExt as _;

use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::{Config, FIRST_RELAY, Registration, RelayConfig};
use crate::descriptors;
use crate::domain::Id;
use crate::domain::accounts::throttle::Throttles;
use crate::domain::audience::unsubscribe::UnsubscribeKey;
use crate::domain::delivery::limits::Limits;
use crate::domain::delivery::mail_ids::MailIdKey;
use crate::domain::phrase::Phrase;
use crate::domain::system::clock_jump::ClockJumps;
use crate::engine::compose::Composer;
use crate::engine::sender::CurrentSender;
use crate::engine::wakeup::Wakeup;
use crate::engine::{self, Engine, Route};
use crate::store::system::captured;
use crate::store::system::captured::NewCapturedMail;
use crate::store::{Store, StoreError, private_folder};
use crate::transport::capture::{Keep, KeepError};
use crate::transport::relay::Relay;
use crate::transport::{Mail, Transport};
pub use error::OpenError;
pub use folder::{
    DATABASE_FILE, SECRET_FILE, is_key_alone, is_without_database, memory_folder, remains,
};
use folder::{SECRET, exists, refuse_missing, secret, warn_of_open_modes};

/// The application. Cloning is cheap.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub store: Store,
    /// The ways out, at least one; the first carries the service's own mail.
    pub routes: Arc<[Route]>,
    /// What hands the service's own mail over.
    pub post: Transport,
    pub clock: Arc<dyn Clock>,
    /// Whether the clock can be believed.
    pub clock_jumps: Arc<ClockJumps>,
    pub cache: Arc<Cache>,
    pub wakeup: Wakeup,
    /// Which process sends from the database.
    pub sender: CurrentSender,
    pub unsubscribe: UnsubscribeKey,
    /// The installation's secret, 32 octets.
    pub secret: Arc<[u8]>,
    /// How often what may be tried.
    pub throttles: Arc<Throttles>,
    /// Mailings that are due and cannot start by themselves; the log has them.
    pub held_back: Arc<Mutex<BTreeSet<Id>>>,
}

impl App {
    /// Opens the installation in `config.data`, making it where there is none.
    ///
    /// # Errors
    /// When the folder, the secret, the database or the relay's certificates cannot be used.
    pub fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let folder = config.data.clone();
        let in_folder = |error| OpenError::Folder(folder.clone(), error);
        private_folder(&config.data).map_err(in_folder)?;
        let (file, database) = (
            config.data.join(SECRET_FILE),
            config.data.join(DATABASE_FILE),
        );
        let about = |key| {
            let path = file.display().to_string();
            OpenError::Config(Phrase::new(key).with("path", path))
        };
        refuse_missing(&database)?;
        if database.is_file() && !exists(&file) {
            return Err(about("error-secret-missing"));
        }
        let secret = secret(&file).map_err(|error| {
            let phrase = Phrase::new("error-secret-unreadable")
                .with("path", file.display().to_string())
                .with("error", error.to_string());
            OpenError::Config(phrase)
        })?;
        if secret.len() < SECRET {
            return Err(about("error-secret-damaged"));
        }
        let store = Store::open(&database)?;
        warn_of_open_modes(&[&config.data], 0o002);
        warn_of_open_modes(&[&file, &database], 0o006);
        let routes = if config.relays.is_empty() {
            vec![captured(
                capture(&store, &clock),
                config.capture_connections,
            )]
        } else {
            let routes = config.relays.iter().map(route);
            routes
                .collect::<Result<_, _>>()
                .map_err(OpenError::Config)?
        };
        Ok(Self {
            unsubscribe: UnsubscribeKey::new(&secret),
            secret: secret.into(),
            config: Arc::new(config),
            sender: CurrentSender::of(store.path()),
            store,
            post: routes[0].transport.clone(),
            routes: routes.into(),
            clock,
            clock_jumps: Arc::default(),
            cache: Arc::new(Cache::default()),
            wakeup: Wakeup::default(),
            throttles: Arc::default(),
            held_back: Arc::default(),
        })
    }

    /// Keeps the service's own mail in the database, whatever becomes of mailings.
    #[must_use]
    pub fn with_captured_post(mut self) -> Self {
        self.post = capture(&self.store, &self.clock);
        self
    }

    /// The same for a person's pages: their reads have a limit and a share (`Store::on_behalf_of`).
    #[must_use]
    pub fn on_behalf_of(&self, person: Id) -> Self {
        Self {
            store: self.store.on_behalf_of(person),
            ..self.clone()
        }
    }

    /// Whether nothing leaves this machine.
    pub fn captures(&self) -> bool {
        self.routes.iter().all(|route| route.transport.is_capture())
    }

    /// Where links in mails that are sent from now on lead; empty: there can be none. The process that
    /// sends decides, which may be another one with other settings; where none does, it will be this one.
    pub async fn link_base(&self) -> String {
        let sender = self.sender.get().await;
        sender.map_or_else(|| self.config.base_url.clone(), |sender| sender.base_url)
    }

    /// Whether mails can have links to the service.
    pub async fn has_base_url(&self) -> bool {
        !self.link_base().await.is_empty()
    }

    /// Whether mailings are kept in the database instead of being sent, by the settings of whichever
    /// process sends.
    pub async fn captures_mailings(&self) -> bool {
        let sender = self.sender.get().await;
        sender.map_or_else(|| self.captures(), |sender| sender.captures)
    }

    /// Whether strangers may make accounts for themselves.
    pub fn is_registration_open(&self) -> bool {
        self.config.registration == Registration::Open
    }

    /// Starts the engine, which sends as soon as no other one does.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start_engine(&self) -> io::Result<Engine> {
        descriptors::raise_limit();
        Engine::start(engine::Parts {
            store: self.store.clone(),
            routes: self.routes.to_vec(),
            domains: self.config.domains.clone(),
            post: self.post.clone(),
            clock: Arc::clone(&self.clock),
            clock_jumps: Arc::clone(&self.clock_jumps),
            wakeup: self.wakeup.clone(),
            sender: self.sender.clone(),
            composer: Arc::new(Composer {
                sender: self.config.sender.clone(),
                sender_name: self.config.sender_name.clone(),
                base_url: self.config.base_url.clone(),
                public_url: self.config.public_url(),
                unsubscribe: self.unsubscribe.clone(),
                ids: MailIdKey::new(&self.secret),
            }),
            settings: engine::Settings {
                retry: self.config.retry.clone(),
                on_doubt: self.config.on_doubt,
                relay_patience: self.config.relay_patience,
                language: self.config.language,
                seed: rand::rng().random(),
            },
        })
    }

    /// Settles what an engine that died has left in flight, if none is at work now.
    ///
    /// # Errors
    /// The database's.
    pub async fn settle_left(&self) -> Result<(), StoreError> {
        engine::settle_left(&self.store, self.config.on_doubt, self.clock.now()).await
    }
}

fn route(config: &RelayConfig) -> Result<Route, Phrase> {
    let relay = Relay::new(
        (config.host.clone(), config.port),
        config.security,
        config.credentials.clone(),
        config.mechanism,
        config.helo.clone(),
        config.timeouts,
        config.ca.as_deref(),
    );
    let relay = relay.map_err(|error| {
        let key = if config.name == FIRST_RELAY {
            "relay.ca_file".to_owned()
        } else {
            format!("relays.{}.ca_file", config.name)
        };
        Phrase::new("config-unusable-value")
            .with("key", key)
            .with("error", error)
    })?;
    Ok(Route {
        name: config.name.clone(),
        transport: Transport::Smtp(Arc::new(relay.with_window(config.window))),
        connections: config.connections,
        mails_per_connection: config.mails_per_connection,
        weight: config.weight,
        limits: config.limits,
    })
}

/// Kept in the database while no relay is configured.
fn captured(transport: Transport, connections: usize) -> Route {
    Route {
        name: "capture".to_owned(),
        transport,
        connections,
        mails_per_connection: usize::MAX,
        weight: 1,
        limits: Limits::default(),
    }
}

fn capture(store: &Store, clock: &Arc<dyn Clock>) -> Transport {
    Transport::Capture(Arc::new(Kept {
        store: store.clone(),
        clock: Arc::clone(clock),
    }))
}

/// Captured mail goes into the database.
struct Kept {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Keep for Kept {
    fn keep<'a>(
        &'a self,
        mail: &'a Mail,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<i64, KeepError>> + Send + 'a>> {
        let new = NewCapturedMail {
            from: mail.envelope.mail_from.clone(),
            to: mail.envelope.rcpt_to.clone(),
            subject: mail.subject.clone(),
            private: mail.private,
            source: mail.source.clone(),
        };
        let now = self.clock.now();
        Box::pin(async move {
            let kept = self
                .store
                .write(move |c| captured::insert(c, &new, now))
                .await;
            kept.map_err(|error: StoreError| error.into())
        })
    }
}
