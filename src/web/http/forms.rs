//! What forms have in common.

use rocket::Responder;
use rocket::http::{Header, Status};
use rocket::response::Redirect;
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::failure::retry_after;
use crate::domain::Millis;
use crate::domain::phrase::FieldErrors;
use crate::i18n::Reader;
use crate::store::mailings;

/// What a form says at its fields.
pub(in crate::web) fn say_errors(
    errors: &FieldErrors,
    reader: &Reader,
    mut put: impl FnMut(&'static str, String),
) {
    for (field, phrase) in errors.iter() {
        put(field, reader.say(phrase));
    }
}

/// After a form was sent: on, or the form again with what was typed.
#[derive(Responder)]
pub(in crate::web) enum Saved {
    Done(Box<Redirect>),
    Again((Status, Template)),
    /// Asked for too often: after a while.
    Later(Later),
    Same(Template),
}

#[derive(Responder)]
pub(in crate::web) struct Later {
    again: (Status, Template),
    wait: Header<'static>,
}

impl Saved {
    pub(in crate::web) fn at(path: String) -> Self {
        Self::Done(Box::new(Redirect::to(path)))
    }

    pub(in crate::web) const fn again(template: Template) -> Self {
        Self::Again((Status::UnprocessableEntity, template))
    }

    /// Somebody else has saved another version meanwhile.
    pub(in crate::web) const fn conflict(template: Template) -> Self {
        Self::Again((Status::Conflict, template))
    }

    /// A link that led here is good no longer.
    pub(in crate::web) const fn gone(template: Template) -> Self {
        Self::Again((Status::Gone, template))
    }

    pub(in crate::web) fn later(template: Template, wait: Millis) -> Self {
        Self::Later(Later {
            again: (Status::TooManyRequests, template),
            wait: retry_after(wait),
        })
    }

    /// The same form, because that was asked for.
    pub(in crate::web) const fn same(template: Template) -> Self {
        Self::Same(template)
    }
}

/// A mailing as other pages name it.
#[derive(Serialize)]
pub(in crate::web) struct NamedMailing {
    id: i64,
    title: String,
    status: &'static str,
}

impl NamedMailing {
    pub(in crate::web) fn new(mailing: &mailings::Mailing, now: i64) -> Self {
        Self {
            id: mailing.id,
            title: mailing.title().to_owned(),
            status: mailing.status(now).name(),
        }
    }
}
