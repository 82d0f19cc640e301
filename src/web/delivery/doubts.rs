//! Deliveries in doubt, why they are, and what their owner decides about them.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{Responder, get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use crate::actions::{self, Target};
use crate::domain::accounts::permission::{Verdict, may_change};
use crate::domain::accounts::user::Actor;
use crate::domain::delivery::doubt;
use crate::domain::delivery::doubt::Decision;
use crate::domain::page::{Cursor, Page};
use crate::domain::phrase::{Arg, Phrase};
use crate::domain::text::visible;
use crate::i18n::Reader;
use crate::store::db::versions;
use crate::store::delivery::doubts;
use crate::store::delivery::doubts::Doubt;
use crate::store::mailings::runs::Run;
use crate::web::http::failure::Failure;
use crate::web::http::safe_form::SafeForm;
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::mailings::run_view::RunView;
use crate::web::mailings::runs;
use crate::web::ui::figures::Files;
use crate::web::ui::layout;
use crate::web::ui::layout::Section;
use crate::web::ui::paging::{ListUrl, cursor};

#[derive(Serialize)]
pub(in crate::web) struct DoubtsView {
    rows: Vec<Row>,
    /// How many still ask.
    undecided: i64,
    /// Whether whoever looks may decide.
    may: bool,
    prev: Option<String>,
    next: Option<String>,
    base: String,
    /// What the buttons for all carry.
    version: String,
}

#[derive(Serialize)]
struct Row {
    delivery: i64,
    email: String,
    name: String,
    at: i64,
    why: String,
    /// Why it is not sent again by itself, where it would be.
    held_because: Option<String>,
    detail: String,
    /// What was decided, or what happens by itself; nothing: it asks.
    fate: Option<String>,
    held: bool,
    left: bool,
    /// What its buttons carry.
    version: String,
}

impl DoubtsView {
    pub(in crate::web) fn new(
        run: &Run,
        page: Page<Doubt>,
        actor: &Actor,
        reader: &Reader,
        now: i64,
    ) -> Self {
        let url = ListUrl::new(format!("/runs/{}/doubts", run.id));
        let (prev, next) = url.neighbours(&page);
        Self {
            rows: page
                .rows
                .into_iter()
                .map(|doubt| shown(doubt, reader, now))
                .collect(),
            undecided: run.undecided(),
            may: may_change(actor, run.owner_id) == Verdict::Allowed,
            prev,
            next,
            base: url.address(),
            version: format!("{}.{}", run.version, run.undecided()),
        }
    }
}

fn shown(doubt: Doubt, reader: &Reader, now: i64) -> Row {
    let fate = match (doubt.again_at, doubt.left_at) {
        (Some(at), _) if at > now => Some(Phrase {
            key: "doubt-again-at",
            args: vec![("span", Arg::Span(at - now))],
        }),
        (Some(_), _) => Some(Phrase::new("doubt-again-now")),
        (None, Some(at)) => Some(Phrase {
            key: "doubt-left",
            args: vec![("when", Arg::Moment(at))],
        }),
        (None, None) => None,
    };
    Row {
        delivery: doubt.delivery,
        version: versions::doubt(doubt.at, doubt.left_at),
        why: reader.text(doubt::why(&doubt.text)),
        held_because: doubt::why_held(doubt.times)
            .filter(|_| doubt.again_at.is_none())
            .map(|key| reader.text(key)),
        detail: visible(doubt::detail(&doubt.text)),
        fate: fate.map(|phrase| reader.say(&phrase)),
        held: doubt.again_at.is_none(),
        left: doubt.left_at.is_some(),
        email: doubt.email,
        name: doubt.name,
        at: doubt.at,
    }
}

pub(in crate::web) async fn of_run(
    me: &SignedIn,
    run: &Run,
    cursor: Cursor,
) -> Result<DoubtsView, Failure> {
    let id = run.id;
    let page = me
        .app()
        .store
        .read(move |c| doubts::of_run(c, id, &cursor))
        .await?;
    let now = me.app().clock.now();
    Ok(DoubtsView::new(run, page, &me.actor(), me.reader(), now))
}

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
