use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::accounts::user::{Actor, Language};
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::users;

/// Remembers a user's language.
///
/// # Errors
/// Not a person, or the database's.
pub async fn set_language(app: &App, actor: &Actor, language: Language) -> Result<(), ActionError> {
    let id = actor.user_id().ok_or(ActionError::Forbidden)?;
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            users::set_language(c, id, language)?;
            let user = users::by_id(c, id)?.ok_or(ActionError::NotFound)?;
            let entry = Entry::of_user("set_language", id, &user.email);
            Ok(audit::record(
                c,
                &actor,
                entry.with(language.own_name()),
                now,
            )?)
        })
        .await
}
