//! The server misbehaves: every fault at every stage, in clear and encrypted, command by command and
//! many at a time. In the test's own process, with a clock that is moved.

mod table;

use mailapp::domain::Id;
use mailapp::domain::delivery::Outcome;
use mailapp::domain::mailings::run::{PauseReason, RunState};
use tempfile::TempDir;

use crate::support::app::{HOUR, House, MINUTE};
use crate::support::smtp::{
    Abilities, Flaw, Identity, Loss, Manner, PASSWORD, SmtpServer, Stage, USER,
};
use crate::support::until;
use crate::tally::{Tally, play, tell};
use table::{Fault, Verdict, cells};

const ANNA: &str = "anna@example.ru";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Security {
    Plain,
    Starttls,
    Tls,
}

impl Security {
    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Starttls => "starttls",
            Self::Tls => "tls",
        }
    }

    fn has(self, stage: Stage) -> bool {
        match stage {
            Stage::Starttls => self == Self::Starttls,
            Stage::Handshake => self != Self::Plain,
            _ => true,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    stage: Stage,
    fault: Fault,
    verdict: Verdict,
    security: Security,
    manner: Manner,
}

impl Cell {
    fn all() -> Vec<Self> {
        let ways = [
            (Security::Plain, Manner::Pipelining),
            (Security::Plain, Manner::OneByOne),
            (Security::Starttls, Manner::Pipelining),
            (Security::Tls, Manner::Pipelining),
        ];
        let mut all = Vec::new();
        for (stage, fault, verdict) in cells() {
            for (security, manner) in ways {
                // The long mail takes its time, and is the same whatever was agreed on before.
                let is_done = stage == Stage::Body
                    && (security == Security::Starttls || manner == Manner::OneByOne);
                if security.has(stage) && !is_done {
                    all.push(Self {
                        stage,
                        fault,
                        verdict,
                        security,
                        manner,
                    });
                }
            }
        }
        all
    }

    /// The usual answer at this stage.
    const fn usual(self) -> &'static str {
        match self.stage {
            Stage::Connect | Stage::Banner | Stage::Starttls => "220 2.0.0 mx.example",
            Stage::Auth => "235 2.7.0 Welcome",
            Stage::Data => "354 Go on",
            Stage::Quit => "221 2.0.0 Bye",
            _ => "250 2.0.0 Ok",
        }
    }

    /// Has the server do it, the first time that it comes to the stage.
    fn provoke(self, server: &SmtpServer) {
        let on = server.on(self.stage).first(1);
        let says = |line: &str| {
            let on = server.on(self.stage).first(1);
            // In the middle of a mail nobody stays who has said such a thing.
            if self.stage == Stage::Body {
                on.reply_and_close(line);
            } else {
                on.reply(line);
            }
        };
        match self.fault {
            Fault::Fin => on.loses(Loss::Fin),
            Fault::Rst => on.loses(Loss::Rst),
            Fault::Silence => on.loses(Loss::Silence),
            Fault::Drip => on.drips(format!("{}\r\n", self.usual()).as_bytes()),
            Fault::Closing => on.reply_and_close("421 4.3.2 Going down"),
            Fault::Temporary => says("451 4.3.0 Later"),
            Fault::Permanent => says("550 5.3.0 No"),
            // 250 where something else is expected, else one that is less usual.
            Fault::Wrong2xx if self.usual().starts_with("250") => says("251 2.0.0 In a way"),
            Fault::Wrong2xx => says("250 2.0.0 Ok"),
            Fault::Wrong3xx if self.stage == Stage::Data => says("334 Go on"),
            Fault::Wrong3xx if self.stage == Stage::Auth => says("334 VXNlcm5hbWU6"),
            Fault::Wrong3xx => says("354 Go on"),
            Fault::Garbage => says("HTTP/1.1 400 Bad Request"),
            Fault::NoLineEnd => on.bytes_and_silence(self.usual().as_bytes()),
            Fault::Endless => on.repeats(b"250-2.0.0 and one more\r\n"),
            Fault::LongLine => on.bytes(&vec![b'2'; 10_000_000]),
            Fault::EarlyClose => on.behaves_and_closes(),
        }
    }

    /// Whether it shows only in that nothing comes: then little is waited for.
    fn takes_time(self) -> bool {
        matches!(self.fault, Fault::Silence | Fault::Drip | Fault::NoLineEnd)
            || (self.stage == Stage::Body
                && matches!(
                    self.fault,
                    Fault::Endless | Fault::LongLine | Fault::EarlyClose
                ))
            || (self.stage == Stage::Starttls && self.fault == Fault::Wrong2xx)
    }

    fn server(self) -> (SmtpServer, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::of("127.0.0.1");
        identity.authority_file(folder.path());
        let mut abilities = Abilities {
            pipelining: self.manner == Manner::Pipelining,
            auth: &["PLAIN"],
            ..Abilities::default()
        };
        match self.security {
            Security::Plain => {}
            Security::Starttls => abilities.starttls = Some(identity),
            Security::Tls => abilities.implicit_tls = Some(identity),
        }
        (SmtpServer::able_to(abilities), folder)
    }

    async fn house(self, server: &SmtpServer, folder: &TempDir) -> House {
        let authority = folder.path().join("authority.pem");
        let limit = match (self.takes_time(), self.stage) {
            (false, _) => "20s",
            // The long mail itself is to get through when it is tried again.
            (true, Stage::Body) => "5s",
            (true, _) => "1s",
        };
        let mut settings = vec![
            ("relay.username", USER),
            ("relay.password", PASSWORD),
            ("relay.security", self.security.name()),
            ("relay.timeouts.command", limit),
            ("relay.timeouts.data", limit),
            ("relay.timeouts.body", limit),
            ("relay.timeouts.dot", limit),
        ];
        if self.security != Security::Plain {
            settings.push(("relay.ca_file", authority.to_str().unwrap()));
        }
        House::with(server, &settings).await
    }

    async fn play(self) {
        let (server, folder) = self.server();
        self.provoke(&server);
        let house = self.house(&server, &folder).await;
        let run = if self.stage == Stage::Body {
            send_a_long_mail(&house).await
        } else {
            house.send_to(&[ANNA]).await
        };
        let begun = judge(&house, run, self.verdict).await;
        if self.stage != Stage::Quit {
            server.behave();
        }
        let accepted = goes_on(&house, run, self.verdict).await;
        assert_eq!(house.attempts(run).await.len(), begun + accepted);
        let copies = server.mails_to(ANNA);
        if self.verdict == Verdict::InDoubt {
            let same = |one: &crate::support::smtp::Transaction| {
                one.message_id() == copies[0].message_id()
            };
            assert!(copies.iter().all(same), "copies that nobody can tell");
        }
        house.close(&server).await;
    }
}

/// More than fits into all the buffers between here and a server that does not read.
async fn send_a_long_mail(house: &House) -> Id {
    let recipient = house.recipient_named(ANNA, &"🎄".repeat(200)).await;
    let body = format!("{}.", "{{name}} ".repeat(640));
    let message = house.message("Новости", &body).await;
    let mailing = house.mailing(message, &[recipient]).await;
    house.send(mailing).await
}

/// What stands in the journal after the first try. Returns how many attempts do.
async fn judge(house: &House, run: Id, verdict: Verdict) -> usize {
    match verdict {
        Verdict::Relay | Verdict::RelayTried => {
            until("the relay is down", async || house.relay_down().await).await;
            let run = house
                .wait_for(run, "nothing is in flight", |run| run.counters.trying == 0)
                .await;
            assert_eq!((run.state, run.counters.queued), (RunState::Active, 1));
            let delivery = house.delivery(run.id, ANNA).await;
            assert_eq!((delivery.state.as_str(), delivery.attempts), ("waiting", 0));
            let tried = usize::from(verdict == Verdict::RelayTried);
            let charged = usize::try_from(house.relays_faults().await).unwrap();
            assert_eq!(
                (house.attempts(run.id).await.len(), charged),
                (tried, tried),
                "attempts, and those charged to the relay"
            );
            tried
        }
        Verdict::Paused => {
            let run = house
                .wait_for(run, "the run is paused", |run| {
                    run.state == RunState::Paused
                })
                .await;
            let reason = run.pause_reason;
            let is_relays = [PauseReason::Relay, PauseReason::Password]
                .into_iter()
                .any(|known| reason == Some(known));
            assert!(is_relays, "{reason:?}");
            assert_eq!(run.counters.queued, 1);
            assert_eq!(house.attempts(run.id).await.len(), 0);
            0
        }
        Verdict::Deferred => tried_once(house, run, Outcome::Deferred, "waiting").await,
        Verdict::InDoubt => tried_once(house, run, Outcome::InDoubt, "waiting").await,
        Verdict::Refused => tried_once(house, run, Outcome::Refused, "refused").await,
        Verdict::Accepted => tried_once(house, run, Outcome::Accepted, "accepted").await,
    }
}

async fn tried_once(house: &House, run: Id, outcome: Outcome, state: &str) -> usize {
    house
        .wait_for(run, "it has been tried", |run| {
            run.attempts.all() > 0 && run.counters.trying == 0
        })
        .await;
    let attempts = house.attempts(run).await;
    assert_eq!(attempts[0].outcome, outcome, "{:?}", attempts[0]);
    assert_eq!(house.relays_faults().await, 0, "charged to the relay");
    let delivery = house.delivery(run, ANNA).await;
    assert_eq!((delivery.state.as_str(), delivery.attempts), (state, 1));
    attempts.len()
}

/// The server behaves: what happens next. Returns how many attempts come of it.
async fn goes_on(house: &House, run: Id, verdict: Verdict) -> usize {
    match verdict {
        Verdict::Relay | Verdict::RelayTried => house.pass(MINUTE),
        Verdict::Deferred | Verdict::InDoubt => house.pass(HOUR),
        Verdict::Paused => house.resume(run).await,
        Verdict::Refused | Verdict::Accepted => {
            let over = house.wait_until_finished(run).await;
            assert_eq!(over.state, RunState::Finished);
            return 0;
        }
    }
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.state, run.counters.accepted), (RunState::Finished, 1));
    until("nothing is said of the relay", async || {
        house.relay_down().await.is_none().then_some(())
    })
    .await;
    1
}

fn in_its_own_loop(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future);
}

#[test]
fn whatever_a_server_does_at_whatever_stage_the_journal_says_what_it_was() {
    let all = Cell::all();
    play("server faults", &all, |cell| {
        in_its_own_loop(async {
            cell.play().await;
        });
        Tally {
            cells: 1,
            ..Tally::default()
        }
    });
    tell(&format!("{} of them in {} cells", all.len(), cells().len()));
}

#[test]
fn a_certificate_that_is_not_to_be_trusted_pauses_the_run_and_says_why() {
    let cases = [
        (Flaw::Expired, "[certificate-expired]"),
        (Flaw::OtherName, "[certificate-name]"),
        (Flaw::SelfSigned, "[certificate-issuer]"),
    ];
    let all = crate::support::pairs(cases, [Security::Starttls, Security::Tls]);
    play("certificates", &all, |((flaw, words), security)| {
        in_its_own_loop(async {
            let (identity, folder) = (Identity::flawed(*flaw), tempfile::tempdir().unwrap());
            let authority = identity.authority_file(folder.path());
            let mut abilities = Abilities {
                auth: &["PLAIN"],
                ..Abilities::default()
            };
            if *security == Security::Tls {
                abilities.implicit_tls = Some(identity);
            } else {
                abilities.starttls = Some(identity);
            }
            let server = SmtpServer::able_to(abilities);
            let settings = [
                ("relay.username", USER),
                ("relay.password", PASSWORD),
                ("relay.security", security.name()),
                ("relay.ca_file", authority.to_str().unwrap()),
            ];
            let house = House::with(&server, &settings).await;
            let run = house.send_to(&[ANNA]).await;
            judge(&house, run, Verdict::Paused).await;
            let why = house.run(run).await.pause_detail.unwrap_or_default();
            assert_eq!(why, *words);
            assert_eq!(server.said("AUTH"), [""; 0], "the password went out");
            house.close(&server).await;
        });
        Tally {
            cells: 1,
            ..Tally::default()
        }
    });
}
