//! Follows a run to its end, and sends it where nobody else does: the engine of this process
//! stands by, takes the lock if it is free, and takes over if its holder dies.

use std::time::Duration;

use super::display::Display;
use crate::actions;
use crate::app::App;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::cli::system::serve::{ECHO, StopSignals};
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::mailings::pace::Pace;
use crate::domain::mailings::run::{PauseReason, RunState};
use crate::domain::phrase::Phrase;
use crate::domain::{Id, Millis};
use crate::engine::Haste;
use crate::store::delivery::progress;
use crate::store::mailings::runs::Run;

const LOOK: Duration = Duration::from_millis(100);

pub(in crate::cli) async fn run(app: &App, run: Id, as_json: bool, say: &Say) -> Exit {
    if app.captures_mailings().await {
        say.err(&say.text("cli-capture"));
    }
    // Before anything is sent.
    let mut signals = StopSignals::catch();
    let engine = match app.start_engine() {
        Ok(engine) => engine,
        Err(error) => {
            tracing::error!(%error, "the engine cannot start");
            return Exit::Refused(Phrase::new("error-unexpected"));
        }
    };
    let exit = watch(app, run, as_json, (&mut signals, &engine.haste()), say).await;
    engine.stop().await;
    exit
}

async fn watch(
    app: &App,
    id: Id,
    as_json: bool,
    (signals, haste): (&mut StopSignals, &Haste),
    say: &Say,
) -> Exit {
    let mut display = None;
    let mut pace = Pace::default();
    let mut asked_at: Option<Millis> = None;
    loop {
        let (now, steady) = (app.clock.now(), app.clock.steady());
        let looked = app
            .store
            .read(move |c| progress::look(c, Scope::All, id, now))
            .await;
        let look = match looked {
            Ok(Some(look)) => look,
            Ok(None) => return Exit::Refused(Phrase::new("refused-not-found")),
            Err(error) => return error.into(),
        };
        look.note(&mut pace, steady);
        let (run, facts) = (&look.run, look.progress(Some(&pace), now));
        let display = display.get_or_insert_with(|| Display::start(run, as_json, say));
        display.update(run, &facts, (now, steady), say);
        let is_over = run.state != RunState::Active && run.counters.trying == 0;
        if is_over {
            display.finish(run, &facts, now, say);
            return exit_of(run, say);
        }
        tokio::select! {
            () = signals.next() => {
                let steady = app.clock.steady();
                if asked_at.is_some_and(|at| steady - at < ECHO) {
                    continue;
                }
                if asked_at.is_some() {
                    // Asked twice: no answer is waited for. What is in flight is in doubt, and is
                    // written down before the engine has stopped.
                    haste.hasten();
                    let on = Phrase::new("cli-left-hint").with("id", run.mailing_id.to_string());
                    display.aloud(&say.phrase(&on), say);
                    return Exit::Failed;
                }
                asked_at = Some(steady);
                display.aloud(&say.text("cli-pausing"), say);
                if let Err(error) = actions::pause_run(app, &Actor::CommandLine, id).await {
                    tracing::debug!(%error, "it had ended by itself");
                }
            }
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

fn exit_of(run: &Run, say: &Say) -> Exit {
    let counters = run.counters;
    match run.state {
        RunState::Finished if counters.skipped == counters.total => {
            Exit::NothingToSend(Some(Phrase::new("cli-all-unsubscribed")))
        }
        RunState::Finished if counters.refused + counters.expired + counters.in_doubt == 0 => {
            Exit::Done
        }
        RunState::Finished => Exit::WithFailures,
        RunState::Paused => match run.pause_reason {
            None | Some(PauseReason::Asked) => {
                Exit::Refused(Phrase::new("cli-paused-hint").with("id", run.mailing_id.to_string()))
            }
            Some(reason) => {
                let detail = run.pause_detail.as_deref().unwrap_or_default();
                let mut why = say.reader().pause_reason(reason, detail);
                if let Some(advice) = say.reader().pause_advice(reason, detail) {
                    why = format!("{why}\n{advice}");
                }
                Exit::Refused(Phrase::new("cli-because").with("why", why))
            }
        },
        RunState::Cancelled | RunState::Active => Exit::Failed,
    }
}
