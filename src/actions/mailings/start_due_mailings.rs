use rusqlite::Connection;

use crate::actions::error::ActionError;
use crate::actions::{Whom, foreign, send_mailing};
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::Phrase;
use crate::store::mailings::send_facts;
use crate::store::{StoreError, mailings};

/// Starts the first run of every mailing whose planned first send has come, unless it was sent
/// before. Asking again starts nothing twice: the run itself makes the mailing a sent one.
///
/// # Errors
/// The database's.
pub async fn start_due_mailings(app: &App) -> Result<Vec<Id>, StoreError> {
    let now = app.clock.now();
    // What has gone out cannot be called back: not on the word of a clock that has just leapt.
    if app.clock_jumps.is_in_doubt(now, app.clock.steady()) {
        return Ok(Vec::new());
    }
    let due = app.store.read(move |c| mailings::due(c, now)).await?;
    // They wait until somebody has said that this is where they are to be sent from.
    if due.is_empty() || foreign(app).await?.is_some() {
        return Ok(Vec::new());
    }
    let has_base_url = app.has_base_url().await;
    let (due, held_back) = app
        .store
        .read(move |c| sendable(c, due, has_base_url))
        .await?;
    say_held_back(app, &held_back);
    let mut started = Vec::new();
    for mailing in due {
        match send_mailing(app, &Actor::Schedule, mailing, Whom::All).await {
            Ok(run) => {
                tracing::info!(mailing, run, "started on schedule");
                started.push(run);
            }
            Err(ActionError::Store(error)) => return Err(error),
            // Somebody was quicker, by hand or from another process.
            Err(error) => tracing::info!(mailing, %error, "not started on schedule"),
        }
    }
    Ok(started)
}

/// A mailing that cannot start by itself, and why.
type HeldBack = (Id, Phrase);

/// Parts those whose message can be sent from the others, whose owners see on the mailing's page what
/// there is to do.
fn sendable(
    c: &Connection,
    due: Vec<Id>,
    has_base_url: bool,
) -> Result<(Vec<Id>, Vec<HeldBack>), StoreError> {
    let (mut sendable, mut held_back) = (Vec::new(), Vec::new());
    for id in due {
        let Some(mailing) = mailings::get(c, Scope::All, id)? else {
            continue;
        };
        match send_facts::of(c, &mailing, None, has_base_url)?.message_fault {
            None => sendable.push(id),
            Some(fault) => held_back.push((id, fault)),
        }
    }
    Ok((sendable, held_back))
}

/// Logs each of them once, for as long as it is held back.
fn say_held_back(app: &App, held_back: &[HeldBack]) {
    let mut said = app.held_back.lock();
    for (mailing, fault) in held_back {
        if !said.contains(mailing) {
            tracing::warn!(mailing, reason = fault.key, "does not start on schedule");
        }
    }
    *said = held_back.iter().map(|(mailing, _)| *mailing).collect();
}
