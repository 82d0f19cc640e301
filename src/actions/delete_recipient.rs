use super::{ActionError, changeable, note_operator};
use crate::app::App;
use crate::domain::Id;
use crate::domain::permission::may_view;
use crate::domain::user::Actor;
use crate::store::recipients;

/// Deletes a recipient from the list and from every mailing. What was sent to them stays in the
/// journal, and so does their having unsubscribed.
///
/// # Errors
/// Not theirs.
pub async fn delete_recipient(app: &App, actor: &Actor, id: Id) -> Result<(), ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            let found = recipients::get(c, may_view(&actor), id)?;
            let recipient = changeable(found, &actor, |recipient| recipient.owner_id)?;
            recipients::delete(c, &recipient)?;
            note_operator(c, &actor, "delete_recipient", id, now)
        })
        .await
}
