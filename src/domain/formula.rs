//! Cells that a spreadsheet would take for formulas (CSV injection): an apostrophe in front keeps it
//! from running them, and is taken off again when the file comes back.

use super::text;

/// Also the full-width and small forms, which some programs take for the plain ones.
const fn begins_one(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫'
    )
}

/// Whether a cell may begin behind this character, also for a spreadsheet that splits at a separator
/// which is not ours, or at a line's end.
const fn is_border(c: char) -> bool {
    matches!(c, ',' | ';' | '\t' | '\r' | '\n')
}

/// Whether a cell still begins behind this character: a program may take off a quotation mark, blanks
/// and what cannot be seen.
fn is_passed_over(c: char) -> bool {
    c == '"' || c.is_whitespace() || text::is_invisible(c)
}

/// Copies a cell, with the apostrophes before each formula changed in number.
fn rewrite(cell: &str, number: impl Fn(usize) -> usize) -> String {
    let mut written = String::with_capacity(cell.len());
    let mut begins = true;
    let mut rest = cell;
    while let Some(c) = rest.chars().next() {
        if begins {
            let behind = rest.trim_start_matches('\'');
            let apostrophes = rest.len() - behind.len();
            let is_formula = behind.chars().next().is_some_and(begins_one);
            let kept = if is_formula {
                number(apostrophes)
            } else {
                apostrophes
            };
            written.extend(std::iter::repeat_n('\'', kept));
            if apostrophes > 0 && !is_formula {
                begins = false;
                rest = behind;
                continue;
            }
            rest = behind;
        }
        let c = rest.chars().next().unwrap_or(c);
        begins = is_border(c) || (begins && is_passed_over(c));
        written.push(c);
        rest = &rest[c.len_utf8()..];
    }
    written
}

/// A cell without formulas.
pub fn defuse(cell: &str) -> String {
    rewrite(cell, |apostrophes| apostrophes + 1)
}

/// The cell that was there before.
pub fn restore(cell: &str) -> String {
    rewrite(cell, |apostrophes| apostrophes.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_was_defused_can_be_restored() {
        for cell in [
            "=1+1",
            "a,-b;=c",
            "\"=1",
            "c\n-d",
            "'a",
            "e - f; g",
            "--",
            "",
            "+7 900",
            "'=1",
            "''+1",
            " =1",
            "\u{200b}=1",
            "\u{a0} ＝1",
            "' =1",
            "'",
        ] {
            let safe = defuse(cell);
            assert_eq!(restore(&safe), cell, "{safe}");
        }
        assert_eq!(defuse("a,-b;=c"), "a,'-b;'=c");
    }

    #[test]
    fn no_formula_is_left_however_it_is_written_and_whatever_stands_before_it() {
        for sign in [
            "=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫",
        ] {
            for before in [
                "",
                " ",
                "\u{a0}",
                "\u{3000} ",
                "\u{200b}",
                "\"",
                "\" ",
                "a;",
                "a, ",
            ] {
                let cell = format!("{before}{sign}1");
                assert_eq!(defuse(&cell), format!("{before}'{sign}1"));
            }
        }
    }

    proptest! {
        #[test]
        fn every_cell_comes_back_as_it_was(cell in "[ ='\"+＝,;\na\u{200b}-]{0,12}|.{0,20}") {
            prop_assert_eq!(restore(&defuse(&cell)), cell);
        }
    }
}
