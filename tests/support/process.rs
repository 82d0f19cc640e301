//! An installation that only processes work on: the real program, run as people run it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use mailapp::actions::{self, UserDraft};
use mailapp::app::App;
use mailapp::clock::SystemClock;
use mailapp::config::{Config, Flags};
use mailapp::domain::accounts::user::{Actor, Role};
use mailapp::store::{Store, StoreError};
use tempfile::TempDir;

pub const PASSWORD: &str = "верблюд скрепка батарея 7";

/// An installation that only processes work on.
pub struct Folder(TempDir);

fn set(data: &Path, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let data = data.display().to_string();
    [("data", data.as_str()), ("time_zone", "Europe/Moscow")]
        .iter()
        .chain(more)
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

impl Folder {
    pub fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    pub fn store(&self) -> Store {
        Store::open(&self.data().join("mailapp.db")).unwrap()
    }

    pub async fn count(&self, sql: &str) -> i64 {
        let sql = sql.to_owned();
        self.store()
            .read(move |c| Ok::<_, StoreError>(c.query_row(&sql, [], |row| row.get(0))?))
            .await
            .unwrap()
    }

    /// With Anna, a user, and a manager.
    pub async fn filled() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let app = folder.app();
        for (email, role) in [
            ("anna@example.ru", Role::User),
            ("boss@example.ru", Role::Manager),
        ] {
            let draft = UserDraft {
                email: email.to_owned(),
                name: String::new(),
                password: PASSWORD.to_owned(),
                role,
                language: None,
                time_zone: String::new(),
            };
            actions::create_user(&app, &Actor::CommandLine, draft)
                .await
                .unwrap();
        }
        folder
    }

    pub fn app(&self) -> App {
        let flags = Flags {
            file: None,
            set: set(&self.data(), &[]),
        };
        let config = Config::from_sources(&flags, []).unwrap();
        App::open(config, std::sync::Arc::new(SystemClock::default())).unwrap()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailapp"));
        command.current_dir(self.0.path()).args(["--lang", "ru"]);
        for (key, value) in set(&self.data(), &[]) {
            command.args(["--set", &format!("{key}={value}")]);
        }
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MAILAPP_")) {
            command.env_remove(name);
        }
        command.env_remove("CACHE_DIRECTORY");
        command.env("XDG_CACHE_HOME", self.0.path().join("caches"));
        command.args(arguments);
        command
    }

    /// Runs it with a line on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that refuses at once does not read.
        drop(stdin.write_all(input.as_bytes()));
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.run_with(arguments, "");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code(),
            String::from_utf8(text).unwrap().replace('\u{a0}', " "),
        )
    }
}

/// Killed when the test ends, however it ends.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
