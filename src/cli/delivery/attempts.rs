//! `mailapp attempts`: the log of attempts, filtered, the newest first.

use rusqlite::Connection;

use crate::actions::ActionError;
use crate::app::App;
use crate::cli::args::Attempts;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::cli::{lists, whose};
use crate::domain::delivery::attempt_filter::{AttemptFilter, Place, Typed};
use crate::export::lists::ATTEMPTS;
use crate::store::delivery::attempt_log;
use crate::store::delivery::attempt_log::Logged;
use crate::store::delivery::attempt_query::From;

/// Most rows of one reading.
const PAGE: usize = 500;

pub(in crate::cli) async fn run(app: &App, args: &Attempts, say: &Say) -> Result<Exit, Exit> {
    let text = |typed: &Option<String>| typed.clone().unwrap_or_default();
    let (mut filter, errors) = AttemptFilter::parse(&Typed {
        mailing: &text(&args.mailing),
        run: &text(&args.run),
        ended: &text(&args.outcome),
        code: &text(&args.code),
        domain: &text(&args.domain),
        address: &text(&args.address),
    });
    if !errors.is_empty() {
        return Err(ActionError::Invalid(errors).into());
    }
    (filter.from, filter.until) = args.days.read(say)?;
    let scope = whose::scope(app, args.user.as_deref()).await?;
    if let Some(manner) = args.rows.output.file() {
        let next = move |c: &Connection, key: Option<Place>| {
            let from = key.map_or(From::Newest, From::Older);
            let page = attempt_log::list(c, scope, &filter, from, PAGE)?;
            Ok((page.rows, page.older))
        };
        return lists::write(app, (&ATTEMPTS, manner), args.rows.count(), say, next).await;
    }
    let mut left = args.rows.count();
    let mut from = From::Newest;
    let mut shown = Vec::new();
    let mut more = false;
    while left > 0 {
        let (asked, limit) = (filter.clone(), left.min(PAGE));
        let page = app
            .store
            .read(move |c| attempt_log::list(c, scope, &asked, from, limit))
            .await?;
        left -= page.rows.len();
        more = page.older.is_some();
        for row in page.rows {
            if args.rows.output.json {
                if !say.json(&row)? {
                    return Ok(Exit::Done);
                }
            } else {
                shown.push(row);
            }
        }
        // A reading looks at so many attempts at most; a terminal can wait for all of them.
        match page.older {
            Some(place) => from = From::Older(place),
            None => break,
        }
    }
    if !args.rows.output.json {
        table(&shown, say);
        if more && !shown.is_empty() {
            say.hint_at_more(shown.len());
        }
    }
    Ok(Exit::Done)
}

fn table(rows: &[Logged], say: &Say) {
    if rows.is_empty() {
        say.out(&say.text("attempts-none-such"));
        return;
    }
    let reader = say.reader();
    let rows = rows.iter().map(|row| {
        let attempt = &row.attempt;
        let outcome = attempt.outcome.name().replace('_', "-");
        [
            reader.moment(attempt.at),
            attempt.email.clone(),
            format!("{} {}", reader.numbered(row.mailing_id), row.mailing),
            say.text(&format!("outcome-{outcome}")),
            reader.reply_said(
                attempt.outcome,
                attempt.code,
                attempt.enhanced.as_deref(),
                &attempt.text,
            ),
            reader.span(attempt.duration_ms),
        ]
    });
    say.table(
        ["time", "recipient", "mailing", "status", "reply", "took"],
        rows,
    );
}
