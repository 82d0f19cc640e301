//! Recipients.

use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::received::History;
use crate::actions::{self, ActionError, Target};
use crate::app::App;
use crate::domain::accounts::permission::{Scope, Verdict, may_change, may_view};
use crate::domain::audience::address::EmailAddress;
use crate::domain::page::Found;
use crate::domain::text;
use crate::store::StoreError;
use crate::store::audience::recipients;
use crate::store::audience::recipients::Recipient;
use crate::store::db::versions::Versioned;
use crate::store::mailings;
use crate::web::http::failure::Failure;
use crate::web::http::forms::NamedMailing;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::figures::Files;
use crate::web::ui::layout::{Confirm, Section};
use crate::web::ui::paging::{Heads, HowMany, ListUrl, Pages, Place, cursor, heads};
use crate::web::ui::whose::{Chip, Whose};

#[derive(Serialize)]
struct Row {
    id: i64,
    email: String,
    name: String,
    comment: String,
    state: &'static str,
    added_at: i64,
    owner: Option<String>,
}

/// `templates/recipients/index.html`
#[derive(Serialize)]
struct IndexPage {
    rows: Vec<Row>,
    total: i64,
    found: Option<HowMany>,
    q: String,
    sort: String,
    heads: Heads,
    pages: Pages,
    files: Files,
    mine: bool,
    of: String,
    owner: Option<String>,
    whose: Vec<Chip>,
}

#[get("/recipients?<q>&<of>&<place..>")]
pub(in crate::web) async fn index(
    me: SignedIn,
    q: Option<&str>,
    of: Option<&str>,
    place: Place<'_>,
) -> Result<Template, Failure> {
    let q = text::search(q.unwrap_or_default());
    let whose = Whose::find(&me, of).await?;
    let (scope, total) = (whose.scope, whose.totals.recipients);
    // What was found is read newest first, and so is everybody's list.
    let is_sortable = q.is_empty() && scope != Scope::All;
    let sort = place.sort(&recipients::LIST, is_sortable);
    let (cursor, words) = (place.cursor(), q.clone());
    let page = me
        .app()
        .store
        .read(move |c| match words.as_str() {
            "" => recipients::list(c, scope, sort, &cursor),
            words => recipients::find(c, scope, words, &cursor),
        })
        .await?;
    let found = match q.as_str() {
        "" => None,
        words => Some(count_found(me.app(), scope, words).await?),
    };
    let url = ListUrl::new("/recipients")
        .with("q", q.clone())
        .with("of", whose.of.clone());
    let pages = url.clone().with("sort", sort.name()).pages(&page);
    let rows = page.rows.into_iter().map(|row| Row {
        id: row.id,
        state: row.state(),
        email: row.email,
        name: row.name,
        comment: row.comment,
        added_at: row.created_at,
        owner: (scope == Scope::All).then_some(row.owner_email),
    });
    let page = IndexPage {
        rows: rows.collect(),
        total,
        found: found.map(|found| HowMany::new(found, me.reader())),
        q,
        sort: sort.name(),
        heads: heads(&recipients::LIST, sort, &url, is_sortable),
        pages,
        files: Files::of(&url, "/recipients.csv"),
        mine: whose.is_mine(),
        whose: whose.chips(&me, "/recipients"),
        owner: whose.owner,
        of: whose.of,
    };
    me.page(Section::Recipients, "recipients/index.html", page)
        .await
}

/// How many would be found; the same is asked with every page that is turned.
pub(in crate::web) async fn count_found(
    app: &App,
    scope: Scope,
    words: &str,
) -> Result<Found, StoreError> {
    let asked = words.to_owned();
    app.cache
        .found(&app.store, "recipients", scope, words, move |c| {
            recipients::count_found(c, scope, &asked)
        })
        .await
}

#[derive(Serialize)]
struct Shown {
    id: i64,
    email: String,
    name: String,
    comment: String,
    state: &'static str,
    added_at: i64,
    updated_at: i64,
    owner: Option<String>,
    wire: Option<String>,
}

/// `templates/recipients/show.html`
#[derive(Serialize)]
struct ShowPage {
    recipient: Shown,
    mailings: Vec<NamedMailing>,
    history: History,
    may_edit: bool,
}

pub(in crate::web) async fn find(me: &SignedIn, id: i64) -> Result<Recipient, Failure> {
    let scope = may_view(&me.actor());
    me.app()
        .store
        .read(move |c| recipients::get(c, scope, id))
        .await?
        .ok_or_else(Failure::not_found)
}

/// What one may see and change, or the reason why not.
pub(in crate::web) async fn find_own(me: &SignedIn, id: i64) -> Result<Recipient, Failure> {
    let recipient = find(me, id).await?;
    match may_change(&me.actor(), recipient.owner_id) {
        Verdict::Allowed => Ok(recipient),
        _ => Err(ActionError::Forbidden.into()),
    }
}

#[get("/recipients/<id>?<after>&<before>")]
pub(in crate::web) async fn show(
    me: SignedIn,
    id: i64,
    after: Option<&str>,
    before: Option<&str>,
) -> Result<Template, Failure> {
    let recipient = find(&me, id).await?;
    let history = History::read(&me, id, &recipient.email, cursor(after, before)).await?;
    let named = me
        .app()
        .store
        .read(move |c| mailings::of_recipient(c, id))
        .await?;
    let now = me.app().clock.now();
    let wire = EmailAddress::parse(&recipient.email)
        .map(|address| address.on_wire())
        .ok()
        .filter(|wire| *wire != recipient.email);
    let page = ShowPage {
        mailings: named.iter().map(|m| NamedMailing::new(m, now)).collect(),
        history,
        may_edit: recipient.owner_id == me.user.id,
        recipient: Shown {
            id,
            state: recipient.state(),
            owner: me.owner_shown(recipient.owner_id, &recipient.owner_email),
            email: recipient.email,
            name: recipient.name,
            comment: recipient.comment,
            added_at: recipient.created_at,
            updated_at: recipient.updated_at,
            wire,
        },
    };
    me.page(Section::Recipients, "recipients/show.html", page)
        .await
}

#[get("/recipients/<id>/delete")]
pub(in crate::web) async fn confirm_delete(me: SignedIn, id: i64) -> Result<Template, Failure> {
    let version = me.version(Versioned::Recipient, id).await?;
    let recipient = find_own(&me, id).await?;
    let reader = me.reader();
    let confirm = Confirm {
        title: reader.say(
            &crate::domain::phrase::Phrase::new("confirm-delete-recipient")
                .with("email", recipient.email),
        ),
        text: reader.text("confirm-delete-recipient-text"),
        details: Vec::new(),
        action: format!("/recipients/{id}/delete"),
        button: reader.text("delete"),
        danger: true,
        back: format!("/recipients/{id}"),
    };
    confirm.ask(&me, Section::Recipients, version).await
}

#[post("/recipients/<id>/delete", data = "<press>")]
pub(in crate::web) async fn delete(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let recipient = Target::seen(id, press.0.version);
    actions::delete_recipient(me.app(), &me.actor(), recipient).await?;
    leave_notice(me.app(), jar, "ok", &me.reader().text("notice-deleted"));
    Ok(Redirect::to("/recipients"))
}
