//! The lists as files: recipients, messages, mailings, users.

use rocket::get;
use rocket::response::stream::TextStream;

use crate::domain::delivery::reached::Reached;
use crate::domain::mailings::mailing::MailingStatus;
use crate::domain::text;
use crate::export::{from, lists, rows};
use crate::store;
use crate::store::StoreError;
use crate::store::accounts::directory;
use crate::store::accounts::directory::Which;
use crate::store::audience::recipients;
use crate::store::content::messages;
use crate::store::mailings::mailing_list;
use crate::store::mailings::mailing_list::MailingFilter;
use crate::web::http::csv;
use crate::web::http::csv::Export;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::{ManagerOnly, SignedIn};
use crate::web::ui::whose::Whose;

/// What is searched for; refused before the file begins.
fn searched(q: Option<&str>) -> Result<String, Failure> {
    let search = text::search(q.unwrap_or_default());
    match text::overlong_search(&search) {
        None => Ok(search),
        Some(length) => Err(StoreError::SearchTooLong(length).into()),
    }
}

#[get("/recipients.csv?<q>&<of>&<bom>&<sep>")]
pub(in crate::web) async fn all_recipients(
    me: SignedIn,
    q: Option<&str>,
    of: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    let scope = Whose::find(&me, of).await?.scope;
    let search = searched(q)?;
    Ok(csv::export(
        me,
        csv::manner(bom, sep),
        &lists::RECIPIENTS,
        move |c, key| Ok(rows(recipients::newest(c, scope, &search, &from(key))?)),
    )
    .await)
}

#[get("/mailings/<id>/recipients.csv?<outcome>&<bom>&<sep>")]
pub(in crate::web) async fn members(
    me: SignedIn,
    id: i64,
    outcome: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    let reached = outcome.and_then(Reached::by_name);
    let edition = crate::web::mailings::lookup::find(&me, id).await?.edition;
    let read = move |c: &rusqlite::Connection, key| {
        let page = store::mailings::members::of_mailing(c, id, edition, reached, &from(key))?;
        Ok(rows(page))
    };
    Ok(csv::export(me, csv::manner(bom, sep), &lists::MEMBERS, read).await)
}

#[get("/messages.csv?<q>&<of>&<bom>&<sep>")]
pub(in crate::web) async fn all_messages(
    me: SignedIn,
    q: Option<&str>,
    of: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    let scope = Whose::find(&me, of).await?.scope;
    let search = searched(q)?;
    Ok(csv::export(
        me,
        csv::manner(bom, sep),
        &lists::MESSAGES,
        move |c, key| Ok(rows(messages::newest(c, scope, &search, &from(key))?)),
    )
    .await)
}

#[get("/mailings.csv?<q>&<of>&<status>&<bom>&<sep>")]
pub(in crate::web) async fn all_mailings(
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
        search: searched(q)?,
        status: status.and_then(MailingStatus::by_name),
    };
    Ok(csv::export(
        me,
        csv::manner(bom, sep),
        &lists::MAILINGS,
        move |c, key| {
            let page = mailing_list::list(c, scope, &filter, sort, &from(key), now)?;
            lists::with_runs(c, page, now)
        },
    )
    .await)
}

#[get("/users.csv?<q>&<which>&<bom>&<sep>")]
pub(in crate::web) async fn all_users(
    me: ManagerOnly,
    q: Option<&str>,
    which: Option<&str>,
    bom: Option<&str>,
    sep: Option<&str>,
) -> Result<Export<TextStream![String]>, Failure> {
    let ManagerOnly(me) = me;
    let search = searched(q)?;
    let which = which.and_then(Which::by_name).unwrap_or_default();
    let sort = directory::LIST.usual();
    let read = move |c: &rusqlite::Connection, key| {
        Ok(rows(directory::list(c, &search, which, sort, &from(key))?))
    };
    Ok(csv::export(me, csv::manner(bom, sep), &lists::USERS, read).await)
}
