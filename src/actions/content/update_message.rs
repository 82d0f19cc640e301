use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::target::Question;
use crate::actions::target::changeable;
use crate::app::App;
use crate::domain::accounts::permission::may_view;
use crate::domain::accounts::user::Actor;
use crate::domain::content::message::MessageDraft;
use crate::domain::phrase::Phrase;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::content::messages;
use crate::store::db::versions::Versioned;

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
            Ok(audit::record(c, &actor, entry, now)?)
        })
        .await
}
