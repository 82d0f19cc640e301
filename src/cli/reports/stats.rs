//! `mailapp stats`: what the statistics page shows, as tables or JSON.

use serde::Serialize;

use crate::actions;
use crate::app::App;
use crate::cli::args::Stats;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::cli::whose;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::audience::address::domain_shown;
use crate::domain::phrase::Phrase;
use crate::domain::reports::statistics::{Bucket, Step};
use crate::export::{Manner, figures as export};
use crate::store::reports::overview;
use crate::store::reports::overview::Figures;
use crate::store::reports::statistics;
use crate::store::reports::statistics::{Report, StatsScope};
use crate::store::{StoreError, mailings};

/// Rows of each list: all of them.
const ROWS: usize = 1_000_000;

/// A line of the output.
#[derive(Serialize)]
struct Line<T> {
    kind: &'static str,
    #[serde(flatten)]
    what: T,
}

pub(in crate::cli) async fn run(app: &App, args: &Stats, say: &Say) -> Result<Exit, Exit> {
    let of = asked(app, args, say).await?;
    if args.csv.is_some() {
        return write(app, of, args, say).await;
    }
    Ok(show(app, of, args, say).await)
}

/// One of its tables as a file.
async fn write(app: &App, of: StatsScope, args: &Stats, say: &Say) -> Result<Exit, Exit> {
    let manner = if args.excel {
        Manner::EXCEL
    } else {
        Manner::default()
    };
    let step = args.by.as_deref().and_then(Step::by_name);
    let kind = args.csv.as_deref();
    if kind == Some("runs") && of.mailing.is_none() {
        return Err(Exit::misused(Phrase::new("cli-stats-runs")));
    }
    let (name, headings, read) =
        export::table(kind, of, step, say.reader(), ROWS).map_err(Exit::misused)?;
    actions::export(app, &Actor::CommandLine, name).await;
    let rows = app.store.read(move |c| read(c)).await?;
    let lines: String = rows.iter().map(|cells| manner.record(cells)).collect();
    say.file(&(manner.head(headings) + &lines))?;
    Ok(Exit::Done)
}

/// Of what statistics are wanted.
async fn asked(app: &App, args: &Stats, say: &Say) -> Result<StatsScope, Exit> {
    if let Some(id) = args.mailing {
        let found: Result<_, StoreError> = app
            .store
            .read(move |c| mailings::get(c, Scope::All, id))
            .await;
        return match found? {
            Some(_) => Ok(StatsScope::mailing(id, None)),
            None => Err(Exit::Refused(Phrase::new("cli-no-mailing").with("id", id))),
        };
    }
    let (from, until) = args.days.read(say)?;
    let scope = whose::scope(app, args.user.as_deref()).await?;
    Ok(StatsScope {
        from,
        until,
        ..StatsScope::everything(scope)
    })
}

async fn show(app: &App, of: StatsScope, args: &Stats, say: &Say) -> Exit {
    let now = app.clock.now();
    let read = app
        .store
        .read(move |c| {
            let figures = match of.mailing {
                None => Some(Figures::from(&overview::of(c, of.scope, now)?)),
                Some(_) => None,
            };
            Ok::<_, StoreError>((figures, statistics::report(c, &of, ROWS)?))
        })
        .await;
    let (figures, report) = match read {
        Ok(read) => read,
        Err(error) => return error.into(),
    };
    let asked = args.by.as_deref().and_then(Step::by_name);
    let (step, pieces) = export::cut(&of, &report.slots, asked, |_, _| true, &say.reader());
    if args.json {
        as_json(figures, &report, &pieces, say);
    } else {
        as_tables(figures, &report, &pieces, step, say);
    }
    Exit::Done
}

fn as_json(figures: Option<Figures>, report: &Report, pieces: &[Bucket], say: &Say) {
    // Whoever reads no further has read enough.
    fn line<T: Serialize>(say: &Say, kind: &'static str, what: T) {
        drop(say.json(&Line { kind, what }));
    }
    #[derive(Serialize)]
    struct Domain<'a> {
        domain: &'a str,
        #[serde(flatten)]
        tally: crate::domain::reports::statistics::Tally,
    }
    if let Some(figures) = figures {
        line(say, "figures", figures);
    }
    line(say, "summary", report.summary);
    for piece in pieces {
        line(say, "time", piece);
    }
    for mailing in &report.mailings {
        line(say, "mailing", mailing);
    }
    for run in &report.runs {
        line(say, "run", run);
    }
    for (domain, tally) in &report.domains {
        let tally = *tally;
        line(say, "domain", Domain { domain, tally });
    }
    for reply in &report.replies {
        line(say, "reply", reply);
    }
}

/// What is said before the tables: things, people, attempts.
fn say_facts(figures: Option<Figures>, report: &Report, say: &Say) {
    let tally = report.summary.tally;
    let mut facts = Vec::new();
    if let Some(figures) = figures {
        facts.push(("overview-mailings", figures.mailings));
        facts.push(("overview-running", figures.running));
        facts.push(("overview-recipients", figures.recipients));
    }
    if let Some(run) = report.runs.first() {
        let id = run.id.to_string();
        say.out(&say.phrase(&Phrase::new("run-recipients").with("run", id)));
        let people = run.recipients;
        facts.push(("run-recipients-accepted", people.accepted));
        facts.push(("run-recipients-failed", people.failed()));
        facts.push(("run-recipients-open", people.open()));
        facts.push(("run-recipients-other", people.in_doubt + people.skipped));
    }
    facts.push(("mails-sent", tally.accepted));
    facts.push(("attempts-succeeded", tally.accepted));
    facts.push(("attempts-failed", tally.failed()));
    for (key, count) in facts {
        let count = say.reader().number(count);
        say.out(&format!("{}: {count}", say.text(key)));
    }
}

fn as_tables(figures: Option<Figures>, report: &Report, pieces: &[Bucket], step: Step, say: &Say) {
    let reader = say.reader();
    let number = |count: i64| reader.number(count);
    let tally = report.summary.tally;
    say_facts(figures, report, say);
    if let Some(average) = report.summary.average_ms() {
        let most = Phrase::new("at-most").with("span", reader.span(report.summary.longest_ms));
        let (name, average) = (say.text("attempt-took"), reader.span(average));
        say.out(&format!("{name}: {average} ({})", say.phrase(&most)));
    }
    if tally.all() == 0 {
        return;
    }
    let heading = |key: &str| say.out(&format!("\n{}", say.text(key)));
    heading("attempts-over-time");
    let counts = |all: i64, accepted: i64| [number(all), number(accepted), number(all - accepted)];
    let columns = |first| {
        [
            first,
            "all-attempts",
            "attempts-succeeded",
            "attempts-failed",
        ]
    };
    let row = |label: String, all: i64, accepted: i64| {
        let [all, accepted, failed] = counts(all, accepted);
        [label, all, accepted, failed]
    };
    say.table(
        columns("period"),
        pieces
            .iter()
            .filter(|piece| piece.tally.all() > 0)
            .map(|piece| {
                let label = reader.piece(piece.from, piece.until, step);
                row(label, piece.tally.all(), piece.tally.accepted)
            }),
    );
    if !report.mailings.is_empty() {
        heading("statistics-mailings");
        say.table(
            columns("mailing"),
            report.mailings.iter().map(|mailing| {
                let tally = mailing.summary.tally;
                let label = format!("{} {}", reader.numbered(mailing.id), mailing.title);
                row(label, tally.all(), tally.accepted)
            }),
        );
    }
    if !report.runs.is_empty() {
        heading("statistics-runs");
        say.table(
            columns("run-started"),
            report.runs.iter().map(|run| {
                let tally = run.summary.tally;
                let label = format!(
                    "{} {}",
                    reader.numbered(run.id),
                    reader.moment(run.started_at)
                );
                row(label, tally.all(), tally.accepted)
            }),
        );
    }
    heading("statistics-domains");
    say.table(
        columns("domain"),
        report
            .domains
            .iter()
            .map(|(domain, tally)| row(domain_shown(domain), tally.all(), tally.accepted)),
    );
    if report.replies.is_empty() {
        return;
    }
    heading("statistics-replies");
    say.table(
        ["reply-meaning", "all-attempts"],
        report.replies.iter().map(|reply| {
            let (enhanced, local) = (reply.enhanced.as_deref(), reply.local.as_deref());
            let code = reply.code.map(|code| code.to_string());
            let meaning = reader.meaning(reply.code, enhanced, "", local);
            let said = [code.as_deref(), enhanced, meaning.as_deref()];
            let said: Vec<&str> = said.into_iter().flatten().collect();
            [said.join(" "), number(reply.attempts)]
        }),
    );
}
