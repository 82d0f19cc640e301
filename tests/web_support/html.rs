//! What a browser makes of a page: its words and its tags.

use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use super::form::{Form, forms};

/// An answer as the reader sees it.
#[derive(Debug, Clone)]
pub struct Page {
    pub url: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub html: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub name: String,
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open(Tag),
    Close(String),
    Text(String),
}

impl Page {
    /// Fails with the page's own words unless it has this status.
    #[must_use]
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}: {}",
            self.url,
            self.text()
        );
        self
    }

    /// Fails unless a reader of the page reads this.
    #[must_use]
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        let text = self.text();
        assert!(
            text.contains(words),
            "{} does not say «{words}»: {text}",
            self.url
        );
        self
    }

    #[must_use]
    #[track_caller]
    pub fn does_not_say(self, words: &str) -> Self {
        let text = self.text();
        assert!(!text.contains(words), "{} says «{words}»: {text}", self.url);
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Where it sends the browser.
    #[track_caller]
    pub fn location(&self) -> &str {
        assert_eq!(self.status.as_u16(), 303, "{}: {}", self.url, self.text());
        self.header("location")
    }

    /// The number at the end of the address that it sends the browser to.
    #[track_caller]
    pub fn new_id(&self) -> i64 {
        let location = self.location();
        let id = location.rsplit('/').next().and_then(|id| id.parse().ok());
        id.unwrap_or_else(|| panic!("{location} has no number"))
    }

    /// Its words, with single spaces between them.
    pub fn text(&self) -> String {
        words(&tokens(&self.html))
    }

    pub fn tags(&self) -> Vec<Tag> {
        tokens(&self.html)
            .into_iter()
            .filter_map(|token| match token {
                Token::Open(tag) => Some(tag),
                _ => None,
            })
            .collect()
    }

    /// What stands in the element with this id.
    pub fn part(&self, id: &str) -> Option<String> {
        let tokens = tokens(&self.html);
        let start = tokens
            .iter()
            .position(|token| matches!(token, Token::Open(tag) if tag.get("id") == Some(id)))?;
        let Token::Open(first) = &tokens[start] else {
            return None;
        };
        let mut depth = 0;
        let length = tokens[start..].iter().position(|token| {
            match token {
                Token::Open(tag) if tag.name == first.name => depth += 1,
                Token::Close(name) if *name == first.name => depth -= 1,
                _ => {}
            }
            depth == 0
        })?;
        Some(words(&tokens[start..start + length]))
    }

    /// The rows of the first table behind the heading with this id, cell by cell.
    #[track_caller]
    pub fn table(&self, heading: &str) -> Vec<Vec<String>> {
        let tokens = tokens(&self.html);
        let is_heading =
            |token: &Token| matches!(token, Token::Open(tag) if tag.get("id") == Some(heading));
        let start = tokens.iter().position(is_heading);
        let start = start.unwrap_or_else(|| panic!("{} has no {heading}", self.url));
        let body = tokens[start..]
            .iter()
            .skip_while(|token| !matches!(token, Token::Open(tag) if tag.name == "tbody"))
            .take_while(|token| !matches!(token, Token::Close(name) if name == "tbody"));
        let body: Vec<Token> = body.cloned().collect();
        body.split(|token| matches!(token, Token::Open(tag) if tag.name == "tr"))
            .skip(1)
            .map(cells)
            .collect()
    }

    /// What is said against a field.
    pub fn complaint(&self, field: &str) -> Option<String> {
        self.part(&format!("{field}-error"))
    }

    /// Where one can go from here.
    pub fn links(&self) -> Vec<String> {
        let tags = self.tags().into_iter().filter(|tag| tag.name == "a");
        tags.filter_map(|tag| tag.get("href").map(str::to_owned))
            .collect()
    }

    pub fn actions(&self) -> Vec<String> {
        self.forms().into_iter().map(|form| form.action).collect()
    }

    /// The form that sends to this address.
    #[track_caller]
    pub fn form(&self, action: &str) -> Form {
        self.forms()
            .into_iter()
            .find(|form| form.action == action)
            .unwrap_or_else(|| panic!("{} has no form for {action}: {}", self.url, self.text()))
    }

    fn forms(&self) -> Vec<Form> {
        forms(tokens(&self.html))
    }
}

/// The words of each cell of a row.
fn cells(row: &[Token]) -> Vec<String> {
    row.split(|token| matches!(token, Token::Open(tag) if ["td", "th"].contains(&&*tag.name)))
        .skip(1)
        .map(words)
        .collect()
}

/// Tags that stand inside a line.
const INLINE: [&str; 8] = ["a", "b", "code", "em", "i", "small", "span", "strong"];

fn words(tokens: &[Token]) -> String {
    let mut text = String::new();
    let mut hidden = 0;
    for token in tokens {
        match token {
            Token::Open(tag) if tag.name == "template" => hidden += 1,
            Token::Close(name) if name == "template" => hidden -= 1,
            Token::Open(tag) if !INLINE.contains(&tag.name.as_str()) => text.push(' '),
            Token::Close(name) if !INLINE.contains(&name.as_str()) => text.push(' '),
            Token::Text(more) if hidden == 0 => text.push_str(more),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tokens(html: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if at > 0 {
            tokens.push(Token::Text(plain(&rest[..at])));
        }
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if let Some(closing) = rest.strip_prefix("</") {
            let (name, after) = closing.split_once('>').unwrap_or((closing, ""));
            tokens.push(Token::Close(name.trim().to_ascii_lowercase()));
            rest = after;
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (tag, after) = read_tag(&rest[1..]);
            tokens.push(Token::Open(tag));
            rest = after;
        } else if rest.starts_with("<!") {
            rest = rest.split_once('>').map_or("", |(_, after)| after);
        } else {
            tokens.push(Token::Text("<".to_owned()));
            rest = &rest[1..];
        }
    }
    if !rest.is_empty() {
        tokens.push(Token::Text(plain(rest)));
    }
    tokens
}

/// Reads a tag behind its `<` (HTML, §13.2.5: the states of a tag's name and attributes).
fn read_tag(source: &str) -> (Tag, &str) {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '>' | '/');
    let (name, mut rest) = split(source, is_end);
    let mut tag = Tag {
        name: name.to_ascii_lowercase(),
        attributes: Vec::new(),
    };
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return (tag, "");
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (tag, after);
        }
        let (name, after) = split(rest, |c| is_end(c) || c == '=');
        // An equals sign in front belongs to the name.
        let (name, after) = if name.is_empty() {
            rest.split_at(1)
        } else {
            (name, after)
        };
        let mut value = "";
        rest = after;
        if let Some(given) = after.trim_start().strip_prefix('=') {
            let given = given.trim_start();
            let quote = given.chars().next().filter(|c| matches!(c, '"' | '\''));
            (value, rest) = match quote {
                Some(quote) => given[1..].split_once(quote).unwrap_or((&given[1..], "")),
                None => split(given, |c| c.is_whitespace() || c == '>'),
            };
        }
        tag.attributes
            .push((name.to_ascii_lowercase(), plain(value)));
    }
}

fn split(text: &str, is_end: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(is_end).unwrap_or(text.len()))
}

/// With the references that the template engine writes turned back.
fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#x2f;", "/")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
