//! Where a form ends up whose body was not taken (`front::receive`): too long, too slow, too many of them at
//! once, or not what it should be. It never gets as far as its own route.

use rocket::http::Status;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::{Route, post};

use super::failure::Failure;
use super::front::{Refusal, STRANGERS_BODY};
use crate::domain::phrase::Phrase;

/// When a body that found no room may be sent again, in milliseconds.
const WAIT: i64 = 10_000;

/// Why the body of a request was not taken.
struct Note(Option<Refusal>);

/// Remembers why the body was not taken.
pub(in crate::web) fn note(request: &Request<'_>, why: Refusal) {
    request.local_cache(|| Note(Some(why)));
}

/// The guard of requests whose body was not taken.
pub(in crate::web) struct Refused(Refusal);

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Refused {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match request.local_cache(|| Note(None)).0 {
            Some(why) => Outcome::Success(Self(why)),
            None => Outcome::Forward(Status::NotFound),
        }
    }
}

/// Comes before every other route ([`first`]).
#[post("/<_..>", rank = 101)]
#[expect(clippy::needless_pass_by_value, reason = "Rocket hands it over")]
pub(in crate::web) fn refuse(refused: Refused) -> Failure {
    match refused.0 {
        Refusal::TooLong(limit) => Failure::because(
            Status::PayloadTooLarge,
            Phrase::new("failure-413-limit").with_size(limit),
        ),
        Refusal::TooLongForStranger => Failure::because(
            Status::PayloadTooLarge,
            Phrase::new("failure-413-stranger").with_size(STRANGERS_BODY),
        ),
        Refusal::TooSlow => {
            Failure::because(Status::RequestTimeout, Phrase::new("failure-408-text"))
        }
        Refusal::Busy => Failure::busy(WAIT),
        Refusal::Malformed => Failure::because(Status::BadRequest, Phrase::new("failure-400-body")),
        Refusal::OtherMethod => {
            Failure::because(Status::BadRequest, Phrase::new("failure-400-method"))
        }
    }
}

/// Before every other route: nothing is done with a form of which only a part came.
pub(in crate::web) fn first(mut routes: Vec<Route>) -> Vec<Route> {
    for route in &mut routes {
        route.rank = -100;
    }
    routes
}
