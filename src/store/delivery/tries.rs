//! The journal: deliveries as they are claimed, tried and settled, with an attempt for each try.
//!
//! These functions are the only ones that move a delivery. They run inside the writing transaction
//! and move the run's counters with it. Senders that share a commit share its statements, too: a
//! statement that writes ten rows opens the table and its indexes once, and goes on where the last
//! row went.

use std::collections::HashSet;
use std::sync::LazyLock;

use rusqlite::{Connection, ToSql, named_params};

use super::attempt_result::AttemptResult;
use super::deliveries::DueDelivery;
use super::totals::{Facts, charged_to};
use super::{doubts, pauses, waiting};
use crate::domain::delivery::Outcome;
use crate::domain::{Id, Millis};
use crate::store::mailings::runs::Shift;
use crate::store::{Journal, StoreError};

/// Most rows of one statement; a power of two.
const ROWS: usize = 32;

/// One statement for one row, two, four … [`ROWS`].
struct BySize([String; ROWS.ilog2() as usize + 1]);

impl BySize {
    fn new(sql: impl Fn(usize) -> String) -> Self {
        Self(std::array::from_fn(|power| sql(1 << power)))
    }

    /// The one that takes so many rows, or the next larger one.
    fn rows(&self, count: usize) -> &str {
        &self.0[count.next_power_of_two().ilog2() as usize]
    }
}

/// `run_id` stands nowhere in it, or the index of what is due would seem the better way to a row
/// than its number. Address and name are those for which the mail is made: they may have changed
/// since they were read.
const CLAIM: &str = "UPDATE deliveries SET state = 'trying', attempts = attempts + 1, due_at = ?1
     WHERE id = ?2 AND state = 'waiting' AND due_at <= ?1 AND attempts = ?3
       AND email = ?4 AND name = ?5";

const SETTLE: &str =
    "UPDATE deliveries SET state = ?1, reason = ?2, due_at = ?3, attempts = attempts - ?4
     WHERE id = ?5 AND state = 'trying'";

/// Columns of an attempt.
const COLUMNS: usize = 12;

static INSERT: LazyLock<BySize> = LazyLock::new(|| {
    BySize::new(|rows| {
        let rows: Vec<String> = (0..rows)
            .map(|row| format!("({})", places(COLUMNS, row * COLUMNS + 1)))
            .collect();
        format!(
            "INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to,
                                   code, enhanced, text, server, owner_id)
             VALUES {}",
            rows.join(", ")
        )
    })
});

/// `?3, ?4, …`: so many, from this one.
fn places(count: usize, first: usize) -> String {
    let places: Vec<String> = (first..first + count).map(|n| format!("?{n}")).collect();
    places.join(", ")
}

/// What a connection has to write between two mails: what became of the last one, and that the next
/// one is about to be tried.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub settled: Vec<AttemptResult>,
    pub claim: Option<DueDelivery>,
    /// What became of the claimed one, where the server refused it beforehand. It counts only if
    /// the claim does.
    pub refused: Option<AttemptResult>,
}

/// Marks a delivery as being tried, if at this moment it may be: it waits and is due, its run is
/// active, its mailing neither ended nor switched off, its owner not blocked. Returns which try
/// this is, from 1, or `None` where it may not be tried.
pub fn claim(
    journal: &mut Journal<'_>,
    delivery: &DueDelivery,
    now: Millis,
) -> Result<Option<u32>, StoreError> {
    let claimed = claim_all(journal, [delivery], now)?;
    Ok(claimed
        .contains(&delivery.id)
        .then_some(delivery.attempts + 1))
}

/// Settles a try: the attempt's row, the delivery's state, the run's counters.
pub fn settle(
    journal: &mut Journal<'_>,
    tried: &AttemptResult,
    now: Millis,
) -> Result<(), StoreError> {
    settle_all(journal, &[tried], now)
}

/// Writes what several connections have to say. Returns, in their order, which try their claims
/// are, or `None` where there is no claim or none may be made.
pub(in crate::store) fn write(
    journal: &mut Journal<'_>,
    entries: &[&Entry],
    now: Millis,
) -> Result<Vec<Option<u32>>, StoreError> {
    let settled: Vec<&AttemptResult> = entries.iter().flat_map(|entry| &entry.settled).collect();
    settle_all(journal, &settled, now)?;
    // Before anything is claimed: what is judged to be of no use is not begun.
    pauses::judge(journal, &settled)?;
    let claims = entries.iter().filter_map(|entry| entry.claim.as_ref());
    let mut claimed = claim_all(journal, claims, now)?;
    let mut refused = Vec::new();
    let nths = entries
        .iter()
        .map(|entry| {
            let claim = entry.claim.as_ref()?;
            // Whoever claims what another has just claimed, comes too late.
            if !claimed.remove(&claim.id) {
                return None;
            }
            refused.extend(&entry.refused);
            Some(claim.attempts + 1)
        })
        .collect();
    settle_all(journal, &refused, now)?;
    pauses::judge(journal, &refused)?;
    Ok(nths)
}

/// Claims those that may be claimed, and returns them.
fn claim_all<'a>(
    journal: &mut Journal<'_>,
    deliveries: impl IntoIterator<Item = &'a DueDelivery>,
    now: Millis,
) -> Result<HashSet<Id>, StoreError> {
    let mut claimed = HashSet::new();
    let mut statement = journal.connection.prepare_cached(CLAIM)?;
    for delivery in deliveries {
        if !journal.may_be_tried(delivery.run_id, now)? {
            continue;
        }
        let DueDelivery {
            id,
            attempts,
            email,
            name,
            ..
        } = delivery;
        if statement.execute((now, id, attempts, email, name))? > 0 {
            claimed.insert(delivery.id);
            journal.shift(delivery.run_id, &of_claim(delivery.attempts), now);
        }
    }
    Ok(claimed)
}

fn of_claim(attempts: u32) -> Shift {
    let mut shift = Shift {
        trying: 1,
        ..Shift::default()
    };
    if attempts == 0 {
        shift.queued = -1;
    } else {
        shift.deferred = -1;
    }
    shift
}

fn settle_all(
    journal: &mut Journal<'_>,
    tries: &[&AttemptResult],
    now: Millis,
) -> Result<(), StoreError> {
    add_attempts(journal, tries)?;
    let mut statement = journal.connection.prepare_cached(SETTLE)?;
    for tried in tries {
        let (fate, shift) = fate(journal, tried, now)?;
        let Fate {
            state,
            reason,
            due_at,
            is_uncharged,
            is_replaced,
        } = fate;
        statement.execute((state, reason, due_at, is_uncharged, tried.delivery))?;
        if is_replaced {
            waiting::replace(journal.connection, tried.delivery, now)?;
        }
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
    }
    Ok(())
}

/// One row a try.
fn add_attempts(journal: &mut Journal<'_>, tries: &[&AttemptResult]) -> Result<(), StoreError> {
    let mut rest = tries;
    while !rest.is_empty() {
        // As many as fit, in sizes that are few: each is a statement of its own.
        let count = (rest.len().min(ROWS) + 1).next_power_of_two() / 2;
        let (some, more) = rest.split_at(count);
        rest = more;
        let mut statement = journal.connection.prepare_cached(INSERT.rows(count))?;
        for (row, tried) in some.iter().enumerate() {
            let owner = journal.owner(tried.run)?;
            let outcome = tried.outcome.name();
            let charged_to = charged_to(tried.relays_fault);
            let code = (tried.reply.code != 0).then_some(tried.reply.code);
            let values: [&dyn ToSql; COLUMNS] = [
                &tried.run,
                &tried.delivery,
                &tried.nth,
                &tried.started_at,
                &tried.duration_ms,
                &outcome,
                &charged_to,
                &code,
                &tried.reply.enhanced,
                &tried.reply.text,
                &tried.server,
                &owner,
            ];
            for (column, value) in values.into_iter().enumerate() {
                statement.raw_bind_parameter(row * COLUMNS + column + 1, value)?;
            }
        }
        statement.raw_execute()?;
    }
    Ok(())
}

/// What a try makes of its delivery.
struct Fate {
    state: &'static str,
    reason: Option<&'static str>,
    due_at: Millis,
    /// Whether the try does not count against the recipient.
    is_uncharged: bool,
    /// Whether another delivery goes to the address that the recipient has now.
    is_replaced: bool,
}

fn fate(
    journal: &Journal<'_>,
    tried: &AttemptResult,
    now: Millis,
) -> Result<(Fate, Shift), StoreError> {
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
    // A try that was the relay's fault never ends a delivery.
    let again = tried.again_at.or(tried.relays_fault.then_some(now));
    let called_off = match again {
        Some(_) => called_off(journal.connection, tried)?,
        None => None,
    };
    let (state, reason) = match (again, tried.outcome) {
        // Not skipped: the server may have it, of this try or of one before.
        (Some(_), _)
            if called_off.is_some()
                && doubts::was_in_doubt(journal.connection, tried.delivery)? =>
        {
            shift.in_doubt = 1;
            ("in_doubt", None)
        }
        // Whatever was to be done about a doubt: twice in doubt, it is for the owner to say. Else a
        // server that takes mails and never says so would get this one at every retry.
        (Some(_), Outcome::InDoubt)
            if doubts::is_to_be_held(journal.connection, tried.delivery)? =>
        {
            shift.in_doubt = 1;
            ("in_doubt", None)
        }
        (Some(_), _) if called_off.is_some() => {
            shift.skipped = 1;
            ("skipped", called_off)
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
    let fate = Fate {
        state,
        reason,
        due_at: again.unwrap_or(now),
        is_uncharged: tried.relays_fault,
        is_replaced: called_off == Some(waiting::MOVED),
    };
    Ok((fate, shift))
}

/// Why what was being tried must not be tried again: its run was called off meanwhile, or its
/// recipient was deleted, has unsubscribed or has another address now.
fn called_off(
    connection: &Connection,
    tried: &AttemptResult,
) -> Result<Option<&'static str>, StoreError> {
    let (is_cancelled, owner): (bool, Id) = connection
        .prepare_cached("SELECT state = 'cancelled', owner_id FROM runs WHERE id = :run")?
        .query_row(named_params! { ":run": tried.run }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if is_cancelled {
        return Ok(Some("cancelled"));
    }
    waiting::why_not(connection, (tried.delivery, &tried.email), owner)
}
