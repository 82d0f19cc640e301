//! Databases of earlier versions, after their migration.

use super::*;

/// A database as version 2 of the schema left it: a paused run with a delivery and an attempt.
const BEFORE: &str = "
    INSERT INTO users (email, email_key, name, role, password_hash, created_at)
    VALUES ('anna@example.ru', 'anna@example.ru', '', 'user', '', 1);
    INSERT INTO mailings (owner_id, title, search_text, starts_at, ends_at, automatic,
                          created_at, updated_at)
    VALUES (1, 'Осенняя', '', 1, 2, 0, 1, 1);
    INSERT INTO runs (mailing_id, token, started_by, failed_only, subject, body, started_at,
                      state, pause_reason, pause_detail, total, queued, in_doubt)
    VALUES (1, 't', 'web', 0, 's', 'b', 1, 'paused', 'relay', 'gone', 2, 1, 1);
    INSERT INTO recipients (owner_id, email, email_key, name, comment, search_text, created_at,
                            updated_at)
    VALUES (1, 'a@example.ru', 'a@example.ru', '', '', '', 1, 1),
           (1, 'b@example.ru', 'b@example.ru', '', '', '', 1, 1);
    INSERT INTO deliveries (run_id, recipient_id, email, name, state, attempts, due_at)
    VALUES (1, 1, 'a@example.ru', '', 'in_doubt', 1, 1),
           (1, 2, 'b@example.ru', '', 'waiting', 0, 1);
    INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to, text,
                          server)
    VALUES (1, 1, 1, 1, 1, 'in_doubt', 'recipient', '[lost]', '');";

#[test]
fn a_database_of_the_second_version_keeps_its_paused_runs_and_learns_new_reasons() {
    let mut connection = Connection::open_in_memory().unwrap();
    common(&connection).unwrap();
    embedded::migrations::runner()
        .set_target(refinery::Target::Version(2))
        .run(&mut connection)
        .unwrap();
    connection.execute_batch(BEFORE).unwrap();
    embedded::migrations::runner().run(&mut connection).unwrap();
    let kept: (String, String, i64, i64) = connection
        .query_row(
            "SELECT pause_reason, pause_detail, pause_told, doubts_left FROM runs",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    assert_eq!(kept, ("relay".to_owned(), "gone".to_owned(), 1, 0));
    let orphans = |sql: &str| connection.prepare(sql).unwrap().exists([]).unwrap();
    assert!(!orphans("PRAGMA foreign_key_check"));
    let sound: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
    connection
        .execute("UPDATE runs SET pause_reason = 'refusals'", [])
        .unwrap();
    let too_many = "UPDATE runs SET doubts_left = 2";
    assert!(connection.execute(too_many, []).is_err());
    let second = "INSERT INTO runs (mailing_id, token, started_by, failed_only, subject, body,
                                    started_at, state, total, queued)
                  VALUES (1, 'u', 'web', 0, 's', 'b', 1, 'active', 0, 0)";
    assert!(
        connection.execute(second, []).is_err(),
        "one unfinished run a mailing, as before"
    );
}

/// As earlier versions folded addresses: whole Unicode, so that look-alikes shared a key.
const FOLDED: &str = "
    INSERT INTO users (email, email_key, name, role, password_hash, created_at, totp_secret)
    VALUES ('МАРИЯ@почта.рф', 'мария@xn--80a1acny.xn--p1ai', '', 'user', '', 1, x'00'),
           ('Anna@example.ru', 'anna@example.ru', '', 'user', '', 1, NULL),
           ('ANNA@example.ru', 'anna2@example.ru', '', 'user', '', 1, NULL);
    INSERT INTO recipients (owner_id, email, email_key, name, comment, search_text, created_at,
                            updated_at)
    VALUES (2, 'mi' || char(8490) || 'e@example.ru', 'mike@example.ru', '', '', '', 1, 1),
           (2, 'ОЛЬГА@example.ru', 'ольга@example.ru', '', '', '', 1, 1),
           (2, 'Boris@example.ru', 'boris@example.ru', '', '', '', 1, 1);
    INSERT INTO suppressions (owner_id, email_key, reason, created_at)
    VALUES (2, 'ольга@example.ru', 'unsubscribed', 1), (2, 'boris@example.ru', 'unsubscribed', 1);
    INSERT INTO outbox (kind, email, language, created_at, due_at)
    VALUES ('recover', 'Boris@Example.ru', 'ru', 1, 1);";

#[test]
fn addresses_that_were_folded_too_far_get_keys_of_their_own_and_nobody_is_mailed_again() {
    let mut connection = Connection::open_in_memory().unwrap();
    common(&connection).unwrap();
    let before = refinery::Target::Version(NEW_KEYS - 1);
    let runner = embedded::migrations::runner().set_target(before);
    runner.run(&mut connection).unwrap();
    connection.execute_batch(FOLDED).unwrap();
    embedded::migrations::runner().run(&mut connection).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    // Whose new key is taken already stays as they are, and is named.
    let users = texts("SELECT email_key FROM users ORDER BY id");
    let wanted = [
        "МАРИЯ@xn--80a1acny.xn--p1ai",
        "anna@example.ru",
        "anna2@example.ru",
    ];
    assert_eq!(users, wanted);
    let found = crate::store::doctor::examine(&connection).unwrap();
    let addresses = found
        .iter()
        .find(|found| found.check == "addresses")
        .unwrap();
    assert_eq!(addresses.differences.len(), 1);
    assert_eq!(addresses.differences[0].subject, "users 3");
    let recipients = texts("SELECT email_key FROM recipients ORDER BY id");
    let wanted = [
        "mi\u{212a}e@example.ru",
        "ОЛЬГА@example.ru",
        "boris@example.ru",
    ];
    assert_eq!(recipients, wanted);
    let suppressed = texts("SELECT email_key FROM suppressions ORDER BY email_key");
    let wanted = ["boris@example.ru", "ОЛЬГА@example.ru", "ольга@example.ru"];
    assert_eq!(suppressed, wanted);
    assert_eq!(texts("SELECT email_key FROM outbox"), ["boris@example.ru"]);
    // What was proposed by nobody knows which session is proposed no more.
    assert!(texts("SELECT email FROM users WHERE totp_secret IS NOT NULL").is_empty());
}

/// As version 10 left it: a paused run with deliveries that wait for somebody who is still there,
/// has another address, was deleted, has unsubscribed, and was deleted after a doubtful try; and
/// an active run that waits for nobody who is there.
const WAITING: &str = "
    INSERT INTO users (email, email_key, name, role, password_hash, created_at)
    VALUES ('anna@example.ru', 'anna@example.ru', '', 'user', '', 1);
    INSERT INTO recipients (id, owner_id, email, email_key, name, comment, search_text,
                            created_at, updated_at)
    VALUES (1, 1, 'a@example.ru', 'a@example.ru', 'A', '', '', 1, 1),
           (2, 1, 'new@example.ru', 'new@example.ru', 'B', '', '', 1, 1),
           (4, 1, 'd@example.ru', 'd@example.ru', 'D', '', '', 1, 1);
    INSERT INTO suppressions (owner_id, email_key, reason, created_at)
    VALUES (1, 'd@example.ru', 'unsubscribed', 1);
    INSERT INTO mailings (owner_id, title, search_text, starts_at, ends_at, automatic,
                          created_at, updated_at)
    VALUES (1, 'Осенняя', '', 1, 2, 0, 1, 1), (1, 'Зимняя', '', 1, 2, 0, 1, 1);
    INSERT INTO runs (mailing_id, owner_id, token, started_by, failed_only, subject, body,
                      started_at, state, total, queued, deferred, attempts_in_doubt)
    VALUES (1, 1, 't', 'web', 0, 's', 'b', 7, 'paused', 5, 4, 1, 1),
           (2, 1, 'u', 'web', 0, 's', 'b', 7, 'active', 1, 1, 0, 0);
    INSERT INTO deliveries (run_id, recipient_id, email, name, state, attempts, due_at)
    VALUES (1, 1, 'a@example.ru', 'A', 'waiting', 0, 1),
           (1, 2, 'b@example.ru', 'B', 'waiting', 0, 1),
           (1, 3, 'c@example.ru', 'C', 'waiting', 0, 1),
           (1, 4, 'd@example.ru', 'D', 'waiting', 0, 1),
           (1, 5, 'e@example.ru', 'E', 'waiting', 1, 1),
           (2, 3, 'c@example.ru', 'C', 'waiting', 0, 1);
    INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to, text,
                          server, owner_id)
    VALUES (1, 5, 1, 1, 1, 'in_doubt', 'recipient', '[lost]', '', 1);";

#[test]
fn what_waits_in_a_database_of_the_tenth_version_goes_to_todays_addresses_or_not_at_all() {
    let mut connection = Connection::open_in_memory().unwrap();
    common(&connection).unwrap();
    embedded::migrations::runner()
        .set_target(refinery::Target::Version(10))
        .run(&mut connection)
        .unwrap();
    connection.execute_batch(WAITING).unwrap();
    embedded::migrations::runner().run(&mut connection).unwrap();
    let lines = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    assert_eq!(
        lines("SELECT concat_ws(' ', email, name, state, reason) FROM deliveries ORDER BY id"),
        [
            "a@example.ru A waiting",
            "new@example.ru B waiting",
            "c@example.ru C skipped deleted",
            "d@example.ru D skipped unsubscribed",
            "e@example.ru E in_doubt",
            "c@example.ru C skipped deleted",
        ]
    );
    assert_eq!(
        lines(
            "SELECT concat_ws(' ', state, queued, deferred, in_doubt, skipped, finished_at)
             FROM runs ORDER BY id"
        ),
        ["paused 2 0 1 2", "finished 0 0 0 1 7"]
    );
}
