//! The language switch.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::post;
use rocket::response::Redirect;

use super::failure::Failure;
use super::safe_form::SafeForm;
use super::sign_in::local_path;
use super::visitor::{self, Visitor};
use crate::actions;
use crate::domain::user::Language;

#[derive(FromForm)]
pub(super) struct LanguageForm {
    #[field(default = String::new())]
    lang: String,
    #[field(default = String::new())]
    back: String,
}

#[post("/language", data = "<form>")]
pub(super) async fn set(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    form: SafeForm<LanguageForm>,
) -> Result<Redirect, Failure> {
    let SafeForm(form) = form;
    if let Some(language) = Language::by_code(&form.lang) {
        if visitor.user.is_some() {
            actions::set_language(&visitor.app, &visitor.actor(), language).await?;
        }
        visitor::remember_language(&visitor.app, jar, language);
    }
    Ok(Redirect::to(
        local_path(&form.back).unwrap_or_else(|| "/".to_owned()),
    ))
}
