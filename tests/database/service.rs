//! The program at work on a database of its own, with a mail server and somebody who looks at it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use mailapp::actions::{self, UserDraft, Whom};
use mailapp::app::App;
use mailapp::clock::SystemClock;
use mailapp::config::{Config, Flags};
use mailapp::domain::accounts::user::{Actor, Role};
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::store::StoreError;
use mailapp::store::audience::recipients;
use tempfile::TempDir;

use crate::support::process::Running;
use crate::support::smtp::SmtpServer;
use crate::support::until;
use crate::web_support::{Browser, PASSWORD, Page, Person};

pub const ANNA: &str = "anna@example.ru";
pub const BOSS: &str = "boss@example.ru";
const DAY: i64 = 24 * 3_600_000;

/// A folder for a database, perhaps on a disk of its own.
pub struct Place {
    root: TempDir,
    is_mounted: bool,
}

/// Whether a command of the system's worked.
pub fn system(program: &str, arguments: &[&str]) -> bool {
    let done = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    done.is_ok_and(|status| status.success())
}

impl Place {
    pub fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
            is_mounted: false,
        }
    }

    /// On a disk of so many MiB; `None` where this process may not mount one.
    pub fn on_small_disk(mib: usize) -> Option<Self> {
        let mut place = Self::new();
        std::fs::create_dir(place.data()).unwrap();
        let size = format!("size={mib}m,mode=700");
        let data = place.data();
        place.is_mounted = system(
            "mount",
            &["-t", "tmpfs", "-o", &size, "tmpfs", data.to_str().unwrap()],
        );
        place.is_mounted.then_some(place)
    }

    /// A copy of everything, as `cp -a` makes it.
    pub fn copy(&self) -> Self {
        let copy = Self::new();
        let (from, to) = (self.data(), copy.data());
        let names = [from.to_str().unwrap(), to.to_str().unwrap()];
        assert!(system("cp", &["-a", names[0], names[1]]));
        copy
    }

    /// Keeps the database's present state in a file.
    pub fn back_up(&self) -> PathBuf {
        let backup = self.beside("backup.db");
        drop(std::fs::remove_file(&backup));
        let connection = rusqlite::Connection::open(self.database()).unwrap();
        connection
            .execute("VACUUM INTO ?1", [backup.to_str().unwrap()])
            .unwrap();
        backup
    }

    /// Puts a kept state in the place of the present one, into the same file.
    pub fn restore(&self, backup: &Path) {
        for suffix in ["-wal", "-shm"] {
            drop(std::fs::remove_file(format!(
                "{}{suffix}",
                self.database().display()
            )));
        }
        std::fs::copy(backup, self.database()).unwrap();
    }

    pub fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub fn database(&self) -> PathBuf {
        self.data().join("mailapp.db")
    }

    /// What lies beside the database.
    pub fn installation(&self) -> String {
        std::fs::read_to_string(self.data().join("mailapp.installation")).unwrap_or_default()
    }

    pub fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn app(&self) -> App {
        let set = vec![("data".to_owned(), self.data().display().to_string())];
        let config = Config::from_sources(&Flags { file: None, set }, []).unwrap();
        App::open(config, Arc::new(SystemClock::default())).unwrap()
    }

    /// Anna, a manager, and a mailing of Anna's to so many recipients. Its number.
    pub async fn furnish(&self, count: usize) -> i64 {
        let app = self.app();
        let mut ids = Vec::new();
        for (email, role) in [(ANNA, Role::User), (BOSS, Role::Manager)] {
            let draft = UserDraft {
                email: email.to_owned(),
                name: String::new(),
                password: PASSWORD.to_owned(),
                role,
                language: None,
                time_zone: String::new(),
            };
            let made = actions::create_user(&app, &Actor::CommandLine, draft).await;
            ids.push(made.unwrap());
        }
        let anna = ids[0];
        let stored: Result<(), StoreError> = app
            .store
            .write(move |c| {
                for number in 1..=count {
                    let email = format!("r{number}@example.ru");
                    let draft = RecipientDraft::parse(&email, "", "").unwrap();
                    recipients::insert(c, anna, &draft, 0)?.unwrap();
                }
                Ok(())
            })
            .await;
        stored.unwrap();
        let message = MessageDraft::parse("Новости", "Добрый день!").unwrap();
        let message = actions::create_message(&app, &Actor::Schedule, anna, message)
            .await
            .unwrap();
        let now = app.clock.now();
        let draft = MailingDraft {
            title: String::new(),
            message_id: message,
            starts_at: now,
            ends_at: now + 7 * DAY,
            automatic: false,
        };
        let mut everybody = Selection::default();
        everybody.add_matching("", &[]);
        actions::create_mailing(&app, &Actor::Schedule, anna, draft, everybody)
            .await
            .unwrap()
    }

    /// The program with this command.
    pub fn command(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailapp"));
        command.current_dir(self.root.path()).args(["--lang", "ru"]);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MAILAPP_")) {
            command.env_remove(name);
        }
        // What is remembered of this installation is nobody's but this test's.
        command.env_remove("CACHE_DIRECTORY");
        command.env("XDG_CACHE_HOME", self.beside("caches"));
        let data = self.data().display().to_string();
        for (key, value) in [("data", data.as_str())].iter().chain(settings) {
            command.args(["--set", &format!("{key}={value}")]);
        }
        command.args(arguments);
        command
    }

    /// Runs a command to its end: its exit code and all that it said.
    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(arguments, &[]).output().unwrap();
        let text = String::from_utf8([stdout, stderr].concat()).unwrap();
        (status.code(), text.replace('\u{a0}', " "))
    }

    /// Starts the service; its mail goes to `server`, one at a time.
    pub async fn serve(&self, server: &SmtpServer) -> Service {
        self.serve_with(server, &[]).await
    }

    /// The same with more settings.
    pub async fn serve_with(&self, server: &SmtpServer, more: &[(&str, &str)]) -> Service {
        self.serve_as(server, more, |command| command).await
    }

    /// The same with more settings, by a command that is made of the usual one.
    pub async fn serve_as(
        &self,
        server: &SmtpServer,
        more: &[(&str, &str)],
        change: impl FnOnce(Command) -> Command,
    ) -> Service {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let relay = server.port().to_string();
        let mut settings = vec![
            ("relay.host", "127.0.0.1"),
            ("relay.port", relay.as_str()),
            ("relay.security", "plain"),
            ("relay.connections", "1"),
            ("sender.address", "news@example.ru"),
        ];
        settings.extend(more);
        let mut command = self.command(&["serve", "--port", &port], &settings);
        command
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.beside("log")).unwrap());
        let child = change(command).spawn().unwrap();
        let service = Service {
            process: Running(child),
            url: format!("http://127.0.0.1:{port}"),
        };
        let visitor = reqwest::Client::new();
        until("the service answers", async || {
            let address = format!("{}/healthz", service.url);
            visitor.get(address).send().await.ok()
        })
        .await;
        service
    }

    /// Starts a run of a mailing of Anna's, as another process would.
    pub async fn start(&self, mailing: i64) {
        actions::send_mailing(&self.app(), &Actor::CommandLine, mailing, Whom::All)
            .await
            .unwrap();
    }

    /// One number out of the tables.
    pub fn count(&self, sql: &str) -> i64 {
        let connection = rusqlite::Connection::open(self.database()).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Waits for a number in the tables to be this one.
    pub async fn until(&self, sql: &str, wanted: i64) {
        until(sql, async || (self.count(sql) == wanted).then_some(())).await;
    }

    /// All recipients are accepted, and the server has each mail once.
    pub async fn all_sent_once(&self, server: &SmtpServer, count: usize) {
        let accepted = "SELECT count(*) FROM deliveries WHERE state = 'accepted'";
        self.until(accepted, i64::try_from(count).unwrap()).await;
        for number in 1..=count {
            server.mail_to(&format!("r{number}@example.ru"));
        }
        assert_eq!(server.transactions().len(), count);
    }
}

/// A disk of its own, whole, as an image: what a snapshot of it keeps is everything.
pub struct Disk {
    pub place: Place,
}

impl Disk {
    /// `None` where this process may not mount one.
    pub fn new() -> Option<Self> {
        let place = Place::new();
        let image = place.beside("image").display().to_string();
        std::fs::create_dir(place.data()).unwrap();
        let is_made = system("truncate", &["-s", "16M", &image])
            && system("mkfs.ext4", &["-q", "-I", "256", &image]);
        let mut disk = Self { place };
        (is_made && disk.mount()).then_some(disk)
    }

    fn mount(&mut self) -> bool {
        let image = self.place.beside("image").display().to_string();
        let data = self.place.data().display().to_string();
        self.place.is_mounted = system("mount", &["-o", "loop", &image, &data]);
        self.place.is_mounted
    }

    fn unmount(&mut self) {
        let data = self.place.data().display().to_string();
        assert!(system("umount", &[&data]));
        self.place.is_mounted = false;
    }

    fn copy(&mut self, from: &str, to: &str) {
        self.unmount();
        std::fs::copy(self.place.beside(from), self.place.beside(to)).unwrap();
        assert!(self.mount());
    }

    pub fn take_snapshot(&mut self) {
        self.copy("image", "snapshot");
    }

    pub fn go_back_to_snapshot(&mut self) {
        self.copy("snapshot", "image");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_mounted {
            system("umount", &["-l", self.data().to_str().unwrap()]);
        }
    }
}

pub struct Service {
    pub process: Running,
    pub url: String,
}

impl Service {
    /// A browser in which Anna or the manager has signed in.
    pub async fn browser(&self, email: &str) -> Browser {
        let browser = Browser::new(&self.url, "ru");
        let person = Person {
            id: 0,
            email: email.to_owned(),
        };
        browser.sign_in(&person).await;
        browser
    }

    pub async fn health(&self) -> Page {
        Browser::new(&self.url, "ru").get("/healthz").await
    }

    pub fn signal(&self, name: &str) {
        let process = self.process.0.id().to_string();
        assert!(system("kill", &["-s", name, &process]));
    }

    /// Ends it in the middle of whatever it does.
    pub fn kill(mut self) {
        self.process.0.kill().unwrap();
        self.process.0.wait().unwrap();
    }

    /// Asks it to end, as the system does; its exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.signal("TERM");
        self.process.0.wait().unwrap().code()
    }
}

/// What lies in a file.
pub fn octets(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}
