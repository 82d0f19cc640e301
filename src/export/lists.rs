//! The lists: recipients, messages, mailings, users, attempts, captured mail, the audit log, and those
//! that belong to one thing.

use rusqlite::Connection;

use super::{Read, Table, moment, moment_or_none};
use crate::domain::Millis;
use crate::domain::delivery::doubt;
use crate::domain::mailings::mailing::MailingStatus;
use crate::domain::page::Page;
use crate::domain::text::visible;
use crate::store::StoreError;
use crate::store::accounts::audit::Line;
use crate::store::accounts::directory::Account;
use crate::store::audience::recipients::Recipient;
use crate::store::content::messages::Message;
use crate::store::delivery::attempt_log::Logged;
use crate::store::delivery::doubts::Doubt;
use crate::store::delivery::received::Received;
use crate::store::mailings::Mailing;
use crate::store::mailings::members::Member;
use crate::store::mailings::runs;
use crate::store::mailings::runs::Run;
use crate::store::system::captured::CapturedMail;

fn text_or_none(number: Option<impl ToString>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

pub static RECIPIENTS: Table<Recipient> = Table {
    name: "recipients",
    headings: RECIPIENT,
    cells: |row, _| recipient(row),
};

/// Those of one mailing, and whether it reached them.
pub static MEMBERS: Table<Member> = Table {
    name: "mailing-recipients",
    headings: &[
        "id",
        "email",
        "name",
        "comment",
        "state",
        "added_at",
        "updated_at",
        "owner",
        "outcome",
        "run",
        "attempts",
        "last_attempt_at",
        "reason",
    ],
    cells: |row, reader| {
        let last = row.fate.as_ref().and_then(|fate| fate.last.as_ref());
        vec![
            row.id.to_string(),
            row.email.clone(),
            row.name.clone(),
            row.comment.clone(),
            row.state().to_owned(),
            moment(row.created_at),
            moment(row.updated_at),
            row.owner_email.clone(),
            row.reached.name().to_owned(),
            text_or_none(row.run),
            row.attempts.to_string(),
            moment_or_none(last.map(|tried| tried.at)),
            row.fate
                .as_ref()
                .map_or_else(|| reader.text("fate-not-sent"), |fate| reader.fate(fate)),
        ]
    },
};

const RECIPIENT: &[&str] = &[
    "id",
    "email",
    "name",
    "comment",
    "state",
    "added_at",
    "updated_at",
    "owner",
];

fn recipient(row: &Recipient) -> Vec<String> {
    vec![
        row.id.to_string(),
        row.email.clone(),
        row.name.clone(),
        row.comment.clone(),
        row.state().to_owned(),
        moment(row.created_at),
        moment(row.updated_at),
        row.owner_email.clone(),
    ]
}

pub static MESSAGES: Table<Message> = Table {
    name: "messages",
    headings: &[
        "id",
        "subject",
        "body",
        "mailings",
        "created_at",
        "updated_at",
        "owner",
    ],
    cells: |row, _| {
        vec![
            row.id.to_string(),
            row.subject.clone(),
            row.body.clone(),
            row.mailings.to_string(),
            moment(row.created_at),
            moment(row.updated_at),
            row.owner_email.clone(),
        ]
    },
};

/// A mailing with its status and its latest run.
pub struct WithRun {
    mailing: Mailing,
    status: MailingStatus,
    run: Option<Run>,
}

/// A page of mailings with what their file says beside.
///
/// # Errors
/// The database's.
pub fn with_runs(c: &Connection, page: Page<Mailing>, now: Millis) -> Read<WithRun, String> {
    let rows = page.rows.into_iter().map(|mailing| {
        Ok::<_, StoreError>(WithRun {
            run: runs::latest(c, mailing.id)?,
            status: mailing.status(now),
            mailing,
        })
    });
    Ok((rows.collect::<Result<_, _>>()?, page.after))
}

pub static MAILINGS: Table<WithRun> = Table {
    name: "mailings",
    headings: &[
        "id",
        "title",
        "subject",
        "status",
        "switched_off",
        "starts_at",
        "ends_at",
        "automatic",
        "first_sent_at",
        "recipients",
        "last_run_total",
        "last_run_accepted",
        "last_run_failed",
        "owner",
    ],
    cells: |WithRun {
                mailing,
                status,
                run,
            },
            _| {
        let counted = |count: fn(&Run) -> i64| text_or_none(run.as_ref().map(count));
        vec![
            mailing.id.to_string(),
            mailing.title().to_owned(),
            mailing.subject.clone().unwrap_or_default(),
            status.name().to_owned(),
            mailing.disabled_reason.clone().unwrap_or_default(),
            moment(mailing.starts_at),
            moment(mailing.ends_at),
            mailing.automatic.to_string(),
            moment_or_none(mailing.first_sent_at),
            mailing.recipients.to_string(),
            counted(|run| run.counters.total),
            counted(|run| run.counters.accepted),
            counted(|run| run.counters.failed()),
            mailing.owner_email.clone(),
        ]
    },
};

pub static USERS: Table<Account> = Table {
    name: "users",
    headings: &[
        "id",
        "email",
        "name",
        "role",
        "registered_at",
        "confirmed_at",
        "blocked_at",
        "blocked_reason",
        "last_seen_at",
        "last_run_at",
        "recipients",
        "messages",
        "mailings",
    ],
    cells: |user, _| {
        vec![
            user.id.to_string(),
            user.email.clone(),
            user.name.clone(),
            user.role.name().to_owned(),
            moment(user.created_at),
            moment_or_none(user.confirmed_at),
            moment_or_none(user.blocked_at),
            user.blocked_reason.clone().unwrap_or_default(),
            moment_or_none(user.last_seen_at),
            moment_or_none(user.last_run_at),
            user.recipients.to_string(),
            user.messages.to_string(),
            user.mailings.to_string(),
        ]
    },
};

pub static AUDIT: Table<Line> = Table {
    name: "audit",
    headings: &[
        "at",
        "who",
        "address",
        "door",
        "verb",
        "subject_kind",
        "subject_id",
        "subject",
        "detail",
        "owner",
    ],
    cells: |line, reader| {
        vec![
            moment(line.at),
            line.who.clone(),
            line.address.clone(),
            line.door.name().to_owned(),
            line.verb.clone(),
            line.subject_kind.clone(),
            text_or_none(line.subject_id),
            line.subject.clone(),
            reader.audit_detail(&line.detail),
            line.owner.clone().unwrap_or_default(),
        ]
    },
};

pub static ATTEMPTS: Table<Logged> = Table {
    name: "attempts",
    headings: &[
        "at",
        "email",
        "name",
        "mailing",
        "title",
        "run",
        "nth",
        "outcome",
        "charged_to",
        "code",
        "enhanced",
        "text",
        "server",
        "duration_ms",
    ],
    cells: |row, _| {
        let attempt = &row.attempt;
        vec![
            moment(attempt.at),
            attempt.email.clone(),
            attempt.name.clone(),
            row.mailing_id.to_string(),
            row.mailing.clone(),
            row.run_id.to_string(),
            attempt.nth.to_string(),
            attempt.outcome.name().to_owned(),
            row.charged_to.clone(),
            text_or_none(attempt.code),
            attempt.enhanced.clone().unwrap_or_default(),
            visible(&attempt.text),
            attempt.server.clone(),
            attempt.duration_ms.to_string(),
        ]
    },
};

/// What a recipient was sent.
pub static RECEIVED: Table<Received> = Table {
    name: "received",
    headings: &[
        "run",
        "mailing",
        "title",
        "email",
        "started_at",
        "state",
        "attempts",
        "answer",
    ],
    cells: |row, reader| {
        vec![
            row.run_id.to_string(),
            row.mailing_id.to_string(),
            row.title.clone(),
            row.email.clone(),
            moment(row.started_at),
            row.fate.state.name().to_owned(),
            row.tries.to_string(),
            reader.fate(&row.fate),
        ]
    },
};

/// A run's deliveries in doubt.
pub static DOUBTS: Table<Doubt> = Table {
    name: "doubts",
    headings: &[
        "delivery", "email", "name", "at", "why", "detail", "again_at", "left_at",
    ],
    cells: |row, reader| {
        vec![
            row.delivery.to_string(),
            row.email.clone(),
            row.name.clone(),
            moment(row.at),
            reader.text(doubt::why(&row.text)),
            visible(doubt::detail(&row.text)),
            moment_or_none(row.again_at),
            moment_or_none(row.left_at),
        ]
    },
};

/// The captured mail: what its list shows.
pub static MAILBOX: Table<CapturedMail> = Table {
    name: "mailbox",
    headings: &["id", "at", "from", "to", "subject"],
    cells: |mail, _| {
        vec![
            mail.id.to_string(),
            moment(mail.at),
            mail.from.clone(),
            mail.to.clone(),
            mail.subject.clone(),
        ]
    },
};
