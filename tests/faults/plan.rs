//! What a cell is about: how many recipients, how the server is and what it refuses. All of it comes
//! from the seed, so that a cell that fails can be played again.

use std::time::Duration;

use mailapp::clock::{Clock as _, SystemClock};
use mailapp::domain::Millis;

use crate::program::Signal;
use crate::support::app::SENDER;
use crate::support::smtp::{Abilities, PASSWORD, SmtpServer, Stage, USER};

/// Seeds of every point.
pub const SEEDS: std::ops::RangeInclusive<usize> = 1..=5;

/// A server that says this for the recipient `r<number>`, so many times.
type Refusal = (Stage, usize, &'static str, usize);
const ALWAYS: usize = usize::MAX;

#[derive(Debug, Clone)]
pub struct Plan {
    pub recipients: usize,
    pub connections: usize,
    /// What is in doubt is held, not tried again.
    pub hold: bool,
    pub pipelining: bool,
    pub chunking: bool,
    /// How long the server thinks before each answer.
    pub pause: Duration,
    pub refusals: &'static [Refusal],
    /// What is logged.
    pub log: &'static str,
}

/// How many recipients the mailing of a seed has.
pub const fn recipients(seed: usize) -> usize {
    4 + 2 * seed
}

impl Plan {
    /// A server that takes everything at once.
    pub fn plain() -> Self {
        Self {
            recipients: 10,
            connections: 2,
            hold: false,
            pipelining: true,
            chunking: false,
            pause: Duration::ZERO,
            refusals: &[],
            log: "debug",
        }
    }

    pub fn of(seed: usize, slow: bool) -> Self {
        let refusals: &[Refusal] = match seed {
            1 => &[(Stage::Rcpt, 2, "550 5.1.1 No such user", ALWAYS)],
            2 => &[(Stage::Dot, 3, "451 4.2.0 Not now", 1)],
            3 => &[
                (Stage::Data, 2, "554 5.7.1 Not you", ALWAYS),
                (Stage::Rcpt, 5, "252 2.1.5 Perhaps", ALWAYS),
            ],
            4 => &[
                (Stage::Rcpt, 1, "550 5.1.1 No such user", ALWAYS),
                (Stage::Rcpt, 2, "550 5.1.1 No such user", ALWAYS),
                (Stage::Dot, 4, "552 5.2.2 Full", ALWAYS),
            ],
            _ => &[(Stage::Rcpt, 4, "450 4.2.1 Later", 1)],
        };
        Self {
            recipients: recipients(seed),
            connections: 1 + seed % 3,
            hold: seed % 2 == 1,
            pipelining: seed != 3,
            chunking: seed >= 4,
            pause: Duration::from_millis(if slow { 12 } else { 0 }),
            refusals,
            ..Self::plain()
        }
    }

    pub fn server(&self) -> SmtpServer {
        let server = SmtpServer::able_to(Abilities {
            pipelining: self.pipelining,
            chunking: self.chunking,
            pause: self.pause,
            auth: &["PLAIN"],
            ..Abilities::default()
        });
        for (stage, number, reply, times) in self.refusals {
            let address = format!("r{number}@example.ru");
            server.on(*stage).of(&address).first(*times).reply(reply);
        }
        server
    }

    /// The settings, as variables.
    pub fn variables(&self, server: &SmtpServer) -> Vec<(String, String)> {
        let port = server.port().to_string();
        let connections = self.connections.to_string();
        [
            ("PORT", "0"),
            ("TIME_ZONE", "UTC"),
            ("LOG", self.log),
            ("SENDER_ADDRESS", SENDER),
            ("RELAY_HOST", "127.0.0.1"),
            ("RELAY_PORT", &port),
            ("RELAY_SECURITY", "plain"),
            ("RELAY_USERNAME", USER),
            ("RELAY_PASSWORD", PASSWORD),
            ("RELAY_CONNECTIONS", &connections),
            ("SENDING_RETRY", "1s"),
            ("SENDING_ON_DOUBT", if self.hold { "hold" } else { "retry" }),
        ]
        .map(|(name, value)| (format!("MAILAPP_{name}"), value.to_owned()))
        .into()
    }
}

/// Milliseconds since 1970, by the machine's clock.
pub fn now() -> Millis {
    SystemClock::default().now()
}

/// By which door a mailing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// `mailapp serve`, which starts it on schedule.
    Serve,
    /// `mailapp send`.
    Send,
}

impl Door {
    pub const ALL: [Self; 2] = [Self::Serve, Self::Send];

    pub const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Serve => &["serve"],
            Self::Send => &["send", "1"],
        }
    }

    /// What ends it in an orderly way.
    pub const fn stop(self) -> Signal {
        match self {
            Self::Serve => Signal::TERM,
            Self::Send => Signal::INT,
        }
    }
}
