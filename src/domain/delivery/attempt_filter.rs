//! Which attempts of the whole log are wanted, and where in it one is.

use std::fmt;

use super::Outcome;
use crate::domain::audience::address::{EmailAddress, domain_key};
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::domain::{Id, Millis};

/// How an attempt ended, as the log is filtered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    As(Outcome),
    /// In any way but a 2xx.
    Failed,
}

impl Ended {
    pub const ALL: [Self; 5] = [
        Self::As(Outcome::Accepted),
        Self::Failed,
        Self::As(Outcome::Refused),
        Self::As(Outcome::Deferred),
        Self::As(Outcome::InDoubt),
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::As(outcome) => outcome.name(),
            Self::Failed => "failed",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ended| ended.name() == name)
    }

    /// Whether none that succeeded is meant.
    pub fn is_failure(self) -> bool {
        self != Self::As(Outcome::Accepted)
    }
}

/// What the server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// `550`
    Basic(u16),
    /// `5.1.1`
    Enhanced(String),
}

impl Code {
    /// # Errors
    /// Neither a basic code (RFC 5321 §4.2.1) nor an enhanced one (RFC 3463 §2).
    pub fn parse(text: &str) -> Result<Self, Phrase> {
        let text = text.trim();
        let malformed = || Phrase::new("error-code-malformed");
        if let Ok(code) = text.parse::<u16>() {
            let is_code = text.len() == 3 && (200..600).contains(&code);
            return is_code.then_some(Self::Basic(code)).ok_or_else(malformed);
        }
        let parts: Vec<&str> = text.split('.').collect();
        let is_number = |part: &&str| {
            (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if parts.len() == 3 && parts.iter().all(is_number) && ["2", "4", "5"].contains(&parts[0]) {
            return Ok(Self::Enhanced(text.to_owned()));
        }
        Err(malformed())
    }

    /// Whether no success is answered so.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Basic(code) => *code >= 400,
            Self::Enhanced(code) => !code.starts_with('2'),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic(code) => code.fmt(f),
            Self::Enhanced(code) => f.write_str(code),
        }
    }
}

/// Which attempts are wanted; nothing said: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptFilter {
    /// From this moment on.
    pub from: Option<Millis>,
    /// Before this moment.
    pub until: Option<Millis>,
    pub mailing: Option<Id>,
    pub run: Option<Id>,
    pub ended: Option<Ended>,
    pub code: Option<Code>,
    /// The recipient's, in lower case and A-labels.
    pub domain: Option<String>,
    pub address: Option<EmailAddress>,
}

/// What was typed, by field.
#[derive(Debug, Clone, Copy, Default)]
pub struct Typed<'a> {
    pub mailing: &'a str,
    pub run: &'a str,
    pub ended: &'a str,
    pub code: &'a str,
    pub domain: &'a str,
    pub address: &'a str,
}

impl AttemptFilter {
    /// Reads everything but the period.
    ///
    /// # Errors
    /// What is wrong with which field. What is right is in the filter all the same.
    pub fn parse(typed: &Typed<'_>) -> (Self, FieldErrors) {
        let mut errors = FieldErrors::default();
        let filter = Self {
            from: None,
            until: None,
            mailing: read(&mut errors, "mailing", typed.mailing, number),
            run: read(&mut errors, "run", typed.run, number),
            ended: read(&mut errors, "outcome", typed.ended, |text| {
                Ended::by_name(text).ok_or_else(|| Phrase::new("error-outcome-unknown"))
            }),
            code: read(&mut errors, "code", typed.code, Code::parse),
            domain: read(&mut errors, "domain", typed.domain, |text| {
                domain_key(text)
                    .ok_or_else(|| Phrase::new("error-email-domain").with("domain", text))
            }),
            address: read(&mut errors, "address", typed.address, EmailAddress::parse),
        };
        (filter, errors)
    }
}

/// Reads one field; what is wrong with it is kept in `errors`.
fn read<T>(
    errors: &mut FieldErrors,
    field: &'static str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, Phrase>,
) -> Option<T> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    errors.take(field, parse(text))
}

fn number(text: &str) -> Result<Id, Phrase> {
    text.trim_start_matches(['№', '#'])
        .trim()
        .parse()
        .ok()
        .filter(|id| *id > 0)
        .ok_or_else(|| Phrase::new("error-number-malformed"))
}

/// Where an attempt stands in the log, which is in the order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub at: Millis,
    pub id: Id,
}

impl Place {
    /// Reads a page's key; `None` where it is none of this list's.
    pub fn parse(key: &str) -> Option<Self> {
        let (at, id) = key.split_once('-')?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if !is_number(at) || !is_number(id) {
            return None;
        }
        Some(Self {
            at: at.parse().ok()?,
            id: id.parse().ok()?,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_basic_or_enhanced_and_nothing_else() {
        assert_eq!(Code::parse(" 550 "), Ok(Code::Basic(550)));
        assert_eq!(Code::parse("5.7.606"), Ok(Code::Enhanced("5.7.606".into())));
        for wrong in [
            "55", "0550", "999", "5.1", "3.0.0", "5.1.1.1", "%", "5'; --",
        ] {
            assert!(Code::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_at_its_field_and_the_rest_is_kept() {
        let typed = Typed {
            mailing: "№ 7",
            run: "-1",
            domain: "ПОЧТА.РФ",
            address: "not an address",
            ..Typed::default()
        };
        let (filter, errors) = AttemptFilter::parse(&typed);
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["address", "run"]);
        assert_eq!(filter.mailing, Some(7));
        assert_eq!(filter.domain.as_deref(), Some("xn--80a1acny.xn--p1ai"));
    }

    #[test]
    fn a_place_is_read_back_and_a_forged_one_is_none() {
        let place = Place { at: 12, id: 3 };
        assert_eq!(Place::parse(&place.to_string()), Some(place));
        for forged in [
            "",
            "12",
            "-3",
            "12-",
            "a-b",
            "12--3",
            "1-2-3",
            "+1-2",
            "1-99999999999999999999",
        ] {
            assert_eq!(Place::parse(forged), None, "{forged}");
        }
    }
}
