//! Puts a list's query together: fixed SQL text, conditions that apply, one page of it.
//!
//! A page is cut by key, never by counting rows off: `(key, id) > (:edge, :edge_id)` is a step into
//! the index that has the list's order, wherever the page lies.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, ToSql};

use crate::domain::page::{Cursor, Edge, Found, Key, PAGE_ROWS, Page};

#[cfg(test)]
thread_local! {
    /// What was read, for the test of its plans.
    pub(in crate::store) static SEEN: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// A column that a list may be sorted by.
#[derive(Debug)]
pub struct Column {
    /// In addresses.
    pub name: &'static str,
    /// What is compared, for which there is an index; the row's number breaks ties.
    pub(in crate::store) key: &'static str,
    /// Whether one reads it from the greatest value down, if nothing else was asked: moments.
    pub(in crate::store) falls: bool,
}

/// A list and what it may be sorted by: by the row's number at first.
#[derive(Debug)]
pub struct Columns {
    pub(in crate::store) list: &'static str,
    /// The row's number.
    pub(in crate::store) id: &'static str,
    pub(in crate::store) offered: &'static [Column],
}

/// The order in which a list is read.
#[derive(Debug, Clone, Copy)]
pub struct Sort {
    of: &'static Columns,
    column: &'static Column,
    is_descending: bool,
}

impl Columns {
    /// The order that an address names: `email`, or `-email` for the other way round. What names
    /// none is the list's usual order.
    pub fn sort(&'static self, asked: Option<&str>) -> Sort {
        let asked = asked.unwrap_or_default();
        let (is_reversed, name) = match asked.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, asked),
        };
        match self.offered.iter().find(|column| column.name == name) {
            Some(column) => Sort {
                of: self,
                column,
                is_descending: column.falls != is_reversed,
            },
            None => self.usual(),
        }
    }

    /// The list's usual order.
    pub const fn usual(&'static self) -> Sort {
        let column = &self.offered[0];
        Sort {
            of: self,
            column,
            is_descending: column.falls,
        }
    }

    /// Every column's name.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.offered.iter().map(|column| column.name)
    }
}

impl Sort {
    /// What an address says for it; nothing for the usual order.
    pub fn name(&self) -> String {
        let name = self.column.name;
        match (
            self.is_descending == self.column.falls,
            name == self.of.offered[0].name,
        ) {
            (true, true) => String::new(),
            (true, false) => name.to_owned(),
            (false, _) => format!("-{name}"),
        }
    }

    /// The column's name.
    pub const fn column(&self) -> &'static str {
        self.column.name
    }

    pub const fn is_descending(&self) -> bool {
        self.is_descending
    }

    /// The same column the other way round.
    #[must_use]
    pub const fn reversed(mut self) -> Self {
        self.is_descending = !self.is_descending;
        self
    }

    /// What a page's edges name, so that they mean nothing in another list or order.
    fn token(&self) -> String {
        let sign = if self.is_descending { "-" } else { "" };
        format!("{}.{sign}{}", self.of.list, self.column.name)
    }
}

/// A `SELECT` that grows conditions. Only literals of ours become SQL; values are bound.
#[derive(Clone)]
pub(in crate::store) struct Select {
    head: &'static str,
    conditions: Vec<&'static str>,
    /// Edges and horizons.
    more: String,
    values: Vec<(&'static str, Value)>,
}

impl Select {
    pub(in crate::store) const fn new(head: &'static str) -> Self {
        Self {
            head,
            conditions: Vec::new(),
            more: String::new(),
            values: Vec::new(),
        }
    }

    /// Adds a condition without a value.
    pub(in crate::store) fn when(&mut self, condition: &'static str) -> &mut Self {
        self.conditions.push(condition);
        self
    }

    /// Adds a condition and binds its value.
    pub(in crate::store) fn with(
        &mut self,
        condition: &'static str,
        name: &'static str,
        value: impl Into<Value>,
    ) -> &mut Self {
        self.when(condition).bind(name, value)
    }

    /// Binds a value that the head or a condition names.
    pub(in crate::store) fn bind(
        &mut self,
        name: &'static str,
        value: impl Into<Value>,
    ) -> &mut Self {
        self.values.push((name, value.into()));
        self
    }

    /// The same rows with other columns of them.
    pub(in crate::store) const fn headed(mut self, head: &'static str) -> Self {
        self.head = head;
        self
    }

    /// Only rows behind this one, read newest first or against it.
    pub(in crate::store) fn edge(&mut self, id: &'static str, is_backward: bool, from: i64) {
        let order = Order::newest(id);
        self.more.push_str(" AND ");
        self.more.push_str(&order.edge(is_backward));
        self.bind(":edge_id", from);
    }

    /// Only rows up to this one, which is one of them.
    pub(in crate::store) fn horizon(&mut self, id: &'static str, is_backward: bool, end: i64) {
        let sign = if is_backward { " <=" } else { " >=" };
        for part in [" AND ", id, sign, " :horizon"] {
            self.more.push_str(part);
        }
        self.bind(":horizon", end);
    }

    /// Of the next `limit` rows, newest first or against it, how many there are and the last one.
    pub(in crate::store) fn reach(
        &self,
        connection: &Connection,
        id: &'static str,
        is_backward: bool,
        limit: i64,
    ) -> rusqlite::Result<(i64, Option<i64>)> {
        let by = Order::newest(id).by(is_backward);
        let inner = self.sql(&format!(" ORDER BY {by} LIMIT {limit}"));
        let end = if is_backward { "max" } else { "min" };
        connection
            .prepare_cached(&format!("SELECT count(*), {end}(id) FROM ({inner})"))?
            .query_row(self.params().as_slice(), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
    }

    fn sql(&self, tail: &str) -> String {
        let mut sql = self.head.to_owned();
        // Whatever follows is one more condition.
        sql.push_str(" WHERE TRUE");
        for condition in &self.conditions {
            sql.push_str(" AND ");
            sql.push_str(condition);
        }
        sql.push_str(&self.more);
        sql.push_str(tail);
        sql
    }

    fn params(&self) -> Vec<(&str, &dyn ToSql)> {
        self.values
            .iter()
            .map(|(name, value)| (*name, value as &dyn ToSql))
            .collect()
    }

    fn number(&self, connection: &Connection, sql: &str) -> rusqlite::Result<i64> {
        connection
            .prepare_cached(sql)?
            .query_row(self.params().as_slice(), |row| row.get(0))
    }

    /// How many rows there are, up to `limit`: the head selects anything at all.
    pub(in crate::store) fn count_up_to(
        &self,
        connection: &Connection,
        limit: i64,
    ) -> rusqlite::Result<Found> {
        let inner = self.sql(&format!(" LIMIT {limit} + 1"));
        let counted = self.number(connection, &format!("SELECT count(*) FROM ({inner})"))?;
        Ok(Found::bounded(counted, limit))
    }

    /// One page in a list's order; `key` is what a row has in the column of that name.
    pub(in crate::store) fn page<T>(
        self,
        connection: &Connection,
        sort: Sort,
        cursor: &Cursor,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        edge: impl Fn(&T, &'static str) -> Edge,
    ) -> rusqlite::Result<Page<T>> {
        let column = sort.column.name;
        let order = Order {
            key: sort.column.key,
            id: sort.of.id,
            is_descending: sort.is_descending,
        };
        self.read(connection, &order, &sort.token(), cursor, map, |row| {
            edge(row, column)
        })
    }

    /// One page, newest first, cut by the row number in column `id`.
    pub(in crate::store) fn newest<T>(
        self,
        connection: &Connection,
        id: &'static str,
        cursor: &Cursor,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        key: impl Fn(&T) -> i64,
    ) -> rusqlite::Result<Page<T>> {
        let order = Order::newest(id);
        self.read(connection, &order, id, cursor, map, |row| Edge {
            key: Key::Id,
            id: key(row),
        })
    }

    /// The same where the conditions say already where the page begins.
    pub(in crate::store) fn newest_within<T>(
        self,
        connection: &Connection,
        id: &'static str,
        cursor: &Cursor,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        key: impl Fn(&T) -> i64,
    ) -> rusqlite::Result<Page<T>> {
        let order = Order::newest(id);
        self.rows(connection, &order, id, cursor, map, |row| Edge {
            key: Key::Id,
            id: key(row),
        })
    }

    fn read<T>(
        mut self,
        connection: &Connection,
        order: &Order,
        name: &str,
        cursor: &Cursor,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        edge: impl Fn(&T) -> Edge,
    ) -> rusqlite::Result<Page<T>> {
        // A token that is forged, or another list's, is the first page.
        let (cursor, from) = match cursor {
            Cursor::First | Cursor::Last => (cursor, None),
            Cursor::After(token) | Cursor::Before(token) => match Edge::parse(token, name) {
                Some(edge) if order.takes(&edge.key) => (cursor, Some(edge)),
                _ => (&Cursor::First, None),
            },
        };
        if let Some(from) = from {
            self.more.push_str(" AND ");
            self.more.push_str(&order.edge(cursor.is_backward()));
            self.bind(":edge_id", from.id);
            match from.key {
                Key::Id => {}
                Key::Number(number) => _ = self.bind(":edge", number),
                Key::Text(text) => _ = self.bind(":edge", text),
            }
        }
        self.rows(connection, order, name, cursor, map, edge)
    }

    fn rows<T>(
        self,
        connection: &Connection,
        order: &Order,
        name: &str,
        cursor: &Cursor,
        mut map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
        edge: impl Fn(&T) -> Edge,
    ) -> rusqlite::Result<Page<T>> {
        let limit = PAGE_ROWS + 1;
        let by = order.by(cursor.is_backward());
        let sql = self.sql(&format!(" ORDER BY {by} LIMIT {limit}"));
        #[cfg(test)]
        SEEN.with_borrow_mut(|seen| seen.push(sql.clone()));
        let rows = connection
            .prepare_cached(&sql)?
            .query_map(self.params().as_slice(), |row| {
                let row = map(row)?;
                let token = edge(&row).token(name);
                Ok((row, token))
            })?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(Page::cut(rows, cursor, PAGE_ROWS))
    }
}

/// An order in SQL.
struct Order {
    key: &'static str,
    id: &'static str,
    is_descending: bool,
}

impl Order {
    const fn newest(id: &'static str) -> Self {
        Self {
            key: id,
            id,
            is_descending: true,
        }
    }

    fn is_by_id(&self) -> bool {
        self.key == self.id
    }

    fn takes(&self, key: &Key) -> bool {
        self.is_by_id() == (*key == Key::Id)
    }

    fn by(&self, is_backward: bool) -> String {
        let Self { key, id, .. } = self;
        let way = if self.is_descending == is_backward {
            "ASC"
        } else {
            "DESC"
        };
        if self.is_by_id() {
            format!("{id} {way}")
        } else {
            format!("{key} {way}, {id} {way}")
        }
    }

    fn edge(&self, is_backward: bool) -> String {
        let Self { key, id, .. } = self;
        let sign = if self.is_descending == is_backward {
            '>'
        } else {
            '<'
        };
        if self.is_by_id() {
            format!("{id} {sign} :edge_id")
        } else {
            format!("({key}, {id}) {sign} (:edge, :edge_id)")
        }
    }
}
