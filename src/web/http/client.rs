//! Where a request comes from: the other end of the connection, or, where that is a proxy that the
//! settings name, what the proxy says.

use std::net::IpAddr;

use ipnet::IpNet;
use rocket::Request;

use crate::app::App;

/// The client's address as text; empty where it is not known.
pub(in crate::web) fn address(request: &Request<'_>, app: &App) -> String {
    let Some(peer) = request.remote().map(|remote| remote.ip().to_canonical()) else {
        return String::new();
    };
    let said: Vec<&str> = request
        .headers()
        .get("X-Forwarded-For")
        .flat_map(|line| line.split(','))
        .collect();
    nearest_stranger(peer, &said, &app.config.trusted_proxies).to_string()
}

/// Each proxy adds at the end whom it was talking to: read from the end, the first that is no
/// trusted proxy is the client. What stands before that, the client may have written itself.
fn nearest_stranger(peer: IpAddr, said: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut nearest = peer;
    for part in said.iter().rev() {
        if !is_trusted(&nearest) {
            break;
        }
        let Ok(address) = part.trim().parse::<IpAddr>() else {
            break;
        };
        nearest = address.to_canonical();
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, said: &[&str], trusted: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        nearest_stranger(peer.parse().unwrap(), said, &trusted).to_string()
    }

    #[test]
    fn only_a_configured_proxy_is_believed() {
        assert_eq!(found("192.0.2.9", &["203.0.113.1"], &[]), "192.0.2.9");
        let own = ["127.0.0.0/8"];
        assert_eq!(found("192.0.2.9", &["203.0.113.1"], &own), "192.0.2.9");
        assert_eq!(found("127.0.0.1", &["203.0.113.1"], &own), "203.0.113.1");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        let own = ["127.0.0.0/8", "10.0.0.0/8"];
        let said = ["198.51.100.7", "203.0.113.1", "10.1.1.1"];
        assert_eq!(found("127.0.0.1", &said, &own), "203.0.113.1");
        assert_eq!(found("127.0.0.1", &["nonsense"], &own), "127.0.0.1");
        assert_eq!(found("127.0.0.1", &[], &own), "127.0.0.1");
    }
}
