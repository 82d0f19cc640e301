//! Lists that belong to one thing, and the captured mail, as files.

use rocket::get;
use rocket::response::stream::TextStream;

use super::csv::{self, Export};
use super::failure::Failure;
use super::visitor::{ManagerOnly, SignedIn};
use super::{recipients, runs};
use crate::export::{from, lists, rows};
use crate::store::{captured, doubts, received};

/// What a recipient was sent.
#[get("/recipients/<id>/received.csv?<bom>&<sep>")]
pub(super) async fn received_by(
    me: SignedIn,
    id: i64,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    recipients::find(&me, id).await?;
    Ok(csv::export(
        me,
        csv::manner(bom, sep),
        &lists::RECEIVED,
        move |c, key| Ok(rows(received::by(c, id, &from(key))?)),
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
    Ok(
        csv::export(me, csv::manner(bom, sep), &lists::DOUBTS, move |c, key| {
            Ok(rows(doubts::of_run(c, id, &from(key))?))
        })
        .await,
    )
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
    csv::export(me, csv::manner(bom, sep), &lists::MAILBOX, move |c, key| {
        Ok(rows(captured::sorted(c, sort, &from(key))?))
    })
    .await
}
