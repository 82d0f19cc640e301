//! The language switch.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::post;
use rocket::response::Redirect;

use super::sign_in::local_path;
use crate::actions;
use crate::domain::accounts::user::Language;
use crate::web::http::failure::Failure;
use crate::web::http::safe_form::SafeForm;
use crate::web::http::visitor;
use crate::web::http::visitor::Visitor;

#[derive(FromForm)]
pub(in crate::web) struct LanguageForm {
    #[field(default = String::new())]
    lang: String,
    #[field(default = String::new())]
    back: String,
}

#[post("/language", data = "<form>")]
pub(in crate::web) async fn set(
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
