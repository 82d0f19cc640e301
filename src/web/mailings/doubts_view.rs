//! A run's deliveries in doubt as pages show them.

use serde::Serialize;

use crate::domain::accounts::permission::{Verdict, may_change};
use crate::domain::accounts::user::Actor;
use crate::domain::delivery::doubt;
use crate::domain::page::{Cursor, Page};
use crate::domain::phrase::{Arg, Phrase};
use crate::domain::text::visible;
use crate::i18n::Reader;
use crate::store::db::versions;
use crate::store::delivery::doubts;
use crate::store::delivery::doubts::Doubt;
use crate::store::mailings::runs::Run;
use crate::web::http::failure::Failure;
use crate::web::http::visitor::SignedIn;
use crate::web::ui::paging::ListUrl;

#[derive(Serialize)]
pub(in crate::web) struct DoubtsView {
    rows: Vec<Row>,
    /// How many still ask.
    undecided: i64,
    /// Whether whoever looks may decide.
    may: bool,
    prev: Option<String>,
    next: Option<String>,
    pub(in crate::web) base: String,
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

/// A page of them.
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
