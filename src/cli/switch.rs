//! `mailapp disable-mailing 42 --reason …` and `enable-mailing 42`: what a manager's buttons do.

use super::Exit;
use super::args::{Disable, OneMailing};
use super::say::Say;
use crate::actions::{self, ActionError};
use crate::app::App;
use crate::domain::Id;
use crate::domain::phrase::Phrase;
use crate::domain::user::Actor;

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

pub(super) async fn disable(app: &App, args: &Disable, say: &Say) -> Exit {
    let result =
        actions::disable_mailing(app, &Actor::CommandLine, args.mailing, &args.reason).await;
    done(result, "notice-disabled", args.mailing, say)
}

pub(super) async fn enable(app: &App, args: &OneMailing, say: &Say) -> Exit {
    let result = actions::enable_mailing(app, &Actor::CommandLine, args.mailing).await;
    done(result, "notice-enabled", args.mailing, say)
}
