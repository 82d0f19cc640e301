//! `mailapp mailings`, `recipients`, `messages`: the lists, everybody's or one user's.

use rusqlite::Connection;
use serde::Serialize;

use super::args::{List, Mailings, Messages, Recipients, Rows};
use super::audience::recipient;
use super::content::message;
use super::mailings::mailing;
use super::say::Say;
use super::{Exit, whose};
use crate::actions;
use crate::app::App;
use crate::domain::accounts::user::Actor;
use crate::domain::delivery::reached::Reached;
use crate::domain::mailings::mailing::MailingStatus;
use crate::domain::page::{Cursor, Page};
use crate::domain::text;
use crate::domain::{Id, Millis};
use crate::export::{Manner, Read, Table, from, lists as export, rows};
use crate::store::StoreError;
use crate::store::audience::recipients;
use crate::store::content::messages;
use crate::store::mailings::Mailing;
use crate::store::mailings::mailing_list;
use crate::store::mailings::mailing_list::MailingFilter;
use crate::store::mailings::members;

/// Reads up to so many rows and shows each as JSON, or hands them back for a table; whether there
/// are more is said beside them.
pub(super) async fn read<T: Serialize + Send + 'static>(
    app: &App,
    asked: &Rows,
    say: &Say,
    next: impl Fn(&Connection, &Cursor) -> Result<Page<T>, StoreError> + Clone + Send + 'static,
) -> Result<(Vec<T>, bool), Exit> {
    let (mut left, mut cursor) = (asked.count(), Cursor::First);
    let mut rows = Vec::new();
    while left > 0 {
        let (next, from) = (next.clone(), cursor);
        let mut page = app.store.read(move |c| next(c, &from)).await?;
        let more = page.after.is_some() || page.rows.len() > left;
        page.rows.truncate(left);
        left -= page.rows.len();
        if asked.output.json {
            for row in &page.rows {
                if !say.json(row)? {
                    return Ok((rows, false));
                }
            }
        } else {
            rows.extend(page.rows);
        }
        match page.after {
            Some(key) if left > 0 => cursor = Cursor::After(key),
            _ => return Ok((rows, more)),
        }
    }
    Ok((rows, true))
}

/// Writes up to `count` rows of a list as a file, while they are read: its length costs time and no
/// memory. The audit log says who took it.
pub(super) async fn write<T: Send + 'static, K: Send + 'static>(
    app: &App,
    (table, manner): (&'static Table<T>, Manner),
    count: usize,
    say: &Say,
    next: impl Fn(&Connection, Option<K>) -> Read<T, K> + Clone + Send + 'static,
) -> Result<Exit, Exit> {
    actions::export(app, &Actor::CommandLine, table.name).await;
    let reader = say.reader();
    let (mut left, mut key) = (count, None);
    let mut is_read = say.file(&manner.head(table.headings))?;
    while left > 0 && is_read {
        let (next, from) = (next.clone(), key);
        let (mut page, more) = app.store.read(move |c| next(c, from)).await?;
        page.truncate(left);
        left -= page.len();
        let lines: String = page
            .iter()
            .map(|row| manner.record(&(table.cells)(row, &reader)))
            .collect();
        is_read = say.file(&lines)?;
        match more {
            Some(more) => key = Some(more),
            None => break,
        }
    }
    Ok(Exit::Done)
}

/// Shows rows as a table, and says where there are more.
fn show<const N: usize, T>(
    (rows, more): (Vec<T>, bool),
    asked: &Rows,
    say: &Say,
    headings: [&str; N],
    cells: impl Fn(&T) -> [String; N],
) -> Exit {
    if asked.output.json {
        return Exit::Done;
    }
    if rows.is_empty() {
        say.out(&say.text("nothing-found"));
        return Exit::Done;
    }
    say.table(headings, rows.iter().map(cells));
    if more {
        say.hint_at_more(rows.len());
    }
    Exit::Done
}

fn searched(list: &List) -> String {
    text::search(list.search.as_deref().unwrap_or_default())
}

/// A mailing with its status, which is no column.
#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    pub(super) mailing: Mailing,
    status: &'static str,
}

impl Shown {
    pub(super) fn new(mailing: Mailing, now: Millis) -> Self {
        Self {
            status: mailing.status(now).name(),
            mailing,
        }
    }

    /// Its status, and whether it is switched off.
    pub(super) fn status_text(&self, say: &Say) -> String {
        let status = say.text(&format!("status-{}", self.status));
        match self.mailing.disabled_reason {
            Some(_) => format!("{status}, {}", say.text("switched-off")),
            None => status,
        }
    }
}

pub(super) async fn mailings(app: &App, args: &Mailings, say: &Say) -> Result<Exit, Exit> {
    let (list, now) = (&args.list, app.clock.now());
    if let Some(id) = args.mailing {
        return mailing::show(app, id, list.rows.output.json, say).await;
    }
    let scope = whose::scope(app, list.user.as_deref()).await?;
    let filter = MailingFilter {
        search: searched(list),
        status: args.status.as_deref().and_then(MailingStatus::by_name),
    };
    let sort = mailing_list::LIST.usual();
    if let Some(manner) = list.rows.output.file() {
        let count = list.rows.count();
        return write(
            app,
            (&export::MAILINGS, manner),
            count,
            say,
            move |c, key| {
                let page = mailing_list::list(c, scope, &filter, sort, &from(key), now)?;
                export::with_runs(c, page, now)
            },
        )
        .await;
    }
    let found = read(app, &list.rows, say, move |c, cursor| {
        let page = mailing_list::list(c, scope, &filter, sort, cursor, now)?;
        Ok(page.map(|mailing| Shown::new(mailing, now)))
    });
    let reader = say.reader();
    let headings = [
        "number-column",
        "mailing",
        "owner",
        "status",
        "mailing-starts",
        "mailing-ends",
        "nav-recipients",
    ];
    Ok(show(found.await?, &list.rows, say, headings, |row| {
        let mailing = &row.mailing;
        [
            mailing.id.to_string(),
            mailing.title().to_owned(),
            mailing.owner_email.clone(),
            row.status_text(say),
            reader.moment(mailing.starts_at),
            reader.moment(mailing.ends_at),
            reader.number(mailing.recipients),
        ]
    }))
}

pub(super) async fn recipients(app: &App, args: &Recipients, say: &Say) -> Result<Exit, Exit> {
    let list = &args.list;
    if let Some(id) = args.recipient {
        return recipient::show(app, id, &list.rows.output, say).await;
    }
    let scope = whose::scope(app, list.user.as_deref()).await?;
    let members = match args.mailing {
        Some(id) => Some((id, mailing::find(app, id).await?.edition)),
        None => None,
    };
    if let Some(mailing) = members {
        return members_of(app, args, mailing, say).await;
    }
    let search = searched(list);
    let next = move |c: &Connection, cursor: &Cursor| recipients::newest(c, scope, &search, cursor);
    if let Some(manner) = list.rows.output.file() {
        let next = move |c: &Connection, key| Ok(rows(next(c, &from(key))?));
        let table = (&export::RECIPIENTS, manner);
        return write(app, table, list.rows.count(), say, next).await;
    }
    let found = read(app, &list.rows, say, next);
    let reader = say.reader();
    let headings = [
        "number-column",
        "email",
        "full-name",
        "state",
        "owner",
        "added",
    ];
    Ok(show(found.await?, &list.rows, say, headings, |row| {
        [
            row.id.to_string(),
            row.email.clone(),
            row.name.clone(),
            say.text(&format!("recipient-{}", row.state())),
            row.owner_email.clone(),
            reader.moment(row.created_at),
        ]
    }))
}

/// A mailing's recipients, and whether it reached them.
async fn members_of(
    app: &App,
    args: &Recipients,
    (mailing, edition): (Id, i64),
    say: &Say,
) -> Result<Exit, Exit> {
    let list = &args.list;
    let reached = args.outcome.as_deref().and_then(Reached::by_name);
    let next = move |c: &Connection, cursor: &Cursor| {
        members::of_mailing(c, mailing, edition, reached, cursor)
    };
    if let Some(manner) = list.rows.output.file() {
        let next = move |c: &Connection, key| Ok(rows(next(c, &from(key))?));
        let table = (&export::MEMBERS, manner);
        return write(app, table, list.rows.count(), say, next).await;
    }
    let found = read(app, &list.rows, say, next);
    let reader = say.reader();
    let headings = [
        "number-column",
        "email",
        "full-name",
        "state",
        "status",
        "history-answer",
    ];
    Ok(show(found.await?, &list.rows, say, headings, |row| {
        [
            row.id.to_string(),
            row.email.clone(),
            row.name.clone(),
            say.text(&format!("recipient-{}", row.state())),
            say.text(&format!("reached-{}", row.reached.name().replace('_', "-"))),
            row.fate
                .as_ref()
                .map_or_else(|| say.text("fate-not-sent"), |fate| reader.fate(fate)),
        ]
    }))
}

pub(super) async fn messages(app: &App, args: &Messages, say: &Say) -> Result<Exit, Exit> {
    let list = &args.list;
    if let Some(id) = args.message {
        return message::show(app, id, list.rows.output.json, say).await;
    }
    let scope = whose::scope(app, list.user.as_deref()).await?;
    let search = searched(list);
    let next = move |c: &Connection, cursor: &Cursor| messages::newest(c, scope, &search, cursor);
    if let Some(manner) = list.rows.output.file() {
        let next = move |c: &Connection, key| Ok(rows(next(c, &from(key))?));
        return write(
            app,
            (&export::MESSAGES, manner),
            list.rows.count(),
            say,
            next,
        )
        .await;
    }
    let found = read(app, &list.rows, say, next);
    let reader = say.reader();
    let headings = [
        "number-column",
        "subject",
        "owner",
        "in-mailings",
        "updated",
    ];
    Ok(show(found.await?, &list.rows, say, headings, |row| {
        [
            row.id.to_string(),
            row.subject.clone(),
            row.owner_email.clone(),
            reader.number(row.mailings),
            reader.moment(row.updated_at),
        ]
    }))
}
