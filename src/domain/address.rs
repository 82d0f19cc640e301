//! An e-mail address: kept as typed, compared without regard to case, sent with A-labels.

use std::fmt;

use email_address::Options;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use super::phrase::Phrase;

/// An address that can be mailed (RFC 5321 §4.1.2, RFC 6531 for non-ASCII local parts).
///
/// Internationalised domains are accepted as typed (`maria@почта.рф`) and go on the wire as
/// A-labels (RFC 5891). Quoted local parts and address literals are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress {
    typed: String,
    local: String,
    ascii_domain: String,
}

/// Longest forward path without its angle brackets, in octets (RFC 5321 §4.5.3.1.3).
const MAX_OCTETS: usize = 254;
/// Longest local part, in octets (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL_OCTETS: usize = 64;

impl EmailAddress {
    /// # Errors
    /// A phrase that says what is wrong: missing, too long, or not an address.
    pub fn parse(raw: &str) -> Result<Self, Phrase> {
        let typed = raw.trim();
        if typed.is_empty() {
            return Err(Phrase::new("error-email-missing"));
        }
        if typed.len() > 4 * MAX_OCTETS {
            return Err(Phrase::new("error-email-too-long").with("max", MAX_OCTETS));
        }
        let malformed = || Phrase::new("error-email-malformed");
        if typed
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '"' | '<' | '>' | ','))
        {
            return Err(malformed());
        }
        let (local, domain) = typed.rsplit_once('@').ok_or_else(malformed)?;
        // RFC 5891 §4.2.3.1: no label begins or ends with a hyphen.
        let ascii_domain = Uts46::new()
            .to_ascii(
                domain.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Ignore,
            )
            .map_err(|_| Phrase::new("error-email-domain").with("domain", domain))?
            .into_owned();
        if local.len() > MAX_LOCAL_OCTETS {
            return Err(Phrase::new("error-email-local-too-long").with("max", MAX_LOCAL_OCTETS));
        }
        if local.len() + 1 + ascii_domain.len() > MAX_OCTETS {
            return Err(Phrase::new("error-email-too-long").with("max", MAX_OCTETS));
        }
        let options = Options::default()
            .with_required_tld()
            .without_domain_literal()
            .without_display_text();
        let on_wire = format!("{local}@{ascii_domain}");
        email_address::EmailAddress::parse_with_options(&on_wire, options)
            .map_err(|_| malformed())?;
        Ok(Self {
            typed: typed.to_owned(),
            local: local.to_owned(),
            ascii_domain,
        })
    }

    /// As the user typed it, for showing.
    pub fn as_typed(&self) -> &str {
        &self.typed
    }

    /// What two spellings of one address have in common: lower case, A-label domain.
    pub fn key(&self) -> String {
        format!("{}@{}", self.local.to_lowercase(), self.ascii_domain)
    }

    /// For `MAIL FROM` / `RCPT TO`: local part as typed, domain in A-labels.
    pub fn on_wire(&self) -> String {
        format!("{}@{}", self.local, self.ascii_domain)
    }

    /// Whether only a server with SMTPUTF8 (RFC 6531) can take it.
    pub fn needs_smtputf8(&self) -> bool {
        !self.local.is_ascii()
    }

    /// The domain in A-labels.
    pub fn ascii_domain(&self) -> &str {
        &self.ascii_domain
    }
}

/// The domain of an address that was taken once, in lower case and A-labels: what is counted
/// together.
pub fn domain_of(email: &str) -> String {
    let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
    if domain.is_ascii() {
        return domain.to_ascii_lowercase();
    }
    domain_key(domain).unwrap_or_else(|| domain.to_lowercase())
}

/// A domain as somebody typed it, in lower case and A-labels; `None` where it cannot be one.
pub fn domain_key(typed: &str) -> Option<String> {
    let typed = typed.trim().trim_start_matches('@');
    let domain = Uts46::new().to_ascii(
        typed.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Ignore,
    );
    domain
        .ok()
        .map(|domain| domain.to_ascii_lowercase())
        .filter(|domain| !domain.is_empty() && domain.len() <= MAX_OCTETS)
}

/// A-labels as people write them: `xn--80a1acny.xn--p1ai` is `почта.рф`.
pub fn domain_shown(domain: &str) -> String {
    let (shown, sound) =
        Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow);
    if sound.is_ok() {
        shown.into_owned()
    } else {
        domain.to_owned()
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_internationalised_domain_goes_out_as_an_a_label() {
        let address = EmailAddress::parse(" maria@почта.рф ").unwrap();
        assert_eq!(address.as_typed(), "maria@почта.рф");
        assert_eq!(address.on_wire(), "maria@xn--80a1acny.xn--p1ai");
        assert!(!address.needs_smtputf8());
        let same = EmailAddress::parse("Maria@ПОЧТА.РФ").unwrap();
        assert_eq!(address.key(), same.key());
    }

    #[test]
    fn a_local_part_in_russian_needs_a_server_that_can_take_it() {
        let address = EmailAddress::parse("мария@почта.рф").unwrap();
        assert!(address.needs_smtputf8());
        assert_eq!(address.on_wire(), "мария@xn--80a1acny.xn--p1ai");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for raw in [
            "",
            "a",
            "a@b",
            "@b.ru",
            "a@",
            "a@b..ru",
            "a b@c.ru",
            "a@b.ru\r\nRCPT TO:<x@y.ru>",
            "<a@b.ru>",
            "\"a b\"@c.ru",
            "a@[127.0.0.1]",
            "a@b.ru,c@d.ru",
            "a@-b.ru",
            "a..b@c.ru",
            "a\0@c.ru",
            "a@b_c.ru",
        ] {
            assert!(EmailAddress::parse(raw).is_err(), "{raw:?} was accepted");
        }
        assert!(EmailAddress::parse(&format!("{}@b.ru", "a".repeat(65))).is_err());
        assert!(EmailAddress::parse(&format!("{}@b.ru", "a".repeat(64))).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_that_parses_can_smuggle_a_command(raw in ".{0,80}") {
            if let Ok(address) = EmailAddress::parse(&raw) {
                let wire = address.on_wire();
                prop_assert!(!wire.contains(['\r', '\n', '<', '>', ' ', '\0']));
                prop_assert!(wire.len() <= 254);
            }
        }
    }
}
