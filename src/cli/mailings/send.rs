//! `mailapp send 42`: the same action as the page's button, then its progress.

use super::follow;
use crate::actions::{self, ActionError, Target, Whom};
use crate::app::App;
use crate::cli::args::Send;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::domain::Id;
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::{Arg, Phrase};
use crate::store::StoreError;
use crate::store::db::versions;
use crate::store::db::versions::Versioned;
use crate::store::mailings::runs;
use crate::store::mailings::runs::Run;

/// What is sent is what was looked at: two commands that are given at the same time send once.
pub(in crate::cli) async fn run(app: &App, args: Send, say: &Say) -> Exit {
    let (mailing, latest) = match look(app, args.mailing).await {
        Ok(seen) => seen,
        Err(error) => return error.into(),
    };
    let last = latest.as_ref().map_or(0, |run| run.id);
    if let Some(expected) = args.last_run
        && expected != last
    {
        return Exit::Refused(other_run(args.mailing, last));
    }
    if let Some(run) = latest
        && !args.json
    {
        say.hint(&sent_before(&run));
    }
    let whom = if args.failed { Whom::Failed } else { Whom::All };
    match actions::send_mailing(app, &Actor::CommandLine, mailing, whom).await {
        Ok(run) => follow::run(app, run, args.json, say).await,
        Err(ActionError::NotFound) => {
            Exit::Refused(Phrase::new("cli-no-mailing").with("id", args.mailing.to_string()))
        }
        Err(ActionError::Changed(_)) => {
            Exit::Refused(Phrase::new("cli-sent-meanwhile").with("id", args.mailing.to_string()))
        }
        Err(error) => error.into(),
    }
}

async fn look(app: &App, mailing: Id) -> Result<(Target, Option<Run>), StoreError> {
    app.store
        .read(move |c| {
            let version = versions::of(c, Versioned::Sending, mailing)?;
            let latest = runs::latest(c, mailing)?;
            Ok((Target::seen(mailing, version), latest))
        })
        .await
}

fn other_run(mailing: Id, last: Id) -> Phrase {
    match last {
        0 => Phrase::new("refused-never-sent"),
        run => Phrase::new("cli-other-last-run")
            .with("id", mailing.to_string())
            .with("run", run.to_string()),
    }
}

fn sent_before(run: &Run) -> Phrase {
    Phrase {
        key: "cli-sent-before",
        args: vec![
            ("run", Arg::Text(run.id.to_string())),
            ("when", Arg::Moment(run.started_at)),
        ],
    }
}
