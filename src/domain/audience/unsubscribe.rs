//! The token in an unsubscribe link (RFC 8058 §3.1): opaque, unforgeable, one per delivery.

use std::iter;

use aes_siv::KeyInit as _;
use aes_siv::siv::Aes128Siv;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::domain::Id;

/// Length of a signature of the first kind of token, in octets: 128 bits.
const SIGNATURE: usize = 16;

/// Key that seals and opens unsubscribe tokens, derived from the installation's secret.
///
/// A token is the delivery's number, encrypted and authenticated by AES-SIV (RFC 5297). The number
/// counts the mails of the whole installation, which is nobody's business; and the encryption is
/// deterministic, so that a mail that is tried again carries the link that it had.
#[derive(Clone)]
pub struct UnsubscribeKey {
    sealing: [u8; 32],
    /// Checks tokens of mails sent before tokens were encrypted: the number in clear, then its
    /// HMAC. None is made any more, but a link in a mail works for as long as the mail is kept.
    signing: Hmac<Sha256>,
}

impl std::fmt::Debug for UnsubscribeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnsubscribeKey(…)")
    }
}

impl UnsubscribeKey {
    pub fn new(secret: &[u8]) -> Self {
        let sealing = keyed(secret, b"mailapp unsubscribe v2\0");
        Self {
            sealing: sealing.finalize().into_bytes().into(),
            signing: keyed(secret, b"mailapp unsubscribe v1\0"),
        }
    }

    pub fn token(&self, delivery: Id) -> String {
        let sealed = Aes128Siv::new(&self.sealing.into())
            .encrypt(iter::empty::<&[u8]>(), &delivery.to_be_bytes())
            .unwrap_or_else(|_| unreachable!("AES-SIV takes eight octets"));
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The delivery a token was made for, if we made it.
    pub fn check(&self, token: &str) -> Option<Id> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let opened = Aes128Siv::new(&self.sealing.into()).decrypt(iter::empty::<&[u8]>(), &bytes);
        match opened {
            Ok(number) => Some(Id::from_be_bytes(number.try_into().ok()?)),
            Err(_) => self.check_signed(&bytes),
        }
    }

    fn check_signed(&self, bytes: &[u8]) -> Option<Id> {
        let (id, signature) = bytes.split_at_checked(8)?;
        let mut mac = self.signing.clone();
        mac.update(id);
        (signature.len() == SIGNATURE && mac.verify_truncated_left(signature).is_ok())
            .then_some(Id::from_be_bytes(id.try_into().ok()?))
    }
}

fn keyed(secret: &[u8], purpose: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(purpose);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_tokens_are_taken() {
        let key = UnsubscribeKey::new(b"secret");
        let token = key.token(42);
        assert_eq!(key.check(&token), Some(42));
        assert_eq!(
            key.token(42),
            token,
            "a mail that is tried again is the same"
        );
        assert_eq!(UnsubscribeKey::new(b"other").check(&token), None);
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] ^= 1;
            assert_eq!(key.check(&String::from_utf8_lossy(&forged)), None);
        }
        for junk in ["", "AAAA", "не токен"] {
            assert_eq!(key.check(junk), None);
        }
    }

    #[test]
    fn links_in_mails_of_before_go_on_working() {
        let key = UnsubscribeKey::new(b"secret");
        // Made by the program that signed the number and did not encrypt it.
        let token = "AAAAAAAAACpY03vuHf-l9rlJjkmpiGuY";
        assert_eq!(key.check(token), Some(42));
        assert_eq!(UnsubscribeKey::new(b"other").check(token), None);
        assert_eq!(
            key.check(&token.replacen("AAAAAAAAAC", "AAAAAAAAAD", 1)),
            None
        );
    }

    #[test]
    fn a_token_does_not_tell_its_number() {
        let key = UnsubscribeKey::new(b"secret");
        let (one, next) = (key.token(1_000_000), key.token(1_000_001));
        let differ = one.bytes().zip(next.bytes()).filter(|(a, b)| a != b);
        assert!(differ.count() > 16, "{one} {next}");
    }
}
