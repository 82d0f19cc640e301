//! The service's own mail: confirmations, recoveries, notices. One letter after another, by the
//! same engine and the same transport as mailings, so that the lock keeps other processes out of it.
//!
//! A letter is in the queue until the server has taken it. It is taken from the queue with its next
//! try already planned, so that a crash in between costs a delay and at worst a second copy.

use std::sync::Arc;

use rand::RngExt as _;

use super::shared::Shared;
use crate::domain::Millis;
use crate::domain::accounts::token::Token;
use crate::domain::accounts::user::Actor;
use crate::domain::delivery::RetrySchedule;
use crate::failpoint;
use crate::store::StoreError;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::delivery::outbox;
use crate::store::delivery::outbox::Posting;
use crate::transport::{Connection, Ending};

/// Somebody waits for most of these letters: they are tried again sooner than mailings.
const DELAYS: [Millis; 6] = [5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000];
/// How long the others rest after one that has to wait, on the steady clock.
const REST: Millis = 5_000;
/// A letter that could not be handed over for this long is given up.
const PATIENCE: Millis = 24 * 3_600_000;

fn again_at(tries: u32, now: Millis) -> Millis {
    RetrySchedule::new(DELAYS.to_vec())
        .unwrap_or_default()
        .next_at(tries, now, 0.0)
}

/// The latest that a letter's next try is planned for.
pub(super) fn latest(now: Millis) -> Millis {
    again_at(u32::MAX, now)
}

/// Hands letters over until told to stop.
pub(super) async fn carry(shared: Arc<Shared>) {
    let clock = &shared.parts.clock;
    let mut rested_at = Millis::MIN;
    loop {
        tokio::select! {
            () = shared.stopped() => return,
            () = shared.post.notified() => {}
        }
        if clock.steady() < rested_at || is_away(&shared) {
            continue;
        }
        let mut connection = None;
        while !shared.is_stopping() {
            match carry_one(&shared, &mut connection).await {
                Ok(Went::On) => outbox_works(&shared),
                Ok(Went::Nowhere) => {
                    outbox_works(&shared);
                    break;
                }
                // A relay that failed one letter fails the next one, too.
                Ok(Went::Wrong) => {
                    rested_at = clock.steady() + REST;
                    break;
                }
                Err(error) => {
                    if let Some(times) = shared.told.outbox.is_so(&error.kind()) {
                        tracing::error!(%error, times, "the outbox cannot be used");
                    }
                    break;
                }
            }
        }
        if let Some(connection) = connection {
            connection.quit().await;
        }
    }
}

fn outbox_works(shared: &Shared) {
    if let Some(times) = shared.told.outbox.is_not_so() {
        tracing::info!(times, "the outbox can be used again");
    }
}

/// Says that letters have to wait, or that they do no longer.
fn tell(shared: &Shared, fate: &Fate, letter: &'static str) {
    let told = &shared.told.letters;
    match fate {
        Fate::Later(reply) | Fate::Away(reply) => {
            if let Some(times) = told.is_so("wait") {
                tracing::warn!(reply, letter, times, "a letter has to wait");
            }
        }
        Fate::Taken => {
            if let Some(times) = told.is_over() {
                tracing::info!(times, "letters go out again");
            }
        }
        Fate::Refused(reply) => tracing::warn!(reply, letter, "a letter was not taken"),
    }
}

/// What became of a try.
enum Fate {
    Taken,
    Refused(String),
    Later(String),
    /// The relay's failure, not this letter's.
    Away(String),
}

/// Whether the relay is known to be away, and not to be tried before its time.
fn is_away(shared: &Shared) -> bool {
    let steady = shared.parts.clock.steady();
    !shared.parts.post.is_capture()
        && shared
            .breakers
            .first()
            .is_some_and(|breaker| breaker.pause(steady).is_some())
}

/// How the round goes.
enum Went {
    On,
    /// There is nothing to do for now.
    Nowhere,
    /// They all have to wait.
    Wrong,
}

async fn carry_one(
    shared: &Shared,
    connection: &mut Option<Connection>,
) -> Result<Went, StoreError> {
    let now = shared.parts.clock.now();
    let token = Token::new(rand::rng().random());
    let due = shared
        .parts
        .store
        .write(move |c| outbox::take(c, &token, now, |tries| again_at(tries, now)))
        .await?;
    let Some(posting) = due else {
        return Ok(Went::Nowhere);
    };
    failpoint::hit("letter-taken");
    let fate = hand_over(shared, connection, &posting, now).await;
    failpoint::hit("letter-sent");
    let went = match fate {
        Fate::Taken | Fate::Refused(_) | Fate::Later(_) => Went::On,
        Fate::Away(_) => Went::Wrong,
    };
    settle(shared, posting, fate, now).await?;
    failpoint::hit("letter-settled");
    Ok(went)
}

async fn hand_over(
    shared: &Shared,
    connection: &mut Option<Connection>,
    posting: &Posting,
    now: Millis,
) -> Fate {
    let mail = shared.parts.composer.compose_letter(posting, now);
    if let Some(open) = connection
        && open.has_ended().await
    {
        *connection = None;
    }
    if !connection.as_ref().is_some_and(Connection::is_usable) {
        *connection = None;
        let connected = tokio::select! {
            () = shared.stopped() => return Fate::Later(String::new()),
            connected = shared.parts.post.connect() => connected,
        };
        match connected {
            Ok(open) => *connection = Some(open),
            Err(failure) => return Fate::Away(failure.text),
        }
    }
    let Some(open) = connection else {
        return Fate::Later(String::new());
    };
    let ending = tokio::select! {
        biased;
        ending = open.deliver(&mail) => ending,
        () = shared.hastened() => return Fate::Later(String::new()),
    };
    match ending {
        Ending::Answered(reply) if reply.is_positive() => Fate::Taken,
        Ending::Answered(reply) if reply.is_permanent() => Fate::Refused(reply.line()),
        Ending::Impossible(reply) => Fate::Refused(reply.line()),
        Ending::RelaysFault(reply) => Fate::Away(reply.line()),
        Ending::Answered(reply)
        | Ending::NotReached(reply)
        | Ending::Lost(reply)
        | Ending::InDoubt(reply) => Fate::Later(reply.line()),
    }
}

async fn settle(
    shared: &Shared,
    posting: Posting,
    fate: Fate,
    now: Millis,
) -> Result<(), StoreError> {
    let fate = match fate {
        Fate::Later(reply) | Fate::Away(reply) if now - posting.created_at > PATIENCE => {
            Fate::Refused(reply)
        }
        fate => fate,
    };
    tell(shared, &fate, posting.letter.name());
    shared
        .parts
        .store
        .write(move |c| match &fate {
            Fate::Taken => outbox::remove(c, posting.id),
            Fate::Later(reply) | Fate::Away(reply) => outbox::note(c, posting.id, reply),
            Fate::Refused(reply) => {
                let entry = Entry::of_nobody("letter_refused", posting.to.as_typed()).with(reply);
                audit::record(c, &Actor::Schedule, entry, now)?;
                outbox::remove(c, posting.id)
            }
        })
        .await
}
