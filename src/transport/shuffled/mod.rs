//! What a connection makes of a server that swallows, repeats and swaps its replies: never an
//! acceptance that the server's own log does not have.

mod server;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use mail_send::SmtpClient;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::io::DuplexStream;

use super::manner::{Caution, Manner};
use super::relay::Timeouts;
use super::smtp::{Session, SmtpConnection};
use super::wire::Input;
use super::{Ending, Envelope, Mail, Opening};
use crate::domain::delivery::reply::Reply;
use server::{Faults, Server, Wording};

const fn wording(
    mail: &'static str,
    rcpt: &'static str,
    rset: &'static str,
    dot: &'static str,
) -> Wording {
    Wording {
        mail,
        rcpt,
        rset,
        dot,
    }
}

const WORDINGS: [Wording; 7] = [
    // Postfix.
    wording("2.1.0 Ok", "2.1.5 Ok", "2.0.0 Ok", "2.0.0 Ok: queued as #"),
    // Gmail.
    wording(
        "2.1.0 OK",
        "2.1.5 OK",
        "2.1.5 Flushed",
        "2.0.0 OK # - gsmtp",
    ),
    // smtp-sink.
    wording("2.1.0 Ok", "2.1.5 Ok", "2.1.0 Ok", "2.0.0 Ok"),
    // RSET and the mail alike.
    wording("2.1.0 Ok", "2.1.5 Ok", "2.0.0 Ok", "2.0.0 Ok"),
    // RCPT as MAIL.
    wording("2.1.0 Ok", "2.1.0 Ok", "2.0.0 Ok", "2.6.0 # queued"),
    // All alike.
    wording("2.0.0 Ok", "2.0.0 Ok", "2.0.0 Ok", "2.0.0 Ok"),
    // No enhanced codes: Exim.
    wording("OK", "Accepted", "Reset OK", "OK id=#"),
];

const NONE: Faults = Faults {
    share: 0.0,
    most: 0,
};

fn mail(number: usize) -> Mail {
    Mail {
        envelope: Envelope {
            mail_from: "news@example.ru".to_owned(),
            rcpt_to: format!("{number}@example.ru"),
            needs_smtputf8: false,
        },
        subject: String::new(),
        private: false,
        source: format!("Subject: s\r\n\r\nHello {number}!\r\n").into_bytes(),
    }
}

#[derive(Debug, Clone, Copy)]
struct Case {
    seed: u64,
    wording: Wording,
    faults: Faults,
    boldest: Manner,
    window: usize,
}

const MAILS: usize = 20;

impl Case {
    fn connect(self, caution: &Arc<Caution>, limit: Duration) -> (SmtpConnection, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let has_codes = self.wording.mail.starts_with('2');
        let manner = caution.manner(true, true, has_codes);
        let timeouts = Timeouts {
            connect: limit,
            command: limit,
            data: limit,
            body: limit,
            dot: limit,
        };
        let window = if manner == Manner::Chunked {
            self.window
        } else {
            1
        };
        let connection = SmtpConnection::new(Session {
            client: SmtpClient {
                stream: Box::new(ours),
                timeout: limit,
            },
            input: Input::default(),
            server: "mx.example.ru:25".to_owned(),
            smtputf8: false,
            manner,
            caution: Arc::clone(caution),
            timeouts,
            window,
        });
        (connection, theirs)
    }

    /// Hands all mails over, each until it has had a word. Returns how each ended at last, and what
    /// the server has.
    async fn play(self) -> (Vec<Option<Ending>>, Vec<bool>) {
        let log = parking_lot::Mutex::new(vec![false; MAILS]);
        let caution = Arc::new(Caution::default());
        if self.boldest < Manner::Chunked {
            caution.step_down(Manner::Chunked, "", "");
        }
        if self.boldest < Manner::Overlapped {
            caution.step_down(Manner::Overlapped, "", "");
        }
        let limit = if self.faults.most == 0 {
            Duration::from_secs(20)
        } else {
            Duration::from_millis(60)
        };
        let mut post = Post {
            waiting: (0..MAILS).collect(),
            endings: vec![None; MAILS],
        };
        let mut chance = SmallRng::seed_from_u64(self.seed);
        for _ in 0..60 {
            if post.waiting.is_empty() {
                break;
            }
            let (connection, stream) = self.connect(&caution, limit);
            let server = Server {
                stream,
                unread: Vec::new(),
                wording: self.wording,
                faults: self.faults,
                chance: SmallRng::seed_from_u64(chance.random()),
                held: None,
            };
            tokio::select! {
                biased;
                () = post.carry(connection) => {}
                () = async {
                    server.serve(&log).await;
                    std::future::pending::<()>().await;
                } => {}
            }
        }
        (post.endings, log.into_inner())
    }
}

/// What is still to be handed over, and what has become of the rest.
struct Post {
    waiting: VecDeque<usize>,
    endings: Vec<Option<Ending>>,
}

impl Post {
    fn note(&mut self, number: usize, ending: Ending) {
        if matches!(ending, Ending::NotReached(_) | Ending::RelaysFault(_)) {
            self.waiting.push_back(number);
        } else {
            self.endings[number] = Some(ending);
        }
    }

    /// As the engine does: one connection, for as long as it is good for anything.
    async fn carry(&mut self, mut connection: SmtpConnection) {
        let mut in_flight = VecDeque::new();
        loop {
            let has_room = in_flight.len() < connection.window() && connection.is_usable();
            if let Some(number) = self.waiting.front().copied().filter(|_| has_room) {
                match connection.open(&mail(number).envelope).await {
                    // As if it had never been taken.
                    Opening::Ended(Ending::NotReached(_)) => {}
                    Opening::Ended(ending) => {
                        self.waiting.pop_front();
                        self.note(number, ending);
                    }
                    Opening::Invited => {
                        self.waiting.pop_front();
                        let next = self.waiting.front().map(|next| mail(*next).envelope);
                        let next = next.filter(|_| connection.window() == 1);
                        connection.send(&mail(number), next.as_ref()).await;
                        in_flight.push_back(number);
                    }
                }
                if in_flight.len() < connection.window() {
                    continue;
                }
            }
            match in_flight.pop_front() {
                Some(number) => {
                    let ending = connection.answer().await;
                    self.note(number, ending);
                }
                None if connection.is_usable() && !self.waiting.is_empty() => {}
                None => return,
            }
        }
    }
}

fn cases(seeds: std::ops::Range<u64>, faults: Faults) -> Vec<Case> {
    let mut cases = Vec::new();
    for seed in seeds {
        for wording in WORDINGS {
            let manners = [
                (Manner::Pipelined, 1),
                (Manner::Overlapped, 1),
                (Manner::Chunked, 1),
                (Manner::Chunked, 2),
                (Manner::Chunked, 8),
            ];
            cases.extend(manners.map(|(boldest, window)| Case {
                seed,
                wording,
                faults,
                boldest,
                window,
            }));
        }
    }
    cases
}

/// Plays all cases, and compares every ending with what the server has.
async fn compare(all: Vec<Case>) -> [usize; 3] {
    let played = join_all(all.iter().map(|case| case.play())).await;
    let mut sums = [0; 3];
    for (case, (endings, taken)) in all.iter().zip(played) {
        for (number, (ending, taken)) in endings.iter().zip(taken).enumerate() {
            match ending {
                Some(Ending::Answered(reply)) if reply.is_positive() => {
                    sums[0] += 1;
                    assert!(taken, "{number} is accepted and was not taken: {case:?}");
                    let dot = case.wording.dot.replace('#', &format!("Q{number}"));
                    let said = Reply::from_lines([format!("250 {dot}").as_bytes()]);
                    assert_eq!(said.as_ref(), Some(reply), "{number}: {case:?}");
                }
                Some(Ending::InDoubt(_)) => sums[1] += 1,
                ending => {
                    sums[2] += 1;
                    assert!(!taken, "{number} was taken, but {ending:?}: {case:?}");
                }
            }
        }
    }
    sums
}

#[tokio::test]
async fn replies_that_come_in_order_leave_no_doubt() {
    let [accepted, in_doubt, _] = compare(cases(0..4, NONE)).await;
    assert_eq!(in_doubt, 0);
    assert!(accepted > 4 * 7 * 5 * MAILS / 2, "{accepted}");
}

#[tokio::test]
async fn a_reply_that_is_swallowed_repeated_or_swapped_makes_nobody_accepted_who_is_not() {
    for most in [1, 2, 6] {
        let faults = Faults { share: 0.12, most };
        let [accepted, in_doubt, others] = compare(cases(0..12, faults)).await;
        assert!(
            accepted > in_doubt && in_doubt > 0,
            "{accepted}, {in_doubt}, {others}"
        );
    }
}
