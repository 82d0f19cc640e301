//! Recipients who come in a table: some are there already.

use rusqlite::Connection;

use super::{StoreError, recipients};
use crate::domain::address::EmailAddress;
use crate::domain::recipient::RecipientDraft;
use crate::domain::{Id, Millis};

/// What became of a recipient who was to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    Added,
    Changed,
    /// There already, as they are.
    Known,
}

/// Sees to it that an owner has a recipient. One who is there already keeps their address, and gets
/// the draft's name and comment, as far as it has any, if `overwrite`.
pub fn put(
    connection: &Connection,
    owner: Id,
    draft: &RecipientDraft,
    overwrite: bool,
    now: Millis,
) -> Result<Put, StoreError> {
    let Some(there) = recipients::by_email_key(connection, owner, &draft.email.key())? else {
        recipients::insert(connection, owner, draft, now)?;
        return Ok(Put::Added);
    };
    let or = |new: &str, old: &str| if new.is_empty() { old } else { new }.to_owned();
    let merged = RecipientDraft {
        // What stands before the @ may be told apart by case.
        email: EmailAddress::parse(&there.email).unwrap_or_else(|_| draft.email.clone()),
        name: or(&draft.name, &there.name),
        comment: or(&draft.comment, &there.comment),
    };
    let is_same = merged.name == there.name && merged.comment == there.comment;
    if !overwrite || is_same {
        return Ok(Put::Known);
    }
    recipients::update(connection, there.id, &merged, now)?;
    Ok(Put::Changed)
}
