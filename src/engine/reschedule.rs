//! What is to be done when the clock has gone back: nothing must wait for a time that is far away only
//! because the clock was wrong when it was set.

use super::{Shared, post};
use crate::domain::Millis;
use crate::store::StoreError;
use crate::store::delivery::{outbox, upkeep};

/// Most deliveries that are moved in one transaction, which others wait for.
const BATCH: usize = 5_000;

/// Brings forward whatever waits longer than it would if it had been put off now.
pub(super) async fn reschedule(shared: &Shared, now: Millis) -> Result<(), StoreError> {
    let store = &shared.parts.store;
    let mut moved = 0;
    loop {
        let schedule = shared.parts.settings.retry.clone();
        let some = store
            .write(move |c| upkeep::reschedule(c, &schedule, now, BATCH))
            .await?;
        moved += some;
        if some == 0 {
            break;
        }
    }
    moved += store
        .write(move |c| outbox::reschedule(c, post::latest(now), now))
        .await?;
    if moved > 0 {
        tracing::warn!(
            moved,
            "the clock has gone back: what waited for its time comes sooner"
        );
    }
    Ok(())
}
