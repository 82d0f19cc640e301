//! The second step of signing in: codes by time (RFC 6238) and, should the device be lost, codes on
//! paper.

use sha2::{Digest as _, Sha256};
use totp_rs::{Builder, Totp};

use crate::domain::Millis;

/// Octets of a secret: what RFC 4226 §4 recommends.
pub const SECRET: usize = 20;
/// How long a secret that is proposed may be taken: as long as a code may be waited for.
pub const PROPOSAL: Millis = 10 * 60_000;
/// Codes on paper that are handed out at once.
pub const RECOVERY_CODES: usize = 10;
/// Characters of one of them: 80 bits.
const RECOVERY_LENGTH: usize = 16;
/// Without letters and digits that look alike (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// An authenticator's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret([u8; SECRET]);

impl std::fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

impl TotpSecret {
    /// From random octets.
    pub const fn new(octets: [u8; SECRET]) -> Self {
        Self(octets)
    }

    pub const fn octets(&self) -> &[u8; SECRET] {
        &self.0
    }

    fn totp(&self) -> Totp {
        Builder::new().with_secret(self.0).build_noncompliant()
    }

    /// The time step of a code that is right at `now`, give or take 30 seconds. A step at or below
    /// `last` was used already, and a code is good once (RFC 6238 §5.2).
    pub fn check(&self, code: &str, now: Millis, last: i64) -> Option<i64> {
        let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let seconds = u64::try_from(now.div_euclid(1_000)).ok()?;
        let step = self.totp().check(&digits, seconds)?;
        i64::try_from(step).ok().filter(|step| *step > last)
    }

    /// The code of this moment, for tests and for nobody else.
    pub fn code(&self, now: Millis) -> String {
        let seconds = u64::try_from(now.div_euclid(1_000)).unwrap_or(0);
        self.totp().generate(seconds).to_string()
    }

    /// For typing in, in groups of four.
    pub fn text(&self) -> String {
        let text = totp_rs::Secret::from(self.0).to_base32();
        grouped(&text, ' ')
    }

    /// For an authenticator's camera: `otpauth://totp/…`.
    pub fn url(&self, account: &str) -> String {
        Builder::new()
            .with_secret(self.0)
            .with_account_name(account.replace(':', ""))
            .with_issuer(Some("mailapp"))
            .build_noncompliant()
            .to_url()
            .unwrap_or_default()
    }
}

fn grouped(text: &str, separator: char) -> String {
    let mut grouped = String::new();
    for (index, c) in text.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            grouped.push(separator);
        }
        grouped.push(c);
    }
    grouped
}

/// A code on paper from random octets: `k7f2-…`, four groups of four.
pub fn recovery_code(octets: [u8; RECOVERY_LENGTH]) -> String {
    let code: String = octets
        .iter()
        .map(|octet| char::from(ALPHABET[usize::from(octet % 32)]))
        .collect();
    grouped(&code, '-')
}

/// What the database knows of such a code; `None` where it cannot be one. Case, spaces, hyphens and
/// look-alikes (`o`, `i`, `l`) make no difference.
pub fn recovery_hash(code: &str) -> Option<[u8; 32]> {
    let plain: String = code
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .map(|c| match c {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    (plain.len() == RECOVERY_LENGTH).then(|| Sha256::digest(plain.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_111_111_109_000;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238 appendix B, SHA-1, the last six of its eight digits.
        let secret = TotpSecret::new(*b"12345678901234567890");
        assert_eq!(secret.code(NOW), "081804");
        assert_eq!(secret.code(59_000), "287082");
    }

    #[test]
    fn a_code_is_good_once_and_half_a_minute_early_or_late() {
        let secret = TotpSecret::new([9; SECRET]);
        let code = secret.code(NOW);
        let step = secret.check(&code, NOW, 0).unwrap();
        assert_eq!(secret.check(&code, NOW, step), None);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(secret.check(&spaced, NOW + 29_000, 0), Some(step));
        assert_eq!(secret.check(&code, NOW + 90_000, 0), None);
        for wrong in ["", "12345", "1234567", "abcdef", "００００００"] {
            assert_eq!(secret.check(wrong, NOW, 0), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_on_paper_may_be_typed_carelessly() {
        let code = recovery_code(*b"0123456789abcdef");
        assert_eq!(code.len(), 19);
        let hash = recovery_hash(&code).unwrap();
        let careless = code.to_uppercase().replace('-', " ").replace('0', "O");
        assert_eq!(recovery_hash(&careless), Some(hash));
        assert_eq!(recovery_hash("123456"), None);
    }

    #[test]
    fn an_authenticator_is_told_whose_it_is() {
        let url = TotpSecret::new([9; SECRET]).url("anna@example.ru");
        assert!(url.starts_with("otpauth://totp/mailapp:anna"), "{url}");
        assert!(url.contains("issuer=mailapp"), "{url}");
    }
}
