//! Guards: who may come by a route.

use std::sync::atomic::{AtomicBool, Ordering};

use rocket::http::{Method, Status};
use rocket::request::{FromRequest, Outcome, Request};

use super::validators;
use super::visitor::{ManagerOnly, SignedIn, Visitor};
use crate::domain::accounts::user::Role;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for SignedIn {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let visitor = match Visitor::from_request(request).await {
            Outcome::Success(visitor) => visitor,
            other => return other.map(|_| unreachable!("not a success")),
        };
        match visitor.user.clone() {
            // The browser has this very page: nothing of it is read or rendered.
            Some(_) if validators::is_unchanged(request, &visitor).await => {
                Outcome::Error((Status::NotModified, ()))
            }
            Some(user) => Outcome::Success(Self { visitor, user }),
            None if request.method() == Method::Post => {
                // What was typed is looked at where all such forms end up (`stranded`).
                request
                    .local_cache(TurnedAway::default)
                    .0
                    .store(true, Ordering::Relaxed);
                Outcome::Forward(Status::Unauthorized)
            }
            None => Outcome::Error((Status::Unauthorized, ())),
        }
    }
}

/// Whether a form was turned away from its route because its sender is not signed in.
#[derive(Default)]
struct TurnedAway(AtomicBool);

/// Whoever sent such a form.
pub(in crate::web) struct Stranger;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for Stranger {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        if request
            .local_cache(TurnedAway::default)
            .0
            .load(Ordering::Relaxed)
        {
            Outcome::Success(Self)
        } else {
            Outcome::Error((Status::NotFound, ()))
        }
    }
}

#[rocket::async_trait]
impl<'r> FromRequest<'r> for ManagerOnly {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        match SignedIn::from_request(request).await {
            Outcome::Success(signed_in) if signed_in.user.role == Role::Manager => {
                Outcome::Success(Self(signed_in))
            }
            // For a user it does not exist.
            Outcome::Success(_) => Outcome::Error((Status::NotFound, ())),
            other => other.map(Self),
        }
    }
}
