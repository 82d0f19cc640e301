//! The second step of signing in: turning it on and off, codes on paper.

use qrcodegen::{QrCode, QrCodeEcc};
use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::response::Redirect;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::register::PasswordForm;
use crate::actions;
use crate::store::accounts::second_factors;
use crate::web::http::failure::Failure;
use crate::web::http::forms::Saved;
use crate::web::http::safe_form::SafeForm;
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::form_page::FormPage;
use crate::web::ui::layout::Section;

const PAGE: &str = "account/two_factor.html";
const PATH: &str = "/account/two-factor";

/// A picture for an authenticator's camera.
#[derive(Serialize)]
struct Picture {
    /// Modules on a side, the quiet zone included.
    side: i32,
    /// SVG path data: a square for every dark module.
    path: String,
}

/// The light border that a reader needs (ISO/IEC 18004 §6.3.8).
const QUIET: i32 = 4;

impl Picture {
    fn of(text: &str) -> Option<Self> {
        use std::fmt::Write as _;
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
                _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
        Some(Self {
            side: code.size() + 2 * QUIET,
            path,
        })
    }
}

/// A secret that is to be proved.
#[derive(Serialize)]
struct Proposal {
    text: String,
    url: String,
    picture: Option<Picture>,
}

/// `templates/account/two_factor.html`
#[derive(Serialize)]
struct TwoFactorPage {
    on: bool,
    proposal: Option<Proposal>,
    codes_left: i64,
    /// Codes that are shown this once.
    codes: Vec<String>,
}

async fn page(me: &SignedIn, codes: Vec<String>) -> Result<FormPage<TwoFactorPage>, Failure> {
    let id = me.user.id;
    let codes_left = me
        .app()
        .store
        .read(move |c| second_factors::count_recovery_codes(c, id))
        .await?;
    let proposed = actions::proposed_secret(me.app(), &me.actor(), me.visitor.session).await?;
    let more = TwoFactorPage {
        on: me.user.two_factor || !codes.is_empty(),
        proposal: proposed.map(|secret| {
            let url = secret.url(&me.user.email);
            Proposal {
                text: secret.text(),
                picture: Picture::of(&url),
                url,
            }
        }),
        codes_left,
        codes,
    };
    Ok(FormPage::new(&["code", "password"], more))
}

#[get("/account/two-factor")]
pub(in crate::web) async fn show(me: SignedIn) -> Result<Template, Failure> {
    let page = page(&me, Vec::new()).await?;
    page.show(&me.visitor, Section::Account, PAGE).await
}

/// The addresses of its forms, opened by somebody who reloads or changes the language there.
#[get("/account/two-factor/<_>")]
pub(in crate::web) fn step(_me: SignedIn) -> Redirect {
    Redirect::to(PATH)
}

#[post("/account/two-factor/start", data = "<form>")]
pub(in crate::web) async fn start(
    me: SignedIn,
    form: SafeForm<PasswordForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    let session = me.visitor.session;
    match actions::start_two_factor(me.app(), &me.actor(), session, form.password).await {
        Ok(()) => Ok(Saved::at(PATH.to_owned())),
        Err(error) => codes_or_again(&me, Err(error)).await,
    }
}

#[derive(FromForm)]
pub(in crate::web) struct CodeForm {
    #[field(default = String::new())]
    code: String,
}

/// Shows codes once, or the form again.
async fn codes_or_again(
    me: &SignedIn,
    codes: Result<Vec<String>, actions::ActionError>,
) -> Result<Saved, Failure> {
    match codes {
        Ok(codes) => page(me, codes)
            .await?
            .show(&me.visitor, Section::Account, PAGE)
            .await
            .map(Saved::same),
        Err(error) => {
            let page = page(me, Vec::new()).await?;
            page.again(&me.visitor, Section::Account, PAGE, error).await
        }
    }
}

#[post("/account/two-factor/confirm", data = "<form>")]
pub(in crate::web) async fn confirm(
    me: SignedIn,
    form: SafeForm<CodeForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    let session = me.visitor.session;
    let codes = actions::confirm_two_factor(me.app(), &me.actor(), session, &form.code).await;
    codes_or_again(&me, codes).await
}

#[post("/account/two-factor/codes", data = "<form>")]
pub(in crate::web) async fn codes(
    me: SignedIn,
    form: SafeForm<PasswordForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    let codes = actions::renew_recovery_codes(me.app(), &me.actor(), form.password).await;
    codes_or_again(&me, codes).await
}

#[post("/account/two-factor/off", data = "<form>")]
pub(in crate::web) async fn off(
    me: SignedIn,
    jar: &CookieJar<'_>,
    form: SafeForm<PasswordForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    match actions::turn_two_factor_off(me.app(), &me.actor(), form.password).await {
        Ok(()) => {
            leave_notice(
                me.app(),
                jar,
                "ok",
                &me.reader().text("notice-two-factor-off"),
            );
            Ok(Saved::at(PATH.to_owned()))
        }
        Err(error) => codes_or_again(&me, Err(error)).await,
    }
}
