//! What the engine last knew of the relays, so that pages and commands of any process can say it.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use crate::domain::Millis;
use crate::store::StoreError;

/// A relay is away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayDown {
    pub since: Millis,
    pub next_try_at: Millis,
    /// What happened, the server's own words where it said any.
    pub text: String,
}

/// The relay that has been away for longest, if any is.
pub fn get(connection: &Connection) -> Result<Option<RelayDown>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT down_since, next_try_at, text FROM relay_status
             ORDER BY down_since, name LIMIT 1",
        )?
        .query_row([], |row| {
            Ok(RelayDown {
                since: row.get(0)?,
                next_try_at: row.get(1)?,
                text: row.get(2)?,
            })
        })
        .optional()?)
}

/// Keeps what is known of the relay of this name.
pub fn put(
    connection: &Connection,
    name: &str,
    down: Option<&RelayDown>,
) -> Result<(), StoreError> {
    let Some(down) = down else {
        connection
            .prepare_cached("DELETE FROM relay_status WHERE name = :name")?
            .execute(named_params! { ":name": name })?;
        return Ok(());
    };
    connection
        .prepare_cached(
            "INSERT INTO relay_status (name, down_since, next_try_at, text)
             VALUES (:name, :since, :next, :text)
             ON CONFLICT DO UPDATE SET down_since = excluded.down_since,
                 next_try_at = excluded.next_try_at, text = excluded.text",
        )?
        .execute(named_params! {
            ":name": name,
            ":since": down.since,
            ":next": down.next_try_at,
            ":text": down.text,
        })?;
    Ok(())
}

/// Forgets all of it: a new engine has not tried yet.
pub fn clear(connection: &Connection) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM relay_status")?
        .execute([])?;
    Ok(())
}
