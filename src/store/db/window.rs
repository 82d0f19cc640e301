//! Searches that no index helps with look at so many rows at a time and no more. Where they end
//! before a page is full, the page says where to look further.

use rusqlite::{Connection, Row};

use super::select::Select;
use crate::domain::Id;
use crate::domain::page::{Cursor, Edge, Found, Key, Page};
use crate::domain::text;
use crate::store::StoreError;

/// A search through a text of every row.
#[derive(Clone)]
pub(in crate::store) struct Search {
    /// Selects the row numbers of the same rows as the list's own head.
    pub(in crate::store) narrow: &'static str,
    pub(in crate::store) id: &'static str,
    /// Most rows that are looked at for one page.
    pub(in crate::store) window: i64,
    /// Holds for the rows wanted; it names the folded words `:search`.
    pub(in crate::store) condition: &'static str,
    pub(in crate::store) words: String,
}

impl Search {
    /// The row behind which a page begins, if any; a forged token is the first page.
    fn begin<'a>(&self, cursor: &'a Cursor) -> (&'a Cursor, Option<Id>) {
        let (Cursor::After(token) | Cursor::Before(token)) = cursor else {
            return (cursor, None);
        };
        match Edge::parse(token, self.id) {
            Some(Edge { key: Key::Id, id }) => (cursor, Some(id)),
            _ => (&Cursor::First, None),
        }
    }

    /// The last row that is looked at for this page, if there are more behind it.
    fn horizon(
        &self,
        select: &Select,
        connection: &Connection,
        (cursor, from): (&Cursor, Option<Id>),
    ) -> rusqlite::Result<Option<Id>> {
        let mut rows = select.clone().headed(self.narrow);
        if let Some(from) = from {
            rows.edge(self.id, cursor.is_backward(), from);
        }
        let (looked_at, end) =
            rows.reach(connection, self.id, cursor.is_backward(), self.window)?;
        Ok(end.filter(|_| looked_at == self.window))
    }

    /// One page, newest first.
    pub(in crate::store) fn page<T>(
        &self,
        select: Select,
        connection: &Connection,
        cursor: &Cursor,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        key: impl Fn(&T) -> Id,
    ) -> Result<Page<T>, StoreError> {
        let words = folded(&self.words)?;
        let (cursor, from) = self.begin(cursor);
        let is_backward = cursor.is_backward();
        let horizon = self.horizon(&select, connection, (cursor, from))?;
        let mut select = select;
        select.with(self.condition, ":search", words);
        if let Some(end) = horizon {
            select.horizon(self.id, is_backward, end);
        }
        let mut page = select.newest(connection, self.id, cursor, map, key)?;
        if let Some(end) = horizon {
            let edge = Edge {
                key: Key::Id,
                id: end,
            };
            let further = if is_backward {
                &mut page.before
            } else {
                &mut page.after
            };
            further.get_or_insert_with(|| edge.token(self.id));
        }
        Ok(page)
    }

    /// How many match among the rows that are looked at for a first page.
    pub(in crate::store) fn count(
        &self,
        select: Select,
        connection: &Connection,
    ) -> Result<Found, StoreError> {
        let words = folded(&self.words)?;
        let horizon = self.horizon(&select, connection, (&Cursor::First, None))?;
        let mut select = select.headed(self.narrow);
        select.with(self.condition, ":search", words);
        if let Some(end) = horizon {
            select.horizon(self.id, false, end);
        }
        let found = select.count_up_to(connection, self.window)?;
        Ok(match horizon {
            None => found,
            Some(_) => Found::AtLeast(found.number()),
        })
    }
}

/// Words as they are looked for.
///
/// # Errors
/// There are too many of them.
pub(in crate::store) fn folded(words: &str) -> Result<String, StoreError> {
    match text::overlong_search(words) {
        None => Ok(text::fold(words)),
        Some(length) => Err(StoreError::SearchTooLong(length)),
    }
}
