//! What was ever sent to one recipient, and what came back.

use rusqlite::{Connection, Row, named_params};

use crate::domain::delivery::fate::{Fate, LastTry};
use crate::domain::delivery::{DeliveryState, Outcome};
use crate::domain::page::{Cursor, Edge, Key, Page};
use crate::domain::{Id, Millis};
use crate::store::StoreError;

/// One mail to the recipient.
#[derive(Debug, Clone)]
pub struct Received {
    /// The delivery's.
    pub id: Id,
    pub run_id: Id,
    pub mailing_id: Id,
    /// The mailing was deleted since.
    pub deleted: bool,
    pub title: String,
    /// As the address was then.
    pub email: String,
    pub started_at: Millis,
    /// How many attempts were made.
    pub tries: i64,
    pub fate: Fate,
}

/// Rows on a page.
const ROWS: usize = 20;
/// What a page's edges name.
const LIST: &str = "received";

fn map(row: &Row<'_>) -> rusqlite::Result<Received> {
    let state: String = row.get(7)?;
    let outcome: Option<String> = row.get(12)?;
    let last = match outcome {
        None => None,
        Some(outcome) => Some(LastTry {
            at: row.get(13)?,
            outcome: Outcome::by_name(&outcome).unwrap_or(Outcome::InDoubt),
            code: row.get(14)?,
            enhanced: row.get(15)?,
            text: row.get(16)?,
        }),
    };
    Ok(Received {
        id: row.get(0)?,
        run_id: row.get(1)?,
        mailing_id: row.get(2)?,
        deleted: row.get(3)?,
        title: row.get(4)?,
        email: row.get(5)?,
        started_at: row.get(6)?,
        tries: row.get(11)?,
        fate: Fate {
            state: DeliveryState::by_name(&state).unwrap_or(DeliveryState::Waiting),
            reason: row.get(8)?,
            paused: row.get(9)?,
            due_at: row.get(10)?,
            last,
            doubted: row.get(17)?,
        },
    })
}

/// The mails to a recipient, the newest first, also those from before they were deleted and added
/// anew. Whether one may see the recipient is asked before.
pub fn by(
    connection: &Connection,
    recipient: Id,
    cursor: &Cursor,
) -> Result<Page<Received>, StoreError> {
    let (ids, limit) = (numbers(connection, recipient)?, ROWS + 1);
    // A token that is forged, or another list's, is the first page.
    let edge = match cursor {
        Cursor::First | Cursor::Last => None,
        Cursor::After(token) | Cursor::Before(token) => Edge::parse(token, LIST).map(|e| e.id),
    };
    let cursor = match (cursor, edge) {
        (Cursor::After(_) | Cursor::Before(_), None) => &Cursor::First,
        _ => cursor,
    };
    let (sign, order) = if cursor.is_backward() {
        (">", "ASC")
    } else {
        ("<", "DESC")
    };
    let sql = format!(
        "SELECT d.id, d.run_id, r.mailing_id, g.deleted_at IS NOT NULL,
                CASE g.title WHEN '' THEN r.subject ELSE g.title END,
                d.email, r.started_at, d.state, d.reason, r.state = 'paused', d.due_at,
                (SELECT count(*) FROM attempts n WHERE n.delivery_id = d.id),
                a.outcome, a.at, a.code, a.enhanced, a.text,
                EXISTS (SELECT 1 FROM attempts n
                        WHERE n.delivery_id = d.id AND n.outcome = 'in_doubt')
         FROM deliveries d INDEXED BY deliveries_by_recipient
         JOIN runs r ON r.id = d.run_id JOIN mailings g ON g.id = r.mailing_id
         LEFT JOIN attempts a
           ON a.id = (SELECT max(n.id) FROM attempts n WHERE n.delivery_id = d.id)
         WHERE d.recipient_id IN (SELECT value FROM json_each(:ids)) AND (:edge IS NULL OR d.id {sign} :edge)
         ORDER BY d.id {order} LIMIT {limit}"
    );
    let rows = connection
        .prepare_cached(&sql)?
        .query_map(named_params! { ":ids": ids, ":edge": edge }, |row| {
            let row = map(row)?;
            let edge = Edge {
                key: Key::Id,
                id: row.id,
            };
            Ok((row, edge.token(LIST)))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Page::cut(rows, cursor, ROWS))
}

/// The numbers under which a recipient's address was mailed, theirs among them, as JSON.
fn numbers(connection: &Connection, recipient: Id) -> rusqlite::Result<String> {
    connection
        .prepare_cached(
            "SELECT json_group_array(id) FROM (
                 SELECT :recipient AS id
                 UNION SELECT f.recipient_id FROM recipients r
                 JOIN former_recipients f
                   ON f.owner_id = r.owner_id AND f.email_key = r.email_key
                 WHERE r.id = :recipient)",
        )?
        .query_row(named_params! { ":recipient": recipient }, |row| row.get(0))
}
