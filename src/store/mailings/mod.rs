//! Mailings and who is in them.

pub mod mailing_list;
pub mod member_filling;
pub mod members;
pub mod run_filling;
pub mod runs;
pub mod selections;
pub mod send_facts;
pub mod unreached;

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::Serialize;

use super::StoreError;
use super::accounts::users;
use super::accounts::users::Kept;
use crate::domain::accounts::permission::Scope;
use crate::domain::mailings::mailing::{MailingDraft, MailingStatus};
use crate::domain::{Id, Millis, text};

#[derive(Debug, Clone, Serialize)]
pub struct Mailing {
    pub id: Id,
    pub owner_id: Id,
    pub owner_email: String,
    /// As given; where it is empty the message's subject serves.
    pub own_title: String,
    pub message_id: Option<Id>,
    pub subject: Option<String>,
    pub starts_at: Millis,
    pub ends_at: Millis,
    pub automatic: bool,
    pub first_sent_at: Option<Millis>,
    pub disabled_reason: Option<String>,
    pub recipients: i64,
    /// Which edition of its recipients counts.
    #[serde(skip)]
    pub edition: i64,
    #[serde(skip)]
    pub title_key: String,
    /// What forms carry (`versions`): of all that its form says, and of its being switched off.
    #[serde(skip)]
    pub version: i64,
    #[serde(skip)]
    pub switch_version: i64,
}

impl Mailing {
    pub const fn status(&self, now: Millis) -> MailingStatus {
        MailingStatus::derive(self.first_sent_at, self.ends_at, now)
    }

    pub fn title(&self) -> &str {
        if self.own_title.is_empty() {
            self.subject.as_deref().unwrap_or_default()
        } else {
            &self.own_title
        }
    }
}

pub(super) const SELECT: &str =
    "SELECT g.id, g.owner_id, u.email, g.title, g.message_id, m.subject,
        g.starts_at, g.ends_at, g.automatic, g.first_sent_at,
        CASE WHEN g.disabled_at IS NOT NULL THEN coalesce(g.disabled_reason, '') END,
        g.recipients_count, g.edition, g.title_key, g.version, g.switch_version
 FROM mailings g
 CROSS JOIN users u ON u.id = g.owner_id
 LEFT JOIN messages m ON m.id = g.message_id";

pub(super) fn map(row: &Row<'_>) -> rusqlite::Result<Mailing> {
    Ok(Mailing {
        id: row.get(0)?,
        owner_id: row.get(1)?,
        owner_email: row.get(2)?,
        own_title: row.get(3)?,
        message_id: row.get(4)?,
        subject: row.get(5)?,
        starts_at: row.get(6)?,
        ends_at: row.get(7)?,
        automatic: row.get(8)?,
        first_sent_at: row.get(9)?,
        disabled_reason: row.get(10)?,
        recipients: row.get(11)?,
        edition: row.get(12)?,
        title_key: row.get(13)?,
        version: row.get(14)?,
        switch_version: row.get(15)?,
    })
}

/// Stores a new mailing, hidden and without recipients until these are put together (`fillings`).
pub(super) fn insert(
    connection: &Connection,
    owner: Id,
    draft: &MailingDraft,
    now: Millis,
) -> Result<Id, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO mailings (owner_id, message_id, title, search_text, starts_at, ends_at,
                                   automatic, created_at, updated_at, deleted_at)
             VALUES (:owner, :message, :title, :search_text, :starts_at, :ends_at, :automatic,
                     :now, :now, :now)",
        )?
        .execute(named_params! {
            ":owner": owner,
            ":message": draft.message_id,
            ":title": draft.title,
            ":search_text": text::fold(&draft.title),
            ":starts_at": draft.starts_at,
            ":ends_at": draft.ends_at,
            ":automatic": draft.automatic,
            ":now": now,
        })?;
    Ok(connection.last_insert_rowid())
}

/// Shows a new mailing, whose recipients are complete.
pub(super) fn reveal(connection: &Connection, id: Id, owner: Id) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE mailings SET deleted_at = NULL WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    users::shift_total(connection, owner, Kept::Mailings, 1)?;
    Ok(())
}

/// Changes all of a mailing but its recipients.
pub(super) fn update(
    connection: &Connection,
    mailing: &Mailing,
    draft: &MailingDraft,
    now: Millis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE mailings SET message_id = :message, title = :title,
                    search_text = :search_text, starts_at = :starts_at, ends_at = :ends_at,
                    automatic = :automatic, updated_at = :now
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": mailing.id,
            ":message": draft.message_id,
            ":title": draft.title,
            ":search_text": text::fold(&draft.title),
            ":starts_at": draft.starts_at,
            ":ends_at": draft.ends_at,
            ":automatic": draft.automatic,
            ":now": now,
        })?;
    Ok(())
}

/// Takes a recipient out of every mailing, keeping their counts.
pub(super) fn forget_recipient(connection: &Connection, recipient: Id) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE mailings SET recipients_count = recipients_count - 1 WHERE id IN
             (SELECT mailing_id FROM mailing_recipients WHERE recipient_id = :recipient)",
        )?
        .execute(named_params! { ":recipient": recipient })?;
    connection
        .prepare_cached("DELETE FROM members WHERE recipient_id = :recipient")?
        .execute(named_params! { ":recipient": recipient })?;
    Ok(())
}

pub fn get(connection: &Connection, scope: Scope, id: Id) -> Result<Option<Mailing>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE g.id = :id AND g.deleted_at IS NULL
           AND (:owner IS NULL OR g.owner_id = :owner)"
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":owner": scope.owner() }, map)
        .optional()?)
}

/// A mailing's number, and which edition of its recipients counts.
pub(super) fn edition(
    connection: &Connection,
    mailing: Option<Id>,
) -> Result<Option<(Id, i64)>, StoreError> {
    let Some(id) = mailing else {
        return Ok(None);
    };
    Ok(connection
        .prepare_cached("SELECT id, edition FROM mailings WHERE id = :id")?
        .query_row(named_params! { ":id": id }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?)
}

/// How many recipients a mailing has.
pub(super) fn members(connection: &Connection, id: Id) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT recipients_count FROM mailings WHERE id = :id")?
        .query_row(named_params! { ":id": id }, |row| row.get(0))?)
}

/// Most mailings that a recipient's or a message's page names.
const NAMED: i64 = 50;

/// The mailings of a recipient, newest first.
pub fn of_recipient(connection: &Connection, recipient: Id) -> Result<Vec<Mailing>, StoreError> {
    named(
        connection,
        "g.id IN (SELECT mailing_id FROM mailing_recipients WHERE recipient_id = :id)",
        recipient,
    )
}

/// The mailings that use a message, newest first.
pub fn of_message(connection: &Connection, message: Id) -> Result<Vec<Mailing>, StoreError> {
    named(connection, "g.message_id = :id", message)
}

fn named(connection: &Connection, which: &str, id: Id) -> Result<Vec<Mailing>, StoreError> {
    let sql =
        format!("{SELECT} WHERE {which} AND g.deleted_at IS NULL ORDER BY g.id DESC LIMIT {NAMED}");
    Ok(connection
        .prepare_cached(&sql)?
        .query_map(named_params! { ":id": id }, map)?
        .collect::<rusqlite::Result<_>>()?)
}

/// Switches a mailing off with a reason, or on again.
pub fn set_disabled(
    connection: &Connection,
    id: Id,
    reason: Option<&str>,
    now: Millis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE mailings SET disabled_at = CASE WHEN :reason IS NULL THEN NULL ELSE :now END,
                    disabled_reason = :reason WHERE id = :id",
        )?
        .execute(named_params! { ":id": id, ":reason": reason, ":now": now })?;
    Ok(())
}

macro_rules! is_due {
    () => {
        "g.first_sent_at IS NULL AND g.automatic = 1 AND g.deleted_at IS NULL
               AND g.starts_at <= :now AND g.ends_at > :now
               AND g.disabled_at IS NULL AND u.blocked_at IS NULL
               AND g.recipients_count > 0 AND g.message_id IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM fillings f
                               WHERE f.mailing_id = g.id AND f.state = 'filling')"
    };
}

/// Mailings whose planned first send has come and that nobody has sent yet.
pub fn due(connection: &Connection, now: Millis) -> Result<Vec<Id>, StoreError> {
    Ok(connection
        .prepare_cached(concat!(
            "SELECT g.id FROM mailings g JOIN users u ON u.id = g.owner_id WHERE ",
            is_due!(),
            " ORDER BY g.starts_at, g.id"
        ))?
        .query_map(named_params! { ":now": now }, |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Whether a mailing is among those.
pub fn is_due(connection: &Connection, id: Id, now: Millis) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(concat!(
            "SELECT EXISTS (SELECT 1 FROM mailings g JOIN users u ON u.id = g.owner_id
                            WHERE g.id = :id AND ",
            is_due!(),
            ")"
        ))?
        .query_row(named_params! { ":id": id, ":now": now }, |row| row.get(0))?)
}

pub(super) fn mark_sent(connection: &Connection, id: Id, now: Millis) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE mailings SET first_sent_at = :now WHERE id = :id AND first_sent_at IS NULL",
        )?
        .execute(named_params! { ":id": id, ":now": now })?;
    Ok(())
}
