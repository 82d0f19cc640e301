//! Recipients who come in a table: some are there already.

use rusqlite::Connection;

use super::{StoreError, recipients, suppressions};
use crate::domain::address::EmailAddress;
use crate::domain::import::Row;
use crate::domain::recipient::RecipientDraft;
use crate::domain::{Id, Millis};

/// What became of a recipient who was to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    Added,
    Changed,
    /// There already, as they are.
    Known,
    /// There already, as they are, which is active, though the table says that they have unsubscribed.
    StillActive,
}

/// Sees to it that an owner has a recipient. One who is there already keeps their address, and gets
/// the row's name and comment, as far as it has any, if `overwrite`. Who has unsubscribed is never
/// added as anything else; who is there already is unsubscribed if `overwrite`.
pub fn put(
    connection: &Connection,
    owner: Id,
    row: &Row,
    overwrite: bool,
    now: Millis,
) -> Result<Put, StoreError> {
    let draft = &row.draft;
    let Some(there) = recipients::by_email_key(connection, owner, &draft.email.key())? else {
        if row.unsubscribed {
            suppressions::suppress(connection, owner, &draft.email, now)?;
        }
        recipients::insert(connection, owner, draft, now)?;
        return Ok(Put::Added);
    };
    let is_leaving = row.unsubscribed && !there.unsubscribed;
    if !overwrite {
        return Ok(if is_leaving {
            Put::StillActive
        } else {
            Put::Known
        });
    }
    if is_leaving {
        suppressions::suppress(connection, owner, &draft.email, now)?;
    }
    let or = |new: &str, old: &str| if new.is_empty() { old } else { new }.to_owned();
    let merged = RecipientDraft {
        // What stands before the @ may be told apart by case.
        email: EmailAddress::parse(&there.email).unwrap_or_else(|_| draft.email.clone()),
        name: or(&draft.name, &there.name),
        comment: or(&draft.comment, &there.comment),
    };
    if merged.name == there.name && merged.comment == there.comment {
        return Ok(if is_leaving { Put::Changed } else { Put::Known });
    }
    recipients::update(connection, there.id, &merged, now)?;
    Ok(Put::Changed)
}
