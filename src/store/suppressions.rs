//! Who must not be mailed by whom, and why.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::over::{self, End, Which};
use super::{StoreError, recipients};
use crate::domain::address::{EmailAddress, key_of};
use crate::domain::permission::Scope;
use crate::domain::{Id, Millis};

/// Why a delivery was skipped: its recipient has unsubscribed.
pub(super) const UNSUBSCRIBED: &str = "unsubscribed";

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
    fn keys(&self) -> impl Iterator<Item = String> {
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

/// Takes somebody off an owner's mailings: the address that was mailed, and the one that the
/// recipient has now. What waits for either is not sent any more.
pub fn unsubscribe(
    connection: &Connection,
    subscriber: &Subscriber,
    delivery: Id,
    now: Millis,
) -> Result<(), StoreError> {
    for key in subscriber.keys() {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO suppressions (owner_id, email_key, reason, delivery_id, created_at)
                 VALUES (:owner, :key, 'unsubscribed', :delivery, :now)",
            )?
            .execute(named_params! {
                ":owner": subscriber.owner_id,
                ":key": key,
                ":delivery": delivery,
                ":now": now,
            })?;
        call_off(connection, subscriber.owner_id, &key, Some(delivery), now)?;
    }
    Ok(())
}

/// Keeps an owner from mailing an address, and calls off what waits for it.
pub fn suppress(
    connection: &Connection,
    owner: Id,
    email: &EmailAddress,
    now: Millis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO suppressions (owner_id, email_key, reason, created_at)
             VALUES (:owner, :key, 'unsubscribed', :now)",
        )?
        .execute(named_params! { ":owner": owner, ":key": email.key(), ":now": now })?;
    call_off(connection, owner, &email.key(), None, now)
}

/// What of this owner's waits for an address (`EmailAddress::key`) is not sent any more; `delivery` is
/// the one by which it is known.
fn call_off(
    connection: &Connection,
    owner: Id,
    address: &str,
    delivery: Option<Id>,
    now: Millis,
) -> Result<(), StoreError> {
    let known = recipients::known_as(connection, Scope::Own(owner), address)?;
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
    // Of a recipient whose address was changed more than once, others may wait, too.
    let theirs = waiting
        .into_iter()
        .filter(|(_, _, email)| key_of(email) == address);
    for (run, delivery, _) in theirs {
        let end = End::Skipped(UNSUBSCRIBED);
        over::end(connection, run, Which::One(delivery), end, now)?;
    }
    Ok(())
}
