//! `mailapp send 42`: the same action as the page's button, then its progress.

use super::Exit;
use super::args::Send;
use super::follow;
use super::say::Say;
use crate::actions::{self, ActionError, Whom};
use crate::app::App;
use crate::domain::phrase::Phrase;
use crate::domain::user::Actor;

pub(super) async fn run(app: &App, args: Send, say: &Say) -> Exit {
    let whom = if args.failed { Whom::Failed } else { Whom::All };
    match actions::send_mailing(app, &Actor::CommandLine, args.mailing, whom).await {
        Ok(run) => follow::run(app, run, args.json, say).await,
        Err(ActionError::NotFound) => {
            Exit::Refused(Phrase::new("cli-no-mailing").with("id", args.mailing.to_string()))
        }
        Err(error) => error.into(),
    }
}
