use crate::actions::NewFor;
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::content::message::MessageDraft;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::content::messages;

/// Adds a message to an owner's.
///
/// # Errors
/// The database's.
pub async fn create_message(
    app: &App,
    actor: &Actor,
    owner: impl Into<NewFor>,
    draft: MessageDraft,
) -> Result<Id, ActionError> {
    let (now, actor, new) = (app.clock.now(), actor.clone(), owner.into());
    app.store
        .write(move |c| {
            let is_there = |id| Ok(messages::get(c, Scope::Own(new.owner), id)?.is_some());
            if let Some(id) = new.made(c, &draft, is_there)? {
                return Ok(id);
            }
            let id = messages::insert(c, new.owner, &draft, now)?;
            new.remember(c, &draft, id, now)?;
            audit::record(c, &actor, entry(id, &draft), now)?;
            Ok(id)
        })
        .await
}

fn entry(id: Id, draft: &MessageDraft) -> Entry<'_> {
    Entry::about("create_message", "message", id, &draft.subject)
}
