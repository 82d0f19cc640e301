//! The mark that a browser keeps after its user has signed in: it shows that the account's owner
//! has used it, so that strangers' guesses elsewhere do not slow the owner down. It opens nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::RngExt as _;
use sha2::Sha256;

use crate::app::App;
use crate::domain::Id;

/// Octets of a mark's own number.
const NUMBER: usize = 16;

/// Bound to the password as well: with a new one all marks are void.
fn mac(app: &App, user: Id, hash: &str, number: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256>>::new_from_slice(&app.secret)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(b"mailapp device v1\0");
    mac.update(&user.to_be_bytes());
    mac.update(number);
    mac.update(hash.as_bytes());
    mac
}

/// The mark that the browser shows, if it is a good one; else a new one.
pub(in crate::actions) fn renew(app: &App, user: Id, hash: &str, shown: &str) -> String {
    if check(app, user, hash, shown).is_some() {
        return shown.to_owned();
    }
    let number: [u8; NUMBER] = rand::rng().random();
    let mut octets = number.to_vec();
    octets.extend_from_slice(&mac(app, user, hash, &number).finalize().into_bytes());
    URL_SAFE_NO_PAD.encode(octets)
}

/// The number of a mark that was given to this account.
pub(in crate::actions) fn check(
    app: &App,
    user: Id,
    hash: &str,
    mark: &str,
) -> Option<[u8; NUMBER]> {
    let octets = URL_SAFE_NO_PAD.decode(mark).ok()?;
    let (number, signature) = octets.split_at_checked(NUMBER)?;
    mac(app, user, hash, number).verify_slice(signature).ok()?;
    number.try_into().ok()
}
