//! `mailapp mailbox`: the captured mail, as a list or one by one.

use mail_parser::MessageParser;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::cli::args::{Mailbox, Rows};
use crate::cli::exit::Exit;
use crate::cli::lists;
use crate::cli::say::Say;
use crate::domain::phrase::Phrase;
use crate::domain::{Id, Millis};
use crate::export::{from, lists::MAILBOX, rows};
use crate::store::system::captured;

pub(in crate::cli) async fn run(app: &App, args: &Mailbox, say: &Say) -> Result<Exit, Exit> {
    match args.mail {
        None => list(app, &args.rows, say).await,
        Some(id) => show(app, id, args, say).await,
    }
}

/// A captured mail as the list has it.
#[derive(Serialize)]
struct Shown {
    id: Id,
    at: Millis,
    from: String,
    to: String,
    subject: String,
}

async fn list(app: &App, asked: &Rows, say: &Say) -> Result<Exit, Exit> {
    if let Some(manner) = asked.output.file() {
        let next = |c: &Connection, key| Ok(rows(captured::list(c, &from(key))?));
        return lists::write(app, (&MAILBOX, manner), asked.count(), say, next).await;
    }
    let found = lists::read(app, asked, say, |c, cursor| {
        Ok(captured::list(c, cursor)?.map(|mail| Shown {
            id: mail.id,
            at: mail.at,
            from: mail.from,
            to: mail.to,
            subject: mail.subject,
        }))
    });
    let (mails, more) = found.await?;
    if asked.output.json {
        return Ok(Exit::Done);
    }
    if mails.is_empty() {
        say.out(&say.text("mailbox-empty"));
        return Ok(Exit::Done);
    }
    let reader = say.reader();
    let shown = mails.len();
    let rows = mails.into_iter().map(|mail| {
        [
            mail.id.to_string(),
            reader.moment(mail.at),
            mail.to,
            mail.subject,
        ]
    });
    say.table(["number-column", "time", "mail-to", "subject"], rows);
    if more {
        say.hint_at_more(shown);
    }
    Ok(Exit::Done)
}

async fn show(app: &App, id: i64, args: &Mailbox, say: &Say) -> Result<Exit, Exit> {
    let found = app.store.read(move |c| captured::get(c, id)).await?;
    let (mail, source) = found
        .ok_or_else(|| Exit::Refused(Phrase::new("cli-no-mail").with("id", id.to_string())))?;
    if args.source {
        say.bytes(&source)?;
        return Ok(Exit::Done);
    }
    let parsed = MessageParser::default().parse(&source);
    let text = parsed
        .as_ref()
        .and_then(|mail| mail.body_text(0))
        .unwrap_or_default();
    if args.rows.output.json {
        let line = json!({
            "id": mail.id, "at": mail.at, "from": mail.from, "to": mail.to,
            "subject": mail.subject, "text": text,
        });
        say.json(&line)?;
        return Ok(Exit::Done);
    }
    let reader = say.reader();
    for (key, value) in [
        ("mail-from", mail.from),
        ("mail-to", mail.to),
        ("time", reader.moment(mail.at)),
        ("subject", mail.subject),
    ] {
        say.out(&format!("{}: {value}", say.text(key)));
    }
    say.out("");
    say.out(&text.replace("\r\n", "\n"));
    Ok(Exit::Done)
}
