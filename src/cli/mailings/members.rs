//! `mailapp recipients --mailing 42`: a mailing's recipients, and whether it reached them.

use rusqlite::Connection;

use crate::app::App;
use crate::cli::args::Recipients;
use crate::cli::exit::Exit;
use crate::cli::lists::{read, show, write};
use crate::cli::say::Say;
use crate::domain::delivery::reached::Reached;
use crate::domain::page::Cursor;
use crate::export::{from, lists as export, rows};
use crate::store::mailings::members;

pub(in crate::cli) async fn run(app: &App, args: &Recipients, say: &Say) -> Result<Exit, Exit> {
    let list = &args.list;
    let Some(mailing) = args.mailing else {
        return Ok(Exit::Usage);
    };
    let edition = super::mailing::find(app, mailing).await?.edition;
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
