//! Why an encrypted connection cannot be had, in words that say what to do about it.

use rustls::{CertificateError, Error};

use super::{RelayFailure, local};

/// What a fault of TLS means. A certificate does not get better by waiting; a connection may.
pub(super) fn failure(fault: &Error) -> RelayFailure {
    match fault {
        Error::InvalidCertificate(certificate) => {
            let (key, detail) = certificate_words(certificate);
            RelayFailure::permanent(local::text(key, &detail))
        }
        Error::InvalidMessage(_) => RelayFailure::temporary(local::text(local::TLS_NONE, "")),
        other => RelayFailure::temporary(local::text(local::TLS, &other.to_string())),
    }
}

fn certificate_words(fault: &CertificateError) -> (&'static str, String) {
    use CertificateError as Fault;
    let key = match fault {
        Fault::Expired | Fault::ExpiredContext { .. } => local::CERTIFICATE_EXPIRED,
        Fault::NotValidYet | Fault::NotValidYetContext { .. } => local::CERTIFICATE_NOT_YET,
        Fault::NotValidForName | Fault::NotValidForNameContext { .. } => local::CERTIFICATE_NAME,
        Fault::UnknownIssuer => local::CERTIFICATE_ISSUER,
        Fault::InvalidPurpose | Fault::InvalidPurposeContext { .. } => local::CERTIFICATE_PURPOSE,
        Fault::Revoked => local::CERTIFICATE_REVOKED,
        Fault::Other(other) => return path_words(other),
        other => return (local::CERTIFICATE_UNUSABLE, spaced(&format!("{other:?}"))),
    };
    (key, String::new())
}

/// What rustls has no word of its own for, its certificate library has.
fn path_words(fault: &rustls::OtherError) -> (&'static str, String) {
    use webpki::Error as Fault;
    match fault.0.downcast_ref::<Fault>() {
        Some(Fault::CaUsedAsEndEntity) => (local::CERTIFICATE_AUTHORITY, String::new()),
        // An intermediate certificate that may not issue others.
        Some(
            Fault::EndEntityUsedAsCa
            | Fault::PathLenConstraintViolated
            | Fault::NameConstraintViolation,
        ) => (local::CERTIFICATE_ISSUER, String::new()),
        Some(other) => (local::CERTIFICATE_UNUSABLE, spaced(&format!("{other:?}"))),
        None => (local::CERTIFICATE_UNUSABLE, fault.to_string()),
    }
}

/// `UnsupportedCertVersion` as `unsupported cert version`, without what stands in brackets behind it.
fn spaced(name: &str) -> String {
    let name = name.split([' ', '(', '{']).next().unwrap_or_default();
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn no_fault_of_a_certificate_is_said_in_a_programs_words() {
        let other =
            |fault: webpki::Error| CertificateError::Other(rustls::OtherError(Arc::new(fault)));
        let faults = [
            (CertificateError::NotValidYet, "[certificate-not-yet]"),
            (CertificateError::InvalidPurpose, "[certificate-purpose]"),
            (CertificateError::Revoked, "[certificate-revoked]"),
            (
                CertificateError::BadEncoding,
                "[certificate-unusable] bad encoding",
            ),
            (
                other(webpki::Error::CaUsedAsEndEntity),
                "[certificate-authority]",
            ),
            (
                other(webpki::Error::EndEntityUsedAsCa),
                "[certificate-issuer]",
            ),
            (
                other(webpki::Error::UnsupportedCertVersion),
                "[certificate-unusable] unsupported cert version",
            ),
        ];
        for (fault, words) in faults {
            let failure = failure(&Error::InvalidCertificate(fault));
            assert_eq!((failure.text.as_str(), failure.permanent), (words, true));
        }
    }
}
