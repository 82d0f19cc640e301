use rand::RngExt as _;

use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::Millis;
use crate::domain::accounts::permission::may_oversee;
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::Phrase;
use crate::store::StoreError;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::delivery::upkeep;
use crate::store::delivery::upkeep::SetAside;
use crate::store::system::installation;
use crate::store::system::installation::Foreign;

/// A letter that could not be handed over for this long would have been given up.
const LETTERS: Millis = 24 * 3_600_000;

/// Why nothing is sent from this database here: it is a copy, or an older state of it. `None`: it
/// is this installation's own.
///
/// # Errors
/// The database's.
pub async fn foreign(app: &App) -> Result<Option<Foreign>, StoreError> {
    let location = app.store.location();
    app.store
        .read(move |c| installation::foreign(c, &location))
        .await
}

/// Refuses to send from a database that is not this installation's.
pub(in crate::actions) async fn refuse_foreign(app: &App) -> Result<(), ActionError> {
    match foreign(app).await? {
        None => Ok(()),
        Some(_) => Err(ActionError::Refused(Phrase::new("refused-foreign"))),
    }
}

/// Makes a copied or restored database this installation's. What it may have in common with its
/// original is set aside: runs are paused, starts that are due do not happen by themselves. `None`:
/// it was this installation's already, and nothing has changed.
///
/// # Errors
/// Not a manager.
pub async fn adopt(app: &App, actor: &Actor) -> Result<Option<SetAside>, ActionError> {
    if !may_oversee(actor) {
        return Err(ActionError::NotFound);
    }
    let (now, actor) = (app.clock.now(), actor.clone());
    let token = installation::token(rand::rng().random());
    let location = app.store.location();
    let set_aside = app
        .store
        .write(move |c| {
            if installation::foreign(c, &location)?.is_none() {
                return Ok(None);
            }
            let set_aside = upkeep::set_aside(c, now - LETTERS, now)?;
            installation::take_over(c, &token)?;
            let phrase = Phrase::new("audit-detail-adopt")
                .with("runs", set_aside.runs)
                .with("starts", set_aside.starts);
            let detail = audit::detail(&phrase);
            let entry = Entry::of_nobody("adopt", "").with(&detail);
            audit::record(c, &actor, entry, now)?;
            Ok::<_, ActionError>(Some(set_aside))
        })
        .await?;
    if set_aside.is_none() {
        return Ok(None);
    }
    // Whoever is interrupted before this does it once more: it still is not theirs.
    let location = app.store.location();
    let done = app.store.read(installation::progress).await?;
    app.store
        .write(move |c| installation::confirm(c, &location, done))
        .await?;
    app.wakeup.wake();
    Ok(set_aside)
}
