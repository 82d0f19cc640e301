//! A message's form.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::messages::find_own;
use crate::actions;
use crate::actions::{ActionError, Changed, NewFor, Target};
use crate::domain::content::message::MessageDraft;
use crate::domain::content::template::Mark;
use crate::domain::phrase::FieldErrors;
use crate::store::db::versions::Versioned;
use crate::web::http::failure::Failure;
use crate::web::http::forms::{Saved, say_errors};
use crate::web::http::safe_form::SafeForm;
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::layout::Section;
use crate::web::ui::stale;
use crate::web::ui::stale::Conflict;

#[derive(FromForm, Serialize, Default)]
pub(in crate::web) struct Values {
    #[field(default = String::new())]
    subject: String,
    #[field(default = String::new())]
    body: String,
    /// What the form saw of what it changes.
    #[field(default = String::new())]
    version: String,
    /// Of a form that adds something.
    #[field(default = String::new())]
    key: String,
}

#[derive(Default, Serialize)]
struct FieldTexts {
    subject: Option<String>,
    body: Option<String>,
}

#[derive(Serialize)]
struct MarkText {
    name: &'static str,
    meaning: String,
}

/// `templates/messages/form.html`
#[derive(Serialize)]
struct FormPage {
    id: Option<i64>,
    values: Values,
    errors: FieldTexts,
    conflict: Option<Conflict>,
    marks: Vec<MarkText>,
    /// No unsubscribe link can be made.
    no_base_url: bool,
}

async fn form_page(
    me: &SignedIn,
    id: Option<i64>,
    values: Values,
    errors: FieldTexts,
    conflict: Option<Conflict>,
) -> Result<Template, Failure> {
    let marks = Mark::ALL.map(|mark| MarkText {
        name: mark.name(),
        meaning: me.reader().text(&format!("mark-{}", mark.name())),
    });
    let page = FormPage {
        id,
        values,
        errors,
        conflict,
        marks: marks.into(),
        no_base_url: !me.app().has_base_url().await,
    };
    me.page(Section::Messages, "messages/form.html", page).await
}

#[get("/messages/new")]
pub(in crate::web) async fn new(me: SignedIn) -> Result<Template, Failure> {
    let values = Values {
        key: stale::new_key(),
        ..<Values as Default>::default()
    };
    form_page(&me, None, values, FieldTexts::default(), None).await
}

async fn again(
    me: &SignedIn,
    id: Option<i64>,
    values: Values,
    errors: &FieldErrors,
) -> Result<Saved, Failure> {
    let mut texts = FieldTexts::default();
    say_errors(errors, me.reader(), |field, text| match field {
        "subject" => texts.subject = Some(text),
        _ => texts.body = Some(text),
    });
    form_page(me, id, values, texts, None)
        .await
        .map(Saved::again)
}

#[post("/messages", data = "<form>")]
pub(in crate::web) async fn create(
    me: SignedIn,
    jar: &CookieJar<'_>,
    form: SafeForm<Values>,
) -> Result<Saved, Failure> {
    let SafeForm(values) = form;
    let created = match MessageDraft::parse(&values.subject, &values.body) {
        Ok(draft) => {
            let new = NewFor::with_key(me.user.id, &values.key);
            actions::create_message(me.app(), &me.actor(), new, draft).await
        }
        Err(errors) => Err(ActionError::Invalid(errors)),
    };
    match created {
        Ok(id) => {
            leave_notice(me.app(), jar, "ok", &me.reader().text("notice-saved"));
            Ok(Saved::at(format!("/messages/{id}")))
        }
        Err(ActionError::Invalid(errors)) => again(&me, None, values, &errors).await,
        Err(error) => Err(error.into()),
    }
}

#[get("/messages/<id>/edit")]
pub(in crate::web) async fn edit(me: SignedIn, id: i64) -> Result<Template, Failure> {
    let version = me.version(Versioned::Message, id).await?;
    let message = find_own(&me, id).await?;
    let values = Values {
        subject: message.subject,
        body: message.body,
        version,
        key: String::new(),
    };
    form_page(&me, Some(id), values, FieldTexts::default(), None).await
}

/// Somebody has saved another version meanwhile: both are shown, and what was typed is kept.
async fn both(
    me: &SignedIn,
    id: i64,
    mut values: Values,
    changed: &Changed,
) -> Result<Saved, Failure> {
    let now = find_own(me, id).await?;
    let fields = [
        ("message-subject", now.subject, values.subject.clone()),
        ("message-body", now.body, values.body.clone()),
    ];
    let conflict = Conflict::new(&me.visitor, changed, fields);
    values.version.clone_from(&changed.version);
    form_page(me, Some(id), values, FieldTexts::default(), Some(conflict))
        .await
        .map(Saved::conflict)
}

#[post("/messages/<id>", data = "<form>")]
pub(in crate::web) async fn update(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    form: SafeForm<Values>,
) -> Result<Saved, Failure> {
    find_own(&me, id).await?;
    let SafeForm(values) = form;
    let updated = match MessageDraft::parse(&values.subject, &values.body) {
        Ok(draft) => {
            let target = Target::seen(id, &values.version);
            actions::update_message(me.app(), &me.actor(), target, draft).await
        }
        Err(errors) => Err(ActionError::Invalid(errors)),
    };
    match updated {
        Ok(()) => {
            leave_notice(me.app(), jar, "ok", &me.reader().text("notice-saved"));
            Ok(Saved::at(format!("/messages/{id}")))
        }
        Err(ActionError::Invalid(errors)) => again(&me, Some(id), values, &errors).await,
        Err(ActionError::Changed(changed)) => both(&me, id, values, &changed).await,
        Err(error) => Err(error.into()),
    }
}
