//! *Add* of the import, which adds once however often it is pressed: whoever presses again, while it is
//! being done or later, hears what came of the first press.
//!
//! An import takes several transactions and more than a moment. So it goes on where whoever asked for it
//! has left, as a browser does with the first of two presses. Its results are kept in memory: after a
//! restart, the same press finds everybody there already and says so.

use std::sync::Arc;

use parking_lot::Mutex;
use rocket::http::Status;
use tokio::sync::watch;

use crate::domain::phrase::Phrase;
use crate::domain::{Id, Millis};
use crate::web::http::failure::Failure;
use crate::web::http::upload::Upload;
use crate::web::http::visitor::SignedIn;

/// How long what came of a press is known …
const KEPT: Millis = 3_600_000;
/// … and of how many of them.
const MOST_KEPT: usize = 1_000;

/// What came of an import, in some sentences.
pub(in crate::web) type Outcome = Result<Phrase, Failure>;

/// A form's *Add*.
pub(in crate::web) struct Press {
    owner: Id,
    digest: [u8; 32],
    at: Millis,
}

impl Press {
    /// Of a form that has a key and no new file; the same form with something else in it is another one.
    pub(in crate::web) fn of(me: &SignedIn, upload: &Upload) -> Option<Self> {
        let is_add = upload.field("act") == "add" && upload.file.is_none();
        let is_known = is_add && upload.refused.is_none() && !upload.field("key").is_empty();
        is_known.then(|| Self {
            owner: me.user.id,
            digest: upload.digest(&["csrf"]),
            at: me.app().clock.now(),
        })
    }
}

/// An import that has begun, and may have ended.
#[derive(Clone)]
pub(in crate::web) struct Begun(watch::Receiver<Option<Outcome>>);

impl Begun {
    /// Waits for its end.
    pub(in crate::web) async fn outcome(mut self) -> Outcome {
        let ended = self.0.wait_for(Option::is_some).await;
        let outcome = ended.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(Failure::status(Status::InternalServerError)))
    }

    /// Whether it has failed: whoever presses again tries again.
    fn has_failed(&self) -> bool {
        match &*self.0.borrow() {
            Some(outcome) => outcome.is_err(),
            None => self.0.has_changed().is_err(),
        }
    }
}

/// The presses of the last hour.
#[derive(Default, Clone)]
pub(in crate::web) struct Presses(Arc<Mutex<Vec<(Press, Begun)>>>);

fn find(known: &[(Press, Begun)], press: &Press) -> Option<Begun> {
    let is_same = |other: &Press| (other.owner, other.digest) == (press.owner, press.digest);
    let mut found = known.iter().filter(|(other, _)| is_same(other));
    found.next().map(|(_, begun)| begun.clone())
}

impl Presses {
    /// The import that the same press has begun before.
    pub(in crate::web) fn before(&self, press: &Press) -> Option<Begun> {
        let mut known = self.0.lock();
        known.retain(|(other, begun)| press.at - other.at < KEPT && !begun.has_failed());
        find(&known, press)
    }

    /// The import that the same press has begun before; else this one is known from now on.
    fn enter(&self, press: Press, begun: &Begun) -> Option<Begun> {
        let mut known = self.0.lock();
        known.retain(|(_, begun)| !begun.has_failed());
        if let Some(before) = find(&known, &press) {
            return Some(before);
        }
        if known.len() >= MOST_KEPT {
            known.remove(0);
        }
        known.push((press, begun.clone()));
        None
    }

    /// Does it, unless the same press has begun it before; waits for its end.
    pub(in crate::web) async fn once(
        &self,
        press: Option<Press>,
        work: impl Future<Output = Outcome> + Send + 'static,
    ) -> Outcome {
        let (ended, begun) = watch::channel(None);
        let begun = Begun(begun);
        if let Some(before) = press.and_then(|press| self.enter(press, &begun)) {
            return before.outcome().await;
        }
        tokio::spawn(async move {
            // Whoever waited may be gone.
            let outcome = work.await;
            ended.send_replace(Some(outcome));
        });
        begun.outcome().await
    }
}
