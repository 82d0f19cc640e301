//! Rows by the million, for the demo: an installation as it is after years.
//!
//! What the verbs do one by one is done here by the table. Each function is one transaction, so
//! that whatever breaks off leaves a whole database, its triggers included.

use rusqlite::{Connection, named_params};

use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::accounts::users;
use crate::store::accounts::users::Kept;

/// The trigger that keeps the index of substrings.
const INDEXER: &str = "recipients_are_found";

/// Adds recipients to an owner's list. Their words are indexed at the end, in one go, which is many
/// times faster than row by row.
pub fn recipients(
    connection: &Connection,
    owner: Id,
    drafts: impl IntoIterator<Item = RecipientDraft>,
    now: Millis,
) -> Result<i64, StoreError> {
    let indexer: String = connection.query_row(
        "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = :name",
        named_params! { ":name": INDEXER },
        |row| row.get(0),
    )?;
    let before: Id =
        connection.query_row("SELECT coalesce(max(id), 0) FROM recipients", [], |row| {
            row.get(0)
        })?;
    connection.execute_batch(&format!("DROP TRIGGER {INDEXER}"))?;
    let mut count = 0;
    for draft in drafts {
        count += connection
            .prepare_cached(
                "INSERT OR IGNORE INTO recipients (owner_id, email, email_key, name, comment,
                                                   search_text, created_at, updated_at)
                 VALUES (:owner, :email, :email_key, :name, :comment, :search_text, :now, :now)",
            )?
            .execute(named_params! {
                ":owner": owner,
                ":email": draft.email.as_typed(),
                ":email_key": draft.email.key(),
                ":name": draft.name,
                ":comment": draft.comment,
                ":search_text": draft.search_text(),
                ":now": now,
            })?;
    }
    connection.execute(
        "INSERT INTO recipients_search (rowid, text)
         SELECT owner_id << 40 | id, search_text FROM recipients WHERE id > :before
         ORDER BY owner_id, id",
        named_params! { ":before": before },
    )?;
    connection.execute_batch(&indexer)?;
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    users::shift_total(connection, owner, Kept::Recipients, count)?;
    Ok(count)
}

/// What is kept of a run's attempts, as `totals` keeps it of attempts one by one.
const TOTALS: [&str; 5] = [
    "INSERT INTO totals_of_time
     SELECT r.owner_id, a.at / 900000, a.run_id,
            sum(a.outcome = 'accepted'), sum(a.outcome = 'deferred'),
            sum(a.outcome = 'refused'), sum(a.outcome = 'in_doubt'),
            sum(a.duration_ms), max(a.duration_ms),
            sum(a.duration_ms < 100),
            sum(a.duration_ms >= 100 AND a.duration_ms < 300),
            sum(a.duration_ms >= 300 AND a.duration_ms < 1000),
            sum(a.duration_ms >= 1000 AND a.duration_ms < 3000),
            sum(a.duration_ms >= 3000 AND a.duration_ms < 10000),
            sum(a.duration_ms >= 10000 AND a.duration_ms < 30000),
            sum(a.duration_ms >= 30000)
     FROM attempts a JOIN runs r ON r.id = a.run_id
     WHERE a.run_id = :run
     GROUP BY 1, 2, 3",
    "INSERT INTO totals_of_domains
     SELECT r.owner_id, a.at / 900000, domain_of(d.email),
            sum(a.outcome = 'accepted'), sum(a.outcome = 'deferred'),
            sum(a.outcome = 'refused'), sum(a.outcome = 'in_doubt')
     FROM attempts a JOIN runs r ON r.id = a.run_id JOIN deliveries d ON d.id = a.delivery_id
     WHERE a.run_id = :run
     GROUP BY 1, 2, 3
     ON CONFLICT DO UPDATE SET accepted = accepted + excluded.accepted,
         deferred = deferred + excluded.deferred, refused = refused + excluded.refused,
         in_doubt = in_doubt + excluded.in_doubt",
    "INSERT INTO totals_of_run_domains
     SELECT a.run_id, domain_of(d.email),
            sum(a.outcome = 'accepted'), sum(a.outcome = 'deferred'),
            sum(a.outcome = 'refused'), sum(a.outcome = 'in_doubt')
     FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
     WHERE a.run_id = :run
     GROUP BY 1, 2",
    "INSERT INTO totals_of_replies
     SELECT r.owner_id, a.at / 900000, a.outcome, a.charged_to, coalesce(a.code, 0),
            coalesce(a.enhanced, ''), CASE WHEN a.code IS NULL THEN local_key(a.text) ELSE '' END,
            count(*)
     FROM attempts a JOIN runs r ON r.id = a.run_id
     WHERE a.run_id = :run
     GROUP BY 1, 2, 3, 4, 5, 6, 7
     ON CONFLICT DO UPDATE SET attempts = attempts + excluded.attempts",
    "INSERT INTO totals_of_run_replies
     SELECT a.run_id, a.outcome, a.charged_to, coalesce(a.code, 0), coalesce(a.enhanced, ''),
            CASE WHEN a.code IS NULL THEN local_key(a.text) ELSE '' END, count(*)
     FROM attempts a
     WHERE a.run_id = :run
     GROUP BY 1, 2, 3, 4, 5, 6",
];

/// Adds a finished run of a mailing to its first `limit` recipients, each tried once: nine in ten
/// accepted, the others refused. Returns how many attempts that are.
pub fn run(
    connection: &Connection,
    mailing: Id,
    limit: i64,
    token: &str,
    started_at: Millis,
) -> Result<i64, StoreError> {
    connection.execute(
        "INSERT INTO runs (mailing_id, owner_id, token, started_by, failed_only, subject, body,
                           started_at, finished_at, state, total, queued)
         SELECT g.id, g.owner_id, :token, 'schedule', 0, m.subject, m.body, :at, :at + 3600000, 'finished', 0, 0
         FROM mailings g JOIN messages m ON m.id = g.message_id WHERE g.id = :mailing",
        named_params! { ":mailing": mailing, ":token": token, ":at": started_at },
    )?;
    let run = connection.last_insert_rowid();
    let count = connection.execute(
        "INSERT INTO deliveries (run_id, recipient_id, email, name, state, attempts, due_at)
         SELECT :run, r.id, r.email, r.name,
                CASE r.id % 10 WHEN 7 THEN 'refused' ELSE 'accepted' END, 1, :at
         FROM (SELECT recipient_id FROM mailing_recipients WHERE mailing_id = :mailing
               ORDER BY recipient_id LIMIT :limit) t
         CROSS JOIN recipients r ON r.id = t.recipient_id",
        named_params! { ":run": run, ":mailing": mailing, ":limit": limit, ":at": started_at },
    )?;
    connection.execute(
        "INSERT INTO attempts (run_id, owner_id, delivery_id, nth, at, duration_ms, outcome,
                               charged_to, code, enhanced, text, server)
         SELECT d.run_id, r.owner_id, d.id, 1, :at + d.id % 3600000, 20 + d.id % 180, d.state, 'recipient',
                CASE d.state WHEN 'refused' THEN 550 ELSE 250 END,
                CASE d.state WHEN 'refused' THEN '5.1.1' ELSE '2.0.0' END,
                CASE d.state WHEN 'refused' THEN 'no such mailbox' ELSE 'queued' END,
                'mail.example:25'
         FROM runs r JOIN deliveries d ON d.run_id = r.id WHERE r.id = :run ORDER BY d.id",
        named_params! { ":run": run, ":at": started_at },
    )?;
    connection.execute(
        "UPDATE runs SET (total, accepted, refused, attempts_accepted, attempts_refused) =
             (SELECT count(*), sum(state = 'accepted'), sum(state = 'refused'),
                     sum(state = 'accepted'), sum(state = 'refused')
              FROM deliveries WHERE run_id = :run)
         WHERE id = :run",
        named_params! { ":run": run },
    )?;
    for totals in TOTALS {
        connection.execute(totals, named_params! { ":run": run })?;
    }
    crate::store::mailings::mark_sent(connection, mailing, started_at)?;
    Ok(i64::try_from(count).unwrap_or(i64::MAX))
}
