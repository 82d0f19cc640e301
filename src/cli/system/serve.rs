//! `mailapp serve`: the page, the engine and the clock's own work, until told to stop.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rocket::fairing::AdHoc;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::actions;
use crate::app::App;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::domain::Millis;
use crate::domain::phrase::Phrase;
use crate::engine::{Engine, Haste};
use crate::recurring::Recurring;
use crate::store::accounts::users;
use crate::web;

/// How long a server's answer is waited for when told to stop: so that what is in flight is written
/// down before `TimeoutStopSec=60` of the unit is over.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often it is looked whether a mailing's time has come.
const SCHEDULE: Duration = Duration::from_millis(500);

pub(in crate::cli) async fn run(app: App, say: &Say) -> Exit {
    let host = match app.config.address {
        std::net::IpAddr::V4(ip) => ip.to_string(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let capture = app.captures();
    let is_foreign = matches!(actions::foreign(&app).await, Ok(Some(_)));
    let stands_by = app.sender.is_another().await;
    let no_users = matches!(app.store.read(users::count).await, Ok(0));
    let reader = say.reader();
    let greet = move |port: u16| {
        let say = Say::new(reader.language);
        say.out(
            &say.phrase(&Phrase::new("cli-serving").with("url", format!("http://{host}:{port}"))),
        );
        if capture {
            say.out(&say.text("cli-capture"));
        }
        if stands_by {
            say.hint(&Phrase::new("cli-stands-by"));
        }
        if is_foreign {
            say.problem(&Phrase::new("refused-foreign"));
        }
        if no_users {
            say.out(&say.text("cli-no-users"));
        }
    };
    serve(app, greet).await
}

/// Serves until SIGINT or SIGTERM; `greet` is told the port when it is ready.
pub(in crate::cli) async fn serve(app: App, greet: impl Fn(u16) + Send + Sync + 'static) -> Exit {
    // Before anybody can be told that it is ready.
    let mut signals = StopSignals::catch();
    let address = format!("{}:{}", app.config.address, app.config.port);
    let engine: Arc<Mutex<Option<Engine>>> = Arc::default();
    let haste: Arc<Mutex<Option<Haste>>> = Arc::default();
    let (slot, for_engine) = (Arc::clone(&engine), app.clone());
    let for_haste = Arc::clone(&haste);
    let ready = AdHoc::on_liftoff("ready", move |rocket| {
        Box::pin(async move {
            // Only now: a process that cannot have its port must not send.
            match for_engine.start_engine() {
                Ok(engine) => {
                    *for_haste.lock() = Some(engine.haste());
                    *slot.lock() = Some(engine);
                }
                Err(error) => {
                    tracing::error!(%error, "the engine cannot start");
                    rocket.shutdown().notify();
                }
            }
            tokio::spawn(watch_schedule(for_engine.clone(), rocket.shutdown()));
            tokio::spawn(resume_fillings(for_engine.clone()));
            greet(rocket.config().port);
        })
    });
    let front = match web::Front::bind(app.clone()).await {
        Ok(front) => front,
        Err(error) => return no_port(&error, &address),
    };
    let rocket = web::rocket(app.clone(), &front).attach(ready);
    let rocket = match rocket.ignite().await {
        Ok(rocket) => rocket,
        Err(error) => return failed(&error),
    };
    let shutdown = rocket.shutdown();
    tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping: waiting for the mails in flight; a second signal hastens it");
        shutdown.notify();
        tokio::select! {
            () = signals.next_on_purpose() => {}
            () = tokio::time::sleep(PATIENCE) => {}
        }
        tracing::warn!("stopping now: what is in flight is in doubt");
        if let Some(haste) = haste.lock().as_ref() {
            haste.hasten();
        }
    });
    let served = front.serve(rocket).await;
    let running = engine.lock().take();
    if let Some(engine) = running {
        engine.stop().await;
    }
    match served {
        Ok(()) => Exit::Done,
        Err(error) => failed(&error),
    }
}

fn no_port(error: &std::io::Error, address: &str) -> Exit {
    Exit::Refused(
        Phrase::new("error-port")
            .with("address", address)
            .with("error", error.to_string()),
    )
}

fn failed(error: &rocket::Error) -> Exit {
    tracing::error!(error = %error.kind(), "the server failed");
    Exit::Refused(Phrase::new("error-unexpected"))
}

/// Mailings whose recipients were being put together when the last process ended.
async fn resume_fillings(app: App) {
    if let Err(error) = actions::resume_fillings(&app).await {
        tracing::error!(%error, "recipients cannot be put together");
    }
}

async fn watch_schedule(app: App, mut shutdown: rocket::Shutdown) {
    let failing = Recurring::new();
    loop {
        match actions::start_due_mailings(&app).await {
            Ok(_) => {
                if let Some(times) = failing.is_not_so() {
                    tracing::info!(times, "the schedule can be read again");
                }
            }
            Err(error) => {
                if let Some(times) = failing.is_so(&error.kind()) {
                    tracing::error!(%error, times, "the schedule cannot be read");
                }
            }
        }
        tokio::select! {
            () = &mut shutdown => return,
            () = tokio::time::sleep(SCHEDULE) => {}
        }
    }
}

/// Signals within this time after the first, in milliseconds, are taken for the same one.
pub(in crate::cli) const ECHO: Millis = 100;

/// SIGINT and SIGTERM, which ask for an orderly end.
pub(in crate::cli) struct StopSignals(Option<(Signal, Signal)>);

impl StopSignals {
    /// From here on they no longer end the process by themselves.
    pub(in crate::cli) fn catch() -> Self {
        let interrupt = signal(SignalKind::interrupt());
        let terminate = signal(SignalKind::terminate());
        Self(interrupt.ok().zip(terminate.ok()))
    }

    /// Returns at the next one that is no echo: supervisors and shells send a signal to the process and
    /// to its group, so that one arrives twice.
    pub(in crate::cli) async fn next_on_purpose(&mut self) {
        let echo = tokio::time::sleep(Duration::from_millis(ECHO.unsigned_abs()));
        tokio::pin!(echo);
        loop {
            tokio::select! {
                () = &mut echo => break,
                () = self.next() => {}
            }
        }
        self.next().await;
    }

    /// Returns at the next one.
    pub(in crate::cli) async fn next(&mut self) {
        let Some((interrupt, terminate)) = &mut self.0 else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_leaves_more_time_for_stopping_than_that_takes() {
        let unit = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/docs/systemd/mailapp.service"
        ));
        let line = unit
            .lines()
            .find_map(|it| it.strip_prefix("TimeoutStopSec="));
        let left = Duration::from_secs(line.unwrap().parse().unwrap());
        // Beyond the answers in flight: those to browsers, and the results' way into the journal.
        assert!(left >= PATIENCE + Duration::from_secs(15), "{left:?}");
        let said = format!(
            "After {} seconds, or at a second SIGTERM",
            PATIENCE.as_secs()
        );
        assert!(unit.contains(&said), "{said}");
        assert!(unit.contains(&format!("so {} seconds are", left.as_secs())));
    }
}
