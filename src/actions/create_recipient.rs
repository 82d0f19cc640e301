use super::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::phrase::Phrase;
use crate::domain::recipient::RecipientDraft;
use crate::store::recipients;

/// Adds a recipient to an owner's.
///
/// # Errors
/// Another of the owner's recipients has that address.
pub async fn create_recipient(
    app: &App,
    owner: Id,
    draft: RecipientDraft,
) -> Result<Id, ActionError> {
    let now = app.clock.now();
    app.store
        .write(move |c| {
            recipients::insert(c, owner, &draft, now)?
                .ok_or_else(|| ActionError::field("email", Phrase::new("error-recipient-exists")))
        })
        .await
}
