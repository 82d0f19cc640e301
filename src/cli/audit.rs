//! `mailapp audit`: who did what, when, from where; the newest first.

use super::Exit;
use super::args::Audit;
use super::say::Say;
use crate::app::App;
use crate::domain::page::Cursor;
use crate::domain::text;
use crate::store::audit::{self, Filter};

pub(super) async fn run(app: &App, args: &Audit, say: &Say) -> Exit {
    let filter = Filter {
        search: text::search(args.search.as_deref().unwrap_or_default()),
        ..Filter::default()
    };
    let mut left = args.count;
    let mut cursor = Cursor::First;
    let mut lines = Vec::new();
    let mut more = false;
    while left > 0 {
        let (asked, from) = (filter.clone(), cursor);
        let page = app
            .store
            .read(move |c| audit::list(c, &asked, audit::LIST.usual(), &from))
            .await;
        let mut page = match page {
            Ok(page) => page,
            Err(error) => return error.into(),
        };
        more = page.after.is_some() || page.rows.len() > left;
        page.rows.truncate(left);
        left -= page.rows.len();
        lines.extend(page.rows);
        match page.after {
            Some(key) => cursor = Cursor::After(key),
            None => break,
        }
    }
    if args.json {
        for line in lines {
            say.out(&serde_json::to_string(&line).unwrap_or_default());
        }
        return Exit::Done;
    }
    if lines.is_empty() {
        say.out(&say.text("audit-none"));
        return Exit::Done;
    }
    let reader = say.reader();
    let shown = lines.len();
    let rows = lines.into_iter().map(|line| {
        [
            reader.moment(line.at),
            reader.audit_who(&line.who, line.user_id, line.door),
            reader.audit_verb(&line.verb),
            line.subject,
            line.detail,
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
    Exit::Done
}
