//! Texts of ours that stand where a server's answer would, when there was none. Kept in the
//! journal as `[key] detail`, said to the reader in their language.

use super::reply::Reply;

/// The connection broke.
pub const LOST: &str = "lost";
/// The server said nothing for too long.
pub const TIMEOUT: &str = "timeout";
/// What it said was no reply.
pub const MALFORMED: &str = "malformed";
/// What it said belongs to another command; the detail is its reply.
pub const OUT_OF_STEP: &str = "out-of-step";
/// The address needs SMTPUTF8, which the server does not offer.
pub const NO_SMTPUTF8: &str = "no-smtputf8";
/// The address is not one that can be mailed.
pub const BAD_ADDRESS: &str = "bad-address";
/// The subject would be empty for this recipient.
pub const EMPTY_SUBJECT: &str = "empty-subject";
/// The mail would be longer than is sent; the detail says how long and what is the most.
pub const TOO_LARGE: &str = "too-large";
/// The program ended in the middle of the attempt.
pub const INTERRUPTED: &str = "interrupted";

/// Nobody listens there.
pub const NOT_LISTENING: &str = "not-listening";
/// There is no host of that name.
pub const UNKNOWN_HOST: &str = "unknown-host";
/// No connection, for another reason of the system's.
pub const NO_CONNECTION: &str = "no-connection";
/// STARTTLS is required and not offered.
pub const NO_STARTTLS: &str = "no-starttls";
/// Something came in clear after STARTTLS that was to be believed as encrypted (CVE-2011-0411).
pub const INJECTED: &str = "injected";
/// None of the ways to sign in that we may use is offered.
pub const NO_AUTH: &str = "no-auth";
/// The server did not take user name and password; the detail is its answer.
pub const AUTH: &str = "auth";
/// The certificate is none to be trusted.
pub const CERTIFICATE: &str = "certificate";
/// It is past its date.
pub const CERTIFICATE_EXPIRED: &str = "certificate-expired";
/// It is somebody else's.
pub const CERTIFICATE_NAME: &str = "certificate-name";
/// Nobody whom we trust vouches for it.
pub const CERTIFICATE_ISSUER: &str = "certificate-issuer";
/// Its time has not come yet, by this machine's clock.
pub const CERTIFICATE_NOT_YET: &str = "certificate-not-yet";
/// It is a certificate authority's own, which cannot be a server's.
pub const CERTIFICATE_AUTHORITY: &str = "certificate-authority";
/// It was issued for something else than a server.
pub const CERTIFICATE_PURPOSE: &str = "certificate-purpose";
/// Its issuer has withdrawn it.
pub const CERTIFICATE_REVOKED: &str = "certificate-revoked";
/// It is damaged, or made in a way that is not supported; the detail is the library's word for it.
pub const CERTIFICATE_UNUSABLE: &str = "certificate-unusable";
/// The other side does not speak TLS as we do; the detail says what was wrong.
pub const TLS: &str = "tls";
/// The other side does not speak TLS at all on this port.
pub const TLS_NONE: &str = "tls-none";
/// A run that was begun with a mail server is not to go on by capture, nor the other way round.
pub const OTHER_TRANSPORT: &str = "other-transport";

pub const ALL: [&str; 28] = [
    LOST,
    TIMEOUT,
    MALFORMED,
    OUT_OF_STEP,
    NO_SMTPUTF8,
    BAD_ADDRESS,
    EMPTY_SUBJECT,
    TOO_LARGE,
    INTERRUPTED,
    NOT_LISTENING,
    UNKNOWN_HOST,
    NO_CONNECTION,
    NO_STARTTLS,
    INJECTED,
    NO_AUTH,
    AUTH,
    CERTIFICATE,
    CERTIFICATE_EXPIRED,
    CERTIFICATE_NAME,
    CERTIFICATE_ISSUER,
    CERTIFICATE_NOT_YET,
    CERTIFICATE_AUTHORITY,
    CERTIFICATE_PURPOSE,
    CERTIFICATE_REVOKED,
    CERTIFICATE_UNUSABLE,
    TLS,
    TLS_NONE,
    OTHER_TRANSPORT,
];

pub fn text(key: &str, detail: &str) -> String {
    format!("[{key}] {detail}").trim_end().to_owned()
}

pub fn reply(key: &str, detail: &str) -> Reply {
    Reply::new(0, "", &text(key, detail))
}

/// The key of such a text; empty where it is none.
pub fn key_of(text: &str) -> &'static str {
    split(text).map_or("", |(key, _)| key)
}

/// Takes such a text apart again.
pub fn split(text: &str) -> Option<(&'static str, &str)> {
    let (key, detail) = text.strip_prefix('[')?.split_once(']')?;
    let key = ALL.into_iter().find(|known| *known == key)?;
    Some((key, detail.trim_start()))
}
