//! Keeps authenticators' secrets unreadable to whoever has the database but not the installation's
//! secret. They cannot be hashed: a code is checked by making it.

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};
use hmac::{Hmac, Mac as _};
use rand::RngExt as _;
use sha2::Sha256;

use crate::domain::Id;
use crate::domain::accounts::two_factor::{SECRET, TotpSecret};

/// Octets of a nonce (NIST SP 800-38D §8.2).
const NONCE: usize = 12;

fn cipher(secret: &[u8]) -> Aes256Gcm {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(b"mailapp totp v1\0");
    let key: [u8; 32] = mac.finalize().into_bytes().into();
    Aes256Gcm::new(&key.into())
}

/// Bound to its user: moved to another's row it opens nothing.
pub(in crate::actions) fn seal(secret: &[u8], user: Id, totp: &TotpSecret) -> Vec<u8> {
    let nonce: [u8; NONCE] = rand::rng().random();
    let payload = Payload {
        msg: totp.octets(),
        aad: &user.to_be_bytes(),
    };
    let mut sealed = nonce.to_vec();
    // AES-GCM fails for messages of 64 GiB and more only.
    sealed.extend(
        cipher(secret)
            .encrypt(Nonce::from_slice(&nonce), payload)
            .unwrap_or_default(),
    );
    sealed
}

pub(in crate::actions) fn open(secret: &[u8], user: Id, sealed: &[u8]) -> Option<TotpSecret> {
    let (nonce, text) = sealed.split_at_checked(NONCE)?;
    let payload = Payload {
        msg: text,
        aad: &user.to_be_bytes(),
    };
    let octets = cipher(secret)
        .decrypt(Nonce::from_slice(nonce), payload)
        .ok()?;
    <[u8; SECRET]>::try_from(octets).ok().map(TotpSecret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_user_with_the_installations_secret_alone() {
        let totp = TotpSecret::new([7; SECRET]);
        let sealed = seal(b"one", 1, &totp);
        assert_eq!(open(b"one", 1, &sealed), Some(totp));
        assert_eq!(open(b"two", 1, &sealed), None);
        assert_eq!(open(b"one", 2, &sealed), None);
        assert_eq!(open(b"one", 1, &sealed[..20]), None);
        assert!(!sealed.windows(4).any(|part| part == [7; 4]));
    }
}
