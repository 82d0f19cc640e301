//! SIGKILL from outside, at moments that nobody chose.

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use std::time::Duration;

use crate::installation::Template;
use crate::kills::{drain, nobody_speaks};
use crate::plan::{Door, Plan};
use crate::program::Program;
use crate::tally::{Tally, play};
use crate::truth::{Faults, compare};
use crate::{is_long, secrets};

/// Kills of one installation, one after another, before it is left in peace.
const IN_A_ROW: usize = 5;
const RECIPIENTS: usize = 60;

fn kills() -> usize {
    if is_long() { 1_000 } else { 100 }
}

fn one(seed: u64, template: &Template) -> Tally {
    let mut chance = SmallRng::seed_from_u64(seed);
    let plan = Plan {
        recipients: RECIPIENTS,
        connections: chance.random_range(1..=4),
        hold: chance.random(),
        pipelining: chance.random(),
        chunking: chance.random(),
        pause: Duration::from_millis(chance.random_range(2..=15)),
        log: "info",
        ..Plan::plain()
    };
    let server = plan.server();
    let installation = template.copy();
    let variables = plan.variables(&server);
    let mut tally = Tally {
        cells: 1,
        ..Tally::default()
    };
    let mut said = String::new();
    let mut killed = 0;
    for _ in 0..IN_A_ROW {
        let mut program = Program::start(&installation, &["serve"], &variables);
        // Some of them before it is ready, most while it sends.
        let span = chance.random_range(20..900);
        let soon = program.age() + span;
        while program.age() < soon && program.listen(5) {}
        assert!(program.kill(), "it ended by itself: {}", program.said());
        killed += 1;
        said += program.said();
        drop(program);
        nobody_speaks(&server);
    }
    tally.kills.insert("random", killed);
    said += &drain(Door::Serve, &installation, &variables, &mut tally);
    nobody_speaks(&server);
    let log = server.log();
    let found = compare(
        &installation,
        &log,
        Faults {
            kills: killed,
            connections: plan.connections,
            hold: plan.hold,
        },
    );
    secrets::are_kept(&installation, &log, &said);
    Tally {
        cells: tally.cells,
        kills: tally.kills,
        restarts: tally.restarts + killed - 1,
        slowest_start: tally.slowest_start,
        slowest_stop: tally.slowest_stop,
        ..found
    }
}

#[test]
fn killed_again_and_again_at_any_moment_it_loses_nobody_and_invents_nothing() {
    let template = Template::with_recipients(RECIPIENTS);
    let rounds = kills() / IN_A_ROW;
    let seeds: Vec<u64> = (0..u64::try_from(rounds).unwrap()).collect();
    let total = play("random moments", &seeds, |seed| one(*seed, &template));
    assert_eq!(total.killed(), kills());
    assert!(
        total.in_doubt > 0,
        "no kill came while a mail was in flight"
    );
}
