//! Whose things a command is about, and of which days.

use super::accounts::users;
use super::args::Days;
use super::exit::Exit;
use super::exit::Problem;
use super::say::Say;
use crate::app::App;
use crate::domain::accounts::permission::Scope;
use crate::domain::phrase::Phrase;
use crate::domain::{Id, Millis};

/// One user's, by their address, or everybody's.
pub(super) async fn scope(app: &App, user: Option<&str>) -> Result<Scope, Exit> {
    match user {
        None => Ok(Scope::All),
        Some(email) => users::find(app, email)
            .await
            .map(|account| Scope::Own(account.id)),
    }
}

/// The user whose something is to be, by their address.
pub(super) async fn owner(app: &App, email: &str) -> Result<Id, Exit> {
    Ok(users::find(app, email).await?.id)
}

impl Days {
    /// The first moment of the first day and the one after the last.
    pub(super) fn read(&self, say: &Say) -> Result<(Option<Millis>, Option<Millis>), Exit> {
        let reader = say.reader();
        let day = |argument, text: Option<&str>, later| {
            let parsed = text.map(|text| reader.parse_day(text, later)).transpose();
            parsed.map_err(|phrase| {
                Exit::misused(Problem {
                    argument: Some(argument),
                    phrase,
                })
            })
        };
        let (from, until) = (
            day("--from", self.from.as_deref(), 0)?,
            day("--until", self.until.as_deref(), 1)?,
        );
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            return Err(Exit::misused(Phrase::new("error-period")));
        }
        Ok((from, until))
    }
}
