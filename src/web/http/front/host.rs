//! Which host a request is for (RFC 9112 §3.2).
//!
//! The name decides where a form may come from, and a proxy in front may have decided by it whom to
//! pass the request to. So there has to be one, and only one, that both read in the same way.

use hyper::header::{HOST, HeaderMap};
use hyper::http::Version;
use hyper::http::uri::Uri;
use rocket::http::uri::Host;

/// A request whose host is not certain.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invalid;

/// The host; `None` where an HTTP/1.0 request has none. A request target in absolute form counts more
/// than the header, which has to be valid nevertheless.
pub(super) fn of<'r>(
    version: Version,
    target: &'r Uri,
    headers: &'r HeaderMap,
) -> Result<Option<Host<'r>>, Invalid> {
    let mut lines = headers.get_all(HOST).iter();
    let in_header = match (lines.next(), lines.next()) {
        (None, _) if version < Version::HTTP_11 => None,
        (Some(host), None) => Some(parse(host.to_str().map_err(|_| Invalid)?)?),
        _ => return Err(Invalid),
    };
    let Some(authority) = target.authority() else {
        return Ok(in_header);
    };
    match target.scheme_str() {
        None | Some("http" | "https") => parse(authority.as_str()).map(Some),
        Some(_) => Err(Invalid),
    }
}

fn parse(text: &str) -> Result<Host<'_>, Invalid> {
    // Names of users belong into no address of a page; a port alone is no host.
    if text.is_empty() || text.starts_with(':') || text.contains('@') {
        return Err(Invalid);
    }
    Host::parse(text).map_err(|_| Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(version: Version, address: &str, hosts: &[&[u8]]) -> Result<Option<String>, Invalid> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, host.to_vec().try_into().unwrap());
        }
        let target = address.parse().unwrap();
        let host = of(version, &target, &headers)?;
        Ok(host.map(|host| host.to_string()))
    }

    #[test]
    fn a_request_has_one_valid_host() {
        let new = |hosts: &[&[u8]]| found(Version::HTTP_11, "/", hosts);
        for good in [
            "x",
            "mail.example.ru",
            "mail.example.ru:8080",
            "127.0.0.1:80",
            "[::1]:80",
        ] {
            assert_eq!(new(&[good.as_bytes()]), Ok(Some(good.to_owned())));
        }
        let bad: [&[u8]; 12] = [
            b"",
            b":80",
            b"a b",
            b"a/b",
            b"a,b c",
            b"x:y",
            b"x:99999",
            b"user@x",
            b"http://x/",
            b"[::1",
            b"x?y",
            b"\xd0\xbc",
        ];
        for bad in bad {
            let text = String::from_utf8_lossy(bad);
            assert_eq!(new(&[bad]), Err(Invalid), "{text:?}");
        }
        assert_eq!(new(&[]), Err(Invalid));
        assert_eq!(new(&[b"x", b"x"]), Err(Invalid));
        assert_eq!(found(Version::HTTP_10, "/", &[]), Ok(None));
        assert_eq!(found(Version::HTTP_10, "/", &[b"x", b"y"]), Err(Invalid));
    }

    #[test]
    fn an_address_in_absolute_form_counts_more_than_the_header() {
        let found = |address, hosts: &[&[u8]]| found(Version::HTTP_11, address, hosts);
        let own = Ok(Some("own.example".to_owned()));
        assert_eq!(found("http://own.example/a", &[b"other.example"]), own);
        assert_eq!(found("http://own.example/a", &[]), Err(Invalid));
        assert_eq!(found("http://own.example/a", &[b"a b"]), Err(Invalid));
        assert_eq!(found("http://user@own.example/", &[b"x"]), Err(Invalid));
        assert_eq!(found("ftp://own.example/", &[b"x"]), Err(Invalid));
    }
}
