//! Making an account: asking for it, asking again, and choosing a password behind the letter's link.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::sign_in::end_old_session;
use crate::actions;
use crate::actions::{ActionError, Registrant};
use crate::domain::accounts::token::{Purpose, Token};
use crate::domain::phrase::Phrase;
use crate::web::http::failure::Failure;
use crate::web::http::forms::Saved;
use crate::web::http::safe_form::SafeForm;
use crate::web::http::visitor;
use crate::web::http::visitor::{Visitor, leave_notice};
use crate::web::ui::form_page::{FormPage, Nothing};
use crate::web::ui::layout::Section;

const PAGE: &str = "auth/register.html";
const AGAIN: &str = "auth/again.html";
const CONFIRM: &str = "auth/confirm.html";

/// `templates/auth/register.html`
#[derive(Serialize)]
struct RegisterPage {
    open: bool,
}

fn page(visitor: &Visitor) -> FormPage<RegisterPage> {
    let more = RegisterPage {
        open: visitor.app.is_registration_open(),
    };
    FormPage::new(&["email", "name"], more)
}

#[get("/register")]
pub(in crate::web) async fn form(visitor: Visitor) -> Result<Template, Failure> {
    page(&visitor).show(&visitor, Section::None, PAGE).await
}

#[derive(FromForm)]
pub(in crate::web) struct RegisterForm {
    #[field(default = String::new())]
    email: String,
    #[field(default = String::new())]
    name: String,
    #[field(default = String::new())]
    time_zone: String,
}

#[post("/register", data = "<form>")]
pub(in crate::web) async fn submit(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    form: SafeForm<RegisterForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    let draft = Registrant {
        email: form.email.clone(),
        name: form.name.clone(),
        language: visitor.reader.language,
        time_zone: form.time_zone,
    };
    match actions::register(&visitor.app, &visitor.actor(), draft).await {
        Ok(()) => Ok(letter_sent(&visitor, jar, "notice-registered", &form.email)),
        Err(error) => {
            page(&visitor)
                .with("email", form.email)
                .with("name", form.name)
                .again(&visitor, Section::None, PAGE, error)
                .await
        }
    }
}

/// To the sign-in page, which says that a letter is on its way, whether one is or not.
pub(in crate::web) fn letter_sent(
    visitor: &Visitor,
    jar: &CookieJar<'_>,
    key: &'static str,
    email: &str,
) -> Saved {
    let mut said = visitor
        .reader
        .say(&Phrase::new(key).with("email", email.trim()));
    if visitor.app.post.is_capture() {
        said.push(' ');
        said.push_str(&visitor.reader.text("letters-stay"));
    }
    leave_notice(&visitor.app, jar, "ok", &said);
    Saved::at("/sign-in".to_owned())
}

#[get("/register/again")]
pub(in crate::web) async fn again_form(visitor: Visitor) -> Result<Template, Failure> {
    FormPage::new(&["email"], Nothing {})
        .show(&visitor, Section::None, AGAIN)
        .await
}

#[derive(FromForm)]
pub(in crate::web) struct EmailForm {
    #[field(default = String::new())]
    pub(in crate::web) email: String,
}

#[post("/register/again", data = "<form>")]
pub(in crate::web) async fn again(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    form: SafeForm<EmailForm>,
) -> Result<Saved, Failure> {
    let SafeForm(EmailForm { email }) = form;
    let language = visitor.reader.language;
    let asked =
        actions::ask_for_confirmation(&visitor.app, &visitor.actor(), &email, language).await;
    match asked {
        Ok(()) => Ok(letter_sent(&visitor, jar, "notice-asked-again", &email)),
        Err(error) => {
            FormPage::new(&["email"], Nothing {})
                .with("email", email)
                .again(&visitor, Section::None, AGAIN, error)
                .await
        }
    }
}

/// What a page behind a letter's link is about.
#[derive(Serialize)]
pub(in crate::web) struct LinkPage {
    pub(in crate::web) token: String,
    /// Whether the link is still good.
    pub(in crate::web) good: bool,
}

/// Looks at a link without using it up.
pub(in crate::web) async fn look(
    visitor: &Visitor,
    token: &str,
    purpose: Purpose,
) -> Result<LinkPage, Failure> {
    let good = match Token::parse(token) {
        Some(token) => actions::is_good(&visitor.app, &token, purpose).await?,
        None => false,
    };
    Ok(LinkPage {
        token: token.to_owned(),
        good,
    })
}

/// A link that is good no longer.
pub(in crate::web) fn dead(token: &str) -> LinkPage {
    LinkPage {
        token: token.to_owned(),
        good: false,
    }
}

#[get("/confirm/<token>")]
pub(in crate::web) async fn confirm_form(
    visitor: Visitor,
    token: &str,
) -> Result<Template, Failure> {
    choose(&visitor, token, Purpose::Confirm, CONFIRM).await
}

#[derive(FromForm)]
pub(in crate::web) struct PasswordForm {
    #[field(default = String::new())]
    pub(in crate::web) password: String,
}

#[post("/confirm/<token>", data = "<form>")]
pub(in crate::web) async fn confirm(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    token: &str,
    form: SafeForm<PasswordForm>,
) -> Result<Saved, Failure> {
    let SafeForm(PasswordForm { password }) = form;
    let app = &visitor.app;
    let confirmed = match Token::parse(token) {
        Some(token) => actions::confirm(app, visitor.origin.clone(), &token, &password).await,
        None => Err(ActionError::NotFound),
    };
    match confirmed {
        Ok(signed_in) => {
            end_old_session(&visitor).await?;
            visitor::open_session(app, jar, signed_in);
            leave_notice(app, jar, "ok", &visitor.reader.text("notice-confirmed"));
            Ok(Saved::at("/".to_owned()))
        }
        Err(error) => choose_again(&visitor, token, Purpose::Confirm, CONFIRM, error).await,
    }
}

/// A page behind a letter's link where a password is chosen.
pub(in crate::web) async fn choose(
    visitor: &Visitor,
    token: &str,
    purpose: Purpose,
    template: &'static str,
) -> Result<Template, Failure> {
    let more = look(visitor, token, purpose).await?;
    FormPage::new(&["password"], more)
        .show(visitor, Section::None, template)
        .await
}

/// The same with what is wrong; or, the link being good no longer, where to get another.
pub(in crate::web) async fn choose_again(
    visitor: &Visitor,
    token: &str,
    purpose: Purpose,
    template: &'static str,
    error: ActionError,
) -> Result<Saved, Failure> {
    if matches!(error, ActionError::NotFound) {
        return FormPage::new(&["password"], dead(token))
            .show(visitor, Section::None, template)
            .await
            .map(Saved::gone);
    }
    let more = look(visitor, token, purpose).await?;
    FormPage::new(&["password"], more)
        .again(visitor, Section::None, template, error)
        .await
}
