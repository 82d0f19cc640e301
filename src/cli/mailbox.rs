//! `mailapp mailbox`: the captured mail, as a list or one by one.

use mail_parser::MessageParser;
use serde_json::json;

use super::Exit;
use super::args::Mailbox;
use super::say::Say;
use crate::app::App;
use crate::domain::page::Cursor;
use crate::domain::phrase::Phrase;
use crate::store::captured;

pub(super) async fn run(app: &App, args: &Mailbox, say: &Say) -> Exit {
    match args.mail {
        None => list(app, args, say).await,
        Some(id) => show(app, id, args, say).await,
    }
}

async fn list(app: &App, args: &Mailbox, say: &Say) -> Exit {
    let (mut left, mut cursor) = (args.count, Cursor::First);
    let mut mails = Vec::new();
    let mut more = false;
    while left > 0 {
        let from = cursor;
        let mut page = match app.store.read(move |c| captured::list(c, &from)).await {
            Ok(page) => page,
            Err(error) => return error.into(),
        };
        more = page.after.is_some() || page.rows.len() > left;
        page.rows.truncate(left);
        left -= page.rows.len();
        mails.extend(page.rows);
        match page.after {
            Some(key) => cursor = Cursor::After(key),
            None => break,
        }
    }
    if args.json {
        for mail in mails {
            let line = json!({
                "id": mail.id, "at": mail.at, "from": mail.from, "to": mail.to,
                "subject": mail.subject,
            });
            say.out(&line.to_string());
        }
        return Exit::Done;
    }
    if mails.is_empty() {
        say.out(&say.text("mailbox-empty"));
        return Exit::Done;
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
    say.table(["№", "time", "mail-to", "subject"], rows);
    if more {
        say.hint_at_more(shown);
    }
    Exit::Done
}

async fn show(app: &App, id: i64, args: &Mailbox, say: &Say) -> Exit {
    let (mail, source) = match app.store.read(move |c| captured::get(c, id)).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            return Exit::Refused(Phrase::new("cli-no-mail").with("id", id.to_string()));
        }
        Err(error) => return error.into(),
    };
    if args.source {
        say.bytes(&source);
        return Exit::Done;
    }
    let parsed = MessageParser::default().parse(&source);
    let text = parsed
        .as_ref()
        .and_then(|mail| mail.body_text(0))
        .unwrap_or_default();
    if args.json {
        let line = json!({
            "id": mail.id, "at": mail.at, "from": mail.from, "to": mail.to,
            "subject": mail.subject, "text": text,
        });
        say.out(&line.to_string());
        return Exit::Done;
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
    Exit::Done
}
