//! That the engine sends only from the database of its own installation (`store::installation`).

use std::time::Duration;

use rand::RngExt as _;

use super::shared::Shared;
use crate::recurring::Recurring;
use crate::store::StoreError;
use crate::store::system::installation;
use crate::store::system::installation::Progress;

/// How often a process that stands by tries to get the lock.
pub(super) const STAND_BY: Duration = Duration::from_millis(250);

/// How often what has been done is noted beside the database.
const NOTE: Duration = Duration::from_secs(1);

/// Waits until the database belongs to this installation, then renews what they have in common.
/// `false` when stopping.
pub(super) async fn enter(shared: &Shared) -> bool {
    let waiting = Recurring::new();
    loop {
        match try_enter(shared).await {
            Ok(true) => {
                if let Some(times) = waiting.is_over() {
                    tracing::info!(times, "the engine may send from this database");
                }
                return true;
            }
            Ok(false) => {
                if let Some(times) = waiting.is_so("foreign") {
                    tracing::warn!(
                        times,
                        "the database was copied or restored; nothing is sent until it is adopted"
                    );
                }
            }
            Err(error) => {
                if let Some(times) = waiting.is_so(&error.kind()) {
                    tracing::error!(%error, times, "nothing is sent until the database can be used");
                }
            }
        }
        tokio::select! {
            () = shared.stopped() => return false,
            () = shared.parts.wakeup.woken() => {}
            () = tokio::time::sleep(STAND_BY) => {}
        }
    }
}

async fn try_enter(shared: &Shared) -> Result<bool, StoreError> {
    let store = &shared.parts.store;
    let location = store.location();
    let foreign = store.read(move |c| installation::foreign(c, &location));
    if foreign.await?.is_some() {
        return Ok(false);
    }
    renew(shared).await?;
    Ok(true)
}

async fn renew(shared: &Shared) -> Result<(), StoreError> {
    let store = &shared.parts.store;
    let token = installation::token(rand::rng().random());
    let location = store.location();
    // Committed, unlike what a shared transaction sees.
    let done = store.read(installation::progress).await?;
    store
        .write(move |c| installation::announce(c, &location, &token, done))
        .await?;
    let location = store.location();
    store
        .write(move |c| installation::confirm(c, &location, done))
        .await
}

/// Renews it once more at an orderly end: a backup of the time in between agrees no longer.
pub(super) async fn leave(shared: &Shared) {
    if let Err(error) = renew(shared).await {
        tracing::warn!(%error, "the end could not be noted beside the database");
    }
}

/// Notes beside the database what has been done, until told to stop.
pub(super) async fn keep_note(shared: std::sync::Arc<Shared>) {
    let mut noted = None;
    loop {
        match note(&shared, noted).await {
            Ok(progress) => noted = Some(progress),
            Err(error) => tracing::debug!(%error, "not noted beside the database"),
        }
        tokio::select! {
            () = shared.stopped() => return,
            () = tokio::time::sleep(NOTE) => {}
        }
    }
}

async fn note(shared: &Shared, noted: Option<Progress>) -> Result<Progress, StoreError> {
    let location = shared.parts.store.location();
    let look = move |c: &rusqlite::Connection| {
        let progress = installation::progress(c)?;
        if noted != Some(progress) || installation::is_alone(&location) {
            installation::confirm(c, &location, progress)?;
        }
        Ok(progress)
    };
    shared.parts.store.read(look).await
}
