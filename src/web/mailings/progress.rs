//! A run's progress as it happens, by server-sent events: each message is the page's part anew,
//! and `done` ends it.

use std::time::Duration;

use rocket::get;
use rocket::response::stream::{Event, EventStream};
use rocket::tokio::{select, time};
use rocket::{Shutdown, State, http::Status};
use rocket_dyn_templates::Metadata;
use serde::Serialize;

use super::run_view::RunView;
use super::runs;
use crate::actions;
use crate::domain::mailings::pace::Pace;
use crate::domain::mailings::run::RunState;
use crate::store::delivery::progress::Look;
use crate::web::http::failure::Failure;
use crate::web::http::streams::Streams;
use crate::web::http::visitor::SignedIn;
use crate::web::ui::layout::{Context, Lay, Section};

/// How often the run is looked at.
const LOOK: Duration = Duration::from_millis(300);
/// A message at least this often, so that nobody in between thinks the line dead.
const SILENCE: i64 = 10_000;
/// The same while what is shown is how long it is until the next try.
const COUNTDOWN: i64 = 1_000;
/// When a stream that found no place may be asked for again, in milliseconds.
const AGAIN: i64 = 10_000;

#[derive(Serialize)]
struct Part {
    run: RunView,
}

#[get("/runs/<id>/events")]
pub(in crate::web) async fn events<'a>(
    me: SignedIn,
    id: i64,
    metadata: Metadata<'a>,
    streams: &'a State<Streams>,
    mut shutdown: Shutdown,
) -> Result<EventStream![Event + 'a], Failure> {
    runs::look(&me, id).await?;
    let session = me.visitor.session.unwrap_or_default();
    // The page's script asks again by itself, at growing intervals.
    let streaming = streams
        .open(me.user.id, session)
        .ok_or_else(|| Failure::throttled(AGAIN))?;
    Ok(EventStream! {
        let _streaming = streaming;
        let mut pace = Pace::default();
        let mut last = None;
        let mut said_at = 0;
        // Whoever has been signed out meanwhile sees nothing more.
        while let Some(token) = &me.visitor.token {
            let Ok(version) = me.app().store.version() else { break };
            match actions::session(me.app(), token, version).await {
                Ok(Some(_)) => {}
                _ => break,
            }
            let Ok(look) = runs::look(&me, id).await else { break };
            let steady = me.app().clock.steady();
            look.note(&mut pace, steady);
            let is_over = look.run.state != RunState::Active;
            let counters = look.run.counters;
            let waits = counters.queued == 0 && counters.deferred > 0;
            let silence = if waits { COUNTDOWN } else { SILENCE };
            if is_over || last.as_ref() != Some(&look) || steady - said_at > silence {
                match part(&me, &metadata, &look, &pace).await {
                    Ok(html) => yield Event::data(html),
                    Err(_) => break,
                }
                said_at = steady;
                last = Some(look);
            }
            if is_over {
                yield Event::data("over").event("done");
                break;
            }
            select! {
                () = time::sleep(LOOK) => {}
                () = &mut shutdown => break,
            }
        }
    })
}

async fn part(
    me: &SignedIn,
    metadata: &Metadata<'_>,
    look: &Look,
    pace: &Pace,
) -> Result<String, Failure> {
    let now = me.app().clock.now();
    let run = RunView::of(look, &me.actor(), me.reader(), now, Some(pace));
    let lay = Lay::of(&me.visitor, Section::None).await?;
    metadata
        .render(
            "mailings/_run.html",
            Context::new(&me.visitor, lay, Part { run }),
        )
        .map(|(_, html)| html)
        .ok_or_else(|| Failure::status(Status::InternalServerError))
}
