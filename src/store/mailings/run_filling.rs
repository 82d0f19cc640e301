//! How a run gets its deliveries. The first of them come with the run itself, in one transaction;
//! those of a large run follow piece by piece, so that neither whoever pressed the button nor
//! anybody else who writes waits for a million rows. Until then the run is not finished, and its
//! mailing's recipients stay as they are.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::runs::{self, NewRun, Shift, shift};
use super::unreached::FAILED;
use crate::domain::{Id, Millis};
use crate::store::accounts::users;
use crate::store::{StoreError, mailings};

/// Deliveries that come with the run itself.
const AT_ONCE: usize = 20_000;
/// Deliveries of a piece: some 15 ms.
pub const PIECE: usize = 5_000;

/// Stores a run with one delivery for each recipient; those who have unsubscribed are skipped from
/// the start, and say so. Of a very large run the rest follows in pieces.
pub fn start(connection: &Connection, new: &NewRun, now: Millis) -> Result<Id, StoreError> {
    let run = runs::insert(connection, new, now)?;
    fill(connection, run, AT_ONCE, now)?;
    mailings::mark_sent(connection, new.mailing_id, now)?;
    users::saw_run(connection, new.mailing_id, now)?;
    Ok(run)
}

/// The runs that do not have all their deliveries yet, oldest first.
pub fn unfilled(connection: &Connection) -> Result<Vec<Id>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT id FROM runs WHERE filled_to IS NOT NULL ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Whether a run of this mailing is among them.
pub fn is_filling(connection: &Connection, mailing: Id) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM runs WHERE mailing_id = :mailing
                            AND filled_to IS NOT NULL)",
        )?
        .query_row(named_params! { ":mailing": mailing }, |row| row.get(0))?)
}

/// Everybody in the mailing's edition that counts.
const MEMBERS: &str = "JOIN mailings g ON g.id = u.mailing_id
     CROSS JOIN members t ON t.mailing_id = g.id AND t.edition = g.edition";

/// How a piece is taken, in the order of the recipients' numbers: where it begins is a step into an
/// index, however many went before. Of a run to those that another one did not reach, from that one's
/// deliveries; it is over, and none of them changes any more.
pub(in crate::store) fn piece_sql(is_of_failed: bool) -> String {
    let (whom, who) = if is_of_failed {
        let failed = format!(
            "JOIN deliveries d INDEXED BY deliveries_failed ON d.run_id = u.failed_of AND {FAILED}"
        );
        (failed, "d")
    } else {
        (MEMBERS.to_owned(), "t")
    };
    format!(
        "INSERT INTO deliveries (run_id, recipient_id, email, name, state, reason, due_at)
         SELECT u.id, r.id, r.email, r.name,
                CASE WHEN s.email_key IS NULL AND u.state <> 'cancelled' THEN 'waiting'
                     ELSE 'skipped' END,
                CASE WHEN s.email_key IS NULL AND u.state = 'cancelled' THEN 'cancelled'
                     ELSE s.reason END,
                :now
         FROM runs u CROSS {whom}
         CROSS JOIN recipients r ON r.id = {who}.recipient_id
         LEFT JOIN suppressions s ON s.owner_id = r.owner_id AND s.email_key = r.email_key
         WHERE u.id = :run AND {who}.recipient_id > :filled_to
         ORDER BY {who}.recipient_id LIMIT :limit"
    )
}

/// Gives up to `limit` more recipients their delivery: to be sent, or skipped where they have
/// unsubscribed or the run has been called off.
pub fn fill(connection: &Connection, run: Id, limit: usize, now: Millis) -> Result<(), StoreError> {
    let found: Option<(Id, Id, bool)> = connection
        .prepare_cached(
            "SELECT r.filled_to,
                    coalesce((SELECT max(d.id) FROM deliveries d WHERE d.run_id = r.id), 0),
                    r.failed_of IS NOT NULL
             FROM runs r WHERE r.id = :run AND r.filled_to IS NOT NULL",
        )?
        .query_row(named_params! { ":run": run }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((filled_to, last, is_of_failed)) = found else {
        return Ok(());
    };
    let added = connection
        .prepare_cached(&piece_sql(is_of_failed))?
        .execute(named_params! {
            ":run": run,
            ":filled_to": filled_to,
            ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
            ":now": now,
        })?;
    connection
        .prepare_cached(
            "UPDATE runs SET (total, queued, skipped, filled_to) =
                 (SELECT total + count(*), queued + coalesce(sum(d.state = 'waiting'), 0),
                         skipped + coalesce(sum(d.state = 'skipped'), 0),
                         CASE WHEN :is_last THEN NULL ELSE max(d.recipient_id) END
                  FROM deliveries d WHERE d.run_id = :run AND d.id > :last)
             WHERE id = :run",
        )?
        .execute(named_params! { ":run": run, ":last": last, ":is_last": added < limit })?;
    shift(connection, run, &Shift::default(), now)?;
    Ok(())
}
