//! Error pages: what happened, said in the reader's language, with the right status.

use rocket::catch;
use rocket::http::{ContentType, Method, Status};
use rocket::request::{FromRequest as _, Outcome, Request};
use rocket::response::{self, Redirect, Responder, Response};
use rocket::uri;
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::accounts::sign_in;
use super::http::failure::{Failure, Typed, remembered, retry_after};
use super::http::front::{MOST_FIELDS, MOST_KEPT};
use super::http::safe_form;
use super::http::visitor::Visitor;
use super::ui::layout::{self, Section};
use super::ui::stale;
use crate::domain::Millis;
use crate::domain::phrase::Phrase;

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
            .filter(|path| *path != "/" && path.len() <= sign_in::MOST_NEXT);
        return Ok(Caught::SignIn(Redirect::to(uri!(sign_in::form(
            next = next
        )))));
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
            let most = Phrase::new("failure-too-much-to-keep").with("fields", MOST_FIELDS);
            reader.say(&most.with("size", MOST_KEPT / 1_024))
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
