use super::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::message::MessageDraft;
use crate::store::messages;

/// Adds a message to an owner's.
///
/// # Errors
/// The database's.
pub async fn create_message(app: &App, owner: Id, draft: MessageDraft) -> Result<Id, ActionError> {
    let now = app.clock.now();
    app.store
        .write(move |c| Ok(messages::insert(c, owner, &draft, now)?))
        .await
}
