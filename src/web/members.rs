//! Who is in a mailing, and how many of them its last run did not reach.

use rocket::get;
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::failure::Failure;
use super::figures::Files;
use super::layout::Section;
use super::mailings::find;
use super::paging::{ListUrl, Pages, Place};
use super::visitor::SignedIn;
use crate::domain::Id;
use crate::domain::page::Found;
use crate::domain::permission::may_view;
use crate::store::{StoreError, deliveries, recipients};

#[derive(Serialize)]
struct Member {
    id: i64,
    email: String,
    name: String,
    state: &'static str,
}

#[derive(Serialize)]
struct Titled {
    id: i64,
    title: String,
    owner: Option<String>,
}

/// `templates/mailings/recipients.html`
#[derive(Serialize)]
struct RecipientsPage {
    mailing: Titled,
    rows: Vec<Member>,
    total: i64,
    pages: Pages,
    files: Files,
}

#[get("/mailings/<id>/recipients?<place..>")]
pub(super) async fn index(me: SignedIn, id: i64, place: Place<'_>) -> Result<Template, Failure> {
    let mailing = find(&me, id).await?;
    let (cursor, edition) = (place.cursor(), mailing.edition);
    let sort = recipients::MEMBERS_LIST.usual();
    let page = me
        .app()
        .store
        .read(move |c| recipients::of_mailing(c, id, edition, sort, &cursor))
        .await?;
    let list = ListUrl::new(format!("/mailings/{id}/recipients"));
    let pages = list.pages(&page);
    let page = RecipientsPage {
        mailing: Titled {
            id,
            title: mailing.title().to_owned(),
            owner: me.owner_shown(mailing.owner_id, &mailing.owner_email),
        },
        rows: page
            .rows
            .into_iter()
            .map(|row| Member {
                id: row.id,
                state: row.state(),
                email: row.email,
                name: row.name,
            })
            .collect(),
        total: mailing.recipients,
        pages,
        files: Files::of(&list, &format!("/mailings/{id}/recipients.csv")),
    };
    me.page(Section::Mailings, "mailings/recipients.html", page)
        .await
}

/// How many a run did not reach: looked at with every look at its mailing.
pub(super) async fn count_failed(me: &SignedIn, run: Id) -> Result<i64, StoreError> {
    let (app, scope) = (me.app(), may_view(&me.actor()));
    let name = run.to_string();
    let count =
        move |c: &rusqlite::Connection| deliveries::count_failed(c, run).map(Found::Exactly);
    let found = app.cache.found(&app.store, "failed", scope, &name, count);
    Ok(found.await?.number())
}
