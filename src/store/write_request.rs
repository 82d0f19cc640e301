//! What the writer is handed, and how whoever handed it in is answered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::db::stopwatch::Stopwatch;
use super::db::trouble::Trouble;
use super::delivery::tries::Entry;
use super::{JobError, StoreError};
use crate::domain::Millis;

/// What is written together and answered after the commit.
pub(super) enum WriteRequest {
    Job(Box<dyn Job>),
    Entry(Box<JournalRequest>),
}

/// An entry of the journal.
pub(super) struct JournalRequest {
    pub(super) entry: Entry,
    pub(super) now: Box<dyn Fn() -> Millis + Send>,
    /// Which try the claimed delivery's is.
    pub(super) claimed: Option<u32>,
    pub(super) reply: oneshot::Sender<Claimed>,
}

pub(super) type Claimed = Result<Option<u32>, StoreError>;

/// Answers to a group's entries.
pub(super) type Answers = Vec<(oneshot::Sender<Claimed>, Claimed)>;

/// Takes a group's answers to those who wait for them. To wake a task from another thread is a
/// system call, and they all wait on one: there a task of their own wakes them.
#[derive(Clone, Default)]
pub(super) struct AnswerSender(Arc<Mutex<Option<UnboundedSender<Answers>>>>);

impl AnswerSender {
    /// Delivers on the runtime that this is called on, from now on.
    pub(super) fn settle_here(&self) {
        let (sender, mut answers) = unbounded_channel();
        *self.0.lock() = Some(sender);
        tokio::spawn(async move {
            while let Some(answers) = answers.recv().await {
                give(answers);
            }
        });
    }

    pub(super) fn deliver(&self, answers: Answers) {
        if answers.is_empty() {
            return;
        }
        let undelivered = match &*self.0.lock() {
            Some(sender) => sender.send(answers).err().map(|error| error.0),
            None => Some(answers),
        };
        give(undelivered.unwrap_or_default());
    }
}

fn give(answers: Answers) {
    for (reply, answer) in answers {
        // Whoever asked may have gone; the change stands all the same.
        drop(reply.send(answer));
    }
}

/// Something to run in the writing transaction, in a savepoint of its own.
pub(super) trait Job: Send {
    /// Runs it. `Err` if its changes are not to be kept, and what that says of the database.
    fn run(&mut self, connection: &Connection) -> Result<(), Option<Trouble>>;
    /// Whether it is not to be run any more: whoever asked has gone, or has waited for too long.
    fn is_too_late(&mut self) -> bool;
    fn answer(self: Box<Self>, failed: Option<StoreError>);
}

/// A job that has not begun so long after it was handed in is not begun: its sender is told that
/// nothing has changed, and would not expect that it does.
const BEGUN_WITHIN: Duration = Duration::from_secs(10);

pub(super) struct Task<F, T, E> {
    pub(super) job: Option<F>,
    pub(super) outcome: Option<Result<T, E>>,
    pub(super) waits: Stopwatch,
    pub(super) reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Task<F, T, E>
where
    F: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: JobError,
{
    fn run(&mut self, connection: &Connection) -> Result<(), Option<Trouble>> {
        let job = self.job.take().ok_or(None)?;
        let outcome = catch_unwind(AssertUnwindSafe(|| job(connection)))
            .unwrap_or_else(|_| Err(StoreError::Interrupted.into()));
        let ran = match &outcome {
            Ok(_) => Ok(()),
            Err(error) => Err(error.database().and_then(StoreError::trouble)),
        };
        self.outcome = Some(outcome);
        ran
    }

    fn is_too_late(&mut self) -> bool {
        if self.waits.elapsed() > BEGUN_WITHIN {
            self.outcome = Some(Err(StoreError::Overloaded.into()));
        }
        self.outcome.is_some() || self.reply.is_closed()
    }

    fn answer(self: Box<Self>, failed: Option<StoreError>) {
        let outcome = match (self.outcome, failed) {
            (Some(Err(error)), _) => Err(error),
            (_, Some(error)) => Err(error.into()),
            (Some(Ok(value)), None) => Ok(value),
            (None, None) => Err(StoreError::Interrupted.into()),
        };
        // Whoever asked may have gone; the change stands all the same.
        drop(self.reply.send(outcome));
    }
}
