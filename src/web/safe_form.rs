//! A form that our own page sent: it carries the page's token, and the browser says that it comes
//! from this site. Nothing else may change anything.

use std::sync::OnceLock;

use rocket::data::{ByteUnit, Data, FromData, Outcome as DataOutcome};
use rocket::form::{DataField, Form, FromForm, Options, ValueField};
use rocket::http::{RawStr, Status};
use rocket::request::{FromRequest as _, Outcome, Request};
use subtle::ConstantTimeEq as _;
use tokio::io::AsyncReadExt as _;

use super::failure::Failure;
use super::visitor::Visitor;
use crate::domain::phrase::Phrase;

/// The parsed form. `T` has string fields with defaults: what they mean is for the domain to say.
pub(super) struct SafeForm<T>(pub(super) T);

#[derive(FromForm)]
struct Token {
    #[field(default = String::new())]
    csrf: String,
}

/// Whatever a form says, but for what is never put back: its token, passwords and codes.
struct Typed(Vec<(String, String)>);

const NEVER_PUT_BACK: [&str; 4] = ["csrf", "password", "old", "code"];

#[rocket::async_trait]
impl<'r> FromForm<'r> for Typed {
    type Context = Vec<(String, String)>;

    fn init(_: Options) -> Self::Context {
        Vec::new()
    }

    fn push_value(typed: &mut Self::Context, field: ValueField<'r>) {
        let name = field.name.source().as_str();
        if !NEVER_PUT_BACK.contains(&name) {
            typed.push((name.to_owned(), field.value.to_owned()));
        }
    }

    /// Files do not come this way.
    async fn push_data(_: &mut Self::Context, _: DataField<'r, '_>) {}

    fn finalize(typed: Self::Context) -> rocket::form::Result<'r, Self> {
        Ok(Self(typed))
    }
}

impl Typed {
    fn has_secrets(text: &str) -> bool {
        Form::values(text).any(|field| {
            let name = field.name.source().as_str();
            name != "csrf" && NEVER_PUT_BACK.contains(&name)
        })
    }

    fn of(text: &str) -> Option<Vec<(String, String)>> {
        let typed = Form::<Self>::parse_encoded(RawStr::new(text)).ok()?;
        Some(typed.0)
    }
}

/// A form of ours as it came, for the page that says why it came to nothing.
struct Sent(OnceLock<String>);

/// What was typed into the form of this request, to be sent once more. Nothing of a form with a
/// password or a code: without it, sending again is a failure more.
pub(super) fn typed(request: &Request<'_>) -> Vec<(String, String)> {
    let sent = request.local_cache(|| Sent(OnceLock::new()));
    sent.0
        .get()
        .filter(|text| !Typed::has_secrets(text))
        .and_then(|text| Typed::of(text))
        .unwrap_or_default()
}

/// Two parts of one page that share a form: each takes its own fields.
pub(super) struct Both<A, B>(pub(super) A, pub(super) B);

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
    let text = read_own(request, data).await?;
    let text = request
        .local_cache(|| Sent(OnceLock::new()))
        .0
        .get_or_init(|| text);
    let token = Form::<Token>::parse_encoded(RawStr::new(text)).map_err(|_| foreign())?;
    let matches: bool = token.csrf.as_bytes().ct_eq(visitor.csrf.as_bytes()).into();
    if !matches {
        return Err(Failure::stale(Typed::of(text).ok_or_else(foreign)?));
    }
    Form::<T>::parse_encoded(RawStr::new(text))
        .map(SafeForm)
        .map_err(|_| Failure::malformed())
}

fn foreign() -> Failure {
    Failure::because(Status::Forbidden, Phrase::new("failure-foreign"))
}

/// The text of a form that a page of this site sent.
async fn read_own(request: &Request<'_>, data: Data<'_>) -> Result<String, Failure> {
    if !is_same_origin(request) {
        return Err(foreign());
    }
    if !request.content_type().is_some_and(|kind| kind.is_form()) {
        return Err(Failure::status(Status::UnsupportedMediaType));
    }
    // A table is longer than anything that is typed.
    let name = match request.uri().path().as_str() {
        super::import::PATH => "table",
        _ => "form",
    };
    let limit = request.limits().get(name).unwrap_or_default();
    read_text(data, limit).await
}

/// What somebody typed who is not signed in any more.
pub(super) struct Stranded(pub(super) Vec<(String, String)>);

#[rocket::async_trait]
impl<'r> FromData<'r> for Stranded {
    type Error = ();

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> DataOutcome<'r, Self> {
        match read_own(request, data).await {
            Ok(text) => DataOutcome::Success(Self(Typed::of(&text).unwrap_or_default())),
            Err(failure) => {
                let status = failure.status;
                failure.remember(request);
                DataOutcome::Error((status, ()))
            }
        }
    }
}

/// What is beyond the limit is read as well, up to this many times of it, and dropped: a browser that
/// is still sending does not hear an answer.
const PATIENCE: u64 = 32;

async fn read_text(data: Data<'_>, limit: ByteUnit) -> Result<String, Failure> {
    let bad = |_| Failure::status(Status::BadRequest);
    let most = limit.as_u64();
    let mut stream = data.open(ByteUnit::Byte(most.saturating_mul(PATIENCE)));
    let mut octets = Vec::new();
    (&mut stream)
        .take(most + 1)
        .read_to_end(&mut octets)
        .await
        .map_err(bad)?;
    if octets.len() as u64 > most {
        tokio::io::copy(&mut stream, &mut tokio::io::sink())
            .await
            .map_err(bad)?;
        return Err(Failure::status(Status::PayloadTooLarge));
    }
    String::from_utf8(octets).map_err(|_| Failure::status(Status::BadRequest))
}

/// The browser's own word on where the request comes from: `Sec-Fetch-Site`, else `Origin`.
fn is_same_origin(request: &Request<'_>) -> bool {
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
pub(super) struct Press {
    #[field(name = "csrf", default = String::new())]
    _token: String,
    #[field(default = String::new())]
    pub(super) version: String,
}
