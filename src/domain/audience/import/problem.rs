//! What is wrong with a line, and what of it is shown: every address that stands there, as it stands.

use super::model::Problem;
use super::traces;
use crate::domain::phrase::Phrase;
use crate::domain::text;

/// Characters of a wrong line that are shown …
const SHOWN: usize = 80;
/// … and of it together with the addresses that stand further behind.
const SHOWN_WITH_ADDRESSES: usize = 1_000;

/// A line has more than so many octets.
pub(super) fn too_long(most: usize) -> Phrase {
    Phrase::new("import-line-too-long").with("most", most / 1_024)
}

impl Problem {
    /// What is wrong with a line of these cells.
    pub(super) fn new<T: AsRef<str>>(line: u64, cells: &[T], phrase: Phrase) -> Self {
        Self {
            line,
            text: shown(cells),
            phrase,
        }
    }
}

/// What stands in a line, in short, and all of the addresses in it.
fn shown<T: AsRef<str>>(cells: &[T]) -> String {
    let cells = || cells.iter().map(|cell| text::trim_invisible(cell.as_ref()));
    let mut text = String::new();
    for cell in cells().filter(|it| !it.is_empty()) {
        if !text.is_empty() {
            text.push_str(" · ");
        }
        text.extend(cell.chars().take(SHOWN + 1));
        if text.len() > 4 * SHOWN {
            break;
        }
    }
    if let Some((end, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(end);
        text.push('…');
    }
    for address in cells().flat_map(traces::addresses) {
        if text.contains(address) {
            continue;
        }
        if text.chars().count() + address.chars().count() > SHOWN_WITH_ADDRESSES {
            text.push_str(" · …");
            break;
        }
        text.push_str(" · ");
        text.push_str(address);
    }
    // What nobody sees is often what is wrong.
    let shown = |c: char| match c {
        c if text::is_invisible(c) => format!("[U+{:04X}]", u32::from(c)),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_line_shows_every_address_in_it() {
        let name = "Ж".repeat(200);
        let cells = [name.as_str(), "to a@@b.example", "c@d.example"];
        let text = shown(&cells);
        assert!(text.ends_with("… · a@@b.example · c@d.example"), "{text}");
        assert!(text.chars().count() < 2 * SHOWN);
        assert_eq!(shown(&["iv\u{200b}an@x.example"]), "iv[U+200B]an@x.example");
        let many: Vec<String> = (0..10_000).map(|n| format!("n{n}@x.example")).collect();
        assert!(shown(&many).chars().count() <= SHOWN_WITH_ADDRESSES + 4);
        // An address longer than what is shown is cut nowhere, unless it is longer than any.
        let long = format!("{}@x.example", "a".repeat(300));
        assert!(shown(&[&long]).ends_with(&long));
    }
}
