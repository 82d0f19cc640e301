//! `mailapp audit`: who did what, when, from where; the newest first.

use super::args::Audit;
use super::say::Say;
use super::{Exit, lists};
use crate::app::App;
use crate::domain::text;
use crate::store::audit::{self, Filter};

pub(super) async fn run(app: &App, args: &Audit, say: &Say) -> Exit {
    let filter = Filter {
        search: text::search(args.search.as_deref().unwrap_or_default()),
        ..Filter::default()
    };
    let found = lists::read(app, (args.count, args.json), say, move |c, cursor| {
        audit::list(c, &filter, audit::LIST.usual(), cursor)
    });
    let (lines, more) = match found.await {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    if args.json {
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
