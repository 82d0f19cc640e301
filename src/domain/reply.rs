//! A mail server's reply: basic code, enhanced code, text (RFC 5321 §4.2, RFC 3463).

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

    /// Whether the server says that it gets too much (RFC 5321 has no code of its own for that).
    pub fn is_complaint(&self) -> bool {
        const WORDS: [&str; 9] = [
            "rate",
            "too many",
            "too much",
            "too fast",
            "throttl",
            "limit",
            "slow down",
            "flood",
            "quota of messages",
        ];
        if self.code == 421 {
            return true;
        }
        let text = self.text.to_lowercase();
        self.code / 100 == 4 && WORDS.iter().any(|word| text.contains(word))
    }

    /// The key of the plain words for this reply, from the enhanced code where it is a known one,
    /// else from the basic code. `None` for success and for codes that say nothing more.
    pub fn meaning(code: Option<u16>, enhanced: Option<&str>) -> Option<&'static str> {
        let by_enhanced = enhanced.and_then(|enhanced| {
            let (_, detail) = enhanced.split_once('.')?;
            Some(match detail {
                "1.1" => "meaning-no-mailbox",
                "1.2" | "4.4" => "meaning-no-domain",
                "1.8" | "1.7" => "meaning-sender-refused",
                "2.1" => "meaning-mailbox-disabled",
                "2.2" => "meaning-mailbox-full",
                "2.3" | "3.4" => "meaning-too-large",
                "4.1" | "4.2" | "4.7" => "meaning-unreachable",
                "4.5" | "3.2" => "meaning-busy",
                "7.0" | "7.1" if enhanced.starts_with('4') => "meaning-policy-later",
                "7.1" | "7.0" => "meaning-policy",
                "7.8" => "meaning-bad-credentials",
                "7.23" | "7.25" | "7.26" => "meaning-not-authenticated",
                _ => return None,
            })
        });
        by_enhanced.or(match code? {
            450 | 451 => Some("meaning-try-later"),
            421 | 452 => Some("meaning-busy"),
            550 => Some("meaning-refused"),
            551 | 553 => Some("meaning-no-mailbox"),
            552 => Some("meaning-mailbox-full"),
            554 => Some("meaning-policy"),
            _ => None,
        })
    }
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
