//! `mailapp pause 42`, `resume 42`, `cancel 42`: what the page's buttons do to a mailing's run.

use super::follow;
use crate::actions;
use crate::app::App;
use crate::cli::args::{OneMailing, Resume};
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::Phrase;
use crate::store::mailings::runs;
use crate::store::{StoreError, mailings};

/// The latest run of a mailing.
pub(in crate::cli) async fn latest(app: &App, mailing: Id) -> Result<Id, Exit> {
    let found = app
        .store
        .read(move |c| {
            let exists = mailings::get(c, Scope::All, mailing)?.is_some();
            Ok::<_, StoreError>(exists.then_some(runs::latest(c, mailing)?))
        })
        .await?;
    match found {
        None => Err(Exit::Refused(
            Phrase::new("cli-no-mailing").with("id", mailing.to_string()),
        )),
        Some(None) => Err(Exit::Refused(Phrase::new("refused-never-sent"))),
        Some(Some(run)) => Ok(run.id),
    }
}

pub(in crate::cli) async fn pause(app: &App, args: OneMailing, say: &Say) -> Exit {
    let run = match latest(app, args.mailing).await {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    match actions::pause_run(app, &Actor::CommandLine, run).await {
        Ok(()) => {
            say.out(&say.text("notice-paused"));
            Exit::Done
        }
        Err(error) => error.into(),
    }
}

pub(in crate::cli) async fn resume(app: &App, args: Resume, say: &Say) -> Exit {
    let run = match latest(app, args.mailing).await {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    match actions::resume_run(app, &Actor::CommandLine, run).await {
        Ok(()) => follow::run(app, run, args.json, say).await,
        Err(error) => error.into(),
    }
}

pub(in crate::cli) async fn cancel(app: &App, args: OneMailing, say: &Say) -> Exit {
    let run = match latest(app, args.mailing).await {
        Ok(run) => run,
        Err(exit) => return exit,
    };
    match actions::cancel_run(app, &Actor::CommandLine, run).await {
        Ok(()) => {
            // Perhaps nobody else is there to do it.
            if let Err(error) = actions::bring_to_rest(app, run).await {
                return error.into();
            }
            say.out(&say.text("notice-cancelled"));
            Exit::Done
        }
        Err(error) => error.into(),
    }
}

/// The run that is meant: this one, which must be of that mailing, or the mailing's latest.
pub(in crate::cli) async fn run_of(app: &App, mailing: Id, run: Option<Id>) -> Result<Id, Exit> {
    let Some(id) = run else {
        return latest(app, mailing).await;
    };
    let found = app
        .store
        .read(move |c| runs::get(c, Scope::All, id))
        .await?;
    match found {
        Some(run) if run.mailing_id == mailing => Ok(id),
        _ => Err(Exit::Refused(
            Phrase::new("cli-no-run")
                .with("run", id.to_string())
                .with("id", mailing.to_string()),
        )),
    }
}
