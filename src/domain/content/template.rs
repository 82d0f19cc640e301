//! The language in which a message names its recipient: `{{ name }}`, `{{ email }}`,
//! `{{ unsubscribe_url }}`, and `{{ name | friend }}` for what to say where the name is empty.
//!
//! It is closed on purpose: no conditions, no loops, no functions, so that a user's text can
//! neither read what is not its own nor run for ever. `\{{` writes two braces.

use crate::domain::audience::recipient::MAX_NAME;
use crate::domain::phrase::Phrase;
use crate::domain::text;

/// What a message may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Name,
    Email,
    UnsubscribeUrl,
}

impl Mark {
    pub const ALL: [Self; 3] = [Self::Name, Self::Email, Self::UnsubscribeUrl];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::UnsubscribeUrl => "unsubscribe_url",
        }
    }

    /// Length of the longest value, in octets.
    const fn longest(self) -> usize {
        match self {
            Self::Name => 4 * MAX_NAME,
            // A domain may be typed in letters of four octets.
            Self::Email => 4 * 254,
            // A scheme, a name of 253 octets (RFC 1035 §2.3.4), a port, the path and the token.
            Self::UnsubscribeUrl => 320,
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.name() == name)
    }
}

/// What the marks stand for, for one recipient.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub unsubscribe_url: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Mark { mark: Mark, otherwise: String },
}

/// A text with marks, parsed once and filled for every recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

impl Template {
    /// # Errors
    /// A phrase with the place (line and column, from 1) of the first mark that is unknown, empty
    /// or not closed.
    pub fn parse(source: &str) -> Result<Self, Phrase> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(at) = rest.find("{{") {
            if let Some(before) = rest[..at].strip_suffix('\\') {
                text.push_str(before);
                text.push_str("{{");
                rest = &rest[at + 2..];
                continue;
            }
            text.push_str(&rest[..at]);
            let offset = source.len() - rest.len() + at;
            let inner = &rest[at + 2..];
            let Some(end) = inner
                .find("}}")
                .filter(|end| !inner[..*end].contains(['\n', '{']))
            else {
                return Err(complaint("error-mark-not-closed", source, offset, ""));
            };
            let (name, otherwise) = match inner[..end].split_once('|') {
                Some((name, otherwise)) => (name.trim(), otherwise.trim()),
                None => (inner[..end].trim(), ""),
            };
            let Some(mark) = Mark::by_name(name) else {
                return Err(complaint("error-mark-unknown", source, offset, name));
            };
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Mark {
                mark,
                otherwise: otherwise.to_owned(),
            });
            rest = &inner[end + 2..];
        }
        text.push_str(rest);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(Self(pieces))
    }

    /// A text that is taken as it stands.
    pub fn literal(source: &str) -> Self {
        Self(vec![Piece::Text(source.to_owned())])
    }

    /// What was checked when it was saved. Should a later version know fewer marks, the text is
    /// taken as it stands.
    pub fn lenient(source: &str) -> Self {
        Self::parse(source).unwrap_or_else(|_| Self::literal(source))
    }

    pub fn fill(&self, fields: &Fields<'_>) -> String {
        self.values(fields).collect()
    }

    /// Length of the filled text in octets, without filling it.
    pub fn filled_length(&self, fields: &Fields<'_>) -> usize {
        self.values(fields).map(str::len).sum()
    }

    /// Length of the filled text in octets where every value is as long as it can be.
    pub fn longest(&self) -> usize {
        let longest = |piece: &Piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Mark { mark, otherwise } => mark.longest().max(otherwise.len()),
        };
        self.0.iter().map(longest).sum()
    }

    /// Whether nothing is left of it for a recipient without a name.
    pub fn may_be_blank(&self) -> bool {
        self.0.iter().all(|piece| match piece {
            Piece::Text(text) => text::is_blank(text),
            Piece::Mark { mark, otherwise } => *mark == Mark::Name && text::is_blank(otherwise),
        })
    }

    /// Whether a mail needs the unsubscribe link where the text names it: nothing stands in for it.
    pub fn needs_link(&self) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Text(_) => false,
            Piece::Mark { mark, otherwise } => {
                *mark == Mark::UnsubscribeUrl && text::is_blank(otherwise)
            }
        })
    }

    fn values<'a>(&'a self, fields: &Fields<'a>) -> impl Iterator<Item = &'a str> {
        let fields = *fields;
        self.0.iter().map(move |piece| match piece {
            Piece::Text(text) => text.as_str(),
            Piece::Mark { mark, otherwise } => {
                let value = match mark {
                    Mark::Name => fields.name,
                    Mark::Email => fields.email,
                    Mark::UnsubscribeUrl => fields.unsubscribe_url,
                };
                if value.is_empty() { otherwise } else { value }
            }
        })
    }
}

fn complaint(key: &'static str, source: &str, offset: usize, name: &str) -> Phrase {
    let before = &source[..offset];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |text| text.chars().count())
        + 1;
    let excerpt: String = source[offset..]
        .chars()
        .take_while(|c| *c != '\n')
        .take(30)
        .collect();
    Phrase::new(key)
        .with("line", line)
        .with("column", column)
        .with("excerpt", excerpt)
        .with("name", name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ANNA: Fields<'_> = Fields {
        name: "Анна",
        email: "anna@example.ru",
        unsubscribe_url: "https://example.ru/u/1",
    };

    fn fill(source: &str, fields: &Fields<'_>) -> String {
        Template::parse(source).unwrap().fill(fields)
    }

    #[test]
    fn a_message_names_its_recipient() {
        assert_eq!(
            fill("{{name}}, {{ email }}: {{ unsubscribe_url }}!", &ANNA),
            "Анна, anna@example.ru: https://example.ru/u/1!"
        );
    }

    #[test]
    fn an_empty_name_has_a_substitute() {
        let nobody = Fields { name: "", ..ANNA };
        assert_eq!(
            fill("Здравствуйте, {{ name | друг }}!", &nobody),
            "Здравствуйте, друг!"
        );
        assert_eq!(
            fill("Здравствуйте, {{ name | друг }}!", &ANNA),
            "Здравствуйте, Анна!"
        );
    }

    #[test]
    fn a_backslash_writes_the_braces_themselves() {
        assert_eq!(
            fill("\\{{ name }} is {{ name }}", &ANNA),
            "{{ name }} is Анна"
        );
    }

    #[test]
    fn a_recipients_name_is_never_read_as_a_mark() {
        let sly = Fields {
            name: "{{ email }}",
            ..ANNA
        };
        assert_eq!(fill("{{ name }}", &sly), "{{ email }}");
    }

    #[test]
    fn a_text_that_a_nameless_recipient_would_not_see_is_known_beforehand() {
        let blank = |source: &str| Template::parse(source).unwrap().may_be_blank();
        for source in [
            "{{ name }}",
            " {{name}} {{ name | }}",
            "{{ name |\u{200b}}}",
        ] {
            assert!(blank(source), "{source:?}");
        }
        for source in [
            "{{ name }}!",
            "{{ name | друг }}",
            "{{ email }}",
            "\\{{ name }}",
        ] {
            assert!(!blank(source), "{source:?}");
        }
    }

    #[test]
    fn a_link_is_needed_unless_something_stands_in_for_it() {
        let needs = |source: &str| Template::parse(source).unwrap().needs_link();
        assert!(needs("Отписка: {{ unsubscribe_url }}"));
        assert!(needs("{{ unsubscribe_url | }}"));
        assert!(!needs("{{ unsubscribe_url | ответьте на это письмо }}"));
        assert!(!needs("{{ name }}, {{ email }}"));
    }

    #[test]
    fn an_unknown_mark_is_shown_with_its_place() {
        let phrase = Template::parse("Добрый день,\n  {{ nmae }}!").unwrap_err();
        assert_eq!(
            phrase,
            Phrase::new("error-mark-unknown")
                .with("line", 2_i64)
                .with("column", 3_i64)
                .with("excerpt", "{{ nmae }}!")
                .with("name", "nmae")
        );
    }

    #[test]
    fn a_mark_that_is_not_closed_is_an_error() {
        for source in ["{{ name", "{{ name \n }}", "{{ {{ name }}", "{{"] {
            let phrase = Template::parse(source).unwrap_err();
            assert_eq!(phrase.key, "error-mark-not-closed", "{source:?}");
        }
        assert_eq!(
            Template::parse("{{ }}").unwrap_err().key,
            "error-mark-unknown"
        );
    }

    proptest! {
        #[test]
        fn text_without_braces_is_kept_to_the_letter(source in "[^{]{0,200}") {
            prop_assert_eq!(fill(&source, &ANNA), source);
        }

        #[test]
        fn a_length_is_the_filled_texts_and_never_above_the_longest(
            source in "([a-zё |]|\\{\\{ (name|email|unsubscribe_url) (\\| [a-zё]{0,9} )?\\}\\}){0,20}",
            name in "[ёa]{0,200}",
        ) {
            let template = Template::parse(&source).unwrap();
            let fields = Fields { name: &name, ..ANNA };
            let filled = template.fill(&fields);
            prop_assert_eq!(template.filled_length(&fields), filled.len());
            prop_assert!(filled.len() <= template.longest());
        }

        #[test]
        fn parsing_never_panics(source in "[{}| a-zё\n\\\\]{0,60}") {
            let _ = Template::parse(&source);
        }
    }
}
