use super::create_mailing::owned_message;
use super::{ActionError, changeable, fill, note_operator};
use crate::app::App;
use crate::domain::Id;
use crate::domain::mailing::MailingDraft;
use crate::domain::permission::may_view;
use crate::domain::phrase::Phrase;
use crate::domain::selection::Selection;
use crate::domain::user::Actor;
use crate::store::{mailings, member_filling, run_filling};

/// Changes a mailing, however long that takes. A run that has started keeps its message and its
/// recipients; the end counts for it as well.
///
/// # Errors
/// Not theirs, the message is not the owner's, a large run is still being put together, or its own
/// recipients are.
pub async fn update_mailing(
    app: &App,
    actor: &Actor,
    id: Id,
    draft: MailingDraft,
    selection: Selection,
) -> Result<(), ActionError> {
    begin_update(app, actor, id, draft, selection).await?;
    Ok(fill::fill(app, id).await?)
}

/// The same, without waiting: `false` says that the recipients are still to be put together
/// (`fill`), and that the mailing has those of before until they are.
///
/// # Errors
/// As above.
pub async fn begin_update(
    app: &App,
    actor: &Actor,
    id: Id,
    draft: MailingDraft,
    selection: Selection,
) -> Result<bool, ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    let is_complete = app
        .store
        .write(move |c| {
            let found = mailings::get(c, may_view(&actor), id)?;
            let mailing = changeable(found, &actor, |mailing| mailing.owner_id)?;
            if run_filling::is_filling(c, id)? {
                return Err(ActionError::Refused(Phrase::new("refused-run-filling")));
            }
            owned_message(c, mailing.owner_id, draft.message_id)?;
            if member_filling::get(c, mailing.owner_id, id)?.is_some() {
                return Err(ActionError::Refused(Phrase::new("refused-filling")));
            }
            member_filling::begin_change(c, &mailing, &draft, &selection, now)?;
            note_operator(c, &actor, "update_mailing", id, now)?;
            Ok::<_, ActionError>(member_filling::get(c, mailing.owner_id, id)?.is_none())
        })
        .await?;
    app.bell.ring();
    Ok(is_complete)
}
