//! A request's body: refused by its length before it is read, and read only as long as it comes at a
//! reasonable pace and there is room for it (`room`).

use std::error::Error as _;
use std::io;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use rocket::form::Form;

use super::bounds::{Bounds, LONGEST_DRAIN, MOST_DRAINED, ROOM_STEP, SMALL_BODY, STRANGERS_BODY};
use super::room::{Sender, Share};
use crate::domain::Millis;

/// Octets that are set aside for a body before any of it has come.
const FIRST_ROOM: u64 = 1_024 * 1_024;
/// Octets of a body in which Rocket looks for another method than POST: `_method=delete`.
const METHOD_FIELD: usize = 14;

/// Why a body was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Refusal {
    /// It is longer than so many octets.
    TooLong(u64),
    /// It is longer than what is read of somebody who is not signed in.
    TooLongForStranger,
    /// It came too slowly.
    TooSlow,
    /// So much is being received already, from everybody or from this sender.
    Busy,
    /// Its chunks are not as HTTP has them.
    Malformed,
    /// It is a form that asks to be taken for a request with another method.
    OtherMethod,
}

/// What became of a body.
pub(super) enum Received {
    Whole(Vec<u8>),
    Refused(Refusal),
    /// The client has gone.
    Gone,
}

/// Octets that a body says it has.
pub(super) fn announced(body: &Incoming) -> Option<u64> {
    body.size_hint().exact()
}

/// Whether a body of this size is read whoever sends it.
pub(super) const fn is_small(octets: u64) -> bool {
    octets <= SMALL_BODY
}

/// The limit where it does not matter who sends, and what is said of more.
pub(super) const fn limit_of_route(octets: u64) -> (u64, Refusal) {
    (octets, Refusal::TooLong(octets))
}

/// What is the limit for this sender, and what is said of more.
pub(super) const fn limit_for(sender: Sender, of_route: u64) -> (u64, Refusal) {
    match sender {
        Sender::Stranger(_) if of_route > STRANGERS_BODY => {
            (STRANGERS_BODY, Refusal::TooLongForStranger)
        }
        _ => limit_of_route(of_route),
    }
}

/// How fast a body has to come: in all, so that nobody takes for ever, and again for every
/// [`ROOM_STEP`], so that what came fast at first does not hold its room for long.
struct Pace<'a> {
    bounds: &'a Bounds,
    begun: Millis,
    /// When the newest whole step had come, and how many there were.
    step: (Millis, u64),
}

impl<'a> Pace<'a> {
    const fn new(bounds: &'a Bounds, now: Millis) -> Self {
        Self {
            bounds,
            begun: now,
            step: (now, 0),
        }
    }

    /// So many octets have come by now.
    const fn came(&mut self, octets: u64, now: Millis) {
        let steps = octets / ROOM_STEP;
        if steps > self.step.1 {
            self.step = (now, steps);
        }
    }

    /// We were the slow ones.
    const fn forgive(&mut self, span: Millis) {
        self.begun += span;
        self.step.0 += span;
    }

    /// How long the next octets may take.
    fn left(&self, octets: u64, now: Millis) -> Duration {
        let rate = self.bounds.body_rate.max(1);
        let left = |since: Millis, earned: u64| {
            let spent = Duration::from_millis(u64::try_from(now - since).unwrap_or_default());
            (self.bounds.body_grace + Duration::from_secs(earned / rate)).saturating_sub(spent)
        };
        left(self.begun, octets).min(left(self.step.0, ROOM_STEP))
    }
}

/// Reads a body of at most `limit` octets. Beyond [`SMALL_BODY`] it takes room of its share.
pub(super) async fn read(
    body: &mut Incoming,
    (limit, too_long): (u64, Refusal),
    waits_for_invitation: bool,
    mut share: Option<&mut Share>,
    bounds: &Bounds,
    steady: impl Fn() -> Millis,
) -> Received {
    let announced = announced(body).unwrap_or_default();
    if announced > limit {
        // Who waits for «100 Continue» hears the answer without it.
        if !waits_for_invitation {
            drain(body).await;
        }
        return Received::Refused(too_long);
    }
    let room = usize::try_from(announced.min(FIRST_ROOM)).unwrap_or(0);
    let mut octets = Vec::with_capacity(room);
    let mut pace = Pace::new(bounds, steady());
    loop {
        let left = pace.left(octets.len() as u64, steady());
        let frame = match tokio::time::timeout(left, body.frame()).await {
            Err(_) => return Received::Refused(Refusal::TooSlow),
            Ok(None) if names_a_method(&octets) => return Received::Refused(Refusal::OtherMethod),
            Ok(None) => return Received::Whole(octets),
            Ok(Some(Err(error))) if is_malformed(&error) => {
                return Received::Refused(Refusal::Malformed);
            }
            Ok(Some(Err(_))) => return Received::Gone,
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let length = octets.len() as u64 + data.len() as u64;
        if length > limit {
            drop(octets);
            drain(body).await;
            return Received::Refused(too_long);
        }
        let now = steady();
        pace.came(length, now);
        if length > SMALL_BODY
            && let Some(share) = &mut share
        {
            if !share.grow(length, &steady).await {
                drop(octets);
                drain(body).await;
                return Received::Refused(Refusal::Busy);
            }
            pace.forgive(steady() - now);
        }
        octets.extend_from_slice(&data);
    }
}

/// Whether a body broke off because it is no body as HTTP has them, and not because its sender has gone.
fn is_malformed(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    cause.is_some_and(|cause: &io::Error| {
        matches!(
            cause.kind(),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
        )
    })
}

/// Whether Rocket would take the method from the body: it does that for a form whose first field is
/// `_method`. No form of ours has one.
fn names_a_method(octets: &[u8]) -> bool {
    let head = octets.get(..METHOD_FIELD).unwrap_or(octets);
    let first = std::str::from_utf8(head)
        .ok()
        .and_then(|head| Form::values(head).next());
    first.is_some_and(|field| field.name == "_method")
}

/// Throws away the rest of a body, or as much of it as is worth the while.
pub(super) async fn drain(body: &mut Incoming) {
    let throw_away = async {
        let mut left = MOST_DRAINED;
        while let Some(Ok(frame)) = body.frame().await {
            let octets = frame.data_ref().map_or(0, |data| data.len() as u64);
            left = left.saturating_sub(octets);
            if left == 0 {
                break;
            }
        }
    };
    drop(tokio::time::timeout(LONGEST_DRAIN, throw_away).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_fast_at_first_does_not_hold_its_room_for_long() {
        let bounds = Bounds::of_descriptors(0);
        let seconds = |span: Duration| span.as_secs();
        let mut pace = Pace::new(&bounds, 0);
        assert_eq!(seconds(pace.left(0, 0)), 20);
        assert_eq!(seconds(pace.left(0, 5_000)), 15);
        // Ten megabytes at once would be paid for 40 minutes.
        let many = 160 * ROOM_STEP;
        pace.came(many, 1_000);
        assert_eq!(seconds(pace.left(many, 1_000)), 36);
        pace.came(many + ROOM_STEP - 1, 30_000);
        assert_eq!(seconds(pace.left(many + ROOM_STEP - 1, 30_000)), 7);
        pace.forgive(10_000);
        assert_eq!(seconds(pace.left(many + ROOM_STEP - 1, 40_000)), 7);
        pace.came(many + ROOM_STEP, 41_000);
        assert_eq!(seconds(pace.left(many + ROOM_STEP, 41_000)), 36);
        // A steady 4 KB a second is always enough.
        let mut pace = Pace::new(&bounds, 0);
        for second in 0..3_000_i64 {
            let octets = bounds.body_rate * second.unsigned_abs();
            pace.came(octets, second * 1_000);
            assert!(seconds(pace.left(octets, second * 1_000)) >= 20, "{second}");
        }
    }

    #[test]
    fn a_form_that_would_change_its_method_is_known_as_rocket_knows_it() {
        for body in [
            "_method=get",
            "_method=HEAD&x=1",
            "_method=delete",
            "&_method=put",
            "_method=",
        ] {
            assert!(names_a_method(body.as_bytes()), "{body}");
        }
        for body in [
            "",
            "x=1&_method=delete",
            "method=get",
            "subject=_method=get",
            "csrf=\u{444}",
        ] {
            assert!(!names_a_method(body.as_bytes()), "{body}");
        }
    }
}
