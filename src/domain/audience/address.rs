//! An e-mail address: kept as typed, compared by its key, sent with A-labels.
//!
//! [`EmailAddress::key`] (and [`key_of`] for what was stored) is the only way in which addresses are
//! compared. It folds ASCII letters and nothing else: full case folding makes one address out of
//! several mailboxes (`mi\u{212A}e@…`, with the Kelvin sign, becomes `mike@…`).

use std::fmt;

use email_address::Options;
use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::Script;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::domain::phrase::Phrase;
use crate::domain::text;

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
        let typed = text::trim_invisible(raw);
        if typed.is_empty() {
            return Err(Phrase::new("error-email-missing"));
        }
        if typed.len() > 4 * MAX_OCTETS {
            return Err(Phrase::new("error-email-too-long").with("max", MAX_OCTETS));
        }
        // Within, it would be another address than the one that is seen.
        if typed.chars().any(text::is_invisible) {
            return Err(Phrase::new("error-email-invisible"));
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

    /// The address of an account, for where one is made or asked for: nobody can take it for
    /// another's.
    ///
    /// # Errors
    /// Those of [`Self::parse`]; characters that Unicode has for compatibility only (NFKC would
    /// replace them); letters of several alphabets in one part (UTS #39, "highly restrictive").
    pub fn parse_for_account(raw: &str) -> Result<Self, Phrase> {
        let address = Self::parse(raw)?;
        if let Some(character) = compatibility_character(&address.typed) {
            return Err(Phrase::new("error-email-lookalike")
                .with("character", character.to_string())
                .with("code", format!("U+{:04X}", u32::from(character))));
        }
        let domain = domain_shown(&address.ascii_domain);
        let mut parts = std::iter::once(address.local.as_str()).chain(domain.split('.'));
        match parts.find(|part| mixes_scripts(part)) {
            Some(part) => Err(Phrase::new("error-email-mixed-scripts").with("part", part)),
            None => Ok(address),
        }
    }

    /// What addresses are compared by: ASCII letters in lower case, the domain in A-labels.
    pub fn key(&self) -> String {
        let (local, domain) = (&self.local, &self.ascii_domain);
        format!("{local}@{domain}").to_ascii_lowercase()
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

/// The key of an address that was taken once: [`EmailAddress::key`].
pub fn key_of(email: &str) -> String {
    if !email.is_ascii()
        && let Ok(address) = EmailAddress::parse(email)
    {
        return address.key();
    }
    email.trim().to_ascii_lowercase()
}

/// The first character that is another one's compatibility variant, or is not in composed form.
fn compatibility_character(text: &str) -> Option<char> {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    if nfkc.is_normalized(text) {
        return None;
    }
    let is_variant = |c: &char| !nfkc.is_normalized(c.encode_utf8(&mut [0; 4]));
    text.chars()
        .find(is_variant)
        .or_else(|| text.chars().find(|c| !c.is_ascii()))
}

/// Scripts that are written together (UTS #39 §5.2).
const TOGETHER: [&[Script]; 3] = [
    &[
        Script::Latin,
        Script::Han,
        Script::Hiragana,
        Script::Katakana,
    ],
    &[Script::Latin, Script::Han, Script::Bopomofo],
    &[Script::Latin, Script::Han, Script::Hangul],
];

fn mixes_scripts(text: &str) -> bool {
    let scripts = CodePointMapData::<Script>::new();
    let mut found: Vec<Script> = text.chars().map(|c| scripts.get(c)).collect();
    found.retain(|script| ![Script::Common, Script::Inherited].contains(script));
    found.dedup();
    let is_one = found.iter().all(|script| Some(script) == found.first());
    let is_known = |known: &[Script]| found.iter().all(|script| known.contains(script));
    !is_one && !TOGETHER.iter().any(|known| is_known(known))
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
    fn only_ascii_letters_are_folded() {
        let key = |raw| EmailAddress::parse(raw).unwrap().key();
        assert_eq!(key("Mike@Example.RU"), "mike@example.ru");
        assert_eq!(key("МАРИЯ@почта.рф"), "МАРИЯ@xn--80a1acny.xn--p1ai");
        for (lookalike, taken) in [
            ("mi\u{212a}e@example.ru", "mike@example.ru"),
            ("\u{130}van@example.ru", "ivan@example.ru"),
            ("\u{17f}ales@example.ru", "sales@example.ru"),
            ("\u{ff4d}ike@example.ru", "mike@example.ru"),
            ("МАРИЯ@почта.рф", "мария@почта.рф"),
        ] {
            assert_ne!(key(lookalike), key(taken), "{lookalike}");
            assert_eq!(key_of(lookalike), key(lookalike));
        }
        for stored in [
            "Mike@Example.RU",
            "maria@ПОЧТА.рф",
            "a@XN--80A1ACNY.xn--p1ai",
        ] {
            assert_eq!(key_of(stored), key(stored));
        }
    }

    #[test]
    fn an_account_has_no_address_that_looks_like_anothers() {
        for sound in [
            "mike+news_1@example.ru",
            "мария.2026@почта.рф",
            "info@日本語テスト.jp",
            "o'brien@bücher.example",
        ] {
            assert!(EmailAddress::parse_for_account(sound).is_ok(), "{sound}");
        }
        for (lookalike, key) in [
            ("mi\u{212a}e@example.ru", "error-email-lookalike"),
            ("\u{ff4d}ike@example.ru", "error-email-lookalike"),
            ("\u{fb01}nance@example.ru", "error-email-lookalike"),
            ("mike@\u{ff45}xample.ru", "error-email-lookalike"),
            ("mik\u{435}@example.ru", "error-email-mixed-scripts"),
            ("mike@ex\u{430}mple.ru", "error-email-mixed-scripts"),
            ("mike@xn--exmple-4nf.ru", "error-email-mixed-scripts"),
        ] {
            let refused = EmailAddress::parse_for_account(lookalike).unwrap_err();
            assert_eq!(refused.key, key, "{lookalike}");
            // Somebody may be mailed there all the same.
            assert!(EmailAddress::parse(lookalike).is_ok(), "{lookalike}");
        }
    }

    #[test]
    fn invisible_characters_go_from_the_ends_and_are_refused_within() {
        for raw in [
            "\u{200b}a@b.ru",
            "a@b.ru\u{feff} ",
            "\u{2068}a@b.ru\u{2069}\u{a0}",
        ] {
            let address = EmailAddress::parse(raw).unwrap();
            assert_eq!(
                (address.as_typed(), address.on_wire()),
                ("a@b.ru", "a@b.ru".to_owned())
            );
        }
        for raw in ["a\u{200b}b@c.ru", "a@b\u{ad}c.ru", "a@\u{202e}b.ru"] {
            let refused = EmailAddress::parse(raw).unwrap_err();
            assert_eq!(refused.key, "error-email-invisible", "{raw:?}");
        }
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
