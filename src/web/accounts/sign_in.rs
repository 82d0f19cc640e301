//! Signing in, in one step or two, and out.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{get, post, uri};
use serde::Serialize;

use crate::actions;
use crate::actions::{ActionError, NextStep, SignIn};
use crate::app::App;
use crate::web::http::failure::Failure;
use crate::web::http::forms::Saved;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor;
use crate::web::http::visitor::{Key, Visitor, leave_notice};
use crate::web::ui::form_page::FormPage;
use crate::web::ui::layout::Section;

const PAGE: &str = "auth/sign_in.html";
const SECOND: &str = "auth/second_step.html";

/// `templates/auth/sign_in.html`
#[derive(Serialize)]
struct SignInPage {
    registration: bool,
}

fn page(visitor: &Visitor, email: &str, next: &str) -> FormPage<SignInPage> {
    let more = SignInPage {
        registration: visitor.app.is_registration_open(),
    };
    FormPage::new(&["email", "password", "next"], more)
        .with("email", email)
        .with("next", local_path(next).unwrap_or_default())
}

/// Longest address to come back to, in octets.
pub(in crate::web) const MOST_NEXT: usize = 1_024;

/// A path of ours, and nothing that a browser could take for another site.
pub(in crate::web) fn local_path(path: &str) -> Option<String> {
    let is_local = path.len() <= MOST_NEXT
        && path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\n', '\r', '\t'])
        && rocket::http::uri::Origin::parse(path).is_ok();
    is_local.then(|| path.to_owned())
}

#[get("/sign-in?<next>")]
pub(in crate::web) async fn form(visitor: Visitor, next: Option<&str>) -> Result<Saved, Failure> {
    if visitor.user.is_some() {
        return Ok(Saved::at("/".to_owned()));
    }
    page(&visitor, "", next.unwrap_or_default())
        .show(&visitor, Section::None, PAGE)
        .await
        .map(Saved::same)
}

#[derive(FromForm)]
pub(in crate::web) struct SignInForm {
    #[field(default = String::new())]
    email: String,
    #[field(default = String::new())]
    password: String,
    #[field(default = String::new())]
    next: String,
}

#[post("/sign-in", data = "<form>")]
pub(in crate::web) async fn submit(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    form: SafeForm<SignInForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    let app = &visitor.app;
    let attempt = SignIn {
        email: form.email.clone(),
        password: form.password,
        origin: visitor.origin.clone(),
    };
    match actions::sign_in(app, attempt).await {
        Ok(NextStep::In(signed_in)) => {
            end_old_session(&visitor).await?;
            visitor::open_session(app, jar, signed_in);
            Ok(Saved::at(onward(&form.next)))
        }
        Ok(NextStep::Code(token)) => {
            Key::Halfway.give(app, jar, token.text());
            let next = local_path(&form.next);
            Ok(Saved::Done(Box::new(Redirect::to(uri!(second_form(
                next = next.as_deref()
            ))))))
        }
        Err(error) => {
            page(&visitor, &form.email, &form.next)
                .again(&visitor, Section::None, PAGE, error)
                .await
        }
    }
}

fn onward(next: &str) -> String {
    local_path(next).unwrap_or_else(|| "/".to_owned())
}

/// Whoever signs in anew in a browser, or chooses a password by a letter, leaves the session that it
/// had.
pub(in crate::web) async fn end_old_session(visitor: &Visitor) -> Result<(), Failure> {
    if let Some(old) = &visitor.token {
        actions::sign_out(&visitor.app, &visitor.actor(), old).await?;
    }
    Ok(())
}

/// `templates/auth/second_step.html`
#[derive(Serialize)]
struct SecondPage {
    email: String,
}

#[get("/second-step?<next>")]
pub(in crate::web) async fn second_form(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    next: Option<&str>,
) -> Result<Saved, Failure> {
    match halfway(&visitor, jar).await? {
        None => Ok(Saved::at("/sign-in".to_owned())),
        Some(email) => FormPage::new(&["code", "next"], SecondPage { email })
            .with("next", next.and_then(local_path).unwrap_or_default())
            .show(&visitor, Section::None, SECOND)
            .await
            .map(Saved::same),
    }
}

async fn halfway(visitor: &Visitor, jar: &CookieJar<'_>) -> Result<Option<String>, Failure> {
    let Some(token) = Key::Halfway.token(&visitor.app, jar) else {
        return Ok(None);
    };
    let user = actions::halfway(&visitor.app, &token).await?;
    Ok(user.map(|user| user.email))
}

#[derive(FromForm)]
pub(in crate::web) struct CodeForm {
    #[field(default = String::new())]
    code: String,
    #[field(default = String::new())]
    next: String,
}

#[post("/second-step", data = "<form>")]
pub(in crate::web) async fn second_submit(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    form: SafeForm<CodeForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    let app = &visitor.app;
    let too_late = || {
        leave_notice(app, jar, "error", &visitor.reader.text("second-step-late"));
        Saved::at("/sign-in".to_owned())
    };
    let Some(token) = Key::Halfway.token(app, jar) else {
        return Ok(too_late());
    };
    match actions::second_step(app, visitor.origin.clone(), &token, &form.code).await {
        Ok(signed_in) => {
            end_old_session(&visitor).await?;
            visitor::open_session(app, jar, signed_in);
            Ok(Saved::at(onward(&form.next)))
        }
        Err(ActionError::NotFound) => Ok(too_late()),
        Err(error) => {
            let email = halfway(&visitor, jar).await?.unwrap_or_default();
            FormPage::new(&["code", "next"], SecondPage { email })
                .with("next", local_path(&form.next).unwrap_or_default())
                .again(&visitor, Section::None, SECOND, error)
                .await
        }
    }
}

/// The sign-in page, with nothing of what was seen left in the browser (`headers`).
pub(in crate::web) fn signed_out(app: &App, jar: &CookieJar<'_>) -> Redirect {
    visitor::close_session(app, jar);
    Redirect::to("/sign-in")
}

#[post("/sign-out", data = "<_press>")]
pub(in crate::web) async fn sign_out(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    _press: SafeForm<Press>,
) -> Result<Redirect, Failure> {
    let halfway = Key::Halfway.token(&visitor.app, jar);
    for token in [visitor.token, halfway].into_iter().flatten() {
        actions::sign_out(&visitor.app, &visitor.actor(), &token).await?;
    }
    Ok(signed_out(&visitor.app, jar))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_paths_are_gone_to() {
        assert!(local_path("/mailings/1?x=1").is_some());
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\\evil",
            "",
            "mailings",
        ] {
            assert_eq!(local_path(foreign), None, "{foreign}");
        }
    }
}
