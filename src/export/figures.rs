//! A report's tables as files, and the pieces that a series is cut into.

use std::sync::Arc;

use rusqlite::Connection;

use super::{moment, moment_or_none};
use crate::domain::Millis;
use crate::domain::audience::address::domain_shown;
use crate::domain::phrase::Phrase;
use crate::domain::reports::statistics::{Bucket, Step, Tally, buckets};
use crate::i18n::Reader;
use crate::store::StoreError;
use crate::store::reports::statistics;
use crate::store::reports::statistics::StatsScope;

type Cells = Vec<String>;
/// Reads all rows of a table.
pub type ReadAll = Arc<dyn Fn(&Connection) -> Result<Vec<Cells>, StoreError> + Send + Sync>;

fn counts(tally: &Tally) -> [String; 6] {
    [
        tally.all(),
        tally.accepted,
        tally.failed(),
        tally.refused,
        tally.deferred,
        tally.in_doubt,
    ]
    .map(|count| count.to_string())
}

fn number_or_none(number: Option<i64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// The kinds of tables.
pub const KINDS: [&str; 6] = [
    "time",
    "mailings",
    "runs",
    "domains",
    "replies",
    "durations",
];

/// The pieces that a series is cut into, as asked for; `fits` says whether so many can be shown.
pub fn cut(
    of: &StatsScope,
    slots: &[(i64, Tally)],
    asked: Option<Step>,
    fits: impl Fn(Step, Millis) -> bool,
    reader: &Reader,
) -> (Step, Vec<Bucket>) {
    let Some((from, until)) = statistics::extent(of, slots) else {
        return (asked.unwrap_or(Step::Day), Vec::new());
    };
    let span = until - from;
    let step = asked
        .filter(|step| fits(*step, span))
        .unwrap_or_else(|| Step::suited(span));
    (step, buckets(slots, from, until, step, &reader.zone))
}

/// Name, headings and rows of a table, time unless said.
///
/// # Errors
/// There is none of that kind.
pub fn table(
    kind: Option<&str>,
    of: StatsScope,
    step: Option<Step>,
    reader: Reader,
    limit: usize,
) -> Result<(&'static str, &'static [&'static str], ReadAll), Phrase> {
    Ok(match kind.unwrap_or("time") {
        "time" => (
            "attempts-over-time",
            &[
                "from",
                "until",
                "attempts",
                "attempts_accepted",
                "attempts_failed",
                "attempts_refused",
                "attempts_deferred",
                "attempts_in_doubt",
            ],
            Arc::new(move |c| over_time(c, &of, step, &reader)),
        ),
        "mailings" => (
            "attempts-by-mailing",
            &[
                "mailing",
                "title",
                "owner",
                "attempts",
                "attempts_accepted",
                "attempts_failed",
                "attempts_refused",
                "attempts_deferred",
                "attempts_in_doubt",
                "average_ms",
                "longest_ms",
            ],
            Arc::new(move |c| by_mailing(c, &of, limit)),
        ),
        "runs" if of.mailing.is_some() => (
            "attempts-by-run",
            &[
                "run",
                "started_at",
                "finished_at",
                "recipients",
                "recipients_accepted",
                "recipients_failed",
                "attempts",
                "attempts_accepted",
                "attempts_failed",
                "attempts_refused",
                "attempts_deferred",
                "attempts_in_doubt",
                "average_ms",
                "longest_ms",
            ],
            Arc::new(move |c| by_run(c, &of, limit)),
        ),
        "domains" => (
            "attempts-by-domain",
            &[
                "domain",
                "attempts",
                "attempts_accepted",
                "attempts_failed",
                "attempts_refused",
                "attempts_deferred",
                "attempts_in_doubt",
            ],
            Arc::new(move |c| by_domain(c, &of, limit)),
        ),
        "replies" => (
            "failures-by-reply",
            &[
                "code",
                "enhanced",
                "meaning",
                "outcome",
                "charged_to",
                "attempts",
            ],
            Arc::new(move |c| by_reply(c, &of, limit, &reader)),
        ),
        "durations" => (
            "attempts-by-duration",
            &["duration", "attempts"],
            Arc::new(move |c| durations(c, &of, &reader)),
        ),
        _ => return Err(Phrase::new("error-report-unknown")),
    })
}

fn over_time(
    c: &Connection,
    of: &StatsScope,
    step: Option<Step>,
    reader: &Reader,
) -> Result<Vec<Cells>, StoreError> {
    let slots = statistics::over_time(c, of)?;
    let pieces = cut(of, &slots, step, |_, _| true, reader).1;
    let row = |piece: &Bucket| {
        let mut cells = vec![moment(piece.from), moment(piece.until)];
        cells.extend(counts(&piece.tally));
        cells
    };
    Ok(pieces.iter().map(row).collect())
}

fn by_mailing(c: &Connection, of: &StatsScope, limit: usize) -> Result<Vec<Cells>, StoreError> {
    let rows = statistics::by_mailing(c, of, limit)?;
    let row = |mailing: statistics::OfMailing| {
        let mut cells = vec![mailing.id.to_string(), mailing.title, mailing.owner_email];
        cells.extend(counts(&mailing.summary.tally));
        cells.push(number_or_none(mailing.summary.average_ms()));
        cells.push(mailing.summary.longest_ms.to_string());
        cells
    };
    Ok(rows.into_iter().map(row).collect())
}

fn by_run(c: &Connection, of: &StatsScope, limit: usize) -> Result<Vec<Cells>, StoreError> {
    let rows = statistics::by_run(c, of.mailing.unwrap_or_default(), limit)?;
    let chosen = rows
        .into_iter()
        .filter(|run| of.run.is_none_or(|chosen| chosen == run.id));
    let row = |run: statistics::OfRun| {
        let mut cells = vec![
            run.id.to_string(),
            moment(run.started_at),
            moment_or_none(run.finished_at),
            run.recipients.total.to_string(),
            run.recipients.accepted.to_string(),
            run.recipients.failed().to_string(),
        ];
        cells.extend(counts(&run.summary.tally));
        cells.push(number_or_none(run.summary.average_ms()));
        cells.push(run.summary.longest_ms.to_string());
        cells
    };
    Ok(chosen.map(row).collect())
}

fn by_domain(c: &Connection, of: &StatsScope, limit: usize) -> Result<Vec<Cells>, StoreError> {
    let rows = statistics::by_domain(c, of, limit)?;
    let row = |(domain, tally): (String, Tally)| {
        let mut cells = vec![domain_shown(&domain)];
        cells.extend(counts(&tally));
        cells
    };
    Ok(rows.into_iter().map(row).collect())
}

fn by_reply(
    c: &Connection,
    of: &StatsScope,
    limit: usize,
    reader: &Reader,
) -> Result<Vec<Cells>, StoreError> {
    let rows = statistics::failures_by_reply(c, of, limit)?;
    let row = |reply: statistics::OfReply| {
        let meaning = reader.meaning(
            reply.code,
            reply.enhanced.as_deref(),
            "",
            reply.local.as_deref(),
        );
        vec![
            reply.code.map(|code| code.to_string()).unwrap_or_default(),
            reply.enhanced.unwrap_or_default(),
            meaning.unwrap_or_default(),
            reply.outcome,
            reply.charged_to,
            reply.attempts.to_string(),
        ]
    };
    Ok(rows.into_iter().map(row).collect())
}

fn durations(c: &Connection, of: &StatsScope, reader: &Reader) -> Result<Vec<Cells>, StoreError> {
    let summary = statistics::summary(c, of)?;
    let row =
        |(class, attempts): (usize, i64)| vec![reader.duration_class(class), attempts.to_string()];
    Ok((0..).zip(summary.classes).map(row).collect())
}
