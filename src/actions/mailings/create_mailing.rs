use super::fill;
use crate::actions::NewFor;
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::mailings::mailing::MailingDraft;
use crate::domain::mailings::selection::Selection;
use crate::domain::phrase::Phrase;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::content::messages;
use crate::store::mailings::selections::Fruitless;
use crate::store::mailings::{member_filling, selections};
use crate::store::{StoreError, mailings};

/// Adds a mailing with those that `selection` means as its recipients, however long that takes.
///
/// # Errors
/// Under `message_id`: the message is not one of the owner's. Under `recipients`: a search that
/// comes to nobody.
pub async fn create_mailing(
    app: &App,
    actor: &Actor,
    owner: impl Into<NewFor>,
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
    owner: impl Into<NewFor>,
    draft: MailingDraft,
    selection: Selection,
) -> Result<(Id, bool), ActionError> {
    let (now, actor, new) = (app.clock.now(), actor.clone(), owner.into());
    refuse_nobody(app, new.owner, None, &selection).await?;
    let begun = app
        .store
        .write(move |c| {
            let owner = new.owner;
            let content = (&draft, &selection);
            // One that is still being put together is not there yet, and is the same.
            let is_there = |id| {
                Ok(mailings::get(c, Scope::Own(owner), id)?.is_some()
                    || member_filling::get(c, owner, id)?.is_some())
            };
            if let Some(id) = new.made(c, &content, is_there)? {
                return Ok((id, member_filling::get(c, owner, id)?.is_none()));
            }
            owned_message(c, owner, draft.message_id)?;
            let id = member_filling::begin_new(c, owner, &draft, &selection, now)?;
            new.remember(c, &content, id, now)?;
            let entry = Entry::about("create_mailing", "mailing", id, &draft.title);
            audit::record(c, &actor, entry, now)?;
            Ok::<_, ActionError>((id, member_filling::get(c, owner, id)?.is_none()))
        })
        .await?;
    app.wakeup.wake();
    Ok(begun)
}

/// Refuses a choice with a search that finds nobody, or all of whose finds are left out: a slip in its
/// words would make a mailing to nobody, or change nothing. Whoever wants nobody does not search;
/// everybody may be nobody yet. The right to change the mailing is checked before this.
pub(in crate::actions) async fn refuse_nobody(
    app: &App,
    owner: Id,
    mailing: Option<Id>,
    selection: &Selection,
) -> Result<(), ActionError> {
    let asked = selection.clone();
    let look = move |c: &rusqlite::Connection| selections::fruitless(c, owner, mailing, &asked);
    let nobody = match app.store.read(look).await {
        // Where looking takes too long there is much to look at: putting them together will tell.
        Ok(None) | Err(StoreError::TooSlow) => return Ok(()),
        Ok(Some(Fruitless::LeftOut)) => Phrase::new("error-nobody-chosen"),
        Ok(Some(Fruitless::Search(words))) => {
            Phrase::new("error-search-finds-nobody").with("words", words)
        }
        Err(error) => return Err(error.into()),
    };
    Err(ActionError::field("recipients", nobody))
}

/// A mailing sends its owner's own message; another's does not exist.
pub(in crate::actions) fn owned_message(
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
