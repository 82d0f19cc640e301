//! Attempts as the journal writes them, at any moment.

use mailapp::domain::delivery::Outcome;
use mailapp::domain::delivery::local;
use mailapp::domain::delivery::reply::Reply;
use mailapp::domain::{Id, Millis};
use mailapp::store::Journal;
use mailapp::store::delivery::attempt_result::AttemptResult;
use mailapp::store::delivery::deliveries::DueDelivery;
use mailapp::store::delivery::tries;
use rusqlite::Connection;

use super::{NOW, Site};

/// What a mail server says to end an attempt so.
pub fn reply(outcome: Outcome) -> Reply {
    match outcome {
        Outcome::Accepted => Reply::new(250, "2.0.0", "Ok: queued as 4F2A"),
        Outcome::Deferred => Reply::new(451, "4.7.1", "Greylisted"),
        Outcome::Refused => Reply::new(550, "5.1.1", "No such user"),
        Outcome::InDoubt => local::reply(local::LOST, "after the dot"),
    }
}

/// What became of one try.
#[derive(Debug, Clone)]
pub struct Try {
    pub at: Millis,
    pub duration_ms: Millis,
    pub outcome: Outcome,
    pub relays_fault: bool,
    pub reply: Reply,
    /// The delivery goes on waiting, whatever the outcome was.
    pub again: bool,
}

impl Try {
    /// With the usual reply; it may be tried again.
    pub fn new(at: Millis, outcome: Outcome) -> Self {
        Self {
            at,
            duration_ms: 40,
            outcome,
            relays_fault: false,
            reply: reply(outcome),
            again: true,
        }
    }

    /// The last one of its delivery.
    pub fn last(at: Millis, outcome: Outcome) -> Self {
        Self {
            again: false,
            ..Self::new(at, outcome)
        }
    }
}

/// Makes an attempt of a waiting delivery, by the journal's own functions.
pub fn make(c: &Connection, delivery: Id, tried: &Try) {
    let due = c
        .query_row(
            "SELECT id, run_id, email, name, due_at, attempts FROM deliveries WHERE id = ?1",
            [delivery],
            |row| {
                Ok(DueDelivery {
                    id: row.get(0)?,
                    run_id: row.get(1)?,
                    email: row.get(2)?,
                    name: row.get(3)?,
                    due_at: row.get(4)?,
                    attempts: row.get(5)?,
                })
            },
        )
        .unwrap();
    Journal::alone(c, |journal| {
        let nth = tries::claim(journal, &due, NOW)?.expect("it waits");
        let mut result = AttemptResult::begun((delivery, due.run_id), &due.email, nth, tried.at)
            .took(tried.duration_ms)
            .with_server("mx.example.ru");
        result.outcome = tried.outcome;
        result.relays_fault = tried.relays_fault;
        result.reply = tried.reply.clone();
        result.again_at = tried.again.then_some(NOW);
        tries::settle(journal, &result, NOW)
    })
    .unwrap();
}

/// The deliveries of a run, in the order of their numbers.
pub fn deliveries_of(c: &Connection, run: Id) -> Vec<Id> {
    c.prepare("SELECT id FROM deliveries WHERE run_id = ?1 ORDER BY id")
        .unwrap()
        .query_map([run], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// Attempts of a run's first delivery at these moments, with outcomes by name. It goes on waiting.
pub async fn attempts(site: &Site, run: Id, these: &[(Millis, &'static str)]) {
    let these = these.to_vec();
    site.write(move |c| {
        let delivery = deliveries_of(c, run)[0];
        for (at, outcome) in these {
            make(
                c,
                delivery,
                &Try::new(at, Outcome::by_name(outcome).unwrap()),
            );
        }
    })
    .await;
}
