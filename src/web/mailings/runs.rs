//! Runs: one sending of a mailing, its attempts, and holding or calling it off.

use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{Responder, get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::attempts_view::AttemptsView;
use super::doubts_view::{self, DoubtsView};
use super::run_view::RunView;
use crate::actions::{self, ActionError, Target};
use crate::domain::accounts::permission::{Scope, Verdict, may_change, may_view};
use crate::domain::delivery::Outcome;
use crate::domain::page::Cursor;
use crate::domain::phrase::Phrase;
use crate::store::StoreError;
use crate::store::delivery::attempts;
use crate::store::delivery::progress;
use crate::store::delivery::progress::Look;
use crate::store::mailings::runs;
use crate::store::mailings::runs::Run;
use crate::store::mailings::{self, Mailing};
use crate::web::http::failure::Failure;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::layout;
use crate::web::ui::layout::{Confirm, Section};
use crate::web::ui::paging::Place;

/// A run and its mailing, if one may see them.
pub(in crate::web) async fn find(me: &SignedIn, id: i64) -> Result<(Run, Mailing), Failure> {
    let scope = may_view(&me.actor());
    let found = me
        .app()
        .store
        .read(move |c| {
            let Some(run) = runs::get(c, scope, id)? else {
                return Ok(None);
            };
            let mailing = mailings::get(c, Scope::All, run.mailing_id)?;
            Ok::<_, StoreError>(mailing.map(|mailing| (run, mailing)))
        })
        .await?;
    found.ok_or_else(Failure::not_found)
}

/// A run under way with all that is to be said of it, if one may see it.
pub(in crate::web) async fn look(me: &SignedIn, id: i64) -> Result<Look, Failure> {
    let (scope, now) = (may_view(&me.actor()), me.app().clock.now());
    me.app()
        .store
        .read(move |c| progress::look(c, scope, id, now))
        .await?
        .ok_or_else(Failure::not_found)
}

async fn attempts_of(
    me: &SignedIn,
    run: &Run,
    outcome: Option<&str>,
    cursor: Cursor,
) -> Result<AttemptsView, Failure> {
    let (id, outcome) = (run.id, outcome.and_then(Outcome::by_name));
    let page = me
        .app()
        .store
        .read(move |c| attempts::of_run(c, id, outcome, &cursor))
        .await?;
    Ok(AttemptsView::new(run, page, outcome, me.reader()))
}

#[derive(Serialize)]
struct Named {
    id: i64,
    title: String,
    owner: Option<String>,
}

/// `templates/runs/show.html`
#[derive(Serialize)]
struct ShowPage {
    mailing: Named,
    run: RunView,
    doubts: DoubtsView,
    attempts: AttemptsView,
    subject: String,
    body: String,
}

#[get("/runs/<id>?<outcome>&<place..>")]
pub(in crate::web) async fn show(
    me: SignedIn,
    id: i64,
    outcome: Option<&str>,
    place: Place<'_>,
) -> Result<Template, Failure> {
    let (run, mailing) = find(&me, id).await?;
    let attempts = attempts_of(&me, &run, outcome, place.cursor()).await?;
    let doubts = doubts_view::of_run(&me, &run, Cursor::First).await?;
    let look = look(&me, id).await?;
    let now = me.app().clock.now();
    let page = ShowPage {
        mailing: Named {
            id: mailing.id,
            title: mailing.title().to_owned(),
            owner: me.owner_shown(mailing.owner_id, &mailing.owner_email),
        },
        run: RunView::of(&look, &me.actor(), me.reader(), now, None),
        doubts,
        attempts,
        subject: run.subject,
        body: run.body,
    };
    me.page(Section::Mailings, "runs/show.html", page).await
}

#[derive(Serialize)]
struct Part {
    attempts: AttemptsView,
}

#[derive(Responder)]
pub(in crate::web) enum Attempts {
    Part(Box<Template>),
    Page(Box<Redirect>),
}

/// Whether a part of a page is asked for.
pub(in crate::web) struct IsPart(pub(in crate::web) bool);

#[rocket::async_trait]
impl<'r> rocket::request::FromRequest<'r> for IsPart {
    type Error = ();

    async fn from_request(request: &'r rocket::Request<'_>) -> rocket::request::Outcome<Self, ()> {
        rocket::request::Outcome::Success(Self(request.headers().contains("HX-Request")))
    }
}

/// The newest attempts alone, for a page that replaces them in place.
#[get("/runs/<id>/attempts?<outcome>")]
pub(in crate::web) async fn newest_attempts(
    me: SignedIn,
    part: IsPart,
    id: i64,
    outcome: Option<&str>,
) -> Result<Attempts, Failure> {
    if !part.0 {
        return Ok(Attempts::Page(Box::new(Redirect::to(format!(
            "/runs/{id}"
        )))));
    }
    let (run, _) = find(&me, id).await?;
    let attempts = attempts_of(&me, &run, outcome, Cursor::First).await?;
    layout::render_part(&me.visitor, "mailings/_attempts.html", Part { attempts })
        .await
        .map(|part| Attempts::Part(Box::new(part)))
}

/// Back to where a run is shown.
async fn back(me: &SignedIn, id: i64) -> Result<Redirect, Failure> {
    let (run, _) = find(me, id).await?;
    Ok(Redirect::to(format!("/mailings/{}", run.mailing_id)))
}

#[post("/runs/<id>/pause", data = "<press>")]
pub(in crate::web) async fn pause(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let run = Target::seen(id, press.0.version);
    actions::pause_run(me.app(), &me.actor(), run).await?;
    leave_notice(me.app(), jar, "ok", &me.reader().text("notice-paused"));
    back(&me, id).await
}

#[post("/runs/<id>/resume", data = "<press>")]
pub(in crate::web) async fn resume(
    me: SignedIn,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let run = Target::seen(id, press.0.version);
    actions::resume_run(me.app(), &me.actor(), run).await?;
    back(&me, id).await
}

#[get("/runs/<id>/cancel")]
pub(in crate::web) async fn confirm_cancel(me: SignedIn, id: i64) -> Result<Template, Failure> {
    let (run, mailing) = find(&me, id).await?;
    if may_change(&me.actor(), run.owner_id) != Verdict::Allowed {
        return Err(ActionError::Forbidden.into());
    }
    let reader = me.reader();
    let waiting = run.counters.queued + run.counters.deferred;
    let confirm = Confirm {
        title: reader.say(&Phrase::new("confirm-cancel").with("title", mailing.title())),
        text: reader.say(&Phrase::new("confirm-cancel-text").with("count", waiting)),
        details: Vec::new(),
        action: format!("/runs/{id}/cancel"),
        button: reader.text("run-cancel"),
        danger: true,
        back: format!("/mailings/{}", run.mailing_id),
    };
    let version = run.version.to_string();
    confirm.ask(&me, Section::Mailings, version).await
}

#[post("/runs/<id>/cancel", data = "<press>")]
pub(in crate::web) async fn cancel(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let run = Target::seen(id, press.0.version);
    actions::cancel_run(me.app(), &me.actor(), run).await?;
    leave_notice(me.app(), jar, "ok", &me.reader().text("notice-cancelled"));
    back(&me, id).await
}
