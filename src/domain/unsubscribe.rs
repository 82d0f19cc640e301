//! The token in an unsubscribe link (RFC 8058 §3.1): opaque, unforgeable, one per delivery.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Id;

/// Length of the signature, in octets: 128 bits.
const SIGNATURE: usize = 16;

/// Signs and checks unsubscribe tokens with the installation's secret.
#[derive(Clone)]
pub struct UnsubscribeKey(Hmac<Sha256>);

impl std::fmt::Debug for UnsubscribeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnsubscribeKey(…)")
    }
}

impl UnsubscribeKey {
    pub fn new(secret: &[u8]) -> Self {
        let mut mac = <Hmac<Sha256>>::new_from_slice(secret)
            .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
        mac.update(b"mailapp unsubscribe v1\0");
        Self(mac)
    }

    pub fn token(&self, delivery: Id) -> String {
        let mut bytes = delivery.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.signature(delivery));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The delivery a token was made for, if we made it.
    pub fn check(&self, token: &str) -> Option<Id> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, signature) = bytes.split_at_checked(8)?;
        let delivery = Id::from_be_bytes(id.try_into().ok()?);
        let mut mac = self.0.clone();
        mac.update(&delivery.to_be_bytes());
        (signature.len() == SIGNATURE && mac.verify_truncated_left(signature).is_ok())
            .then_some(delivery)
    }

    fn signature(&self, delivery: Id) -> [u8; SIGNATURE] {
        let mut mac = self.0.clone();
        mac.update(&delivery.to_be_bytes());
        let full = mac.finalize().into_bytes();
        let mut short = [0; SIGNATURE];
        short.copy_from_slice(&full[..SIGNATURE]);
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_tokens_are_taken() {
        let key = UnsubscribeKey::new(b"secret");
        let token = key.token(42);
        assert_eq!(key.check(&token), Some(42));
        assert_eq!(UnsubscribeKey::new(b"other").check(&token), None);
        let mut forged = token.into_bytes();
        forged[3] ^= 1;
        assert_eq!(key.check(&String::from_utf8_lossy(&forged)), None);
        for junk in ["", "AAAA", "не токен"] {
            assert_eq!(key.check(junk), None);
        }
    }
}
