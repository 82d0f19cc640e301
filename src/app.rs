//! What every verb is handed: settings, store, transport, clock, cache, bell.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use rand::RngExt as _;

use crate::cache::Cache;
use crate::clock::Clock;
use crate::config::{Config, FIRST_RELAY, Registration, RelayConfig};
use crate::descriptors;
use crate::domain::Id;
use crate::domain::leap::Leaps;
use crate::domain::limits::Limits;
use crate::domain::mail_ids::MailIdKey;
use crate::domain::phrase::Phrase;
use crate::domain::throttle::Throttles;
use crate::domain::unsubscribe::UnsubscribeKey;
use crate::engine::bell::Bell;
use crate::engine::compose::Composer;
use crate::engine::{self, Engine, Route};
use crate::store::captured::{self, NewCapturedMail};
use crate::store::{Store, StoreError, installation, private_folder};
use crate::transport::capture::{Keep, KeepError};
use crate::transport::relay::Relay;
use crate::transport::{Mail, Transport};

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
    pub leaps: Arc<Leaps>,
    pub cache: Arc<Cache>,
    pub bell: Bell,
    pub unsubscribe: UnsubscribeKey,
    /// The installation's secret, 32 octets.
    pub secret: Arc<[u8]>,
    /// How often what may be tried.
    pub throttles: Arc<Throttles>,
    /// Mailings that are due and cannot start by themselves; the log has them.
    pub held_back: Arc<Mutex<BTreeSet<Id>>>,
}

/// The installation's secret, in the data folder.
pub const SECRET_FILE: &str = "secret.key";
/// Its octets, at least.
const SECRET: usize = 32;

/// Why the application cannot start.
#[derive(Debug)]
pub enum OpenError {
    Store(StoreError),
    /// The data folder cannot be made or used.
    Folder(PathBuf, io::Error),
    Config(Phrase),
}

impl OpenError {
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::Store(error) => error.phrase(),
            Self::Folder(path, error) => Phrase::new("error-folder")
                .with("path", path.display().to_string())
                .with("error", error.to_string()),
            Self::Config(phrase) => phrase.clone(),
        }
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
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
            config.data.join("mailapp.db"),
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
            store,
            post: routes[0].transport.clone(),
            routes: routes.into(),
            clock,
            leaps: Arc::default(),
            cache: Arc::new(Cache::default()),
            bell: Bell::default(),
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
            leaps: Arc::clone(&self.leaps),
            bell: self.bell.clone(),
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

    /// Settles what an engine that died has left in the air, if none is at work now.
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
        Phrase::new("config-bad-value")
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

/// A database that was there and is no longer is not made anew, beside the key and the marker of the old
/// one: everything would seem to be gone, and a backup put in its place later would be one more copy.
fn refuse_missing(database: &Path) -> Result<(), OpenError> {
    // A copy that broke off leaves a file without anything in it.
    let is_empty = std::fs::metadata(database).is_ok_and(|file| file.len() == 0);
    if (exists(database) && !is_empty) || !installation::has_marker(database) {
        return Ok(());
    }
    let marker = database.with_extension("installation");
    let phrase = Phrase::new("error-database-missing")
        .with("path", database.display().to_string())
        .with("marker", marker.display().to_string());
    Err(OpenError::Config(phrase))
}

/// Whether there is anything of this name; what cannot be looked at is there.
fn exists(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

/// Says where others on the machine have a right that is nobody's but ours.
#[cfg(unix)]
fn warn_of_open_modes(paths: &[&Path], mask: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    for path in paths {
        let Ok(found) = std::fs::metadata(path) else {
            continue;
        };
        let mode = found.permissions().mode() & 0o7777;
        if mode & mask != 0 {
            let proper = if found.is_dir() { "700" } else { "600" };
            tracing::warn!(
                path = %path.display(),
                mode = %format_args!("{mode:04o}"),
                "other users of this machine have access to it; run: chmod {proper}"
            );
        }
    }
}

#[cfg(not(unix))]
fn warn_of_open_modes(_paths: &[&Path], _mask: u32) {}

/// Where it is remembered how far a database was, outside of the data folder: what systemd gives the
/// service for it (`CacheDirectory=`), or the user's folder of caches.
pub fn memory_folder() -> Option<PathBuf> {
    let of = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(given) = of("CACHE_DIRECTORY") {
        return std::env::split_paths(&given).next();
    }
    let caches = match of("XDG_CACHE_HOME") {
        Some(caches) => PathBuf::from(caches),
        None => PathBuf::from(of("HOME")?).join(".cache"),
    };
    Some(caches.join("mailapp"))
}

/// Reads the installation's secret, making it where there is none.
fn secret(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Write as _;
    match std::fs::read(path) {
        Ok(secret) => return Ok(secret),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let fresh: [u8; SECRET] = rand::rng().random();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    // Written under another name first, so that nobody ever reads half of it.
    let draft = path.with_extension(format!("{:08x}", rand::rng().random::<u32>()));
    let mut file = options.open(&draft)?;
    file.write_all(&fresh)?;
    file.sync_all()?;
    match std::fs::hard_link(&draft, path) {
        Ok(()) => {
            std::fs::remove_file(&draft)?;
            Ok(fresh.to_vec())
        }
        Err(error) => {
            std::fs::remove_file(&draft)?;
            if error.kind() == io::ErrorKind::AlreadyExists {
                return std::fs::read(path);
            }
            Err(error)
        }
    }
}
