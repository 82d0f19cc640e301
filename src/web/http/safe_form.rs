//! A form that our own page sent: it carries the page's token, and the browser says that it comes
//! from this site. Nothing else may change anything.

use std::sync::Arc;

use parking_lot::Mutex;
use rocket::data::{Data, FromData, Outcome as DataOutcome, ToByteUnit as _};
use rocket::form::{DataField, Form, FromForm, Options, ValueField};
use rocket::http::{RawStr, Status};
use rocket::request::{FromRequest as _, Outcome, Request};
use subtle::ConstantTimeEq as _;

use super::failure::{Failure, Typed};
use super::front::{MOST_FIELDS, MOST_KEPT, body_limit};
use super::visitor::Visitor;
use crate::domain::phrase::Phrase;

/// The parsed form. `T` has string fields with defaults: what they mean is for the domain to say.
pub(in crate::web) struct SafeForm<T>(pub(in crate::web) T);

#[derive(FromForm)]
struct Token {
    #[field(default = String::new())]
    csrf: String,
}

/// What is never kept: a form's token, passwords and codes.
const NEVER_KEPT: [&str; 4] = ["csrf", "password", "old", "code"];

fn has_secrets(text: &str) -> bool {
    Form::values(text).any(|field| {
        let name = field.name.source().as_str();
        name != "csrf" && NEVER_KEPT.contains(&name)
    })
}

/// A page of ours has no more fields than this; what has is not looked into.
fn has_too_many_fields(text: &str) -> bool {
    memchr::memchr_iter(b'&', text.as_bytes())
        .nth(MOST_FIELDS - 1)
        .is_some()
}

/// What a form says, to be kept. All of it or nothing: half a form would be sent as if it were
/// whole.
pub(super) fn typed_in(text: &str) -> Typed {
    if has_too_many_fields(text) {
        return Typed::TooMuch;
    }
    let mut typed = Vec::new();
    let mut octets = 0;
    for field in Form::values(text) {
        let name = RawStr::new(field.name.source().as_str()).url_decode_lossy();
        let value = RawStr::new(field.value).url_decode_lossy();
        if NEVER_KEPT.contains(&name.as_ref()) {
            continue;
        }
        octets += name.len() + value.len();
        if octets > MOST_KEPT {
            return Typed::TooMuch;
        }
        typed.push((name.into_owned(), value.into_owned()));
    }
    Typed::of(typed)
}

/// A form of ours as it came, for the page that says why it came to nothing.
///
/// Once there is an answer nobody asks for it, and it is dropped (`front::dispatch`): a client that takes
/// its time to read the answer would keep up to 2 MB of memory by it.
#[derive(Clone, Default)]
pub(in crate::web) struct Sent(Arc<Mutex<Option<Arc<String>>>>);

impl Sent {
    pub(in crate::web) fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.local_cache(Self::default)
    }

    pub(in crate::web) fn forget(&self) {
        *self.0.lock() = None;
    }

    fn keep(&self, text: &Arc<String>) {
        *self.0.lock() = Some(Arc::clone(text));
    }

    fn text(&self) -> Option<Arc<String>> {
        self.0.lock().clone()
    }
}

/// Keeps what was typed into a form with a file, as a form without one, for that page.
pub(in crate::web) fn keep(request: &Request<'_>, text: String) {
    Sent::of(request).keep(&Arc::new(text));
}

/// What was typed into the form of this request, to be sent once more. Nothing of a form with a
/// password or a code: without it, sending again is a failure more.
pub(in crate::web) fn typed(request: &Request<'_>) -> Typed {
    Sent::of(request)
        .text()
        .filter(|text| !has_too_many_fields(text) && !has_secrets(text))
        .map_or(Typed::Nothing, |text| typed_in(&text))
}

/// Two parts of one page that share a form: each takes its own fields.
pub(in crate::web) struct Both<A, B>(pub(in crate::web) A, pub(in crate::web) B);

#[rocket::async_trait]
impl<'r, A: FromForm<'r>, B: FromForm<'r>> FromForm<'r> for Both<A, B> {
    type Context = (A::Context, B::Context);

    fn init(options: Options) -> Self::Context {
        (A::init(options), B::init(options))
    }

    fn push_value((a, b): &mut Self::Context, field: ValueField<'r>) {
        A::push_value(a, field.clone());
        B::push_value(b, field);
    }

    /// Files do not come this way.
    async fn push_data(_: &mut Self::Context, _: DataField<'r, '_>) {}

    fn finalize((a, b): Self::Context) -> rocket::form::Result<'r, Self> {
        Ok(Self(A::finalize(a)?, B::finalize(b)?))
    }
}

#[rocket::async_trait]
impl<'r, T: for<'a> FromForm<'a> + Send + 'static> FromData<'r> for SafeForm<T> {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> DataOutcome<'r, Self> {
        match read(request, data).await {
            Ok(form) => DataOutcome::Success(form),
            Err(failure) => {
                let status = failure.status;
                failure.remember(request);
                DataOutcome::Error((status, ()))
            }
        }
    }
}

async fn read<T: for<'a> FromForm<'a> + Send + 'static>(
    request: &Request<'_>,
    data: Data<'_>,
) -> Result<SafeForm<T>, Failure> {
    let Outcome::Success(visitor) = Visitor::from_request(request).await else {
        return Err(Failure::status(Status::ServiceUnavailable));
    };
    let text = Arc::new(read_own(request, data).await?);
    Sent::of(request).keep(&text);
    let text = text.as_str();
    if has_too_many_fields(text) {
        let phrase = Phrase::new("failure-413-fields").with("most", MOST_FIELDS);
        return Err(Failure::because(Status::PayloadTooLarge, phrase));
    }
    let token = Form::<Token>::parse_encoded(RawStr::new(text)).map_err(|_| foreign())?;
    let matches: bool = token.csrf.as_bytes().ct_eq(visitor.csrf.as_bytes()).into();
    if !matches {
        return Err(Failure::stale(typed_in(text)));
    }
    Form::<T>::parse_encoded(RawStr::new(text))
        .map(SafeForm)
        .map_err(|_| Failure::malformed())
}

pub(in crate::web) fn foreign() -> Failure {
    Failure::because(Status::Forbidden, Phrase::new("failure-foreign"))
}

/// The text of a form that a page of this site sent.
pub(super) async fn read_own(request: &Request<'_>, data: Data<'_>) -> Result<String, Failure> {
    if !is_same_origin(request) {
        return Err(foreign());
    }
    if !request.content_type().is_some_and(|kind| kind.is_form()) {
        return Err(Failure::status(Status::UnsupportedMediaType));
    }
    let limit = body_limit(request.method(), request.uri().path().as_str());
    let bad = |_| Failure::status(Status::BadRequest);
    let octets = data.open(limit.bytes()).into_bytes().await.map_err(bad)?;
    if !octets.is_complete() {
        return Err(Failure::status(Status::PayloadTooLarge));
    }
    String::from_utf8(octets.into_inner()).map_err(|_| Failure::status(Status::BadRequest))
}

/// The browser's own word on where the request comes from: `Sec-Fetch-Site`, else `Origin`.
pub(in crate::web) fn is_same_origin(request: &Request<'_>) -> bool {
    let headers = request.headers();
    if let Some(site) = headers.get_one("Sec-Fetch-Site") {
        return site == "same-origin";
    }
    let Some(origin) = headers.get_one("Origin") else {
        return false;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == headers.get_one("Host")
}

/// A form that says nothing but «do it», and to which version of a thing.
#[derive(FromForm)]
pub(in crate::web) struct Press {
    #[field(name = "csrf", default = String::new())]
    _token: String,
    #[field(default = String::new())]
    pub(in crate::web) version: String,
}
