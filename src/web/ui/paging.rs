//! Addresses of neighbouring pages, and of the same list in another order.

use std::collections::BTreeMap;

use rocket::form::FromForm;
use rocket::http::RawStr;
use serde::Serialize;

use crate::domain::page::{Cursor, Found, Page};
use crate::domain::phrase::Phrase;
use crate::i18n::Reader;
use crate::store::{Columns, Sort};

/// A list's address: a path and what its query says.
#[derive(Debug, Clone)]
pub(in crate::web) struct ListUrl {
    path: String,
    query: Vec<(&'static str, String)>,
}

impl ListUrl {
    pub(in crate::web) fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            query: Vec::new(),
        }
    }

    /// Adds a part of the query, unless it is empty.
    #[must_use]
    pub(in crate::web) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.query.push((name, value));
        }
        self
    }

    /// The same query at another address.
    pub(in crate::web) fn at(&self, path: &str) -> Self {
        Self {
            path: path.to_owned(),
            query: self.query.clone(),
        }
    }

    pub(in crate::web) fn address(&self) -> String {
        let mut text = self.path.clone();
        for (index, (name, value)) in self.query.iter().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text.push_str(name);
            text.push('=');
            text.push_str(&RawStr::new(value).percent_encode().to_string());
        }
        text
    }

    /// The addresses of the pages before and after.
    pub(in crate::web) fn neighbours<T>(&self, page: &Page<T>) -> (Option<String>, Option<String>) {
        let at = |name, key: &Option<String>| {
            key.as_ref()
                .map(|key| self.clone().with(name, key.clone()).address())
        };
        (at("before", &page.before), at("after", &page.after))
    }

    /// The addresses of all pages that one can turn to.
    pub(in crate::web) fn pages<T>(&self, page: &Page<T>) -> Pages {
        let (prev, next) = self.neighbours(page);
        Pages {
            first: prev.as_ref().map(|_| self.address()),
            last: next
                .as_ref()
                .map(|_| self.clone().with("last", "yes").address()),
            prev,
            next,
        }
    }
}

/// What one can turn to from a page of a list.
#[derive(Debug, Serialize)]
pub(in crate::web) struct Pages {
    first: Option<String>,
    prev: Option<String>,
    next: Option<String>,
    last: Option<String>,
}

/// Reads `after` and `before`, where a list has one order and no last page to turn to.
pub(in crate::web) fn cursor(after: Option<&str>, before: Option<&str>) -> Cursor {
    Cursor::from_query(after, before, None)
}

/// Which page of a list an address means, and in which order.
#[derive(Debug, Clone, Copy, FromForm)]
pub(in crate::web) struct Place<'r> {
    sort: Option<&'r str>,
    after: Option<&'r str>,
    before: Option<&'r str>,
    last: Option<&'r str>,
}

impl Place<'_> {
    pub(in crate::web) fn cursor(&self) -> Cursor {
        Cursor::from_query(self.after, self.before, self.last)
    }

    /// The order asked for; the usual one where only that is offered.
    pub(in crate::web) fn sort(&self, list: &'static Columns, is_offered: bool) -> Sort {
        list.sort(self.sort.filter(|_| is_offered))
    }
}

/// The head of a column.
#[derive(Debug, Serialize)]
pub(in crate::web) struct Head {
    /// The list sorted by it, or the other way round if it is already.
    href: Option<String>,
    /// As `aria-sort` says it; empty: not sorted by this.
    way: &'static str,
}

/// The heads of a list's columns, by their names.
pub(in crate::web) type Heads = BTreeMap<&'static str, Head>;

pub(in crate::web) fn heads(
    list: &'static Columns,
    sort: Sort,
    url: &ListUrl,
    is_offered: bool,
) -> Heads {
    list.names()
        .map(|name| {
            let is_current = name == sort.column();
            let next = if is_current {
                sort.reversed()
            } else {
                list.sort(Some(name))
            };
            let href = is_offered.then(|| url.clone().with("sort", next.name()).address());
            let way = match (is_current, sort.is_descending()) {
                (false, _) => "",
                (true, false) => "ascending",
                (true, true) => "descending",
            };
            (name, Head { href, way })
        })
        .collect()
}

/// How many there are, as a page says it.
#[derive(Debug, Clone, Serialize)]
pub(in crate::web) struct HowMany {
    /// Decides the word's form.
    pub(in crate::web) count: i64,
    pub(in crate::web) shown: String,
}

impl HowMany {
    pub(in crate::web) fn new(found: Found, reader: &Reader) -> Self {
        let count = found.number();
        let number = reader.number(count);
        let shown = if found.is_exact() {
            number
        } else {
            reader.say(&Phrase::new("at-least").with("shown", number))
        };
        Self { count, shown }
    }
}
