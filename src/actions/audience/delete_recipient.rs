use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::target::Question;
use crate::actions::target::changeable;
use crate::app::App;
use crate::domain::accounts::permission::may_view;
use crate::domain::accounts::user::Actor;
use crate::domain::{Id, phrase::Phrase};
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::audience::recipients;
use crate::store::db::versions::Versioned;
use crate::store::delivery::waiting;

/// Deletes a recipient from the list and from every mailing, those included that are being sent or
/// are paused. What was sent to them stays in the journal, and so does their having unsubscribed.
///
/// # Errors
/// Not theirs.
pub async fn delete_recipient(
    app: &App,
    actor: &Actor,
    recipient: impl Into<Target>,
) -> Result<(), ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), recipient.into());
    app.store
        .write(move |c| {
            let id = target.id;
            let found = recipients::get(c, may_view(&actor), id)?;
            let recipient = changeable(found, &actor, |recipient| recipient.owner_id)?;
            target.still(c, Versioned::Recipient, &question(id))?;
            let entry = Entry::about("delete_recipient", "recipient", id, "");
            audit::record(c, &actor, entry, now)?;
            Ok(waiting::delete_recipient(c, &recipient, now)?)
        })
        .await
}

const fn question(id: Id) -> Question {
    let text = Phrase::new("changed-delete-recipient");
    Question::new(text, "changed-delete", "recipient", id)
}
