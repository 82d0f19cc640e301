//! What all lists have in common: rows as a table, as JSON, or as a file.

use rusqlite::Connection;
use serde::Serialize;

use super::args::{List, Rows};
use super::exit::Exit;
use super::say::Say;
use crate::actions;
use crate::app::App;
use crate::domain::Millis;
use crate::domain::accounts::user::Actor;
use crate::domain::page::{Cursor, Page};
use crate::domain::text;
use crate::export::{Manner, Read, Table};
use crate::store::StoreError;
use crate::store::mailings::Mailing;

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
pub(super) fn show<const N: usize, T>(
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

pub(super) fn searched(list: &List) -> String {
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

/// The mailings that have somebody, or that use something.
pub(super) fn mailings(app: &App, mailings: Vec<Mailing>, say: &Say) {
    if mailings.is_empty() {
        return;
    }
    say.out("");
    say.out(&say.text("in-mailings"));
    let now = app.clock.now();
    let rows = mailings.into_iter().map(|mailing| {
        let shown = Shown::new(mailing, now);
        [
            shown.mailing.id.to_string(),
            shown.mailing.title().to_owned(),
            shown.status_text(say),
        ]
    });
    say.table(["number-column", "mailing", "status"], rows);
}
