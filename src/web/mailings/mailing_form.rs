//! A mailing's form: title, message, window, and the recipients' picker.

use rocket::form::FromForm;
use rocket::http::CookieJar;
use rocket::{get, post};
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::filling;
use super::lookup::find_own;
use super::pages::NamedMessage;
use super::picker::{self, Picker, PickerForm, Press};
use crate::actions;
use crate::actions::{ActionError, Changed, NewFor, Target};
use crate::domain::Millis;
use crate::domain::accounts::permission::Scope;
use crate::domain::mailings::mailing::{MailingDraft, MailingInput};
use crate::domain::mailings::selection::Selection;
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::i18n::{Edge, Reader};
use crate::store::content::messages;
use crate::store::mailings::Mailing;
use crate::web::http::failure::Failure;
use crate::web::http::forms::{Saved, say_errors};
use crate::web::http::safe_form::{Both, SafeForm};
use crate::web::http::visitor::{SignedIn, leave_notice};
use crate::web::ui::layout::Section;
use crate::web::ui::stale;
use crate::web::ui::stale::Conflict;

#[derive(FromForm)]
pub(in crate::web) struct MailingForm {
    #[field(default = String::new())]
    title: String,
    #[field(default = String::new())]
    message_id: String,
    #[field(default = String::new())]
    starts_at: String,
    #[field(default = String::new())]
    ends_at: String,
    #[field(default = String::new())]
    automatic: String,
    /// The start in the past of which the form has said that sending begins at once.
    #[field(default = String::new())]
    start_now: String,
    /// What the form saw of what it changes.
    #[field(default = String::new())]
    version: String,
    /// Of a form that adds something.
    #[field(default = String::new())]
    key: String,
}

#[derive(Serialize, Default)]
struct Values {
    title: String,
    message_id: String,
    starts_at: String,
    ends_at: String,
    automatic: bool,
    start_now: String,
    version: String,
    key: String,
}

#[derive(Default, Serialize)]
struct FieldTexts {
    title: Option<String>,
    message_id: Option<String>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    recipients: Option<String>,
}

/// `templates/mailings/form.html`
#[derive(Serialize)]
struct FormPage {
    id: Option<i64>,
    values: Values,
    errors: FieldTexts,
    zone_text: String,
    messages: Vec<NamedMessage>,
    picker: Picker,
    conflict: Option<Conflict>,
}

async fn form_page(
    me: &SignedIn,
    id: Option<i64>,
    values: Values,
    errors: FieldTexts,
    picker: Picker,
    conflict: Option<Conflict>,
) -> Result<Template, Failure> {
    let owner = me.user.id;
    let choices = me
        .app()
        .store
        .read(move |c| messages::choices(c, owner))
        .await?;
    let page = FormPage {
        id,
        values,
        errors,
        zone_text: me.reader().zone_text(me.app().clock.now()),
        messages: choices
            .into_iter()
            .map(|(id, subject)| NamedMessage { id, subject })
            .collect(),
        picker,
        conflict,
    };
    me.page(Section::Mailings, "mailings/form.html", page).await
}

/// A new mailing starts at the next full hour and may be sent for a week.
const HOUR: i64 = 3_600_000;
const WEEK: i64 = 7 * 24 * HOUR;

#[get("/mailings/new")]
pub(in crate::web) async fn new(me: SignedIn) -> Result<Template, Failure> {
    let starts_at = (me.app().clock.now() / HOUR + 1) * HOUR;
    let values = Values {
        starts_at: me.reader().input_value(starts_at),
        ends_at: me.reader().input_value(starts_at + WEEK),
        automatic: true,
        key: stale::new_key(),
        ..Values::default()
    };
    let picker = picker::show(&me, None, &Selection::default()).await?;
    form_page(&me, None, values, FieldTexts::default(), picker, None).await
}

#[get("/mailings/<id>/edit")]
pub(in crate::web) async fn edit(me: SignedIn, id: i64) -> Result<Template, Failure> {
    let mailing = find_own(&me, id).await?;
    let values = Values {
        version: mailing.version.to_string(),
        key: String::new(),
        title: mailing.own_title,
        message_id: mailing
            .message_id
            .map_or_else(String::new, |id| id.to_string()),
        starts_at: me.reader().input_value(mailing.starts_at),
        ends_at: me.reader().input_value(mailing.ends_at),
        automatic: mailing.automatic,
        start_now: String::new(),
    };
    let picker = picker::show(&me, Some(id), &Selection::current()).await?;
    form_page(&me, Some(id), values, FieldTexts::default(), picker, None).await
}

/// What the form says of a start in the past, with what there is to do.
const START_PASSED: &str = "mailing-start-passed-ask";

/// Sending cannot be called back: where it begins with the saving, that is said first. Whoever saves
/// the same start once more has read it.
fn asked_to_start(
    draft: MailingDraft,
    form: &MailingForm,
    stored: Option<&Mailing>,
    now: Millis,
) -> Result<MailingDraft, FieldErrors> {
    let first_sent_at = stored.and_then(|mailing| mailing.first_sent_at);
    match draft.start_has_passed(first_sent_at, now) {
        Some(passed) if form.start_now != form.starts_at => {
            let ask = Phrase {
                key: START_PASSED,
                ..passed
            };
            Err(FieldErrors::one("starts_at", ask))
        }
        _ => Ok(draft),
    }
}

/// The form came with something else than «save», or with mistakes: it comes back as it was.
async fn again(
    me: &SignedIn,
    id: Option<i64>,
    form: MailingForm,
    picker: Picker,
    errors: &FieldErrors,
    conflict: Option<Conflict>,
) -> Result<Template, Failure> {
    let mut texts = FieldTexts::default();
    say_errors(errors, me.reader(), |field, text| match field {
        "title" => texts.title = Some(text),
        "message_id" => texts.message_id = Some(text),
        "starts_at" => texts.starts_at = Some(text),
        "ends_at" => texts.ends_at = Some(text),
        _ => texts.recipients = Some(text),
    });
    let asks_to_start = errors.iter().any(|(_, phrase)| phrase.key == START_PASSED);
    let values = Values {
        title: form.title,
        message_id: form.message_id,
        start_now: if asks_to_start {
            form.starts_at.clone()
        } else {
            form.start_now
        },
        starts_at: form.starts_at,
        ends_at: form.ends_at,
        automatic: !form.automatic.is_empty(),
        version: form.version,
        key: form.key,
    };
    form_page(me, id, values, texts, picker, conflict).await
}

/// Somebody has saved another version meanwhile: both are shown, and what was typed is kept.
async fn both(
    me: &SignedIn,
    id: i64,
    mut form: MailingForm,
    picker: Picker,
    changed: &Changed,
) -> Result<Saved, Failure> {
    let now = find_own(me, id).await?;
    let reader = me.reader();
    let chosen = form.message_id.parse().unwrap_or_default();
    let message = me
        .app()
        .store
        .read(move |c| messages::get(c, Scope::Own(now.owner_id), chosen))
        .await?;
    let answer = |yes: bool| reader.text(if yes { "yes" } else { "no" });
    // As a date and a time are typed, so that both columns read alike.
    let at = |moment: Millis| reader.input_value(moment);
    let fields = [
        ("mailing-title", now.own_title.clone(), form.title.clone()),
        (
            "message",
            now.subject.clone().unwrap_or_default(),
            message.map_or_else(String::new, |message| message.subject),
        ),
        ("mailing-starts", at(now.starts_at), form.starts_at.clone()),
        ("mailing-ends", at(now.ends_at), form.ends_at.clone()),
        (
            "mailing-automatic",
            answer(now.automatic),
            answer(!form.automatic.is_empty()),
        ),
        (
            "nav-recipients",
            reader.number(now.recipients),
            picker.chosen_shown().to_owned(),
        ),
    ];
    let conflict = Conflict::new(&me.visitor, changed, fields);
    form.version.clone_from(&changed.version);
    let none = FieldErrors::default();
    again(me, Some(id), form, picker, &none, Some(conflict))
        .await
        .map(Saved::conflict)
}

/// That it was saved, and which moment was taken where the clock shows the typed time twice.
fn saved_notice(reader: &Reader, times: [Option<Millis>; 2]) -> String {
    let saved = reader.text("notice-saved");
    let twice: Vec<String> = times
        .into_iter()
        .flatten()
        .filter_map(|at| reader.first_of_two(at))
        .collect();
    if twice.is_empty() {
        return saved;
    }
    let which = Phrase::new("notice-shown-twice").with("times", twice.join(", "));
    format!("{saved} {}", reader.say(&which))
}

/// The stored moment, where what was typed is how it is shown: of two that are shown alike, it stays
/// the one that it was.
fn as_it_was(
    stored: Option<Millis>,
    typed: &str,
    reader: &Reader,
) -> Option<Result<Millis, Phrase>> {
    stored
        .filter(|at| reader.input_value(*at) == typed.trim())
        .map(Ok)
}

async fn save(
    me: &SignedIn,
    jar: &CookieJar<'_>,
    stored: Option<&Mailing>,
    form: MailingForm,
    choice: PickerForm,
) -> Result<Saved, Failure> {
    let id = stored.map(|mailing| mailing.id);
    let pressed = choice.press();
    let (selection, mut picker) = picker::apply(me, id, choice).await?;
    if pressed != Press::Save {
        let template = again(me, id, form, picker, &FieldErrors::default(), None).await?;
        return Ok(Saved::same(template));
    }
    let reader = me.reader();
    let input = MailingInput {
        title: &form.title,
        message_id: &form.message_id,
        starts_at: as_it_was(
            stored.map(|mailing| mailing.starts_at),
            &form.starts_at,
            reader,
        )
        .unwrap_or_else(|| reader.parse_input(&form.starts_at, Edge::Start)),
        ends_at: as_it_was(stored.map(|mailing| mailing.ends_at), &form.ends_at, reader)
            .unwrap_or_else(|| reader.parse_input(&form.ends_at, Edge::End)),
        automatic: !form.automatic.is_empty(),
    };
    let times = [&input.starts_at, &input.ends_at].map(|at| at.as_ref().ok().copied());
    let (app, actor) = (me.app(), me.actor());
    let now = app.clock.now();
    let draft =
        MailingDraft::parse(input, now).and_then(|draft| asked_to_start(draft, &form, stored, now));
    let saved = match draft {
        Ok(_) if std::mem::take(&mut picker.is_too_much) => Err(ActionError::Invalid(
            FieldErrors::one("recipients", Phrase::new("error-selection-too-large")),
        )),
        Ok(draft) => match id {
            None => {
                let new = NewFor::with_key(me.user.id, &form.key);
                actions::begin_mailing(app, &actor, new, draft, selection).await
            }
            Some(id) => {
                let target = Target::seen(id, &form.version);
                actions::begin_update(app, &actor, target, draft, selection)
                    .await
                    .map(|is_complete| (id, is_complete))
            }
        },
        Err(errors) => Err(ActionError::Invalid(errors)),
    };
    match saved {
        Ok((id, is_complete)) => {
            filling::go_on(app, id);
            if !is_complete {
                return Ok(Saved::at(format!("/mailings/{id}/filling")));
            }
            leave_notice(app, jar, "ok", &saved_notice(reader, times));
            Ok(Saved::at(format!("/mailings/{id}")))
        }
        Err(ActionError::Invalid(errors)) => again(me, id, form, picker, &errors, None)
            .await
            .map(Saved::again),
        Err(ActionError::Changed(changed)) => {
            both(me, id.unwrap_or_default(), form, picker, &changed).await
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/mailings", data = "<form>")]
pub(in crate::web) async fn create(
    me: SignedIn,
    jar: &CookieJar<'_>,
    form: SafeForm<Both<MailingForm, PickerForm>>,
) -> Result<Saved, Failure> {
    let SafeForm(Both(form, choice)) = form;
    save(&me, jar, None, form, choice).await
}

#[post("/mailings/<id>", data = "<form>")]
pub(in crate::web) async fn update(
    me: SignedIn,
    jar: &CookieJar<'_>,
    id: i64,
    form: SafeForm<Both<MailingForm, PickerForm>>,
) -> Result<Saved, Failure> {
    let stored = find_own(&me, id).await?;
    let SafeForm(Both(form, choice)) = form;
    save(&me, jar, Some(&stored), form, choice).await
}
