//! Accounts as managers see them, and what is left of one that was deleted.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::Serialize;

use crate::domain::accounts::user::Role;
use crate::domain::page::{Cursor, Edge, Found, Key, Page};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::db::kept;
use crate::store::db::select::{Column, Columns, Select, Sort};
use crate::store::db::window::Search;

/// A user with what a manager wants to know.
#[derive(Debug, Clone, Serialize)]
pub struct Account {
    pub id: Id,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub created_at: Millis,
    pub confirmed_at: Option<Millis>,
    pub blocked_at: Option<Millis>,
    pub blocked_reason: Option<String>,
    pub last_seen_at: Option<Millis>,
    pub last_run_at: Option<Millis>,
    pub two_factor: bool,
    pub recipients: i64,
    pub messages: i64,
    pub mailings: i64,
    #[serde(skip)]
    pub email_key: String,
}

const SELECT: &str = "SELECT u.id, u.email, u.name, u.role, u.created_at, u.confirmed_at,
        u.blocked_at, u.blocked_reason, u.last_seen_at, u.last_run_at, u.totp_since IS NOT NULL,
        u.recipients_count, u.messages_count, u.mailings_count, u.email_key
 FROM users u";

fn map(row: &Row<'_>) -> rusqlite::Result<Account> {
    let role: String = row.get(3)?;
    Ok(Account {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        role: Role::by_name(&role).unwrap_or(Role::User),
        created_at: row.get(4)?,
        confirmed_at: row.get(5)?,
        blocked_at: row.get(6)?,
        blocked_reason: row.get(7)?,
        last_seen_at: row.get(8)?,
        last_run_at: row.get(9)?,
        two_factor: row.get(10)?,
        recipients: row.get(11)?,
        messages: row.get(12)?,
        mailings: row.get(13)?,
        email_key: row.get(14)?,
    })
}

/// Which accounts a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    #[default]
    All,
    Users,
    Managers,
    Unconfirmed,
    Blocked,
}

impl Which {
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::Users,
        Self::Managers,
        Self::Unconfirmed,
        Self::Blocked,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Users => "users",
            Self::Managers => "managers",
            Self::Unconfirmed => "unconfirmed",
            Self::Blocked => "blocked",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.name() == name)
    }
}

/// What the list of users may be sorted by.
pub static LIST: Columns = Columns {
    list: "users",
    id: "u.id",
    offered: &[
        Column {
            name: "added",
            key: "u.id",
            falls: true,
        },
        Column {
            name: "email",
            key: "u.email_key",
            falls: false,
        },
        Column {
            name: "seen",
            key: "coalesce(u.last_seen_at, 0)",
            falls: true,
        },
    ],
};

fn edge(row: &Account, column: &'static str) -> Edge {
    let key = match column {
        "email" => Key::Text(row.email_key.clone()),
        "seen" => Key::Number(row.last_seen_at.unwrap_or(0)),
        _ => Key::Id,
    };
    Edge { key, id: row.id }
}

fn filtered(which: Which) -> Select {
    let mut select = Select::new(SELECT);
    select.when("u.deleted_at IS NULL");
    match which {
        Which::All => {}
        Which::Users => _ = select.when("u.role = 'user'"),
        Which::Managers => _ = select.when("u.role = 'manager'"),
        Which::Unconfirmed => _ = select.when("u.confirmed_at IS NULL"),
        Which::Blocked => _ = select.when("u.blocked_at IS NOT NULL"),
    }
    select
}

/// Accounts that are looked at for one page of a search.
const WINDOW: i64 = 20_000;
/// Most that are counted.
const COUNTED: i64 = 10_000;

fn search(words: &str) -> Search {
    Search {
        narrow: "SELECT u.id AS id FROM users u",
        id: "u.id",
        window: WINDOW,
        condition: "instr(u.search_text, :search) > 0",
        words: words.to_owned(),
    }
}

/// Accounts: all of them in any order, the newest first where only some are wanted.
pub fn list(
    connection: &Connection,
    words: &str,
    which: Which,
    sort: Sort,
    cursor: &Cursor,
) -> Result<Page<Account>, StoreError> {
    let select = filtered(which);
    if !words.is_empty() {
        return search(words).page(select, connection, cursor, map, |row| row.id);
    }
    let sort = match which {
        Which::All => sort,
        _ => LIST.usual(),
    };
    Ok(select.page(connection, sort, cursor, map, edge)?)
}

pub fn count(connection: &Connection, words: &str, which: Which) -> Result<Found, StoreError> {
    let select = filtered(which);
    Ok(match (words, which) {
        ("", Which::All) => Found::Exactly(kept::count(connection, "users")?),
        ("", _) => select.count_up_to(connection, COUNTED)?,
        _ => search(words).count(select, connection)?,
    })
}

pub fn get(connection: &Connection, id: Id) -> Result<Option<Account>, StoreError> {
    Ok(connection
        .prepare_cached(&format!(
            "{SELECT} WHERE u.id = :id AND u.deleted_at IS NULL"
        ))?
        .query_row(named_params! { ":id": id }, map)
        .optional()?)
}

/// The same by the key of an address.
pub fn by_email_key(connection: &Connection, key: &str) -> Result<Option<Account>, StoreError> {
    Ok(connection
        .prepare_cached(&format!(
            "{SELECT} WHERE u.email_key = :key AND u.deleted_at IS NULL"
        ))?
        .query_row(named_params! { ":key": key }, map)
        .optional()?)
}

/// The runs of an owner that are not over.
pub fn unfinished_runs(connection: &Connection, owner: Id) -> Result<Vec<Id>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT r.id FROM runs r JOIN mailings g ON g.id = r.mailing_id
             WHERE g.owner_id = :owner AND r.state IN ('active', 'paused')",
        )?
        .query_map(named_params! { ":owner": owner }, |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Deletes an account. Attempts are never dropped, so what was sent stays, and with it the mailings
/// that were sent, hidden, and this row, with nothing in it that says who it was.
pub fn delete(connection: &Connection, id: Id, now: Millis) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM sessions WHERE user_id = :id",
        "DELETE FROM tokens WHERE user_id = :id",
        "DELETE FROM recovery_codes WHERE user_id = :id",
        "DELETE FROM outbox WHERE user_id = :id",
        "DELETE FROM fillings WHERE mailing_id IN
             (SELECT id FROM mailings WHERE owner_id = :id)",
        "DELETE FROM members WHERE mailing_id IN
             (SELECT id FROM mailings WHERE owner_id = :id)",
        "DELETE FROM mailings WHERE owner_id = :id
           AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.mailing_id = mailings.id)",
        "UPDATE mailings SET message_id = NULL, title = '', search_text = '', recipients_count = 0,
                disabled_reason = NULL
         WHERE owner_id = :id",
        "DELETE FROM captured_mails WHERE private = 1
           AND address_key(rcpt_to) = (SELECT email_key FROM users WHERE id = :id)",
        "DELETE FROM outbox WHERE email_key = (SELECT email_key FROM users WHERE id = :id)",
        "DELETE FROM messages WHERE owner_id = :id",
        "DELETE FROM recipients WHERE owner_id = :id",
        "DELETE FROM former_recipients WHERE owner_id = :id",
    ] {
        connection
            .prepare_cached(sql)?
            .execute(named_params! { ":id": id })?;
    }
    connection
        .prepare_cached(
            "UPDATE mailings SET deleted_at = coalesce(deleted_at, :now) WHERE owner_id = :id",
        )?
        .execute(named_params! { ":id": id, ":now": now })?;
    connection
        .prepare_cached(
            "UPDATE users SET email = 'deleted-' || id, email_key = 'deleted-' || id, name = '',
                    search_text = '', password_hash = '', language = NULL, time_zone = NULL,
                    theme = NULL, confirmed_at = NULL, blocked_at = NULL, blocked_reason = NULL,
                    totp_secret = NULL, totp_since = NULL, totp_session = NULL,
                    totp_proposed_at = NULL, last_seen_at = NULL, last_run_at = NULL,
                    recipients_count = 0, messages_count = 0, mailings_count = 0,
                    deleted_at = :now
             WHERE id = :id",
        )?
        .execute(named_params! { ":id": id, ":now": now })?;
    Ok(())
}
