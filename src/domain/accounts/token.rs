//! What a link in the service's own mail proves: 256 random bits, of which the database keeps the
//! hash, good once and for a time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::domain::Millis;

const HOUR: Millis = 3_600_000;

/// What it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The address of a new account.
    Confirm,
    /// A new password for one that was forgotten.
    Recover,
    /// The new address of an account.
    ChangeEmail,
}

impl Purpose {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Recover => "recover",
            Self::ChangeEmail => "change_email",
        }
    }

    /// How long it is good.
    pub const fn lifetime(self) -> Millis {
        match self {
            Self::Confirm => 72 * HOUR,
            Self::Recover => HOUR,
            Self::ChangeEmail => 24 * HOUR,
        }
    }

    /// Where its link leads.
    pub fn path(self, token: &Token) -> String {
        let page = match self {
            Self::Confirm => "confirm",
            Self::Recover => "recover",
            Self::ChangeEmail => "change-email",
        };
        format!("/{page}/{}", token.text())
    }
}

/// A secret that somebody carries: in a link, or in a session's cookie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// From random octets.
    pub const fn new(octets: [u8; 32]) -> Self {
        Self(octets)
    }

    /// From its text; `None` where that is no token.
    pub fn parse(text: &str) -> Option<Self> {
        let octets = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(octets.try_into().ok()?))
    }

    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    pub const fn octets(&self) -> &[u8; 32] {
        &self.0
    }

    /// What the database knows of it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_survives_its_text_and_nothing_else_is_one() {
        let token = Token::new([7; 32]);
        assert_eq!(Token::parse(&token.text()), Some(token));
        for text in [
            "",
            "AAAA",
            "не токен",
            &"A".repeat(44),
            &format!("{}=", token.text()),
        ] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
        assert_ne!(&token.hash(), token.octets());
        assert!(!format!("{token:?}").contains('7'));
    }
}
