//! Which recipients a mailing's form has picked, said in a few words however many they are.
//!
//! A form for 10,000 recipients cannot carry 10,000 ticks. It carries this instead: start from
//! those the mailing has now (or from nobody), add all that match some searches, add some, leave
//! some out. Any state that ticking, searching and "all that match" can reach is such a sentence.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{Id, text};

/// Most single ticks a selection may carry beside its searches.
pub const MAX_TICKS: usize = 20_000;
/// Most searches that it may add up.
pub const MAX_SEARCHES: usize = 50;

/// (those of the mailing, if `current`) ∪ (all that match `matching`) ∪ `with` ∖ `without`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selection {
    /// Whether those that the mailing has now are in.
    #[serde(rename = "c", skip_serializing_if = "std::ops::Not::not")]
    pub current: bool,
    /// Searches all of whose matches are in; the empty search matches everyone.
    #[serde(rename = "m", skip_serializing_if = "Vec::is_empty")]
    pub matching: Vec<String>,
    #[serde(rename = "w", skip_serializing_if = "BTreeSet::is_empty")]
    pub with: BTreeSet<Id>,
    #[serde(rename = "o", skip_serializing_if = "BTreeSet::is_empty")]
    pub without: BTreeSet<Id>,
}

impl Selection {
    /// Those that the mailing has now.
    pub fn current() -> Self {
        Self {
            current: true,
            ..Self::default()
        }
    }

    /// What a page of ticks says: of those shown, the ticked are in and the others out.
    pub fn apply_ticks(&mut self, shown: &[Id], ticked: &BTreeSet<Id>) {
        for id in shown {
            let (to, from) = if ticked.contains(id) {
                (&mut self.with, &mut self.without)
            } else {
                (&mut self.without, &mut self.with)
            };
            from.remove(id);
            to.insert(*id);
        }
    }

    /// Adds all that match; `matched_without` are the left-out ones that match, who come back.
    pub fn add_matching(&mut self, search: &str, matched_without: &[Id]) {
        for id in matched_without {
            self.without.remove(id);
        }
        if search.is_empty() {
            *self = Self {
                matching: vec![String::new()],
                ..Self::default()
            };
        } else if !self.matching.iter().any(|known| known == search) {
            self.matching.push(search.to_owned());
        }
    }

    /// Whether everybody is in but for those who are left out.
    pub fn is_everybody(&self) -> bool {
        self.matching.iter().any(String::is_empty)
    }

    /// Whether it keeps within what one form may carry.
    pub fn is_bounded(&self) -> bool {
        self.with.len() + self.without.len() <= MAX_TICKS
            && self.matching.len() <= MAX_SEARCHES
            && self
                .matching
                .iter()
                .all(|words| text::overlong_search(words).is_none())
    }

    /// For the form's hidden field.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the hidden field back; what is not ours counts as nothing picked. `None`: it is more than
    /// a form may carry.
    pub fn decode(text: &str) -> Option<Self> {
        Some(Self::restore(text)).filter(Self::is_bounded)
    }

    /// Reads back what was stored, whatever was allowed when it was.
    pub fn restore(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_on_one_page_leave_other_pages_alone() {
        let mut selection = Selection::default();
        selection.apply_ticks(&[1, 2, 3], &BTreeSet::from([1, 3]));
        selection.apply_ticks(&[4, 5], &BTreeSet::from([5]));
        selection.apply_ticks(&[1, 2, 3], &BTreeSet::from([2, 3]));
        assert_eq!(selection.with, BTreeSet::from([2, 3, 5]));
        assert_eq!(selection.without, BTreeSet::from([1, 4]));
    }

    #[test]
    fn all_that_match_brings_back_those_that_were_left_out() {
        let mut selection = Selection::current();
        selection.apply_ticks(&[1, 2], &BTreeSet::new());
        selection.add_matching("анна", &[2]);
        assert_eq!(selection.without, BTreeSet::from([1]));
        assert_eq!(selection.matching, ["анна"]);
        selection.add_matching("", &[1]);
        assert!(selection.without.is_empty());
    }

    #[test]
    fn a_forged_field_is_an_empty_selection() {
        for text in ["", "[]", "{\"w\":\"x\"}", "{\"z\":1}", "\0"] {
            assert_eq!(Selection::decode(text), Some(Selection::default()));
        }
        let mut selection = Selection::current();
        selection.apply_ticks(&[7], &BTreeSet::from([7]));
        assert_eq!(Selection::decode(&selection.encode()), Some(selection));
    }

    #[test]
    fn a_field_with_more_than_a_form_may_carry_is_refused_and_not_taken_for_nobody() {
        let with = |matching| Selection {
            matching,
            ..Selection::default()
        };
        let longest = "й".repeat(text::MAX_SEARCH);
        let fits = with(vec![longest.clone(); MAX_SEARCHES]);
        assert_eq!(Selection::decode(&fits.encode()), Some(fits.clone()));
        let too_long = with(vec![longest.clone() + "й"]);
        let too_many = with(vec![longest; MAX_SEARCHES + 1]);
        for selection in [too_long, too_many] {
            assert_eq!(Selection::decode(&selection.encode()), None);
            assert_eq!(Selection::restore(&selection.encode()), selection);
        }
    }
}
