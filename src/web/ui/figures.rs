//! A report's figures as pages and files show them.

use rocket::http::Status;
use rocket::response::stream::TextStream;
use rocket_dyn_templates::Metadata;
use serde::Serialize;

use super::chart::{self, Chart};
use super::paging::ListUrl;
use super::whose::Chip;
use crate::domain::audience::address::domain_shown;
use crate::domain::reports::statistics::{Step, Tally};
use crate::export::Manner;
use crate::export::figures::{cut, table};
use crate::i18n::Reader;
use crate::store::reports::statistics;
use crate::store::reports::statistics::{OfReply, OfRun, StatsScope};
use crate::web::http::csv;
use crate::web::http::csv::Export;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::SignedIn;

/// Rows that a report's list shows; its file has all.
const ROWS: usize = 50;
/// Rows of a file, at most.
const ALL_ROWS: usize = 1_000_000;

/// Addresses that a report leads to.
pub(in crate::web) struct Urls {
    /// The report itself.
    pub(in crate::web) page: ListUrl,
    /// Its files; `kind` says which.
    pub(in crate::web) file: ListUrl,
    /// The log of the attempts that it counts.
    pub(in crate::web) log: ListUrl,
}

/// A file to be taken, plain and as Excel wants it.
#[derive(Serialize)]
pub(in crate::web) struct Files {
    plain: String,
    excel: String,
}

impl Files {
    pub(in crate::web) fn new(url: &ListUrl) -> Self {
        Self {
            plain: url.address(),
            excel: url.clone().with("bom", "1").with("sep", ";").address(),
        }
    }

    /// The file of a list that is shown at `list`: of the same things, in the same order of time.
    pub(in crate::web) fn of(list: &ListUrl, path: &str) -> Self {
        Self::new(&list.at(path))
    }
}

/// Parts of a whole, as a thin bar shows them: in hundredths of its width.
#[derive(Serialize)]
pub(in crate::web) struct Share {
    accepted: i64,
    failed: i64,
}

impl Share {
    /// `most` is what fills the whole width.
    fn new(accepted: i64, failed: i64, most: i64) -> Self {
        let part = |count: i64| count * 100 / most.max(1);
        Self {
            accepted: part(accepted),
            // What there is is seen, be it ever so little.
            failed: part(failed).max(i64::from(failed > 0)),
        }
    }
}

#[derive(Serialize)]
struct Counted {
    label: String,
    href: Option<String>,
    owner: Option<String>,
    tally: Tally,
    all: i64,
    failed: i64,
    average_ms: Option<i64>,
    share: Share,
}

#[derive(Serialize)]
struct RunRow {
    #[serde(flatten)]
    run: OfRun,
    /// Attempts.
    failed: i64,
    people: People,
    average_ms: Option<i64>,
    took_ms: Option<i64>,
    per_minute: Option<i64>,
    href: String,
    chosen: bool,
}

/// What became of a run's recipients, as the mailing's page says it.
#[derive(Clone, Copy, Serialize)]
struct People {
    run: i64,
    total: i64,
    done: i64,
    accepted: i64,
    failed: i64,
    open: i64,
    other: i64,
}

impl People {
    fn of(run: &OfRun) -> Self {
        let counters = run.recipients;
        Self {
            run: run.id,
            total: counters.total,
            done: counters.done_in(run.state),
            accepted: counters.accepted,
            failed: counters.failed(),
            open: counters.open(),
            other: counters.in_doubt + counters.skipped,
        }
    }
}

#[derive(Serialize)]
struct ReplyRow {
    code: String,
    meaning: Option<String>,
    outcome: String,
    outcome_text: String,
    /// The mail server's fault, not the recipient's.
    relays: bool,
    attempts: i64,
    share: Share,
    href: Option<String>,
}

#[derive(Serialize)]
struct DurationRow {
    label: String,
    attempts: i64,
    share: Share,
}

/// What `templates/statistics/_report.html` shows.
#[derive(Serialize)]
struct Report {
    /// Of a mailing: the recipients of the run that is shown, or of the last one.
    people: Option<People>,
    tally: Tally,
    all: i64,
    failed: i64,
    average_ms: Option<i64>,
    longest_ms: i64,
    steps: Vec<Chip>,
    step: Step,
    /// The pieces are larger than was asked for.
    coarser: bool,
    chart: Option<Chart>,
    rows: Vec<chart::Row>,
    mailings: Vec<Counted>,
    runs: Vec<RunRow>,
    domains: Vec<Counted>,
    replies: Vec<ReplyRow>,
    durations: Vec<DurationRow>,
    files: KindFiles,
    /// Rows that a list shows; where it has one more, there are more.
    most: usize,
}

/// The context of `templates/statistics/_report.html`.
#[derive(Serialize)]
struct Part {
    lang: &'static str,
    zone: String,
    report: Report,
}

/// A report as it stands in a page, made anew only where somebody has written since it was made.
///
/// # Errors
/// The database's.
pub(in crate::web) async fn shown(
    me: &SignedIn,
    metadata: &Metadata<'_>,
    of: StatsScope,
    asked: Option<Step>,
    urls: &Urls,
) -> Result<String, Failure> {
    let (app, reader) = (me.app(), me.reader());
    let lang = reader.language.code();
    let zone = reader.zone.iana_name().unwrap_or("UTC");
    let [page, file, log] = [&urls.page, &urls.file, &urls.log].map(ListUrl::address);
    let step = asked.map_or("", Step::name);
    let words = [lang, zone, step, &page, &file, &log].join("\n");
    let made = async {
        let part = Part {
            lang,
            zone: zone.to_owned(),
            report: Report::read(me, of, asked, urls).await?,
        };
        metadata
            .render("statistics/_report.html", part)
            .map(|(_, html)| html)
            .ok_or_else(|| Failure::status(Status::InternalServerError))
    };
    let shown = app.cache.report(&app.store, of, words, made).await?;
    Ok(shown.to_string())
}

#[derive(Serialize)]
struct KindFiles {
    time: Files,
    mailings: Files,
    runs: Files,
    domains: Files,
    replies: Files,
    durations: Files,
}

fn code_said(reply: &OfReply) -> String {
    let code = reply.code.map(|code| code.to_string());
    [code.as_deref(), reply.enhanced.as_deref()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

impl Report {
    async fn read(
        me: &SignedIn,
        of: StatsScope,
        asked: Option<Step>,
        urls: &Urls,
    ) -> Result<Self, Failure> {
        let read = me
            .app()
            .store
            .read(move |c| statistics::report(c, &of, ROWS + 1))
            .await?;
        let reader = me.reader();
        let (step, pieces) = cut(&of, &read.slots, asked, Step::fits, reader);
        let summary = read.summary;
        let steps = Step::ALL.map(|each| Chip {
            label: reader.text(&format!("step-{}", each.name())),
            href: urls.page.clone().with("by", each.name()).address(),
            current: each == step,
        });
        let most = |tallies: &mut dyn Iterator<Item = i64>| tallies.max().unwrap_or(0);
        let most_of_a_mailing = most(&mut read.mailings.iter().map(|m| m.summary.tally.all()));
        let mailings = read.mailings.iter().map(|mailing| Counted {
            label: mailing.title.clone(),
            href: (!mailing.deleted).then(|| format!("/mailings/{}/statistics", mailing.id)),
            owner: (of.scope.owner().is_none()).then(|| mailing.owner_email.clone()),
            ..Counted::new(
                mailing.summary.tally,
                mailing.summary.average_ms(),
                most_of_a_mailing,
            )
        });
        let most_of_a_domain = most(&mut read.domains.iter().map(|(_, tally)| tally.all()));
        let domains = read.domains.iter().map(|(domain, tally)| Counted {
            label: domain_shown(domain),
            href: Some(urls.log.clone().with("domain", domain.clone()).address()),
            ..Counted::new(*tally, None, most_of_a_domain)
        });
        let most_of_a_reply = most(&mut read.replies.iter().map(|reply| reply.attempts));
        let most_of_a_class = most(&mut summary.classes.iter().copied());
        let durations = (0..)
            .zip(summary.classes)
            .map(|(class, attempts)| DurationRow {
                label: reader.duration_class(class),
                attempts,
                share: Share::new(attempts, 0, most_of_a_class),
            });
        let shown = |run: &&OfRun| of.run.is_none_or(|chosen| chosen == run.id);
        Ok(Self {
            people: read.runs.iter().find(shown).map(People::of),
            tally: summary.tally,
            all: summary.tally.all(),
            failed: summary.tally.failed(),
            average_ms: summary.average_ms(),
            longest_ms: summary.longest_ms,
            steps: steps.into(),
            coarser: asked.is_some_and(|asked| asked != step) && !pieces.is_empty(),
            chart: (!pieces.is_empty()).then(|| Chart::new(&pieces, step, reader)),
            rows: Chart::rows(&pieces, step, reader),
            step,
            mailings: mailings.collect(),
            runs: read
                .runs
                .iter()
                .map(|run| RunRow::new(run.clone(), &of))
                .collect(),
            domains: domains.collect(),
            replies: read
                .replies
                .iter()
                .map(|reply| ReplyRow::new(reply, most_of_a_reply, reader, urls))
                .collect(),
            durations: durations.collect(),
            files: KindFiles::new(&urls.file, step),
            most: ROWS,
        })
    }
}

impl Counted {
    fn new(tally: Tally, average_ms: Option<i64>, most: i64) -> Self {
        Self {
            label: String::new(),
            href: None,
            owner: None,
            all: tally.all(),
            failed: tally.failed(),
            share: Share::new(tally.accepted, tally.failed(), most),
            tally,
            average_ms,
        }
    }
}

impl RunRow {
    fn new(run: OfRun, of: &StatsScope) -> Self {
        let took = run.finished_at.map(|end| (end - run.started_at).max(0));
        Self {
            failed: run.summary.tally.failed(),
            people: People::of(&run),
            average_ms: run.summary.average_ms(),
            took_ms: took,
            // Of a moment's work no speed is to be said.
            per_minute: took
                .filter(|took| *took >= 1_000)
                .map(|took| run.recipients.accepted * 60_000 / took),
            href: format!(
                "/mailings/{}/statistics?run={}",
                of.mailing.unwrap_or_default(),
                run.id
            ),
            chosen: of.run == Some(run.id),
            run,
        }
    }
}

impl ReplyRow {
    fn new(reply: &OfReply, most: i64, reader: &Reader, urls: &Urls) -> Self {
        let code = reply
            .enhanced
            .clone()
            .or_else(|| reply.code.map(|code| code.to_string()));
        Self {
            code: code_said(reply),
            meaning: {
                let (enhanced, local) = (reply.enhanced.as_deref(), reply.local.as_deref());
                reader.meaning(reply.code, enhanced, "", local)
            },
            outcome_text: reader.text(&format!("outcome-{}", reply.outcome.replace('_', "-"))),
            relays: reply.charged_to == "relay",
            attempts: reply.attempts,
            share: Share::new(0, reply.attempts, most),
            href: code.map(|code| urls.log.clone().with("code", code).address()),
            outcome: reply.outcome.clone(),
        }
    }
}

impl KindFiles {
    fn new(url: &ListUrl, step: Step) -> Self {
        let of = |kind: &str| Files::new(&url.clone().with("kind", kind));
        Self {
            time: Files::new(&url.clone().with("kind", "time").with("by", step.name())),
            mailings: of("mailings"),
            runs: of("runs"),
            domains: of("domains"),
            replies: of("replies"),
            durations: of("durations"),
        }
    }
}

/// One of a report's tables as a file.
pub(in crate::web) async fn export(
    me: SignedIn,
    kind: Option<&str>,
    of: StatsScope,
    step: Option<Step>,
    manner: Manner,
) -> Result<Export<TextStream![String]>, Failure> {
    let reader = me.reader().clone();
    let (name, headings, read) = table(kind, of, step, reader, ALL_ROWS)
        .map_err(|phrase| Failure::because(Status::UnprocessableEntity, phrase))?;
    Ok(csv::report(me, name, manner, headings, move |c| read(c)).await)
}
