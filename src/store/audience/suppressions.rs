//! Who must not be mailed by whom, and why.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use crate::domain::audience::address::key_of;
use crate::domain::{Id, Millis};
use crate::store::StoreError;

/// Why a delivery was skipped: its recipient has unsubscribed.
pub(in crate::store) const UNSUBSCRIBED: &str = "unsubscribed";

/// Whom a delivery went to, for the page of an unsubscribe link.
#[derive(Debug)]
pub struct Subscriber {
    pub owner_id: Id,
    /// Whose mailings they are, by name; perhaps they have none.
    pub owner: String,
    /// As it was mailed.
    pub email: String,
    /// Address that the recipient has now, where it is another one. Whoever holds an old mail need not
    /// know it.
    pub moved_to: Option<String>,
    /// Whether all of these addresses are unsubscribed.
    pub unsubscribed: bool,
}

impl Subscriber {
    pub(in crate::store) fn keys(&self) -> impl Iterator<Item = String> {
        [&self.email]
            .into_iter()
            .chain(&self.moved_to)
            .map(|email| key_of(email))
    }
}

pub fn subscriber(connection: &Connection, delivery: Id) -> Result<Option<Subscriber>, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT r.owner_id, u.name, d.email, p.email FROM deliveries d
             JOIN runs r ON r.id = d.run_id JOIN users u ON u.id = r.owner_id
             LEFT JOIN recipients p ON p.id = d.recipient_id AND p.owner_id = r.owner_id
             WHERE d.id = :delivery",
        )?
        .query_row(named_params! { ":delivery": delivery }, |row| {
            Ok(Subscriber {
                owner_id: row.get(0)?,
                owner: row.get(1)?,
                email: row.get(2)?,
                moved_to: row.get(3)?,
                unsubscribed: true,
            })
        })
        .optional()?;
    let Some(mut subscriber) = found else {
        return Ok(None);
    };
    let mailed = key_of(&subscriber.email);
    subscriber.moved_to = subscriber.moved_to.filter(|email| key_of(email) != mailed);
    let mut unsubscribed = true;
    for key in subscriber.keys() {
        unsubscribed &= has_key(connection, subscriber.owner_id, &key)?;
    }
    subscriber.unsubscribed = unsubscribed;
    Ok(Some(subscriber))
}

/// Whether an owner must not mail an address.
pub fn is_suppressed(connection: &Connection, owner: Id, email: &str) -> Result<bool, StoreError> {
    has_key(connection, owner, &key_of(email))
}

fn has_key(connection: &Connection, owner: Id, key: &str) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM suppressions WHERE owner_id = :owner AND email_key = :key")?
        .query_row(named_params! { ":owner": owner, ":key": key }, |_| Ok(()))
        .optional()?
        .is_some())
}

/// Keeps an owner from mailing an address; `delivery` is the mail by whose link its recipient asked
/// for that.
pub(in crate::store) fn suppress(
    connection: &Connection,
    owner: Id,
    address: &str,
    delivery: Option<Id>,
    now: Millis,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO suppressions (owner_id, email_key, reason, delivery_id, created_at)
             VALUES (:owner, :key, 'unsubscribed', :delivery, :now)",
        )?
        .execute(named_params! {
            ":owner": owner,
            ":key": address,
            ":delivery": delivery,
            ":now": now,
        })?;
    Ok(())
}
