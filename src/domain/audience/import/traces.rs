//! What may be an address in a text, whether it is a sound one or not: nothing like it is dropped, or
//! taken as part of a name, without a word.

use std::ops::Range;

/// Characters at which an address ends.
fn is_delimiter(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, ',' | ';' | ':' | '<' | '>' | '(' | ')' | '[' | ']' | '|')
        || matches!(
            c,
            '"' | '«' | '»' | '“' | '”' | '„' | '，' | '；' | '、' | '：'
        )
}

/// Whether a word reads as a domain: `mail.ru`, but neither `12.05`, `Dr.Petrov` nor `end.`
pub(super) fn is_domain(word: &str) -> bool {
    let is_part = |c: char| c.is_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_');
    let last = word.rsplit('.').next().unwrap_or_default();
    word.chars().all(is_part)
        && word.len() > last.len() + 1
        && last.chars().count() > 1
        && last.chars().all(char::is_lowercase)
}

/// The next word of a text from there on.
fn word_from(text: &str, from: usize) -> Option<Range<usize>> {
    let begin = from + text[from..].find(|c| !is_delimiter(c))?;
    let length = text[begin..].find(is_delimiter);
    Some(begin..length.map_or(text.len(), |length| begin + length))
}

/// Where the address stands whose `@` begins this word, if it may be one; `before` is the word before.
fn detached(text: &str, word: &Range<usize>, before: Option<Range<usize>>) -> Option<Range<usize>> {
    // `"a b"@example.com`
    if let Some(inside) = text[..word.start].strip_suffix('"')
        && let Some(begin) = inside.rfind('"')
        && !inside[begin + 1..].trim().is_empty()
    {
        return Some(begin..word.end);
    }
    // `@example.com`, `ivan @ example.com`
    let domain = match text[word.clone()].trim_start_matches('@') {
        "" => {
            word_from(text, word.end).filter(|next| text[word.end..next.start].trim().is_empty())?
        }
        behind => word.end - behind.len()..word.end,
    };
    if !is_domain(text[domain.clone()].trim_end_matches('.')) {
        return None;
    }
    let before = before.filter(|it| text[it.end..word.start].trim().is_empty());
    Some(before.map_or(word.start, |it| it.start)..domain.end)
}

/// Parts of a text that may be addresses, as they stand there: they have something right before an `@`,
/// or a domain behind it. `@ivan` and `Horns @ Hooves` are none.
pub(super) fn addresses(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    if !text.contains('@') {
        return found;
    }
    let (mut from, mut before) = (0, None);
    while let Some(word) = word_from(text, from) {
        from = word.end;
        if !text[word.clone()].contains('@') {
            before = Some(word);
            continue;
        }
        let is_whole = text[word.clone()].trim_start_matches('@').contains('@');
        let range = if is_whole {
            Some(word)
        } else {
            detached(text, &word, before)
        };
        before = None;
        if let Some(range) = range {
            from = range.end;
            found.push(&text[range]);
        }
    }
    found
}

/// What stands in angle brackets and reads as an address that has lost its `@`.
pub(super) fn bracketed(text: &str) -> Option<&str> {
    text.split('<').skip(1).find_map(|behind| {
        let inside = behind.split('>').next().unwrap_or_default().trim();
        let may_be = !inside.contains(['@', '/', '=']) && inside.split_whitespace().any(is_domain);
        may_be.then_some(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_an_address_is_found_as_it_stands() {
        for (text, expected) in [
            (
                "Ivan <a@b.example>, c@@d.example",
                &["a@b.example", "c@@d.example"][..],
            ),
            ("write to ivan@work, please", &["ivan@work"]),
            ("нет@", &["нет@"]),
            ("ivan @ mail.example", &["ivan @ mail.example"]),
            ("ivan @mail.example", &["ivan @mail.example"]),
            ("\"a b\"@c.example", &["\"a b\"@c.example"]),
            (
                "To:a@b.example mailto:c@d.example",
                &["a@b.example", "c@d.example"],
            ),
            ("@ivan, writes from @work on Fridays", &[]),
            ("Horns @ Hooves", &[]),
            ("\"Ivan\" \"@ivan\"", &[]),
            ("a @@@ b", &[]),
        ] {
            assert_eq!(addresses(text), expected, "{text}");
        }
        assert_eq!(bracketed("Karl <karl a.example>"), Some("karl a.example"));
        for text in [
            "<b>Ivan</b>",
            "<img src=a.png>",
            "a < b",
            "<ivan@a.example>",
        ] {
            assert_eq!(bracketed(text), None, "{text}");
        }
    }
}
