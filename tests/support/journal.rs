//! What stands in the journal, and whether it is true: compared with a recount of its own rows and
//! with the server's own log.

use std::collections::BTreeMap;

use mailapp::domain::audience::address::EmailAddress;
use mailapp::domain::mailings::run::Counters;
use mailapp::domain::page::Cursor;
use mailapp::domain::{Id, Millis};
use mailapp::store::StoreError;
use mailapp::store::delivery::attempts;
use mailapp::store::delivery::attempts::Attempt;
use mailapp::store::mailings::runs::AttemptCounters;
use rusqlite::{Connection, Row};

use super::app::House;
use super::smtp::SmtpServer;

/// A delivery as it lies in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub id: Id,
    pub email: String,
    pub state: String,
    pub reason: Option<String>,
    /// Those that count against the recipient.
    pub attempts: i64,
    pub due_at: Millis,
}

impl House {
    pub async fn query<T: Send + 'static>(
        &self,
        sql: &'static str,
        map: impl Fn(&Row<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Vec<T> {
        let rows: Result<Vec<T>, StoreError> = self
            .store()
            .read(move |connection| {
                let mut statement = connection.prepare(sql)?;
                let rows = statement.query_map([], |row| map(row))?;
                Ok(rows.collect::<rusqlite::Result<_>>()?)
            })
            .await;
        rows.unwrap()
    }

    /// Changes the database behind the application's back, for what has no verb yet.
    pub async fn execute(&self, sql: &'static str) {
        let change = move |connection: &Connection| {
            connection.execute(sql, [])?;
            Ok::<_, StoreError>(())
        };
        self.store().write(change).await.unwrap();
        self.app.wakeup.wake();
    }

    /// A run's deliveries, in the order of their making.
    pub async fn deliveries(&self, run: Id) -> Vec<Delivery> {
        let sql = "SELECT run_id, id, email, state, reason, attempts, due_at FROM deliveries
                   ORDER BY id";
        let map = |row: &Row<'_>| {
            Ok((
                row.get::<_, Id>(0)?,
                Delivery {
                    id: row.get(1)?,
                    email: row.get(2)?,
                    state: row.get(3)?,
                    reason: row.get(4)?,
                    attempts: row.get(5)?,
                    due_at: row.get(6)?,
                },
            ))
        };
        let all = self.query(sql, map).await;
        all.into_iter()
            .filter(|(of, _)| *of == run)
            .map(|(_, delivery)| delivery)
            .collect()
    }

    pub async fn delivery(&self, run: Id, email: &str) -> Delivery {
        let all = self.deliveries(run).await;
        all.into_iter()
            .find(|delivery| delivery.email == email)
            .expect("the run has a delivery for this address")
    }

    /// A run's attempts, oldest first.
    pub async fn attempts(&self, run: Id) -> Vec<Attempt> {
        let mut all = Vec::new();
        let mut cursor = Cursor::First;
        loop {
            let page: Result<_, StoreError> = self
                .store()
                .read(move |c| attempts::of_run(c, run, None, &cursor))
                .await;
            let page = page.unwrap();
            all.extend(page.rows);
            match page.after {
                Some(key) => cursor = Cursor::After(key),
                None => break,
            }
        }
        all.reverse();
        all
    }

    pub async fn attempts_for(&self, run: Id, email: &str) -> Vec<Attempt> {
        let mut all = self.attempts(run).await;
        all.retain(|attempt| attempt.email == email);
        all
    }

    /// The letters of the service's own that have gone out, oldest first: to whom, and the mail.
    pub async fn letters(&self) -> Vec<(String, Vec<u8>)> {
        let sql = "SELECT rcpt_to, source FROM captured_mails WHERE private = 1 ORDER BY id";
        self.query(sql, |row| Ok((row.get(0)?, row.get(1)?))).await
    }

    /// How many attempts were charged to the relay.
    pub async fn relays_faults(&self) -> i64 {
        let sql = "SELECT count(*) FROM attempts WHERE charged_to = 'relay'";
        self.query(sql, |row| row.get(0)).await[0]
    }

    /// Ends a test: stops the engine and holds the journal against the server's log.
    pub async fn close(mut self, server: &SmtpServer) {
        self.stop().await;
        self.is_consistent().await;
        self.agrees_with(server).await;
    }

    /// The kept counters are those of the rows, nothing is left in flight, and the database is
    /// whole.
    pub async fn is_consistent(&self) {
        let kept = self.query(RUNS, counters).await;
        assert!(!kept.is_empty(), "there is nothing to recount");
        assert_eq!(kept, self.query(RECOUNT, counters).await);
        let charged = "SELECT count(*) FROM deliveries d WHERE attempts !=
                         (SELECT count(*) FROM attempts a
                          WHERE a.delivery_id = d.id AND a.charged_to = 'recipient')";
        assert_eq!(self.query(charged, |row| row.get::<_, i64>(0)).await, [0]);
        let left = "SELECT count(*) FROM runs r WHERE doubts_left !=
                      (SELECT count(*) FROM deliveries d WHERE d.run_id = r.id
                         AND d.state = 'in_doubt' AND d.doubt_left_at IS NOT NULL)";
        assert_eq!(self.query(left, |row| row.get::<_, i64>(0)).await, [0]);
        let trying = "SELECT email FROM deliveries WHERE state = 'trying'";
        let trying: Vec<String> = self.query(trying, |row| row.get(0)).await;
        assert!(trying.is_empty(), "left in flight: {trying:?}");
        let whole: Vec<String> = self.query("PRAGMA integrity_check", |row| row.get(0)).await;
        assert_eq!(whole, ["ok"]);
        let orphans: Vec<String> = self
            .query("PRAGMA foreign_key_check", |row| row.get(0))
            .await;
        assert!(orphans.is_empty(), "{orphans:?}");
    }

    /// Nobody is marked accepted without a 2xx, whatever the server took is accepted or was
    /// flagged in doubt, and every transaction that the server saw has an attempt.
    async fn agrees_with(&self, server: &SmtpServer) {
        let mut taken: BTreeMap<String, i64> = BTreeMap::new();
        let mut seen: BTreeMap<String, i64> = BTreeMap::new();
        let transactions = server.transactions();
        for transaction in &transactions {
            for recipient in &transaction.recipients {
                *seen.entry(recipient.clone()).or_default() += 1;
                let was_taken = transaction.mail.is_some()
                    && transaction.has_recipient
                    && transaction
                        .answer
                        .as_deref()
                        .is_none_or(|said| said.starts_with('2'));
                *taken.entry(recipient.clone()).or_default() += i64::from(was_taken);
            }
        }
        let sql = "SELECT d.email, count(*), sum(a.outcome = 'accepted'),
                          sum(a.outcome = 'in_doubt')
                   FROM attempts a JOIN deliveries d ON d.id = a.delivery_id GROUP BY d.email";
        let map = |row: &Row<'_>| {
            let counts: [i64; 3] = [row.get(1)?, row.get(2)?, row.get(3)?];
            Ok((row.get::<_, String>(0)?, counts))
        };
        let mut all_attempts = 0;
        for (email, [attempts, accepted, in_doubt]) in self.query(sql, map).await {
            let address = EmailAddress::parse(&email).unwrap().on_wire();
            let taken = taken.remove(&address).unwrap_or_default();
            let seen = seen.remove(&address).unwrap_or_default();
            assert!(
                accepted <= taken,
                "{email}: {accepted} accepted, {taken} taken"
            );
            assert!(taken <= accepted + in_doubt, "{email}: taken and not known");
            assert!(
                seen <= attempts,
                "{email}: {seen} transactions, {attempts} attempts"
            );
            all_attempts += attempts;
        }
        assert!(seen.is_empty(), "transactions without an attempt: {seen:?}");
        let all_seen = i64::try_from(transactions.len()).unwrap();
        assert!(
            all_seen <= all_attempts,
            "{all_seen} MAIL, {all_attempts} attempts"
        );
    }
}

type Counted = (Id, Counters, AttemptCounters);

pub const RUNS: &str = "SELECT id, total, queued, deferred, trying, accepted, refused, in_doubt,
           expired, skipped, attempts_accepted, attempts_deferred, attempts_refused,
           attempts_in_doubt
    FROM runs ORDER BY id";

pub const RECOUNT: &str = "SELECT r.id, d.all_of_them, d.queued, d.deferred, d.trying, d.accepted,
           d.refused, d.in_doubt, d.expired, d.skipped, coalesce(a.accepted, 0),
           coalesce(a.deferred, 0), coalesce(a.refused, 0), coalesce(a.in_doubt, 0)
    FROM runs r
    JOIN (SELECT run_id, count(*) AS all_of_them,
                 sum(state = 'waiting' AND attempts = 0) AS queued,
                 sum(state = 'waiting' AND attempts > 0) AS deferred,
                 sum(state = 'trying') AS trying, sum(state = 'accepted') AS accepted,
                 sum(state = 'refused') AS refused, sum(state = 'in_doubt') AS in_doubt,
                 sum(state = 'expired') AS expired, sum(state = 'skipped') AS skipped
          FROM deliveries GROUP BY run_id) d ON d.run_id = r.id
    LEFT JOIN (SELECT run_id, sum(outcome = 'accepted') AS accepted,
                      sum(outcome = 'deferred') AS deferred, sum(outcome = 'refused') AS refused,
                      sum(outcome = 'in_doubt') AS in_doubt
               FROM attempts GROUP BY run_id) a ON a.run_id = r.id
    ORDER BY r.id";

fn counters(row: &Row<'_>) -> rusqlite::Result<Counted> {
    Ok((
        row.get(0)?,
        Counters {
            total: row.get(1)?,
            queued: row.get(2)?,
            deferred: row.get(3)?,
            trying: row.get(4)?,
            accepted: row.get(5)?,
            refused: row.get(6)?,
            in_doubt: row.get(7)?,
            expired: row.get(8)?,
            skipped: row.get(9)?,
        },
        AttemptCounters {
            accepted: row.get(10)?,
            deferred: row.get(11)?,
            refused: row.get(12)?,
            in_doubt: row.get(13)?,
        },
    ))
}
