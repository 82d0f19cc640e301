use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::token::Token;
use crate::domain::accounts::user::Actor;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::sessions;

/// Ends the session that a browser's token stands for, at once.
///
/// # Errors
/// The database's.
pub async fn sign_out(app: &App, actor: &Actor, token: &Token) -> Result<(), ActionError> {
    let (hash, now, actor) = (token.hash(), app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            if sessions::delete(c, &hash)?.is_some() && actor.user_id().is_some() {
                audit::record(c, &actor, Entry::of_nobody("sign_out", ""), now)?;
            }
            Ok(())
        })
        .await
}

/// Ends one of one's own sessions.
///
/// # Errors
/// There is none of that number.
pub async fn end_session(app: &App, actor: &Actor, session: Id) -> Result<(), ActionError> {
    let user = actor.user_id().ok_or(ActionError::NotFound)?;
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            if !sessions::delete_one(c, user, session)? {
                return Err(ActionError::NotFound);
            }
            Ok(audit::record(
                c,
                &actor,
                Entry::of_nobody("end_session", ""),
                now,
            )?)
        })
        .await
}

/// Ends all of one's own sessions, this one included.
///
/// # Errors
/// The database's.
pub async fn sign_out_everywhere(app: &App, actor: &Actor) -> Result<(), ActionError> {
    let user = actor.user_id().ok_or(ActionError::NotFound)?;
    let (now, actor) = (app.clock.now(), actor.clone());
    app.store
        .write(move |c| {
            sessions::delete_all(c, user)?;
            Ok(audit::record(
                c,
                &actor,
                Entry::of_nobody("sign_out_everywhere", ""),
                now,
            )?)
        })
        .await
}
