//! `mailapp adopt`: send from this database although it was copied or restored.

use crate::actions;
use crate::app::App;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::Phrase;

pub(in crate::cli) async fn run(app: &App, say: &Say) -> Exit {
    match actions::adopt(app, &Actor::CommandLine).await {
        Ok(None) => Exit::Refused(Phrase::new("foreign-own")),
        Ok(Some(set_aside)) => {
            let said = Phrase::new("adopted")
                .with("runs", set_aside.runs)
                .with("starts", set_aside.starts)
                .with("letters", set_aside.letters);
            say.out(&say.phrase(&said));
            Exit::Done
        }
        Err(error) => error.into(),
    }
}
