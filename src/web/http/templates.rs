//! The templates, embedded, and the functions that they may call.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use fluent_templates::fluent_bundle::FluentValue;
use rocket::fairing::Fairing;
use rocket_dyn_templates::Template;
use rocket_dyn_templates::minijinja::value::{Kwargs, Value};
use rocket_dyn_templates::minijinja::{
    self, Environment, Error, ErrorKind, State, UndefinedBehavior,
};
use rust_embed::RustEmbed;

use super::assets;
use crate::domain::accounts::user::Language;
use crate::domain::{Id, Millis};
use crate::i18n::Reader;

#[derive(RustEmbed)]
#[folder = "templates"]
struct Embedded;

/// The engine of the pages, with its templates and all that they may call.
pub fn fairing() -> impl Fairing {
    Template::try_custom(|engines| {
        prepare(&mut engines.minijinja)?;
        Ok(())
    })
}

fn prepare(engine: &mut Environment<'static>) -> Result<(), Error> {
    // Templates registered from memory are not escaped until this is said.
    engine.set_auto_escape_callback(minijinja::default_auto_escape_callback);
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_trim_blocks(true);
    engine.set_lstrip_blocks(true);
    for name in Embedded::iter() {
        if let Some(file) = Embedded::get(&name) {
            let source = String::from_utf8_lossy(&file.data).into_owned();
            engine.add_template_owned(name.into_owned(), source)?;
        }
    }
    let urls = Arc::new(assets::urls());
    engine.add_function("asset", move |name: &str| {
        urls.get(name)
            .cloned()
            .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("no asset {name}")))
    });
    engine.add_function("t", text);
    engine.add_function("number", |state: &State, number: i64| {
        Ok::<_, Error>(reader(state)?.number(number))
    });
    engine.add_function("numbered", |state: &State, id: Id| {
        Ok::<_, Error>(reader(state)?.numbered(id))
    });
    engine.add_function("percent", |state: &State, part: i64, whole: i64| {
        Ok::<_, Error>(reader(state)?.percent(part, whole))
    });
    engine.add_function("when", |state: &State, at: Millis| {
        Ok::<_, Error>(reader(state)?.moment(at))
    });
    engine.add_function("day", |state: &State, at: Millis| {
        Ok::<_, Error>(reader(state)?.day(at))
    });
    engine.add_function("duration", |state: &State, millis: Millis| {
        Ok::<_, Error>(reader(state)?.span(millis))
    });
    engine.add_function("clock", |state: &State, at: Millis| {
        let now = state
            .lookup("now")
            .and_then(|now| Millis::try_from(now).ok())
            .unwrap_or(at);
        Ok::<_, Error>(reader(state)?.clock(at, now))
    });
    Ok(())
}

/// Who reads the page: its `lang` and `zone`.
fn reader(state: &State) -> Result<Reader, Error> {
    let look = |name: &str| {
        state
            .lookup(name)
            .ok_or_else(|| Error::new(ErrorKind::UndefinedError, format!("{name} is not said")))
    };
    let (lang, zone) = (look("lang")?, look("zone")?);
    let language = Language::by_code(lang.as_str().unwrap_or_default()).unwrap_or_default();
    Ok(Reader::new(language, zone.as_str().unwrap_or("UTC")))
}

#[expect(clippy::needless_pass_by_value, reason = "the engine hands it over")]
fn text(state: &State, key: &str, kwargs: Kwargs) -> Result<String, Error> {
    let mut args = HashMap::new();
    for name in kwargs.args() {
        let value: Value = kwargs.get(name)?;
        let value = match i64::try_from(value.clone()) {
            Ok(number) if value.is_number() => FluentValue::from(number),
            _ => FluentValue::from(value.to_string()),
        };
        args.insert(Cow::Owned(name.to_owned()), value);
    }
    reader(state)?
        .try_fill(key, &args)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("no text {key}")))
}
