//! When there is no page to show: what happened, said in the reader's language, with the right
//! status.

use parking_lot::Mutex;
use rocket::http::{ContentType, Header, Method, Status};
use rocket::request::{FromRequest as _, Outcome, Request};
use rocket::response::{self, Redirect, Responder, Response};
use rocket::{catch, post, uri};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::front;
use super::safe_form::{self, Stranded};
use super::stale;
use super::visitor::{self, Visitor};
use crate::actions::{ActionError, Changed};
use crate::domain::Millis;
use crate::domain::phrase::{Arg, Phrase};
use crate::recurring::Recurring;
use crate::store::StoreError;
use crate::web::ui::layout;
use crate::web::ui::layout::Section;

/// What failed pages last, for the log.
static FAILED: Recurring = Recurring::new();

/// Why there is no page.
#[derive(Debug, Clone)]
pub(in crate::web) struct Failure {
    pub(in crate::web) status: Status,
    phrase: Option<Phrase>,
    /// After so many milliseconds it may be tried again.
    retry_after: Option<Millis>,
    /// What was typed, to be sent once more from the page that is shown.
    typed: Typed,
    /// The page was older than what it is about: what is asked.
    question: Option<Box<Changed>>,
}

/// What was typed into a form that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) enum Typed {
    /// Nothing that could be kept.
    Nothing,
    /// Names and values, as they are to be sent once more.
    Kept(Vec<(String, String)>),
    /// More than is kept (`front::MOST_FIELDS`, `front::MOST_KEPT`).
    TooMuch,
}

impl Typed {
    pub(in crate::web) fn of(fields: Vec<(String, String)>) -> Self {
        if fields.is_empty() {
            Self::Nothing
        } else {
            Self::Kept(fields)
        }
    }

    /// Everything that was typed; `None` where that is more than is kept.
    fn fields(self) -> Option<Vec<(String, String)>> {
        match self {
            Self::Nothing => Some(Vec::new()),
            Self::Kept(fields) => Some(fields),
            Self::TooMuch => None,
        }
    }

    /// The same without a field that nobody typed.
    fn without(self, name: &str) -> Self {
        match self {
            Self::Kept(mut fields) => {
                fields.retain(|(known, _)| known != name);
                Self::of(fields)
            }
            other => other,
        }
    }
}

impl Failure {
    pub(in crate::web) const fn status(status: Status) -> Self {
        Self {
            status,
            phrase: None,
            retry_after: None,
            typed: Typed::Nothing,
            question: None,
        }
    }

    /// Others are being served; after `wait` milliseconds it may be tried again.
    pub(in crate::web) fn busy(wait: Millis) -> Self {
        Self {
            retry_after: Some(wait),
            ..Self::because(Status::ServiceUnavailable, Phrase::new("failure-busy"))
        }
    }

    /// Asked for too often.
    pub(in crate::web) fn throttled(wait: Millis) -> Self {
        Self {
            phrase: Some(throttled(wait)),
            retry_after: Some(wait),
            ..Self::status(Status::TooManyRequests)
        }
    }

    pub(in crate::web) const fn because(status: Status, phrase: Phrase) -> Self {
        Self {
            status,
            phrase: Some(phrase),
            retry_after: None,
            typed: Typed::Nothing,
            question: None,
        }
    }

    /// A page from before one signed in anew: what was typed there is offered again.
    pub(in crate::web) fn stale(typed: Typed) -> Self {
        Self {
            typed,
            ..Self::because(Status::Forbidden, Phrase::new("failure-token"))
        }
    }

    /// A form of somebody who is not signed in any more. With nothing typed there is nothing to keep.
    pub(in crate::web) fn signed_out(typed: Typed) -> Self {
        Self {
            typed,
            ..Self::status(Status::Unauthorized)
        }
    }

    /// A form that no page of ours sends.
    pub(in crate::web) const fn malformed() -> Self {
        Self::because(Status::UnprocessableEntity, Phrase::new("failure-400-text"))
    }

    pub(in crate::web) const fn not_found() -> Self {
        Self::status(Status::NotFound)
    }

    /// Keeps it for the page that will be shown.
    pub(in crate::web) fn remember(self, request: &Request<'_>) {
        *request
            .local_cache(|| Remembered(Mutex::new(None)))
            .0
            .lock() = Some(self);
    }
}

struct Remembered(Mutex<Option<Failure>>);

/// Where a form ends up whose sender is not signed in any more: it is not thrown away.
#[post("/<_..>", data = "<form>", rank = 100)]
pub(in crate::web) fn strand(_stranger: visitor::Stranger, form: Stranded) -> Failure {
    Failure::signed_out(form.0)
}

/// What is said to whoever asks too often.
pub(in crate::web) fn throttled(wait: Millis) -> Phrase {
    Phrase {
        key: "error-throttled",
        args: vec![("wait", Arg::Span(wait))],
    }
}

/// Whole seconds for `Retry-After` (RFC 9110 §10.2.3), rounded up.
pub(in crate::web) fn retry_after(wait: Millis) -> Header<'static> {
    Header::new("Retry-After", ((wait + 999) / 1_000).max(1).to_string())
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let status = match error {
            StoreError::SearchTooLong(_) => Status::UnprocessableEntity,
            _ => Status::ServiceUnavailable,
        };
        if error.trouble().is_some() {
            // The store says so itself, when it begins and when it ends.
            tracing::debug!(%error, "the database failed a page");
        } else if !error.is_askers()
            && let Some(times) = FAILED.is_so(&error.kind())
        {
            tracing::error!(%error, times, "the database failed a page");
        }
        Self {
            retry_after: error.retry_after(),
            ..Self::because(status, error.phrase())
        }
    }
}

impl From<ActionError> for Failure {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::NotFound => Self::not_found(),
            ActionError::Forbidden => {
                Self::because(Status::Forbidden, Phrase::new("refused-forbidden"))
            }
            ActionError::Refused(phrase) | ActionError::NothingToSend(phrase) => {
                Self::because(Status::Conflict, phrase)
            }
            ActionError::Changed(changed) => Self {
                question: Some(changed),
                ..Self::status(Status::Conflict)
            },
            ActionError::Throttled(wait) => Self::throttled(wait),
            // Forms show these at their fields; here nobody looked.
            ActionError::Invalid(_) => Self::malformed(),
            ActionError::Interrupted(interrupted) => Self {
                phrase: Some(interrupted.done),
                ..interrupted.error.into()
            },
            ActionError::Store(error) => error.into(),
        }
    }
}

impl<'r> Responder<'r, 'static> for Failure {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let status = self.status;
        self.remember(request);
        Err(status)
    }
}

#[derive(Serialize)]
struct ErrorPage {
    code: u16,
    title: String,
    text: String,
    home: bool,
    typed: Vec<(String, String)>,
    /// Why what was typed is not there.
    lost: Option<String>,
    action: String,
}

/// What was kept of the failure, if it was one of ours.
fn remembered(request: &Request<'_>) -> Option<Failure> {
    request
        .local_cache(|| Remembered(Mutex::new(None)))
        .0
        .lock()
        .clone()
}

/// Every error page. Whoever is not signed in is led to do that.
#[catch(default)]
pub(in crate::web) async fn catch(status: Status, request: &Request<'_>) -> Result<Caught, Status> {
    // No error: the page is as the browser has it (`validators`).
    if status == Status::NotModified {
        return Ok(Caught::Unchanged);
    }
    let Outcome::Success(visitor) = Visitor::from_request(request).await else {
        return Ok(for_a_stranger(status, request).await);
    };
    let mut failure = remembered(request).unwrap_or_else(|| Failure::status(status));
    if status == Status::Unauthorized && failure.typed == Typed::Nothing {
        // Whoever signs in comes to the start page by themselves.
        let next = Some(visitor.path.as_str())
            .filter(|_| matches!(request.method(), Method::Get | Method::Head))
            .filter(|path| *path != "/" && path.len() <= crate::web::accounts::sign_in::MOST_NEXT);
        return Ok(Caught::SignIn(Redirect::to(uri!(
            crate::web::accounts::sign_in::form(next = next)
        ))));
    }
    if let Some(changed) = &failure.question
        && let Some(fields) = safe_form::typed(request).fields()
        && let Ok(page) = stale::question(&visitor, changed, fields).await
    {
        return Ok(Caught::Page(status, page, None));
    }
    // What passes, or is mended elsewhere: what was typed meanwhile waits here.
    if matches!(status.code, 409 | 429 | 500 | 503) && failure.typed == Typed::Nothing {
        // A number that the page itself had put there is nothing that anybody typed.
        failure.typed = safe_form::typed(request).without("delivery");
    }
    match page(&visitor, status, failure).await {
        Ok(caught) => Ok(caught),
        // What every page has round it could not be read.
        Err(failure) => {
            failure.remember(request);
            Ok(for_a_stranger(status, request).await)
        }
    }
}

/// Without a database there is nobody to recognise; what happened can be said all the same.
async fn for_a_stranger(status: Status, request: &Request<'_>) -> Caught {
    let failure = remembered(request).unwrap_or_else(|| Failure::status(status));
    let status = failure.status;
    let Some(visitor) = Visitor::stranger(request) else {
        return Caught::Plain(status, plain(status));
    };
    page(&visitor, status, failure)
        .await
        .unwrap_or_else(|_| Caught::Plain(status, plain(status)))
}

async fn page(visitor: &Visitor, status: Status, failure: Failure) -> Result<Caught, Failure> {
    let (phrase, typed, wait) = (failure.phrase, failure.typed, failure.retry_after);
    // Rocket's word for an address whose number is none: there is no such page.
    let status = if status == Status::UnprocessableEntity && phrase.is_none() {
        Status::NotFound
    } else {
        status
    };
    let key = match status.code {
        401 => "401",
        408 => "408",
        403 => "403",
        404 | 405 => "404",
        409 => "409",
        413 => "413",
        429 => "429",
        400 | 415 | 422 => "400",
        503 => "503",
        _ => "500",
    };
    let reader = &visitor.reader;
    let page = ErrorPage {
        code: status.code,
        title: reader.text(&format!("failure-{key}")),
        text: phrase.map_or_else(
            || reader.text(&format!("failure-{key}-text")),
            |phrase| reader.say(&phrase),
        ),
        home: !matches!(typed, Typed::Kept(_)),
        lost: (typed == Typed::TooMuch).then(|| {
            let most = Phrase::new("failure-too-much-to-keep").with("fields", front::MOST_FIELDS);
            reader.say(&most.with("size", front::MOST_KEPT / 1_024))
        }),
        typed: match typed {
            Typed::Kept(fields) => fields,
            Typed::Nothing | Typed::TooMuch => Vec::new(),
        },
        action: visitor.path.clone(),
    };
    let template = layout::render(visitor, Section::None, "error.html", page).await?;
    Ok(Caught::Page(status, template, wait))
}

fn plain(status: Status) -> String {
    format!("{status}\n\nmailapp: the database does not answer. / База данных не отвечает.\n")
}

pub(in crate::web) enum Caught {
    SignIn(Redirect),
    Page(Status, Template, Option<Millis>),
    Plain(Status, String),
    Unchanged,
}

impl<'r> Responder<'r, 'static> for Caught {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        match self {
            Self::SignIn(redirect) => redirect.respond_to(request),
            Self::Page(status, template, wait) => {
                let mut response = Response::build_from(template.respond_to(request)?)
                    .status(status)
                    .finalize();
                if let Some(wait) = wait {
                    response.set_header(retry_after(wait));
                }
                Ok(response)
            }
            Self::Unchanged => Response::build().status(Status::NotModified).ok(),
            Self::Plain(status, text) => Response::build_from(text.respond_to(request)?)
                .header(ContentType::Plain)
                .status(status)
                .ok(),
        }
    }
}
