//! What one connection, one network, one session and one request may take. Every number that users or
//! administrators can run into is in `docs/limits.md` as well.

use std::time::Duration;

use rocket::http::Method;

use crate::descriptors;

/// Most connections, however many descriptors there are: each may hold [`MOST_HEAD`] octets.
const MOST_CONNECTIONS: usize = 2_048;
/// Fewest, however few descriptors there are: a page and its assets need some.
const FEWEST_CONNECTIONS: usize = 16;
/// Descriptors kept for the database, DNS, logs and whatever the system opens, beside one for each
/// connection to a relay.
const RESERVE: usize = 128;
/// Octets of a request's line and headers together. More is answered with 431.
pub(super) const MOST_HEAD: usize = 32 * 1_024;
/// Octets of a request target (RFC 9112 §3.2). More is answered with 414.
pub(super) const MAX_REQUEST_TARGET: usize = 8 * 1_024;
/// Cookies that are looked at; browsers keep some 180 for a site.
pub(super) const MOST_COOKIES: usize = 200;

/// Octets of a form of somebody who is not signed in, or not any more.
pub(in crate::web) const STRANGERS_BODY: u64 = MIB;
/// Fields of any form. No page of ours has as many.
pub(in crate::web) const MOST_FIELDS: usize = 200;
/// Octets of names and values that are kept in the page when a form comes to nothing.
pub(in crate::web) const MOST_KEPT: usize = 256 * 1_024;
/// So much of a body is read whoever sends it; more is reserved from [`BODIES`].
pub(super) const SMALL_BODY: u64 = 16 * KIB;
/// Octets that larger bodies of people who are signed in may hold at once, in all.
const BODIES: u64 = 48 * MIB;
/// The same for everybody else together.
const STRANGERS_BODIES: u64 = 16 * MIB;
/// One client (a user, or a network of people who are not signed in) gets one part of so many.
pub(super) const CLIENT_PART: u64 = 4;
/// Octets that a body takes of that at once, as it arrives.
pub(super) const RESERVATION_STEP: u64 = 64 * KIB;
/// Octets beyond a body's limit that are read and thrown away: a browser that is still sending does
/// not hear an answer.
pub(super) const MOST_DRAINED: u64 = 64 * MIB;
/// How long that may take.
pub(super) const LONGEST_DRAIN: Duration = Duration::from_secs(10);

const KIB: u64 = 1_024;
const MIB: u64 = 1_024 * KIB;
/// A body's limit where [`LARGE_BODIES`] says nothing else.
const BODY: u64 = 64 * KIB;

/// Routes that take more than [`BODY`], and how much. Percent-encoding makes three octets of one:
/// a message of 100,000 letters is 600 KB in Russian, a selection of 20,000 ticks some 400 KB. An import
/// is a file of 8 MB, or what is pasted, and what stands round it.
pub(super) const LARGE_BODIES: &[(&str, u64)] = &[
    ("/recipients/import", 11 * MIB),
    ("/messages", 2 * MIB),
    ("/messages/<id>", 2 * MIB),
    ("/mailings", 2 * MIB),
    ("/mailings/<id>", 2 * MIB),
    ("/mailings/picker", 2 * MIB),
];

/// POST routes that change nothing: work for a client that has gone is broken off there, as it is
/// for every GET. Elsewhere what was begun is brought to its end.
const CHANGE_NOTHING: &[&str] = &["/mailings/picker"];

/// Octets that a request's body may have, whoever sends it.
pub fn body_limit(method: Method, path: &str) -> u64 {
    if method != Method::Post {
        return 0;
    }
    LARGE_BODIES
        .iter()
        .find(|(route, _)| is_on(route, path))
        .map_or(BODY, |(_, limit)| *limit)
}

/// Whether the work for a request may be dropped in the middle.
pub(super) fn changes_nothing(method: Method, path: &str) -> bool {
    matches!(method, Method::Get | Method::Head) || CHANGE_NOTHING.contains(&path)
}

/// Whether a path is on a route, as the mount table spells it. A number is meant by `<id>`: other
/// routes have words in its place.
fn is_on(route: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (route.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some("<id>"), Some(part)) if part.parse::<i64>().is_ok() => {}
            (Some(wanted), Some(part)) if wanted == part => {}
            _ => return false,
        }
    }
}

/// How many, and how long.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Connections at once.
    pub connections: usize,
    /// Those from one network (an IPv4 address, an IPv6 /64). A trusted proxy speaks for many and
    /// is not counted.
    pub per_network: usize,
    /// Event streams at once: in all, of one user, of one session.
    pub streams: usize,
    pub streams_per_user: usize,
    pub streams_per_session: usize,
    /// How long a request's line and headers may take from their first octet.
    pub head: Duration,
    /// How long a connection may stay open between two requests.
    pub idle: Duration,
    /// How long a client may take nothing of an answer.
    pub stall: Duration,
    /// How long a body may take, beside the time that it needs at `body_rate`.
    pub body_grace: Duration,
    /// Octets of a body a second, at least.
    pub body_rate: u64,
    /// Octets that large bodies may hold at once: those of users, and those of everybody else.
    pub bodies: u64,
    pub strangers_bodies: u64,
    /// How long a body waits for room, all in all.
    pub room_patience: Duration,
    /// How long an orderly end waits for answers that are under way.
    pub end: Duration,
}

impl Bounds {
    /// What the limit on open files leaves, when the engine has its `relay_connections`.
    pub(super) fn of_descriptors(relay_connections: usize) -> Self {
        Self::within(descriptors::limit(), relay_connections)
    }

    fn within(limit: usize, relay_connections: usize) -> Self {
        let left = limit.saturating_sub(RESERVE.saturating_add(relay_connections));
        let connections = left.clamp(FEWEST_CONNECTIONS, MOST_CONNECTIONS);
        Self {
            connections,
            per_network: (connections / 4).max(FEWEST_CONNECTIONS),
            streams: (connections / 4).max(4),
            streams_per_user: 20,
            // A browser opens six connections to one server at most; one is left for pages.
            streams_per_session: 5,
            head: Duration::from_secs(10),
            idle: Duration::from_mins(1),
            stall: Duration::from_mins(1),
            body_grace: Duration::from_secs(20),
            body_rate: 4 * KIB,
            bodies: BODIES,
            strangers_bodies: STRANGERS_BODIES,
            room_patience: Duration::from_secs(10),
            end: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_and_the_database_keep_descriptors_however_few_there_are() {
        for (limit, connections) in [
            (1_024, 876),
            (1_000_000, 2_048),
            (usize::MAX, 2_048),
            (256, 108),
        ] {
            let bounds = Bounds::within(limit, 20);
            assert_eq!(bounds.connections, connections, "{limit}");
            assert!(bounds.per_network < connections && bounds.streams < connections);
        }
    }

    #[test]
    fn a_body_has_the_limit_of_its_route() {
        let limit = |path| body_limit(Method::Post, path);
        assert_eq!(limit("/recipients/import"), 11 * MIB);
        assert_eq!(limit("/messages/17"), 2 * MIB);
        assert_eq!(limit("/messages/17/delete"), BODY);
        assert_eq!(limit("/messages/new"), BODY);
        assert_eq!(limit("/sign-in"), BODY);
        assert_eq!(limit("/nothing"), BODY);
        assert_eq!(body_limit(Method::Get, "/messages"), 0);
    }

    #[test]
    fn the_largest_body_finds_room_in_its_clients_part() {
        for (route, limit) in LARGE_BODIES {
            assert!(*limit <= BODIES / CLIENT_PART, "{route}");
        }
        let bounds = Bounds::of_descriptors(0);
        assert_eq!(bounds.bodies % (CLIENT_PART * RESERVATION_STEP), 0);
        assert_eq!(
            bounds.strangers_bodies % (CLIENT_PART * RESERVATION_STEP),
            0
        );
        assert!(bounds.strangers_bodies / CLIENT_PART >= STRANGERS_BODY);
    }

    /// The number before a unit, behind these words.
    fn number_in(text: &str, words: &str, unit: &str) -> u64 {
        let (_, rest) = text.split_once(words).unwrap();
        let (number, _) = rest.trim_start().split_once(unit).unwrap();
        number.parse().unwrap()
    }

    #[test]
    fn the_proxy_of_the_documentation_lets_every_body_through() {
        let largest = LARGE_BODIES.iter().map(|(_, limit)| *limit).max().unwrap();
        for (page, text) in [
            (
                "docs/operating.md",
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operating.md")),
            ),
            (
                "docs/import.md",
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/import.md")),
            ),
        ] {
            let mib = number_in(text, "client_max_body_size", "m;");
            // As little as may be beyond it: the page that says what is the limit is ours.
            assert!(
                (largest + 1..=largest + MIB).contains(&(mib * MIB)),
                "{page}"
            );
        }
    }

    #[test]
    fn the_unit_allows_more_files_than_connections_take() {
        let unit = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/docs/systemd/mailapp.service"
        ));
        let files = number_in(unit, "LimitNOFILE=", "\n");
        let relay_connections = 1_000;
        let bounds = Bounds::within(usize::try_from(files).unwrap(), relay_connections);
        assert_eq!(bounds.connections, MOST_CONNECTIONS);
        let said = format!("{} connections at most", {
            let thousands = MOST_CONNECTIONS / 1_000;
            format!("{thousands},{:03}", MOST_CONNECTIONS % 1_000)
        });
        assert!(unit.contains(&said), "{said}");
    }

    #[test]
    fn every_route_with_a_limit_of_its_own_is_mounted() {
        let routes = crate::domain::accounts::permission::ROUTES;
        for (route, _) in LARGE_BODIES {
            let known = routes
                .iter()
                .any(|(m, path, _)| *m == "POST" && path == route);
            assert!(known, "{route}");
        }
    }
}
