//! Pages of a list, cut by key: where a page begins is said by the row before it, so that the
//! millionth page costs what the first one does.

/// Rows on a page.
pub const PAGE_ROWS: usize = 50;

/// Which page of a list is meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cursor {
    #[default]
    First,
    /// The page that follows this row ([`Edge::token`]).
    After(String),
    /// The page that precedes this row.
    Before(String),
    Last,
}

impl Cursor {
    /// From what an address says; where it says several things, the first of these.
    pub fn from_query(after: Option<&str>, before: Option<&str>, last: Option<&str>) -> Self {
        match (after, before, last) {
            (Some(token), ..) if !token.is_empty() => Self::After(token.to_owned()),
            (_, Some(token), _) if !token.is_empty() => Self::Before(token.to_owned()),
            (_, _, Some(_)) => Self::Last,
            _ => Self::First,
        }
    }

    /// Whether rows are read against the list's order, to be turned round.
    pub const fn is_backward(&self) -> bool {
        matches!(self, Self::Before(_) | Self::Last)
    }
}

/// What a list is sorted by at the edge of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// By the row's number alone.
    Id,
    Number(i64),
    Text(String),
}

/// The row at which a page begins or ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    pub key: Key,
    /// Breaks ties.
    pub id: i64,
}

impl Edge {
    /// For an address. It names the list and its order, because it means nothing in another one.
    pub fn token(&self, order: &str) -> String {
        let id = self.id;
        match &self.key {
            Key::Id => format!("{order}~{id}"),
            Key::Number(number) => format!("{order}~{id}~n{number}"),
            Key::Text(text) => format!("{order}~{id}~t{text}"),
        }
    }

    /// Reads a token of this order; a forged one, or another order's, is none.
    pub fn parse(token: &str, order: &str) -> Option<Self> {
        let rest = token.strip_prefix(order)?.strip_prefix('~')?;
        let Some((id, key)) = rest.split_once('~') else {
            return Some(Self {
                key: Key::Id,
                id: rest.parse().ok()?,
            });
        };
        let id = id.parse().ok()?;
        let key = match key.split_at_checked(1)? {
            ("n", number) => Key::Number(number.parse().ok()?),
            ("t", text) => Key::Text(text.to_owned()),
            _ => return None,
        };
        Some(Self { key, id })
    }
}

/// One page of rows, and the edges of its neighbours where there are any.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub before: Option<String>,
    pub after: Option<String>,
}

impl<T> Page<T> {
    /// From up to `limit + 1` rows in reading order of the query (reversed when the cursor looks
    /// back), each with its edge: the extra row only proves that there is more.
    pub fn cut(mut rows: Vec<(T, String)>, cursor: &Cursor, limit: usize) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        if cursor.is_backward() {
            rows.reverse();
        }
        let first = rows.first().map(|(_, edge)| edge.clone());
        let last = rows.last().map(|(_, edge)| edge.clone());
        let (has_before, has_after) = match cursor {
            Cursor::First => (false, more),
            Cursor::After(_) => (true, more),
            Cursor::Before(_) => (more, true),
            Cursor::Last => (more, false),
        };
        Self {
            before: first.filter(|_| has_before),
            after: last.filter(|_| has_after),
            rows: rows.into_iter().map(|(row, _)| row).collect(),
        }
    }

    /// The same page of what is made of its rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(f).collect(),
            before: self.before,
            after: self.after,
        }
    }
}

/// How many there are, as far as was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Exactly(i64),
    /// Counting on would take too long.
    AtLeast(i64),
}

impl Found {
    /// Counted up to `limit` and one.
    pub const fn bounded(counted: i64, limit: i64) -> Self {
        if counted > limit {
            Self::AtLeast(limit)
        } else {
            Self::Exactly(counted)
        }
    }

    pub const fn number(self) -> i64 {
        match self {
            Self::Exactly(number) | Self::AtLeast(number) => number,
        }
    }

    pub const fn is_exact(self) -> bool {
        matches!(self, Self::Exactly(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(numbers: &[i32]) -> Vec<(i32, String)> {
        numbers.iter().map(|n| (*n, n.to_string())).collect()
    }

    #[test]
    fn a_page_knows_its_neighbours() {
        let first = Page::cut(rows(&[9, 8, 7]), &Cursor::First, 2);
        assert_eq!(
            (first.rows, first.before, first.after),
            (vec![9, 8], None, Some("8".into()))
        );
        let back = Page::cut(rows(&[8, 9]), &Cursor::Before("7".into()), 2);
        assert_eq!(
            (back.rows, back.before, back.after),
            (vec![9, 8], None, Some("8".into()))
        );
        let next = Page::cut(rows(&[7]), &Cursor::After("8".into()), 2);
        assert_eq!(
            (next.rows, next.before, next.after),
            (vec![7], Some("7".into()), None)
        );
        let last = Page::cut(rows(&[1, 2, 3]), &Cursor::Last, 2);
        assert_eq!(
            (last.rows, last.before, last.after),
            (vec![2, 1], Some("2".into()), None)
        );
    }

    #[test]
    fn an_edge_is_read_back_in_its_own_order_and_in_no_other() {
        for key in [
            Key::Id,
            Key::Number(-5),
            Key::Text(String::new()),
            Key::Text("а~б~n1".into()),
        ] {
            let edge = Edge { key, id: 7 };
            let token = edge.token("recipients.email");
            assert_eq!(Edge::parse(&token, "recipients.email"), Some(edge));
            assert_eq!(Edge::parse(&token, "recipients.name"), None);
            assert_eq!(Edge::parse(&token, "recipients.e"), None);
            assert_eq!(Edge::parse(&token, "messages.email"), None);
        }
        for forged in [
            "", "~", "a", "a~", "a~x", "a~1~", "a~1~z5", "a~1~nx", "a~9e9", "a~1~я",
        ] {
            assert_eq!(Edge::parse(forged, "a"), None, "{forged}");
        }
    }
}
