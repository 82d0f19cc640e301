//! `mailapp disable-mailing 42 --reason …` and `enable-mailing 42`: what a manager's buttons do.

use crate::actions::{self, ActionError};
use crate::app::App;
use crate::cli::args::{Disable, OneMailing};
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::domain::Id;
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::Phrase;

fn done(result: Result<(), ActionError>, key: &'static str, mailing: Id, say: &Say) -> Exit {
    match result {
        Ok(()) => {
            say.out(&say.text(key));
            Exit::Done
        }
        Err(ActionError::NotFound) => {
            Exit::Refused(Phrase::new("cli-no-mailing").with("id", mailing.to_string()))
        }
        Err(error) => error.into(),
    }
}

pub(in crate::cli) async fn disable(app: &App, args: &Disable, say: &Say) -> Exit {
    let result =
        actions::disable_mailing(app, &Actor::CommandLine, args.mailing, &args.reason).await;
    done(result, "notice-disabled", args.mailing, say)
}

pub(in crate::cli) async fn enable(app: &App, args: &OneMailing, say: &Say) -> Exit {
    let result = actions::enable_mailing(app, &Actor::CommandLine, args.mailing).await;
    done(result, "notice-enabled", args.mailing, say)
}
