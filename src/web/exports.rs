//! The lists as files: recipients, messages, mailings, users.

use rocket::get;
use rocket::response::stream::TextStream;

use super::csv::{self, Export};
use super::failure::Failure;
use super::visitor::{ManagerOnly, SignedIn};
use super::whose::Whose;
use crate::domain::mailing::MailingStatus;
use crate::domain::page::{Cursor, Page};
use crate::domain::text;
use crate::store::accounts::{self, Account, Which};
use crate::store::mailing_list::{self, MailingFilter};
use crate::store::mailings::Mailing;
use crate::store::messages::{self, Message};
use crate::store::recipients::{self, Recipient};
use crate::store::runs;

pub(super) fn from(key: Option<String>) -> Cursor {
    key.map_or(Cursor::First, Cursor::After)
}

/// A page as a file is read.
pub(super) fn rows<T>(page: Page<T>) -> (Vec<T>, Option<String>) {
    (page.rows, page.after)
}

const RECIPIENT: [&str; 8] = [
    "id",
    "email",
    "name",
    "comment",
    "state",
    "added_at",
    "updated_at",
    "owner",
];

fn recipient_cells(row: &Recipient) -> Vec<String> {
    vec![
        row.id.to_string(),
        row.email.clone(),
        row.name.clone(),
        row.comment.clone(),
        super::recipients::state(row).to_owned(),
        csv::moment(row.created_at),
        csv::moment(row.updated_at),
        row.owner_email.clone(),
    ]
}

#[get("/recipients.csv?<q>&<of>&<bom>&<sep>")]
pub(super) async fn all_recipients(
    me: SignedIn,
    q: Option<&str>,
    of: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    let scope = Whose::find(&me, of).await?.scope;
    let search = text::search(q.unwrap_or_default());
    Ok(csv::export(
        me,
        "recipients",
        csv::manner(bom, sep),
        &RECIPIENT,
        move |c, key| Ok(rows(recipients::newest(c, scope, &search, &from(key))?)),
        recipient_cells,
    )
    .await)
}

#[get("/mailings/<id>/recipients.csv?<bom>&<sep>")]
pub(super) async fn members(
    me: SignedIn,
    id: i64,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    let edition = super::mailings::find(&me, id).await?.edition;
    let sort = recipients::MEMBERS_LIST.usual();
    let read = move |c: &rusqlite::Connection, key| {
        let page = recipients::of_mailing(c, id, edition, sort, &from(key))?;
        Ok(rows(page))
    };
    Ok(csv::export(
        me,
        "mailing-recipients",
        csv::manner(bom, sep),
        &RECIPIENT,
        read,
        recipient_cells,
    )
    .await)
}

#[get("/messages.csv?<q>&<of>&<bom>&<sep>")]
pub(super) async fn all_messages(
    me: SignedIn,
    q: Option<&str>,
    of: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    let scope = Whose::find(&me, of).await?.scope;
    let search = text::search(q.unwrap_or_default());
    Ok(csv::export(
        me,
        "messages",
        csv::manner(bom, sep),
        &[
            "id",
            "subject",
            "body",
            "mailings",
            "created_at",
            "updated_at",
            "owner",
        ],
        move |c, key| Ok(rows(messages::newest(c, scope, &search, &from(key))?)),
        |row: &Message| {
            vec![
                row.id.to_string(),
                row.subject.clone(),
                row.body.clone(),
                row.mailings.to_string(),
                csv::moment(row.created_at),
                csv::moment(row.updated_at),
                row.owner_email.clone(),
            ]
        },
    )
    .await)
}

#[get("/mailings.csv?<q>&<of>&<status>&<bom>&<sep>")]
pub(super) async fn all_mailings(
    me: SignedIn,
    q: Option<&str>,
    of: Option<&str>,
    status: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    let scope = Whose::find(&me, of).await?.scope;
    let (now, sort) = (me.app().clock.now(), mailing_list::LIST.usual());
    let filter = MailingFilter {
        search: text::search(q.unwrap_or_default()),
        status: status.and_then(MailingStatus::by_name),
    };
    Ok(csv::export(
        me,
        "mailings",
        csv::manner(bom, sep),
        &[
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
        move |c, key| {
            let page = mailing_list::list(c, scope, &filter, sort, &from(key), now)?;
            let after = page.after;
            let rows = page
                .rows
                .into_iter()
                .map(|mailing| runs::latest(c, mailing.id).map(|run| (mailing, run)))
                .collect::<Result<Vec<_>, _>>()?;
            Ok((rows, after))
        },
        move |(mailing, run)| mailing_cells(mailing, run.as_ref(), now),
    )
    .await)
}

fn mailing_cells(mailing: &Mailing, run: Option<&runs::Run>, now: i64) -> Vec<String> {
    let counted =
        |count: fn(&runs::Run) -> i64| run.map(|run| count(run).to_string()).unwrap_or_default();
    vec![
        mailing.id.to_string(),
        mailing.title().to_owned(),
        mailing.subject.clone().unwrap_or_default(),
        mailing.status(now).name().to_owned(),
        mailing.disabled_reason.clone().unwrap_or_default(),
        csv::moment(mailing.starts_at),
        csv::moment(mailing.ends_at),
        mailing.automatic.to_string(),
        csv::moment_or_none(mailing.first_sent_at),
        mailing.recipients.to_string(),
        counted(|run| run.counters.total),
        counted(|run| run.counters.accepted),
        counted(|run| run.counters.failed()),
        mailing.owner_email.clone(),
    ]
}

#[get("/users.csv?<q>&<which>&<bom>&<sep>")]
pub(super) async fn all_users(
    me: ManagerOnly,
    q: Option<&str>,
    which: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Export<TextStream![String]> {
    let ManagerOnly(me) = me;
    let search = text::search(q.unwrap_or_default());
    let which = which.and_then(Which::by_name).unwrap_or_default();
    let sort = accounts::LIST.usual();
    csv::export(
        me,
        "users",
        csv::manner(bom, sep),
        &[
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
        move |c, key| Ok(rows(accounts::list(c, &search, which, sort, &from(key))?)),
        |user: &Account| {
            vec![
                user.id.to_string(),
                user.email.clone(),
                user.name.clone(),
                user.role.name().to_owned(),
                csv::moment(user.created_at),
                csv::moment_or_none(user.confirmed_at),
                csv::moment_or_none(user.blocked_at),
                user.blocked_reason.clone().unwrap_or_default(),
                csv::moment_or_none(user.last_seen_at),
                csv::moment_or_none(user.last_run_at),
                user.recipients.to_string(),
                user.messages.to_string(),
                user.mailings.to_string(),
            ]
        },
    )
    .await
}
