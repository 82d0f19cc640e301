//! Who must not be mailed by whom, and why.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::over::{self, End, Which};
use super::{StoreError, recipients};
use crate::domain::address::key_of;
use crate::domain::permission::Scope;
use crate::domain::{Id, Millis};

/// Whom a delivery went to, for the page of an unsubscribe link.
#[derive(Debug)]
pub struct Subscriber {
    pub owner_id: Id,
    /// Whose mailings they are, by name; perhaps they have none.
    pub owner: String,
    pub email: String,
    pub unsubscribed: bool,
}

pub fn subscriber(connection: &Connection, delivery: Id) -> Result<Option<Subscriber>, StoreError> {
    let found: Option<(Id, String, String)> = connection
        .prepare_cached(
            "SELECT r.owner_id, u.name, d.email FROM deliveries d
             JOIN runs r ON r.id = d.run_id JOIN users u ON u.id = r.owner_id
             WHERE d.id = :delivery",
        )?
        .query_row(named_params! { ":delivery": delivery }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((owner_id, owner, email)) = found else {
        return Ok(None);
    };
    let unsubscribed = is_suppressed(connection, owner_id, &email)?;
    Ok(Some(Subscriber {
        owner_id,
        owner,
        email,
        unsubscribed,
    }))
}

/// Whether an owner must not mail an address.
pub fn is_suppressed(connection: &Connection, owner: Id, email: &str) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT 1 FROM suppressions WHERE owner_id = :owner AND email_key = :key")?
        .query_row(
            named_params! { ":owner": owner, ":key": key_of(email) },
            |_| Ok(()),
        )
        .optional()?
        .is_some())
}

pub fn unsubscribe(
    connection: &Connection,
    subscriber: &Subscriber,
    delivery: Id,
    now: Millis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO suppressions (owner_id, email_key, reason, delivery_id, created_at)
             VALUES (:owner, :key, 'unsubscribed', :delivery, :now)",
        )?
        .execute(named_params! {
            ":owner": subscriber.owner_id,
            ":key": key_of(&subscriber.email),
            ":delivery": delivery,
            ":now": now,
        })?;
    call_off(connection, subscriber, delivery, now)
}

/// What of this owner's waits for the subscriber is not sent any more.
fn call_off(
    connection: &Connection,
    subscriber: &Subscriber,
    delivery: Id,
    now: Millis,
) -> Result<(), StoreError> {
    let owner = Scope::Own(subscriber.owner_id);
    let known = recipients::known_as(connection, owner, &key_of(&subscriber.email))?;
    let known: Vec<String> = known.iter().map(Id::to_string).collect();
    let waiting: Vec<(Id, Id, String)> = connection
        .prepare_cached(
            "SELECT d.run_id, d.id, d.email FROM deliveries d INDEXED BY deliveries_by_recipient
             WHERE d.state = 'waiting' AND d.recipient_id IN (
                 SELECT value FROM json_each(:known)
                 UNION SELECT recipient_id FROM deliveries WHERE id = :delivery)",
        )?
        .query_map(
            named_params! { ":known": format!("[{}]", known.join(",")), ":delivery": delivery },
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?
        .collect::<rusqlite::Result<_>>()?;
    // The same recipient may have another address by now, whose owner has asked for nothing.
    let address = key_of(&subscriber.email);
    let theirs = waiting
        .into_iter()
        .filter(|(_, _, email)| key_of(email) == address);
    for (run, delivery, _) in theirs {
        let end = End::Skipped("unsubscribed");
        over::end(connection, run, Which::One(delivery), end, now)?;
    }
    Ok(())
}
