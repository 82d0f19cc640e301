//! Passwords, really checked (RFC 4954; RFC 4616 PLAIN; RFC 2195 CRAM-MD5).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) const CHALLENGE: &str = "<1896.697170952@mx.example>";

pub(super) fn encoded(text: &str) -> String {
    STANDARD.encode(text)
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()
}

/// Whether the answer to AUTH PLAIN is `user` with `password`.
pub(super) fn is_plain(answer: &str, user: &str, password: &str) -> bool {
    decoded(answer).is_some_and(|said| said == format!("\0{user}\0{password}"))
}

pub(super) fn is_login(answers: (&str, &str), user: &str, password: &str) -> bool {
    decoded(answers.0).as_deref() == Some(user) && decoded(answers.1).as_deref() == Some(password)
}

pub(super) fn is_cram_md5(answer: &str, user: &str, password: &str) -> bool {
    let digest = hmac_md5(password.as_bytes(), CHALLENGE.as_bytes());
    decoded(answer).is_some_and(|said| said == format!("{user} {digest:x}"))
}

/// RFC 2104, for keys of up to 64 octets.
fn hmac_md5(key: &[u8], text: &[u8]) -> md5::Digest {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        for (octet, key) in block.iter_mut().zip(key) {
            *octet ^= key;
        }
        block.to_vec()
    };
    let inner = md5::compute([&padded(0x36)[..], text].concat());
    md5::compute([&padded(0x5c)[..], &inner.0].concat())
}

#[test]
fn the_digest_is_the_one_of_rfc_2195() {
    let digest = hmac_md5(
        b"tanstaaftanstaaf",
        b"<1896.697170952@postoffice.reston.mci.net>",
    );
    assert_eq!(format!("{digest:x}"), "b913a602c7eda7a495b4e6e7334d3890");
}
