use super::ActionError;
use crate::app::App;
use crate::domain::user::{Actor, Language};
use crate::store::users;

/// Remembers a user's language.
///
/// # Errors
/// Not a person, or the database's.
pub async fn set_language(app: &App, actor: &Actor, language: Language) -> Result<(), ActionError> {
    let id = actor.user_id().ok_or(ActionError::Forbidden)?;
    app.store
        .write(move |c| Ok(users::set_language(c, id, language)?))
        .await
}
