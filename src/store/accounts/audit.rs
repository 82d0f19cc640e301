//! The audit log: who did what to what, when, from where, through which door. It only grows.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};
use serde::Serialize;

use crate::domain::accounts::user::Actor;
use crate::domain::accounts::user::StartedBy;
use crate::domain::page::{Cursor, Edge, Key, Page};
use crate::domain::phrase::{Arg, Phrase};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::db::select::{Column, Columns, Select, Sort};
use crate::store::db::window::Search;

/// What an action did, for the log.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The action's name.
    pub verb: &'static str,
    /// `user`, `recipient`, `message`, `mailing`, `run`; empty: about none of these.
    pub subject_kind: &'static str,
    pub subject_id: Option<Id>,
    /// What it is called: an address, a title. A recipient has none here: the log is kept for ever,
    /// and who it was is to be forgotten with them.
    pub subject: &'a str,
    /// What else there is to say: somebody's own words, or a phrase ([`detail`]).
    pub detail: &'a str,
}

impl<'a> Entry<'a> {
    /// About a user.
    pub const fn of_user(verb: &'static str, id: Id, email: &'a str) -> Self {
        Self {
            verb,
            subject_kind: "user",
            subject_id: Some(id),
            subject: email,
            detail: "",
        }
    }

    /// About a thing of somebody's.
    pub const fn about(verb: &'static str, kind: &'static str, id: Id, subject: &'a str) -> Self {
        Self {
            verb,
            subject_kind: kind,
            subject_id: Some(id),
            subject,
            detail: "",
        }
    }

    /// About nobody in particular.
    pub const fn of_nobody(verb: &'static str, subject: &'a str) -> Self {
        Self {
            verb,
            subject_kind: "",
            subject_id: None,
            subject,
            detail: "",
        }
    }

    #[must_use]
    pub const fn with(mut self, detail: &'a str) -> Self {
        self.detail = detail;
        self
    }
}

/// A detail that is read in the reader's language: a key (`audit-detail-…`) with numbers and names.
pub fn detail(phrase: &Phrase) -> String {
    let mut said = serde_json::Map::new();
    said.insert("key".to_owned(), phrase.key.into());
    for (name, arg) in &phrase.args {
        let value = match arg {
            Arg::Number(number) | Arg::Moment(number) | Arg::Span(number) => (*number).into(),
            Arg::Text(text) | Arg::Words(text) => text.clone().into(),
            Arg::Things(things) => {
                let titles: Vec<&str> = things.iter().map(|(_, title)| title.as_str()).collect();
                titles.join(", ").into()
            }
        };
        said.insert((*name).to_owned(), value);
    }
    serde_json::Value::Object(said).to_string()
}

/// Whose a thing is: written down with the line, because a deleted thing has no owner any more.
const OWNER: &str = "CASE :kind
    WHEN 'user' THEN :subject_id
    WHEN 'recipient' THEN (SELECT r.owner_id FROM recipients r WHERE r.id = :subject_id)
    WHEN 'message' THEN (SELECT m.owner_id FROM messages m WHERE m.id = :subject_id)
    WHEN 'mailing' THEN (SELECT g.owner_id FROM mailings g WHERE g.id = :subject_id)
    WHEN 'run' THEN (SELECT r.owner_id FROM runs r WHERE r.id = :subject_id)
    ELSE :user END";

/// Writes a line, before what it is about is deleted. Who it was is written down by number and by
/// the address of that time, which may be another's later.
pub fn record(
    connection: &Connection,
    actor: &Actor,
    entry: Entry<'_>,
    now: Millis,
) -> Result<(), StoreError> {
    let who: Option<String> = match actor.user_id() {
        None => None,
        Some(id) => connection
            .prepare_cached("SELECT email FROM users WHERE id = :id")?
            .query_row(named_params! { ":id": id }, |row| row.get(0))
            .optional()?,
    };
    connection
        .prepare_cached(&format!(
            "INSERT INTO audit (at, door, user_id, who, address, verb, subject_kind, subject_id,
                                subject, detail, owner_id)
             VALUES (:now, :door, :user, :who, :address, :verb, :kind, :subject_id, :subject,
                     :detail, {OWNER})"
        ))?
        .execute(named_params! {
            ":now": now,
            ":door": actor.door().name(),
            ":user": actor.user_id(),
            ":who": who.unwrap_or_default(),
            ":address": actor.address(),
            ":verb": entry.verb,
            ":kind": entry.subject_kind,
            ":subject_id": entry.subject_id,
            ":subject": entry.subject,
            ":detail": entry.detail,
        })?;
    Ok(())
}

/// A line as it is read.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    pub id: Id,
    pub at: Millis,
    pub door: StartedBy,
    pub user_id: Option<Id>,
    pub who: String,
    pub address: String,
    pub verb: String,
    pub subject_kind: String,
    pub subject_id: Option<Id>,
    pub subject: String,
    pub detail: String,
    /// Whose it is or was, by the address of today; nobody's, or somebody's who is gone: nothing.
    pub owner: Option<String>,
}

const SELECT: &str = "SELECT a.id, a.at, a.door, a.user_id, a.who, a.address, a.verb,
        a.subject_kind, a.subject_id, a.subject, a.detail, o.email
 FROM audit a LEFT JOIN users o ON o.id = a.owner_id";

fn map(row: &Row<'_>) -> rusqlite::Result<Line> {
    let door: String = row.get(2)?;
    Ok(Line {
        id: row.get(0)?,
        at: row.get(1)?,
        door: StartedBy::by_name(&door).unwrap_or(StartedBy::Web),
        user_id: row.get(3)?,
        who: row.get(4)?,
        address: row.get(5)?,
        verb: row.get(6)?,
        subject_kind: row.get(7)?,
        subject_id: row.get(8)?,
        subject: row.get(9)?,
        detail: row.get(10)?,
        owner: row.get(11)?,
    })
}

/// The last line about a thing.
pub fn last_about(connection: &Connection, kind: &str, id: Id) -> Result<Option<Line>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE a.subject_kind = :kind AND a.subject_id = :id ORDER BY a.id DESC LIMIT 1"
    );
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(named_params! { ":kind": kind, ":id": id }, map)
        .optional()?)
}

/// Which lines are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Empty: every action.
    pub verb: String,
    /// Words of who it was, where from, or what it was about.
    pub search: String,
    /// From this moment on.
    pub from: Option<Millis>,
    /// Before this moment.
    pub until: Option<Millis>,
    /// What one user did, and what was done to them and to their things.
    pub user: Option<Id>,
}

fn filtered(filter: &Filter) -> Select {
    let mut select = Select::new(SELECT);
    if !filter.verb.is_empty() {
        select.with("a.verb = :verb", ":verb", filter.verb.clone());
    }
    if let Some(user) = filter.user {
        select.with(
            "(a.user_id = :user OR a.owner_id = :user OR CASE a.subject_kind
                 WHEN 'user' THEN a.subject_id = :user
                 WHEN 'mailing' THEN a.subject_id IN
                     (SELECT m.id FROM mailings m WHERE m.owner_id = :user)
                 WHEN 'run' THEN a.subject_id IN
                     (SELECT r.id FROM runs r JOIN mailings m ON m.id = r.mailing_id
                      WHERE m.owner_id = :user)
                 ELSE 0 END)",
            ":user",
            user,
        );
    }
    if let Some(from) = filter.from {
        select.with("a.at >= :from", ":from", from);
    }
    if let Some(until) = filter.until {
        select.with("a.at < :until", ":until", until);
    }
    select
}

/// The log, and the way round in which it may be read.
pub static LIST: Columns = Columns {
    list: "audit",
    id: "a.id",
    offered: &[Column {
        name: "time",
        key: "a.id",
        falls: true,
    }],
};

/// Lines that are looked at for one page of a search.
const WINDOW: i64 = 10_000;

/// Lines; those of a search, the newest first.
pub fn list(
    connection: &Connection,
    filter: &Filter,
    sort: Sort,
    cursor: &Cursor,
) -> Result<Page<Line>, StoreError> {
    let select = filtered(filter);
    if filter.search.is_empty() {
        return Ok(select.page(connection, sort, cursor, map, |row, _| Edge {
            key: Key::Id,
            id: row.id,
        })?);
    }
    let search = Search {
        narrow: "SELECT a.id AS id FROM audit a",
        id: "a.id",
        window: WINDOW,
        condition: "instr(fold(a.who || char(10) || a.address || char(10) || a.subject || char(10)
                               || a.detail), :search) > 0",
        words: filter.search.clone(),
    };
    search.page(select, connection, cursor, map, |row| row.id)
}

/// The actions that the log knows, for choosing one.
pub fn verbs(connection: &Connection) -> Result<Vec<String>, StoreError> {
    // One step of the index a verb, however long the log is.
    Ok(connection
        .prepare_cached(
            "WITH RECURSIVE v (verb) AS (
                 SELECT min(verb) FROM audit
                 UNION ALL
                 SELECT (SELECT min(a.verb) FROM audit a WHERE a.verb > v.verb) FROM v
                 WHERE v.verb IS NOT NULL)
             SELECT verb FROM v WHERE verb IS NOT NULL",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}
