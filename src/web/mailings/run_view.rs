//! A run as pages show it.

use serde::Serialize;

use crate::domain::accounts::permission::{Verdict, may_change};
use crate::domain::accounts::user::Actor;
use crate::domain::delivery::Outcome;
use crate::domain::delivery::replies::Kind;
use crate::domain::mailings::pace::Pace;
use crate::domain::mailings::run::{PauseReason, RunState};
use crate::domain::phrase::Phrase;
use crate::i18n::Reader;
use crate::store::delivery::progress::Look;
use crate::store::mailings::runs::Run;

#[derive(Debug, Clone, Serialize)]
pub(in crate::web) struct RunView {
    pub(in crate::web) id: i64,
    pub(in crate::web) state: RunState,
    pub(in crate::web) state_text: String,
    pause: Option<Pause>,
    pub(in crate::web) started_at: i64,
    pub(in crate::web) by: String,
    finished_at: Option<i64>,
    pub(in crate::web) total: i64,
    done: i64,
    pub(in crate::web) accepted: i64,
    pub(in crate::web) failed: i64,
    deferred: i64,
    queued: i64,
    trying: i64,
    in_doubt: i64,
    expired: i64,
    skipped: i64,
    /// Of those in doubt, how many ask what to do.
    undecided: i64,
    rate: Option<String>,
    next_try: Option<String>,
    slow: Option<String>,
    replies: Vec<ReplyView>,
    pub(in crate::web) may: May,
    pub(in crate::web) live: bool,
    /// What its buttons carry.
    version: i64,
}

/// Why it is paused, and what to do about it.
#[derive(Debug, Clone, Serialize)]
struct Pause {
    text: String,
    advice: Option<String>,
    /// Nobody asked for it.
    by_itself: bool,
}

/// A kind of reply among the last ones.
#[derive(Debug, Clone, Serialize)]
struct ReplyView {
    outcome: Outcome,
    text: String,
    meaning: Option<String>,
    count: i64,
}

#[derive(Debug, Clone, Serialize)]
pub(in crate::web) struct May {
    pub(in crate::web) pause: bool,
    pub(in crate::web) resume: bool,
    pub(in crate::web) cancel: bool,
}

impl RunView {
    /// A run with all that is to be said of it while it is under way. `pace` is what was seen of
    /// its speed, if anything was.
    pub(in crate::web) fn of(
        look: &Look,
        actor: &Actor,
        reader: &Reader,
        now: i64,
        pace: Option<&Pace>,
    ) -> Self {
        let progress = look.progress(pace, now);
        let say = |phrase: Option<Phrase>| phrase.map(|phrase| reader.say(&phrase));
        let mut view = Self::new(&look.run, actor, reader);
        view.rate = say(progress.rate());
        view.next_try = say(progress.next_try(now));
        view.replies = progress
            .replies
            .iter()
            .map(|kind| reply(kind, reader))
            .collect();
        view.slow = say(progress.slow);
        view
    }

    /// A run as it stands in a list.
    pub(in crate::web) fn new(run: &Run, actor: &Actor, reader: &Reader) -> Self {
        let counters = run.counters;
        let own = may_change(actor, run.owner_id) == Verdict::Allowed;
        Self {
            id: run.id,
            state: run.state,
            state_text: reader.text(&format!("run-state-{}", run.state.name())),
            pause: reason(run, reader),
            started_at: run.started_at,
            by: by(run, reader),
            finished_at: run.finished_at,
            total: counters.total,
            done: counters.done_in(run.state),
            accepted: counters.accepted,
            failed: counters.failed(),
            deferred: counters.deferred,
            queued: counters.queued,
            trying: counters.trying,
            in_doubt: counters.in_doubt,
            expired: counters.expired,
            skipped: counters.skipped,
            undecided: run.undecided(),
            rate: None,
            next_try: None,
            slow: None,
            replies: Vec::new(),
            may: May {
                pause: own && run.state == RunState::Active,
                resume: own && run.state == RunState::Paused,
                cancel: own && run.state.is_unfinished(),
            },
            live: run.state == RunState::Active,
            version: run.version,
        }
    }
}

/// Who or what started it.
fn by(run: &Run, reader: &Reader) -> String {
    let phrase = match &run.user_email {
        Some(email) => Phrase::new("run-by-person").with("who", email.as_str()),
        None => Phrase::new(match run.started_by {
            crate::domain::accounts::user::StartedBy::Web => "run-by-web",
            crate::domain::accounts::user::StartedBy::Cli => "run-by-cli",
            crate::domain::accounts::user::StartedBy::Schedule => "run-by-schedule",
        }),
    };
    reader.say(&phrase)
}

/// Why it is paused.
fn reason(run: &Run, reader: &Reader) -> Option<Pause> {
    let reason = run.pause_reason.filter(|_| run.state == RunState::Paused)?;
    let detail = run.pause_detail.as_deref().unwrap_or_default();
    Some(Pause {
        text: reader.pause_reason(reason, detail),
        advice: reader.pause_advice(reason, detail),
        by_itself: PauseReason::BY_ITSELF.contains(&reason),
    })
}

fn reply(kind: &Kind, reader: &Reader) -> ReplyView {
    let meaning = match kind.outcome {
        Outcome::Accepted => None,
        _ => reader.meaning(kind.code, kind.enhanced.as_deref(), &kind.text, None),
    };
    ReplyView {
        outcome: kind.outcome,
        text: reader.reply(kind.code, kind.enhanced.as_deref(), &kind.text),
        meaning,
        count: kind.count,
    }
}
