//! Messages.

use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::actions::{self, ActionError, Target};
use crate::domain::accounts::permission::{Scope, Verdict, may_change, may_view};
use crate::domain::content::message::why_unsendable;
use crate::domain::content::template::{Fields, Template as Text};
use crate::domain::page::Cursor;
use crate::domain::phrase::Phrase;
use crate::domain::text;
use crate::store::accounts::users;
use crate::store::audience::recipients;
use crate::store::content::messages;
use crate::store::content::messages::Message;
use crate::store::db::versions::Versioned;
use crate::store::{StoreError, mailings};
use crate::web::http::failure::Failure;
use crate::web::http::forms::NamedMailing;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::figures::Files;
use crate::web::ui::layout::{Confirm, Section};
use crate::web::ui::paging::{Heads, HowMany, ListUrl, Pages, Place, heads};

#[derive(Serialize)]
struct Row {
    id: i64,
    subject: String,
    updated_at: i64,
    mailings: i64,
    owner: Option<String>,
}

/// `templates/messages/index.html`
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
}

#[get("/messages?<q>&<place..>")]
pub(in crate::web) async fn index(
    me: SignedIn,
    q: Option<&str>,
    place: Place<'_>,
) -> Result<Template, Failure> {
    let q = text::search(q.unwrap_or_default());
    let is_sortable = q.is_empty();
    let sort = place.sort(&messages::LIST, is_sortable);
    let (id, scope, cursor, words) = (
        me.user.id,
        Scope::Own(me.user.id),
        place.cursor(),
        q.clone(),
    );
    let (page, found, total) = me
        .app()
        .store
        .read(move |c| {
            let total = users::totals(c, id)?.messages;
            if words.is_empty() {
                return Ok((messages::list(c, scope, sort, &cursor)?, None, total));
            }
            let found = messages::count_found(c, scope, &words)?;
            let page = messages::find(c, scope, &words, &cursor)?;
            Ok::<_, StoreError>((page, Some(found), total))
        })
        .await?;
    let url = ListUrl::new("/messages").with("q", q.clone());
    let pages = url.clone().with("sort", sort.name()).pages(&page);
    let rows = page.rows.into_iter().map(|row| Row {
        id: row.id,
        subject: row.subject,
        updated_at: row.updated_at,
        mailings: row.mailings,
        owner: None,
    });
    let page = IndexPage {
        rows: rows.collect(),
        total,
        found: found.map(|found| HowMany::new(found, me.reader())),
        q,
        sort: sort.name(),
        heads: heads(&messages::LIST, sort, &url, is_sortable),
        pages,
        files: Files::of(&url, "/messages.csv"),
        mine: true,
    };
    me.page(Section::Messages, "messages/index.html", page)
        .await
}

async fn find(me: &SignedIn, id: i64) -> Result<Message, Failure> {
    let scope = may_view(&me.actor());
    me.app()
        .store
        .read(move |c| messages::get(c, scope, id))
        .await?
        .ok_or_else(Failure::not_found)
}

pub(in crate::web) async fn find_own(me: &SignedIn, id: i64) -> Result<Message, Failure> {
    let message = find(me, id).await?;
    match may_change(&me.actor(), message.owner_id) {
        Verdict::Allowed => Ok(message),
        _ => Err(ActionError::Forbidden.into()),
    }
}

#[derive(Serialize)]
struct Shown {
    id: i64,
    subject: String,
    body: String,
    created_at: i64,
    updated_at: i64,
    owner: Option<String>,
}

#[derive(Serialize)]
struct Preview {
    subject: String,
    body: String,
    sample: String,
}

/// `templates/messages/show.html`
#[derive(Serialize)]
struct ShowPage {
    message: Shown,
    preview: Preview,
    /// Why no mailing with it can be sent.
    fault: Option<String>,
    mailings: Vec<NamedMailing>,
    may_edit: bool,
}

#[get("/messages/<id>")]
pub(in crate::web) async fn show(me: SignedIn, id: i64) -> Result<Template, Failure> {
    let message = find(&me, id).await?;
    let owner = message.owner_id;
    let newest = recipients::LIST.usual();
    let (used_by, sample) = me
        .app()
        .store
        .read(move |c| {
            let used_by = mailings::of_message(c, id)?;
            let newest = recipients::list(c, Scope::Own(owner), newest, &Cursor::First)?;
            Ok::<_, StoreError>((used_by, newest.rows.into_iter().next()))
        })
        .await?;
    let (name, email) = sample.map_or_else(
        || {
            (
                me.reader().text("sample-name"),
                "anna@example.ru".to_owned(),
            )
        },
        |recipient| (recipient.name, recipient.email),
    );
    let base = me.app().link_base().await;
    let link = if base.is_empty() {
        String::new()
    } else {
        format!("{base}/u/…")
    };
    let fields = Fields {
        name: &name,
        email: &email,
        unsubscribe_url: &link,
    };
    let fill = |source: &str| Text::lenient(source).fill(&fields);
    let fault = why_unsendable(&message.subject, &message.body, !base.is_empty());
    let now = me.app().clock.now();
    let page = ShowPage {
        preview: Preview {
            subject: fill(&message.subject),
            body: fill(&message.body),
            sample: format!("{name} <{email}>").trim_start().to_owned(),
        },
        fault: fault.map(|phrase| me.reader().say(&phrase)),
        mailings: used_by.iter().map(|m| NamedMailing::new(m, now)).collect(),
        may_edit: owner == me.user.id,
        message: Shown {
            id,
            owner: me.owner_shown(owner, &message.owner_email),
            subject: message.subject,
            body: message.body,
            created_at: message.created_at,
            updated_at: message.updated_at,
        },
    };
    me.page(Section::Messages, "messages/show.html", page).await
}

#[get("/messages/<id>/delete")]
pub(in crate::web) async fn confirm_delete(me: SignedIn, id: i64) -> Result<Template, Failure> {
    let version = me.version(Versioned::Message, id).await?;
    let message = find_own(&me, id).await?;
    let reader = me.reader();
    let phrase = Phrase::new("confirm-delete-message").with("subject", message.subject);
    let confirm = Confirm {
        title: reader.say(&phrase),
        text: reader.text("confirm-delete-message-text"),
        details: Vec::new(),
        action: format!("/messages/{id}/delete"),
        button: reader.text("delete"),
        danger: true,
        back: format!("/messages/{id}"),
    };
    confirm.ask(&me, Section::Messages, version).await
}

#[post("/messages/<id>/delete", data = "<press>")]
pub(in crate::web) async fn delete(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let message = Target::seen(id, press.0.version);
    actions::delete_message(me.app(), &me.actor(), message).await?;
    leave_notice(me.app(), jar, "ok", &me.reader().text("notice-deleted"));
    Ok(Redirect::to("/messages"))
}
