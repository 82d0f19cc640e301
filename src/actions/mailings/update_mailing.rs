use super::create_mailing::{owned_message, refuse_nobody};
use super::fill;
use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::target::Question;
use crate::actions::target::changeable;
use crate::app::App;
use crate::domain::accounts::permission::may_view;
use crate::domain::accounts::user::Actor;
use crate::domain::mailings::mailing::MailingDraft;
use crate::domain::mailings::selection::Selection;
use crate::domain::phrase::Phrase;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::db::versions::Versioned;
use crate::store::mailings;
use crate::store::mailings::{member_filling, run_filling};

/// Changes a mailing, however long that takes. A run that has started keeps its message and its
/// recipients; the end counts for it as well.
///
/// # Errors
/// Not theirs, the message is not the owner's, a search comes to nobody, a large run is still being put together, or its own
/// recipients are.
pub async fn update_mailing(
    app: &App,
    actor: &Actor,
    mailing: impl Into<Target>,
    draft: MailingDraft,
    selection: Selection,
) -> Result<(), ActionError> {
    let target = mailing.into();
    let id = target.id;
    begin_update(app, actor, target, draft, selection).await?;
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
    mailing: impl Into<Target>,
    draft: MailingDraft,
    selection: Selection,
) -> Result<bool, ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), mailing.into());
    let (scope, id) = (may_view(&actor), target.id);
    let found = app.store.read(move |c| mailings::get(c, scope, id)).await?;
    let owner = changeable(found, &actor, |mailing| mailing.owner_id)?.owner_id;
    refuse_nobody(app, owner, Some(id), &selection).await?;
    let is_complete = app
        .store
        .write(move |c| {
            let id = target.id;
            let found = mailings::get(c, may_view(&actor), id)?;
            let mailing = changeable(found, &actor, |mailing| mailing.owner_id)?;
            if run_filling::is_filling(c, id)? {
                return Err(ActionError::Refused(Phrase::new("refused-run-filling")));
            }
            owned_message(c, mailing.owner_id, draft.message_id)?;
            if member_filling::get(c, mailing.owner_id, id)?.is_some() {
                return Err(ActionError::Refused(Phrase::new("refused-filling")));
            }
            let text = Phrase::new("changed-save");
            let question = Question::new(text, "save-anyway", "mailing", id);
            target.still(c, Versioned::Mailing, &question)?;
            member_filling::begin_change(c, &mailing, &draft, &selection, now)?;
            let title = match draft.title.as_str() {
                "" => mailing.title(),
                title => title,
            };
            audit::record(
                c,
                &actor,
                Entry::about("update_mailing", "mailing", id, title),
                now,
            )?;
            Ok::<_, ActionError>(member_filling::get(c, mailing.owner_id, id)?.is_none())
        })
        .await?;
    app.wakeup.wake();
    Ok(is_complete)
}
