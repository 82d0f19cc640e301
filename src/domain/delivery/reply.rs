//! A mail server's reply: basic code, enhanced code, text (RFC 5321 §4.2, RFC 3463).

use super::meaning::{Meaning, Slow};

/// What a mail server answered. The text is kept as it was said, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200–599.
    pub code: u16,
    /// `5.1.1`; only where its class agrees with the basic code.
    pub enhanced: Option<String>,
    /// What follows the codes; lines are joined by LF.
    pub text: String,
}

impl Reply {
    pub fn new(code: u16, enhanced: &str, text: &str) -> Self {
        Self {
            code,
            enhanced: (!enhanced.is_empty()).then(|| enhanced.to_owned()),
            text: text.to_owned(),
        }
    }

    /// Puts a reply together from its lines without their ends. The enhanced code is taken off
    /// every line that carries the same one.
    ///
    /// Returns `None` where the lines are no reply: no code, codes that differ, a code out of
    /// range. Such an answer proves nothing and counts as temporary.
    pub fn from_lines<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let mut code = None;
        let mut enhanced: Option<String> = None;
        let mut text = String::new();
        for (index, line) in lines.into_iter().enumerate() {
            let (digits, rest) = line.split_at_checked(3)?;
            let found: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
            if !(200..600).contains(&found) || *code.get_or_insert(found) != found {
                return None;
            }
            let rest = match rest.split_first() {
                None => &[][..],
                Some((b' ' | b'-', rest)) => rest,
                Some(_) => return None,
            };
            let said = String::from_utf8_lossy(rest);
            let (front, remainder) = split_enhanced(&said, found);
            if index == 0 {
                enhanced = front.map(str::to_owned);
            } else {
                text.push('\n');
            }
            if front.is_some() && front == enhanced.as_deref() {
                text.push_str(remainder);
            } else {
                text.push_str(&said);
            }
        }
        Some(Self {
            code: code?,
            enhanced,
            text,
        })
    }

    /// 2xx: done.
    pub const fn is_positive(&self) -> bool {
        self.code / 100 == 2
    }

    /// 3xx: go on.
    pub const fn is_intermediate(&self) -> bool {
        self.code / 100 == 3
    }

    /// 5xx: do not try again.
    pub const fn is_permanent(&self) -> bool {
        self.code / 100 == 5
    }

    /// What it says. `None` for success and for what is no server's reply.
    pub fn meaning(&self) -> Option<Meaning> {
        Meaning::of(Some(self.code), self.enhanced.as_deref(), &self.text)
    }

    /// Who is to be sent to more slowly from now on, if it asks for that. Only what is to be tried
    /// again can be tried more slowly: a 5xx asks for nothing.
    pub fn slows(&self) -> Option<Slow> {
        let is_temporary = self.code / 100 == 4;
        self.meaning()
            .filter(|_| is_temporary)
            .and_then(Meaning::slows)
    }

    /// `550 5.1.1 No such user`, as one line; the other way round of [`Self::of_line`].
    pub fn line(&self) -> String {
        // A server that said nothing has no code; the text is ours.
        let code = (self.code != 0).then_some(self.code);
        line(code, self.enhanced.as_deref(), &self.text)
    }

    /// A reply from the line that was kept of it. `None` where the text is no server's.
    pub fn of_line(line: &str) -> Option<Self> {
        Self::from_lines([line.as_bytes()])
    }
}

/// `550 5.1.1 No such user`: a reply as one line, as far as there is one. Where the server said
/// nothing there is no code, and the text is ours.
pub fn line(code: Option<u16>, enhanced: Option<&str>, text: &str) -> String {
    let code = code.map(|code| code.to_string());
    let codes = [code.as_deref(), enhanced].into_iter().flatten();
    let words: Vec<&str> = codes.chain(text.split_whitespace()).collect();
    words.join(" ")
}

/// Splits `5.1.1 text`; the class must be that of the basic code (RFC 2034 §4).
fn split_enhanced(text: &str, code: u16) -> (Option<&str>, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut parts = word.split('.');
    let digits = |part: Option<&str>, max: usize| {
        part.is_some_and(|part| {
            (1..=max).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let class_agrees = word
        .as_bytes()
        .first()
        .map(|b| u16::from(b.wrapping_sub(b'0')))
        == Some(code / 100);
    let well_formed = digits(parts.next(), 1)
        && digits(parts.next(), 3)
        && digits(parts.next(), 3)
        && parts.next().is_none();
    if well_formed && class_agrees {
        (Some(word), rest)
    } else {
        (None, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(lines: &[&str]) -> Option<Reply> {
        Reply::from_lines(lines.iter().map(|line| line.as_bytes()))
    }

    #[test]
    fn a_reply_is_code_enhanced_code_and_text() {
        assert_eq!(
            parse(&["550 5.1.1 No such user"]),
            Some(Reply::new(550, "5.1.1", "No such user"))
        );
        assert_eq!(
            parse(&["550-5.7.606 Access denied,", "550 5.7.606 banned IP"]),
            Some(Reply::new(550, "5.7.606", "Access denied,\nbanned IP"))
        );
        assert_eq!(parse(&["250"]), Some(Reply::new(250, "", "")));
    }

    #[test]
    fn a_reply_is_one_line_however_many_it_had() {
        let text = "Access  denied,\nbanned\r\n IP ";
        let wanted = "550 5.7.606 Access denied, banned IP";
        assert_eq!(line(Some(550), Some("5.7.606"), text), wanted);
        assert_eq!(Reply::new(550, "5.7.606", text).line(), wanted);
        assert_eq!(line(Some(250), None, ""), "250");
        assert_eq!(line(None, None, "[timed out]"), "[timed out]");
    }

    #[test]
    fn an_enhanced_code_of_another_class_is_only_text() {
        assert_eq!(
            parse(&["250 4.1.1 odd"]),
            Some(Reply::new(250, "", "4.1.1 odd"))
        );
        assert_eq!(
            parse(&["250 2.0.0.1 odd"]),
            Some(Reply::new(250, "", "2.0.0.1 odd"))
        );
    }

    #[test]
    fn what_is_no_reply_is_none() {
        assert_eq!(parse(&["250-a", "550 b"]), None, "codes that differ");
        for line in [
            "",
            "25",
            "99 x",
            "999 x",
            "2x0 ok",
            "250x",
            "HTTP/1.1 400",
            "100 no",
        ] {
            assert_eq!(parse(&[line]), None, "{line:?}");
        }
        assert_eq!(parse(&[]), None);
    }
}
