//! Plain text from outside: bounded, and free of control characters that have no business in it.

use super::phrase::Phrase;

/// One line: trimmed, no line breaks or other control characters, at most `max` characters.
pub fn line(raw: &str, max: usize) -> Result<String, Phrase> {
    let text = raw.trim();
    if text.chars().any(is_forbidden_in_line) {
        return Err(Phrase::new("error-control-characters"));
    }
    bounded(text, max)
}

/// Several lines: line ends become LF, tabs stay, other control characters are refused.
pub fn lines(raw: &str, max: usize) -> Result<String, Phrase> {
    let text = raw.replace("\r\n", "\n").replace('\r', "\n");
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    {
        return Err(Phrase::new("error-control-characters"));
    }
    bounded(text.trim_end(), max)
}

/// Most characters of a search.
pub const MAX_SEARCH: usize = 200;

/// A search: control characters become spaces. A longer one than [`MAX_SEARCH`] stays as it is, to be
/// refused where it would be looked for: part of it would find others than those who were meant.
pub fn search(raw: &str) -> String {
    let text: String = raw
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.trim().to_owned()
}

/// The length of a search that is too long.
pub fn overlong_search(words: &str) -> Option<usize> {
    let length = words.chars().count();
    (length > MAX_SEARCH).then_some(length)
}

/// What is said of a search of so many characters.
pub fn search_too_long(length: usize) -> Phrase {
    Phrase::new("error-search-too-long")
        .with("max", MAX_SEARCH)
        .with("length", length)
}

/// The form in which texts are compared when searching: lower case, `ё` as `е`.
pub fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ё' { 'е' } else { c })
        .collect()
}

/// Whether a character takes no room and leaves no ink: zero-width blanks and joiners, direction marks,
/// the byte-order mark, the soft hyphen, fillers. They come along when text is copied from pages and
/// documents.
pub const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}

/// Text without the blanks and the invisible characters round it.
pub fn trim_invisible(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))
}

/// Whether a reader sees nothing of it: white space, and characters that have no width.
pub fn is_blank(text: &str) -> bool {
    let is_seen = |c: char| !(c.is_whitespace() || c.is_control() || is_invisible(c));
    !text.contains(is_seen)
}

fn is_forbidden_in_line(c: char) -> bool {
    // U+2028 and U+2029 break lines in some readers.
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') || turns_direction(c)
}

/// Whether a character changes the direction in which its neighbours are read (UAX #9), so that a
/// text can be shown as another one.
const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a terminal, an editor or a browser would do something with a character instead of showing
/// it: control characters, line separators, direction marks and the byte order mark.
pub const fn acts_on_terminals(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}')
        || turns_direction(c)
}

/// Text from outside (a mail server's words, a file's cell) as it can be shown anywhere: characters
/// that would be obeyed are shown instead, line breaks and tabs stay.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
            '\u{7f}' => '\u{2421}',
            c if acts_on_terminals(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

fn bounded(text: &str, max: usize) -> Result<String, Phrase> {
    let length = text.chars().count();
    if length > max {
        return Err(Phrase::new("error-too-long")
            .with("max", max)
            .with("length", length));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_in_a_name_is_refused_so_that_it_cannot_become_a_header() {
        assert!(line("Anna\r\nBcc: x@y.z", 200).is_err());
        assert!(line("An\u{2028}na", 200).is_err());
        assert_eq!(line("  Анна ", 200), Ok("Анна".to_owned()));
    }

    #[test]
    fn a_body_keeps_its_lines_and_tabs_and_nothing_else_invisible() {
        assert_eq!(lines("a\r\nb\rc\n\td\n\n", 99), Ok("a\nb\nc\n\td".into()));
        assert!(lines("a\0b", 99).is_err());
    }

    #[test]
    fn what_would_be_obeyed_is_shown_instead() {
        assert_eq!(visible("a\u{1b}[31m\u{7}\tb\nc"), "a␛[31m␇\tb\nc");
        assert_eq!(visible("\u{9b}2J\u{7f}"), "\u{fffd}2J␡");
        assert_eq!(
            visible("user\u{202e}gpj.exe\u{2066}"),
            "user\u{fffd}gpj.exe\u{fffd}"
        );
        assert_eq!(visible("Ёлка – 550 5.1.1"), "Ёлка – 550 5.1.1");
    }

    #[test]
    fn what_nobody_sees_is_blank() {
        for text in ["", " \t", "\u{a0}\u{200b}\u{feff}", "\u{3164}\u{ad}"] {
            assert!(is_blank(text), "{text:?}");
        }
        assert!(!is_blank("\u{200b}a") && !is_blank("."));
    }

    #[test]
    fn search_ignores_case_and_yo_in_russian() {
        assert_eq!(fold("ПЁТР Ильич"), fold("пЕтр ильИЧ"));
    }
}
