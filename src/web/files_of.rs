//! Lists that belong to one thing, and the captured mail, as files.

use rocket::get;
use rocket::response::stream::TextStream;

use super::csv::{self, Export};
use super::exports::{from, rows};
use super::failure::Failure;
use super::visitor::{ManagerOnly, SignedIn};
use super::{recipients, runs};
use crate::domain::doubt;
use crate::store::captured::{self, CapturedMail};
use crate::store::doubts::{self, Doubt};
use crate::store::received::{self, Received};

/// What a recipient was sent.
#[get("/recipients/<id>/received.csv?<bom>&<sep>")]
pub(super) async fn received_by(
    me: SignedIn,
    id: i64,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    recipients::find(&me, id).await?;
    let reader = me.reader().clone();
    Ok(csv::export(
        me,
        "received",
        csv::manner(bom, sep),
        &[
            "run",
            "mailing",
            "title",
            "email",
            "started_at",
            "state",
            "attempts",
            "answer",
        ],
        move |c, key| Ok(rows(received::by(c, id, &from(key))?)),
        move |row: &Received| {
            vec![
                row.run_id.to_string(),
                row.mailing_id.to_string(),
                row.title.clone(),
                row.email.clone(),
                csv::moment(row.started_at),
                row.fate.state.name().to_owned(),
                row.tries.to_string(),
                reader.fate(&row.fate),
            ]
        },
    )
    .await)
}

/// A run's deliveries in doubt.
#[get("/runs/<id>/doubts.csv?<bom>&<sep>")]
pub(super) async fn doubts_of_run(
    me: SignedIn,
    id: i64,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    runs::find(&me, id).await?;
    let reader = me.reader().clone();
    Ok(csv::export(
        me,
        "doubts",
        csv::manner(bom, sep),
        &[
            "delivery", "email", "name", "at", "why", "detail", "again_at", "left_at",
        ],
        move |c, key| Ok(rows(doubts::of_run(c, id, &from(key))?)),
        move |row: &Doubt| {
            vec![
                row.delivery.to_string(),
                row.email.clone(),
                row.name.clone(),
                csv::moment(row.at),
                reader.text(doubt::why(&row.text)),
                doubt::detail(&row.text).to_owned(),
                csv::moment_or_none(row.again_at),
                csv::moment_or_none(row.left_at),
            ]
        },
    )
    .await)
}

/// The captured mail: what its list shows.
#[get("/mailbox.csv?<bom>&<sep>")]
pub(super) async fn captured_mail(
    me: ManagerOnly,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Export<TextStream![String]> {
    let ManagerOnly(me) = me;
    let sort = captured::LIST.usual();
    csv::export(
        me,
        "mailbox",
        csv::manner(bom, sep),
        &["id", "at", "from", "to", "subject"],
        move |c, key| Ok(rows(captured::sorted(c, sort, &from(key))?)),
        |mail: &CapturedMail| {
            vec![
                mail.id.to_string(),
                csv::moment(mail.at),
                mail.from.clone(),
                mail.to.clone(),
                mail.subject.clone(),
            ]
        },
    )
    .await
}
