use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::target::Question;
use crate::actions::target::changeable;
use crate::app::App;
use crate::domain::accounts::permission::may_view;
use crate::domain::accounts::user::Actor;
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::phrase::Phrase;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::audience::recipients;
use crate::store::db::versions::Versioned;
use crate::store::delivery::waiting;

/// Changes a recipient. What waits for them, also in runs that have started, goes to the new address;
/// what was sent keeps the old one in the journal.
///
/// # Errors
/// Not theirs, or another of the owner's recipients has that address.
pub async fn update_recipient(
    app: &App,
    actor: &Actor,
    recipient: impl Into<Target>,
    draft: RecipientDraft,
) -> Result<(), ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), recipient.into());
    app.store
        .write(move |c| {
            let id = target.id;
            let found = recipients::get(c, may_view(&actor), id)?;
            let recipient = changeable(found, &actor, |recipient| recipient.owner_id)?;
            let text = Phrase::new("changed-save");
            let question = Question::new(text, "save-anyway", "recipient", id);
            target.still(c, Versioned::Recipient, &question)?;
            if waiting::update_recipient(c, recipient.id, &draft, now)? {
                let entry = Entry::about("update_recipient", "recipient", id, "");
                Ok(audit::record(c, &actor, entry, now)?)
            } else {
                Err(ActionError::field(
                    "email",
                    Phrase::new("error-recipient-exists"),
                ))
            }
        })
        .await
}
