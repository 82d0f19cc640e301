//! What time, managers and the relay have decided for all runs together; asked for by the engine at
//! every tick.

use rusqlite::{Connection, named_params};

use super::termination::{self, End, Which};
use crate::domain::delivery::RetrySchedule;
use crate::domain::mailings::run::PauseReason;
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::mailings::runs;

/// Whether `sweep` would change anything; asked often, so that nothing is written without need.
pub fn needs_sweep(connection: &Connection, now: Millis) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (
                 SELECT 1 FROM runs r JOIN mailings g ON g.id = r.mailing_id
                 JOIN users u ON u.id = g.owner_id
                 WHERE r.state IN ('active', 'paused')
                   AND ((g.ends_at <= :now AND (r.queued + r.deferred > 0 OR r.trying = 0))
                        OR (r.state = 'active'
                            AND (g.disabled_at IS NOT NULL OR u.blocked_at IS NOT NULL))))",
        )?
        .query_row(named_params! { ":now": now }, |row| row.get(0))?)
}

/// Applies what time and managers have decided to every unfinished run: those past their
/// mailing's end expire, those of a switched-off mailing or a blocked owner pause. Returns whether
/// there is more to expire.
pub fn sweep(connection: &Connection, now: Millis) -> Result<bool, StoreError> {
    let ended: Vec<(Id, Option<String>)> = connection
        .prepare_cached(
            "SELECT r.id, r.pause_reason FROM runs r JOIN mailings g ON g.id = r.mailing_id
             WHERE r.state IN ('active', 'paused') AND g.ends_at <= :now
               AND (r.queued + r.deferred > 0 OR r.trying = 0)",
        )?
        .query_map(named_params! { ":now": now }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut more = false;
    for (run, reason) in &ended {
        let end = End::Expired(reason.as_deref());
        more |= termination::terminate_pending(connection, *run, Which::Piece, end, now)?;
        if more {
            // The others have their turn after whoever else writes.
            break;
        }
    }
    pause_stopped(connection)?;
    Ok(more)
}

/// Pauses the runs of switched-off mailings and blocked owners, whatever the time is.
pub fn pause_stopped(connection: &Connection) -> Result<usize, StoreError> {
    let mut changed = 0;
    for (reason, condition) in [
        (PauseReason::SwitchedOff, "g.disabled_at IS NOT NULL"),
        (PauseReason::OwnerBlocked, "u.blocked_at IS NOT NULL"),
    ] {
        changed += connection
            .prepare_cached(&format!(
                "UPDATE runs SET state = 'paused', pause_reason = :reason WHERE state = 'active'
                 AND mailing_id IN (SELECT g.id FROM mailings g JOIN users u ON u.id = g.owner_id
                                    WHERE {condition})"
            ))?
            .execute(named_params! { ":reason": reason.name() })?;
    }
    Ok(changed)
}

/// Whether `bind_transport` would change anything.
pub fn needs_transport(connection: &Connection, captured: bool) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM runs WHERE state = 'active' AND captured IS NOT :captured)",
        )?
        .query_row(named_params! { ":captured": captured }, |row| row.get(0))?)
}

/// Ties active runs to the way in which this engine hands mail over, and pauses those that were
/// begun in the other way: what was meant for people must not end in a drawer, nor the reverse.
pub fn bind_transport(
    connection: &Connection,
    captured: bool,
    detail: &str,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE runs SET state = 'paused', pause_reason = 'relay', pause_detail = :detail
             WHERE state = 'active' AND captured = 1 - :captured",
        )?
        .execute(named_params! { ":captured": captured, ":detail": detail })?;
    connection
        .prepare_cached(
            "UPDATE runs SET captured = :captured WHERE state = 'active' AND captured IS NULL",
        )?
        .execute(named_params! { ":captured": captured })?;
    Ok(())
}

/// Pauses every active run, because the relay is of no use to any of them. Returns how many that
/// were; their owners hear of it by `pauses::tell`.
pub fn pause_all(
    connection: &Connection,
    reason: PauseReason,
    detail: &str,
) -> Result<usize, StoreError> {
    Ok(connection
        .prepare_cached(
            "UPDATE runs SET state = 'paused', pause_reason = :reason, pause_detail = :detail
             WHERE state = 'active'",
        )?
        .execute(named_params! { ":reason": reason.name(), ":detail": detail })?)
}

/// Pauses one run because of what happened to it. `false` where it was not active any more.
pub fn pause_run(
    connection: &Connection,
    run: Id,
    reason: PauseReason,
    detail: &str,
) -> Result<bool, StoreError> {
    runs::pause(connection, run, reason, Some(detail))
}

/// What was set aside because nobody knows what has been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetAside {
    /// Runs that were paused.
    pub runs: usize,
    /// Mailings that will not start by themselves any more.
    pub starts: usize,
    /// Letters of the service that are too old to go out.
    pub letters: usize,
}

/// Keeps a copied or restored database from going on where its original may have gone on already:
/// active runs are paused, starts whose time has come do not happen by themselves, and letters
/// that were asked for before `letters_from` are dropped.
pub fn set_aside(
    connection: &Connection,
    letters_from: Millis,
    now: Millis,
) -> Result<SetAside, StoreError> {
    let runs = connection
        .prepare_cached(
            "UPDATE runs SET state = 'paused', pause_reason = :reason, pause_detail = NULL
             WHERE state = 'active'",
        )?
        .execute(named_params! { ":reason": PauseReason::Restored.name() })?;
    let starts = connection
        .prepare_cached(
            "UPDATE mailings SET automatic = 0, updated_at = :now
             WHERE automatic = 1 AND first_sent_at IS NULL AND deleted_at IS NULL
               AND starts_at <= :now AND ends_at > :now",
        )?
        .execute(named_params! { ":now": now })?;
    let letters = connection
        .prepare_cached("DELETE FROM outbox WHERE created_at < :from")?
        .execute(named_params! { ":from": letters_from })?;
    Ok(SetAside {
        runs,
        starts,
        letters,
    })
}

/// Brings forward up to `limit` deliveries of unfinished runs that wait longer than they would if
/// their last try had just ended: the clock has gone back since. Returns how many.
pub fn reschedule(
    connection: &Connection,
    schedule: &RetrySchedule,
    now: Millis,
    limit: usize,
) -> Result<usize, StoreError> {
    let mut moved = 0;
    for attempts in 0..=schedule.steps() {
        let (due, latest) = match attempts {
            0 => (now, now),
            _ => (
                schedule.next_at(attempts, now, 0.0),
                schedule.next_at(attempts, now, 1.0),
            ),
        };
        let is_last = attempts == schedule.steps();
        moved += connection
            .prepare_cached(
                "UPDATE deliveries SET due_at = :due WHERE id IN
                     (SELECT d.id FROM runs r JOIN deliveries d ON d.run_id = r.id
                      WHERE r.state IN ('active', 'paused') AND d.state = 'waiting'
                        AND d.due_at > :latest
                        AND (d.attempts = :attempts OR (:is_last AND d.attempts > :attempts))
                      LIMIT :limit)",
            )?
            .execute(named_params! {
                ":due": due,
                ":latest": latest,
                ":attempts": attempts,
                ":is_last": is_last,
                ":limit": i64::try_from(limit.saturating_sub(moved)).unwrap_or(i64::MAX),
            })?;
    }
    Ok(moved)
}
