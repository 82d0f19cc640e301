//! `mailapp demo`: the whole product, filled, with a mail server of its own that takes mail and
//! keeps none. Nothing of the real installation is read or written.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::demo_crowd::{self, Crowd};
use super::{demo_data, serve};
use crate::app::{App, DATABASE_FILE};
use crate::cli::args::{Demo, Global};
use crate::cli::exit::Exit;
use crate::cli::log;
use crate::cli::say::Say;
use crate::clock::{Clock as _, FixedClock, SystemClock};
use crate::config::{Config, Flags};
use crate::domain::phrase::Phrase;
use crate::store::StoreError;
use crate::store::accounts::users;
use crate::transport::sink::Sink;

/// How long the demo's mail server thinks about each mail, so that progress can be watched.
const PACE: Duration = Duration::from_millis(120);
/// Where the page is, if that port is free.
const PORT: u16 = 8_000;

/// A folder that goes when the demo ends.
struct Temporary(Option<PathBuf>);

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            drop(std::fs::remove_dir_all(path));
        }
    }
}

pub(in crate::cli) async fn run(args: Demo, global: &Global, say: &Say) -> Exit {
    if global.config.is_some() || !global.set.is_empty() {
        return Exit::misused(Phrase::new("cli-demo-has-no-settings"));
    }
    log::init("warn", true);
    let port = match args.port {
        Some(0) => any_port(0),
        Some(port) => Some(port),
        None => any_port(PORT).or_else(|| any_port(0)),
    };
    let Some(port) = port else {
        return Exit::Refused(Phrase::new("error-unexpected"));
    };
    let (folder, _temporary) = match &global.data {
        Some(path) => (PathBuf::from(path), Temporary(None)),
        None => {
            let path = std::env::temp_dir().join(format!("mailapp-demo-{}", std::process::id()));
            (path.clone(), Temporary(Some(path)))
        }
    };
    let crowd = Crowd {
        recipients: args.recipients,
        attempts: args.attempts,
    };
    match open_and_fill(&folder, port, crowd, say).await {
        Ok(app) => serve::serve(app, greeting(&folder, say)).await,
        Err(exit) => exit,
    }
}

/// This port if it is free; with 0, any that is. Links in mails name it, so it must be known before.
fn any_port(port: u16) -> Option<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", port)).ok()?;
    listener.local_addr().ok().map(|address| address.port())
}

async fn open_and_fill(folder: &Path, port: u16, crowd: Crowd, say: &Say) -> Result<App, Exit> {
    let clock = Arc::new(SystemClock::default());
    let is_new = !folder.join(DATABASE_FILE).exists();
    if is_new {
        // The past is made by the real engine, with a clock that stands in the past.
        let past = Arc::new(FixedClock::at(clock.now() - demo_data::DAYS_AGO));
        let relay = sink(Duration::ZERO).await?;
        let app = open(folder, port, relay, Arc::clone(&past) as Arc<_>, say)?;
        demo_data::fill(&app, &past, clock.now(), say).await?;
    }
    let app = open(folder, port, sink(PACE).await?, clock, say)?;
    let known = app
        .store
        .read(|c| Ok::<_, StoreError>(users::by_email_key(c, demo_data::MANAGER)?.is_some()))
        .await?;
    if !known {
        let path = folder.display().to_string();
        return Err(Exit::Refused(
            Phrase::new("cli-not-a-demo").with("path", path),
        ));
    }
    if is_new {
        demo_crowd::fill(&app, crowd, say).await?;
    }
    Ok(app)
}

/// Starts a mail server and returns its port.
async fn sink(pace: Duration) -> Result<u16, Exit> {
    let failed = |error: std::io::Error| {
        Exit::Refused(
            Phrase::new("error-port")
                .with("address", "127.0.0.1")
                .with("error", error.to_string()),
        )
    };
    let sink = Sink::bind(pace).await.map_err(failed)?;
    let port = sink.address().map_err(failed)?.port();
    tokio::spawn(sink.serve());
    Ok(port)
}

fn open(
    folder: &Path,
    port: u16,
    relay: u16,
    clock: Arc<dyn crate::clock::Clock>,
    say: &Say,
) -> Result<App, Exit> {
    let set = [
        ("data", folder.display().to_string()),
        ("port", port.to_string()),
        ("base_url", format!("http://127.0.0.1:{port}")),
        ("language", say.reader().language.code().to_owned()),
        ("sender.address", "news@company.example".to_owned()),
        ("sender.name", say.text("demo-sender")),
        ("relay.host", "127.0.0.1".to_owned()),
        ("relay.port", relay.to_string()),
        ("relay.security", "plain".to_owned()),
        ("sending.retry", "20s, 40s, 1m".to_owned()),
    ];
    let flags = Flags {
        file: Some(PathBuf::from("/dev/null")),
        set: set.map(|(key, value)| (key.to_owned(), value)).into(),
    };
    let config = Config::from_sources(&flags, []).map_err(Exit::Refused)?;
    // Letters about accounts would be lost in the demo's mail server.
    App::open(config, clock)
        .map(App::with_captured_post)
        .map_err(|error| Exit::Refused(error.phrase()))
}

/// E-mail, password, and the key of who that is.
type SignIn = (&'static str, &'static str, &'static str);

fn greeting(folder: &Path, say: &Say) -> impl Fn(u16) + Send + Sync + 'static {
    let language = say.reader().language;
    let folder = folder.display().to_string();
    move |port| {
        let say = Say::new(language);
        let url = format!("http://127.0.0.1:{port}");
        say.out(&say.phrase(&Phrase::new("demo-ready").with("url", url)));
        let width = |of: fn(&SignIn) -> &str| {
            let lengths = demo_data::SIGN_INS.iter().map(|one| of(one).len());
            lengths.max().unwrap_or_default()
        };
        let (emails, passwords) = (width(|one| one.0), width(|one| one.1));
        for (email, password, key) in demo_data::SIGN_INS {
            let who = say.text(key);
            say.out(&format!(
                "  {email:<emails$}  {password:<passwords$}  {who}"
            ));
        }
        say.out(&say.phrase(&Phrase::new("demo-letters").with("path", folder.as_str())));
        say.out(&say.phrase(&Phrase::new("demo-folder").with("path", folder.as_str())));
    }
}
