//! A forgotten password: asking for a letter, and choosing a new one behind its link.

use rocket::http::CookieJar;
use rocket::{get, post};
use rocket_dyn_templates::Template;

use super::register::{EmailForm, PasswordForm, choose, choose_again, letter_sent};
use super::sign_in::end_old_session;
use crate::actions::{self, ActionError};
use crate::domain::accounts::token::{Purpose, Token};
use crate::web::http::failure::Failure;
use crate::web::http::forms::Saved;
use crate::web::http::safe_form::SafeForm;
use crate::web::http::visitor;
use crate::web::http::visitor::{Visitor, leave_notice};
use crate::web::ui::form_page::{FormPage, Nothing};
use crate::web::ui::layout::Section;

const PAGE: &str = "auth/recover.html";
const NEW: &str = "auth/new_password.html";

#[get("/recover")]
pub(in crate::web) async fn form(visitor: Visitor) -> Result<Template, Failure> {
    FormPage::new(&["email"], Nothing {})
        .show(&visitor, Section::None, PAGE)
        .await
}

#[post("/recover", data = "<form>")]
pub(in crate::web) async fn submit(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    form: SafeForm<EmailForm>,
) -> Result<Saved, Failure> {
    let SafeForm(EmailForm { email }) = form;
    let language = visitor.reader.language;
    let asked = actions::ask_for_recovery(&visitor.app, &visitor.actor(), &email, language).await;
    match asked {
        Ok(()) => Ok(letter_sent(&visitor, jar, "notice-recovery", &email)),
        Err(error) => {
            FormPage::new(&["email"], Nothing {})
                .with("email", email)
                .again(&visitor, Section::None, PAGE, error)
                .await
        }
    }
}

#[get("/recover/<token>")]
pub(in crate::web) async fn new_password_form(
    visitor: Visitor,
    token: &str,
) -> Result<Template, Failure> {
    choose(&visitor, token, Purpose::Recover, NEW).await
}

#[post("/recover/<token>", data = "<form>")]
pub(in crate::web) async fn new_password(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    token: &str,
    form: SafeForm<PasswordForm>,
) -> Result<Saved, Failure> {
    let SafeForm(PasswordForm { password }) = form;
    let app = &visitor.app;
    let recovered = match Token::parse(token) {
        Some(token) => actions::recover(app, &visitor.actor(), &token, &password).await,
        None => Err(ActionError::NotFound),
    };
    match recovered {
        Ok(()) => {
            end_old_session(&visitor).await?;
            visitor::close_session(app, jar);
            leave_notice(app, jar, "ok", &visitor.reader.text("notice-recovered"));
            Ok(Saved::at("/sign-in".to_owned()))
        }
        Err(error) => choose_again(&visitor, token, Purpose::Recover, NEW, error).await,
    }
}
