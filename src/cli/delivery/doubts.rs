//! `mailapp doubts 42`, `send-again 42`, `leave 42`: what is in doubt of a mailing's run and why,
//! and what the page's buttons do about it.

use rusqlite::Connection;
use serde_json::json;

use crate::actions;
use crate::actions::Settled;
use crate::app::App;
use crate::cli::args::{Decide, Doubts};
use crate::cli::exit::Exit;
use crate::cli::lists;
use crate::cli::mailings::follow;
use crate::cli::mailings::run_verbs::run_of;
use crate::cli::say::Say;
use crate::domain::Id;
use crate::domain::accounts::user::Actor;
use crate::domain::delivery::doubt;
use crate::domain::delivery::doubt::Decision;
use crate::domain::page::Cursor;
use crate::domain::phrase::{Arg, Phrase};
use crate::export::{from, lists::DOUBTS, rows};
use crate::store::StoreError;
use crate::store::delivery::doubts;
use crate::store::delivery::doubts::Doubt;

async fn all_of(app: &App, run: Id) -> Result<Vec<Doubt>, StoreError> {
    let mut all = Vec::new();
    let mut cursor = Cursor::First;
    loop {
        let page = app
            .store
            .read(move |c| doubts::of_run(c, run, &cursor))
            .await?;
        all.extend(page.rows);
        match page.after {
            Some(key) => cursor = Cursor::After(key),
            None => return Ok(all),
        }
    }
}

pub(in crate::cli) async fn list(app: &App, args: &Doubts, say: &Say) -> Result<Exit, Exit> {
    let run = run_of(app, args.mailing, args.run).await?;
    if let Some(manner) = args.output.file() {
        let next = move |c: &Connection, key| Ok(rows(doubts::of_run(c, run, &from(key))?));
        return lists::write(app, (&DOUBTS, manner), usize::MAX, say, next).await;
    }
    let all = all_of(app, run).await?;
    if args.output.json {
        for doubt in all {
            let why = say.text(doubt::why(&doubt.text));
            let line = json!({
                "mailing": args.mailing, "run": run, "delivery": doubt.delivery,
                "email": doubt.email, "name": doubt.name, "at": doubt.at,
                "reason": doubt::why(&doubt.text), "why": why,
                "detail": doubt::detail(&doubt.text),
                "times": doubt.times, "again_at": doubt.again_at, "left_at": doubt.left_at,
            });
            say.json(&line)?;
        }
        return Ok(Exit::Done);
    }
    if all.is_empty() {
        say.out(&say.text("doubts-none"));
        return Ok(Exit::Done);
    }
    let asks = all
        .iter()
        .any(|doubt| doubt.again_at.is_none() && doubt.left_at.is_none());
    let rows = all.into_iter().map(|doubt| row(doubt, say));
    say.table(
        [
            "number-column",
            "recipient",
            "time",
            "doubt-why",
            "doubt-decision",
        ],
        rows,
    );
    if asks {
        let id = args.mailing.to_string();
        say.hint(&Phrase::new("cli-doubts-hint").with("id", id));
    }
    Ok(Exit::Done)
}

fn row(doubt: Doubt, say: &Say) -> [String; 5] {
    let why = say.text(doubt::why(&doubt.text));
    let mut why = match doubt::detail(&doubt.text) {
        "" => why,
        detail => format!("{why} ({detail})"),
    };
    if let Some(key) = doubt::why_held(doubt.times).filter(|_| doubt.again_at.is_none()) {
        why = format!("{why} {}", say.text(key));
    }
    let decision = match (doubt.again_at, doubt.left_at) {
        (Some(at), _) => Phrase {
            key: "cli-doubt-again-at",
            args: vec![("when", Arg::Moment(at))],
        },
        (None, Some(at)) => Phrase {
            key: "doubt-left",
            args: vec![("when", Arg::Moment(at))],
        },
        (None, None) => Phrase::new("doubt-undecided"),
    };
    [
        doubt.delivery.to_string(),
        doubt.email,
        say.reader().moment(doubt.at),
        why,
        say.phrase(&decision),
    ]
}

async fn decide(app: &App, args: &Decide, decision: Decision) -> Result<(Id, Settled), Exit> {
    let run = run_of(app, args.mailing, args.run).await?;
    let which = (!args.delivery.is_empty()).then(|| args.delivery.clone());
    let settled = actions::settle_doubt(app, &Actor::CommandLine, run, which, decision).await?;
    Ok((run, settled))
}

/// Says what a decision came to.
fn said(
    args: &Decide,
    run: Id,
    settled: Settled,
    (key, event): (&'static str, &str),
    say: &Say,
) -> Result<(), Exit> {
    if args.json {
        let line = json!({
            "event": event, "mailing": args.mailing, "run": run,
            "count": settled.count, "unsubscribed": settled.unsubscribed,
        });
        say.json(&line)?;
        return Ok(());
    }
    say.out(&say.phrase(&Phrase::new(key).with("count", settled.count)));
    if settled.unsubscribed > 0 {
        let kept = Phrase::new("notice-doubt-unsubscribed").with("count", settled.unsubscribed);
        say.out(&say.phrase(&kept));
    }
    Ok(())
}

pub(in crate::cli) async fn send_again(app: &App, args: &Decide, say: &Say) -> Result<Exit, Exit> {
    let (run, settled) = decide(app, args, Decision::SendAgain).await?;
    let words = ("notice-doubt-again", "sent_again");
    said(args, run, settled, words, say)?;
    Ok(follow::run(app, run, args.json, say).await)
}

pub(in crate::cli) async fn leave(app: &App, args: &Decide, say: &Say) -> Result<Exit, Exit> {
    let (run, settled) = decide(app, args, Decision::Leave).await?;
    said(args, run, settled, ("notice-doubt-left", "left"), say)?;
    Ok(Exit::Done)
}
