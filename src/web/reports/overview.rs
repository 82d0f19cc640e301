//! The start page: how one's things stand, and what to do next.

use rocket::get;
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::domain::accounts::permission::Scope;
use crate::domain::reports::statistics::Tally;
use crate::store::StoreError;
use crate::store::delivery::{attempt_log, progress};
use crate::store::reports::overview;
use crate::store::reports::overview::{Figures, Overview};
use crate::web::delivery::attempts;
use crate::web::delivery::log_row::LogRow;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::SignedIn;
use crate::web::mailings::run_view::RunView;
use crate::web::ui::layout::Section;
use crate::web::ui::paging::ListUrl;
use crate::web::ui::whose::{Chip, Whose};

/// Failures that are shown.
const FAILURES: usize = 5;

#[derive(Serialize)]
struct Period {
    label: String,
    href: String,
    all: i64,
    accepted: i64,
    failed: i64,
}

#[derive(Serialize)]
struct Unfinished {
    title: String,
    mailing: i64,
    run: RunView,
}

/// What somebody should do next, until a first mailing has been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Step {
    AddRecipients,
    WriteMessage,
    MakeMailing,
    Send,
}

impl Step {
    const ALL: [Self; 4] = [
        Self::AddRecipients,
        Self::WriteMessage,
        Self::MakeMailing,
        Self::Send,
    ];

    /// The first thing that is missing.
    const fn next(overview: &Overview, was_sent: bool) -> Option<Self> {
        if was_sent || overview.running > 0 {
            return None;
        }
        let totals = &overview.totals;
        Some(
            match (totals.recipients, totals.messages, totals.mailings) {
                (0, ..) => Self::AddRecipients,
                (_, 0, _) => Self::WriteMessage,
                (.., 0) => Self::MakeMailing,
                _ => Self::Send,
            },
        )
    }

    const fn name(self) -> &'static str {
        match self {
            Self::AddRecipients => "recipients",
            Self::WriteMessage => "message",
            Self::MakeMailing => "mailing",
            Self::Send => "send",
        }
    }

    const fn href(self) -> &'static str {
        match self {
            Self::AddRecipients => "/recipients/new",
            Self::WriteMessage => "/messages/new",
            Self::MakeMailing => "/mailings/new",
            Self::Send => "/mailings",
        }
    }
}

#[derive(Serialize)]
struct StepView {
    text: String,
    hint: String,
    href: &'static str,
    done: bool,
    current: bool,
}

/// `templates/overview/index.html`
#[derive(Serialize)]
struct IndexPage {
    figures: Figures,
    periods: Vec<Period>,
    sent: i64,
    unfinished: Vec<Unfinished>,
    more_unfinished: bool,
    failures: Vec<LogRow>,
    failures_href: String,
    /// Empty once a first mailing has been sent.
    steps: Vec<StepView>,
    of: String,
    owner: Option<String>,
    whose: Vec<Chip>,
}

#[get("/?<of>")]
pub(in crate::web) async fn index(me: SignedIn, of: Option<&str>) -> Result<Template, Failure> {
    let me = &me;
    let whose = Whose::find(me, of).await?;
    let (reader, now, scope) = (me.reader(), me.app().clock.now(), whose.scope);
    let moments = [0, 6, 29].map(|days| reader.days_ago(now, days));
    let (overview, unfinished, failures) = me
        .app()
        .store
        .read(move |c| {
            let mut overview = overview::of(c, scope, now)?;
            let unfinished = std::mem::take(&mut overview.unfinished)
                .into_iter()
                .map(|(title, run)| Ok((title, progress::look_at(c, run, now)?)))
                .collect::<Result<Vec<_>, StoreError>>()?;
            let failures = attempt_log::last_failures(c, scope, FAILURES)?;
            Ok::<_, StoreError>((overview, unfinished, failures))
        })
        .await?;
    let since = me
        .app()
        .cache
        .since(&me.app().store, scope, &moments)
        .await?;
    let all = since.last().copied().unwrap_or_default();
    let is_anybodys = scope == Scope::All;
    let steps = if whose.is_mine() {
        steps(me, &overview, all.all() > 0)
    } else {
        Vec::new()
    };
    let actor = me.actor();
    let page = IndexPage {
        figures: Figures::from(&overview),
        periods: periods(me, &since, &whose.of),
        sent: all.accepted,
        unfinished: unfinished
            .into_iter()
            .map(|(title, look)| Unfinished {
                title,
                mailing: look.run.mailing_id,
                run: RunView::of(&look, &actor, reader, now, None),
            })
            .collect(),
        more_unfinished: overview.more_unfinished,
        failures: failures
            .into_iter()
            .map(|row| LogRow::new(row, reader, is_anybodys))
            .collect(),
        failures_href: attempts::url(&whose.of).with("outcome", "failed").address(),
        steps,
        whose: whose.chips(me, "/"),
        owner: whose.owner,
        of: whose.of,
    };
    me.page(Section::Overview, "overview/index.html", page)
        .await
}

fn periods(me: &SignedIn, since: &[Tally], of: &str) -> Vec<Period> {
    let ready = [
        ("1", "period-today"),
        ("7", "period-week"),
        ("30", "period-month"),
        ("all", "period-all"),
    ];
    ready
        .into_iter()
        .zip(since)
        .map(|((name, label), tally)| Period {
            label: me.reader().text(label),
            href: ListUrl::new("/statistics")
                .with("of", of)
                .with("period", name)
                .address(),
            all: tally.all(),
            accepted: tally.accepted,
            failed: tally.failed(),
        })
        .collect()
}

fn steps(me: &SignedIn, overview: &Overview, was_sent: bool) -> Vec<StepView> {
    let Some(next) = Step::next(overview, was_sent) else {
        return Vec::new();
    };
    let position = |step: Step| Step::ALL.iter().position(|each| *each == step);
    Step::ALL
        .into_iter()
        .map(|step| StepView {
            text: me.reader().text(&format!("step-to-{}", step.name())),
            hint: me.reader().text(&format!("step-hint-{}", step.name())),
            href: step.href(),
            done: position(step) < position(next),
            current: step == next,
        })
        .collect()
}
