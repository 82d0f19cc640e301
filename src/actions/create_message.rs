use super::{ActionError, note_operator};
use crate::app::App;
use crate::domain::Id;
use crate::domain::message::MessageDraft;
use crate::domain::user::Actor;
use crate::store::messages;

/// Adds a message to an owner's.
///
/// # Errors
/// The database's.
pub async fn create_message(
    app: &App,
    actor: &Actor,
    owner: Id,
    draft: MessageDraft,
) -> Result<Id, ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let id = messages::insert(c, owner, &draft, now)?;
            note_operator(c, &actor, "create_message", id, now)?;
            Ok(id)
        })
        .await
}
