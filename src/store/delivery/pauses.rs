//! Runs that pause by themselves: those that are judged by their replies, whom that has wronged, and
//! whose owners have not heard of it yet.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::attempt_result::AttemptResult;
use super::outbox::{self, NewPost};
use super::{attempts, termination, waiting};
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Language;
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::letter::{Notice, Pause, Request};
use crate::domain::delivery::replies;
use crate::domain::delivery::replies::{JUDGED, Replied};
use crate::domain::mailings::run::PauseReason;
use crate::domain::{Id, Millis};
use crate::store::accounts::users;
use crate::store::mailings::runs;
use crate::store::mailings::runs::{Run, Shift};
use crate::store::{Journal, StoreError};

/// Pauses the runs of these tries of which nearly everybody meets with the same refusal, in the
/// transaction that writes the tries: no further mail of them is claimed.
pub(in crate::store) fn judge(
    journal: &mut Journal<'_>,
    tries: &[&AttemptResult],
) -> Result<(), StoreError> {
    let mut runs: Vec<Id> = tries
        .iter()
        .filter(|tried| tried.reply.is_permanent())
        .map(|tried| tried.run)
        .collect();
    runs.sort_unstable();
    runs.dedup();
    for run in runs {
        // Of a run that ends with these tries there is nothing to hold back.
        if !journal.has_open(run)? {
            continue;
        }
        let Some(refusal) = refusal(journal.connection, run)? else {
            continue;
        };
        let words = refusal.line();
        if journal.pause(run, PauseReason::Refusals, &words)? {
            tracing::warn!(
                run,
                words,
                "paused: nearly all of the last replies are alike"
            );
        }
    }
    Ok(())
}

/// The refusal that nearly everybody in an active run meets with.
fn refusal(connection: &Connection, run: Id) -> Result<Option<Replied>, StoreError> {
    let judged_to: Option<Id> = connection
        .prepare_cached("SELECT judged_to FROM runs WHERE id = :run AND state = 'active'")?
        .query_row(named_params! { ":run": run }, |row| row.get(0))
        .optional()?;
    let Some(judged_to) = judged_to else {
        return Ok(None);
    };
    let mut last = attempts::last_replies(connection, run, JUDGED)?;
    last.retain(|reply| reply.attempt > judged_to);
    Ok(replies::same_refusal(&last).cloned())
}

/// How many of the attempts before a pause are looked at for those to requeue: those that were
/// judged, and those that were in flight then.
const LOOKED_AT: usize = 1_000;

/// Lets those wait again whom a run that has paused by itself has wronged: they were refused in the
/// way for which it paused, or wait for a later moment because of what was not their fault. The journal
/// stays as it is. To be called before the run is resumed. Returns how many are not refused any more.
pub fn requeue(connection: &Connection, run: &Run, now: Millis) -> Result<i64, StoreError> {
    let (Some(reason), detail) = (run.pause_reason, run.pause_detail.as_deref()) else {
        return Ok(0);
    };
    if !PauseReason::BY_ITSELF.contains(&reason) {
        return Ok(0);
    }
    bring_forward(connection, run.id, now)?;
    match (reason, detail) {
        (PauseReason::Refusals, Some(words)) => unrefuse(connection, run, words, now),
        _ => Ok(0),
    }
}

/// Those that wait because of the relay or because of us are due at once, as far as they are among the
/// next [`termination::PIECE`].
fn bring_forward(connection: &Connection, run: Id, now: Millis) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE deliveries SET due_at = :now WHERE id IN
                 (SELECT d.id FROM
                      (SELECT id FROM deliveries
                       WHERE run_id = :run AND state = 'waiting' AND due_at > :now
                       ORDER BY due_at LIMIT :limit) d
                  WHERE (SELECT a.charged_to FROM attempts a WHERE a.delivery_id = d.id
                         ORDER BY a.id DESC LIMIT 1) = 'relay')",
        )?
        .execute(named_params! {
            ":run": run,
            ":now": now,
            ":limit": i64::try_from(termination::PIECE).unwrap_or(i64::MAX),
        })?;
    Ok(())
}

/// Lets those wait again that were refused as these words say, since the run was last judged. Who was
/// deleted or has unsubscribed since stays refused; who has another address now is mailed there.
fn unrefuse(
    connection: &Connection,
    run: &Run,
    words: &str,
    now: Millis,
) -> Result<i64, StoreError> {
    let judged_to: Id = connection
        .prepare_cached("SELECT judged_to FROM runs WHERE id = :run")?
        .query_row(named_params! { ":run": run.id }, |row| row.get(0))?;
    let mut last = attempts::last_replies(connection, run.id, LOOKED_AT)?;
    last.retain(|reply| reply.attempt > judged_to);
    // What an earlier version kept may have other spaces.
    let says_it = |reply: &Replied| reply.line().split(' ').eq(words.split_whitespace());
    let Some(model) = last.iter().find(|reply| says_it(reply)) else {
        return Ok(0);
    };
    let mut shift = Shift::default();
    for reply in last.iter().filter(|reply| replies::are_alike(model, reply)) {
        let Some((delivery, email)) = refused(connection, reply.attempt)? else {
            continue;
        };
        let state = match waiting::why_not(connection, (delivery, &email), run.owner_id)? {
            None => {
                shift.deferred += 1;
                "waiting"
            }
            Some(waiting::MOVED) => {
                waiting::replace(connection, delivery, now)?;
                shift.skipped += 1;
                "skipped"
            }
            Some(_) => continue,
        };
        shift.refused -= 1;
        connection
            .prepare_cached(
                "UPDATE deliveries
                 SET state = :state, reason = iif(:state = 'skipped', :moved, NULL), due_at = :now
                 WHERE id = :delivery",
            )?
            .execute(named_params! {
                ":state": state,
                ":moved": waiting::MOVED,
                ":delivery": delivery,
                ":now": now,
            })?;
    }
    runs::shift(connection, run.id, &shift, now)?;
    Ok(-shift.refused)
}

/// The delivery of an attempt and its address, if it is still refused.
fn refused(connection: &Connection, attempt: Id) -> Result<Option<(Id, String)>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT d.id, d.email FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
             WHERE a.id = :attempt AND d.state = 'refused'",
        )?
        .query_row(named_params! { ":attempt": attempt }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?)
}

const UNTOLD: &str = "state IN ('active', 'paused') AND state = 'paused' AND pause_told = 0
     AND pause_reason IN ('relay', 'password', 'refusals', 'rejected', 'doubts', 'base_url')";

/// Whether `tell` has anybody to write to.
pub fn needs_telling(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(&format!(
            "SELECT EXISTS (SELECT 1 FROM runs WHERE {UNTOLD})"
        ))?
        .query_row([], |row| row.get(0))?)
}

/// Puts a letter to the owner of every run that has paused by itself into the outbox, once for each
/// pause; in their language, else in the service's.
pub fn tell(connection: &Connection, service: Language, now: Millis) -> Result<(), StoreError> {
    let untold: Vec<(Id, String)> = connection
        .prepare_cached(&format!(
            "SELECT r.id, CASE WHEN g.title <> '' THEN g.title ELSE r.subject END
             FROM runs r JOIN mailings g ON g.id = r.mailing_id
             WHERE r.id IN (SELECT id FROM runs WHERE {UNTOLD})"
        ))?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (id, title) in untold {
        connection
            .prepare_cached("UPDATE runs SET pause_told = 1 WHERE id = :run")?
            .execute(named_params! { ":run": id })?;
        let Some(run) = runs::get(connection, Scope::All, id)? else {
            continue;
        };
        let (Some(reason), Some(owner)) =
            (run.pause_reason, users::by_id(connection, run.owner_id)?)
        else {
            continue;
        };
        // Nobody is there who could be told.
        let Ok(email) = EmailAddress::parse(&owner.email) else {
            continue;
        };
        let pause = Pause {
            title: &title,
            mailing: run.mailing_id,
            reason,
            detail: run.pause_detail.as_deref().unwrap_or_default(),
        };
        let post = NewPost {
            request: Request::Notice(Notice::Paused),
            user_id: Some(owner.id),
            email,
            name: owner.name.clone(),
            language: owner.language.unwrap_or(service),
            time_zone: None,
            detail: pause.text(),
        };
        outbox::insert(connection, &post, now)?;
    }
    Ok(())
}
