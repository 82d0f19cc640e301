//! A sentence that has not met its language yet: a text key and what goes into it.
//!
//! The rules speak in phrases, the doors (page and command line) turn them into the reader's words.

use super::{Id, Millis};

/// What fills a gap in a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    Number(i64),
    Text(String),
    /// Shown in the reader's time zone.
    Moment(Millis),
    /// Rounded up to what a person would say.
    Span(Millis),
    /// Things with their numbers: `№ 1 «Осенняя», № 2 «Зимняя»`.
    Things(Vec<(Id, String)>),
    /// What a server said, or `[key] detail` of ours (`local`), which the reader hears in their
    /// language.
    Words(String),
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Number(value)
    }
}

impl From<usize> for Arg {
    fn from(value: usize) -> Self {
        Self::Number(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<Vec<(Id, String)>> for Arg {
    fn from(value: Vec<(Id, String)>) -> Self {
        Self::Things(value)
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// A text key with its arguments, to be said in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    pub key: &'static str,
    pub args: Vec<(&'static str, Arg)>,
}

impl Phrase {
    pub const fn new(key: &'static str) -> Self {
        Self {
            key,
            args: Vec::new(),
        }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// An amount of data: `size`, and `unit`, which is `mb` where that comes out whole, else `kb`. A KB
    /// is 1,024 octets, as file managers and nginx count.
    #[must_use]
    pub fn with_size(self, octets: u64) -> Self {
        let kb = octets / 1_024;
        let (size, unit) = if kb != 0 && kb.is_multiple_of(1_024) {
            (kb / 1_024, "mb")
        } else {
            (kb, "kb")
        };
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        self.with("size", size).with("unit", unit)
    }
}

/// What is wrong with a form, field by field, in the form's own order of names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(std::collections::BTreeMap<&'static str, Phrase>);

impl FieldErrors {
    /// Keeps the first complaint about a field.
    pub fn add(&mut self, field: &'static str, phrase: Phrase) {
        self.0.entry(field).or_insert(phrase);
    }

    pub fn one(field: &'static str, phrase: Phrase) -> Self {
        let mut errors = Self::default();
        errors.add(field, phrase);
        errors
    }

    /// Takes a field's value out of its result, keeping the complaint if there is one.
    pub fn take<T>(&mut self, field: &'static str, result: Result<T, Phrase>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(phrase) => {
                self.add(field, phrase);
                None
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Phrase)> {
        self.0.iter().map(|(field, phrase)| (*field, phrase))
    }
}
