//! Deliveries in doubt, why they are, and what their owner decides about them.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{Responder, get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::actions::{self, Target};
use crate::domain::delivery::doubt::Decision;
use crate::domain::phrase::Phrase;
use crate::web::http::failure::Failure;
use crate::web::http::safe_form::SafeForm;
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::mailings::doubts_view::{DoubtsView, of_run};
use crate::web::mailings::run_view::RunView;
use crate::web::mailings::runs;
use crate::web::ui::figures::Files;
use crate::web::ui::layout;
use crate::web::ui::layout::Section;
use crate::web::ui::paging::{ListUrl, cursor};

#[derive(Serialize)]
struct Part {
    run: RunView,
    doubts: DoubtsView,
}

/// `templates/runs/doubts.html`
#[derive(Serialize)]
struct IndexPage {
    mailing_id: i64,
    title: String,
    owner: Option<String>,
    run: RunView,
    doubts: DoubtsView,
    files: Files,
}

#[derive(Responder)]
pub(in crate::web) enum Doubts {
    Part(Box<Template>),
    Page(Box<Template>),
}

/// All of a run's deliveries in doubt; also sent alone, to refresh them in place.
#[get("/runs/<id>/doubts?<after>&<before>")]
pub(in crate::web) async fn index(
    me: SignedIn,
    part: runs::IsPart,
    id: i64,
    after: Option<&str>,
    before: Option<&str>,
) -> Result<Doubts, Failure> {
    let (run, mailing) = runs::find(&me, id).await?;
    let doubts = of_run(&me, &run, cursor(after, before)).await?;
    let view = RunView::new(&run, &me.actor(), me.reader());
    if part.0 {
        let part = Part { run: view, doubts };
        let template = layout::render_part(&me.visitor, "mailings/_doubts.html", part).await?;
        return Ok(Doubts::Part(Box::new(template)));
    }
    let page = IndexPage {
        mailing_id: mailing.id,
        title: mailing.title().to_owned(),
        owner: me.owner_shown(mailing.owner_id, &mailing.owner_email),
        run: view,
        files: Files::of(
            &ListUrl::new(doubts.base.clone()),
            &format!("/runs/{id}/doubts.csv"),
        ),
        doubts,
    };
    let template = me.page(Section::Mailings, "runs/doubts.html", page).await?;
    Ok(Doubts::Page(Box::new(template)))
}

#[derive(FromForm)]
pub(in crate::web) struct Which {
    /// A delivery's number, or `all`.
    #[field(default = String::new())]
    delivery: String,
    #[field(default = String::new())]
    version: String,
}

impl Which {
    fn parse(&self) -> Result<Option<Vec<i64>>, Failure> {
        match self.delivery.as_str() {
            "all" => Ok(None),
            number => match number.parse() {
                Ok(id) => Ok(Some(vec![id])),
                // Nothing is decided about everybody because something was not understood.
                Err(_) => Err(Failure::malformed()),
            },
        }
    }
}

async fn decide(
    me: &SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    which: &Which,
    decision: Decision,
) -> Result<Redirect, Failure> {
    let (run, _) = runs::find(me, id).await?;
    let target = Target::seen(id, &which.version);
    let settled =
        actions::settle_doubt(me.app(), &me.actor(), target, which.parse()?, decision).await?;
    let key = match decision {
        Decision::SendAgain => "notice-doubt-again",
        Decision::Leave => "notice-doubt-left",
    };
    let mut said = me
        .reader()
        .say(&Phrase::new(key).with("count", settled.count));
    if settled.unsubscribed > 0 {
        let kept = Phrase::new("notice-doubt-unsubscribed").with("count", settled.unsubscribed);
        said = format!("{said} {}", me.reader().say(&kept));
    }
    leave_notice(me.app(), jar, "ok", &said);
    let latest = me
        .app()
        .store
        .read(move |c| crate::store::mailings::runs::latest(c, run.mailing_id))
        .await?;
    let is_latest = latest.is_some_and(|latest| latest.id == id);
    Ok(Redirect::to(if is_latest {
        format!("/mailings/{}", run.mailing_id)
    } else {
        format!("/runs/{id}")
    }))
}

#[post("/runs/<id>/doubts/send-again", data = "<which>")]
pub(in crate::web) async fn send_again(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    which: SafeForm<Which>,
) -> Result<Redirect, Failure> {
    decide(&me, jar, id, &which.0, Decision::SendAgain).await
}

#[post("/runs/<id>/doubts/leave", data = "<which>")]
pub(in crate::web) async fn leave(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    which: SafeForm<Which>,
) -> Result<Redirect, Failure> {
    decide(&me, jar, id, &which.0, Decision::Leave).await
}
