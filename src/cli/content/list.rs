//! `mailapp messages`: everybody's or one user's.

use rusqlite::Connection;

use super::message;
use crate::app::App;
use crate::cli::args::Messages;
use crate::cli::exit::Exit;
use crate::cli::lists::{read, searched, show, write};
use crate::cli::say::Say;
use crate::cli::whose;
use crate::domain::page::Cursor;
use crate::export::{from, lists as export, rows};
use crate::store::content::messages;

pub(in crate::cli) async fn run(app: &App, args: &Messages, say: &Say) -> Result<Exit, Exit> {
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
