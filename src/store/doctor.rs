//! Whether the database is sound, and whether every number that is kept is the number of what it
//! counts. Everything is looked at in one snapshot, also while mail is being sent.

use rusqlite::Connection;
use serde::Serialize;

use super::StoreError;
use super::db::snapshot::snapshot;

/// A number that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Of what: a table's row, or what SQLite complains of.
    pub subject: String,
    /// What is kept; nothing where nothing is.
    pub kept: Option<String>,
    /// What there is.
    pub counted: Option<String>,
}

/// What one check found.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// `integrity`, `runs` …; the texts are under `doctor-…`.
    pub check: &'static str,
    pub ok: bool,
    /// The first of them, [`SHOWN`] at most.
    pub differences: Vec<Difference>,
}

/// Most differences that a check names.
pub const SHOWN: usize = 20;

/// Each compares what is kept with what is counted: `SELECT subject, kept, counted` of those that
/// differ.
const CHECKS: [(&str, &str); 14] = [
    ("addresses", ADDRESSES),
    ("owners", OWNERS),
    ("users", USERS),
    ("kept-counts", KEPT_COUNTS),
    ("mailings", MAILINGS),
    ("runs", RUNS),
    ("doubts-left", DOUBTS_LEFT),
    ("run-attempts", RUN_ATTEMPTS),
    ("deliveries", DELIVERIES),
    ("totals-of-time", TIME),
    ("totals-of-domains", DOMAINS),
    ("totals-of-run-domains", RUN_DOMAINS),
    ("totals-of-replies", REPLIES),
    ("totals-of-run-replies", RUN_REPLIES),
];

const ADDRESSES: &str = "
    SELECT 'users ' || id, email_key, address_key(email) FROM users
    WHERE deleted_at IS NULL AND email_key <> address_key(email)
    UNION ALL
    SELECT 'recipients ' || id, email_key, address_key(email) FROM recipients
    WHERE email_key <> address_key(email)";

const OWNERS: &str = "
    SELECT 'runs ' || r.id, r.owner_id, g.owner_id
    FROM runs r JOIN mailings g ON g.id = r.mailing_id WHERE r.owner_id IS NOT g.owner_id
    UNION ALL
    SELECT 'attempts ' || a.id, a.owner_id, r.owner_id
    FROM attempts a JOIN runs r ON r.id = a.run_id WHERE a.owner_id IS NOT r.owner_id";

const USERS: &str = "
    SELECT * FROM (
        SELECT 'users ' || u.id,
               printf('recipients=%d messages=%d mailings=%d', u.recipients_count,
                      u.messages_count, u.mailings_count) AS kept,
               printf('recipients=%d messages=%d mailings=%d',
                      (SELECT count(*) FROM recipients x WHERE x.owner_id = u.id),
                      (SELECT count(*) FROM messages x WHERE x.owner_id = u.id),
                      (SELECT count(*) FROM mailings x
                       WHERE x.owner_id = u.id AND x.deleted_at IS NULL)) AS counted
        FROM users u)
    WHERE kept <> counted";

const MAILINGS: &str = "
    SELECT * FROM (
        SELECT 'mailings ' || g.id, g.recipients_count AS kept,
               (SELECT count(*) FROM mailing_recipients x WHERE x.mailing_id = g.id) AS counted
        FROM mailings g)
    WHERE kept <> counted";

const RUNS: &str = "
    WITH counted AS (
        SELECT run_id, count(*) AS total,
               sum(state = 'waiting' AND attempts = 0) AS queued,
               sum(state = 'waiting' AND attempts > 0) AS deferred,
               sum(state = 'trying') AS trying, sum(state = 'accepted') AS accepted,
               sum(state = 'refused') AS refused, sum(state = 'in_doubt') AS in_doubt,
               sum(state = 'expired') AS expired, sum(state = 'skipped') AS skipped
        FROM deliveries GROUP BY run_id)
    SELECT * FROM (
        SELECT 'runs ' || r.id,
               printf('total=%d queued=%d deferred=%d trying=%d accepted=%d refused=%d in_doubt=%d expired=%d skipped=%d',
                      r.total, r.queued, r.deferred, r.trying, r.accepted, r.refused, r.in_doubt,
                      r.expired, r.skipped) AS kept,
               printf('total=%d queued=%d deferred=%d trying=%d accepted=%d refused=%d in_doubt=%d expired=%d skipped=%d',
                      c.total, c.queued, c.deferred, c.trying, c.accepted, c.refused, c.in_doubt,
                      c.expired, c.skipped) AS counted
        FROM runs r LEFT JOIN counted c ON c.run_id = r.id)
    WHERE kept <> counted";

const KEPT_COUNTS: &str = "
    SELECT * FROM (
        SELECT 'kept_counts ' || k.what, k.count AS kept,
               CASE k.what
                   WHEN 'users' THEN (SELECT count(*) FROM users u WHERE u.deleted_at IS NULL)
                   WHEN 'captured_mails' THEN (SELECT count(*) FROM captured_mails)
                   WHEN 'captured_octets' THEN
                       (SELECT coalesce(sum(length(m.source)), 0) FROM captured_mails m
                        WHERE m.private = 0)
               END AS counted
        FROM kept_counts k)
    WHERE kept IS NOT counted";

const DOUBTS_LEFT: &str = "
    WITH counted AS (
        SELECT run_id, count(*) AS doubts FROM deliveries
        WHERE state = 'in_doubt' AND doubt_left_at IS NOT NULL GROUP BY run_id)
    SELECT 'runs ' || r.id, r.doubts_left, coalesce(c.doubts, 0)
    FROM runs r LEFT JOIN counted c ON c.run_id = r.id
    WHERE r.doubts_left <> coalesce(c.doubts, 0)";

const RUN_ATTEMPTS: &str = "
    WITH counted AS (
        SELECT run_id, sum(outcome = 'accepted') AS accepted, sum(outcome = 'deferred') AS deferred,
               sum(outcome = 'refused') AS refused, sum(outcome = 'in_doubt') AS in_doubt
        FROM attempts GROUP BY run_id)
    SELECT * FROM (
        SELECT 'runs ' || r.id,
               printf('accepted=%d deferred=%d refused=%d in_doubt=%d', r.attempts_accepted,
                      r.attempts_deferred, r.attempts_refused, r.attempts_in_doubt) AS kept,
               printf('accepted=%d deferred=%d refused=%d in_doubt=%d', c.accepted, c.deferred,
                      c.refused, c.in_doubt) AS counted
        FROM runs r LEFT JOIN counted c ON c.run_id = r.id)
    WHERE kept <> counted";

// A try that is under way counts already; one that was the relay's fault does not.
const DELIVERIES: &str = "
    WITH counted AS (
        SELECT delivery_id, count(*) AS attempts FROM attempts
        WHERE charged_to = 'recipient' GROUP BY delivery_id)
    SELECT 'deliveries ' || d.id, d.attempts, coalesce(c.attempts, 0) + (d.state = 'trying')
    FROM deliveries d LEFT JOIN counted c ON c.delivery_id = d.id
    WHERE d.attempts <> coalesce(c.attempts, 0) + (d.state = 'trying')";

const TIME: &str = "
    WITH counted AS (
        SELECT printf('owner=%d slot=%d run=%d', r.owner_id, a.at / 900000, a.run_id) AS subject,
               printf('%d,%d,%d,%d; %d ms, %d ms; %d,%d,%d,%d,%d,%d,%d',
                      sum(a.outcome = 'accepted'), sum(a.outcome = 'deferred'),
                      sum(a.outcome = 'refused'), sum(a.outcome = 'in_doubt'),
                      sum(a.duration_ms), max(a.duration_ms), sum(a.duration_ms < 100),
                      sum(a.duration_ms >= 100 AND a.duration_ms < 300),
                      sum(a.duration_ms >= 300 AND a.duration_ms < 1000),
                      sum(a.duration_ms >= 1000 AND a.duration_ms < 3000),
                      sum(a.duration_ms >= 3000 AND a.duration_ms < 10000),
                      sum(a.duration_ms >= 10000 AND a.duration_ms < 30000),
                      sum(a.duration_ms >= 30000)) AS value
        FROM attempts a JOIN runs r ON r.id = a.run_id
        GROUP BY r.owner_id, a.at / 900000, a.run_id),
    kept AS (
        SELECT printf('owner=%d slot=%d run=%d', owner_id, slot, run_id) AS subject,
               printf('%d,%d,%d,%d; %d ms, %d ms; %d,%d,%d,%d,%d,%d,%d', accepted, deferred,
                      refused, in_doubt, duration_ms, longest_ms, under_100ms, under_300ms,
                      under_1s, under_3s, under_10s, under_30s, longer) AS value
        FROM totals_of_time)
    SELECT subject, max(kept), max(counted) FROM (
        SELECT subject, value AS kept, NULL AS counted FROM kept
        UNION ALL SELECT subject, NULL, value FROM counted)
    GROUP BY subject HAVING max(kept) IS NOT max(counted)";

const DOMAINS: &str = "
    WITH counted AS (
        SELECT printf('owner=%d slot=%d %s', r.owner_id, a.at / 900000, domain_of(d.email))
                   AS subject,
               printf('%d,%d,%d,%d', sum(a.outcome = 'accepted'), sum(a.outcome = 'deferred'),
                      sum(a.outcome = 'refused'), sum(a.outcome = 'in_doubt')) AS value
        FROM attempts a JOIN runs r ON r.id = a.run_id JOIN deliveries d ON d.id = a.delivery_id
        GROUP BY r.owner_id, a.at / 900000, domain_of(d.email)),
    kept AS (
        SELECT printf('owner=%d slot=%d %s', owner_id, slot, domain) AS subject,
               printf('%d,%d,%d,%d', accepted, deferred, refused, in_doubt) AS value
        FROM totals_of_domains)
    SELECT subject, max(kept), max(counted) FROM (
        SELECT subject, value AS kept, NULL AS counted FROM kept
        UNION ALL SELECT subject, NULL, value FROM counted)
    GROUP BY subject HAVING max(kept) IS NOT max(counted)";

const RUN_DOMAINS: &str = "
    WITH counted AS (
        SELECT printf('run=%d %s', a.run_id, domain_of(d.email)) AS subject,
               printf('%d,%d,%d,%d', sum(a.outcome = 'accepted'), sum(a.outcome = 'deferred'),
                      sum(a.outcome = 'refused'), sum(a.outcome = 'in_doubt')) AS value
        FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
        GROUP BY a.run_id, domain_of(d.email)),
    kept AS (
        SELECT printf('run=%d %s', run_id, domain) AS subject,
               printf('%d,%d,%d,%d', accepted, deferred, refused, in_doubt) AS value
        FROM totals_of_run_domains)
    SELECT subject, max(kept), max(counted) FROM (
        SELECT subject, value AS kept, NULL AS counted FROM kept
        UNION ALL SELECT subject, NULL, value FROM counted)
    GROUP BY subject HAVING max(kept) IS NOT max(counted)";

const REPLIES: &str = "
    WITH counted AS (
        SELECT printf('owner=%d slot=%d %s %s %d %s %s', r.owner_id, a.at / 900000, a.outcome,
                      a.charged_to, coalesce(a.code, 0), coalesce(a.enhanced, ''),
                      CASE WHEN a.code IS NULL THEN local_key(a.text) ELSE '' END) AS subject,
               count(*) AS value
        FROM attempts a JOIN runs r ON r.id = a.run_id GROUP BY 1),
    kept AS (
        SELECT printf('owner=%d slot=%d %s %s %d %s %s', owner_id, slot, outcome, charged_to, code,
                      enhanced, local) AS subject, attempts AS value
        FROM totals_of_replies)
    SELECT subject, max(kept), max(counted) FROM (
        SELECT subject, value AS kept, NULL AS counted FROM kept
        UNION ALL SELECT subject, NULL, value FROM counted)
    GROUP BY subject HAVING max(kept) IS NOT max(counted)";

const RUN_REPLIES: &str = "
    WITH counted AS (
        SELECT printf('run=%d %s %s %d %s %s', a.run_id, a.outcome, a.charged_to,
                      coalesce(a.code, 0), coalesce(a.enhanced, ''),
                      CASE WHEN a.code IS NULL THEN local_key(a.text) ELSE '' END) AS subject,
               count(*) AS value
        FROM attempts a GROUP BY 1),
    kept AS (
        SELECT printf('run=%d %s %s %d %s %s', run_id, outcome, charged_to, code, enhanced, local)
                   AS subject, attempts AS value
        FROM totals_of_run_replies)
    SELECT subject, max(kept), max(counted) FROM (
        SELECT subject, value AS kept, NULL AS counted FROM kept
        UNION ALL SELECT subject, NULL, value FROM counted)
    GROUP BY subject HAVING max(kept) IS NOT max(counted)";

/// Looks at everything, in one snapshot of the database.
///
/// # Errors
/// When the database cannot be read; one that can be read and is damaged is a finding.
pub fn examine(connection: &Connection) -> Result<Vec<Finding>, StoreError> {
    snapshot(connection, |c| {
        let mut findings = vec![integrity(c)?, foreign_keys(c)?];
        for (check, sql) in CHECKS {
            findings.push(compare(c, check, sql)?);
        }
        Ok(findings)
    })
}

fn finding(check: &'static str, differences: Vec<Difference>) -> Finding {
    Finding {
        check,
        ok: differences.is_empty(),
        differences,
    }
}

fn compare(connection: &Connection, check: &'static str, sql: &str) -> Result<Finding, StoreError> {
    use rusqlite::types::ValueRef;
    fn text(value: ValueRef<'_>) -> Option<String> {
        match value {
            ValueRef::Integer(number) => Some(number.to_string()),
            ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            _ => None,
        }
    }
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut differences = Vec::new();
    while let Some(row) = rows.next()? {
        if differences.len() == SHOWN {
            break;
        }
        differences.push(Difference {
            subject: text(row.get_ref(0)?).unwrap_or_default(),
            kept: text(row.get_ref(1)?),
            counted: text(row.get_ref(2)?),
        });
    }
    Ok(finding(check, differences))
}

fn integrity(connection: &Connection) -> Result<Finding, StoreError> {
    let said: Vec<String> = connection
        .prepare(&format!("PRAGMA integrity_check({SHOWN})"))?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let differences = said
        .into_iter()
        .filter(|line| line != "ok")
        .map(|subject| Difference {
            subject,
            kept: None,
            counted: None,
        });
    Ok(finding("integrity", differences.collect()))
}

fn foreign_keys(connection: &Connection) -> Result<Finding, StoreError> {
    let missing = connection
        .prepare("PRAGMA foreign_key_check")?
        .query_map([], |row| {
            let (table, row_id, parent): (String, Option<i64>, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let row_id = row_id.unwrap_or_default();
            Ok(Difference {
                subject: format!("{table} {row_id} → {parent}"),
                kept: None,
                counted: None,
            })
        })?
        .take(SHOWN)
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(finding("foreign-keys", missing))
}
