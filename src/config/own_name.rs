//! The name that we greet mail servers with where `relay.helo` names none.

use std::net::IpAddr;

/// What is left where this machine has no full name and no address is set.
const LAST_RESORT: &str = "localhost";

/// The machine's full name, else the host of `base_url`, else `localhost`, which many servers refuse.
pub(super) fn own_name(base_url: &str) -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let kernel = read("/proc/sys/kernel/hostname");
    let name = if kernel.trim().is_empty() {
        read("/etc/hostname")
    } else {
        kernel
    };
    full_name(name.trim(), &read("/etc/hosts"), &read("/etc/resolv.conf"))
        .or_else(|| host_of(base_url))
        .unwrap_or_else(|| LAST_RESORT.to_owned())
}

/// The full name of a machine, as `hostname --fqdn` finds it: by its name alone, by the line of
/// `/etc/hosts` that knows it, by the domain that `/etc/resolv.conf` searches.
fn full_name(name: &str, hosts: &str, resolv: &str) -> Option<String> {
    if name.contains('.') {
        return public(name);
    }
    if name.is_empty() {
        return None;
    }
    let by_hosts = hosts.lines().find_map(|line| {
        let line = line.split('#').next().unwrap_or_default();
        let names: Vec<&str> = line.split_whitespace().skip(1).collect();
        let is_ours = names.iter().any(|known| known.eq_ignore_ascii_case(name));
        names.into_iter().filter(|_| is_ours).find_map(public)
    });
    by_hosts.or_else(|| {
        // The last of these lines counts (resolv.conf(5)).
        let domain = resolv.lines().rev().find_map(|line| {
            let mut words = line.split_whitespace();
            matches!(words.next(), Some("domain" | "search")).then(|| words.next())?
        })?;
        public(&format!("{name}.{}", domain.trim_end_matches('.')))
    })
}

/// The host of a URL, if it is a name and has a dot.
fn host_of(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', ':']).next()?;
    public(&idna::domain_to_ascii(host).ok()?)
}

/// A name that a mail server may accept (RFC 5321 §4.1.1.1): of several labels, and nobody's loopback.
fn public(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_public = name.contains('.')
        && name.len() <= 253
        && name.split('.').all(is_label)
        && name.parse::<IpAddr>().is_err()
        && !name.starts_with("localhost.");
    is_public.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_known_by_its_full_name() {
        let hosts = "127.0.0.1 localhost\n127.0.1.1 Mail.example.ru mail # ours\n::1 ip6-localhost";
        let resolv = "nameserver 192.0.2.1\ndomain old.example\nsearch lan.example example.ru\n";
        let found = |name, hosts, resolv| full_name(name, hosts, resolv);
        assert_eq!(
            found("mx1.example.ru", "", "").as_deref(),
            Some("mx1.example.ru")
        );
        assert_eq!(
            found("mail", hosts, resolv).as_deref(),
            Some("mail.example.ru")
        );
        assert_eq!(
            found("web", hosts, resolv).as_deref(),
            Some("web.lan.example")
        );
        assert_eq!(found("web", hosts, ""), None);
        assert_eq!(found("localhost", hosts, ""), None);
        assert_eq!(found("localhost.localdomain", "", ""), None);
        assert_eq!(found("", hosts, resolv), None);
        assert_eq!(found("my_box.lan", "", ""), None, "no server takes that");
    }

    #[test]
    fn a_url_has_a_name_only_if_its_host_is_one() {
        let found = |url| host_of(url);
        assert_eq!(
            found("https://news.example.ru:8443/x").as_deref(),
            Some("news.example.ru")
        );
        assert_eq!(
            found("https://рассылки.рф").as_deref(),
            Some("xn--80aqfdxha4f.xn--p1ai")
        );
        for url in [
            "",
            "http://localhost:8000",
            "http://192.0.2.1",
            "http://[::1]:80",
        ] {
            assert_eq!(found(url), None, "{url}");
        }
    }
}
