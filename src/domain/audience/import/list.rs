//! Lists of addresses as they stand in a `To:` line (RFC 5322 §3.4), with the mistakes that copying and
//! typing bring: a separator, a bracket or a quotation mark too few or too many. A mistake stays within
//! its piece, and every piece is somebody or is reported.

use super::{labels, traces};

/// What ends a piece of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It may stand within a name: `Petrov, Oleg <…>`.
    Comma,
    Certain,
}

/// What a quotation mark begins.
enum Quoted {
    /// A name, up to there.
    Name(usize),
    /// Nothing: the mark, and all up to there, stands for itself.
    Nothing(usize),
}

/// What the quotation mark at the beginning of a text begins. A name in quotation marks is followed by
/// its address or by the end of the piece, and has nobody else's address in it; otherwise one of the
/// marks is missing.
fn quoted(text: &str) -> Quoted {
    let mut marks = text.char_indices().skip(1).peekable();
    let mut close = None;
    while let Some((at, c)) = marks.next() {
        match c {
            '\\' => drop(marks.next()),
            // Doubled, as in a table's cell.
            '"' if at > 1 && marks.peek().is_some_and(|(_, c)| *c == '"') => drop(marks.next()),
            '"' => {
                close = Some(at);
                break;
            }
            _ => {}
        }
    }
    let Some(close) = close else {
        return Quoted::Nothing(text.len());
    };
    let behind = text[close + 1..].trim_start_matches(' ');
    let ends = |c: char| matches!(c, '<' | '(' | ',' | ';' | '@' | '\t' | '，' | '；' | '、');
    let inside = &text[1..close];
    let holds_others =
        inside.contains('@') && inside.contains(['<', ',', ';', '\t', '，', '；', '、']);
    if !holds_others && (behind.is_empty() || behind.starts_with(ends)) {
        Quoted::Name(close + 1)
    } else {
        Quoted::Nothing(close)
    }
}

/// The length of the comment in parentheses at the beginning of a text, if what separates within it does
/// not separate: `(Petrov, O.)`.
fn comment(text: &str) -> Option<usize> {
    let end = text[1..].find(['(', ')'])? + 1;
    let inside = &text[1..end];
    let is_list = inside.contains('@') && inside.contains([',', ';', '\t']);
    (text[end..].starts_with(')') && !is_list).then_some(end + 1)
}

/// Octets in which the end of an address in angle brackets is looked for.
const BRACKETED: usize = 400;

/// The length of the address in angle brackets at the beginning of a text, if what separates within it is
/// a mistake of that address: `<ivan@example,ru>`.
fn bracketed(text: &str) -> Option<usize> {
    let near = &text[..text.floor_char_boundary(BRACKETED)];
    let end = near[1..].find(['<', '>'])? + 1;
    let inside = &near[1..end];
    let is_one = inside.matches('@').count() == 1 && !inside.contains(char::is_whitespace);
    (near[end..].starts_with('>') && is_one).then_some(end + 1)
}

/// A line's pieces between what separates.
fn segments(line: &str) -> Vec<(&str, End)> {
    let mut segments = Vec::new();
    // Quotation marks before `marks_from` stand for themselves.
    let (mut begin, mut at, mut marks_from) = (0, 0, 0);
    let (mut holds_address, mut begins_word) = (false, true);
    while let Some(c) = line[at..].chars().next() {
        let mut next = at + c.len_utf8();
        let end = match c {
            '"' if at >= marks_from => {
                match quoted(&line[at..]) {
                    Quoted::Name(length) => next = at + length,
                    Quoted::Nothing(length) => marks_from = at + length,
                }
                None
            }
            '(' => {
                next = at + comment(&line[at..]).unwrap_or(1);
                None
            }
            '<' => {
                next = at + bracketed(&line[at..]).unwrap_or(1);
                None
            }
            ';' | '；' | '\t' => Some(End::Certain),
            ',' | '，' | '、' => Some(End::Comma),
            // A header field that follows in the same line.
            _ if begins_word && holds_address && labels::header(&line[at..]).is_some() => {
                segments.push((&line[begin..at], End::Certain));
                (begin, holds_address) = (at, false);
                None
            }
            _ => None,
        };
        holds_address |= line[at..next].contains('@');
        begins_word = c.is_whitespace();
        if let Some(end) = end {
            segments.push((&line[begin..at], end));
            (begin, holds_address, begins_word) = (next, false, true);
        }
        at = next;
    }
    segments.push((&line[begin..], End::Certain));
    segments
}

/// `Ivan <a@x.ru> Oleg <b@x.ru> c@x.ru`: the pieces between which a separator is missing. Where it is not
/// certain whose name is which, it stays one piece, which has several addresses.
fn unjoined(segment: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = segment.split_inclusive('>').collect();
    // Nothing, or bare addresses, behind the last bracket.
    let mut bare = Vec::new();
    let is_bare = |last: &str| last.split_whitespace().all(|word| word.contains('@'));
    if let Some(last) = parts.pop_if(|last| !last.contains(['<', '>']) && is_bare(last)) {
        bare.extend(last.split_whitespace());
    }
    let is_mailbox = |part: &&str| {
        let inside = part.split_once('<').map(|(_, inside)| inside);
        inside.is_some_and(|it| it.contains('@') && it.ends_with('>') && !it.contains('<'))
    };
    let has_name = |part: &str| !part.trim_start().starts_with('<');
    let is_certain = parts.first().is_some_and(|first| has_name(first))
        || !parts.iter().any(|part| has_name(part));
    if !parts.is_empty() && parts.iter().all(is_mailbox) && is_certain {
        parts.extend(bare);
        parts
    } else {
        vec![segment]
    }
}

/// Nothing of an empty text.
fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// Pieces of a line, as they are put together.
#[derive(Default)]
struct Pieces {
    done: Vec<String>,
    /// The beginning of a name with commas in it.
    before: String,
}

impl Pieces {
    fn end(&mut self) {
        self.done.extend(some(std::mem::take(&mut self.before)));
    }

    fn add(&mut self, segment: &str) {
        if segment.is_empty() {
            return;
        }
        let may_be_address = |word: &str| word.contains('@') || traces::is_domain(word);
        let is_bare = !segment.contains(['<', '>', '(']);
        if is_bare && segment.split_whitespace().all(may_be_address) {
            self.end();
            self.done
                .extend(segment.split_whitespace().map(str::to_owned));
            return;
        }
        // A name in quotation marks is whole, and an address in brackets has no name before its comma.
        if segment.starts_with(['"', '<']) {
            self.end();
        }
        for part in unjoined(segment) {
            if !self.before.is_empty() {
                self.before.push_str(", ");
            }
            self.before.push_str(part.trim());
            if part.contains(['@', '<', '>']) {
                self.end();
            }
        }
    }
}

/// The pieces of a list, each with one address where all is well. A semicolon separates; where there
/// is none a comma does, and blanks where there are addresses alone. A name with a comma in it
/// (`Petrov, Oleg <…>`) is one piece. The names of header fields and of a group are no part of them.
pub(super) fn pieces(line: &str) -> Vec<String> {
    let mut pieces = Pieces::default();
    let line = labels::without(line);
    // All of it is in quotation marks, as in a table's cell.
    let inside = line.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let line = inside.filter(|it| !it.contains('"')).unwrap_or(line);
    for (segment, end) in segments(line) {
        let segment = labels::without(segment);
        pieces.add(labels::without(labels::without_mark(segment)));
        if end == End::Certain {
            pieces.end();
        }
    }
    let mut pieces = pieces.done;
    let is_group = |piece: &String| labels::group(piece).is_some();
    if let [first, rest @ ..] = pieces.as_mut_slice()
        && !rest.is_empty()
        && !rest.iter().any(is_group)
        && let Some(length) = labels::group(first)
    {
        *first = first[length..].trim_start().to_owned();
        if first.is_empty() {
            pieces.remove(0);
        }
    }
    pieces
}

/// Lines by which a list is told from a table.
const LOOKED_AT: usize = 200;
/// Of so many pieces one may hold no address.
const ONE_IN: usize = 5;

/// Whether a text's first lines are lists of addresses: below a mail's header, with names in the manner of
/// mail programs, or several in a line. Addresses one a line are a table of one column as well. Whether
/// the addresses are sound does not matter: a list with a mistake in it is no table.
pub(super) fn is_list<'a>(lines: impl Iterator<Item = &'a str>) -> bool {
    let (mut addresses, mut words, mut is_shown, mut has_header) = (0, 0, false, false);
    for line in lines.filter(|line| !line.trim().is_empty()).take(LOOKED_AT) {
        let pieces = pieces(line);
        let holds = |piece: &&String| {
            !traces::addresses(piece).is_empty() || traces::bracketed(piece).is_some()
        };
        let count = pieces.iter().filter(holds).count();
        addresses += count;
        words += pieces.len() - count;
        let in_brackets = |piece: &String| piece.contains(['<', '>']) && holds(&piece);
        is_shown |= count > 1 || pieces.iter().any(in_brackets);
        has_header |= labels::header(line.trim_start()).is_some();
    }
    addresses > 0 && (has_header || (is_shown && words * ONE_IN <= addresses))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_several_people() {
        for (line, expected) in [
            ("a@x.ru, b@x.ru;c@x.ru", &["a@x.ru", "b@x.ru", "c@x.ru"][..]),
            ("a@x.ru b@x.ru", &["a@x.ru", "b@x.ru"]),
            ("a@x.ru;", &["a@x.ru"]),
            (
                "To: Ivan <a@b.ru>, \"Petrov, O.\" <c@d.ru>",
                &["Ivan <a@b.ru>", "\"Petrov, O.\" <c@d.ru>"],
            ),
            (
                "Петров, Олег <c@d.ru>; Анна <a@b.ru>",
                &["Петров, Олег <c@d.ru>", "Анна <a@b.ru>"],
            ),
            ("a@x.ru, Анна", &["a@x.ru", "Анна"]),
            ("Анна, <a@x.ru>", &["Анна", "<a@x.ru>"]),
            (
                "a@x.ru (Petrov, O.), b@x.ru",
                &["a@x.ru (Petrov, O.)", "b@x.ru"],
            ),
            ("To: a@x.ru Cc: b@x.ru", &["a@x.ru", "b@x.ru"]),
            (
                "Кому: a@x.ru; Копия: Анна <b@x.ru>",
                &["a@x.ru", "Анна <b@x.ru>"],
            ),
            ("Board: a@x.ru, b@x.ru;", &["a@x.ru", "b@x.ru"]),
            (
                "Ivan <a@x.ru> Oleg <b@x.ru>",
                &["Ivan <a@x.ru>", "Oleg <b@x.ru>"],
            ),
            ("<a@x.ru><b@x.ru>", &["<a@x.ru>", "<b@x.ru>"]),
        ] {
            assert_eq!(pieces(line), expected, "{line}");
        }
    }

    #[test]
    fn a_mistake_stays_within_its_piece() {
        for (line, expected) in [
            (
                "Karl <karl@x.ru, eva@x.ru",
                &["Karl <karl@x.ru", "eva@x.ru"][..],
            ),
            (
                "Karl karl@x.ru>, eva@x.ru",
                &["Karl karl@x.ru>", "eva@x.ru"],
            ),
            (
                "\"Meier, Hans <h@x.ru>, \"Kim, Eva\" <e@x.ru>",
                &["\"Meier, Hans <h@x.ru>", "\"Kim, Eva\" <e@x.ru>"],
            ),
            (
                "Hans\" <h@x.ru>, e@x.ru, \"Karl",
                &["Hans\" <h@x.ru>", "e@x.ru", "\"Karl"],
            ),
            ("a@x.ru (Petrov, b@x.ru", &["a@x.ru (Petrov", "b@x.ru"]),
            ("a@x.ru (b@x.ru, c@x.ru)", &["a@x.ru (b@x.ru", "c@x.ru)"]),
            (
                "Karl <karl@x,ru>, Bob <b@x.ru>",
                &["Karl <karl@x,ru>", "Bob <b@x.ru>"],
            ),
            ("karl.x.ru, Bob <b@x.ru>", &["karl.x.ru", "Bob <b@x.ru>"]),
            (
                "<karl x.ru>, Bob <b@x.ru>",
                &["<karl x.ru>", "Bob <b@x.ru>"],
            ),
            // Whose is the name between?
            ("<a@x.ru> Ivan <b@x.ru>", &["<a@x.ru> Ivan <b@x.ru>"]),
        ] {
            assert_eq!(pieces(line), expected, "{line}");
        }
    }

    #[test]
    fn a_table_is_no_list() {
        for (text, expected) in [
            ("a@x.ru, b@x.ru, c@x.ru", true),
            ("a@x.ru, b@x.ru, c@@x.ru", true),
            ("Иван <a@x.ru>\nОлег <b@x.ru>", true),
            ("Иван <a@x.ru>\nОлег <b@x.ru", true),
            ("Bob <b@xexample>", true),
            ("To: a@x.ru", true),
            ("Кому: Иван Петров; Олег <o@x.ru>", true),
            ("a@x.ru;Иван;друг\nb@x.ru;Олег;", false),
            ("a@x.ru;Иван;@ivan\nb@x.ru;Олег;@oleg", false),
            ("a@x.ru\nb@x.ru", false),
            ("Иван;a@x.ru\nОлег;b@x.ru", false),
            ("a@x.ru\tПетров Иван\tг. Москва, ул. Ленина", false),
            ("a@x.ru,Anna,b@x.ru", false),
            ("Email,Name\na@x.ru,Anna,b@x.ru", false),
        ] {
            assert_eq!(is_list(text.lines()), expected, "{text}");
        }
    }
}
