//! How a run's progress is shown in a terminal, in a pipe, and to scripts.

use std::collections::HashSet;
use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use crate::cli::say::Say;
use crate::domain::delivery::Outcome;
use crate::domain::delivery::progress::Progress;
use crate::domain::delivery::replies::Kind;
use crate::domain::mailings::run::RunState;
use crate::domain::phrase::{Arg, Phrase};
use crate::store::mailings::runs::Run;

/// In a pipe there is a line at least this often.
const LINE_EVERY: i64 = 10_000;
const JSON_EVERY: i64 = 500;

pub(in crate::cli) struct Display {
    kind: DisplayKind,
    /// What holds the run up, as it was said last.
    slow_said: Option<(&'static str, Vec<Arg>)>,
    replies_said: HashSet<(Option<u16>, Option<String>)>,
}

enum DisplayKind {
    Bar(ProgressBar),
    Lines { tenth: i64, at: i64 },
    Json { at: i64 },
}

impl Display {
    pub(in crate::cli) fn start(run: &Run, as_json: bool, say: &Say) -> Self {
        Self {
            kind: DisplayKind::start(run, as_json, say),
            slow_said: None,
            replies_said: HashSet::new(),
        }
    }

    /// Says something beside the progress.
    pub(in crate::cli) fn aloud(&self, text: &str, say: &Say) {
        match &self.kind {
            DisplayKind::Bar(bar) => bar.suspend(|| say.err(text)),
            _ => say.err(text),
        }
    }

    /// A line of the result beside the progress.
    fn beside(&self, text: &str, say: &Say) {
        match &self.kind {
            DisplayKind::Bar(bar) => bar.suspend(|| say.out(text)),
            DisplayKind::Lines { .. } => say.out(text),
            // It stands in the objects.
            DisplayKind::Json { .. } => {}
        }
    }

    pub(in crate::cli) fn update(
        &mut self,
        run: &Run,
        progress: &Progress,
        (now, steady): (i64, i64),
        say: &Say,
    ) {
        self.say_slow(progress.slow.as_ref(), say);
        for kind in progress.replies.iter().rev() {
            let key = (kind.code, kind.enhanced.clone());
            if kind.outcome != Outcome::Accepted && self.replies_said.insert(key) {
                self.beside(&reply_line(kind, say), say);
            }
        }
        let counters = run.counters;
        let done = counters.done();
        match &mut self.kind {
            DisplayKind::Bar(bar) => {
                bar.set_position(u64::try_from(done).unwrap_or(0));
                bar.set_message(short_line(run, progress, now, say));
            }
            DisplayKind::Lines { tenth, at } => {
                let now_tenth = done * 10 / counters.total.max(1);
                if *at == 0 {
                    *at = steady;
                }
                if now_tenth > *tenth || steady - *at >= LINE_EVERY {
                    (*tenth, *at) = (now_tenth, steady);
                    say.out(&line(run, progress, now, say));
                }
            }
            DisplayKind::Json { at } => {
                if at.saturating_add(JSON_EVERY) <= steady {
                    *at = steady;
                    json_line(&as_json("progress", run, progress, say), say);
                }
            }
        }
    }

    /// Says once what holds the run up; that it is tried again at another time is no news.
    fn say_slow(&mut self, slow: Option<&Phrase>, say: &Say) {
        let gist = slow.map(|phrase| {
            let words = phrase.args.iter().map(|(_, arg)| arg.clone());
            let is_word = |arg: &Arg| matches!(arg, Arg::Words(_) | Arg::Text(_));
            (phrase.key, words.filter(is_word).collect())
        });
        if let Some(phrase) = slow.filter(|_| self.slow_said != gist) {
            self.aloud(&say.phrase(phrase), say);
        }
        self.slow_said = gist;
    }

    /// How things stand, once, for whoever only looks.
    pub(in crate::cli) fn report(
        run: &Run,
        progress: &Progress,
        now: i64,
        as_json: bool,
        say: &Say,
    ) {
        if as_json {
            json_line(&self::as_json(run.state.name(), run, progress, say), say);
            return;
        }
        let mut display = Self {
            kind: DisplayKind::Lines { tenth: 0, at: 0 },
            slow_said: None,
            replies_said: HashSet::new(),
        };
        display.finish(run, progress, now, say);
        if let (RunState::Paused, Some(reason)) = (run.state, run.pause_reason) {
            let detail = run.pause_detail.as_deref().unwrap_or_default();
            say.out(&say.reader().pause_reason(reason, detail));
            if let Some(advice) = say.reader().pause_advice(reason, detail) {
                say.out(&advice);
            }
        }
        display.say_slow(progress.slow.as_ref(), say);
        if !progress.replies.is_empty() {
            say.out(&format!("{}:", say.text("run-replies")));
        }
        for kind in &progress.replies {
            say.out(&format!("  ×{} {}", kind.count, words(kind, say)));
        }
    }

    pub(in crate::cli) fn finish(&self, run: &Run, progress: &Progress, now: i64, say: &Say) {
        if let DisplayKind::Bar(bar) = &self.kind {
            bar.finish_and_clear();
        }
        if let DisplayKind::Json { .. } = &self.kind {
            json_line(&as_json(run.state.name(), run, progress, say), say);
            return;
        }
        let key = format!("cli-{}", run.state.name());
        say.out(&format!(
            "{} {}",
            say.text(&key),
            line(run, progress, now, say)
        ));
        if run.undecided() > 0 {
            let ask = Phrase::new("cli-doubts-ask")
                .with("count", run.undecided())
                .with("id", run.mailing_id.to_string());
            say.out(&say.phrase(&ask));
        }
    }
}

impl DisplayKind {
    fn start(run: &Run, as_json: bool, say: &Say) -> Self {
        let total = run.counters.total;
        if as_json {
            let started = json!({
                "event": "started", "mailing": run.mailing_id, "run": run.id, "total": total,
            });
            json_line(&started, say);
            return Self::Json { at: i64::MIN };
        }
        let started = Phrase::new("cli-started")
            .with("run", run.id)
            .with("count", total);
        say.out(&say.phrase(&started));
        if !std::io::stdout().is_terminal() {
            return Self::Lines { tenth: 0, at: 0 };
        }
        let bar =
            ProgressBar::with_draw_target(u64::try_from(total).ok(), ProgressDrawTarget::stdout());
        let style = ProgressStyle::with_template("{bar:16.cyan/dim} {percent:>3}% {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━╸─"));
        Self::Bar(bar)
    }
}

fn reply_line(kind: &Kind, say: &Say) -> String {
    say.phrase(&Phrase::new("cli-reply").with("text", words(kind, say)))
}

/// `451 4.7.1 Greylisted (the server asks us to come back later)`
fn words(kind: &Kind, say: &Say) -> String {
    let reader = say.reader();
    let enhanced = kind.enhanced.as_deref();
    let said = reader.reply(kind.code, enhanced, &kind.text);
    let meaning = match kind.outcome {
        Outcome::Accepted => None,
        _ => reader.meaning(kind.code, enhanced, &kind.text, None),
    };
    match meaning {
        Some(meaning) => format!("{said} ({meaning})"),
        None => said,
    }
}

/// Short enough for a terminal of 80 columns.
fn short_line(run: &Run, progress: &Progress, now: i64, say: &Say) -> String {
    let counters = run.counters;
    let mut text = say.phrase(
        &Phrase::new("cli-bar")
            .with("accepted", counters.accepted)
            .with("failed", counters.failed())
            .with("left", counters.open()),
    );
    if counters.in_doubt > 0 {
        text.push_str(&say.phrase(&Phrase::new("cli-in-doubt").with("count", counters.in_doubt)));
    }
    add_facts(&mut text, progress, now, say);
    text
}

/// `приняты 651, не успешно 15, ждут повтора 8, в очереди 574 · ≈ 140 писем/мин …`
fn line(run: &Run, progress: &Progress, now: i64, say: &Say) -> String {
    let counters = run.counters;
    let mut text = say.phrase(
        &Phrase::new("cli-progress")
            .with("accepted", counters.accepted)
            .with("failed", counters.failed())
            .with("deferred", counters.deferred)
            .with("queued", counters.queued + counters.trying),
    );
    if counters.in_doubt > 0 {
        text.push_str(&say.phrase(&Phrase::new("cli-in-doubt").with("count", counters.in_doubt)));
    }
    if counters.skipped > 0 {
        text.push_str(&say.phrase(&Phrase::new("cli-skipped").with("skipped", counters.skipped)));
    }
    add_facts(&mut text, progress, now, say);
    text
}

/// ` · ≈ 140 писем/мин · 37 ждут; следующая попытка через 4 мин`
fn add_facts(text: &mut String, progress: &Progress, now: i64, say: &Say) {
    for phrase in [progress.rate(), progress.next_try(now)]
        .into_iter()
        .flatten()
    {
        text.push_str(" · ");
        text.push_str(&say.phrase(&phrase));
    }
}

/// The run goes on whether or not anybody reads how.
fn json_line(value: &Value, say: &Say) {
    drop(say.json(value));
}

/// `slow` says why in a word and in a sentence.
fn as_json(event: &str, run: &Run, progress: &Progress, say: &Say) -> Value {
    json!({
        "event": event,
        "mailing": run.mailing_id,
        "run": run.id,
        "counters": run.counters,
        "attempts": run.attempts,
        "undecided": run.undecided(),
        "per_minute": progress.per_minute,
        "time_left_ms": progress.time_left,
        "next_retry_at": progress.retry.map(|retry| retry.at),
        "next_due_at": run.next_due_at,
        "replies": progress.replies,
        "slow": progress.slow.as_ref().map(|phrase| {
            json!({"why": phrase.key, "text": say.phrase(phrase)})
        }),
        "pause_reason": run.pause_reason,
        "pause_detail": run.pause_detail,
    })
}
