use crate::actions::NewFor;
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::phrase::Phrase;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::audience::recipients;

/// Adds a recipient to an owner's.
///
/// # Errors
/// Another of the owner's recipients has that address.
pub async fn create_recipient(
    app: &App,
    actor: &Actor,
    owner: impl Into<NewFor>,
    draft: RecipientDraft,
) -> Result<Id, ActionError> {
    let (now, actor, new) = (app.clock.now(), actor.clone(), owner.into());
    app.store
        .write(move |c| {
            let is_there = |id| Ok(recipients::get(c, Scope::Own(new.owner), id)?.is_some());
            if let Some(id) = new.made(c, &draft, is_there)? {
                return Ok(id);
            }
            let id = recipients::insert(c, new.owner, &draft, now)?.ok_or_else(|| {
                ActionError::field("email", Phrase::new("error-recipient-exists"))
            })?;
            new.remember(c, &draft, id, now)?;
            let entry = Entry::about("create_recipient", "recipient", id, "");
            audit::record(c, &actor, entry, now)?;
            Ok(id)
        })
        .await
}
