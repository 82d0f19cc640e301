//! Watching how the recipients of a large mailing are put together, and calling that off. The page
//! asks for itself anew every second, with or without a script.

use rocket::http::{CookieJar, Header};
use rocket::response::Redirect;
use rocket::{Responder, get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::actions::{self, Target};
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::store::mailings::member_filling;
use crate::store::mailings::member_filling::Filling;
use crate::store::{StoreError, mailings};
use crate::web::http::failure::Failure;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::layout::Section;

/// Goes on with what a form has begun, while its reader is shown how far it is.
pub(in crate::web) fn go_on(app: &App, mailing: Id) {
    let app = app.clone();
    tokio::spawn(async move {
        // Whatever is left is taken up at the next start.
        if let Err(error) = actions::fill(&app, mailing).await {
            tracing::error!(%error, mailing, "recipients cannot be put together");
        }
    });
}

/// `templates/mailings/filling.html`
#[derive(Serialize)]
struct FillingPage {
    id: Id,
    is_new: bool,
    looked_at: i64,
    total: i64,
    found: i64,
    version: i64,
}

#[derive(Responder)]
pub(in crate::web) enum Watched {
    Page(Box<Again>),
    Done(Box<Redirect>),
}

#[derive(Responder)]
pub(in crate::web) struct Again {
    page: Template,
    refresh: Header<'static>,
}

/// What is being put together for one's own mailing, and whether that is there already.
async fn find(me: &SignedIn, id: Id) -> Result<(Option<Filling>, bool), Failure> {
    let owner = me.user.id;
    let found = me
        .app()
        .store
        .read(move |c| {
            let is_there = mailings::get(c, Scope::Own(owner), id)?.is_some();
            Ok::<_, StoreError>((member_filling::get(c, owner, id)?, is_there))
        })
        .await?;
    match found {
        (None, false) => Err(Failure::not_found()),
        found => Ok(found),
    }
}

#[get("/mailings/<id>/filling")]
pub(in crate::web) async fn show(me: SignedIn, id: Id) -> Result<Watched, Failure> {
    let (Some(filling), _) = find(&me, id).await? else {
        let path = format!("/mailings/{id}");
        return Ok(Watched::Done(Box::new(Redirect::to(path))));
    };
    let page = FillingPage {
        id,
        is_new: filling.is_new,
        looked_at: filling.looked_at,
        total: filling.total,
        found: filling.found,
        version: filling.started_at,
    };
    let page = me
        .page(Section::Mailings, "mailings/filling.html", page)
        .await?;
    Ok(Watched::Page(Box::new(Again {
        page,
        refresh: Header::new("Refresh", "1"),
    })))
}

#[post("/mailings/<id>/filling/cancel", data = "<press>")]
pub(in crate::web) async fn cancel(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: Id,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let (_, is_there) = find(&me, id).await?;
    let was_called_off =
        actions::call_off_filling(me.app(), &me.actor(), Target::seen(id, press.0.version)).await?;
    go_on(me.app(), id);
    let (kind, key) = match (was_called_off, is_there) {
        (true, false) => ("ok", "notice-filling-cancelled"),
        (true, true) => ("ok", "notice-filling-kept"),
        (false, _) => ("info", "notice-filling-over"),
    };
    leave_notice(me.app(), jar, kind, &me.reader().text(key));
    Ok(Redirect::to(if is_there || !was_called_off {
        format!("/mailings/{id}")
    } else {
        "/mailings".to_owned()
    }))
}
