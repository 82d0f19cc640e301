//! A recipient's form.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::recipients::find_own;
use crate::actions;
use crate::actions::{ActionError, Changed, NewFor, Target};
use crate::domain::audience::recipient::RecipientDraft;
use crate::domain::phrase::FieldErrors;
use crate::store::db::versions::Versioned;
use crate::web::http::failure::Failure;
use crate::web::http::forms::{Saved, say_errors};
use crate::web::http::safe_form::SafeForm;
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::layout::Section;
use crate::web::ui::stale;
use crate::web::ui::stale::Conflict;

/// A complaint at each field, in the reader's words.
#[derive(Default, Serialize)]
pub(in crate::web) struct FieldTexts {
    email: Option<String>,
    name: Option<String>,
    comment: Option<String>,
}

#[derive(FromForm, Serialize, Default)]
pub(in crate::web) struct Values {
    #[field(default = String::new())]
    email: String,
    #[field(default = String::new())]
    name: String,
    #[field(default = String::new())]
    comment: String,
    /// What the form saw of what it changes.
    #[field(default = String::new())]
    version: String,
    /// Of a form that adds something.
    #[field(default = String::new())]
    key: String,
}

/// `templates/recipients/form.html`
#[derive(Serialize)]
struct FormPage {
    id: Option<i64>,
    values: Values,
    errors: FieldTexts,
    conflict: Option<Conflict>,
}

impl FormPage {
    async fn render(self, me: &SignedIn) -> Result<Template, Failure> {
        me.page(Section::Recipients, "recipients/form.html", self)
            .await
    }
}

#[get("/recipients/new")]
pub(in crate::web) async fn new(me: SignedIn) -> Result<Template, Failure> {
    let page = FormPage {
        id: None,
        values: Values {
            key: stale::new_key(),
            ..<Values as Default>::default()
        },
        errors: FieldTexts::default(),
        conflict: None,
    };
    page.render(&me).await
}

async fn again(
    me: &SignedIn,
    id: Option<i64>,
    values: Values,
    errors: &FieldErrors,
) -> Result<Saved, Failure> {
    let mut texts = FieldTexts::default();
    say_errors(errors, me.reader(), |field, text| match field {
        "email" => texts.email = Some(text),
        "name" => texts.name = Some(text),
        _ => texts.comment = Some(text),
    });
    let page = FormPage {
        id,
        values,
        errors: texts,
        conflict: None,
    };
    page.render(me).await.map(Saved::again)
}

#[post("/recipients", data = "<form>")]
pub(in crate::web) async fn create(
    me: SignedIn,
    jar: &CookieJar<'_>,
    form: SafeForm<Values>,
) -> Result<Saved, Failure> {
    let SafeForm(values) = form;
    let created = match RecipientDraft::parse(&values.email, &values.name, &values.comment) {
        Ok(draft) => {
            let new = NewFor::with_key(me.user.id, &values.key);
            actions::create_recipient(me.app(), &me.actor(), new, draft).await
        }
        Err(errors) => Err(ActionError::Invalid(errors)),
    };
    match created {
        Ok(id) => {
            let text = me.reader().text("notice-recipient-added");
            leave_notice(me.app(), jar, "ok", &text);
            Ok(Saved::at(format!("/recipients/{id}")))
        }
        Err(ActionError::Invalid(errors)) => again(&me, None, values, &errors).await,
        Err(error) => Err(error.into()),
    }
}

#[get("/recipients/<id>/edit")]
pub(in crate::web) async fn edit(me: SignedIn, id: i64) -> Result<Template, Failure> {
    let version = me.version(Versioned::Recipient, id).await?;
    let recipient = find_own(&me, id).await?;
    let page = FormPage {
        id: Some(id),
        values: Values {
            email: recipient.email,
            name: recipient.name,
            comment: recipient.comment,
            version,
            key: String::new(),
        },
        errors: FieldTexts::default(),
        conflict: None,
    };
    page.render(&me).await
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
        ("email", now.email, values.email.clone()),
        ("full-name", now.name, values.name.clone()),
        ("comment", now.comment, values.comment.clone()),
    ];
    let conflict = Some(Conflict::new(&me.visitor, changed, fields));
    values.version.clone_from(&changed.version);
    let page = FormPage {
        id: Some(id),
        values,
        errors: FieldTexts::default(),
        conflict,
    };
    page.render(me).await.map(Saved::conflict)
}

#[post("/recipients/<id>", data = "<form>")]
pub(in crate::web) async fn update(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    form: SafeForm<Values>,
) -> Result<Saved, Failure> {
    find_own(&me, id).await?;
    let SafeForm(values) = form;
    let updated = match RecipientDraft::parse(&values.email, &values.name, &values.comment) {
        Ok(draft) => {
            let target = Target::seen(id, &values.version);
            actions::update_recipient(me.app(), &me.actor(), target, draft).await
        }
        Err(errors) => Err(ActionError::Invalid(errors)),
    };
    match updated {
        Ok(()) => {
            leave_notice(me.app(), jar, "ok", &me.reader().text("notice-saved"));
            Ok(Saved::at(format!("/recipients/{id}")))
        }
        Err(ActionError::Invalid(errors)) => again(&me, Some(id), values, &errors).await,
        Err(ActionError::Changed(changed)) => both(&me, id, values, &changed).await,
        Err(error) => Err(error.into()),
    }
}
