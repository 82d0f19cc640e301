//! Every list, in every order that it offers and from either end, is a walk along an index: SQLite's
//! own plan of it sorts nothing.

use rusqlite::Connection;

use super::accounts::audit;
use super::accounts::directory;
use super::accounts::directory::Which;
use super::audience::recipients;
use super::content::messages;
use super::db::open;
use super::db::select::SEEN;
use super::delivery::attempts;
use super::mailings::mailing_list;
use super::mailings::mailing_list::MailingFilter;
use super::mailings::{members, run_filling};
use super::system::captured;
use super::{Columns, Sort};
use crate::domain::accounts::permission::Scope;
use crate::domain::delivery::Outcome;
use crate::domain::delivery::reached::Reached;
use crate::domain::mailings::mailing::MailingStatus;
use crate::domain::page::Cursor;

const OWN: Scope = Scope::Own(1);

fn installation(folder: &tempfile::TempDir) -> Connection {
    let c = open::writer(&folder.path().join("plans.db")).unwrap();
    c.execute_batch(
        "INSERT INTO users (email, email_key, name, role, password_hash, created_at)
         VALUES ('a', 'a', '', 'user', '', 1);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
         INSERT INTO recipients (owner_id, email, email_key, name, comment, search_text, created_at,
                                 updated_at)
         SELECT 1, i, i, i, '', i || char(10) || 'abcd' || char(10), 1, 1 FROM n;
         INSERT INTO messages (owner_id, subject, body, search_text, created_at, updated_at)
         SELECT 1, email, '', search_text, id, id FROM recipients;
         INSERT INTO mailings (owner_id, message_id, title, search_text, starts_at, ends_at,
                               automatic, created_at, updated_at)
         SELECT 1, id, '', '', id, id + 1, 0, 1, 1 FROM messages;
         INSERT INTO members SELECT 1, 0, id FROM recipients;
         INSERT INTO runs (mailing_id, token, started_by, failed_only, subject, body, started_at,
                           state, total, queued)
         VALUES (1, '', 'web', 0, '', '', 1, 'finished', 0, 0);
         INSERT INTO deliveries (run_id, recipient_id, email, name, state, due_at)
         SELECT 1, id, email, '', 'accepted', 1 FROM recipients;
         INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome, charged_to, text,
                               server)
         SELECT 1, id, 1, 1, 1, 'accepted', 'recipient', '', '' FROM deliveries;
         INSERT INTO captured_mails (at, mail_from, rcpt_to, subject, source)
         SELECT 1, '', email, '', x'' FROM recipients;
         INSERT INTO audit (at, door, verb, subject_kind, user_id)
         SELECT 1, 'web', 'v', '', 1 FROM recipients;
         INSERT INTO users (email, email_key, name, role, password_hash, created_at, last_seen_at)
         SELECT 'u' || id, 'u' || id, '', 'user', '', 1, id FROM recipients;",
    )
    .unwrap();
    c
}

/// Reads the first page, the next one, the last one and the one before that.
fn all_ways<T>(read: impl Fn(&Cursor) -> crate::domain::page::Page<T>) {
    let first = read(&Cursor::First);
    read(&Cursor::After(first.after.unwrap()));
    let last = read(&Cursor::Last);
    read(&Cursor::Before(last.before.unwrap()));
}

fn orders(list: &'static Columns) -> Vec<Sort> {
    let usual = list.names().map(|name| list.sort(Some(name)));
    usual.flat_map(|sort| [sort, sort.reversed()]).collect()
}

fn read_everything(c: &Connection) {
    for sort in orders(&recipients::LIST) {
        all_ways(|at| recipients::list(c, OWN, sort, at).unwrap());
    }
    let usual = recipients::LIST.usual();
    all_ways(|at| recipients::list(c, Scope::All, usual, at).unwrap());
    all_ways(|at| recipients::find(c, OWN, "abcd", at).unwrap());
    all_ways(|at| recipients::find(c, OWN, "ab", at).unwrap());
    all_ways(|at| members::of_mailing(c, 1, 0, None, at).unwrap());
    all_ways(|at| members::of_mailing(c, 1, 0, Some(Reached::Accepted), at).unwrap());
    for sort in orders(&messages::LIST) {
        all_ways(|at| messages::list(c, OWN, sort, at).unwrap());
    }
    all_ways(|at| messages::find(c, OWN, "abcd", at).unwrap());
    for status in [None, Some(MailingStatus::Created)] {
        let filter = MailingFilter {
            search: String::new(),
            status,
        };
        for sort in orders(&mailing_list::LIST) {
            all_ways(|at| mailing_list::list(c, OWN, &filter, sort, at, 0).unwrap());
        }
        let usual = mailing_list::LIST.usual();
        all_ways(|at| mailing_list::list(c, Scope::All, &filter, usual, at, 0).unwrap());
    }
    for sort in orders(&directory::LIST) {
        all_ways(|at| directory::list(c, "", Which::All, sort, at).unwrap());
    }
    let usual = directory::LIST.usual();
    all_ways(|at| directory::list(c, "", Which::Users, usual, at).unwrap());
    all_ways(|at| directory::list(c, "", Which::Unconfirmed, usual, at).unwrap());
    for sort in orders(&captured::LIST) {
        all_ways(|at| captured::sorted(c, sort, at).unwrap());
    }
    for verb in ["", "v"] {
        let filter = audit::Filter {
            verb: verb.to_owned(),
            ..audit::Filter::default()
        };
        for sort in orders(&audit::LIST) {
            all_ways(|at| audit::list(c, &filter, sort, at).unwrap());
        }
    }
    for outcome in [None, Some(Outcome::Accepted)] {
        all_ways(|at| attempts::of_run(c, 1, outcome, at).unwrap());
    }
}

fn steps(c: &Connection, sql: &str) -> Vec<String> {
    c.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap()
        .raw_query()
        .mapped(|row| row.get(3))
        .collect::<Result<_, _>>()
        .unwrap()
}

#[test]
fn no_list_sorts_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let c = installation(&folder);
    read_everything(&c);
    let seen = SEEN.take();
    assert!(seen.len() > 150, "{}", seen.len());
    for sql in seen {
        let steps = steps(&c, &sql);
        let plan = steps.join("; ");
        assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        // Only what has no owner and no filter is read in the order of the table or of an index.
        let is_whole = steps[0].starts_with("SCAN ");
        let is_owned = sql.contains(":owner") || sql.contains(":run") || sql.contains(":mailing");
        assert!(
            !(is_whole && is_owned) || steps[0].contains("VIRTUAL TABLE"),
            "{sql}\n{plan}"
        );
    }
}

#[test]
fn a_run_takes_its_next_piece_by_key_and_sorts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let c = installation(&folder);
    let plan = steps(&c, &run_filling::piece_sql(false)).join("; ");
    assert!(
        plan.contains("SEARCH t USING PRIMARY KEY (mailing_id=? AND edition=? AND recipient_id>?)"),
        "{plan}"
    );
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    let plan = steps(&c, &run_filling::piece_sql(true)).join("; ");
    let by_key = "SEARCH d USING INDEX deliveries_failed (run_id=? AND recipient_id>?)";
    assert!(plan.contains(by_key), "{plan}");
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn whom_a_mailing_reached_is_a_step_into_an_index_for_each_of_its_runs() {
    let folder = tempfile::tempdir().unwrap();
    let c = installation(&folder);
    SEEN.take();
    members::of_mailing(&c, 1, 0, None, &Cursor::First).unwrap();
    members::of_mailing(&c, 1, 0, Some(Reached::Failed), &Cursor::First).unwrap();
    let seen = SEEN.take();
    assert!(!seen.is_empty());
    for sql in seen {
        let plan = steps(&c, &sql).join("; ");
        let step =
            "SEARCH x USING COVERING INDEX deliveries_by_recipient (recipient_id=? AND run_id=?)";
        assert!(plan.contains(step), "{sql}\n{plan}");
        assert!(
            plan.contains("SEARCH n USING COVERING INDEX runs_by_mailing"),
            "{plan}"
        );
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}
