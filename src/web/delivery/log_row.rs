//! An attempt of the whole log, as lists show it.

use serde::Serialize;

use crate::domain::delivery::Outcome;
use crate::domain::delivery::local;
use crate::domain::text::visible;
use crate::i18n::Reader;
use crate::store::delivery::attempt_log::Logged;

/// An attempt as lists show it.
#[derive(Serialize)]
pub(in crate::web) struct LogRow {
    id: i64,
    at: i64,
    email: String,
    name: String,
    /// Their page, if they are still there.
    recipient: Option<i64>,
    mailing: String,
    mailing_id: Option<i64>,
    run_id: i64,
    outcome: Outcome,
    outcome_text: String,
    code: String,
    text: String,
    meaning: Option<String>,
    server: String,
    duration_ms: i64,
    nth: u32,
}

impl LogRow {
    /// `of_all`: everybody's attempts are shown.
    pub(in crate::web) fn new(row: Logged, reader: &Reader, of_all: bool) -> Self {
        let attempt = row.attempt;
        let (text, local) = match local::split(&attempt.text) {
            Some((key, detail)) if attempt.code.is_none() => (visible(detail), Some(key)),
            _ => (visible(&attempt.text), None),
        };
        let meaning = if attempt.outcome == Outcome::Accepted {
            None
        } else {
            let enhanced = attempt.enhanced.as_deref();
            reader.meaning(attempt.code, enhanced, &attempt.text, local)
        };
        let code = attempt.code.map(|code| code.to_string());
        let said = [code, attempt.enhanced.clone()];
        let mailing = if of_all && row.mailing.is_empty() {
            reader.numbered(row.mailing_id)
        } else {
            row.mailing
        };
        Self {
            id: attempt.id,
            at: attempt.at,
            email: attempt.email,
            name: attempt.name,
            recipient: row.recipient_id,
            mailing,
            mailing_id: (!row.mailing_deleted).then_some(row.mailing_id),
            run_id: row.run_id,
            outcome: attempt.outcome,
            outcome_text: reader.text(&format!(
                "outcome-{}",
                attempt.outcome.name().replace('_', "-")
            )),
            code: said.into_iter().flatten().collect::<Vec<_>>().join(" "),
            text,
            meaning,
            server: attempt.server,
            duration_ms: attempt.duration_ms,
            nth: attempt.nth,
        }
    }
}
