use super::{ActionError, fill, note_operator};
use crate::app::App;
use crate::domain::Id;
use crate::domain::mailing::MailingDraft;
use crate::domain::permission::Scope;
use crate::domain::phrase::Phrase;
use crate::domain::selection::Selection;
use crate::domain::user::Actor;
use crate::store::{member_filling, messages};

/// Adds a mailing with those that `selection` means as its recipients, however long that takes.
///
/// # Errors
/// Under `message_id`: the message is not one of the owner's.
pub async fn create_mailing(
    app: &App,
    actor: &Actor,
    owner: Id,
    draft: MailingDraft,
    selection: Selection,
) -> Result<Id, ActionError> {
    let (id, _) = begin_mailing(app, actor, owner, draft, selection).await?;
    fill::fill(app, id).await?;
    Ok(id)
}

/// The same, without waiting: `false` says that the recipients are still to be put together
/// (`fill`), and that the mailing is not there before they are.
///
/// # Errors
/// As above.
pub async fn begin_mailing(
    app: &App,
    actor: &Actor,
    owner: Id,
    draft: MailingDraft,
    selection: Selection,
) -> Result<(Id, bool), ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    let begun = app
        .store
        .write(move |c| {
            owned_message(c, owner, draft.message_id)?;
            let id = member_filling::begin_new(c, owner, &draft, &selection, now)?;
            note_operator(c, &actor, "create_mailing", id, now)?;
            Ok::<_, ActionError>((id, member_filling::get(c, owner, id)?.is_none()))
        })
        .await?;
    app.bell.ring();
    Ok(begun)
}

/// A mailing sends its owner's own message; another's does not exist.
pub(super) fn owned_message(
    connection: &rusqlite::Connection,
    owner: Id,
    message: Id,
) -> Result<(), ActionError> {
    if messages::get(connection, Scope::Own(owner), message)?.is_none() {
        return Err(ActionError::field(
            "message_id",
            Phrase::new("error-message-missing"),
        ));
    }
    Ok(())
}
