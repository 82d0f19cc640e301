//! Cells that a spreadsheet would take for formulas (CSV injection): an apostrophe in front keeps it
//! from running them, and is taken off again when the file comes back.

const fn begins_one(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r')
}

/// Whether a cell may begin behind this character, also for a spreadsheet that splits at a separator
/// which is not ours, or at a line's end.
const fn is_border(c: char) -> bool {
    matches!(c, ',' | ';' | '\t' | '\r' | '\n')
}

/// A cell without formulas.
pub fn defuse(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len());
    let mut begins = true;
    for c in cell.chars() {
        if begins && begins_one(c) {
            safe.push('\'');
        }
        // A quote that a program takes off leaves what is behind it at the beginning.
        begins = is_border(c) || (begins && c == '"');
        safe.push(c);
    }
    safe
}

/// The cell that was there before.
pub fn restore(cell: &str) -> String {
    let mut restored = String::with_capacity(cell.len());
    let mut begins = true;
    let mut rest = cell.chars().peekable();
    while let Some(c) = rest.next() {
        if begins && c == '\'' && rest.peek().copied().is_some_and(begins_one) {
            continue;
        }
        begins = is_border(c) || (begins && c == '"');
        restored.push(c);
    }
    restored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_defused_can_be_restored() {
        for cell in [
            "=1+1", "a,-b;=c", "\"=1", "c\n-d", "'a", "e - f; g", "--", "", "+7 900",
        ] {
            let safe = defuse(cell);
            assert_eq!(restore(&safe), cell, "{safe}");
        }
        assert_eq!(defuse("a,-b;=c"), "a,'-b;'=c");
    }
}
