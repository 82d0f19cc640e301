//! A run's attempts as pages show them.

use serde::Serialize;

use crate::domain::delivery::Outcome;
use crate::domain::delivery::local;
use crate::domain::page::Page;
use crate::domain::text::visible;
use crate::i18n::Reader;
use crate::store::delivery::attempts::Attempt;
use crate::store::mailings::runs::Run;
use crate::web::ui::paging::{ListUrl, Pages};

#[derive(Serialize)]
pub(in crate::web) struct AttemptsView {
    rows: Vec<Row>,
    filters: Vec<Filter>,
    pages: Pages,
    base: String,
}

#[derive(Serialize)]
struct Row {
    id: i64,
    at: i64,
    email: String,
    name: String,
    outcome: Outcome,
    outcome_text: String,
    code: Option<u16>,
    enhanced: Option<String>,
    text: String,
    meaning: Option<String>,
    server: String,
    duration_ms: i64,
    nth: u32,
}

#[derive(Serialize)]
struct Filter {
    label: String,
    count: i64,
    href: String,
    current: bool,
}

impl AttemptsView {
    pub(in crate::web) fn new(
        run: &Run,
        page: Page<Attempt>,
        outcome: Option<Outcome>,
        reader: &Reader,
    ) -> Self {
        let url = |outcome: Option<Outcome>| {
            ListUrl::new(format!("/runs/{}", run.id))
                .with("outcome", outcome.map_or("", Outcome::name))
        };
        let pages = url(outcome).pages(&page);
        let counts = [
            (None, run.attempts.all()),
            (Some(Outcome::Accepted), run.attempts.accepted),
            (Some(Outcome::Refused), run.attempts.refused),
            (Some(Outcome::Deferred), run.attempts.deferred),
            (Some(Outcome::InDoubt), run.attempts.in_doubt),
        ];
        let filters = counts
            .into_iter()
            .filter(|(which, count)| *count > 0 || which.is_none() || *which == outcome);
        Self {
            filters: filters
                .map(|(which, count)| Filter {
                    label: reader.text(&format!("attempts-{}", name(which))),
                    count,
                    href: url(which).address(),
                    current: which == outcome,
                })
                .collect(),
            rows: page
                .rows
                .into_iter()
                .map(|row| shown(row, reader))
                .collect(),
            pages,
            base: ListUrl::new(format!("/runs/{}/attempts", run.id))
                .with("outcome", outcome.map_or("", Outcome::name))
                .address(),
        }
    }
}

fn name(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        None => "all",
        Some(Outcome::Accepted) => "accepted",
        Some(Outcome::Deferred) => "deferred",
        Some(Outcome::Refused) => "refused",
        Some(Outcome::InDoubt) => "in-doubt",
    }
}

fn shown(attempt: Attempt, reader: &Reader) -> Row {
    // Where the server said nothing, the text is ours: a key, and a detail of the system's.
    let (text, meaning) = match (attempt.code, local::split(&attempt.text)) {
        (None, Some((key, detail))) => {
            (visible(detail), Some(reader.text(&format!("local-{key}"))))
        }
        _ => {
            let meaning = if attempt.outcome == Outcome::Accepted {
                None
            } else {
                let enhanced = attempt.enhanced.as_deref();
                reader.meaning(attempt.code, enhanced, &attempt.text, None)
            };
            (visible(&attempt.text), meaning)
        }
    };
    Row {
        id: attempt.id,
        at: attempt.at,
        email: attempt.email,
        name: attempt.name,
        outcome_text: reader.text(&format!("outcome-{}", name(Some(attempt.outcome)))),
        outcome: attempt.outcome,
        code: attempt.code,
        enhanced: attempt.enhanced,
        text,
        meaning,
        server: attempt.server,
        duration_ms: attempt.duration_ms,
        nth: attempt.nth,
    }
}
