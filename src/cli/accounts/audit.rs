//! `mailapp audit`: who did what, when, from where; the newest first.

use rusqlite::Connection;

use crate::app::App;
use crate::cli::args::Audit;
use crate::cli::exit::Exit;
use crate::cli::lists;
use crate::cli::say::Say;
use crate::domain::page::Cursor;
use crate::domain::text;
use crate::export::{from, lists::AUDIT, rows};
use crate::store::accounts::audit;
use crate::store::accounts::audit::Filter;

pub(in crate::cli) async fn run(app: &App, args: &Audit, say: &Say) -> Result<Exit, Exit> {
    let filter = Filter {
        search: text::search(args.search.as_deref().unwrap_or_default()),
        ..Filter::default()
    };
    let next =
        move |c: &Connection, cursor: &Cursor| audit::list(c, &filter, audit::LIST.usual(), cursor);
    if let Some(manner) = args.rows.output.file() {
        let next = move |c: &Connection, key| Ok(rows(next(c, &from(key))?));
        return lists::write(app, (&AUDIT, manner), args.rows.count(), say, next).await;
    }
    let (lines, more) = lists::read(app, &args.rows, say, next).await?;
    if args.rows.output.json {
        return Ok(Exit::Done);
    }
    if lines.is_empty() {
        say.out(&say.text("audit-none"));
        return Ok(Exit::Done);
    }
    let reader = say.reader();
    let shown = lines.len();
    let rows = lines.into_iter().map(|line| {
        [
            reader.moment(line.at),
            reader.audit_who(&line.who, line.user_id, line.door),
            reader.audit_verb(&line.verb),
            reader.audit_subject(&line.subject, &line.subject_kind, line.subject_id),
            reader.audit_detail(&line.detail),
            line.address,
        ]
    });
    say.table(
        [
            "time",
            "audit-who",
            "audit-what",
            "audit-subject",
            "audit-detail",
            "audit-from",
        ],
        rows,
    );
    if more {
        say.hint_at_more(shown);
    }
    Ok(Exit::Done)
}
