use super::{ActionError, changeable, note_operator};
use crate::app::App;
use crate::domain::Id;
use crate::domain::permission::may_view;
use crate::domain::phrase::Phrase;
use crate::domain::user::Actor;
use crate::store::{mailings, messages};

/// Deletes a message that no mailing uses.
///
/// # Errors
/// Not theirs; or used, and then the refusal names the mailings.
pub async fn delete_message(app: &App, actor: &Actor, id: Id) -> Result<(), ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let found = messages::get(c, may_view(&actor), id)?;
            let message = changeable(found, &actor, |message| message.owner_id)?;
            let used_by = mailings::of_message(c, id)?;
            if !used_by.is_empty() {
                let names: Vec<(Id, String)> = used_by
                    .iter()
                    .map(|mailing| (mailing.id, mailing.title().to_owned()))
                    .collect();
                return Err(ActionError::Refused(
                    Phrase::new("refused-message-in-use")
                        .with("count", message.mailings)
                        .with("mailings", names),
                ));
            }
            messages::delete(c, &message)?;
            note_operator(c, &actor, "delete_message", id, now)
        })
        .await
}
