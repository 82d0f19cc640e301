//! Who is in a mailing and whether it reached them, and how many its last run did not reach.

use rocket::get;
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::lookup::find;
use crate::domain::Id;
use crate::domain::accounts::permission::may_view;
use crate::domain::delivery::reached::Reached;
use crate::domain::page::Found;
use crate::i18n::Reader;
use crate::store::StoreError;
use crate::store::mailings::members;
use crate::store::mailings::members::Member;
use crate::store::mailings::unreached;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::SignedIn;
use crate::web::ui::figures::Files;
use crate::web::ui::layout::Section;
use crate::web::ui::paging::{HowMany, ListUrl, Pages, Place};
use crate::web::ui::whose::Chip;

#[derive(Serialize)]
struct Row {
    id: i64,
    email: String,
    name: String,
    unsubscribed: bool,
    reached: Reached,
    reached_text: String,
    /// Why they have it or not, in one line.
    reason: String,
    run: Option<i64>,
    attempts: i64,
}

impl Row {
    fn new(member: Member, reader: &Reader) -> Self {
        Self {
            id: member.id,
            reached: member.reached,
            reached_text: reader.text(&text_of(member.reached)),
            reason: member
                .fate
                .as_ref()
                .map_or_else(|| reader.text("fate-not-sent"), |fate| reader.fate(fate)),
            run: member.run,
            attempts: member.attempts,
            unsubscribed: member.unsubscribed,
            email: member.email,
            name: member.name,
        }
    }
}

fn text_of(reached: Reached) -> String {
    format!("reached-{}", reached.name().replace('_', "-"))
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
    rows: Vec<Row>,
    total: i64,
    found: Option<HowMany>,
    filters: Vec<Chip>,
    is_filtered: bool,
    pages: Pages,
    files: Files,
}

#[get("/mailings/<id>/recipients?<outcome>&<place..>")]
pub(in crate::web) async fn index(
    me: SignedIn,
    id: i64,
    outcome: Option<&str>,
    place: Place<'_>,
) -> Result<Template, Failure> {
    let mailing = find(&me, id).await?;
    let (cursor, edition) = (place.cursor(), mailing.edition);
    let reached = outcome.and_then(Reached::by_name);
    let (page, found) = me
        .app()
        .store
        .read(move |c| {
            let found = reached
                .map(|reached| members::count(c, id, edition, reached))
                .transpose()?;
            let page = members::of_mailing(c, id, edition, reached, &cursor)?;
            Ok::<_, StoreError>((page, found))
        })
        .await?;
    let reader = me.reader();
    let path = format!("/mailings/{id}/recipients");
    let all = ListUrl::new(path);
    let with =
        |which: Option<Reached>| all.clone().with("outcome", which.map_or("", Reached::name));
    let chip = |which: Option<Reached>| Chip {
        label: which.map_or_else(
            || reader.text("reached-all"),
            |reached| reader.text(&text_of(reached)),
        ),
        href: with(which).address(),
        current: which == reached,
    };
    let list = with(reached);
    let mut filters = vec![chip(None)];
    filters.extend(Reached::ALL.map(|which| chip(Some(which))));
    let page = RecipientsPage {
        mailing: Titled {
            id,
            title: mailing.title().to_owned(),
            owner: me.owner_shown(mailing.owner_id, &mailing.owner_email),
        },
        pages: list.pages(&page),
        rows: page
            .rows
            .into_iter()
            .map(|row| Row::new(row, reader))
            .collect(),
        total: mailing.recipients,
        found: found.map(|found| HowMany::new(found, reader)),
        filters,
        is_filtered: reached.is_some(),
        files: Files::of(&list, &format!("/mailings/{id}/recipients.csv")),
    };
    me.page(Section::Mailings, "mailings/recipients.html", page)
        .await
}

/// How many a run did not reach: looked at with every look at its mailing.
pub(in crate::web) async fn count_failed(me: &SignedIn, run: Id) -> Result<i64, StoreError> {
    let (app, scope) = (me.app(), may_view(&me.actor()));
    let name = run.to_string();
    let count = move |c: &rusqlite::Connection| unreached::count_failed(c, run).map(Found::Exactly);
    let found = app.cache.found(&app.store, "failed", scope, &name, count);
    Ok(found.await?.number())
}
