//! Where a request comes from, as far as it can be told who that is.

use std::net::{IpAddr, Ipv6Addr};

/// Whoever may be taken for one: an IPv4 address, or the /64 that an IPv6 host picks from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(u128);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self(match address {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
                Some(v4) => v4.to_ipv6_mapped().to_bits(),
                None => v6.to_bits() & !u128::from(u64::MAX),
            },
        })
    }
}

impl Network {
    /// An address as text; what is none counts as one and the same network.
    pub fn of(text: &str) -> Self {
        text.parse::<IpAddr>()
            .unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))
            .into()
    }

    /// The /48 that one customer of an IPv6 provider gets; an IPv4 address stays what it is.
    #[must_use]
    pub fn site(self) -> Self {
        let address = Ipv6Addr::from_bits(self.0);
        if address.to_ipv4_mapped().is_some() {
            return self;
        }
        Self(self.0 >> 80 << 80)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_host_is_known_by_its_64_and_an_ipv4_one_in_either_spelling() {
        let same = |a, b| Network::of(a) == Network::of(b);
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(same("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
        let site = |a| Network::of(a).site();
        assert_eq!(site("2001:db8:1:2::1"), site("2001:db8:1:ffff::1"));
        assert_ne!(site("2001:db8:1::1"), site("2001:db8:2::1"));
        assert_ne!(site("192.0.2.1"), site("192.0.2.2"));
    }
}
