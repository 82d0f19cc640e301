//! The index of substrings: every three letters in a row of every recipient's address, name and
//! comment (`recipients_search`, V7).

use crate::domain::Id;
use crate::domain::accounts::permission::Scope;
use crate::domain::page::{Cursor, Edge, Key};
use crate::store::StoreError;
use crate::store::db::window::folded;

/// Letters below which the index knows nothing.
const SHORTEST: usize = 3;
/// Where the owner stands in the index's row number, above the recipient's own (V7).
const OWNER_SHIFT: u32 = 40;

/// The index's row number of a recipient.
pub(in crate::store) const fn number(owner: Id, recipient: Id) -> i64 {
    owner << OWNER_SHIFT | recipient
}

/// The words as the index is asked for them: exactly these letters in this order, whatever they
/// are. `None` where they are too few.
pub(in crate::store) fn phrase(words: &str) -> Result<Option<String>, StoreError> {
    // The query is a C string.
    let folded = folded(words)?.replace('\0', " ");
    let is_known = folded.chars().count() >= SHORTEST;
    Ok(is_known.then(|| format!("\"{}\"", folded.replace('"', "\"\""))))
}

/// The row numbers of an owner's recipients, first and last.
pub(in crate::store) const fn rows(scope: Scope) -> (i64, i64) {
    match scope {
        Scope::Own(owner) => (number(owner, 0), number(owner + 1, 0) - 1),
        Scope::All => (0, i64::MAX),
    }
}

/// Those rows from the cursor's edge on. The edge narrows the range itself, so that the index goes
/// straight there; one that is not the owner's is the first page.
pub(in crate::store) fn range(scope: Scope, cursor: &Cursor) -> (Cursor, i64, i64) {
    let (from, to) = rows(scope);
    let (Cursor::After(token) | Cursor::Before(token)) = cursor else {
        return (cursor.clone(), from, to);
    };
    match Edge::parse(token, "f.rowid") {
        Some(Edge { key: Key::Id, id }) if (from..=to).contains(&id) => {
            if cursor.is_backward() {
                (cursor.clone(), id + 1, to)
            } else {
                (cursor.clone(), from, id - 1)
            }
        }
        _ => (Cursor::First, from, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text;

    #[test]
    fn words_are_a_phrase_whatever_is_in_them() {
        let phrase = |words| phrase(words).unwrap();
        assert_eq!(phrase("Ив"), None);
        assert_eq!(phrase("ИвА").as_deref(), Some("\"ива\""));
        assert_eq!(phrase("a\"b").as_deref(), Some("\"a\"\"b\""));
        assert_eq!(phrase("%_\\").as_deref(), Some("\"%_\\\""));
    }

    #[test]
    fn words_are_looked_for_as_a_whole_or_refused() {
        let longest = "й".repeat(text::MAX_SEARCH);
        assert!(phrase(&longest).is_ok());
        let error = phrase(&format!("{longest}й")).unwrap_err();
        assert!(matches!(error, StoreError::SearchTooLong(201)));
    }

    #[test]
    fn an_edge_of_another_owner_is_no_edge() {
        let token = |number| {
            Edge {
                key: Key::Id,
                id: number,
            }
            .token("f.rowid")
        };
        let mine = Cursor::After(token(number(2, 7)));
        assert_eq!(
            range(Scope::Own(2), &mine),
            (mine, number(2, 0), number(2, 6))
        );
        let theirs = Cursor::After(token(number(3, 7)));
        let (cursor, from, to) = range(Scope::Own(2), &theirs);
        assert_eq!(
            (cursor, from, to),
            (Cursor::First, number(2, 0), number(3, 0) - 1)
        );
    }
}
