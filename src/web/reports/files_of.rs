//! Lists that belong to one thing, and the captured mail, as files.

use rocket::get;
use rocket::response::stream::TextStream;

use crate::export::{from, lists, rows};
use crate::store::delivery::{doubts, received};
use crate::store::system::captured;
use crate::web::audience::recipients;
use crate::web::http::csv;
use crate::web::http::csv::Export;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::{ManagerOnly, SignedIn};
use crate::web::mailings::runs;

/// What a recipient was sent.
#[get("/recipients/<id>/received.csv?<bom>&<sep>")]
pub(in crate::web) async fn received_by(
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
pub(in crate::web) async fn doubts_of_run(
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
pub(in crate::web) async fn captured_mail(
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
