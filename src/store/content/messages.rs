//! Messages.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::Serialize;

use crate::domain::accounts::permission::Scope;
use crate::domain::content::message::MessageDraft;
use crate::domain::page::{Cursor, Edge, Found, Key, Page};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::accounts::users;
use crate::store::accounts::users::Kept;
use crate::store::db::select::{Column, Columns, Select, Sort};
use crate::store::db::window::Search;

#[derive(Debug, Clone, Serialize)]
pub struct Message {
    pub id: Id,
    pub owner_id: Id,
    pub owner_email: String,
    pub subject: String,
    pub body: String,
    pub created_at: Millis,
    pub updated_at: Millis,
    /// In how many mailings it is used.
    pub mailings: i64,
    #[serde(skip)]
    pub subject_key: String,
}

const SELECT: &str = "SELECT m.id, m.owner_id, u.email, m.subject, m.body, m.created_at,
        m.updated_at,
        (SELECT count(*) FROM mailings g WHERE g.message_id = m.id AND g.deleted_at IS NULL),
        m.subject_key
 FROM messages m CROSS JOIN users u ON u.id = m.owner_id";

fn map(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        owner_id: row.get(1)?,
        owner_email: row.get(2)?,
        subject: row.get(3)?,
        body: row.get(4)?,
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
        mailings: row.get(7)?,
        subject_key: row.get(8)?,
    })
}

pub fn insert(
    connection: &Connection,
    owner: Id,
    draft: &MessageDraft,
    now: Millis,
) -> Result<Id, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO messages (owner_id, subject, body, search_text, created_at, updated_at)
             VALUES (:owner, :subject, :body, :search_text, :now, :now)",
        )?
        .execute(named_params! {
            ":owner": owner,
            ":subject": draft.subject,
            ":body": draft.body,
            ":search_text": draft.search_text(),
            ":now": now,
        })?;
    let id = connection.last_insert_rowid();
    users::shift_total(connection, owner, Kept::Messages, 1)?;
    Ok(id)
}

pub fn update(
    connection: &Connection,
    id: Id,
    draft: &MessageDraft,
    now: Millis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE messages SET subject = :subject, body = :body, search_text = :search_text,
                    updated_at = :now
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": id,
            ":subject": draft.subject,
            ":body": draft.body,
            ":search_text": draft.search_text(),
            ":now": now,
        })?;
    Ok(())
}

pub fn delete(connection: &Connection, message: &Message) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM messages WHERE id = :id")?
        .execute(named_params! { ":id": message.id })?;
    users::shift_total(connection, message.owner_id, Kept::Messages, -1)?;
    Ok(())
}

pub fn get(connection: &Connection, scope: Scope, id: Id) -> Result<Option<Message>, StoreError> {
    let sql = format!("{SELECT} WHERE m.id = :id AND (:owner IS NULL OR m.owner_id = :owner)");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":owner": scope.owner() }, map)
        .optional()?)
}

/// What the list of messages may be sorted by.
pub static LIST: Columns = Columns {
    list: "messages",
    id: "m.id",
    offered: &[
        Column {
            name: "added",
            key: "m.id",
            falls: true,
        },
        Column {
            name: "subject",
            key: "m.subject_key",
            falls: false,
        },
        Column {
            name: "changed",
            key: "m.updated_at",
            falls: true,
        },
    ],
};

fn edge(row: &Message, column: &'static str) -> Edge {
    let key = match column {
        "subject" => Key::Text(row.subject_key.clone()),
        "changed" => Key::Number(row.updated_at),
        _ => Key::Id,
    };
    Edge { key, id: row.id }
}

fn scoped(scope: Scope) -> Select {
    let mut select = Select::new(SELECT);
    if let Some(owner) = scope.owner() {
        select.with("m.owner_id = :owner", ":owner", owner);
    }
    select
}

/// Messages are long: so many are looked at for one page of a search.
const WINDOW: i64 = 1_000;

fn search(words: &str) -> Search {
    Search {
        narrow: "SELECT m.id AS id FROM messages m",
        id: "m.id",
        window: WINDOW,
        condition: "instr(m.search_text, :search) > 0",
        words: words.to_owned(),
    }
}

pub fn list(
    connection: &Connection,
    scope: Scope,
    sort: Sort,
    cursor: &Cursor,
) -> Result<Page<Message>, StoreError> {
    let sort = match scope {
        Scope::Own(_) => sort,
        Scope::All => LIST.usual(),
    };
    Ok(scoped(scope).page(connection, sort, cursor, map, edge)?)
}

/// Those in which these words stand, the newest first.
pub fn find(
    connection: &Connection,
    scope: Scope,
    words: &str,
    cursor: &Cursor,
) -> Result<Page<Message>, StoreError> {
    search(words).page(scoped(scope), connection, cursor, map, |row| row.id)
}

/// The newest first: all, or those that are found by these words.
pub fn newest(
    connection: &Connection,
    scope: Scope,
    words: &str,
    cursor: &Cursor,
) -> Result<Page<Message>, StoreError> {
    if words.is_empty() {
        list(connection, scope, LIST.usual(), cursor)
    } else {
        find(connection, scope, words, cursor)
    }
}

pub fn count_found(
    connection: &Connection,
    scope: Scope,
    words: &str,
) -> Result<Found, StoreError> {
    search(words).count(scoped(scope), connection)
}

/// Most messages that a form offers to choose from.
pub const CHOICES: i64 = 500;

/// An owner's newest messages, for choosing one.
pub fn choices(connection: &Connection, owner: Id) -> Result<Vec<(Id, String)>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT id, subject FROM messages WHERE owner_id = :owner
             ORDER BY id DESC LIMIT :limit",
        )?
        .query_map(
            named_params! { ":owner": owner, ":limit": CHOICES },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect::<rusqlite::Result<_>>()?)
}
