//! Kept totals of attempts: by time, by recipients' domain, by reply.
//!
//! They move in the transaction of the attempts that they count. Attempts that share a commit share
//! their totals, too: whoever writes a group hands one [`Totals`] to all of them and flushes it
//! before the commit, so that a thousand attempts of one run cost a few upserts. A group that is
//! undone takes its totals along; then [`Totals::forget`] is called.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, named_params};

use crate::domain::audience::address::domain_of;
use crate::domain::delivery::Outcome;
use crate::domain::delivery::local;
use crate::domain::delivery::reply::Reply;
use crate::domain::reports::statistics::{CLASSES, Tally, class_of, slot_of};
use crate::domain::{Id, Millis};

/// What the totals need to know of one attempt.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub run: Id,
    /// To whom it went.
    pub email: &'a str,
    pub at: Millis,
    pub duration_ms: Millis,
    pub outcome: Outcome,
    pub relays_fault: bool,
    pub reply: &'a Reply,
}

#[derive(Debug, Default)]
struct Time {
    tally: Tally,
    duration_ms: Millis,
    longest_ms: Millis,
    classes: [i64; CLASSES],
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    outcome: &'static str,
    charged_to: &'static str,
    code: u16,
    enhanced: String,
    local: &'static str,
}

/// Whom a failure is charged to, as the tables have it.
pub(in crate::store) const fn charged_to(relays_fault: bool) -> &'static str {
    if relays_fault { "relay" } else { "recipient" }
}

/// Owners that are remembered; a run's never changes.
const OWNERS: usize = 10_000;

/// Totals that are on their way into the tables.
#[derive(Debug, Default)]
pub struct Totals {
    // In the order of the tables' keys, so that neighbours are written one after the other.
    times: BTreeMap<(Id, i64), Time>,
    domains: BTreeMap<(Id, i64, String), Tally>,
    replies: BTreeMap<(Id, i64, Said), i64>,
    owners: HashMap<Id, Id>,
}

impl Totals {
    /// Counts one attempt. Nothing is written yet.
    pub fn add(&mut self, facts: &Facts<'_>) {
        let slot = slot_of(facts.at);
        let time = self.times.entry((facts.run, slot)).or_default();
        time.tally.count(facts.outcome);
        time.duration_ms += facts.duration_ms;
        time.longest_ms = time.longest_ms.max(facts.duration_ms);
        time.classes[class_of(facts.duration_ms)] += 1;
        self.domains
            .entry((facts.run, slot, domain_of(facts.email)))
            .or_default()
            .count(facts.outcome);
        let local = if facts.reply.code == 0 {
            local::key_of(&facts.reply.text)
        } else {
            ""
        };
        let said = Said {
            outcome: facts.outcome.name(),
            charged_to: charged_to(facts.relays_fault),
            code: facts.reply.code,
            enhanced: facts.reply.enhanced.clone().unwrap_or_default(),
            local,
        };
        *self.replies.entry((facts.run, slot, said)).or_default() += 1;
    }

    /// Writes what was counted, inside the transaction of the attempts. Afterwards there is nothing
    /// to write any more.
    ///
    /// # Errors
    /// The database's; then the transaction must be undone.
    pub fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        for ((run, slot), time) in std::mem::take(&mut self.times) {
            let owner = self.owner(connection, run)?;
            add_time(connection, owner, run, slot, &time)?;
        }
        let mut of_runs: BTreeMap<(Id, String), Tally> = BTreeMap::new();
        for ((run, slot, domain), tally) in std::mem::take(&mut self.domains) {
            let owner = self.owner(connection, run)?;
            add_domain(connection, owner, slot, &domain, tally)?;
            of_runs.entry((run, domain)).or_default().add(tally);
        }
        for ((run, domain), tally) in of_runs {
            add_run_domain(connection, run, &domain, tally)?;
        }
        let mut of_runs: BTreeMap<(Id, Said), i64> = BTreeMap::new();
        for ((run, slot, said), count) in std::mem::take(&mut self.replies) {
            let owner = self.owner(connection, run)?;
            add_reply(connection, owner, slot, &said, count)?;
            *of_runs.entry((run, said)).or_default() += count;
        }
        for ((run, said), count) in of_runs {
            add_run_reply(connection, run, &said, count)?;
        }
        Ok(())
    }

    /// Drops what was counted and not written, because the attempts were undone.
    pub fn forget(&mut self) {
        self.times.clear();
        self.domains.clear();
        self.replies.clear();
    }

    /// Whose a run is.
    pub(in crate::store) fn owner(
        &mut self,
        connection: &Connection,
        run: Id,
    ) -> rusqlite::Result<Id> {
        if let Some(owner) = self.owners.get(&run) {
            return Ok(*owner);
        }
        let owner = connection
            .prepare_cached("SELECT owner_id FROM runs WHERE id = :run")?
            .query_row(named_params! { ":run": run }, |row| row.get(0))?;
        if self.owners.len() >= OWNERS {
            self.owners.clear();
        }
        self.owners.insert(run, owner);
        Ok(owner)
    }
}

fn add_time(
    connection: &Connection,
    owner: Id,
    run: Id,
    slot: i64,
    time: &Time,
) -> rusqlite::Result<()> {
    let [c1, c2, c3, c4, c5, c6, c7] = time.classes;
    connection
        .prepare_cached(
            "INSERT INTO totals_of_time (owner_id, slot, run_id, accepted, deferred, refused,
                 in_doubt, duration_ms, longest_ms, under_100ms, under_300ms, under_1s, under_3s,
                 under_10s, under_30s, longer)
             VALUES (:owner, :slot, :run, :accepted, :deferred, :refused, :in_doubt, :duration,
                     :longest, :c1, :c2, :c3, :c4, :c5, :c6, :c7)
             ON CONFLICT DO UPDATE SET
                 accepted = accepted + excluded.accepted,
                 deferred = deferred + excluded.deferred,
                 refused = refused + excluded.refused,
                 in_doubt = in_doubt + excluded.in_doubt,
                 duration_ms = duration_ms + excluded.duration_ms,
                 longest_ms = max(longest_ms, excluded.longest_ms),
                 under_100ms = under_100ms + excluded.under_100ms,
                 under_300ms = under_300ms + excluded.under_300ms,
                 under_1s = under_1s + excluded.under_1s,
                 under_3s = under_3s + excluded.under_3s,
                 under_10s = under_10s + excluded.under_10s,
                 under_30s = under_30s + excluded.under_30s,
                 longer = longer + excluded.longer",
        )?
        .execute(named_params! {
            ":owner": owner, ":slot": slot, ":run": run,
            ":accepted": time.tally.accepted, ":deferred": time.tally.deferred,
            ":refused": time.tally.refused, ":in_doubt": time.tally.in_doubt,
            ":duration": time.duration_ms, ":longest": time.longest_ms,
            ":c1": c1, ":c2": c2, ":c3": c3, ":c4": c4, ":c5": c5, ":c6": c6, ":c7": c7,
        })?;
    Ok(())
}

fn add_domain(
    connection: &Connection,
    owner: Id,
    slot: i64,
    domain: &str,
    tally: Tally,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO totals_of_domains (owner_id, slot, domain, accepted, deferred, refused,
                                            in_doubt)
             VALUES (:owner, :slot, :domain, :accepted, :deferred, :refused, :in_doubt)
             ON CONFLICT DO UPDATE SET
                 accepted = accepted + excluded.accepted,
                 deferred = deferred + excluded.deferred,
                 refused = refused + excluded.refused,
                 in_doubt = in_doubt + excluded.in_doubt",
        )?
        .execute(named_params! {
            ":owner": owner, ":slot": slot, ":domain": domain,
            ":accepted": tally.accepted, ":deferred": tally.deferred,
            ":refused": tally.refused, ":in_doubt": tally.in_doubt,
        })?;
    Ok(())
}

fn add_run_domain(
    connection: &Connection,
    run: Id,
    domain: &str,
    tally: Tally,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO totals_of_run_domains (run_id, domain, accepted, deferred, refused,
                                                in_doubt)
             VALUES (:run, :domain, :accepted, :deferred, :refused, :in_doubt)
             ON CONFLICT DO UPDATE SET
                 accepted = accepted + excluded.accepted,
                 deferred = deferred + excluded.deferred,
                 refused = refused + excluded.refused,
                 in_doubt = in_doubt + excluded.in_doubt",
        )?
        .execute(named_params! {
            ":run": run, ":domain": domain,
            ":accepted": tally.accepted, ":deferred": tally.deferred,
            ":refused": tally.refused, ":in_doubt": tally.in_doubt,
        })?;
    Ok(())
}

fn add_reply(
    connection: &Connection,
    owner: Id,
    slot: i64,
    said: &Said,
    count: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO totals_of_replies (owner_id, slot, outcome, charged_to, code, enhanced,
                                            local, attempts)
             VALUES (:owner, :slot, :outcome, :charged_to, :code, :enhanced, :local, :count)
             ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts",
        )?
        .execute(named_params! {
            ":owner": owner, ":slot": slot, ":outcome": said.outcome,
            ":charged_to": said.charged_to, ":code": said.code, ":enhanced": said.enhanced,
            ":local": said.local, ":count": count,
        })?;
    Ok(())
}

fn add_run_reply(
    connection: &Connection,
    run: Id,
    said: &Said,
    count: i64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO totals_of_run_replies (run_id, outcome, charged_to, code, enhanced, local,
                                                attempts)
             VALUES (:run, :outcome, :charged_to, :code, :enhanced, :local, :count)
             ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts",
        )?
        .execute(named_params! {
            ":run": run, ":outcome": said.outcome, ":charged_to": said.charged_to,
            ":code": said.code, ":enhanced": said.enhanced, ":local": said.local,
            ":count": count,
        })?;
    Ok(())
}
