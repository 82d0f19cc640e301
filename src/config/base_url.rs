//! The setting `base_url`: where the pages are reachable from outside.

use std::net::Ipv6Addr;
use std::num::NonZeroU16;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

use crate::domain::phrase::Phrase;

/// `https://host` or `https://host:port`, in the form in which it stands in links and headers: lower
/// case, the host as A-labels. It goes into every mail, so nothing else may be in it; and because
/// what else there is may be a password, the complaint does not repeat it.
pub(super) fn parse(text: &str) -> Result<String, Phrase> {
    let url = text.trim();
    if url.is_empty() {
        return Ok(String::new());
    }
    parts(url)
        .map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
        .ok_or_else(|| Phrase::new("config-base-url"))
}

fn parts(url: &str) -> Option<(String, String, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        return None;
    }
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let port = match port {
        None => String::new(),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            let port: NonZeroU16 = port.parse().ok()?;
            format!(":{port}")
        }
        Some(_) => return None,
    };
    Some((scheme, host_part(host)?, port))
}

/// A host as it stands in a URL (WHATWG URL §3.5): an IPv6 address in brackets, or a name.
fn host_part(host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let name = Uts46::new()
        .to_ascii(
            host.as_bytes(),
            AsciiDenyList::URL,
            Hyphens::Allow,
            DnsLength::Verify,
        )
        .ok()?;
    // Some containers are called `mail_app`; what else the standard lets pass is no name of a host.
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    name.bytes().all(is_name).then(|| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_a_scheme_and_a_host_and_nothing_more() {
        for (text, taken) in [
            ("", ""),
            ("https://lists.example.ru", "https://lists.example.ru"),
            (
                " HTTPS://Lists.Example.RU:8443/ ",
                "https://lists.example.ru:8443",
            ),
            ("https://рассылки.рф", "https://xn--80aqfdxha4f.xn--p1ai"),
            (
                "http://РАССЫЛКИ.рф:8000/",
                "http://xn--80aqfdxha4f.xn--p1ai:8000",
            ),
            ("http://mail_app:8000", "http://mail_app:8000"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("http://[::1]:8000/", "http://[::1]:8000"),
        ] {
            assert_eq!(parse(text).unwrap(), taken, "{text}");
        }
        for text in [
            "ftp://x",
            "lists.example.ru",
            "https://",
            "https://anna:geheim@lists.example.ru",
            "https://anna@lists.example.ru",
            "https://lists.example.ru/mail",
            "https://lists.example.ru?geheim",
            "https://lists.example.ru/?x=geheim",
            "https://lists.example.ru#top",
            "https://lists.example.ru\\mail",
            "https://lists.example.ru:",
            "https://lists.example.ru:0",
            "https://lists.example.ru:70000",
            "https://lists.example.ru:8x",
            "https://lists..example.ru",
            "https://lists example.ru",
            "https://lists.example.ru>",
            "https://lists.example.ru\"",
            "https://[::1",
            "https://::1",
        ] {
            let phrase = parse(text).unwrap_err();
            assert_eq!(phrase.key, "config-base-url", "{text}");
            assert!(!format!("{phrase:?}").contains("geheim"), "{text}");
        }
        let long = format!("https://{}ru", "a2345678.".repeat(29));
        assert_eq!(parse(&long).unwrap_err().key, "config-base-url");
    }
}
