//! Which encoding of an asset a browser takes (RFC 9110 §12.5.3).

/// How an asset may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Encoding {
    Brotli,
    Gzip,
    /// As it is.
    Identity,
}

impl Encoding {
    /// The smallest first.
    pub(in crate::web) const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    pub(in crate::web) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// What `Accept-Encoding` likes best; among what it likes alike, the smallest. `None`: it takes
    /// nothing of ours.
    pub(in crate::web) fn negotiate(header: Option<&str>) -> Option<Self> {
        let Some(header) = header else {
            return Some(Self::Identity);
        };
        let listed: Vec<(&str, u16)> = header.split(',').filter_map(weighed).collect();
        let weight = |encoding: Self| {
            let of = |name: &str| {
                let found = listed
                    .iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(name));
                found.map(|(_, weight)| *weight)
            };
            let unsaid = u16::from(encoding == Self::Identity);
            let own = of(encoding.name());
            // `gzip` has an older name, too.
            let own = own.or_else(|| of("x-gzip").filter(|_| encoding == Self::Gzip));
            own.or_else(|| of("*")).unwrap_or(unsaid)
        };
        let best = Self::ALL.map(|encoding| (encoding, weight(encoding)));
        best.into_iter()
            .filter(|(_, weight)| *weight > 0)
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
            .map(|(encoding, _)| encoding)
    }
}

/// An encoding and its weight in thousandths; `None` where it cannot be read.
fn weighed(item: &str) -> Option<(&str, u16)> {
    let mut parts = item.split(';');
    let name = parts.next()?.trim();
    if name.is_empty() {
        return None;
    }
    for parameter in parts {
        let (key, value) = parameter.split_once('=')?;
        if key.trim().eq_ignore_ascii_case("q") {
            return Some((name, thousandths(value.trim())?));
        }
    }
    Some((name, 1_000))
}

/// `0.8`, `1`, `0.123`: at most three digits behind the point (RFC 9110 §12.4.2).
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 3 || !part.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    Some((whole * 1_000 + part).min(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_encoding_is_sent_and_the_smallest_among_equals() {
        use Encoding::{Brotli, Gzip, Identity};
        for (header, expected) in [
            (None, Some(Identity)),
            (Some(""), Some(Identity)),
            (Some("gzip, deflate, br, zstd"), Some(Brotli)),
            (Some("gzip"), Some(Gzip)),
            (Some("X-GZIP"), Some(Gzip)),
            (Some("br;q=0.2, gzip;q=0.8"), Some(Gzip)),
            (Some("br; q=0, gzip;Q=0.001"), Some(Gzip)),
            (Some("br;q=0.5,identity;q=0.9"), Some(Identity)),
            (Some("*"), Some(Brotli)),
            (Some("*;q=0"), None),
            (Some("*;q=0, identity"), Some(Identity)),
            (Some("identity;q=0"), None),
            (Some("identity;q=0, gzip;q=0.1"), Some(Gzip)),
            (Some("zstd"), Some(Identity)),
            (Some("br;q=2"), Some(Identity)),
            (Some("br;q=x, ;;, =, gzip"), Some(Gzip)),
            (Some("gzip;q=1.000, br;q=1"), Some(Brotli)),
        ] {
            assert_eq!(Encoding::negotiate(header), expected, "{header:?}");
        }
    }
}
