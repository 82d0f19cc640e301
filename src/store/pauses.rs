//! Runs that pause by themselves: which of them are to be judged by their replies, and whose owners
//! have not heard of it yet. Asked for by the engine at every tick.

use rusqlite::{Connection, named_params};

use super::outbox::{self, NewPost};
use super::{StoreError, attempts, runs, upkeep, users};
use crate::domain::address::EmailAddress;
use crate::domain::letter::{Notice, Pause, Request};
use crate::domain::permission::Scope;
use crate::domain::replies::{self, AGREEING, JUDGED};
use crate::domain::run::PauseReason;
use crate::domain::user::Language;
use crate::domain::{Id, Millis};

/// Active runs of which most of the last replies since they were started or resumed are the same
/// refusal, with that refusal in its own words.
pub fn refused(connection: &Connection) -> Result<Vec<(Id, String)>, StoreError> {
    // Whoever has not been refused that often in all needs no second look.
    let active: Vec<(Id, Id)> = connection
        .prepare_cached(
            "SELECT id, judged_to FROM runs
             WHERE state IN ('active', 'paused') AND state = 'active'
               AND attempts_refused >= :agreeing",
        )?
        .query_map(
            named_params! { ":agreeing": i64::try_from(AGREEING).unwrap_or(i64::MAX) },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect::<rusqlite::Result<_>>()?;
    let mut found = Vec::new();
    for (run, judged_to) in active {
        let mut last = attempts::last_replies(connection, run, JUDGED)?;
        last.retain(|reply| reply.attempt > judged_to);
        if let Some(refusal) = replies::same_refusal(&last) {
            found.push((run, refusal.words()));
        }
    }
    Ok(found)
}

/// Pauses these runs, each with the refusal that it met with.
pub fn pause_refused(
    connection: &Connection,
    refused: &[(Id, String)],
) -> Result<usize, StoreError> {
    let mut paused = 0;
    for (run, words) in refused {
        let reason = PauseReason::Refusals;
        paused += usize::from(upkeep::pause_run(connection, *run, reason, words)?);
    }
    Ok(paused)
}

const UNTOLD: &str = "state IN ('active', 'paused') AND state = 'paused' AND pause_told = 0
     AND pause_reason IN ('relay', 'password', 'refusals', 'base_url')";

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
