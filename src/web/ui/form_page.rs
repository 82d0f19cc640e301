//! Pages that are one form: what was typed, what is wrong with it, and what else they show.

use std::collections::BTreeMap;

use rocket::http::Status;
use rocket_dyn_templates::Template;
use serde::Serialize;

use super::layout::{self, Section};
use crate::actions::ActionError;
use crate::web::http::failure::{Failure, throttled};
use crate::web::http::forms::{Saved, say_errors};
use crate::web::http::visitor::Visitor;

/// `page` in the template of a form.
#[derive(Serialize)]
pub(in crate::web) struct FormPage<M> {
    values: BTreeMap<&'static str, String>,
    errors: BTreeMap<&'static str, Option<String>>,
    /// What is wrong with the whole of it.
    error: Option<String>,
    #[serde(flatten)]
    more: M,
}

impl<M: Serialize> FormPage<M> {
    /// A form with these fields, empty, and whatever else its page shows.
    pub(in crate::web) fn new(fields: &[&'static str], more: M) -> Self {
        Self {
            values: fields.iter().map(|name| (*name, String::new())).collect(),
            errors: fields.iter().map(|name| (*name, None)).collect(),
            error: None,
            more,
        }
    }

    /// What stands in a field. Passwords and codes are never kept.
    #[must_use]
    pub(in crate::web) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, value.into());
        self
    }

    pub(in crate::web) async fn show(
        self,
        visitor: &Visitor,
        section: Section,
        template: &'static str,
    ) -> Result<Template, Failure> {
        layout::render(visitor, section, template, self).await
    }

    /// The form again, with the reason why nothing was done.
    pub(in crate::web) async fn again(
        mut self,
        visitor: &Visitor,
        section: Section,
        template: &'static str,
        error: ActionError,
    ) -> Result<Saved, Failure> {
        let reader = &visitor.reader;
        let status = match error {
            ActionError::Invalid(errors) => {
                say_errors(&errors, reader, |field, text| {
                    self.errors.insert(field, Some(text));
                });
                Status::UnprocessableEntity
            }
            ActionError::Refused(phrase) => {
                self.error = Some(reader.say(&phrase));
                Status::UnprocessableEntity
            }
            ActionError::Throttled(wait) => {
                self.error = Some(reader.say(&throttled(wait)));
                let template = self.show(visitor, section, template).await?;
                return Ok(Saved::later(template, wait));
            }
            other => return Err(other.into()),
        };
        let template = self.show(visitor, section, template).await?;
        Ok(Saved::Again((status, template)))
    }
}

/// Nothing beside the form.
#[derive(Serialize)]
pub(in crate::web) struct Nothing {}
