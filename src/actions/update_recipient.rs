use super::{ActionError, changeable, note_operator};
use crate::app::App;
use crate::domain::Id;
use crate::domain::permission::may_view;
use crate::domain::phrase::Phrase;
use crate::domain::recipient::RecipientDraft;
use crate::domain::user::Actor;
use crate::store::recipients;

/// Changes a recipient. Deliveries of runs that have started keep the address as it was.
///
/// # Errors
/// Not theirs, or another of the owner's recipients has that address.
pub async fn update_recipient(
    app: &App,
    actor: &Actor,
    id: Id,
    draft: RecipientDraft,
) -> Result<(), ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let found = recipients::get(c, may_view(&actor), id)?;
            let recipient = changeable(found, &actor, |recipient| recipient.owner_id)?;
            if recipients::update(c, recipient.id, &draft, now)? {
                note_operator(c, &actor, "update_recipient", id, now)
            } else {
                Err(ActionError::field(
                    "email",
                    Phrase::new("error-recipient-exists"),
                ))
            }
        })
        .await
}
