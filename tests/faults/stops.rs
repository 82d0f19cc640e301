//! SIGTERM and Ctrl-C: what is in flight is finished, nothing is started, nothing is in doubt.

use std::time::Duration;

use crate::installation::{Installation, OWNER, Template};
use crate::kills::{drain, nobody_speaks};
use crate::plan::{Door, Plan};
use crate::program::{Program, Signal};
use crate::secrets;
use crate::support::smtp::{SmtpServer, Stage};
use crate::tally::{Tally, play};
use crate::truth::{Faults, compare};

const RECIPIENTS: usize = 40;

/// Slow enough that there is always something in flight.
fn plan(pipelining: bool) -> Plan {
    Plan {
        recipients: RECIPIENTS,
        connections: 3,
        pipelining,
        pause: Duration::from_millis(20),
        ..Plan::plain()
    }
}

fn settled(installation: &Installation) -> (i64, i64, i64) {
    (
        installation.number("SELECT count(*) FROM attempts"),
        installation.number("SELECT count(*) FROM deliveries WHERE state = 'trying'"),
        installation.number("SELECT count(*) FROM attempts WHERE outcome != 'accepted'"),
    )
}

fn one((door, signal, pipelining): (Door, Signal, bool), template: &Template) -> Tally {
    let plan = plan(pipelining);
    let server = plan.server();
    let installation = template.copy();
    let variables = plan.variables(&server);
    let mut program = Program::start(&installation, door.arguments(), &variables);
    let sending = program.until("it sends", |_| server.taken() >= 4);
    assert!(sending, "it ended: {}", program.said());
    program.signal(signal);
    let ended = program.end();
    let mut said = program.said().to_owned();
    // A run that is sent from the command line is paused, which is not what was asked of it.
    let code = i32::from(door == Door::Send);
    assert_eq!(ended.code(), Some(code), "I9 {said}");
    assert!(ended.after < 10_000, "{} ms", ended.after);
    let state = installation.run_state(1);
    let wanted = if door == Door::Serve {
        "active"
    } else {
        "paused"
    };
    assert_eq!(state.as_deref(), Some(wanted));
    nobody_speaks(&server);
    let (attempts, trying, unaccepted) = settled(&installation);
    assert_eq!((trying, unaccepted), (0, 0), "left in flight, or in doubt");
    assert_eq!(usize::try_from(attempts).unwrap(), server.taken());
    assert!(server.taken() < RECIPIENTS, "it did not stop");
    assert_eq!(
        server
            .log()
            .transactions
            .iter()
            .filter(|one| one.was_given_a_mail())
            .count(),
        server.taken()
    );

    let mut tally = Tally {
        cells: 1,
        slowest_stop: ended.after,
        ..Tally::default()
    };
    said += &drain(door, &installation, &variables, &mut tally);
    let log = server.log();
    let found = compare(&installation, &log, Faults::default());
    secrets::are_kept(&installation, &log, &said);
    Tally {
        cells: 1,
        restarts: tally.restarts,
        slowest_start: tally.slowest_start,
        slowest_stop: tally.slowest_stop,
        ..found
    }
}

#[test]
fn told_to_stop_it_finishes_what_is_in_flight_and_starts_nothing() {
    let template = Template::with_recipients(RECIPIENTS);
    let mut cells = Vec::new();
    for door in Door::ALL {
        for signal in [Signal::TERM, Signal::INT] {
            for pipelining in [true, false] {
                cells.push((door, signal, pipelining));
            }
        }
    }
    play("stops", &cells, |cell| one(*cell, &template));
}

#[test]
fn told_to_stop_as_soon_as_it_says_that_it_runs_it_stops_in_order() {
    let template = Template::with_recipients(1);
    let cells: Vec<usize> = (0..10).collect();
    play("stops at once", &cells, |_| {
        let plan = plan(true);
        let server = plan.server();
        let installation = template.copy();
        let mut program = Program::start(&installation, &["serve"], &plan.variables(&server));
        assert!(program.is_ready());
        program.signal(Signal::TERM);
        let ended = program.end();
        assert_eq!(ended.code(), Some(0), "I9 {}", program.said());
        Tally {
            cells: 1,
            slowest_stop: ended.after,
            ..Tally::default()
        }
    });
}

/// The mailing's mails of which the server has heard, and those that it has taken. The owner is
/// told of what was done to them; that is no part of it.
fn heard_and_taken(server: &SmtpServer) -> (usize, usize) {
    let mut mails = server.transactions();
    mails.retain(|one| one.recipients != [OWNER]);
    (
        mails.len(),
        mails.iter().filter(|one| one.was_taken()).count(),
    )
}

#[test]
fn once_another_process_has_stopped_the_run_nothing_starts() {
    const STOPS: [&[&str]; 4] = [
        &["pause", "1"],
        &["cancel", "1"],
        &["disable-mailing", "1", "--reason", "spam"],
        &["block-user", OWNER, "--reason", "spam"],
    ];
    let template = Template::with_recipients(RECIPIENTS);
    play("stopped by others", &STOPS, |stop| {
        let plan = plan(true);
        let server = plan.server();
        let installation = template.copy();
        let variables = plan.variables(&server);
        let mut program = Program::start(&installation, &["serve"], &variables);
        assert!(program.until("it sends", |_| server.taken() >= 4));
        let mut pause = Program::start(&installation, stop, &variables);
        assert_eq!(pause.end().code(), Some(0), "{}", pause.said());
        let (when_paused, _) = heard_and_taken(&server);
        assert!(program.until("nothing is in flight", |_| {
            installation.number("SELECT trying FROM runs") == 0
        }));
        // It goes round twice more, for nothing.
        for _ in 0..40 {
            program.listen(10);
        }
        let (heard, taken) = heard_and_taken(&server);
        let late = heard.saturating_sub(when_paused);
        assert!(late <= plan.connections, "{late} were started after it");
        let accepted = installation.number("SELECT accepted FROM runs");
        assert_eq!(usize::try_from(accepted).unwrap(), taken);
        program.signal(Signal::TERM);
        let ended = program.end();
        assert_eq!(ended.code(), Some(0), "{}", program.said());
        Tally {
            cells: 1,
            slowest_stop: ended.after,
            ..Tally::default()
        }
    });
}

#[test]
fn a_command_that_is_interrupted_twice_ends_at_once_and_what_it_left_is_found() {
    let template = Template::with_recipients(RECIPIENTS);
    let cells: Vec<usize> = (0..4).collect();
    play("interrupted twice", &cells, |_| {
        let plan = plan(true);
        let server = plan.server();
        let installation = template.copy();
        let variables = plan.variables(&server);
        let mut program = Program::start(&installation, Door::Send.arguments(), &variables);
        assert!(program.until("it sends", |_| server.taken() >= 4));
        program.signal(Signal::INT);
        assert!(program.until("it says so", |said| said.contains("Pausing")));
        program.signal(Signal::INT);
        assert_eq!(program.end().code(), Some(1), "I9 {}", program.said());
        nobody_speaks(&server);
        let (_, trying, _) = settled(&installation);
        assert_eq!(trying, 0, "what was in flight is not written down");
        let mut tally = Tally::default();
        drain(Door::Send, &installation, &variables, &mut tally);
        nobody_speaks(&server);
        let faults = Faults {
            kills: 1,
            connections: plan.connections,
            hold: false,
        };
        Tally {
            cells: 1,
            restarts: tally.restarts,
            ..compare(&installation, &server.log(), faults)
        }
    });
}

#[test]
fn told_to_stop_twice_it_waits_for_no_answer_and_writes_down_what_is_in_doubt() {
    let template = Template::with_recipients(RECIPIENTS);
    let cells = [(Signal::TERM, true), (Signal::INT, false)];
    play("stopped twice", &cells, |(signal, pipelining)| {
        let plan = plan(*pipelining);
        let server = plan.server();
        for nth in 5..=RECIPIENTS {
            server.on(Stage::Dot).nth(nth).silence();
        }
        let installation = template.copy();
        let variables = plan.variables(&server);
        let mut program = Program::start(&installation, Door::Serve.arguments(), &variables);
        assert!(
            program.until("it waits for answers", |_| server.taken() >= 4
                && installation.number("SELECT trying FROM runs") > 0)
        );
        program.signal(*signal);
        for _ in 0..20 {
            program.listen(10);
        }
        let in_flight = installation.number("SELECT trying FROM runs");
        assert!(in_flight > 0, "it did not wait: {}", program.said());
        program.signal(*signal);
        let ended = program.end();
        assert_eq!(ended.code(), Some(0), "I9 {}", program.said());
        assert!(ended.after < 10_000, "{} ms", ended.after);
        let (_, trying, unaccepted) = settled(&installation);
        assert_eq!((trying, unaccepted), (0, in_flight));
        let texts = "SELECT count(*) FROM attempts
                     WHERE outcome = 'in_doubt' AND text = '[interrupted]'";
        assert_eq!(installation.number(texts), in_flight);
        nobody_speaks(&server);
        Tally {
            cells: 1,
            slowest_stop: ended.after,
            ..Tally::default()
        }
    });
}

#[test]
fn told_to_stop_by_two_signals_at_once_it_still_waits_for_the_answers() {
    let template = Template::with_recipients(RECIPIENTS);
    let cells = [
        (Signal::TERM, Signal::TERM),
        (Signal::TERM, Signal::INT),
        (Signal::INT, Signal::TERM),
    ];
    play("stopped by two signals", &cells, |(first, second)| {
        // Every answer takes longer than the second signal could be thought to be one of its own.
        let plan = Plan {
            pause: Duration::from_millis(300),
            connections: 8,
            ..plan(true)
        };
        let server = plan.server();
        let installation = template.copy();
        let variables = plan.variables(&server);
        let mut program = Program::start(&installation, Door::Serve.arguments(), &variables);
        assert!(program.until("it sends", |_| server.taken() > 0
            && installation.number("SELECT trying FROM runs") > 0));
        program.signal(*first);
        program.signal(*second);
        let ended = program.end();
        assert_eq!(ended.code(), Some(0), "I9 {}", program.said());
        let (attempts, trying, unaccepted) = settled(&installation);
        assert_eq!((trying, unaccepted), (0, 0), "left in the air, or in doubt");
        assert_eq!(usize::try_from(attempts).unwrap(), server.taken());
        assert!(server.taken() < RECIPIENTS, "it did not stop");
        Tally {
            cells: 1,
            slowest_stop: ended.after,
            ..Tally::default()
        }
    });
}
