//! The journal against the server's own log: what was promised, number by number.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::installation::{Installation, OWNER};
use crate::support::journal::{RECOUNT, RUNS};
use crate::support::smtp::{Log, Transaction};
use crate::tally::Tally;

/// What has happened, and so what may be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    pub kills: usize,
    /// Connections that were open at each kill, at most.
    pub connections: usize,
    /// What is in doubt is not tried again.
    pub hold: bool,
}

#[derive(Debug, Default)]
struct Told {
    attempts: usize,
    accepted: usize,
    in_doubt: usize,
    deliveries: usize,
}

/// Everything is over: compares, and complains about all that does not hold.
pub fn compare(installation: &Installation, log: &Log, faults: Faults) -> Tally {
    let database = installation.database();
    let mut wrong = Vec::new();
    is_over(&database, &mut wrong);
    is_whole(&database, &mut wrong);
    is_counted(&database, &mut wrong);
    let tally = agrees(&database, log, faults, &mut wrong);
    letters_are_sent(log, faults, &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("; "));
    tally
}

fn texts(database: &Connection, sql: &str) -> Vec<String> {
    let mut statement = database.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn number(database: &Connection, sql: &str) -> i64 {
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// I1: everybody is in a final state, and every mailing was started once.
fn is_over(database: &Connection, wrong: &mut Vec<String>) {
    let open = texts(
        database,
        "SELECT email || ' is ' || state FROM deliveries WHERE state IN ('waiting', 'trying')",
    );
    if !open.is_empty() {
        wrong.push(format!("I1 not final: {open:?}"));
    }
    let twice = number(
        database,
        "SELECT count(*) FROM (SELECT mailing_id FROM runs GROUP BY mailing_id HAVING count(*) > 1)",
    );
    if twice > 0 {
        wrong.push("a mailing was started twice".to_owned());
    }
    let untold = number(
        database,
        "SELECT (SELECT count(*) FROM runs)
              - (SELECT count(*) FROM audit WHERE verb = 'send_mailing')",
    );
    if untold != 0 {
        wrong.push(format!("{untold} runs without their line in the audit log"));
    }
}

/// I6.
fn is_whole(database: &Connection, wrong: &mut Vec<String>) {
    let integrity = texts(database, "PRAGMA integrity_check");
    if integrity != ["ok"] {
        wrong.push(format!("I6 {integrity:?}"));
    }
    let orphans = texts(database, "PRAGMA foreign_key_check");
    if !orphans.is_empty() {
        wrong.push(format!("I6 orphans in {orphans:?}"));
    }
}

/// The kept counters are those of the rows.
fn is_counted(database: &Connection, wrong: &mut Vec<String>) {
    let rows = |sql| -> Vec<Vec<i64>> {
        let mut statement = database.prepare(sql).unwrap();
        let width = statement.column_count();
        let rows = statement.query_map([], |row| (0..width).map(|at| row.get(at)).collect());
        rows.unwrap().map(Result::unwrap).collect()
    };
    let (kept, counted) = (rows(RUNS), rows(RECOUNT));
    if kept != counted {
        wrong.push(format!("counters {kept:?}, rows {counted:?}"));
    }
    let charged = number(
        database,
        "SELECT count(*) FROM deliveries d WHERE attempts !=
             (SELECT count(*) FROM attempts a
              WHERE a.delivery_id = d.id AND a.charged_to = 'recipient')",
    );
    if charged > 0 {
        wrong.push(format!("{charged} deliveries with a wrong count of tries"));
    }
}

/// What the journal tells of each address.
fn told(database: &Connection) -> BTreeMap<String, Told> {
    let mut statement = database
        .prepare(
            "SELECT d.email, count(a.id), coalesce(sum(a.outcome = 'accepted'), 0),
                    coalesce(sum(a.outcome = 'in_doubt'), 0), count(DISTINCT d.id)
             FROM deliveries d LEFT JOIN attempts a ON a.delivery_id = d.id GROUP BY d.email",
        )
        .unwrap();
    let rows = statement.query_map([], |row| {
        let count = |at| -> rusqlite::Result<usize> { Ok(row.get::<_, u32>(at)? as usize) };
        let told = Told {
            attempts: count(1)?,
            accepted: count(2)?,
            in_doubt: count(3)?,
            deliveries: count(4)?,
        };
        Ok((row.get(0)?, told))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// I2, I3, I4 and I5.
fn agrees(database: &Connection, log: &Log, faults: Faults, wrong: &mut Vec<String>) -> Tally {
    let mut tally = Tally::default();
    let told = told(database);
    let of = |address: &str| -> Vec<&Transaction> {
        let named = |one: &&Transaction| one.recipients.iter().any(|named| named == address);
        log.transactions.iter().filter(named).collect()
    };
    for (address, told) in &told {
        let seen = of(address);
        let given = seen.iter().filter(|one| one.was_given_a_mail()).count();
        let taken = seen.iter().filter(|one| one.was_taken()).count();
        if told.accepted > taken {
            wrong.push(format!(
                "I2 {address}: {} accepted, {taken} taken",
                told.accepted
            ));
        }
        if taken > told.accepted + told.in_doubt {
            wrong.push(format!("I3 {address}: {taken} taken, but {told:?}"));
        }
        if given > told.attempts {
            wrong.push(format!("I5 {address}: {given} mails, but {told:?}"));
        }
        let copies: BTreeSet<String> = seen
            .iter()
            .filter(|one| one.was_taken())
            .map(|one| one.message_id())
            .collect();
        if copies.len() > told.deliveries {
            wrong.push(format!(
                "{address} got copies under several names: {copies:?}"
            ));
        }
        tally.mails += taken;
        tally.attempts += told.attempts;
        tally.in_doubt += told.in_doubt;
        tally.unmarked += taken.saturating_sub(told.accepted);
        tally.duplicates += taken.saturating_sub(told.deliveries);
    }
    let strangers: BTreeSet<&String> = log
        .transactions
        .iter()
        .filter(|one| one.was_given_a_mail())
        .flat_map(|one| &one.recipients)
        .filter(|address| !told.contains_key(*address) && *address != OWNER)
        .collect();
    if !strangers.is_empty() {
        wrong.push(format!("I5 mails to {strangers:?}"));
    }
    let bound = faults.kills * faults.connections;
    for (what, count, bound) in [
        ("I3 taken and not marked", tally.unmarked, bound),
        (
            "I4 duplicates",
            tally.duplicates,
            if faults.hold { 0 } else { bound },
        ),
        ("in doubt", tally.in_doubt, bound),
    ] {
        if count > bound {
            wrong.push(format!("{what}: {count}, at most {bound} were to be"));
        }
    }
    tally
}

/// The service's own mail: whatever was owed came, and a kill costs at worst a second copy.
fn letters_are_sent(log: &Log, faults: Faults, wrong: &mut Vec<String>) {
    let mut copies: BTreeMap<String, usize> = BTreeMap::new();
    let letters = log
        .transactions
        .iter()
        .filter(|one| one.was_taken() && one.recipients.iter().any(|named| named == OWNER));
    for letter in letters {
        *copies.entry(letter.message_id()).or_default() += 1;
    }
    let more: usize = copies.values().map(|count| count - 1).sum();
    if more > faults.kills {
        wrong.push(format!("{more} letters came once more"));
    }
}
