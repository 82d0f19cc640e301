//! Identifiers in headers that everybody reads who gets a mail or to whom it is forwarded: they are
//! the same whenever the mail is made, and do not tell how many mails or mailings there are.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::domain::{Id, Millis};

/// Key of the identifiers, derived from the installation's secret.
#[derive(Clone)]
pub struct MailIdKey(Hmac<Sha256>);

impl std::fmt::Debug for MailIdKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailIdKey(…)")
    }
}

/// Length of the token of a run that was started before Message-IDs were hashed.
const PLAIN_TOKEN: usize = 16;
/// Octets of an identifier: 128 bits, so that no two are ever the same.
const LENGTH: usize = 16;

impl MailIdKey {
    pub fn new(secret: &[u8]) -> Self {
        let mut mac = <Hmac<Sha256>>::new_from_slice(secret)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(b"mailapp mail ids v1\0");
        Self(mac)
    }

    /// What stands before the @ in the Message-ID of a delivery. Mails of a run that was started
    /// by an older version keep theirs: one that is tried again must not look like another.
    pub fn of_delivery(&self, run_token: &str, delivery: Id) -> String {
        if run_token.len() == PLAIN_TOKEN {
            return format!("{run_token}.{delivery}");
        }
        self.hashed("delivery", &[run_token.as_bytes(), &delivery.to_be_bytes()])
    }

    /// What stands before the @ in the Message-ID of a letter of the service's own.
    pub fn of_letter(&self, created_at: Millis, letter: Id, nth: u32) -> String {
        let (created_at, letter) = (created_at.to_be_bytes(), letter.to_be_bytes());
        self.hashed("letter", &[&created_at, &letter, &nth.to_be_bytes()])
    }

    /// First label of a mailing's List-Id (RFC 2919 §3): the same in all of its mails.
    pub fn of_mailing(&self, mailing: Id) -> String {
        self.hashed("mailing", &[&mailing.to_be_bytes()])
    }

    fn hashed(&self, kind: &str, parts: &[&[u8]]) -> String {
        let mut mac = self.0.clone();
        for part in [kind.as_bytes()].iter().chain(parts) {
            // With its length, so that no two lists of parts are the same octets.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let hash = mac.finalize().into_bytes();
        hash.iter()
            .take(LENGTH)
            .fold(String::new(), |mut text, byte| {
                // Into a String nothing can fail.
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn an_identifier_is_the_same_every_time_and_nobody_elses() {
        let key = MailIdKey::new(b"secret");
        let id = key.of_delivery(TOKEN, 42);
        assert_eq!(key.of_delivery(TOKEN, 42), id);
        assert_eq!(id.len(), 32);
        for other in [
            key.of_delivery(TOKEN, 43),
            key.of_delivery("1123456789abcdef0123456789abcdef", 42),
            key.of_mailing(42),
            key.of_letter(0, 42, 0),
            MailIdKey::new(b"other").of_delivery(TOKEN, 42),
        ] {
            assert_ne!(other, id);
        }
    }

    #[test]
    fn a_run_of_an_older_version_keeps_its_message_ids() {
        let key = MailIdKey::new(b"secret");
        assert_eq!(
            key.of_delivery("00ff00ff00ff00ff", 42),
            "00ff00ff00ff00ff.42"
        );
    }
}
