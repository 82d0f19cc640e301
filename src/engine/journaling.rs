//! What a worker writes down: claims before, results after.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt as _;

use super::dispatch_queue::Job;
use super::in_flight::InFlight;
use super::shared::Shared;
use super::verdict::{self, Settled};
use super::worker::Worker;
use crate::failpoint;
use crate::store::StoreError;
use crate::store::delivery::attempt_result::AttemptResult;
use crate::store::delivery::deliveries::DueDelivery;
use crate::store::delivery::tries::Entry;
use crate::transport::{Connection, Ending};

/// How long to wait before writing to a database that could not be written.
const JOURNAL_PAUSE: Duration = Duration::from_millis(250);
/// How often a result is offered to such a database while stopping.
const LAST_TRIES: u32 = 8;

impl Worker {
    /// Judges how a try ended. The result waits for the next commit.
    pub(super) fn record(&mut self, in_flight: &InFlight, ending: Ending) {
        let settled = self.judge(in_flight, ending);
        self.keep(settled);
    }

    fn judge(&mut self, in_flight: &InFlight, ending: Ending) -> Settled {
        let parts = &self.shared.parts;
        let ids = (in_flight.delivery, in_flight.run);
        let tried =
            AttemptResult::begun(ids, &in_flight.email, in_flight.nth, in_flight.started_at)
                .took(parts.clock.steady() - in_flight.started)
                .with_server(self.connection.as_ref().map_or("", Connection::server));
        let moment = (parts.clock.now(), self.jitter.random::<f64>());
        let before = self.shared.uncharged.of(in_flight.delivery);
        let settled = verdict::judge(tried, ending, &parts.settings, moment, before);
        failpoint::hit("judged");
        settled
    }

    fn keep(&mut self, settled: Settled) {
        let failure = self.shared.answered(self.route, &settled);
        self.results.push(settled.tried);
        if failure.is_some() {
            self.failure = failure;
        }
    }

    fn in_flight(&self, job: &Job, nth: u32) -> InFlight {
        let clock = &self.shared.parts.clock;
        InFlight {
            delivery: job.delivery.id,
            run: job.delivery.run_id,
            email: job.delivery.email.clone(),
            nth,
            started_at: clock.now(),
            started: clock.steady(),
        }
    }

    /// Journals the results in hand and claims a delivery, in one transaction. `None` where it may
    /// not be tried.
    pub(super) async fn claim(&mut self, job: &Job) -> Option<InFlight> {
        let nth = self.claim_with(job.delivery.clone(), None).await?;
        Some(self.in_flight(job, nth))
    }

    /// The same for a delivery that the server refused before its mail: claimed and settled at once.
    /// `false` where it may not be tried any more; then nobody needs the refusal.
    pub(super) async fn claim_and_settle(&mut self, job: &Job, ending: Ending) -> bool {
        let in_flight = self.in_flight(job, job.delivery.attempts + 1);
        let settled = self.judge(&in_flight, ending);
        let claimed = self
            .claim_with(job.delivery.clone(), Some(settled.tried.clone()))
            .await
            .is_some();
        if claimed {
            self.failure = self.shared.answered(self.route, &settled);
            self.shared.settled(&settled.tried);
            if self.failure.is_none() {
                self.relay_works().await;
            }
        }
        claimed
    }

    async fn claim_with(
        &mut self,
        delivery: DueDelivery,
        result: Option<AttemptResult>,
    ) -> Option<u32> {
        let before = std::mem::take(&mut self.results);
        let entry = Entry {
            settled: before.clone(),
            claim: Some(delivery),
            refused: result,
        };
        let written = write(&self.shared, entry).await;
        match written {
            Ok(claimed) => {
                self.journal_works();
                self.have_settled(&before);
                if claimed.is_none() {
                    // Its run may have been paused by what was just written.
                    self.shared.parts.wakeup.wake();
                }
                claimed
            }
            Err(error) => {
                self.journal_failed(&error);
                self.results = before;
                self.settle().await;
                tokio::time::sleep(JOURNAL_PAUSE).await;
                None
            }
        }
    }

    fn journal_failed(&self, error: &StoreError) {
        let told = &self.shared.told.journal;
        if let Some(times) = told.is_so(&error.kind()) {
            tracing::error!(%error, times, "the journal cannot be written; nothing is tried meanwhile");
        }
    }

    fn journal_works(&self) {
        if let Some(times) = self.shared.told.journal.is_not_so() {
            tracing::info!(times, "the journal can be written again");
        }
    }

    fn have_settled(&self, results: &[AttemptResult]) {
        if !results.is_empty() {
            failpoint::hit("settled");
        }
        for tried in results {
            self.shared.settled(tried);
        }
    }

    /// Journals the results in hand, for as long as it takes. While stopping it gives up in the
    /// end: the deliveries are then found in doubt at the next start, which they are.
    pub(super) async fn settle(&mut self) {
        let mut failures = 0;
        while !self.results.is_empty() {
            let entry = Entry {
                settled: self.results.clone(),
                ..Entry::default()
            };
            let written = write(&self.shared, entry).await;
            match written {
                Ok(_) => {
                    self.journal_works();
                    let results = std::mem::take(&mut self.results);
                    self.have_settled(&results);
                }
                Err(error) => {
                    failures += 1;
                    self.journal_failed(&error);
                    if self.shared.is_stopping() && failures >= LAST_TRIES {
                        return;
                    }
                    tokio::time::sleep(JOURNAL_PAUSE).await;
                }
            }
        }
    }
}

async fn write(shared: &Shared, entry: Entry) -> Result<Option<u32>, StoreError> {
    let clock = Arc::clone(&shared.parts.clock);
    shared.parts.store.journal(entry, move || clock.now()).await
}
