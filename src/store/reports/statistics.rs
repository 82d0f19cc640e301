//! Statistics, read from the kept totals (`totals`) and the runs' counters: no attempt is counted
//! to show a number.

use rusqlite::{Connection, Row};
use serde::Serialize;

pub use super::scope::StatsScope;
use crate::domain::accounts::permission::Scope;
use crate::domain::mailings::run::{Counters, RunState};
use crate::domain::reports::statistics::{CLASSES, SLOT, Tally};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::db::snapshot::snapshot;

const TALLY: &str = "sum(t.accepted), sum(t.deferred), sum(t.refused), sum(t.in_doubt)";

fn tally(row: &Row<'_>, first: usize) -> rusqlite::Result<Tally> {
    let number = |index| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.unwrap_or(0));
    Ok(Tally {
        accepted: number(first)?,
        deferred: number(first + 1)?,
        refused: number(first + 2)?,
        in_doubt: number(first + 3)?,
    })
}

/// By slot, oldest first; slots in which nothing happened are left out.
pub fn over_time(
    connection: &Connection,
    of: &StatsScope,
) -> Result<Vec<(i64, Tally)>, StoreError> {
    of.rows(connection, &over_time_sql(of), |row| {
        Ok((row.get(0)?, tally(row, 1)?))
    })
}

pub(in crate::store) fn over_time_sql(of: &StatsScope) -> String {
    format!(
        "SELECT t.slot, {TALLY}{} GROUP BY t.slot ORDER BY t.slot",
        of.of_time()
    )
}

/// All together, and how long the attempts took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub tally: Tally,
    /// Of all attempts together.
    pub duration_ms: Millis,
    pub longest_ms: Millis,
    /// Attempts by class (`domain::statistics::DURATIONS`).
    pub classes: [i64; CLASSES],
}

impl Summary {
    /// What an attempt took on average; nothing where there was none.
    pub fn average_ms(&self) -> Option<Millis> {
        let count = self.tally.all();
        (count > 0).then(|| (self.duration_ms + count / 2) / count)
    }
}

const DURATIONS: &str = "sum(t.duration_ms), max(t.longest_ms), sum(t.under_100ms),
    sum(t.under_300ms), sum(t.under_1s), sum(t.under_3s), sum(t.under_10s), sum(t.under_30s),
    sum(t.longer)";

fn summary_of(row: &Row<'_>, first: usize) -> rusqlite::Result<Summary> {
    let number = |index| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(index)?.unwrap_or(0));
    let mut classes = [0; CLASSES];
    for (index, class) in classes.iter_mut().enumerate() {
        *class = number(first + 6 + index)?;
    }
    Ok(Summary {
        tally: tally(row, first)?,
        duration_ms: number(first + 4)?,
        longest_ms: number(first + 5)?,
        classes,
    })
}

pub fn summary(connection: &Connection, of: &StatsScope) -> Result<Summary, StoreError> {
    let rows = of.rows(connection, &summary_sql(of), |row| summary_of(row, 0))?;
    Ok(rows.into_iter().next().unwrap_or_default())
}

/// Attempts since each of these moments, in their order; those of all time last.
pub fn since(
    connection: &Connection,
    scope: Scope,
    moments: &[Millis],
) -> Result<Vec<Tally>, StoreError> {
    let everything = StatsScope::everything(scope);
    let whole = std::iter::once(None);
    moments
        .iter()
        .map(|moment| Some(*moment))
        .chain(whole)
        .map(|from| {
            summary(connection, &StatsScope { from, ..everything }).map(|found| found.tally)
        })
        .collect()
}

pub(in crate::store) fn summary_sql(of: &StatsScope) -> String {
    format!("SELECT {TALLY}, {DURATIONS}{}", of.of_time())
}

/// A mailing's attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfMailing {
    pub id: Id,
    /// Its own title, else the subject of its newest run.
    pub title: String,
    pub owner_email: String,
    /// It was deleted since: there is no page of it.
    pub deleted: bool,
    #[serde(flatten)]
    pub summary: Summary,
}

/// By mailing, the most attempts first; at most `limit`.
pub fn by_mailing(
    connection: &Connection,
    of: &StatsScope,
    limit: usize,
) -> Result<Vec<OfMailing>, StoreError> {
    of.rows(connection, &by_mailing_sql(of, limit), |row| {
        Ok(OfMailing {
            id: row.get(0)?,
            title: row.get(1)?,
            owner_email: row.get(2)?,
            deleted: row.get(3)?,
            summary: summary_of(row, 4)?,
        })
    })
}

pub(in crate::store) fn by_mailing_sql(of: &StatsScope, limit: usize) -> String {
    let inner = of.of_time();
    format!(
        "WITH sums AS MATERIALIZED (
             SELECT t.run_id AS run_id, sum(t.accepted) AS accepted, sum(t.deferred) AS deferred,
                    sum(t.refused) AS refused, sum(t.in_doubt) AS in_doubt,
                    sum(t.duration_ms) AS duration_ms, max(t.longest_ms) AS longest_ms,
                    sum(t.under_100ms) AS under_100ms, sum(t.under_300ms) AS under_300ms,
                    sum(t.under_1s) AS under_1s, sum(t.under_3s) AS under_3s,
                    sum(t.under_10s) AS under_10s, sum(t.under_30s) AS under_30s,
                    sum(t.longer) AS longer{inner} GROUP BY t.run_id)
         SELECT g.id, CASE g.title WHEN '' THEN
                    (SELECT n.subject FROM runs n WHERE n.mailing_id = g.id
                     ORDER BY n.id DESC LIMIT 1) ELSE g.title END,
                o.email, g.deleted_at IS NOT NULL, {TALLY}, {DURATIONS}
         FROM sums t CROSS JOIN runs x ON x.id = t.run_id CROSS JOIN mailings g ON g.id = x.mailing_id
         CROSS JOIN users o ON o.id = g.owner_id
         GROUP BY g.id
         ORDER BY sum(t.accepted + t.deferred + t.refused + t.in_doubt) DESC, g.id DESC
         LIMIT {limit}"
    )
}

/// A run's attempts, and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfRun {
    pub id: Id,
    pub started_at: Millis,
    pub finished_at: Option<Millis>,
    pub state: RunState,
    /// People, as the mailing's page counts them; `summary` counts attempts.
    pub recipients: Counters,
    #[serde(flatten)]
    pub summary: Summary,
}

/// A mailing's runs, the newest first; at most `limit`.
pub fn by_run(
    connection: &Connection,
    mailing: Id,
    limit: usize,
) -> Result<Vec<OfRun>, StoreError> {
    let sql = format!(
        "SELECT r.id, r.started_at, r.finished_at, r.state, r.total, r.queued, r.deferred, r.trying,
                r.accepted, r.refused, r.in_doubt, r.expired, r.skipped, {TALLY}, {DURATIONS}
         FROM (SELECT id, started_at, finished_at, state, total, queued, deferred, trying,
                      accepted, refused, in_doubt, expired, skipped FROM runs
               WHERE mailing_id = :mailing ORDER BY id DESC LIMIT {limit}) r
         LEFT JOIN totals_of_time t ON t.run_id = r.id
         GROUP BY r.id ORDER BY r.id DESC"
    );
    StatsScope::mailing(mailing, None).rows(connection, &sql, |row| {
        Ok(OfRun {
            id: row.get(0)?,
            started_at: row.get(1)?,
            finished_at: row.get(2)?,
            state: RunState::by_name(&row.get::<_, String>(3)?).unwrap_or(RunState::Finished),
            recipients: Counters {
                total: row.get(4)?,
                queued: row.get(5)?,
                deferred: row.get(6)?,
                trying: row.get(7)?,
                accepted: row.get(8)?,
                refused: row.get(9)?,
                in_doubt: row.get(10)?,
                expired: row.get(11)?,
                skipped: row.get(12)?,
            },
            summary: summary_of(row, 13)?,
        })
    })
}

/// By recipients' domain (in A-labels), the most attempts first; at most `limit`.
pub fn by_domain(
    connection: &Connection,
    of: &StatsScope,
    limit: usize,
) -> Result<Vec<(String, Tally)>, StoreError> {
    of.rows(connection, &by_domain_sql(of, limit), |row| {
        Ok((row.get(0)?, tally(row, 1)?))
    })
}

pub(in crate::store) fn by_domain_sql(of: &StatsScope, limit: usize) -> String {
    format!(
        "SELECT t.domain, {TALLY}{} GROUP BY t.domain
         ORDER BY sum(t.accepted + t.deferred + t.refused + t.in_doubt) DESC, t.domain
         LIMIT {limit}",
        of.of_kind("totals_of_domains", "totals_of_run_domains")
    )
}

/// What mail servers said, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfReply {
    /// `None` where there was no reply; then `local` says what happened.
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    pub local: Option<String>,
    pub outcome: String,
    pub charged_to: String,
    pub attempts: i64,
}

/// The replies of attempts that did not succeed, the most frequent first; at most `limit`.
pub fn failures_by_reply(
    connection: &Connection,
    of: &StatsScope,
    limit: usize,
) -> Result<Vec<OfReply>, StoreError> {
    let said = |text: String| (!text.is_empty()).then_some(text);
    of.rows(connection, &failures_sql(of, limit), |row| {
        let code: u16 = row.get(0)?;
        Ok(OfReply {
            code: (code != 0).then_some(code),
            enhanced: said(row.get(1)?),
            local: said(row.get(2)?),
            outcome: row.get(3)?,
            charged_to: row.get(4)?,
            attempts: row.get(5)?,
        })
    })
}

pub(in crate::store) fn failures_sql(of: &StatsScope, limit: usize) -> String {
    format!(
        "SELECT t.code, t.enhanced, t.local, t.outcome, t.charged_to, sum(t.attempts){}
           AND t.outcome <> 'accepted'
         GROUP BY t.code, t.enhanced, t.local, t.outcome, t.charged_to
         ORDER BY sum(t.attempts) DESC, t.code, t.enhanced, t.local, t.outcome, t.charged_to
         LIMIT {limit}",
        of.of_kind("totals_of_replies", "totals_of_run_replies")
    )
}

/// All that a report shows, of one and the same moment.
#[derive(Debug, Clone)]
pub struct Report {
    pub summary: Summary,
    pub slots: Vec<(i64, Tally)>,
    /// Empty for one mailing.
    pub mailings: Vec<OfMailing>,
    /// Empty for whole owners.
    pub runs: Vec<OfRun>,
    pub domains: Vec<(String, Tally)>,
    pub replies: Vec<OfReply>,
}

/// Reads a report in one snapshot, so that its figures add up also while mail is being sent;
/// `limit` is how many rows its lists have at most.
pub fn report(
    connection: &Connection,
    of: &StatsScope,
    limit: usize,
) -> Result<Report, StoreError> {
    snapshot(connection, |c| {
        Ok(Report {
            summary: summary(c, of)?,
            slots: over_time(c, of)?,
            mailings: match of.mailing {
                None => by_mailing(c, of, limit)?,
                Some(_) => Vec::new(),
            },
            runs: match of.mailing {
                None => Vec::new(),
                Some(mailing) => by_run(c, mailing, limit)?,
            },
            domains: by_domain(c, of, limit)?,
            replies: failures_by_reply(c, of, limit)?,
        })
    })
}

/// The span that a series is shown of: the period, or, where it has no beginning or no end, from
/// the first to the last slot in which anything happened; `None` where nothing is to be shown.
pub fn extent(of: &StatsScope, slots: &[(i64, Tally)]) -> Option<(Millis, Millis)> {
    /// A period that is longer begins and ends with what happened in it.
    const LONG: Millis = 400 * 24 * 3_600_000;
    let (first, last) = (slots.first()?.0 * SLOT, (slots.last()?.0 + 1) * SLOT);
    let (from, until) = (of.from.unwrap_or(first), of.until.unwrap_or(last));
    if until - from > LONG {
        return Some((from.max(first), until.min(last)));
    }
    Some((from, until))
}
