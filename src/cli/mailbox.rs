//! `mailapp mailbox`: the captured mail, as a list or one by one.

use mail_parser::MessageParser;
use serde::Serialize;
use serde_json::json;

use super::args::Mailbox;
use super::say::Say;
use super::{Exit, lists};
use crate::app::App;
use crate::domain::phrase::Phrase;
use crate::domain::{Id, Millis};
use crate::store::captured;

pub(super) async fn run(app: &App, args: &Mailbox, say: &Say) -> Exit {
    match args.mail {
        None => list(app, args, say).await,
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

async fn list(app: &App, args: &Mailbox, say: &Say) -> Exit {
    let found = lists::read(app, (args.count, args.json), say, |c, cursor| {
        Ok(captured::list(c, cursor)?.map(|mail| Shown {
            id: mail.id,
            at: mail.at,
            from: mail.from,
            to: mail.to,
            subject: mail.subject,
        }))
    });
    let (mails, more) = match found.await {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    if args.json {
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
