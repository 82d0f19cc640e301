//! Letting a try in that takes a password check, while its buckets are open (`domain::throttle`).

use std::time::Duration;

use tokio::sync::Notify;

use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::Millis;
use crate::domain::accounts::throttle::{Bucket, Stopped, Throttles};

/// How long a try waits for others that come from the same place, or are for the same account.
const PATIENCE: Duration = Duration::from_secs(15);
/// After which time somebody may come again who has waited in vain.
const AGAIN: Millis = 5_000;

/// Rung whenever a try has ended. As the threads that check passwords, it is one of the process.
static ENDED: Notify = Notify::const_new();

/// A try that is being checked. One that is dropped counts as failed: whoever goes away before the
/// answer has guessed all the same.
pub(in crate::actions) struct Admission {
    app: App,
    buckets: Vec<Bucket>,
    ended: bool,
}

/// A place in the queue.
struct Place<'a>(&'a Throttles, &'a [Bucket]);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.unqueue(self.1);
    }
}

impl Admission {
    /// Lets a try in; where many come at once, after those before it. Its own bucket is the first.
    ///
    /// # Errors
    /// There were too many failures; too many others wait.
    pub(in crate::actions) async fn wait(
        app: &App,
        buckets: Vec<Bucket>,
    ) -> Result<Self, ActionError> {
        let throttles = &app.throttles;
        let enter = || match throttles.enter(&buckets, app.clock.now()) {
            Ok(()) => Ok(true),
            Err(Stopped::Busy) => Ok(false),
            Err(Stopped::Closed(wait)) => Err(ActionError::Throttled(wait)),
        };
        if !enter()? {
            if !throttles.queue(&buckets) {
                return Err(ActionError::Throttled(AGAIN));
            }
            let _place = Place(throttles, &buckets);
            let turn = async {
                loop {
                    let mut ended = std::pin::pin!(ENDED.notified());
                    // From here on nothing is missed.
                    ended.as_mut().enable();
                    if enter()? {
                        return Ok(());
                    }
                    ended.await;
                }
            };
            tokio::time::timeout(PATIENCE, turn)
                .await
                .unwrap_or(Err(ActionError::Throttled(AGAIN)))?;
        }
        Ok(Self {
            app: app.clone(),
            buckets,
            ended: false,
        })
    }

    fn end(&mut self, counted: usize) {
        self.ended = true;
        let failed = &self.buckets[..counted];
        let now = self.app.clock.now();
        self.app.throttles.leave(&self.buckets, failed, now);
        ENDED.notify_waiters();
    }

    /// The password was wrong.
    pub(in crate::actions) fn failed(mut self) {
        let all = self.buckets.len();
        self.end(all);
    }

    /// It was right. What others have tried in vain stays counted; what this one has is forgotten.
    pub(in crate::actions) fn succeeded(mut self) {
        self.end(0);
        self.app.throttles.forget(&self.buckets[..1]);
    }

    /// It was right, and that is not enough: the password alone opens half a session after another.
    pub(in crate::actions) fn went_halfway(mut self) {
        self.end(1);
    }

    /// It was not looked at.
    pub(in crate::actions) fn called_off(mut self) {
        self.end(0);
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        if !self.ended {
            let all = self.buckets.len();
            self.end(all);
        }
    }
}
