//! The kept totals after real sending, of a database from before they were kept, and what
//! `mailapp doctor` finds when they are wrong.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use mailapp::domain::accounts::permission::Scope;
use mailapp::domain::delivery::Outcome;
use mailapp::domain::delivery::reply::Reply;
use mailapp::domain::reports::statistics::Tally;
use mailapp::domain::text;
use mailapp::store::delivery::totals::{Facts, Totals};
use mailapp::store::reports::statistics;
use mailapp::store::reports::statistics::StatsScope;
use mailapp::store::{Store, StoreError, doctor};
use rusqlite::Connection;
use serde_json::Value;
use support::app::{House, MINUTE};
use support::process::Folder;
use support::sent::sent;
use support::smtp::{SmtpServer, Stage};
use support::until;

/// The checks that found something, by name.
async fn ailments(store: &Store) -> Vec<&'static str> {
    let findings = store.read(doctor::examine).await.unwrap();
    assert!(findings.len() > 10);
    findings
        .into_iter()
        .filter(|finding| !finding.ok)
        .map(|finding| finding.check)
        .collect()
}

#[tokio::test]
async fn after_refusals_deferrals_and_lost_connections_every_kept_number_is_right() {
    let server = SmtpServer::start();
    server
        .on(Stage::Rcpt)
        .of("refused@mail.example")
        .reply("550 5.1.1 No such user");
    server
        .on(Stage::Dot)
        .of("deferred@example.ru")
        .first(2)
        .reply("451 4.7.1 Greylisted");
    server
        .on(Stage::Dot)
        .of("doubtful@example.ru")
        .first(1)
        .close();
    server.on(Stage::Mail).first(1).reply("451 4.3.0 Not now");
    let house = House::sending_through(&server).await;
    let emails = [
        "anna@example.ru",
        "refused@mail.example",
        "deferred@example.ru",
        "doubtful@example.ru",
        "maria@почта.рф",
    ];
    let run = house.send_to(&emails).await;
    // Retries come after minutes and hours; the relay itself is tried again after seconds.
    until("the run is over", async || {
        house.pass(MINUTE);
        (!house.run(run).await.state.is_unfinished()).then_some(())
    })
    .await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.refused), (4, 1));
    assert!(run.attempts.deferred >= 3, "{:?}", run.attempts);
    assert_eq!(ailments(house.store()).await, Vec::<&str>::new());

    // The same figures, added up from the attempts by hand.
    let (summary, domains) = house
        .store()
        .read(move |c| {
            let of = StatsScope::mailing(run.mailing_id, Some(run.id));
            Ok::<_, StoreError>((
                statistics::summary(c, &of)?,
                statistics::by_domain(c, &of, 10)?,
            ))
        })
        .await
        .unwrap();
    let (mut tally, mut took, mut longest) = (Tally::default(), 0, 0);
    for email in emails {
        for attempt in house.attempts_for(run.id, email).await {
            tally.count(attempt.outcome);
            took += attempt.duration_ms;
            longest = longest.max(attempt.duration_ms);
        }
    }
    assert_eq!(summary.tally, tally);
    assert_eq!((summary.duration_ms, summary.longest_ms), (took, longest));
    assert_eq!(summary.classes.iter().sum::<i64>(), tally.all());
    assert_eq!(tally.accepted, run.attempts.accepted);
    let names: Vec<&str> = domains.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 3);
    assert!(names.contains(&"xn--80a1acny.xn--p1ai"), "{names:?}");
}

#[tokio::test]
async fn the_doctor_finds_every_number_that_was_tampered_with() {
    let folder = Folder::filled().await;
    sent(&folder).await;
    let (code, said) = folder.run(&["doctor"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("База данных в порядке."), "{said}");
    for (check, sql) in [
        (
            "users",
            "UPDATE users SET recipients_count = 31 WHERE id = 1",
        ),
        ("mailings", "UPDATE mailings SET recipients_count = 29"),
        (
            "runs",
            "UPDATE runs SET accepted = accepted - 1, refused = refused + 1",
        ),
        ("run-attempts", "UPDATE runs SET attempts_accepted = 0"),
        (
            "deliveries",
            "UPDATE deliveries SET attempts = 7 WHERE id = 3",
        ),
        ("owners", "UPDATE runs SET owner_id = 2"),
        (
            "totals-of-time",
            "UPDATE totals_of_time SET accepted = accepted + 1 WHERE slot = (SELECT max(slot) FROM totals_of_time)",
        ),
        (
            "totals-of-domains",
            "DELETE FROM totals_of_domains WHERE domain = 'mail.example'",
        ),
        (
            "totals-of-run-domains",
            "INSERT INTO totals_of_run_domains VALUES (1, 'x.example', 1, 0, 0, 0)",
        ),
        (
            "totals-of-replies",
            "UPDATE totals_of_replies SET attempts = 0 WHERE code = 550",
        ),
        ("totals-of-run-replies", "DELETE FROM totals_of_run_replies"),
    ] {
        let ill = Folder::filled().await;
        sent(&ill).await;
        let sql = sql.to_owned();
        let done: Result<(), StoreError> =
            ill.store().write(move |c| Ok(c.execute_batch(&sql)?)).await;
        done.unwrap();
        let found = ailments(&ill.store()).await;
        assert!(found.contains(&check), "{check}: {found:?}");
        if check == "runs" {
            let (code, said) = ill.run(&["doctor"]);
            assert_eq!(code, Some(1), "{said}");
            for words in ["НЕ СХОДИТСЯ", "runs 1", "accepted=", "не в порядке"]
            {
                assert!(said.contains(words), "{said}");
            }
            let (code, said) = ill.run(&["doctor", "--json"]);
            assert_eq!(code, Some(1));
            let lines: Vec<Value> = said
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            let wrong: Vec<&Value> = lines.iter().filter(|line| line["ok"] == false).collect();
            assert_eq!(wrong.len(), 1, "{said}");
            assert_eq!(wrong[0]["check"], "runs");
            assert_eq!(wrong[0]["differences"][0]["subject"], "runs 1");
        }
    }
}

#[tokio::test]
async fn a_row_that_refers_to_nothing_is_found() {
    let folder = Folder::filled().await;
    let connection = Connection::open(folder.data().join("mailapp.db")).unwrap();
    connection
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO members VALUES (77, 0, 78);",
        )
        .unwrap();
    drop(connection);
    let found = ailments(&folder.store()).await;
    assert_eq!(found, ["foreign-keys"]);
}

/// A database as the program was before it kept totals, with attempts in it.
fn old_database(path: &std::path::Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .create_scalar_function(
            "fold",
            1,
            rusqlite::functions::FunctionFlags::SQLITE_UTF8,
            |context| Ok(text::fold(&context.get::<String>(0)?)),
        )
        .unwrap();
    let mut connection = connection;
    migrations::migrations::runner()
        .set_target(refinery::Target::Version(2))
        .run(&mut connection)
        .unwrap();
    connection
        .execute_batch(
            "INSERT INTO users (email, email_key, name, role, password_hash, created_at,
                                mailings_count)
             VALUES ('a@example.ru', 'a@example.ru', '', 'user', '', 1, 1);
             INSERT INTO mailings (owner_id, title, search_text, starts_at, ends_at, automatic,
                                   created_at, updated_at)
             VALUES (1, 't', 't', 1, 2, 0, 1, 1);
             INSERT INTO runs (mailing_id, token, started_by, failed_only, subject, body,
                               started_at, state, total, queued, accepted, attempts_accepted,
                               attempts_deferred)
             VALUES (1, '', 'web', 0, 's', 'b', 1, 'finished', 2, 0, 2, 2, 1);
             INSERT INTO deliveries (run_id, recipient_id, email, name, state, attempts, due_at)
             VALUES (1, 1, 'm@ПОЧТА.рф', '', 'accepted', 1, 1),
                    (1, 2, 'n@Example.ru', '', 'accepted', 1, 1);
             INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to,
                                   code, enhanced, text, server)
             VALUES (1, 1, 1, 1772442000000, 150, 'accepted', 'recipient', 250, '2.0.0', 'Ok', ''),
                    (1, 2, 1, 1772442000001, 31000, 'deferred', 'relay', NULL, NULL,
                     '[timeout] after DATA', ''),
                    (1, 2, 1, 1772445600000, 50, 'accepted', 'recipient', 250, NULL, 'Ok', '');",
        )
        .unwrap();
}

mod migrations {
    refinery::embed_migrations!("migrations");
}

#[tokio::test]
async fn a_database_from_before_gets_the_totals_of_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mailapp.db");
    old_database(&path);
    let store = Store::open(&path).unwrap();
    assert_eq!(ailments(&store).await, Vec::<&str>::new());
    let (summary, domains, replies) = store
        .read(|c| {
            let of = StatsScope::everything(Scope::Own(1));
            Ok::<_, StoreError>((
                statistics::summary(c, &of)?,
                statistics::by_domain(c, &of, 10)?,
                statistics::failures_by_reply(c, &of, 10)?,
            ))
        })
        .await
        .unwrap();
    assert_eq!((summary.tally.accepted, summary.tally.deferred), (2, 1));
    assert_eq!((summary.duration_ms, summary.longest_ms), (31_200, 31_000));
    let names: Vec<&str> = domains.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["example.ru", "xn--80a1acny.xn--p1ai"]);
    assert_eq!(replies[0].local.as_deref(), Some("timeout"));
    assert_eq!(replies[0].charged_to, "relay");
    let changed: Result<usize, StoreError> = store
        .write(|c| Ok(c.execute("UPDATE attempts SET text = ''", [])?))
        .await;
    assert!(changed.is_err(), "attempts are still never updated");
}

#[tokio::test]
async fn attempts_that_share_a_commit_share_their_totals_and_undone_ones_leave_none() {
    let folder = Folder::filled().await;
    sent(&folder).await;
    let before = folder
        .count("SELECT sum(accepted) FROM totals_of_time")
        .await;
    let reply = Reply::new(250, "2.0.0", "Ok");
    let facts = move |reply: &'static Reply, at| Facts {
        run: 1,
        email: "x@example.ru",
        at,
        duration_ms: 5,
        outcome: Outcome::Accepted,
        relays_fault: false,
        reply,
    };
    let reply: &'static Reply = Box::leak(Box::new(reply));
    folder
        .store()
        .write(move |c| {
            let mut totals = Totals::default();
            totals.add(&facts(reply, 1_772_442_000_000));
            totals.forget();
            for number in 0..1_000 {
                totals.add(&facts(reply, 1_772_442_000_000 + number));
            }
            let changed = |c: &Connection| c.query_row("SELECT total_changes()", [], |r| r.get(0));
            let rows: i64 = changed(c)?;
            totals.flush(c)?;
            let written: i64 = changed(c)?;
            assert_eq!(written - rows, 5, "one upsert a table");
            totals.flush(c)?;
            assert_eq!(changed(c)?, written, "nothing is written twice");
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    let after = folder
        .count("SELECT sum(accepted) FROM totals_of_time")
        .await;
    assert_eq!(after - before, 1_000);
}
