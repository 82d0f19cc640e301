//! Recipients: one by one, in lists, and found by a part of what is written of them.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::Serialize;

use super::search;
use crate::domain::accounts::permission::Scope;
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::page::{Cursor, Edge, Found, Key, Page};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::accounts::users;
use crate::store::accounts::users::Kept;
use crate::store::db::select::{Column, Columns, Select, Sort};
use crate::store::db::window::Search;

#[derive(Debug, Clone, Serialize)]
pub struct Recipient {
    pub id: Id,
    pub owner_id: Id,
    pub owner_email: String,
    pub email: String,
    #[serde(skip)]
    pub email_key: String,
    pub name: String,
    pub comment: String,
    pub unsubscribed: bool,
    pub created_at: Millis,
    pub updated_at: Millis,
    #[serde(skip)]
    pub name_key: String,
}

impl Recipient {
    /// Whether mailings reach them, in a word.
    pub const fn state(&self) -> &'static str {
        if self.unsubscribed {
            "unsubscribed"
        } else {
            "active"
        }
    }
}

/// What is selected of a recipient, wherever it comes from.
macro_rules! columns {
    () => {
        "SELECT r.id, r.owner_id, u.email, r.email, r.email_key, r.name, r.comment,
                s.email_key IS NOT NULL, r.created_at, r.updated_at, r.name_key "
    };
}
/// Whose they are, and whether they still want mail. `CROSS JOIN`: the list's own order is the
/// order of the loops.
macro_rules! beside {
    () => {
        " CROSS JOIN users u ON u.id = r.owner_id
 LEFT JOIN suppressions s ON s.owner_id = r.owner_id AND s.email_key = r.email_key"
    };
}

const SELECT: &str = concat!(columns!(), "FROM recipients r", beside!());
const FOUND: &str = concat!(
    columns!(),
    "FROM recipients_search f CROSS JOIN recipients r ON r.id = f.rowid & 1099511627775",
    beside!()
);

/// What the list of recipients may be sorted by.
pub static LIST: Columns = Columns {
    list: "recipients",
    id: "r.id",
    offered: &[
        Column {
            name: "added",
            key: "r.id",
            falls: true,
        },
        Column {
            name: "email",
            key: "r.email_key",
            falls: false,
        },
        Column {
            name: "name",
            key: "r.name_key",
            falls: false,
        },
    ],
};

fn edge(row: &Recipient, column: &'static str) -> Edge {
    let key = match column {
        "email" => Key::Text(row.email_key.clone()),
        "name" => Key::Text(row.name_key.clone()),
        _ => Key::Id,
    };
    Edge { key, id: row.id }
}

fn map(row: &Row<'_>) -> rusqlite::Result<Recipient> {
    Ok(Recipient {
        id: row.get(0)?,
        owner_id: row.get(1)?,
        owner_email: row.get(2)?,
        email: row.get(3)?,
        email_key: row.get(4)?,
        name: row.get(5)?,
        comment: row.get(6)?,
        unsubscribed: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
        name_key: row.get(10)?,
    })
}

pub fn insert(
    connection: &Connection,
    owner: Id,
    draft: &RecipientDraft,
    now: Millis,
) -> Result<Option<Id>, StoreError> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO recipients (owner_id, email, email_key, name, comment, search_text,
                                     created_at, updated_at)
             VALUES (:owner, :email, :email_key, :name, :comment, :search_text, :now, :now)",
        )?
        .execute(named_params! {
            ":owner": owner,
            ":email": draft.email.as_typed(),
            ":email_key": draft.email.key(),
            ":name": draft.name,
            ":comment": draft.comment,
            ":search_text": draft.search_text(),
            ":now": now,
        });
    match inserted {
        Ok(_) => {
            let id = connection.last_insert_rowid();
            users::shift_total(connection, owner, Kept::Recipients, 1)?;
            Ok(Some(id))
        }
        Err(error) if StoreError::is_duplicate(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Changes a recipient, and nothing that waits for them: `waiting::update_recipient` does both. `false`
/// where another of the owner's recipients has that address.
pub(in crate::store) fn update(
    connection: &Connection,
    id: Id,
    draft: &RecipientDraft,
    now: Millis,
) -> Result<bool, StoreError> {
    let updated = connection
        .prepare_cached(
            "UPDATE recipients SET email = :email, email_key = :email_key, name = :name,
                    comment = :comment, search_text = :search_text, updated_at = :now
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": id,
            ":email": draft.email.as_typed(),
            ":email_key": draft.email.key(),
            ":name": draft.name,
            ":comment": draft.comment,
            ":search_text": draft.search_text(),
            ":now": now,
        });
    match updated {
        Ok(_) => Ok(true),
        Err(error) if StoreError::is_duplicate(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Deletes a recipient who is in no mailing any more.
pub(in crate::store) fn delete(
    connection: &Connection,
    recipient: &Recipient,
) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM recipients WHERE id = :id")?
        .execute(named_params! { ":id": recipient.id })?;
    users::shift_total(connection, recipient.owner_id, Kept::Recipients, -1)?;
    Ok(())
}

fn scoped(head: &'static str, scope: Scope) -> Select {
    let mut select = Select::new(head);
    if let Some(owner) = scope.owner() {
        select.with("r.owner_id = :owner", ":owner", owner);
    }
    select
}

pub fn get(connection: &Connection, scope: Scope, id: Id) -> Result<Option<Recipient>, StoreError> {
    let sql = format!("{SELECT} WHERE r.id = :id AND (:owner IS NULL OR r.owner_id = :owner)");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(named_params! { ":id": id, ":owner": scope.owner() }, map)
        .optional()?)
}

pub fn by_email_key(
    connection: &Connection,
    owner: Id,
    key: &str,
) -> Result<Option<Recipient>, StoreError> {
    let sql = format!("{SELECT} WHERE r.owner_id = :owner AND r.email_key = :key");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(named_params! { ":owner": owner, ":key": key }, map)
        .optional()?)
}

/// The numbers under which this address (`EmailAddress::key`) was or may be mailed in the scope: of
/// the recipients that have it, one an owner at most, and of those that had it when they were mailed.
pub fn known_as(connection: &Connection, scope: Scope, key: &str) -> Result<Vec<Id>, StoreError> {
    ids(
        connection,
        "SELECT r.id FROM users u
         CROSS JOIN recipients r ON r.owner_id = u.id AND r.email_key = :key
         WHERE :owner IS NULL OR u.id = :owner
         UNION
         SELECT f.recipient_id FROM users u
         CROSS JOIN former_recipients f ON f.owner_id = u.id AND f.email_key = :key
         WHERE :owner IS NULL OR u.id = :owner",
        scope,
        key,
    )
}

/// The recipients of the scope that have this address (`EmailAddress::key`): one an owner, at most.
pub fn with_key(connection: &Connection, scope: Scope, key: &str) -> Result<Vec<Id>, StoreError> {
    ids(
        connection,
        "SELECT r.id FROM users u
         CROSS JOIN recipients r ON r.owner_id = u.id AND r.email_key = :key
         WHERE :owner IS NULL OR u.id = :owner",
        scope,
        key,
    )
}

fn ids(connection: &Connection, sql: &str, scope: Scope, key: &str) -> Result<Vec<Id>, StoreError> {
    Ok(connection
        .prepare_cached(sql)?
        .query_map(
            named_params! { ":key": key, ":owner": scope.owner() },
            |row| row.get(0),
        )?
        .collect::<rusqlite::Result<_>>()?)
}

/// A list in any order that it offers; everybody's only in the usual one.
pub fn list(
    connection: &Connection,
    scope: Scope,
    sort: Sort,
    cursor: &Cursor,
) -> Result<Page<Recipient>, StoreError> {
    let sort = match scope {
        Scope::Own(_) => sort,
        Scope::All => LIST.usual(),
    };
    Ok(scoped(SELECT, scope).page(connection, sort, cursor, map, edge)?)
}

/// Rows that are looked at for one page of a search that is too short for the index.
const WINDOW: i64 = 20_000;

fn short(words: &str) -> Search {
    Search {
        narrow: "SELECT r.id AS id FROM recipients r",
        id: "r.id",
        window: WINDOW,
        condition: "instr(r.search_text, :search) > 0",
        words: words.to_owned(),
    }
}

/// Those whose address, name or comment has these words in it: the newest first, and in
/// everybody's list owner by owner.
pub fn find(
    connection: &Connection,
    scope: Scope,
    words: &str,
    cursor: &Cursor,
) -> Result<Page<Recipient>, StoreError> {
    let Some(phrase) = search::phrase(words)? else {
        let select = scoped(SELECT, scope);
        return short(words).page(select, connection, cursor, map, |row| row.id);
    };
    let (cursor, from, to) = search::range(scope, cursor);
    let mut select = scoped(FOUND, scope);
    select
        .with("f.text MATCH :phrase", ":phrase", phrase)
        .with("f.rowid BETWEEN :from AND :to", ":from", from)
        .bind(":to", to);
    Ok(
        select.newest_within(connection, "f.rowid", &cursor, map, |row| {
            search::number(row.owner_id, row.id)
        })?,
    )
}

/// The newest first: all, or those that are found by these words.
pub fn newest(
    connection: &Connection,
    scope: Scope,
    words: &str,
    cursor: &Cursor,
) -> Result<Page<Recipient>, StoreError> {
    if words.is_empty() {
        list(connection, scope, LIST.usual(), cursor)
    } else {
        find(connection, scope, words, cursor)
    }
}

/// Most that are counted among those that were found: half of what a search of several words takes
/// at a million.
pub const COUNTED: i64 = 1_000;

/// How many would be found.
pub fn count_found(
    connection: &Connection,
    scope: Scope,
    words: &str,
) -> Result<Found, StoreError> {
    let Some(phrase) = search::phrase(words)? else {
        return short(words).count(scoped(SELECT, scope), connection);
    };
    let (_, from, to) = search::range(scope, &Cursor::First);
    let mut select = Select::new("SELECT 1 FROM recipients_search f");
    select
        .with("f.text MATCH :phrase", ":phrase", phrase)
        .with("f.rowid BETWEEN :from AND :to", ":from", from)
        .bind(":to", to);
    Ok(select.count_up_to(connection, COUNTED)?)
}
