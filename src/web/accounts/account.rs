//! One's own account: profile, password, address, and the end of it.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::register::{LinkPage, dead, look};
use super::sign_in::signed_out;
use crate::actions;
use crate::actions::{ActionError, Changed, Target};
use crate::domain::accounts::account::Profile;
use crate::domain::accounts::token::{Purpose, Token};
use crate::domain::accounts::user::{Language, Theme, User};
use crate::domain::phrase::Phrase;
use crate::i18n::Reader;
use crate::store::accounts::users;
use crate::store::db::versions::Versioned;
use crate::web::http::failure::Failure;
use crate::web::http::forms::Saved;
use crate::web::http::safe_form::{Press, SafeForm};
use crate::web::http::visitor;
use crate::web::http::visitor::{SignedIn, Visitor, forget_language, leave_notice};
use crate::web::ui::form_page::{FormPage, Nothing};
use crate::web::ui::layout;
use crate::web::ui::layout::Section;
use crate::web::ui::stale::Conflict;

const PROFILE: &str = "account/profile.html";
const PASSWORD: &str = "account/password.html";
const EMAIL: &str = "account/email.html";
const DELETE: &str = "account/delete.html";
const CHANGE: &str = "auth/change_email.html";

/// Something that can be chosen from a list.
#[derive(Serialize)]
struct Choice {
    value: String,
    text: String,
}

/// `templates/account/profile.html`
#[derive(Serialize)]
struct ProfilePage {
    languages: Vec<Choice>,
    themes: Vec<Choice>,
    zones: Vec<String>,
    service_zone: String,
    conflict: Option<Conflict>,
}

fn profile_page(me: &SignedIn, conflict: Option<Conflict>) -> FormPage<ProfilePage> {
    let reader = me.reader();
    let mut zones: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .collect();
    zones.retain(|zone| zone.contains('/') || zone == "UTC");
    zones.sort();
    let more = ProfilePage {
        languages: Language::ALL
            .map(|language| Choice {
                value: language.code().to_owned(),
                text: language.own_name().to_owned(),
            })
            .into(),
        themes: Theme::ALL
            .map(|theme| Choice {
                value: theme.name().to_owned(),
                text: reader.text(&format!("theme-{}", theme.name())),
            })
            .into(),
        zones,
        service_zone: me.app().config.time_zone.clone(),
        conflict,
    };
    let fields = ["name", "language", "time_zone", "theme", "version"];
    FormPage::new(&fields, more)
}

#[get("/account")]
pub(in crate::web) async fn profile(me: SignedIn) -> Result<Template, Failure> {
    let version = me.version(Versioned::Profile, me.user.id).await?;
    let user = current(&me).await?;
    profile_page(&me, None)
        .with("version", version)
        .with("name", user.name.as_str())
        .with("language", user.language.map_or("", Language::code))
        .with("time_zone", user.time_zone.as_deref().unwrap_or_default())
        .with("theme", user.theme.map_or("", Theme::name))
        .show(&me.visitor, Section::Account, PROFILE)
        .await
}

#[derive(FromForm)]
pub(in crate::web) struct ProfileForm {
    #[field(default = String::new())]
    name: String,
    #[field(default = String::new())]
    language: String,
    #[field(default = String::new())]
    time_zone: String,
    #[field(default = String::new())]
    theme: String,
    #[field(default = String::new())]
    version: String,
}

#[post("/account", data = "<form>")]
pub(in crate::web) async fn update_profile(
    me: SignedIn,
    jar: &CookieJar<'_>,
    form: SafeForm<ProfileForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    let parsed = Profile::parse(&form.name, &form.language, &form.time_zone, &form.theme);
    let mut language = me.reader().language;
    let mut follows_browser = false;
    let updated = match parsed {
        Ok(profile) => {
            follows_browser = profile.language.is_none();
            language = profile.language.unwrap_or(language);
            let target = Target::seen(me.user.id, &form.version);
            actions::update_profile(me.app(), &me.actor(), target, profile).await
        }
        Err(errors) => Err(ActionError::Invalid(errors)),
    };
    match updated {
        Ok(()) => {
            if follows_browser {
                forget_language(me.app(), jar);
            }
            // In the language of the next page.
            let said = Reader::new(language, "UTC").text("notice-saved");
            leave_notice(me.app(), jar, "ok", &said);
            Ok(Saved::at("/account".to_owned()))
        }
        Err(ActionError::Changed(changed)) => both(&me, form, &changed).await,
        Err(error) => {
            profile_page(&me, None)
                .with("version", form.version)
                .with("name", form.name)
                .with("language", form.language)
                .with("time_zone", form.time_zone)
                .with("theme", form.theme)
                .again(&me.visitor, Section::Account, PROFILE, error)
                .await
        }
    }
}

/// One's own account as it is stored; a session may be kept for a while.
async fn current(me: &SignedIn) -> Result<User, Failure> {
    let id = me.user.id;
    me.app()
        .store
        .read(move |c| users::by_id(c, id))
        .await?
        .ok_or_else(Failure::not_found)
}

/// It was changed in another window meanwhile: both are shown, and what was typed is kept.
async fn both(me: &SignedIn, form: ProfileForm, changed: &Changed) -> Result<Saved, Failure> {
    let reader = me.reader();
    let now = current(me).await?;
    let language = |code: &str| {
        Language::by_code(code).map_or_else(
            || reader.text("language-none"),
            |language| language.own_name().to_owned(),
        )
    };
    let theme = |name: &str| match name {
        "" => reader.text("theme-none"),
        name => reader.text(&format!("theme-{name}")),
    };
    let fields = [
        ("your-name", now.name.clone(), form.name.clone()),
        (
            "language",
            language(now.language.map_or("", Language::code)),
            language(&form.language),
        ),
        (
            "time-zone",
            now.time_zone.clone().unwrap_or_default(),
            form.time_zone.clone(),
        ),
        (
            "theme",
            theme(now.theme.map_or("", Theme::name)),
            theme(&form.theme),
        ),
    ];
    let conflict = Conflict::new(&me.visitor, changed, fields);
    profile_page(me, Some(conflict))
        .with("version", changed.version.as_str())
        .with("name", form.name)
        .with("language", form.language)
        .with("time_zone", form.time_zone)
        .with("theme", form.theme)
        .show(&me.visitor, Section::Account, PROFILE)
        .await
        .map(Saved::conflict)
}

#[get("/account/password")]
pub(in crate::web) async fn password(me: SignedIn) -> Result<Template, Failure> {
    FormPage::new(&["old", "password"], Nothing {})
        .show(&me.visitor, Section::Account, PASSWORD)
        .await
}

#[derive(FromForm)]
pub(in crate::web) struct PasswordsForm {
    #[field(default = String::new())]
    old: String,
    #[field(default = String::new())]
    password: String,
}

#[post("/account/password", data = "<form>")]
pub(in crate::web) async fn change_password(
    me: SignedIn,
    jar: &CookieJar<'_>,
    form: SafeForm<PasswordsForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    let origin = me.visitor.origin.clone();
    let changed =
        actions::change_password(me.app(), &me.actor(), origin, form.old, &form.password).await;
    match changed {
        Ok(signed_in) => {
            visitor::open_session(me.app(), jar, signed_in);
            leave_notice(me.app(), jar, "ok", &me.reader().text("notice-password"));
            Ok(Saved::at("/account/password".to_owned()))
        }
        Err(error) => {
            FormPage::new(&["old", "password"], Nothing {})
                .again(&me.visitor, Section::Account, PASSWORD, error)
                .await
        }
    }
}

#[get("/account/email")]
pub(in crate::web) async fn email(me: SignedIn) -> Result<Template, Failure> {
    FormPage::new(&["email", "password"], Nothing {})
        .show(&me.visitor, Section::Account, EMAIL)
        .await
}

#[derive(FromForm)]
pub(in crate::web) struct NewEmailForm {
    #[field(default = String::new())]
    email: String,
    #[field(default = String::new())]
    password: String,
}

#[post("/account/email", data = "<form>")]
pub(in crate::web) async fn ask_for_new_email(
    me: SignedIn,
    jar: &CookieJar<'_>,
    form: SafeForm<NewEmailForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    let language = me.reader().language;
    let asked =
        actions::ask_for_new_email(me.app(), &me.actor(), &form.email, form.password, language)
            .await;
    match asked {
        Ok(()) => {
            let phrase = Phrase::new("notice-new-email").with("email", form.email.trim());
            leave_notice(me.app(), jar, "ok", &me.reader().say(&phrase));
            Ok(Saved::at("/account/email".to_owned()))
        }
        Err(error) => {
            FormPage::new(&["email", "password"], Nothing {})
                .with("email", form.email)
                .again(&me.visitor, Section::Account, EMAIL, error)
                .await
        }
    }
}

#[get("/change-email/<token>")]
pub(in crate::web) async fn confirm_email(
    visitor: Visitor,
    token: &str,
) -> Result<Template, Failure> {
    let more: LinkPage = look(&visitor, token, Purpose::ChangeEmail).await?;
    layout::render(&visitor, Section::None, CHANGE, more).await
}

#[post("/change-email/<token>", data = "<_press>")]
pub(in crate::web) async fn change_email(
    visitor: Visitor,
    jar: &CookieJar<'_>,
    token: &str,
    _press: SafeForm<Press>,
) -> Result<Saved, Failure> {
    let app = &visitor.app;
    let changed = match Token::parse(token) {
        Some(token) => actions::change_email(app, &visitor.actor(), &token).await,
        None => Err(ActionError::NotFound),
    };
    match changed {
        Ok(()) => {
            leave_notice(app, jar, "ok", &visitor.reader.text("notice-email-changed"));
            let next = if visitor.user.is_some() {
                "/account"
            } else {
                "/sign-in"
            };
            Ok(Saved::at(next.to_owned()))
        }
        Err(ActionError::NotFound) => layout::render(&visitor, Section::None, CHANGE, dead(token))
            .await
            .map(Saved::gone),
        Err(error) => Err(error.into()),
    }
}

/// `templates/account/delete.html`
#[derive(Serialize)]
struct DeletePage {
    recipients: i64,
    messages: i64,
    mailings: i64,
}

async fn delete_page(me: &SignedIn) -> Result<FormPage<DeletePage>, Failure> {
    let id = me.user.id;
    let totals = me.app().store.read(move |c| users::totals(c, id)).await?;
    let more = DeletePage {
        recipients: totals.recipients,
        messages: totals.messages,
        mailings: totals.mailings,
    };
    Ok(FormPage::new(&["password"], more))
}

#[get("/account/delete")]
pub(in crate::web) async fn confirm_delete(me: SignedIn) -> Result<Template, Failure> {
    let page = delete_page(&me).await?;
    page.show(&me.visitor, Section::Account, DELETE).await
}

#[post("/account/delete", data = "<form>")]
pub(in crate::web) async fn delete(
    me: SignedIn,
    jar: &CookieJar<'_>,
    form: SafeForm<super::register::PasswordForm>,
) -> Result<Saved, Failure> {
    let SafeForm(form) = form;
    match actions::delete_account(me.app(), &me.actor(), form.password).await {
        Ok(()) => {
            let text = me.reader().text("notice-account-deleted");
            leave_notice(me.app(), jar, "ok", &text);
            Ok(Saved::Done(Box::new(signed_out(me.app(), jar))))
        }
        Err(error) => {
            let page = delete_page(&me).await?;
            page.again(&me.visitor, Section::Account, DELETE, error)
                .await
        }
    }
}
