//! `mailapp mailings`, `recipients`, `messages`: the lists, everybody's or one user's.

use rusqlite::Connection;
use serde::Serialize;

use super::args::{List, Mailings};
use super::say::Say;
use super::{Exit, whose};
use crate::app::App;
use crate::domain::mailing::MailingStatus;
use crate::domain::page::{Cursor, Page};
use crate::domain::text;
use crate::store::StoreError;
use crate::store::mailing_list::{self, MailingFilter};
use crate::store::mailings::Mailing;
use crate::store::messages;
use crate::store::recipients;

/// Reads up to `count` rows and shows each as JSON, or hands them back for a table; whether there
/// are more is said beside them.
pub(super) async fn read<T: Serialize + Send + 'static>(
    app: &App,
    (count, as_json): (usize, bool),
    say: &Say,
    next: impl Fn(&Connection, &Cursor) -> Result<Page<T>, StoreError> + Clone + Send + 'static,
) -> Result<(Vec<T>, bool), Exit> {
    let (mut left, mut cursor) = (count, Cursor::First);
    let mut rows = Vec::new();
    while left > 0 {
        let (next, from) = (next.clone(), cursor);
        let mut page = app.store.read(move |c| next(c, &from)).await?;
        let more = page.after.is_some() || page.rows.len() > left;
        page.rows.truncate(left);
        left -= page.rows.len();
        if as_json {
            for row in &page.rows {
                say.out(&serde_json::to_string(row).unwrap_or_default());
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

/// Shows rows as a table, and says where there are more.
fn show<const N: usize, T>(
    read: Result<(Vec<T>, bool), Exit>,
    list: &List,
    say: &Say,
    headings: [&str; N],
    cells: impl Fn(&T) -> [String; N],
) -> Exit {
    let (rows, more) = match read {
        Ok(read) => read,
        Err(exit) => return exit,
    };
    if list.json {
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
struct Shown {
    #[serde(flatten)]
    mailing: Mailing,
    status: &'static str,
}

pub(super) async fn mailings(app: &App, args: &Mailings, say: &Say) -> Exit {
    let (list, now) = (&args.list, app.clock.now());
    let scope = match whose::scope(app, list.user.as_deref()).await {
        Ok(scope) => scope,
        Err(exit) => return exit,
    };
    let filter = MailingFilter {
        search: searched(list),
        status: args.status.as_deref().and_then(MailingStatus::by_name),
    };
    let sort = mailing_list::LIST.usual();
    let found = read(app, list.asked(), say, move |c, cursor| {
        let page = mailing_list::list(c, scope, &filter, sort, cursor, now)?;
        Ok(page.map(|mailing| Shown {
            status: mailing.status(now).name(),
            mailing,
        }))
    });
    let reader = say.reader();
    let headings = [
        "№",
        "mailing",
        "owner",
        "status",
        "mailing-starts",
        "mailing-ends",
        "nav-recipients",
    ];
    show(found.await, list, say, headings, |row| {
        let mailing = &row.mailing;
        let status = say.text(&format!("status-{}", row.status));
        let status = match mailing.disabled_reason {
            Some(_) => format!("{status}, {}", say.text("switched-off")),
            None => status,
        };
        [
            mailing.id.to_string(),
            mailing.title().to_owned(),
            mailing.owner_email.clone(),
            status,
            reader.moment(mailing.starts_at),
            reader.moment(mailing.ends_at),
            reader.number(mailing.recipients),
        ]
    })
}

pub(super) async fn recipients(app: &App, list: &List, say: &Say) -> Exit {
    let scope = match whose::scope(app, list.user.as_deref()).await {
        Ok(scope) => scope,
        Err(exit) => return exit,
    };
    let search = searched(list);
    let found = read(app, list.asked(), say, move |c, cursor| {
        recipients::newest(c, scope, &search, cursor)
    });
    let reader = say.reader();
    let headings = ["№", "email", "full-name", "state", "owner", "added"];
    show(found.await, list, say, headings, |row| {
        let state = if row.unsubscribed {
            "recipient-unsubscribed"
        } else {
            "recipient-active"
        };
        [
            row.id.to_string(),
            row.email.clone(),
            row.name.clone(),
            say.text(state),
            row.owner_email.clone(),
            reader.moment(row.created_at),
        ]
    })
}

pub(super) async fn messages(app: &App, list: &List, say: &Say) -> Exit {
    let scope = match whose::scope(app, list.user.as_deref()).await {
        Ok(scope) => scope,
        Err(exit) => return exit,
    };
    let search = searched(list);
    let found = read(app, list.asked(), say, move |c, cursor| {
        messages::newest(c, scope, &search, cursor)
    });
    let reader = say.reader();
    let headings = ["№", "subject", "owner", "in-mailings", "updated"];
    show(found.await, list, say, headings, |row| {
        [
            row.id.to_string(),
            row.subject.clone(),
            row.owner_email.clone(),
            reader.number(row.mailings),
            reader.moment(row.updated_at),
        ]
    })
}
