use rand::RngExt as _;

use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::{Id, Millis};
use crate::store::delivery::bulk;

/// Adds many recipients at once to an owner's list, for the demo.
///
/// # Errors
/// The database's.
pub async fn add_demo_recipients(
    app: &App,
    owner: Id,
    drafts: impl Iterator<Item = RecipientDraft> + Send + 'static,
) -> Result<i64, ActionError> {
    let now = app.clock.now();
    app.store
        .write(move |c| Ok(bulk::recipients(c, owner, drafts, now)?))
        .await
}

/// Adds a run of the demo's past to a mailing, with an attempt for each of its first `limit`
/// recipients.
///
/// # Errors
/// The database's.
pub async fn add_demo_run(
    app: &App,
    mailing: Id,
    limit: i64,
    started_at: Millis,
) -> Result<i64, ActionError> {
    let token = format!("{:032x}", rand::rng().random::<u128>());
    app.store
        .write(move |c| Ok(bulk::run(c, mailing, limit, &token, started_at)?))
        .await
}
