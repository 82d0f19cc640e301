//! The journal: deliveries as they are claimed, tried and settled, with an attempt for each try.
//!
//! These functions are the only ones that move a delivery. Each runs inside the writing
//! transaction and moves the run's counters with it.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::runs::Shift;
use super::totals::Facts;
use super::{Journal, StoreError};
use crate::domain::delivery::{OnDoubt, Outcome};
use crate::domain::reply::Reply;
use crate::domain::{Id, Millis};

/// A delivery whose time has come.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    pub id: Id,
    pub run_id: Id,
    pub email: String,
    pub name: String,
    pub due_at: Millis,
    /// Tries that were charged to it.
    pub attempts: u32,
}

/// What the engine needs to compose a run's mails.
#[derive(Debug, Clone)]
pub struct RunSnapshot {
    pub run_id: Id,
    pub mailing_id: Id,
    pub token: String,
    pub subject: String,
    pub body: String,
    pub owner_email: String,
    pub owner_name: String,
}

/// The runs that may be sent from now, oldest first.
pub fn sendable_runs(connection: &Connection, now: Millis) -> Result<Vec<RunSnapshot>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT r.id, r.mailing_id, r.token, r.subject, r.body, u.email, u.name
             FROM runs r JOIN mailings g ON g.id = r.mailing_id JOIN users u ON u.id = g.owner_id
             WHERE r.state = 'active' AND g.ends_at > :now
               AND g.disabled_at IS NULL AND u.blocked_at IS NULL
             ORDER BY r.id",
        )?
        .query_map(named_params! { ":now": now }, |row| {
            Ok(RunSnapshot {
                run_id: row.get(0)?,
                mailing_id: row.get(1)?,
                token: row.get(2)?,
                subject: row.get(3)?,
                body: row.get(4)?,
                owner_email: row.get(5)?,
                owner_name: row.get(6)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// Up to `limit` deliveries of a run that are due, the longest due first, from behind `after`
/// (due at, id).
pub fn due(
    connection: &Connection,
    run: Id,
    now: Millis,
    after: Option<(Millis, Id)>,
    limit: usize,
) -> Result<Vec<DueDelivery>, StoreError> {
    let (after_due, after_id) = after.unwrap_or((Millis::MIN, Id::MIN));
    Ok(connection
        .prepare_cached(
            "SELECT id, run_id, email, name, due_at, attempts FROM deliveries
             WHERE run_id = :run AND state = 'waiting' AND due_at <= :now
               AND (due_at, id) > (:after_due, :after_id)
             ORDER BY due_at, id LIMIT :limit",
        )?
        .query_map(
            named_params! {
                ":run": run,
                ":now": now,
                ":after_due": after_due,
                ":after_id": after_id,
                ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
            },
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
        )?
        .collect::<rusqlite::Result<_>>()?)
}

/// When the sending of a run ends, if at this moment it may be sent at all: it is active, its mailing
/// is not switched off and its owner not blocked.
pub(super) fn sendable_until(
    connection: &Connection,
    run: Id,
) -> Result<Option<Millis>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT g.ends_at FROM runs r
             JOIN mailings g ON g.id = r.mailing_id JOIN users u ON u.id = g.owner_id
             WHERE r.id = :run AND r.state = 'active'
               AND g.disabled_at IS NULL AND u.blocked_at IS NULL",
        )?
        .query_row(named_params! { ":run": run }, |row| row.get(0))
        .optional()?)
}

/// Whether a delivery of this run could be claimed at this moment.
pub fn may_be_tried(connection: &Connection, run: Id, now: Millis) -> Result<bool, StoreError> {
    Ok(sendable_until(connection, run)?.is_some_and(|ends_at| ends_at > now))
}

/// Marks a delivery as being tried, if at this moment it may be: it waits and is due, its run is
/// active, its mailing neither ended nor switched off, its owner not blocked. Returns which try
/// this is, from 1, or `None` where it may not be tried.
pub fn claim(
    journal: &mut Journal<'_>,
    delivery: &DueDelivery,
    now: Millis,
) -> Result<Option<u32>, StoreError> {
    if !journal.may_be_tried(delivery.run_id, now)? {
        return Ok(None);
    }
    let claimed = journal
        .connection
        .prepare_cached(
            "UPDATE deliveries SET state = 'trying', attempts = attempts + 1, due_at = :now
             WHERE id = :id AND state = 'waiting' AND due_at <= :now AND attempts = :before",
        )?
        .execute(named_params! {
            ":id": delivery.id,
            ":now": now,
            ":before": delivery.attempts,
        })?;
    if claimed == 0 {
        return Ok(None);
    }
    let mut shift = Shift {
        trying: 1,
        ..Shift::default()
    };
    if delivery.attempts == 0 {
        shift.queued = -1;
    } else {
        shift.deferred = -1;
    }
    journal.shift(delivery.run_id, &shift, now);
    Ok(Some(delivery.attempts + 1))
}

/// What became of one try.
#[derive(Debug, Clone)]
pub struct Tried {
    pub delivery: Id,
    pub run: Id,
    pub email: String,
    /// Which try it was, from 1.
    pub nth: u32,
    pub started_at: Millis,
    pub duration_ms: Millis,
    pub outcome: Outcome,
    /// The relay's fault (MAIL refused, connection lost before RCPT): the try does not count
    /// against the recipient.
    pub relays_fault: bool,
    /// The code is 0 where there was no reply; then the text is ours.
    pub reply: Reply,
    pub server: String,
    /// When to try again, if it is to be tried again.
    pub again_at: Option<Millis>,
}

impl Tried {
    /// A try that has begun; it counts as deferred until somebody knows better.
    pub fn begun((delivery, run): (Id, Id), email: &str, nth: u32, started_at: Millis) -> Self {
        Self {
            delivery,
            run,
            email: email.to_owned(),
            nth,
            started_at,
            duration_ms: 0,
            outcome: Outcome::Deferred,
            relays_fault: false,
            reply: Reply::new(0, "", ""),
            server: String::new(),
            again_at: None,
        }
    }

    /// How long it took, in milliseconds.
    #[must_use]
    pub const fn took(mut self, duration_ms: Millis) -> Self {
        self.duration_ms = duration_ms;
        self
    }

    #[must_use]
    pub fn with_server(mut self, server: &str) -> Self {
        server.clone_into(&mut self.server);
        self
    }
}

/// Settles a try: the attempt's row, the delivery's state, the run's counters.
pub fn settle(journal: &mut Journal<'_>, tried: &Tried, now: Millis) -> Result<(), StoreError> {
    let connection = journal.connection;
    connection
        .prepare_cached(
            "INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to,
                                   code, enhanced, text, server, owner_id)
             VALUES (:run, :delivery, :nth, :at, :duration_ms, :outcome, :charged_to,
                     :code, :enhanced, :text, :server,
                     (SELECT owner_id FROM runs WHERE id = :run))",
        )?
        .execute(named_params! {
            ":run": tried.run,
            ":delivery": tried.delivery,
            ":nth": tried.nth,
            ":at": tried.started_at,
            ":duration_ms": tried.duration_ms,
            ":outcome": tried.outcome.name(),
            ":charged_to": if tried.relays_fault { "relay" } else { "recipient" },
            ":code": (tried.reply.code != 0).then_some(tried.reply.code),
            ":enhanced": tried.reply.enhanced,
            ":text": tried.reply.text,
            ":server": tried.server,
        })?;
    let mut shift = Shift {
        trying: -1,
        ..Shift::default()
    };
    match tried.outcome {
        Outcome::Accepted => shift.attempts_accepted = 1,
        Outcome::Deferred => shift.attempts_deferred = 1,
        Outcome::Refused => shift.attempts_refused = 1,
        Outcome::InDoubt => shift.attempts_in_doubt = 1,
    }
    let cancelled = || -> rusqlite::Result<bool> {
        connection
            .prepare_cached("SELECT state = 'cancelled' FROM runs WHERE id = :run")?
            .query_row(named_params! { ":run": tried.run }, |row| row.get(0))
    };
    // A try that was the relay's fault never ends a delivery.
    let again = tried.again_at.or(tried.relays_fault.then_some(now));
    let (state, reason) = match (again, tried.outcome) {
        // Not skipped: the server may have it.
        (Some(_), Outcome::InDoubt) if cancelled()? => {
            shift.in_doubt = 1;
            ("in_doubt", None)
        }
        (Some(_), _) if cancelled()? => {
            shift.skipped = 1;
            ("skipped", Some("cancelled"))
        }
        (Some(_), _) if tried.relays_fault && tried.nth == 1 => {
            shift.queued = 1;
            ("waiting", None)
        }
        (Some(_), _) => {
            shift.deferred = 1;
            ("waiting", None)
        }
        (None, Outcome::Accepted) => {
            shift.accepted = 1;
            ("accepted", None)
        }
        (None, Outcome::InDoubt) => {
            shift.in_doubt = 1;
            ("in_doubt", None)
        }
        (None, Outcome::Refused | Outcome::Deferred) => {
            shift.refused = 1;
            ("refused", None)
        }
    };
    connection
        .prepare_cached(
            "UPDATE deliveries SET state = :state, reason = :reason, due_at = :due_at,
                    attempts = attempts - :uncharged
             WHERE id = :id AND state = 'trying'",
        )?
        .execute(named_params! {
            ":id": tried.delivery,
            ":state": state,
            ":reason": reason,
            ":due_at": again.unwrap_or(now),
            ":uncharged": tried.relays_fault,
        })?;
    journal.shift(tried.run, &shift, now);
    journal.count(&Facts {
        run: tried.run,
        email: &tried.email,
        at: tried.started_at,
        duration_ms: tried.duration_ms,
        outcome: tried.outcome,
        relays_fault: tried.relays_fault,
        reply: &tried.reply,
    });
    Ok(())
}

/// Settles what a dead engine left: every delivery that was being tried is in doubt. Returns how
/// many there were.
pub fn recover(
    connection: &Connection,
    on_doubt: OnDoubt,
    text: &str,
    now: Millis,
) -> Result<usize, StoreError> {
    let left: Vec<((Id, Id), String, u32, Millis)> = connection
        .prepare_cached(
            "SELECT d.id, d.run_id, d.email, d.attempts, d.due_at FROM runs r
             JOIN deliveries d ON d.run_id = r.id AND d.state = 'trying'
             WHERE r.trying > 0",
        )?
        .query_map([], |row| {
            let ids = (row.get(0)?, row.get(1)?);
            Ok((ids, row.get(2)?, row.get(3)?, row.get(4)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    Journal::alone(connection, |journal| {
        for (ids, email, nth, since) in &left {
            let mut tried = Tried::begun(*ids, email, *nth, *since).took((now - since).max(0));
            tried.outcome = Outcome::InDoubt;
            tried.reply = Reply::new(0, "", text);
            tried.again_at = (on_doubt == OnDoubt::Retry).then_some(now);
            settle(journal, &tried, now)?;
        }
        Ok(left.len())
    })
}

/// The recipients that a run did not reach, still there today: refused, expired, or skipped
/// because it was cancelled. Not those who were ever in doubt and may have it, nor those who
/// unsubscribed.
pub(super) const FAILED_RECIPIENTS: &str = "r.id IN
    (SELECT d.recipient_id FROM deliveries d WHERE d.run_id = :failed_of
      AND d.state IN ('refused', 'expired', 'skipped')
      AND (d.state IN ('refused', 'expired') OR (d.state = 'skipped' AND d.reason = 'cancelled'))
      AND d.id NOT IN (SELECT a.delivery_id FROM attempts a
                       WHERE a.run_id = :failed_of AND a.outcome = 'in_doubt'))";

/// How many those are.
pub fn count_failed(connection: &Connection, run: Id) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM recipients r WHERE {FAILED_RECIPIENTS}"
        ))?
        .query_row(named_params! { ":failed_of": run }, |row| row.get(0))?)
}
