//! What still waits for a recipient when they are deleted or changed: a delivery is a copy, and must
//! not outlive what it was copied from.
//!
//! Before its first try a delivery follows its recipient. One that was tried stays the mail that it
//! was, because its attempts are about that address; where the address has changed it ends, and
//! another one in the same run takes its place.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::termination::{self, End, Which};
use crate::domain::accounts::permission::Scope;
use crate::domain::audience::address::{EmailAddress, key_of};
use crate::domain::audience::import::Row;
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::{Id, Millis};
use crate::store::audience::imports::{self, Came};
use crate::store::audience::recipients;
use crate::store::audience::recipients::Recipient;
use crate::store::audience::suppressions;
use crate::store::audience::suppressions::Subscriber;
use crate::store::{StoreError, mailings};

/// Why a delivery was skipped: its recipient was deleted.
pub(in crate::store) const DELETED: &str = "deleted";
/// Why a delivery was skipped: another one goes to the recipient's new address.
pub(in crate::store) const MOVED: &str = "address_changed";

/// A delivery that waits for a recipient.
struct Waiting {
    id: Id,
    run: Id,
    email: String,
    is_tried: bool,
}

fn of_recipient(connection: &Connection, recipient: Id) -> Result<Vec<Waiting>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT d.id, d.run_id, d.email,
                    EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id)
             FROM deliveries d INDEXED BY deliveries_by_recipient
             WHERE d.recipient_id = :recipient AND d.state = 'waiting' ORDER BY d.id",
        )?
        .query_map(named_params! { ":recipient": recipient }, |row| {
            Ok(Waiting {
                id: row.get(0)?,
                run: row.get(1)?,
                email: row.get(2)?,
                is_tried: row.get(3)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// Skips whatever waits for a recipient who is being deleted.
fn call_off(connection: &Connection, recipient: Id, now: Millis) -> Result<(), StoreError> {
    for delivery in of_recipient(connection, recipient)? {
        let end = End::Skipped(DELETED);
        termination::terminate_pending(
            connection,
            delivery.run,
            Which::One(delivery.id),
            end,
            now,
        )?;
    }
    Ok(())
}

/// Changes a recipient. What waits for them goes to the address and the name that they have then.
/// `false`, and nothing is changed, where another of the owner's recipients has that address.
pub fn update_recipient(
    connection: &Connection,
    recipient: Id,
    draft: &RecipientDraft,
    now: Millis,
) -> Result<bool, StoreError> {
    let is_updated = recipients::update(connection, recipient, draft, now)?;
    if is_updated {
        follow(connection, recipient, now)?;
    }
    Ok(is_updated)
}

/// Lets whatever waits for a recipient go to the address and the name that they have now; nothing, if
/// that address has unsubscribed.
fn follow(connection: &Connection, recipient: Id, now: Millis) -> Result<(), StoreError> {
    let waiting = of_recipient(connection, recipient)?;
    if waiting.is_empty() {
        return Ok(());
    }
    let (owner, email): (Id, String) = connection
        .prepare_cached("SELECT owner_id, email FROM recipients WHERE id = :recipient")?
        .query_row(named_params! { ":recipient": recipient }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let is_suppressed = suppressions::is_suppressed(connection, owner, &email)?;
    for delivery in waiting {
        let one = Which::One(delivery.id);
        if is_suppressed {
            let end = End::Skipped(suppressions::UNSUBSCRIBED);
            termination::terminate_pending(connection, delivery.run, one, end, now)?;
        } else if !delivery.is_tried {
            take_over(connection, delivery.id)?;
        } else if !is_same_mailbox(&delivery.email, &email) {
            // First the new one: a run of which nothing is open is over.
            replace(connection, delivery.id, now)?;
            termination::terminate_pending(
                connection,
                delivery.run,
                one,
                End::Skipped(MOVED),
                now,
            )?;
        }
    }
    Ok(())
}

/// Deletes a recipient, out of every mailing, too; what waits for them is not sent any more.
pub fn delete_recipient(
    connection: &Connection,
    recipient: &Recipient,
    now: Millis,
) -> Result<(), StoreError> {
    call_off(connection, recipient.id, now)?;
    mailings::forget_recipient(connection, recipient.id)?;
    recipients::delete(connection, recipient)
}

/// Takes somebody off an owner's mailings: the address that was mailed, and the one that the
/// recipient has now. What waits for either is not sent any more.
pub fn unsubscribe(
    connection: &Connection,
    subscriber: &Subscriber,
    delivery: Id,
    now: Millis,
) -> Result<(), StoreError> {
    let owner = subscriber.owner_id;
    for key in subscriber.keys() {
        suppressions::suppress(connection, owner, &key, Some(delivery), now)?;
        call_off_address(connection, (owner, &key), Some(delivery), now)?;
    }
    Ok(())
}

/// Sees to it that an owner has a recipient, as `imports::put` says. What waits for them follows.
pub fn import_recipient(
    connection: &Connection,
    owner: Id,
    row: &Row,
    overwrite: bool,
    now: Millis,
) -> Result<Came, StoreError> {
    let put = imports::put(connection, owner, row, overwrite, now)?;
    if let Some(key) = &put.suppressed {
        call_off_address(connection, (owner, key), None, now)?;
    }
    if let Some(recipient) = put.changed {
        follow(connection, recipient, now)?;
    }
    Ok(put.came)
}

/// Skips what of an owner's waits for an address (`EmailAddress::key`); `delivery` is the one by which
/// it is known.
fn call_off_address(
    connection: &Connection,
    (owner, address): (Id, &str),
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
        let end = End::Skipped(suppressions::UNSUBSCRIBED);
        termination::terminate_pending(connection, run, Which::One(delivery), end, now)?;
    }
    Ok(())
}

fn take_over(connection: &Connection, delivery: Id) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE deliveries SET (email, name) =
                 (SELECT r.email, r.name FROM recipients r WHERE r.id = recipient_id)
             WHERE id = :delivery",
        )?
        .execute(named_params! { ":delivery": delivery })?;
    Ok(())
}

/// Adds to a delivery's run another one, to the address that its recipient has now.
pub(in crate::store) fn replace(
    connection: &Connection,
    delivery: Id,
    now: Millis,
) -> rusqlite::Result<()> {
    // None, where the recipient was deleted.
    let added = connection
        .prepare_cached(
            "INSERT INTO deliveries (run_id, recipient_id, email, name, state, due_at)
             SELECT d.run_id, r.id, r.email, r.name, 'waiting', :now
             FROM deliveries d JOIN recipients r ON r.id = d.recipient_id
             WHERE d.id = :delivery",
        )?
        .execute(named_params! { ":delivery": delivery, ":now": now })?;
    connection
        .prepare_cached(
            "UPDATE runs SET total = total + :added, queued = queued + :added
             WHERE id = (SELECT run_id FROM deliveries WHERE id = :delivery)",
        )?
        .execute(named_params! { ":delivery": delivery, ":added": added > 0 })?;
    Ok(())
}

/// Why a delivery to an address must not be tried again for its recipient's sake, if so: they were
/// deleted, have unsubscribed, or have another address.
pub(in crate::store) fn why_not(
    connection: &Connection,
    (delivery, email): (Id, &str),
    owner: Id,
) -> Result<Option<&'static str>, StoreError> {
    let current: Option<String> = connection
        .prepare_cached(
            "SELECT r.email FROM deliveries d JOIN recipients r ON r.id = d.recipient_id
             WHERE d.id = :delivery",
        )?
        .query_row(named_params! { ":delivery": delivery }, |row| row.get(0))
        .optional()?;
    let Some(current) = current else {
        return Ok(Some(DELETED));
    };
    if suppressions::is_suppressed(connection, owner, &current)? {
        return Ok(Some(suppressions::UNSUBSCRIBED));
    }
    Ok((!is_same_mailbox(email, &current)).then_some(MOVED))
}

/// Whether two spellings are one address on the wire.
fn is_same_mailbox(one: &str, other: &str) -> bool {
    let on_wire = |email| EmailAddress::parse(email).map(|address| address.on_wire());
    one == other || matches!((on_wire(one), on_wire(other)), (Ok(a), Ok(b)) if a == b)
}
