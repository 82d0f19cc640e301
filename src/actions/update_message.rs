use super::{ActionError, changeable, note_operator};
use crate::app::App;
use crate::domain::Id;
use crate::domain::message::MessageDraft;
use crate::domain::permission::may_view;
use crate::domain::user::Actor;
use crate::store::messages;

/// Changes a message. Runs that have started go on with the text that they started with.
///
/// # Errors
/// Not theirs.
pub async fn update_message(
    app: &App,
    actor: &Actor,
    id: Id,
    draft: MessageDraft,
) -> Result<(), ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let found = messages::get(c, may_view(&actor), id)?;
            let message = changeable(found, &actor, |message| message.owner_id)?;
            messages::update(c, message.id, &draft, now)?;
            note_operator(c, &actor, "update_message", id, now)
        })
        .await
}
