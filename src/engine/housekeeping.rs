//! What the engine looks after between mails: time, managers, other processes, and its own queue.

use super::{Shared, reschedule};
use crate::domain::Id;
use crate::domain::content::message;
use crate::domain::mailings::run::PauseReason;
use crate::failpoint;
use crate::store::StoreError;
use crate::store::delivery::deliveries::RunSnapshot;
use crate::store::delivery::{deliveries, outbox, pauses, termination, throttles, upkeep};
use crate::store::mailings::run_filling;
use crate::transport::local;

/// Ends what has expired, pauses what was switched off, tells owners of pauses that nobody asked for,
/// fills the queue, and wakes the post.
pub(super) async fn keep_house(shared: &Shared) -> Result<(), StoreError> {
    let store = &shared.parts.store;
    if store.trouble().is_some() {
        store.probe().await?;
    }
    // Both at once: what passes between them looks like a leap.
    let (now, steady) = (shared.parts.clock.now(), shared.parts.clock.steady());
    let seen = &shared.parts.clock_jumps;
    let in_doubt = seen.is_in_doubt(now, steady);
    if seen.take_step_back()
        && let Err(error) = reschedule::reschedule(shared, now).await
    {
        seen.keep_step_back();
        return Err(error);
    }
    let captured = shared.parts.captures();
    let (needs_sweep, needs_transport, needs_telling, has_post) = store
        .read(move |c| {
            Ok::<_, StoreError>((
                upkeep::needs_sweep(c, now)?,
                upkeep::needs_transport(c, captured)?,
                pauses::needs_telling(c)?,
                outbox::is_due(c, now)?,
            ))
        })
        .await?;
    if needs_telling {
        let service = shared.parts.settings.language;
        store.write(move |c| pauses::tell(c, service, now)).await?;
        shared.post.notify_one();
    }
    if needs_transport {
        let detail = local::text(local::OTHER_TRANSPORT, "");
        store
            .write(move |c| upkeep::bind_transport(c, captured, &detail))
            .await?;
    }
    if has_post {
        shared.post.notify_one();
    }
    // What has expired stays so: not on the word of a clock that may come back.
    if needs_sweep && !in_doubt {
        if store.write(move |c| upkeep::sweep(c, now)).await? {
            shared.parts.wakeup.wake();
        }
        failpoint::hit("swept");
    }
    for run in store.read(termination::left).await? {
        if store
            .write(move |c| termination::go_on(c, run, now))
            .await?
        {
            shared.parts.wakeup.wake();
        }
    }
    for run in store.read(run_filling::unfilled).await? {
        store
            .write(move |c| run_filling::fill(c, run, run_filling::PIECE, now))
            .await?;
        // The next piece follows as soon as everybody else has had their turn.
        shared.parts.wakeup.wake();
    }
    keep_throttles(shared).await?;
    let mut sendable = store
        .read(move |c| deliveries::sendable_runs(c, now))
        .await?;
    if shared.parts.composer.base_url.is_empty() {
        sendable = without_linked(shared, sendable).await?;
    }
    shared.queue.set_runs(sendable);
    for request in shared.queue.requests() {
        let rows = store
            .read(move |c| deliveries::due(c, request.run, now, request.after, request.limit))
            .await?;
        shared.queue.fill(request, rows);
        failpoint::hit("feed-filled");
    }
    Ok(())
}

/// Pauses the runs whose mails need an unsubscribe link, which cannot be made without a base URL: they
/// were started when there was one. Returns the others.
async fn without_linked(
    shared: &Shared,
    sendable: Vec<RunSnapshot>,
) -> Result<Vec<RunSnapshot>, StoreError> {
    let (linked, others): (Vec<_>, Vec<_>) = sendable.into_iter().partition(|run| {
        !shared.queue.has(run.run_id) && message::needs_link(&run.subject, &run.body)
    });
    if linked.is_empty() {
        return Ok(others);
    }
    let runs: Vec<Id> = linked.iter().map(|run| run.run_id).collect();
    tracing::warn!(
        ?runs,
        "paused: the message has an unsubscribe link, and base_url is not set"
    );
    shared
        .parts
        .store
        .write(move |c| {
            for run in &runs {
                upkeep::pause_run(c, *run, PauseReason::BaseUrl, "")?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    // Their owners are to hear of it.
    shared.parts.wakeup.wake();
    Ok(others)
}

/// Writes down what the throttles have counted and learnt since the last time.
pub(super) async fn keep_throttles(shared: &Shared) -> Result<(), StoreError> {
    let now = shared.parts.clock.now();
    let changes = shared.throttle.changes(now);
    if changes.is_empty() {
        return Ok(());
    }
    shared
        .parts
        .store
        .write(move |c| throttles::put(c, &changes, now))
        .await
}
