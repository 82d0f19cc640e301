//! `mailapp recipients`: everybody's or one user's.

use rusqlite::Connection;

use super::recipient;
use crate::app::App;
use crate::cli::args::Recipients;
use crate::cli::exit::Exit;
use crate::cli::lists::{read, searched, show, write};
use crate::cli::say::Say;
use crate::cli::whose;
use crate::domain::page::Cursor;
use crate::export::{from, lists as export, rows};
use crate::store::audience::recipients;

pub(in crate::cli) async fn run(app: &App, args: &Recipients, say: &Say) -> Result<Exit, Exit> {
    let list = &args.list;
    if let Some(id) = args.recipient {
        return recipient::show(app, id, &list.rows.output, say).await;
    }
    let scope = whose::scope(app, list.user.as_deref()).await?;
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
