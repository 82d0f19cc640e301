use super::{ActionError, note_operator};
use crate::app::App;
use crate::domain::Id;
use crate::domain::phrase::Phrase;
use crate::domain::recipient::RecipientDraft;
use crate::domain::user::Actor;
use crate::store::recipients;

/// Adds a recipient to an owner's.
///
/// # Errors
/// Another of the owner's recipients has that address.
pub async fn create_recipient(
    app: &App,
    actor: &Actor,
    owner: Id,
    draft: RecipientDraft,
) -> Result<Id, ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let id = recipients::insert(c, owner, &draft, now)?.ok_or_else(|| {
                ActionError::field("email", Phrase::new("error-recipient-exists"))
            })?;
            note_operator(c, &actor, "create_recipient", id, now)?;
            Ok(id)
        })
        .await
}
