use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::target::Question;
use crate::actions::target::changeable;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::permission::may_view;
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::Phrase;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::content::messages;
use crate::store::db::versions::Versioned;
use crate::store::mailings;

/// Deletes a message that no mailing uses.
///
/// # Errors
/// Not theirs; or used, and then the refusal names the mailings.
pub async fn delete_message(
    app: &App,
    actor: &Actor,
    message: impl Into<Target>,
) -> Result<(), ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), message.into());
    app.store
        .write(move |c| {
            let id = target.id;
            let found = messages::get(c, may_view(&actor), id)?;
            let message = changeable(found, &actor, |message| message.owner_id)?;
            let used_by = mailings::of_message(c, id)?;
            if !used_by.is_empty() {
                let names: Vec<(Id, String)> = used_by
                    .iter()
                    .map(|mailing| (mailing.id, mailing.title().to_owned()))
                    .collect();
                return Err(ActionError::Refused(
                    Phrase::new("refused-message-in-use")
                        .with("count", message.mailings)
                        .with("mailings", names),
                ));
            }
            let text = Phrase::new("changed-delete-message");
            let question = Question::new(text, "changed-delete", "message", id);
            target.still(c, Versioned::Message, &question)?;
            let entry = Entry::about("delete_message", "message", id, &message.subject);
            audit::record(c, &actor, entry, now)?;
            Ok(messages::delete(c, &message)?)
        })
        .await
}
