//! How connections are opened: pragmas, file modes, migrations.

use std::path::Path;
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rand::RngExt as _;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::{StoreError, installation};
use crate::domain::{address, local, text};

/// A file of up to so many octets is looked through before it is used: some tenths of a second. A
/// larger one is trusted until it gives reason not to be.
const LOOKED_THROUGH: u64 = 64 << 20;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// How long a connection waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(6);
/// How long another process's transaction is waited for: once for long, and while it still lasts only
/// for a moment, so that whoever asks for several things has an answer soon.
pub(super) struct Patience(Duration);

const WHILE_HELD: Duration = Duration::from_millis(500);

impl Default for Patience {
    fn default() -> Self {
        Self(BUSY_TIMEOUT)
    }
}

impl Patience {
    /// What follows from how the last transaction went.
    pub(super) fn after(&mut self, connection: &Connection, is_held: bool) {
        let next = if is_held { WHILE_HELD } else { BUSY_TIMEOUT };
        if next != self.0 && connection.busy_timeout(next).is_ok() {
            self.0 = next;
        }
    }
}

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 128;

fn common(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // SQLite's own `lower` knows no letter but the Latin ones.
    connection.create_scalar_function(
        "fold",
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |context| Ok(text::fold(context.get_raw(0).as_str().unwrap_or_default())),
    )?;
    // What totals are counted by, for migrations and for counting anew.
    connection.create_scalar_function(
        "domain_of",
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |context| {
            Ok(address::domain_of(
                context.get_raw(0).as_str().unwrap_or_default(),
            ))
        },
    )?;
    // What addresses are compared by.
    connection.create_scalar_function(
        "address_key",
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |context| {
            Ok(address::key_of(
                context.get_raw(0).as_str().unwrap_or_default(),
            ))
        },
    )?;
    connection.create_scalar_function(
        "local_key",
        1,
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC,
        |context| {
            Ok(local::key_of(
                context.get_raw(0).as_str().unwrap_or_default(),
            ))
        },
    )?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;")
}

/// The one connection that writes. `synchronous=FULL`: what the journal calls durable survives a
/// power cut, which NORMAL does not promise in WAL mode.
pub(super) fn writer(path: &Path) -> Result<Connection, StoreError> {
    let failed = |source| StoreError::Open {
        path: path.to_owned(),
        source,
    };
    private_file(path);
    let mut connection = Connection::open(path).map_err(failed)?;
    common(&connection).map_err(failed)?;
    // Where it may not write, SQLite opens a file for reading alone and says so later.
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(failed)? {
        return Err(StoreError::open(path, rusqlite::ffi::SQLITE_READONLY, None));
    }
    refuse_damaged(&connection, path).map_err(|error| match error {
        StoreError::Sql(source) => failed(source),
        other => other,
    })?;
    refuse_newer(&connection).map_err(|error| match error {
        StoreError::Sql(source) => failed(source),
        other => other,
    })?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 2000; PRAGMA cache_size = -4000;",
        )
        .map_err(failed)?;
    let migrated = embedded::migrations::runner()
        .run(&mut connection)
        .map_err(|error| migration_error(path, &error))?;
    let applied = migrated.applied_migrations();
    if let Some(last) = applied.last() {
        tracing::info!(
            version = last.version(),
            "the database schema is up to date"
        );
    }
    if applied.iter().any(|it| it.version() == NEW_KEYS) {
        report_conflicts(&connection).map_err(failed)?;
    }
    installation::bind(
        &connection,
        &installation::Location::of(path),
        &installation::token(rand::rng().random()),
    )?;
    Ok(connection)
}

/// The migration that gives addresses their keys anew.
const NEW_KEYS: refinery::SchemaVersion = 16;

/// Names the addresses whose new key somebody else's has already. They are left as they were.
fn report_conflicts(connection: &Connection) -> rusqlite::Result<()> {
    let conflicts: i64 = connection.query_row(
        "SELECT (SELECT count(*) FROM users
                 WHERE deleted_at IS NULL AND email_key <> address_key(email))
              + (SELECT count(*) FROM recipients WHERE email_key <> address_key(email))",
        [],
        |row| row.get(0),
    )?;
    if conflicts > 0 {
        tracing::warn!(
            conflicts,
            "addresses compare equal to others and were left as they are; `mailapp doctor` lists them"
        );
    }
    Ok(())
}

/// Nothing is written into a damaged file: what can still be read of it is all that is left.
fn refuse_damaged(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() > LOOKED_THROUGH) {
        return Ok(());
    }
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        let code = rusqlite::ffi::SQLITE_CORRUPT;
        return Err(StoreError::open(path, code, Some(found)));
    }
    Ok(())
}

/// The database's own reason is deep inside.
fn migration_error(path: &Path, error: &refinery::Error) -> StoreError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(this) = cause {
        if let Some(rusqlite::Error::SqliteFailure(code, text)) = this.downcast_ref()
            && matches!(
                code.code,
                rusqlite::ErrorCode::DatabaseBusy
                    | rusqlite::ErrorCode::DiskFull
                    | rusqlite::ErrorCode::ReadOnly
                    | rusqlite::ErrorCode::SystemIoFailure
                    | rusqlite::ErrorCode::DatabaseCorrupt
            )
        {
            return StoreError::open(path, code.extended_code, text.clone());
        }
        cause = this.source();
    }
    StoreError::Migration(error.to_string())
}

pub(super) fn reader_manager(path: &Path) -> SqliteConnectionManager {
    SqliteConnectionManager::file(path)
        .with_flags(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .with_init(|connection| {
            common(connection)?;
            connection.execute_batch("PRAGMA query_only = ON;")
        })
}

pub(super) fn watcher(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    common(&connection)?;
    connection.execute_batch("PRAGMA query_only = ON;")?;
    Ok(connection)
}

fn refuse_newer(connection: &Connection) -> Result<(), StoreError> {
    let known = embedded::migrations::runner()
        .get_migrations()
        .iter()
        .map(|migration| i64::from(migration.version()))
        .max()
        .unwrap_or(0);
    let has_history = connection
        .query_row(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'refinery_schema_history'",
            [],
            |_| Ok(()),
        )
        .optional()?
        .is_some();
    if !has_history {
        return Ok(());
    }
    let found: i64 = connection.query_row(
        "SELECT coalesce(max(version), 0) FROM refinery_schema_history",
        [],
        |row| row.get(0),
    )?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    Ok(())
}

/// SQLite creates files 0644; ours hold addresses and password hashes. Its `-wal` and `-shm`
/// inherit the mode.
#[cfg(unix)]
fn private_file(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;
    // A failure shows when SQLite opens the file, with a better error.
    drop(
        std::fs::OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(path),
    );
}

#[cfg(not(unix))]
fn private_file(_path: &Path) {}

#[cfg(test)]
mod tests {
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
}
