//! Recipients who come in a table: some are there already.

use rusqlite::{Connection, named_params};

use super::{recipients, suppressions};
use crate::domain::audience::address::EmailAddress;
use crate::domain::audience::import::Row;
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::{Id, Millis};
use crate::store::StoreError;

/// What became of a recipient who was to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    Added,
    Changed,
    /// There already, as they are.
    Known,
    /// There already, as they are, which is active, though the table says that they have unsubscribed.
    StillActive,
}

/// What was written for one recipient, and what is left to be done about the mail that waits for them.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Put {
    pub(in crate::store) came: Came,
    /// The address that must not be mailed any more, where that is new.
    pub(in crate::store) suppressed: Option<String>,
    /// The recipient whose name or comment was changed.
    pub(in crate::store) changed: Option<Id>,
}

/// How many of these addresses (`EmailAddress::key`) an owner has among their recipients already.
pub fn count_known(
    connection: &Connection,
    owner: Id,
    keys: &[String],
) -> Result<usize, StoreError> {
    let mut find = connection
        .prepare_cached("SELECT 1 FROM recipients WHERE owner_id = :owner AND email_key = :key")?;
    let mut known = 0;
    for key in keys {
        known += usize::from(find.exists(named_params! { ":owner": owner, ":key": key })?);
    }
    Ok(known)
}

/// Sees to it that an owner has a recipient. One who is there already keeps their address, and gets
/// the row's name and comment, as far as it has any, if `overwrite`. Who has unsubscribed is never
/// added as anything else; who is there already is unsubscribed if `overwrite`. Mail that waits for
/// them stays as it is: `waiting::import_recipient` does both.
pub(in crate::store) fn put(
    connection: &Connection,
    owner: Id,
    row: &Row,
    overwrite: bool,
    now: Millis,
) -> Result<Put, StoreError> {
    let draft = &row.draft;
    let key = draft.email.key();
    let there = recipients::by_email_key(connection, owner, &key)?;
    let is_active = there.as_ref().is_none_or(|there| !there.unsubscribed);
    let is_leaving = row.unsubscribed && is_active;
    let mut put = Put {
        came: Came::Known,
        suppressed: None,
        changed: None,
    };
    if is_leaving && (overwrite || there.is_none()) {
        suppressions::suppress(connection, owner, &key, None, now)?;
        put.suppressed = Some(key);
    }
    let Some(there) = there else {
        recipients::insert(connection, owner, draft, now)?;
        put.came = Came::Added;
        return Ok(put);
    };
    if !overwrite {
        if is_leaving {
            put.came = Came::StillActive;
        }
        return Ok(put);
    }
    let or = |new: &str, old: &str| if new.is_empty() { old } else { new }.to_owned();
    let merged = RecipientDraft {
        // What stands before the @ may be told apart by case.
        email: EmailAddress::parse(&there.email).unwrap_or_else(|_| draft.email.clone()),
        name: or(&draft.name, &there.name),
        comment: or(&draft.comment, &there.comment),
    };
    let is_other = merged.name != there.name || merged.comment != there.comment;
    if is_other {
        recipients::update(connection, there.id, &merged, now)?;
        put.changed = Some(there.id);
    }
    if is_other || is_leaving {
        put.came = Came::Changed;
    }
    Ok(put)
}
