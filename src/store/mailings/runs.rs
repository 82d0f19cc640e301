//! Runs and their counters.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::Serialize;

use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::StartedBy;
use crate::domain::content::message;
use crate::domain::mailings::run::{Counters, PauseReason, RunState};
use crate::domain::phrase::Phrase;
use crate::domain::{Id, Millis};
use crate::store::StoreError;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    pub id: Id,
    pub mailing_id: Id,
    pub owner_id: Id,
    pub started_by: StartedBy,
    /// Who pressed the button, where somebody did and still exists.
    pub user_email: Option<String>,
    pub failed_only: bool,
    pub subject: String,
    pub body: String,
    pub started_at: Millis,
    pub finished_at: Option<Millis>,
    pub state: RunState,
    pub pause_reason: Option<PauseReason>,
    pub pause_detail: Option<String>,
    pub counters: Counters,
    pub attempts: AttemptCounters,
    /// How many of those in doubt their owner has decided to leave so.
    pub doubts_left: i64,
    /// When the next of its waiting deliveries is due, if any waits.
    pub next_due_at: Option<Millis>,
    /// Goes up with its state and with decisions about it (`versions`).
    #[serde(skip)]
    pub version: i64,
}

impl Run {
    /// How many are in doubt and ask what to do.
    pub const fn undecided(&self) -> i64 {
        self.counters.in_doubt - self.doubts_left
    }

    /// Why it cannot go on, if its copy of the message names the unsubscribe link and none can be
    /// made.
    pub fn lacks_link(&self, has_base_url: bool) -> Option<Phrase> {
        let lacks_it = !has_base_url && message::needs_link(&self.subject, &self.body);
        lacks_it.then(|| Phrase::new("refused-no-base-url"))
    }

    /// It was called off, and what becomes of some of its mails is not written yet.
    pub fn is_coming_to_rest(&self) -> bool {
        let counters = &self.counters;
        self.state == RunState::Cancelled
            && counters.queued + counters.deferred + counters.trying > 0
    }
}

/// How many attempts a run has made, by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct AttemptCounters {
    pub accepted: i64,
    pub deferred: i64,
    pub refused: i64,
    pub in_doubt: i64,
}

impl AttemptCounters {
    pub const fn all(&self) -> i64 {
        self.accepted + self.deferred + self.refused + self.in_doubt
    }
}

const SELECT: &str = "SELECT r.id, r.mailing_id, g.owner_id, r.started_by, u.email, r.failed_only,
        r.subject, r.body, r.started_at, r.finished_at, r.state, r.pause_reason, r.pause_detail,
        r.total, r.queued, r.deferred, r.trying, r.accepted, r.refused, r.in_doubt, r.expired,
        r.skipped, r.attempts_accepted, r.attempts_deferred, r.attempts_refused,
        r.attempts_in_doubt, r.doubts_left,
        (SELECT min(d.due_at) FROM deliveries d WHERE d.run_id = r.id AND d.state = 'waiting'),
        r.version
 FROM runs r JOIN mailings g ON g.id = r.mailing_id
 LEFT JOIN users u ON u.id = r.user_id";

fn map(row: &Row<'_>) -> rusqlite::Result<Run> {
    let started_by: String = row.get(3)?;
    let state: String = row.get(10)?;
    let pause_reason: Option<String> = row.get(11)?;
    Ok(Run {
        id: row.get(0)?,
        mailing_id: row.get(1)?,
        owner_id: row.get(2)?,
        started_by: StartedBy::by_name(&started_by).unwrap_or(StartedBy::Web),
        user_email: row.get(4)?,
        failed_only: row.get(5)?,
        subject: row.get(6)?,
        body: row.get(7)?,
        started_at: row.get(8)?,
        finished_at: row.get(9)?,
        state: RunState::by_name(&state).unwrap_or(RunState::Finished),
        pause_reason: pause_reason.as_deref().and_then(PauseReason::by_name),
        pause_detail: row.get(12)?,
        counters: Counters {
            total: row.get(13)?,
            queued: row.get(14)?,
            deferred: row.get(15)?,
            trying: row.get(16)?,
            accepted: row.get(17)?,
            refused: row.get(18)?,
            in_doubt: row.get(19)?,
            expired: row.get(20)?,
            skipped: row.get(21)?,
        },
        attempts: AttemptCounters {
            accepted: row.get(22)?,
            deferred: row.get(23)?,
            refused: row.get(24)?,
            in_doubt: row.get(25)?,
        },
        doubts_left: row.get(26)?,
        next_due_at: row.get(27)?,
        version: row.get(28)?,
    })
}

pub fn get(connection: &Connection, scope: Scope, id: Id) -> Result<Option<Run>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE r.id = :id AND g.deleted_at IS NULL
           AND (:owner IS NULL OR g.owner_id = :owner)"
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":owner": scope.owner() }, map)
        .optional()?)
}

/// Most runs that a mailing's page shows.
const SHOWN: i64 = 20;

/// A mailing's runs, newest first.
pub fn of_mailing(connection: &Connection, mailing: Id) -> Result<Vec<Run>, StoreError> {
    let sql = format!("{SELECT} WHERE r.mailing_id = :mailing ORDER BY r.id DESC LIMIT {SHOWN}");
    Ok(connection
        .prepare_cached(&sql)?
        .query_map(named_params! { ":mailing": mailing }, map)?
        .collect::<rusqlite::Result<_>>()?)
}

pub fn latest(connection: &Connection, mailing: Id) -> Result<Option<Run>, StoreError> {
    let sql = format!("{SELECT} WHERE r.mailing_id = :mailing ORDER BY r.id DESC LIMIT 1");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(named_params! { ":mailing": mailing }, map)
        .optional()?)
}

/// How many of an owner's runs are being sent now.
pub fn count_active(connection: &Connection, owner: Id) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM runs r JOIN mailings g ON g.id = r.mailing_id
             WHERE r.state IN ('active', 'paused') AND r.state = 'active'
               AND g.owner_id = :owner",
        )?
        .query_row(named_params! { ":owner": owner }, |row| row.get(0))?)
}

/// What starts a run.
#[derive(Debug)]
pub struct NewRun {
    pub mailing_id: Id,
    pub started_by: StartedBy,
    pub user_id: Option<Id>,
    pub token: String,
    pub subject: String,
    pub body: String,
    /// The run whose unreached recipients this one is for; `None`: all of the mailing's.
    pub failed_of: Option<Id>,
}

/// Stores a run that has no deliveries yet; `run_filling` gives it these.
pub(in crate::store) fn insert(
    connection: &Connection,
    new: &NewRun,
    now: Millis,
) -> Result<Id, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO runs (mailing_id, owner_id, token, started_by, user_id, failed_only,
                               subject, body, started_at, state, total, queued, filled_to,
                               failed_of)
             VALUES (:mailing, (SELECT owner_id FROM mailings WHERE id = :mailing), :token,
                     :started_by, :user, :failed_only, :subject, :body, :now, 'active', 0, 0,
                     0, :failed_of)",
        )?
        .execute(named_params! {
            ":mailing": new.mailing_id,
            ":token": new.token,
            ":started_by": new.started_by.name(),
            ":user": new.user_id,
            ":failed_only": new.failed_of.is_some(),
            ":subject": new.subject,
            ":body": new.body,
            ":now": now,
            ":failed_of": new.failed_of,
        })?;
    Ok(connection.last_insert_rowid())
}

/// How a run's counters move.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shift {
    pub queued: i64,
    pub deferred: i64,
    pub trying: i64,
    pub accepted: i64,
    pub refused: i64,
    pub in_doubt: i64,
    pub doubts_left: i64,
    pub expired: i64,
    pub skipped: i64,
    pub attempts_accepted: i64,
    pub attempts_deferred: i64,
    pub attempts_refused: i64,
    pub attempts_in_doubt: i64,
}

impl Shift {
    pub(in crate::store) const fn add(&mut self, by: &Self) {
        self.queued += by.queued;
        self.deferred += by.deferred;
        self.trying += by.trying;
        self.accepted += by.accepted;
        self.refused += by.refused;
        self.in_doubt += by.in_doubt;
        self.doubts_left += by.doubts_left;
        self.expired += by.expired;
        self.skipped += by.skipped;
        self.attempts_accepted += by.attempts_accepted;
        self.attempts_deferred += by.attempts_deferred;
        self.attempts_refused += by.attempts_refused;
        self.attempts_in_doubt += by.attempts_in_doubt;
    }
}

/// Moves a run's counters, in the transaction of the rows that they count, and finishes the run
/// when nothing of it is open any more.
pub(in crate::store) fn shift(
    connection: &Connection,
    run: Id,
    by: &Shift,
    now: Millis,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE runs SET
                 queued = queued + :queued, deferred = deferred + :deferred,
                 trying = trying + :trying, accepted = accepted + :accepted,
                 refused = refused + :refused, in_doubt = in_doubt + :in_doubt,
                 doubts_left = doubts_left + :doubts_left,
                 expired = expired + :expired, skipped = skipped + :skipped,
                 attempts_accepted = attempts_accepted + :attempts_accepted,
                 attempts_deferred = attempts_deferred + :attempts_deferred,
                 attempts_refused = attempts_refused + :attempts_refused,
                 attempts_in_doubt = attempts_in_doubt + :attempts_in_doubt
             WHERE id = :run",
        )?
        .execute(named_params! {
            ":run": run,
            ":queued": by.queued,
            ":deferred": by.deferred,
            ":trying": by.trying,
            ":accepted": by.accepted,
            ":refused": by.refused,
            ":in_doubt": by.in_doubt,
            ":doubts_left": by.doubts_left,
            ":expired": by.expired,
            ":skipped": by.skipped,
            ":attempts_accepted": by.attempts_accepted,
            ":attempts_deferred": by.attempts_deferred,
            ":attempts_refused": by.attempts_refused,
            ":attempts_in_doubt": by.attempts_in_doubt,
        })?;
    // Apart, because a state that is written is an index that is written, at every commit.
    connection
        .prepare_cached(
            "UPDATE runs SET finished_at = coalesce(finished_at, :now),
                 state = iif(state IN ('active', 'paused'), 'finished', state)
             WHERE id = :run AND queued + deferred + trying = 0 AND filled_to IS NULL
               AND (finished_at IS NULL OR state IN ('active', 'paused'))",
        )?
        .execute(named_params! { ":run": run, ":now": now })?;
    Ok(())
}

/// `false` where it was not active.
pub fn pause(
    connection: &Connection,
    run: Id,
    reason: PauseReason,
    detail: Option<&str>,
) -> Result<bool, StoreError> {
    let paused = connection
        .prepare_cached(
            "UPDATE runs SET state = 'paused', pause_reason = :reason, pause_detail = :detail
             WHERE id = :run AND state = 'active'",
        )?
        .execute(named_params! { ":run": run, ":reason": reason.name(), ":detail": detail })?;
    Ok(paused > 0)
}

pub fn resume(connection: &Connection, run: Id) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE runs SET state = 'active', pause_reason = NULL, pause_detail = NULL,
                    pause_told = 0, captured = NULL, judged_to =
                    (SELECT coalesce(max(a.id), 0) FROM attempts a WHERE a.run_id = :run)
             WHERE id = :run AND state = 'paused'",
        )?
        .execute(named_params! { ":run": run })?;
    Ok(())
}

/// Makes a run that is over active again, because something of it waits anew. One that is not over
/// stays as it is.
pub fn reopen(connection: &Connection, run: Id) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE runs SET state = 'active', finished_at = NULL, pause_reason = NULL,
                    pause_detail = NULL, pause_told = 0, captured = NULL, judged_to =
                    (SELECT coalesce(max(a.id), 0) FROM attempts a WHERE a.run_id = :run)
             WHERE id = :run AND state IN ('finished', 'cancelled')",
        )?
        .execute(named_params! { ":run": run })?;
    Ok(())
}

/// Marks a run as called off. What still waits of it is skipped by `termination::cancel`.
pub(in crate::store) fn mark_cancelled(
    connection: &Connection,
    run: Id,
    now: Millis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE runs SET state = 'cancelled', finished_at = :now WHERE id = :run")?
        .execute(named_params! { ":run": run, ":now": now })?;
    Ok(())
}
