//! `mailapp status 42`: how a mailing's run stands, as the page shows it. It only looks.

use std::time::Duration;

use super::display::Display;
use crate::app::App;
use crate::cli::args::RunOf;
use crate::cli::exit::Exit;
use crate::cli::mailings::run_verbs::run_of;
use crate::cli::say::Say;
use crate::domain::accounts::permission::Scope;
use crate::domain::mailings::pace::Pace;
use crate::domain::mailings::run::RunState;
use crate::domain::phrase::Phrase;
use crate::store::delivery::progress;

/// How often and how many times a run under way is looked at, so that its speed can be told.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: u32 = 10;

pub(in crate::cli) async fn run(app: &App, args: &RunOf, say: &Say) -> Exit {
    let id = match run_of(app, args.mailing, args.run).await {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    let mut pace = Pace::default();
    for nth in 0..=LOOKS {
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
        let moves = look.run.state == RunState::Active && look.run.counters.queued > 0;
        if !moves || nth == LOOKS {
            let facts = look.progress(Some(&pace), now);
            Display::report(&look.run, &facts, now, args.json, say);
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    Exit::Done
}
