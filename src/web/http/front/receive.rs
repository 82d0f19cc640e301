//! A request's body: refused by its length before it is read, and read only as long as it comes at a
//! reasonable pace and there is room for it (`budget`).

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Body;
use rocket::form::Form;

use super::bounds::{
    Bounds, LONGEST_DRAIN, MOST_DRAINED, RESERVATION_STEP, SMALL_BODY, STRANGERS_BODY,
};
use super::budget::{Client, Reservation};
use crate::domain::Millis;

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
    /// So much is being received already, from everybody or from this client.
    Busy,
    /// Its chunks are not as HTTP has them.
    Malformed,
    /// It is a form that asks to be taken for a request with another method.
    OtherMethod,
}

/// What became of a body.
pub(super) enum Received {
    /// All of it, with the reservation for its memory.
    Whole(Vec<u8>, Option<Reservation>),
    Refused(Refusal),
    /// The client has gone.
    Gone,
}

/// The length that a body is said to have; `None` where it comes in chunks.
pub(super) fn content_length(body: &impl Body) -> Option<u64> {
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

/// What is the limit for this client, and what is said of more.
pub(super) const fn limit_for(client: Client, of_route: u64) -> (u64, Refusal) {
    match client {
        Client::Anonymous(_) if of_route > STRANGERS_BODY => {
            (STRANGERS_BODY, Refusal::TooLongForStranger)
        }
        _ => limit_of_route(of_route),
    }
}

/// How fast a body has to come: in all, so that nobody takes for ever, and again for every
/// [`RESERVATION_STEP`], so that what came fast at first does not hold its room for long.
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
        let steps = octets / RESERVATION_STEP;
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
        left(self.begun, octets).min(left(self.step.0, RESERVATION_STEP))
    }
}

/// Reads a body of at most `limit` octets. Beyond [`SMALL_BODY`] its memory is reserved.
///
/// A refused body gives up its reservation before the rest of it is drained: others wait for that room.
pub(super) async fn read<B>(
    body: &mut B,
    (limit, too_long): (u64, Refusal),
    waits_for_invitation: bool,
    mut reservation: Option<Reservation>,
    bounds: &Bounds,
    steady: impl Fn() -> Millis,
) -> Received
where
    B: Body<Data = Bytes, Error: std::error::Error + 'static> + Unpin,
{
    let content_length = content_length(body).unwrap_or_default();
    if content_length > limit {
        drop(reservation);
        // Who waits for «100 Continue» hears the answer without it.
        if !waits_for_invitation {
            drain(body).await;
        }
        return Received::Refused(too_long);
    }
    let mut octets = Vec::with_capacity(size(content_length.min(SMALL_BODY)));
    let mut pace = Pace::new(bounds, steady());
    loop {
        let left = pace.left(octets.len() as u64, steady());
        let frame = match tokio::time::timeout(left, body.frame()).await {
            Err(_) => return Received::Refused(Refusal::TooSlow),
            Ok(None) if names_a_method(&octets) => return Received::Refused(Refusal::OtherMethod),
            Ok(None) => return Received::Whole(octets, reservation),
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
            drop((octets, reservation));
            drain(body).await;
            return Received::Refused(too_long);
        }
        let now = steady();
        pace.came(length, now);
        if length > SMALL_BODY
            && let Some(reserved) = &mut reservation
        {
            if !reserved.grow(length, &steady).await {
                drop((octets, reservation));
                drain(body).await;
                return Received::Refused(Refusal::Busy);
            }
            pace.forgive(steady() - now);
            // No more than is reserved: left to itself, a vector doubles.
            let granted = size(reserved.octets().min(limit));
            octets.reserve_exact(granted.saturating_sub(octets.len()));
        }
        octets.extend_from_slice(&data);
    }
}

fn size(octets: u64) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}

/// Whether a body broke off because it is no body as HTTP has them, and not because its sender has gone.
fn is_malformed(error: &dyn std::error::Error) -> bool {
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
pub(super) async fn drain(body: &mut (impl Body<Data = Bytes> + Unpin)) {
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
    use std::pin::pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;
    use tokio::sync::mpsc::{self, Sender};

    use super::super::budget::BodyBudget;
    use super::*;

    /// A body that comes when the test sends it.
    struct Sent(mpsc::Receiver<Bytes>);

    impl Body for Sent {
        type Data = Bytes;
        type Error = io::Error;

        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
            let polled = self.0.poll_recv(context);
            polled.map(|data| data.map(|data| Ok(Frame::data(data))))
        }
    }

    fn body() -> (Sender<Bytes>, Sent) {
        let (sender, receiver) = mpsc::channel(8);
        (sender, Sent(receiver))
    }

    fn octets(count: u64) -> Bytes {
        vec![b'a'; size(count)].into()
    }

    #[tokio::test]
    async fn a_body_that_is_refused_leaves_its_room_to_those_who_wait_though_it_still_comes() {
        let patience = Duration::from_secs(1);
        let bounds = Bounds {
            // One client gets two steps of it.
            bodies: 8 * RESERVATION_STEP,
            room_patience: patience,
            ..Bounds::of_descriptors(0)
        };
        let budget = BodyBudget::new(&bounds);
        let limit = limit_of_route(10 * RESERVATION_STEP);
        let receive = async |mut body: Sent| {
            let reservation = budget.reserve(Client::User(1));
            read(&mut body, limit, false, Some(reservation), &bounds, || 0).await
        };
        let (first, body_of_first) = body();
        let (second, body_of_second) = body();
        let mut reading_first = pin!(receive(body_of_first));
        let mut reading_second = pin!(receive(body_of_second));
        for sender in [&first, &second] {
            sender.send(octets(RESERVATION_STEP)).await.unwrap();
        }
        first.send(octets(1)).await.unwrap();
        // Each holds a step, and the first waits for another.
        let both = async { tokio::join!(&mut reading_second, &mut reading_first) };
        let waiting = tokio::time::timeout(patience / 2, both).await;
        assert!(waiting.is_err(), "both are still being read");
        second.send(octets(1)).await.unwrap();
        drop(second);
        // Nothing more comes of the first, and it does not end either: it is drained for ten seconds.
        let received = tokio::select! {
            biased;
            _ = reading_first => panic!("it is still being sent"),
            received = reading_second => received,
        };
        let Received::Whole(octets, Some(reservation)) = received else {
            panic!("the room of the first was not left to the second");
        };
        assert_eq!(octets.len() as u64, RESERVATION_STEP + 1);
        assert_eq!(reservation.octets(), 2 * RESERVATION_STEP);
        drop(first);
    }

    #[tokio::test]
    async fn a_body_takes_no_more_memory_than_is_reserved_for_it() {
        let bounds = Bounds::of_descriptors(0);
        let budget = BodyBudget::new(&bounds);
        let (sender, mut body) = body();
        let reservation = budget.reserve(Client::User(1));
        let limit = limit_of_route(20 * RESERVATION_STEP);
        let sending = async move {
            for _ in 0..100 {
                sender.send(octets(RESERVATION_STEP / 10)).await.unwrap();
            }
        };
        let reading = read(&mut body, limit, false, Some(reservation), &bounds, || 0);
        let ((), received) = tokio::join!(sending, reading);
        let Received::Whole(octets, Some(reservation)) = received else {
            panic!("there was room");
        };
        assert_eq!(octets.len() as u64, RESERVATION_STEP / 10 * 100);
        assert!(octets.capacity() as u64 <= reservation.octets());
    }

    #[test]
    fn what_came_fast_at_first_does_not_hold_its_room_for_long() {
        let bounds = Bounds::of_descriptors(0);
        let seconds = |span: Duration| span.as_secs();
        let mut pace = Pace::new(&bounds, 0);
        assert_eq!(seconds(pace.left(0, 0)), 20);
        assert_eq!(seconds(pace.left(0, 5_000)), 15);
        // Ten megabytes at once would be paid for 40 minutes.
        let many = 160 * RESERVATION_STEP;
        pace.came(many, 1_000);
        assert_eq!(seconds(pace.left(many, 1_000)), 36);
        pace.came(many + RESERVATION_STEP - 1, 30_000);
        assert_eq!(seconds(pace.left(many + RESERVATION_STEP - 1, 30_000)), 7);
        pace.forgive(10_000);
        assert_eq!(seconds(pace.left(many + RESERVATION_STEP - 1, 40_000)), 7);
        pace.came(many + RESERVATION_STEP, 41_000);
        assert_eq!(seconds(pace.left(many + RESERVATION_STEP, 41_000)), 36);
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
