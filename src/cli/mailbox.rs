//! `mailapp mailbox`: the captured mail, as a list or one by one.

use mail_parser::MessageParser;
use serde_json::json;

use super::Exit;
use super::args::Mailbox;
use super::say::Say;
use crate::app::App;
use crate::domain::page::Cursor;
use crate::domain::phrase::Phrase;
use crate::store::StoreError;
use crate::store::captured;

pub(super) async fn run(app: &App, args: &Mailbox, say: &Say) -> Exit {
    match args.mail {
        None => list(app, args.json, say).await,
        Some(id) => show(app, id, args, say).await,
    }
}

async fn list(app: &App, as_json: bool, say: &Say) -> Exit {
    let found = app
        .store
        .read(|c| {
            let page = captured::list(c, &Cursor::First)?;
            Ok::<_, StoreError>((page, captured::count(c)?))
        })
        .await;
    let (page, total) = match found {
        Ok(found) => found,
        Err(error) => return error.into(),
    };
    if as_json {
        for mail in page.rows {
            let line = json!({
                "id": mail.id, "at": mail.at, "from": mail.from, "to": mail.to,
                "subject": mail.subject,
            });
            say.out(&line.to_string());
        }
        return Exit::Done;
    }
    if page.rows.is_empty() {
        say.out(&say.text("mailbox-empty"));
        return Exit::Done;
    }
    let reader = say.reader();
    let shown = page.rows.len();
    let rows = page.rows.into_iter().map(|mail| {
        [
            mail.id.to_string(),
            reader.moment(mail.at),
            mail.to,
            mail.subject,
        ]
    });
    say.table(["№", "time", "mail-to", "subject"], rows);
    if i64::try_from(shown).is_ok_and(|shown| shown < total) {
        let more = Phrase::new("cli-mailbox-more")
            .with("shown", shown)
            .with("total", total);
        say.hint(&more);
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
