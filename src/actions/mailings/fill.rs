use std::time::Duration;

use crate::actions::Target;
use crate::actions::error::ActionError;
use crate::actions::system::adopt::foreign;
use crate::actions::target::Question;
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::Phrase;
use crate::store::StoreError;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::db::versions::Versioned;
use crate::store::delivery::termination;
use crate::store::mailings::{member_filling, run_filling, runs};

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
    app.wakeup.wake();
    Ok(())
}

/// Between two pieces others write, in other processes, too.
const BREATH: Duration = Duration::from_millis(20);

/// Writes down what becomes of everybody in a run that was called off, for whoever has no engine that
/// does: what a dead engine left in flight, and what waits in a large one.
///
/// # Errors
/// The database's.
pub async fn bring_to_rest(app: &App, run: Id) -> Result<(), StoreError> {
    let found = app
        .store
        .read(move |c| runs::get(c, Scope::All, run))
        .await?;
    let is_in_flight = found.is_some_and(|run| run.counters.trying > 0);
    if is_in_flight && foreign(app).await.is_ok_and(|copied| copied.is_none()) {
        app.settle_left().await?;
    }
    loop {
        let now = app.clock.now();
        let more = app
            .store
            .write(move |c| {
                run_filling::fill(c, run, run_filling::PIECE, now)?;
                let is_unfilled = run_filling::unfilled(c)?.contains(&run);
                Ok::<_, StoreError>(termination::go_on(c, run, now)? || is_unfilled)
            })
            .await?;
        if !more {
            return Ok(());
        }
        tokio::time::sleep(BREATH).await;
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
pub async fn call_off_filling(
    app: &App,
    actor: &Actor,
    mailing: impl Into<Target>,
) -> Result<bool, ActionError> {
    let (now, actor, target) = (app.clock.now(), actor.clone(), mailing.into());
    let (mailing, owner) = (target.id, actor.user_id().ok_or(ActionError::NotFound)?);
    app.store
        .write(move |c| {
            let Some(filling) = member_filling::get(c, owner, mailing)? else {
                return Ok(false);
            };
            let text = Phrase::new("changed-call-off");
            let question = Question::new(text, "changed-call-off-button", "mailing", mailing);
            target.still(c, Versioned::Filling, &question)?;
            let entry = Entry::about("call_off_filling", "mailing", mailing, "");
            audit::record(c, &actor, entry, now)?;
            Ok(member_filling::call_off(c, &filling)?)
        })
        .await
}
