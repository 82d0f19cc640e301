//! How connections are opened: pragmas, file modes, migrations.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::health::Health;
use crate::domain::audience::address;
use crate::domain::delivery::local;
use crate::domain::text;
use crate::store::StoreError;

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
pub(in crate::store) struct Patience(Duration);

const WHILE_HELD: Duration = Duration::from_millis(500);

impl Default for Patience {
    fn default() -> Self {
        Self(BUSY_TIMEOUT)
    }
}

impl Patience {
    /// What follows from how the last transaction went.
    pub(in crate::store) fn after(&mut self, connection: &Connection, is_held: bool) {
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
pub(in crate::store) fn writer(path: &Path) -> Result<Connection, StoreError> {
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

/// Lets a connection read and no more, and opens the write-ahead log now and not with its first
/// query: by then the log may have been moved away, and opening it would make another one.
fn only_read(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA query_only = ON; SELECT 1 FROM sqlite_master LIMIT 1;")
}

/// Opens the connections that only read. One that is opened while the log is away is not kept.
pub(in crate::store) fn reader_manager(
    path: &Path,
    health: Arc<Health>,
) -> SqliteConnectionManager {
    SqliteConnectionManager::file(path)
        .with_flags(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .with_init(move |connection| {
            common(connection)?;
            only_read(connection)?;
            health.check().map_err(|_| {
                rusqlite::Error::SqliteFailure(
                    rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN),
                    None,
                )
            })
        })
}

pub(in crate::store) fn watcher(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    common(&connection)?;
    only_read(&connection)?;
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
mod tests;
