//! How SQLite answers the questions of statistics and of the log: by an index, always.

use rusqlite::{Connection, params_from_iter};
use tempfile::TempDir;

use super::db::open;
use super::delivery::attempt_log;
use super::delivery::attempt_query::From;
use super::delivery::{attempt_query, received};
use super::reports::overview;
use super::reports::statistics;
use super::reports::statistics::StatsScope;
use crate::domain::accounts::permission::Scope;
use crate::domain::delivery::Outcome;
use crate::domain::delivery::attempt_filter::{AttemptFilter, Code, Ended, Place};
use crate::domain::page::Cursor;

fn database(folder: &TempDir) -> Connection {
    let connection = open::writer(&folder.path().join("mailapp.db")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO users (email, email_key, name, role, password_hash, created_at)
             VALUES ('a@example.ru', 'a@example.ru', '', 'user', '', 1);
             INSERT INTO recipients (owner_id, email, email_key, name, comment, search_text,
                                     created_at, updated_at)
             VALUES (1, 'm@example.ru', 'm@example.ru', '', '', '', 1, 1);
             INSERT INTO mailings (owner_id, title, search_text, starts_at, ends_at, automatic,
                                   created_at, updated_at)
             VALUES (1, 't', 't', 1, 2, 0, 1, 1);
             INSERT INTO runs (mailing_id, owner_id, token, started_by, failed_only, subject, body,
                               started_at, state, total, queued)
             VALUES (1, 1, '', 'web', 0, '', '', 1, 'finished', 0, 0);
             INSERT INTO totals_of_time VALUES (1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0);
             INSERT INTO totals_of_run_domains VALUES (1, 'example.ru', 1, 0, 0, 0);
             INSERT INTO totals_of_run_replies VALUES (1, 'refused', 'recipient', 550, '5.1.1', '', 1);",
        )
        .unwrap();
    connection
}

/// The steps of a plan.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let nulls = vec![rusqlite::types::Null; statement.parameter_count()];
    statement
        .query_map(params_from_iter(nulls), |row| row.get(3))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// Fails where a table is walked through from end to end, unless its alias is among `small`.
fn uses_indexes(connection: &Connection, sql: &str, small: &[&str]) -> Vec<String> {
    let steps = plan(connection, sql);
    for step in &steps {
        let scanned = step
            .strip_prefix("SCAN ")
            .and_then(|rest| rest.split(' ').next());
        assert!(
            scanned.is_none_or(|name| small.contains(&name)),
            "{sql}\n{steps:#?}"
        );
    }
    steps
}

#[test]
fn statistics_of_an_owner_a_mailing_or_a_run_read_ranges_of_kept_totals() {
    let folder = tempfile::tempdir().unwrap();
    let connection = database(&folder);
    let own = StatsScope::everything(Scope::Own(1));
    let in_period = |of: StatsScope| StatsScope {
        from: Some(1),
        until: Some(2),
        ..of
    };
    for of in [
        own,
        in_period(own),
        StatsScope::mailing(1, None),
        StatsScope::mailing(1, Some(1)),
    ] {
        for sql in [
            statistics::over_time_sql(&of),
            statistics::summary_sql(&of),
            statistics::by_domain_sql(&of, 50),
            statistics::failures_sql(&of, 50),
        ] {
            uses_indexes(&connection, &sql, &[]);
        }
        // The sums by run that were read before are small.
        uses_indexes(&connection, &statistics::by_mailing_sql(&of, 50), &["t"]);
    }
}

#[test]
fn statistics_of_everybody_go_from_user_to_user_and_never_through_the_attempts() {
    let folder = tempfile::tempdir().unwrap();
    let connection = database(&folder);
    let all = StatsScope::everything(Scope::All);
    let in_period = StatsScope {
        from: Some(1),
        until: Some(2),
        ..all
    };
    for of in [all, in_period] {
        for sql in [
            statistics::over_time_sql(&of),
            statistics::summary_sql(&of),
            statistics::by_mailing_sql(&of, 50),
            statistics::by_domain_sql(&of, 50),
            statistics::failures_sql(&of, 50),
        ] {
            let steps = uses_indexes(&connection, &sql, &["u", "t"]);
            let walks = steps.iter().any(|step| step.contains("attempts"));
            assert!(!walks, "{sql}\n{steps:#?}");
        }
    }
}

fn filters() -> Vec<AttemptFilter> {
    let plain = AttemptFilter::default;
    let with = |change: fn(&mut AttemptFilter)| {
        let mut filter = plain();
        change(&mut filter);
        filter
    };
    vec![
        plain(),
        with(|f| (f.from, f.until) = (Some(1), Some(2))),
        with(|f| f.mailing = Some(1)),
        with(|f| f.run = Some(1)),
        with(|f| f.ended = Some(Ended::Failed)),
        with(|f| f.ended = Some(Ended::As(Outcome::Accepted))),
        with(|f| f.ended = Some(Ended::As(Outcome::InDoubt))),
        with(|f| f.code = Some(Code::Basic(550))),
        with(|f| f.code = Some(Code::Enhanced("5.1.1".to_owned()))),
        with(|f| f.domain = Some("example.ru".to_owned())),
        with(|f| f.address = "m@example.ru".parse_address()),
        with(|f| f.address = "nobody@example.ru".parse_address()),
    ]
}

trait ParseAddress {
    fn parse_address(&self) -> Option<crate::domain::audience::address::EmailAddress>;
}

impl ParseAddress for str {
    fn parse_address(&self) -> Option<crate::domain::audience::address::EmailAddress> {
        crate::domain::audience::address::EmailAddress::parse(self).ok()
    }
}

#[test]
fn the_log_is_walked_along_an_index_in_its_own_order_whatever_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let connection = database(&folder);
    let edge = Place { at: 5, id: 5 };
    for scope in [Scope::Own(1), Scope::All] {
        for filter in filters() {
            for from in [From::Newest, From::Older(edge), From::Newer(edge)] {
                let query = attempt_query::query(&connection, scope, &filter).unwrap();
                let mut query = query.expect("something may match");
                let order = query.begin(from);
                let steps = uses_indexes(&connection, &query.sql(order), &["json_each"]);
                // One person's attempts are few enough to be sorted.
                let is_one_persons = filter
                    .address
                    .as_ref()
                    .is_some_and(|address| address.as_typed() == "m@example.ru");
                let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
                assert!(!sorts || is_one_persons, "{filter:?}\n{steps:#?}");
            }
            // Everybody's runs are few beside their attempts.
            let small: &[&str] = if scope == Scope::All { &["r"] } else { &[] };
            uses_indexes(
                &connection,
                &attempt_query::window_sql(scope, &filter),
                small,
            );
        }
    }
}

#[test]
fn the_answers_are_found_in_an_empty_database_too() {
    let folder = tempfile::tempdir().unwrap();
    let connection = database(&folder);
    for scope in [Scope::Own(1), Scope::All] {
        let overview = overview::of(&connection, scope, 3).unwrap();
        assert_eq!(overview.running, 0);
        let failures = attempt_log::last_failures(&connection, scope, 5).unwrap();
        assert!(failures.is_empty());
    }
    let page = received::by(&connection, 1, &Cursor::First).unwrap();
    assert!(page.rows.is_empty());
}
