//! Several processes on one database: one sends, the others stand by and take over.

use std::time::Duration;

use crate::installation::Template;
use crate::kills::nobody_speaks;
use crate::plan::Plan;
use crate::program::{Program, Signal};
use crate::tally::{Tally, play, tell};
use crate::truth::{Faults, compare};
use crate::{secrets, wait_until};

const RECIPIENTS: usize = 30;
const MAILINGS: usize = 3;

fn plan() -> Plan {
    Plan {
        recipients: RECIPIENTS,
        connections: 3,
        pause: Duration::from_millis(5),
        ..Plan::plain()
    }
}

/// Two servers, and a command for each mailing, in an order that the round decides.
fn five(round: usize) -> Vec<Vec<&'static str>> {
    let mut all = vec![
        vec!["serve"],
        vec!["send", "1"],
        vec!["send", "2"],
        vec!["serve"],
        vec!["send", "3"],
    ];
    all.rotate_left(round % 5);
    all
}

#[test]
fn five_processes_at_once_try_every_delivery_exactly_once() {
    let template = Template::with_mailings(MAILINGS, RECIPIENTS, false);
    let cells: Vec<usize> = (0..3).collect();
    play("five at once", &cells, |round| {
        let plan = plan();
        let server = plan.server();
        let installation = template.copy();
        let variables = plan.variables(&server);
        let mut all: Vec<Program> = five(*round)
            .iter()
            .map(|arguments| Program::start(&installation, arguments, &variables))
            .collect();
        let mut said = String::new();
        wait_until("all is sent", 60_000, || installation.is_done());
        for (program, arguments) in all.iter_mut().zip(five(*round)) {
            if arguments[0] == "serve" {
                // The others may have been so quick that it has hardly begun.
                assert!(program.is_ready(), "{}", program.said());
                program.signal(Signal::TERM);
            }
            assert_eq!(program.end().code(), Some(0), "{}", program.said());
            said += program.said();
        }
        let log = server.log();
        let tally = compare(&installation, &log, Faults::default());
        assert_eq!(tally.attempts, MAILINGS * RECIPIENTS);
        let seen = server.transactions().len();
        assert_eq!(seen, tally.attempts, "none of them twice");
        assert!(
            log.most_open_at_once <= plan.connections,
            "one of them sends"
        );
        secrets::are_kept(&installation, &log, &said);
        Tally { cells: 1, ..tally }
    });
}

#[test]
fn when_the_one_that_sends_is_killed_another_one_goes_on() {
    let template = Template::with_mailings(MAILINGS, RECIPIENTS, false);
    let cells: Vec<usize> = (0..5).collect();
    let total = play("holders killed", &cells, |round| {
        let plan = plan();
        let server = plan.server();
        let installation = template.copy();
        let variables = plan.variables(&server);
        let start = |arguments: &Vec<&str>| Program::start(&installation, arguments, &variables);
        let five = five(*round);
        // The first one has the lock before the others come. Sent by whoever has it.
        let mut first = start(&five[0]);
        let ready = first.until("it has begun", |said| !said.is_empty());
        assert!(ready, "{}", first.said());
        let mut others: Vec<Program> = five[1..].iter().map(start).collect();
        assert!(
            first.until("it sends", |_| server.taken() >= 3),
            "{}",
            first.said()
        );
        let mut kills = usize::from(first.kill());
        let mut said = first.said().to_owned();
        // Whichever of the next ones holds it now: the later ones go on.
        for _ in 0..2 {
            let so_far = server.taken();
            let mut next = others.remove(0);
            next.until("it goes on", |_| {
                server.taken() > so_far || installation.is_done()
            });
            kills += usize::from(next.kill());
            said += next.said();
        }
        drop(others);
        nobody_speaks(&server);
        // Mailings whose command was killed before it had begun are sent now.
        for mailing in ["1", "2", "3"] {
            if installation.run_state(mailing.parse().unwrap()).is_none() {
                let mut send = Program::start(&installation, &["send", mailing], &variables);
                assert_eq!(send.end().code(), Some(0), "{}", send.said());
                said += send.said();
            }
        }
        let mut last = Program::start(&installation, &["serve"], &variables);
        assert!(
            last.until("all is sent", |_| installation.is_done()),
            "{}",
            last.said()
        );
        assert!(last.is_ready(), "{}", last.said());
        last.signal(Signal::TERM);
        assert_eq!(last.end().code(), Some(0), "{}", last.said());
        said += last.said();
        nobody_speaks(&server);
        let log = server.log();
        let faults = Faults {
            // Those that were left are killed when they are dropped.
            kills: kills + 2,
            connections: plan.connections,
            hold: false,
        };
        let mut tally = compare(&installation, &log, faults);
        secrets::are_kept(&installation, &log, &said);
        tally.kills.insert("holder", kills);
        Tally { cells: 1, ..tally }
    });
    tell(&format!(
        "{} were killed with others standing by",
        total.killed()
    ));
}
