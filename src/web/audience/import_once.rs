//! *Add* of the import, which adds once however often it is submitted: whoever submits it again, while
//! it is being done or later, gets the outcome of the first time.
//!
//! An import takes several transactions and more than a moment. So it goes on where whoever asked for it
//! has left, as a browser does with the first of two clicks. Its outcomes are kept in memory: after a
//! restart, the same form finds everybody there already and says so.

use std::sync::Arc;

use parking_lot::Mutex;
use rocket::http::Status;
use tokio::sync::watch;

use crate::domain::phrase::Phrase;
use crate::domain::{Id, Millis};
use crate::web::http::failure::Failure;
use crate::web::http::upload::Upload;
use crate::web::http::visitor::SignedIn;

/// How long the outcome of a submission is kept after it began, by the steady clock.
const KEPT: Millis = 3_600_000;
/// Most outcomes that are kept of one user's submissions; those that are still running are kept beside them.
const MOST_KEPT: usize = 20;

/// What came of an import, in some sentences.
pub(in crate::web) type Outcome = Result<Phrase, Failure>;

/// What a form's *Add* is known by when it is submitted again.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::web) struct IdempotencyKey {
    owner: Id,
    digest: [u8; 32],
    /// When it was submitted, by the steady clock.
    at: Millis,
}

impl IdempotencyKey {
    /// That of a form that has one and no new file; the same form with something else in it has another.
    pub(in crate::web) fn of(me: &SignedIn, upload: &Upload) -> Option<Self> {
        let is_add = upload.field("act") == "add" && upload.file.is_none();
        let is_known = is_add && upload.refused.is_none() && !upload.field("key").is_empty();
        is_known.then(|| Self {
            owner: me.user.id,
            digest: upload.digest(&["csrf"]),
            at: me.app().clock.steady(),
        })
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.owner, self.digest) == (other.owner, other.digest)
    }
}

/// An import that has begun, and may have ended.
#[derive(Clone)]
pub(in crate::web) struct Submission(watch::Receiver<Option<Outcome>>);

impl Submission {
    /// Waits for its end.
    pub(in crate::web) async fn outcome(mut self) -> Outcome {
        let ended = self.0.wait_for(Option::is_some).await;
        let outcome = ended.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(Failure::status(Status::InternalServerError)))
    }

    fn is_running(&self) -> bool {
        self.0.borrow().is_none() && self.0.has_changed().is_ok()
    }

    /// Whether it has failed: whoever submits it again tries again.
    fn has_failed(&self) -> bool {
        match &*self.0.borrow() {
            Some(outcome) => outcome.is_err(),
            None => self.0.has_changed().is_err(),
        }
    }
}

/// The submissions of the last hour.
#[derive(Default, Clone)]
pub(in crate::web) struct Submissions(Arc<Mutex<Vec<(IdempotencyKey, Submission)>>>);

fn find(known: &[(IdempotencyKey, Submission)], key: &IdempotencyKey) -> Option<Submission> {
    let mut found = known.iter().filter(|(other, _)| key.is_same(other));
    found.next().map(|(_, submission)| submission.clone())
}

/// Forgets what is over, and the owner's oldest outcomes but so many. What is still running is never
/// forgotten: a second submission would do it again beside the first.
fn prune(known: &mut Vec<(IdempotencyKey, Submission)>, key: &IdempotencyKey) {
    known.retain(|(other, submission)| {
        submission.is_running() || (key.at - other.at < KEPT && !submission.has_failed())
    });
    let is_ended = |(other, submission): &(IdempotencyKey, Submission)| {
        other.owner == key.owner && !submission.is_running()
    };
    let ended = known.iter().filter(|it| is_ended(it)).count();
    let mut surplus = ended.saturating_sub(MOST_KEPT);
    known.retain(|it| {
        let is_surplus = surplus > 0 && is_ended(it);
        surplus -= usize::from(is_surplus);
        !is_surplus
    });
}

impl Submissions {
    /// The import that the same form has begun before.
    pub(in crate::web) fn before(&self, key: &IdempotencyKey) -> Option<Submission> {
        let mut known = self.0.lock();
        prune(&mut known, key);
        find(&known, key)
    }

    /// The import that the same form has begun before; else this one is known from now on.
    fn enter(&self, key: IdempotencyKey, submission: &Submission) -> Option<Submission> {
        let mut known = self.0.lock();
        prune(&mut known, &key);
        if let Some(before) = find(&known, &key) {
            return Some(before);
        }
        known.push((key, submission.clone()));
        None
    }

    /// Does it, unless the same form has begun it before; waits for its end.
    pub(in crate::web) async fn run(
        &self,
        key: Option<IdempotencyKey>,
        work: impl Future<Output = Outcome> + Send + 'static,
    ) -> Outcome {
        let (ended, submission) = watch::channel(None);
        let submission = Submission(submission);
        if let Some(before) = key.and_then(|key| self.enter(key, &submission)) {
            return before.outcome().await;
        }
        tokio::spawn(async move {
            // Whoever waited may be gone.
            let outcome = work.await;
            ended.send_replace(Some(outcome));
        });
        submission.outcome().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(owner: Id, number: u8, at: Millis) -> IdempotencyKey {
        IdempotencyKey {
            owner,
            digest: [number; 32],
            at,
        }
    }

    const ADDED: Phrase = Phrase::new("import-done");

    #[test]
    fn what_still_runs_is_kept_however_many_others_have_ended() {
        let submissions = Submissions::default();
        let (running, submission) = watch::channel(None);
        assert!(
            submissions
                .enter(key(1, 0, 0), &Submission(submission))
                .is_none()
        );
        let (_others, others) = watch::channel(Some(Ok(ADDED)));
        for number in 1..=100 {
            let ended = Submission(others.clone());
            assert!(submissions.enter(key(1, number, 1), &ended).is_none());
            assert!(submissions.enter(key(2, number, 1), &ended).is_none());
        }
        // Also long after it began, and whatever the other user has done.
        assert!(submissions.before(&key(1, 0, 2 * KEPT)).is_some());
        running.send_replace(Some(Ok(ADDED)));
        assert!(submissions.before(&key(1, 0, 2 * KEPT)).is_none());
        let submissions = Submissions::default();
        let ended = Submission(others);
        assert!(submissions.enter(key(3, 0, 1), &ended).is_none());
        for number in 1..=100 {
            assert!(submissions.enter(key(4, number, 1), &ended).is_none());
        }
        assert!(submissions.before(&key(3, 0, 2)).is_some());
        assert!(submissions.before(&key(4, 1, 2)).is_none());
        assert!(submissions.before(&key(4, 100, 2)).is_some());
    }
}
