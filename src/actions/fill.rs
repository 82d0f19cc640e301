use super::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::user::Actor;
use crate::store::{StoreError, member_filling, over, run_filling};

/// Puts a mailing's recipients together, piece by piece, until nothing is left to do. Others write
/// in between. Whoever stops in the middle, or dies, has lost nothing: the next one goes on.
///
/// # Errors
/// The database's.
pub async fn fill(app: &App, mailing: Id) -> Result<(), StoreError> {
    while app
        .store
        .write(move |c| member_filling::step(c, mailing))
        .await?
    {}
    app.bell.ring();
    Ok(())
}

/// Writes down what becomes of everybody in a large run that was called off, for whoever has no
/// engine that does.
///
/// # Errors
/// The database's.
pub async fn bring_to_rest(app: &App, run: Id) -> Result<(), StoreError> {
    loop {
        let now = app.clock.now();
        let (unfilled, waits) = app
            .store
            .read(move |c| {
                let unfilled = run_filling::unfilled(c)?.contains(&run);
                Ok::<_, StoreError>((unfilled, over::left(c)?.contains(&run)))
            })
            .await?;
        if !unfilled && !waits {
            return Ok(());
        }
        app.store
            .write(move |c| {
                run_filling::fill(c, run, run_filling::PIECE, now)?;
                over::go_on(c, run, now)
            })
            .await?;
    }
}

/// Goes on with what a process before this one has left.
///
/// # Errors
/// The database's.
pub async fn resume_fillings(app: &App) -> Result<(), StoreError> {
    for mailing in app.store.read(member_filling::unfinished).await? {
        fill(app, mailing).await?;
    }
    Ok(())
}

/// Calls off putting a mailing's recipients together: a new mailing is gone, a changed one has
/// those of before. `false` where it had come to its end already. What was put together is still to
/// be put away (`fill`).
///
/// # Errors
/// Not theirs, or there is no such mailing.
pub async fn call_off_filling(app: &App, actor: &Actor, mailing: Id) -> Result<bool, ActionError> {
    let owner = actor.user_id().ok_or(ActionError::NotFound)?;
    app.store
        .write(move |c| {
            let Some(filling) = member_filling::get(c, owner, mailing)? else {
                return Ok(false);
            };
            Ok(member_filling::call_off(c, &filling)?)
        })
        .await
}
