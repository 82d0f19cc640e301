use super::target::Question;
use super::{ActionError, Target, changeable, note};
use crate::app::App;
use crate::domain::message::MessageDraft;
use crate::domain::permission::may_view;
use crate::domain::phrase::Phrase;
use crate::domain::user::Actor;
use crate::store::audit::Entry;
use crate::store::messages;
use crate::store::versions::Versioned;

/// Changes a message. Runs that have started go on with the text that they started with.
///
/// # Errors
/// Not theirs.
pub async fn update_message(
    app: &App,
    actor: &Actor,
    message: impl Into<Target>,
    draft: MessageDraft,
) -> Result<(), ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), message.into());
    app.store
        .write(move |c| {
            let id = target.id;
            let found = messages::get(c, may_view(&actor), id)?;
            let message = changeable(found, &actor, |message| message.owner_id)?;
            let text = Phrase::new("changed-save");
            let question = Question::new(text, "save-anyway", "message", id);
            target.still(c, Versioned::Message, &question)?;
            messages::update(c, message.id, &draft, now)?;
            let entry = Entry::about("update_message", "message", id, &draft.subject);
            note(c, &actor, entry, now)
        })
        .await
}
