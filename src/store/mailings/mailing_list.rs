//! The list of mailings: its orders, its filters, its search.

use rusqlite::Connection;

use super::{Mailing, SELECT, map};
use crate::domain::Millis;
use crate::domain::accounts::permission::Scope;
use crate::domain::mailings::mailing::MailingStatus;
use crate::domain::page::{Cursor, Edge, Found, Key, Page};
use crate::store::StoreError;
use crate::store::db::select::{Column, Columns, Select, Sort};
use crate::store::db::window::Search;

/// What the list of mailings may be sorted by.
pub static LIST: Columns = Columns {
    list: "mailings",
    id: "g.id",
    offered: &[
        Column {
            name: "added",
            key: "g.id",
            falls: true,
        },
        Column {
            name: "title",
            key: "g.title_key",
            falls: false,
        },
        Column {
            name: "starts",
            key: "g.starts_at",
            falls: true,
        },
        Column {
            name: "ends",
            key: "g.ends_at",
            falls: true,
        },
    ],
};

fn edge(row: &Mailing, column: &'static str) -> Edge {
    let key = match column {
        "title" => Key::Text(row.title_key.clone()),
        "starts" => Key::Number(row.starts_at),
        "ends" => Key::Number(row.ends_at),
        _ => Key::Id,
    };
    Edge { key, id: row.id }
}

/// Which mailings a list shows.
#[derive(Debug, Clone, Default)]
pub struct MailingFilter {
    pub search: String,
    pub status: Option<MailingStatus>,
}

impl MailingFilter {
    pub const fn is_empty(&self) -> bool {
        self.search.is_empty() && self.status.is_none()
    }

    fn search(&self) -> Option<Search> {
        (!self.search.is_empty()).then(|| Search {
            narrow: "SELECT g.id AS id FROM mailings g LEFT JOIN messages m ON m.id = g.message_id",
            id: "g.id",
            window: WINDOW,
            condition: "instr(g.search_text || char(10) || coalesce(m.search_text, ''), :search) > 0",
            words: self.search.clone(),
        })
    }
}

/// Mailings that are looked at for one page of a search: through their messages, too.
const WINDOW: i64 = 2_000;
/// Most that are counted.
const COUNTED: i64 = 10_000;

fn filtered(
    head: &'static str,
    scope: Scope,
    status: Option<MailingStatus>,
    now: Millis,
) -> Select {
    let mut select = Select::new(head);
    select.when("g.deleted_at IS NULL");
    if let Some(owner) = scope.owner() {
        select.with("g.owner_id = :owner", ":owner", owner);
    }
    // The plus keeps a filter from choosing the index: the list's order does that.
    match status {
        None => {}
        Some(MailingStatus::Finished) => {
            select.with("+g.ends_at <= :now", ":now", now);
        }
        Some(MailingStatus::Running) => {
            select.with(
                "+g.ends_at > :now AND g.first_sent_at IS NOT NULL",
                ":now",
                now,
            );
        }
        Some(MailingStatus::Created) => {
            select.with("+g.ends_at > :now AND g.first_sent_at IS NULL", ":now", now);
        }
    }
    select
}

/// A list; a search's is read newest first, and so is everybody's.
pub fn list(
    connection: &Connection,
    scope: Scope,
    filter: &MailingFilter,
    sort: Sort,
    cursor: &Cursor,
    now: Millis,
) -> Result<Page<Mailing>, StoreError> {
    let select = filtered(SELECT, scope, filter.status, now);
    if let Some(search) = filter.search() {
        return search.page(select, connection, cursor, map, |row| row.id);
    }
    let sort = match scope {
        Scope::Own(_) => sort,
        Scope::All => LIST.usual(),
    };
    Ok(select.page(connection, sort, cursor, map, edge)?)
}

pub fn count(
    connection: &Connection,
    scope: Scope,
    filter: &MailingFilter,
    now: Millis,
) -> Result<Found, StoreError> {
    let select = filtered("SELECT 1 FROM mailings g", scope, filter.status, now);
    Ok(match filter.search() {
        Some(search) => search.count(select, connection)?,
        None => select.count_up_to(connection, COUNTED)?,
    })
}
