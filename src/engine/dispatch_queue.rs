//! What is to be sent next: a short buffer of due deliveries for every active run, taken from in
//! turn, so that no run holds up another and memory does not grow with their length.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::compose::Pattern;
use crate::domain::{Id, Millis};
use crate::store::delivery::deliveries::{DueDelivery, RunSnapshot};

/// Deliveries read for a run at once.
const BATCH: usize = 1_000;
/// When a run's buffer is this short, more are read.
const LOW: usize = 300;
/// A buffer whose domains are all throttled grows up to this, to find others behind them.
const LONGEST: usize = 3_000;

/// A delivery to try, and the pattern of its run's mails.
pub(super) struct Job {
    pub(super) pattern: Arc<Pattern>,
    pub(super) delivery: DueDelivery,
}

/// A wish for more deliveries of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub(super) run: Id,
    /// The last one read: (due at, id). `None`: from the front.
    pub(super) after: Option<(Millis, Id)>,
    pub(super) limit: usize,
}

struct RunFeed {
    run: Id,
    pattern: Arc<Pattern>,
    buffer: VecDeque<DueDelivery>,
    after: Option<(Millis, Id)>,
    /// Taken and not yet settled.
    taken: usize,
    /// Nothing in the buffer may be sent now; what is behind it may.
    stuck: bool,
}

/// What there is to take.
pub(super) enum Taken {
    Job(Job),
    /// Nothing before this has passed: throttles are in the way.
    Wait(Duration),
    Nothing,
}

#[derive(Default)]
struct Inner {
    /// The front is the next to be taken from.
    runs: VecDeque<RunFeed>,
    /// Buffered or being tried: not to be read again.
    in_hand: HashSet<Id>,
}

#[derive(Default)]
pub(super) struct DispatchQueue {
    inner: Mutex<Inner>,
    more: Notify,
    low: Notify,
}

impl DispatchQueue {
    /// Which runs may be sent from now; those that may no longer be are dropped, buffer and all.
    pub(super) fn set_runs(&self, sendable: Vec<RunSnapshot>) {
        let mut inner = self.inner.lock();
        let Inner { runs, in_hand } = &mut *inner;
        runs.retain(|queue| {
            let keep = sendable.iter().any(|run| run.run_id == queue.run);
            if !keep {
                for delivery in &queue.buffer {
                    in_hand.remove(&delivery.id);
                }
            }
            keep
        });
        for snapshot in sendable {
            match runs.iter_mut().find(|queue| queue.run == snapshot.run_id) {
                Some(queue) if queue.pattern.names_owner_of(&snapshot) => {}
                Some(queue) => queue.pattern = Arc::new(Pattern::new(snapshot)),
                None => runs.push_back(RunFeed {
                    run: snapshot.run_id,
                    pattern: Arc::new(Pattern::new(snapshot)),
                    buffer: VecDeque::new(),
                    after: None,
                    taken: 0,
                    stuck: false,
                }),
            }
        }
    }

    /// Whether a run is among those that are being sent.
    pub(super) fn has(&self, run: Id) -> bool {
        self.inner.lock().runs.iter().any(|queue| queue.run == run)
    }

    /// What to read from the database.
    pub(super) fn requests(&self) -> Vec<Request> {
        let mut inner = self.inner.lock();
        let Inner { runs, in_hand } = &mut *inner;
        // A buffer that is full of what is held back would hide everybody else behind it. What is
        // dropped is found again when the reading begins from the front.
        for queue in runs.iter_mut() {
            if queue.stuck && queue.buffer.len() >= LONGEST {
                for delivery in queue.buffer.drain(..) {
                    in_hand.remove(&delivery.id);
                }
            }
        }
        inner
            .runs
            .iter()
            .filter(|queue| queue.stuck || queue.buffer.len() < LOW)
            .map(|queue| Request {
                run: queue.run,
                after: queue.after,
                limit: BATCH + inner.in_hand.len().min(BATCH),
            })
            .collect()
    }

    /// Takes in what was read.
    pub(super) fn fill(&self, request: Request, rows: Vec<DueDelivery>) {
        let mut inner = self.inner.lock();
        let Inner { runs, in_hand } = &mut *inner;
        let Some(queue) = runs.iter_mut().find(|queue| queue.run == request.run) else {
            return;
        };
        // At the end: look from the front again next time, for what came due behind us.
        queue.after = rows.last().map(|row| (row.due_at, row.id));
        queue.stuck = false;
        for row in rows {
            if in_hand.insert(row.id) {
                queue.buffer.push_back(row);
            }
        }
        drop(inner);
        self.more.notify_waiters();
    }

    /// The next delivery that `pause` does not hold back, of the run that has the fewest in flight:
    /// a run whose mails are slow takes no more connections than its share.
    pub(super) fn take(&self, pause: impl Fn(&DueDelivery) -> Option<Duration>) -> Taken {
        let mut inner = self.inner.lock();
        let mut order: Vec<usize> = (0..inner.runs.len()).collect();
        order.sort_by_key(|index| inner.runs[*index].taken);
        let mut shortest: Option<Duration> = None;
        for index in order {
            let queue = &mut inner.runs[index];
            let mut found = None;
            for (place, delivery) in queue.buffer.iter().enumerate() {
                match pause(delivery) {
                    None => {
                        found = Some(place);
                        break;
                    }
                    Some(pause) => shortest = Some(shortest.map_or(pause, |it| it.min(pause))),
                }
            }
            let Some(delivery) = found.and_then(|place| queue.buffer.remove(place)) else {
                queue.stuck = !queue.buffer.is_empty();
                continue;
            };
            queue.taken += 1;
            let is_low = queue.buffer.len() < LOW;
            let pattern = Arc::clone(&queue.pattern);
            // Among equals, others first next time.
            if let Some(queue) = inner.runs.remove(index) {
                inner.runs.push_back(queue);
            }
            drop(inner);
            if is_low {
                self.low.notify_one();
            }
            return Taken::Job(Job { pattern, delivery });
        }
        shortest.map_or(Taken::Nothing, Taken::Wait)
    }

    /// Forgets a delivery that was taken: it is settled, or goes back to wait in the database.
    pub(super) fn done(&self, run: Id, delivery: Id) {
        let mut inner = self.inner.lock();
        inner.in_hand.remove(&delivery);
        if let Some(queue) = inner.runs.iter_mut().find(|queue| queue.run == run) {
            queue.taken = queue.taken.saturating_sub(1);
        }
    }

    /// Resolves when there may be more to take.
    pub(super) fn more(&self) -> tokio::sync::futures::Notified<'_> {
        self.more.notified()
    }

    /// Resolves when a buffer runs low.
    pub(super) async fn low(&self) {
        self.low.notified().await;
    }

    pub(super) fn wake_all(&self) {
        self.more.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: Id = 1;
    /// Waiting deliveries, all of which are held back but for the last.
    const ROWS: Id = 20_000;

    fn row(id: Id) -> DueDelivery {
        DueDelivery {
            id,
            run_id: RUN,
            email: String::new(),
            name: String::new(),
            due_at: 0,
            attempts: 0,
        }
    }

    fn run_of(owner: &str) -> RunSnapshot {
        RunSnapshot {
            run_id: RUN,
            mailing_id: 1,
            token: String::new(),
            subject: String::new(),
            body: String::new(),
            owner_email: owner.to_owned(),
            owner_name: String::new(),
        }
    }

    #[test]
    fn an_owner_who_moves_is_named_by_the_mails_that_are_still_to_be_made() {
        let queue = DispatchQueue::default();
        queue.set_runs(vec![run_of("olga@example.ru")]);
        let [request] = queue.requests()[..] else {
            panic!("one run asks for its deliveries");
        };
        queue.fill(request, (1..=2).map(row).collect());
        for owner in ["olga@example.ru", "olga@new.example"] {
            queue.set_runs(vec![run_of(owner)]);
            let Taken::Job(job) = queue.take(|_| None) else {
                panic!("there is something to send");
            };
            assert!(job.pattern.names_owner_of(&run_of(owner)), "{owner}");
        }
    }

    #[test]
    fn whoever_is_behind_any_number_that_are_held_back_has_their_turn() {
        let queue = DispatchQueue::default();
        queue.set_runs(vec![run_of("olga@example.ru")]);
        let pause = |row: &DueDelivery| (row.id < ROWS).then_some(Duration::from_hours(1));
        let mut most = 0;
        for _ in 0..ROWS {
            for request in queue.requests() {
                let from = request.after.map_or(1, |(_, id)| id + 1);
                let rows = (from..=ROWS).take(request.limit).map(row).collect();
                queue.fill(request, rows);
            }
            let buffered = queue.inner.lock().in_hand.len();
            most = most.max(buffered);
            if let Taken::Job(job) = queue.take(pause) {
                assert_eq!(job.delivery.id, ROWS);
                assert!(most < 2 * LONGEST, "{most}");
                return;
            }
        }
        panic!("nobody came to the last one");
    }
}
