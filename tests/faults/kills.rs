//! SIGKILL at every named point, with a fast and a slow server, from several seeds, through both
//! doors.

use mailapp::failpoint::NAMES;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::installation::{Installation, Template, is_done};
use crate::plan::{Door, Plan, SEEDS, recipients};
use crate::program::{Program, Signal};
use crate::support::pairs;
use crate::support::smtp::{SmtpServer, Stage};
use crate::tally::{Tally, play, tell};
use crate::truth::{Faults, compare};
use crate::{is_long, secrets, wait_until};

/// Ready again within this, in milliseconds (I8).
const READY: i64 = 5_000;
/// Ended within this, when told to.
const STOPPED: i64 = 10_000;
/// The mailing's time is over so long after a cell's beginning, where its end is what counts.
const WINDOW: i64 = 2_500;

#[derive(Debug, Clone, Copy)]
struct Cell {
    point: &'static str,
    slow: bool,
    seed: usize,
    door: Door,
    /// Differs only in when the point counts.
    round: u64,
}

impl Cell {
    fn all() -> Vec<Self> {
        let rounds = if is_long() { 4 } else { 1 };
        let mut cells = Vec::new();
        for (point, slow) in pairs(NAMES, [false, true]) {
            for (seed, door) in pairs(SEEDS, Door::ALL) {
                cells.extend((0..rounds).map(|round| Self {
                    point,
                    slow,
                    seed,
                    door,
                    round,
                }));
            }
        }
        cells
    }

    /// At which hit of the point the process dies: a number that this cell comes to.
    fn nth(&self) -> usize {
        let place = NAMES.iter().position(|name| *name == self.point).unwrap();
        let seed = u64::try_from(place * 100 + self.seed * 10).unwrap() + u64::from(self.slow);
        let mut chance = SmallRng::seed_from_u64(seed + 10_000 * self.round);
        match self.point {
            "group-begun" | "group-run" | "group-committed" | "group-answered" => {
                chance.random_range(1..=12)
            }
            "connecting" | "connected" | "letter-taken" | "letter-sent" | "letter-settled" => {
                chance.random_range(1..=2)
            }
            "taken" | "claimed" | "composed" | "announced" | "invited" | "body-half-sent"
            | "body-sent" | "answered" | "judged" => {
                chance.random_range(1..=recipients(self.seed) - 3)
            }
            _ => 1,
        }
    }

    /// Arranges for the point to be come to.
    fn prepare(&self, installation: &Installation, server: &SmtpServer) {
        match self.point {
            "swept" => {
                server
                    .on(Stage::Rcpt)
                    .of("r1@example.ru")
                    .reply("451 4.2.1 Not today");
                let end = crate::plan::now() + WINDOW;
                installation.execute("UPDATE mailings SET ends_at = ?1", [end]);
            }
            "relay-failed" | "relay-noted" => {
                server
                    .on(Stage::Banner)
                    .first(1)
                    .reply_and_close("421 4.3.2 Going down");
            }
            name if name.starts_with("letter-") => installation.owes_letters(2, crate::plan::now()),
            _ => {}
        }
    }

    /// Whether it only comes to the point when it is told to stop.
    fn is_told_to_stop(&self) -> bool {
        self.point.starts_with("stop") && (self.door == Door::Serve || self.seed.is_multiple_of(2))
    }
}

/// Plays it until it is killed, or has nothing left to do. `true` where it was killed.
fn until_killed(
    cell: &Cell,
    installation: &Installation,
    server: &SmtpServer,
    program: &mut Program,
) -> bool {
    let mut told = false;
    let database = installation.database();
    loop {
        if !program.listen(20) {
            return program.end().was_killed();
        }
        let sent = is_done(&database);
        if cell.is_told_to_stop() && !told && (sent || server.taken() >= 2) {
            program.signal(cell.door.stop());
            told = true;
        }
        if sent && !told && cell.door == Door::Serve {
            program.signal(Signal::TERM);
            told = true;
        }
        assert!(
            program.age() < 60_000,
            "it goes on and on: {}",
            program.said()
        );
    }
}

/// Starts it again, as often as it takes, until everything is sent.
pub fn drain(
    door: Door,
    installation: &Installation,
    variables: &[(String, String)],
    tally: &mut Tally,
) -> String {
    let mut said = String::new();
    if door == Door::Send {
        said += &drain_by_command(installation, variables, tally);
        if installation.is_done() {
            return said;
        }
    }
    let mut program = Program::start(installation, &["serve"], variables);
    assert!(program.is_ready(), "it does not start: {}", program.said());
    tally.restarts += 1;
    tally.slowest_start = tally.slowest_start.max(program.age());
    assert!(program.age() < READY, "I8 ready after {} ms", program.age());
    let database = installation.database();
    assert!(
        program.until("everything is sent", |_| is_done(&database)),
        "it ended: {}",
        program.said()
    );
    drop(database);
    program.signal(Signal::TERM);
    let ended = program.end();
    assert_eq!(ended.code(), Some(0), "I9 {}", program.said());
    tally.slowest_stop = tally.slowest_stop.max(ended.after);
    assert!(ended.after < STOPPED, "it took {} ms to stop", ended.after);
    said + program.said()
}

/// What somebody does who has no server: sends, or goes on with what was left.
fn drain_by_command(
    installation: &Installation,
    variables: &[(String, String)],
    tally: &mut Tally,
) -> String {
    let mut said = String::new();
    let mut run = |arguments: &[&str], codes: &[i32]| {
        let mut program = Program::start(installation, arguments, variables);
        let code = program.end().code();
        tally.restarts += 1;
        said.push_str(program.said());
        let is_right = code.is_some_and(|code| codes.contains(&code));
        assert!(is_right, "I9 {arguments:?}: {code:?} {}", program.said());
    };
    match installation.run_state(1).as_deref() {
        None => run(&["send", "1"], &[0, 3]),
        // Active: nobody sends it any more.
        Some("active" | "paused") => run(&["resume", "1"], &[0, 3]),
        _ => {}
    }
    said
}

fn one(cell: &Cell, templates: &[Template]) -> Tally {
    let plan = Plan::of(cell.seed, cell.slow);
    let server = plan.server();
    let installation = templates[cell.seed - SEEDS.start()].copy();
    cell.prepare(&installation, &server);
    let variables = plan.variables(&server);
    let mut deadly = variables.clone();
    deadly.push((
        "FAILPOINT".to_owned(),
        format!("{}:{}", cell.point, cell.nth()),
    ));
    let mut tally = Tally {
        cells: 1,
        ..Tally::default()
    };
    let mut program = Program::start(&installation, cell.door.arguments(), &deadly);
    let killed = until_killed(cell, &installation, &server, &mut program);
    if killed {
        tally.kills.insert(cell.point, 1);
    }
    let mut said = program.said().to_owned();
    drop(program);
    nobody_speaks(&server);
    said += &drain(cell.door, &installation, &variables, &mut tally);
    nobody_speaks(&server);
    let faults = Faults {
        kills: usize::from(killed),
        connections: plan.connections,
        hold: plan.hold,
    };
    let log = server.log();
    let found = compare(&installation, &log, faults);
    secrets::are_kept(&installation, &log, &said);
    Tally {
        cells: tally.cells,
        kills: tally.kills,
        restarts: tally.restarts,
        slowest_start: tally.slowest_start,
        slowest_stop: tally.slowest_stop,
        ..found
    }
}

/// What a dead process has sent before has come to its end, too.
pub fn nobody_speaks(server: &SmtpServer) {
    wait_until("all connections are over", 30_000, || {
        server.open_now() == 0
    });
}

#[test]
fn killed_at_any_named_point_it_loses_nobody_and_invents_nothing() {
    let templates: Vec<Template> = SEEDS
        .map(|seed| Template::with_recipients(recipients(seed)))
        .collect();
    let total = play("named points", &Cell::all(), |cell| one(cell, &templates));
    let missed: Vec<&str> = NAMES
        .into_iter()
        .filter(|name| !total.kills.contains_key(name))
        .collect();
    tell(&format!("kills at each point: {:?}", total.kills));
    assert_eq!(missed, [""; 0], "points that nothing comes to");
}
