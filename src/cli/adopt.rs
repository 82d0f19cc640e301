//! `mailapp adopt`: send from this database although it was copied or restored.

use super::Exit;
use super::say::Say;
use crate::actions;
use crate::app::App;
use crate::domain::phrase::Phrase;
use crate::domain::user::Actor;

pub(super) async fn run(app: &App, say: &Say) -> Exit {
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
