//! Which installation the database belongs to. A copy, or an older state restored from a backup,
//! must not begin to send by itself: what was sent since then is known to nobody.
//!
//! Beside `mailapp.db` lies `mailapp.installation`, its marker. The two belong together while
//! - the marker is in the file that it was written into. It is replaced by a new file at every renewal,
//!   so one that was restored, over the present one or beside it, is known (`beside`);
//! - the same token stands in both. It is renewed at every start and every orderly end of an engine,
//!   so a backup of the database alone agrees at most until then;
//! - the marker remembers no more attempts and audit lines than the database has: both only grow, so
//!   fewer mean an older state. So does what is remembered outside of the folder (`outside`), for whole
//!   file systems that were taken back;
//! - the database is still the same file (inode and time of birth, which no copy has in common with
//!   its original, but a mounted volume keeps), on the same machine, where machines can be told apart.
//!
//! What is known and what cannot be is told to operators in `docs/restoring.md`.
//!
//! A crash at any moment leaves an agreement. A renewal writes the file first, with the new token
//! and the one before it, then the database, then the file without the old one ([`announce`],
//! [`confirm`]). What the file remembers is read from what is committed already.

use std::path::Path;

use rusqlite::{Connection, named_params};

use super::installation_marker::{FileMark, Found, InstallationMarker, machine, path};
pub use super::installation_marker::{Progress, token};
pub use super::outside::Location;
use crate::store::StoreError;

/// Why the database does not belong to this installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// It belongs to one, but there is nothing beside it that says to which.
    Alone,
    /// What is beside it cannot be read.
    Unreadable,
    /// What is beside it is about another state of it.
    OtherState,
    /// What is beside it was put there by something else than this program: a restored backup.
    Restored,
    /// What is beside it, or remembered outside of the folder, has seen more of it than there is.
    Older,
    /// It is a copy of the file.
    Copy,
    /// It was made on another machine.
    OtherMachine,
}

/// The token in the database; empty: it belongs to no installation yet.
fn own_token(connection: &Connection) -> Result<String, StoreError> {
    Ok(connection
        .prepare_cached("SELECT token FROM installation WHERE id = 1")?
        .query_row([], |row| row.get(0))?)
}

/// What has been done so far.
pub fn progress(connection: &Connection) -> Result<Progress, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT (SELECT coalesce(max(id), 0) FROM attempts),
                    (SELECT coalesce(max(id), 0) FROM audit)",
        )?
        .query_row([], |row| {
            Ok(Progress {
                attempts: row.get(0)?,
                audit: row.get(1)?,
            })
        })?)
}

/// How often it is looked again when the token was renewed in between.
const LOOKS: usize = 5;

/// Why the database is not this installation's; `None`: it is.
pub fn foreign(
    connection: &Connection,
    location: &Location,
) -> Result<Option<Foreign>, StoreError> {
    let mut before = own_token(connection)?;
    for _ in 0..LOOKS {
        let found = InstallationMarker::read(&location.database)?;
        let token = own_token(connection)?;
        if token == before {
            return judge(connection, location, &token, found);
        }
        before = token;
    }
    Err(StoreError::Interrupted)
}

fn judge(
    connection: &Connection,
    location: &Location,
    token: &str,
    found: Found,
) -> Result<Option<Foreign>, StoreError> {
    let database = location.database.as_path();
    let (beside, is_restored) = match found {
        Found::Nothing if token.is_empty() => return Ok(None),
        Found::Nothing => return Ok(Some(Foreign::Alone)),
        Found::Nonsense => return Ok(Some(Foreign::Unreadable)),
        Found::This {
            beside,
            is_restored,
        } => (beside, is_restored),
    };
    if beside.token != token && beside.previous.as_deref() != Some(token) {
        return Ok(Some(Foreign::OtherState));
    }
    let file = FileMark::of(database).map_err(|source| StoreError::file(database, source))?;
    if !beside.file.is(file) {
        return Ok(Some(Foreign::Copy));
    }
    if let (Some(then), Some(now)) = (&beside.machine, machine())
        && *then != now
    {
        return Ok(Some(Foreign::OtherMachine));
    }
    let recalled = location.recall();
    // Asked after the files were read, so that it cannot have been overtaken by them.
    let now = progress(connection)?;
    let seen = [Some(beside.progress), recalled];
    let is_older = |seen: &Progress| now.attempts < seen.attempts || now.audit < seen.audit;
    if seen.iter().flatten().any(is_older) {
        return Ok(Some(Foreign::Older));
    }
    // Last, because the others say more.
    Ok(is_restored.then_some(Foreign::Restored))
}

fn write_beside(
    database: &Path,
    token: &str,
    previous: Option<String>,
    progress: Progress,
) -> Result<(), StoreError> {
    let beside = InstallationMarker {
        token: token.to_owned(),
        previous,
        file: FileMark::of(database).map_err(|source| StoreError::file(database, source))?,
        machine: machine(),
        progress,
    };
    beside.write(database)
}

/// The first half of a renewal, in a writing transaction. `progress` is what had been committed
/// before it: others may share the transaction, and what they do may yet be undone.
pub fn announce(
    connection: &Connection,
    location: &Location,
    next: &str,
    progress: Progress,
) -> Result<(), StoreError> {
    let token = own_token(connection)?;
    write_beside(&location.database, next, Some(token), progress)?;
    take_over(connection, next)
}

/// The other half, in the next one; also notes what has been done so far.
pub fn confirm(
    connection: &Connection,
    location: &Location,
    progress: Progress,
) -> Result<(), StoreError> {
    let token = own_token(connection)?;
    write_beside(&location.database, &token, None, progress)?;
    location.remember(progress);
    Ok(())
}

/// Whether anything lies beside the database.
pub fn is_alone(location: &Location) -> bool {
    !has_marker(&location.database)
}

/// Whether a database of this name was this installation's, whether it is there or not.
pub fn has_marker(database: &Path) -> bool {
    path(database).exists()
}

/// Makes the database another's: this installation's, once that is confirmed.
pub fn take_over(connection: &Connection, next: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE installation SET token = :token WHERE id = 1")?
        .execute(named_params! { ":token": next })?;
    Ok(())
}

/// Binds a database that belongs to no installation: a new one, or one from before there was such
/// a thing. One that comes without its word to where another has been stays as it is, unless there
/// is nothing in it.
pub(in crate::store) fn bind(
    connection: &Connection,
    location: &Location,
    next: &str,
) -> Result<(), StoreError> {
    let is_free = || -> Result<bool, StoreError> {
        let is_empty = "SELECT NOT EXISTS (SELECT 1 FROM users)";
        Ok(own_token(connection)?.is_empty()
            && (is_alone(location)
                || connection.query_row(is_empty, [], |row| row.get::<_, bool>(0))?))
    };
    if !is_free()? {
        return Ok(());
    }
    let transaction = |job: &dyn Fn() -> Result<(), StoreError>| {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let done = job();
        connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done
    };
    transaction(&|| {
        // Another process may have been quicker.
        if is_free()? {
            announce(connection, location, next, progress(connection)?)?;
        }
        Ok(())
    })?;
    transaction(&|| confirm(connection, location, progress(connection)?))
}

/// What is written to see whether the database can be written: other octets every time, so that none
/// of them is there already.
const FILLER: usize = 64 << 10;

/// Writes so much that means nothing.
pub(in crate::store) fn probe(connection: &Connection) -> Result<(), StoreError> {
    connection
        .prepare_cached(&format!(
            "INSERT INTO write_probe (id, filler) VALUES (1, randomblob({FILLER}))
             ON CONFLICT DO UPDATE SET filler = excluded.filler"
        ))?
        .execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    fn database() -> (tempfile::TempDir, std::path::PathBuf, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mailapp.db");
        drop(Store::open(&path).unwrap());
        let connection = Connection::open(&path).unwrap();
        (folder, path, connection)
    }

    /// What a process that was killed in the middle of a transaction leaves.
    fn killed_in(connection: &Connection, job: impl Fn()) {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        job();
        connection.execute_batch("ROLLBACK").unwrap();
    }

    #[test]
    fn a_crash_at_any_step_of_a_renewal_leaves_an_agreement() {
        let (_folder, path, c) = database();
        let at = Location::of(&path);
        let agrees = |step: &str| assert_eq!(foreign(&c, &at).unwrap(), None, "{step}");
        agrees("a new database");
        killed_in(&c, || {
            announce(&c, &at, "a", progress(&c).unwrap()).unwrap();
        });
        agrees("killed before the commit");
        announce(&c, &at, "b", progress(&c).unwrap()).unwrap();
        agrees("killed after the commit");
        killed_in(&c, || {
            announce(&c, &at, "c", progress(&c).unwrap()).unwrap();
        });
        agrees("killed twice, before the commit");
        announce(&c, &at, "d", progress(&c).unwrap()).unwrap();
        agrees("killed twice, after the commit");
        confirm(&c, &at, progress(&c).unwrap()).unwrap();
        agrees("renewed");
        drop(Store::open(&path).unwrap());
        agrees("opened again");
    }

    #[test]
    fn a_renewal_that_is_over_leaves_no_agreement_with_the_state_before_it() {
        let (_folder, path, c) = database();
        let at = Location::of(&path);
        let before = own_token(&c).unwrap();
        announce(&c, &at, "b", progress(&c).unwrap()).unwrap();
        confirm(&c, &at, progress(&c).unwrap()).unwrap();
        take_over(&c, &before).unwrap();
        assert_eq!(foreign(&c, &at).unwrap(), Some(Foreign::OtherState));
    }

    #[test]
    fn every_way_not_to_belong_is_told_apart() {
        let (_folder, path, c) = database();
        let at = Location::of(&path);
        let file = super::path(&path);
        let good = std::fs::read_to_string(&file).unwrap();
        let mut cases = vec![
            (good.replace("token ", "token x"), Foreign::OtherState),
            (good.replace("attempts 0", "attempts 1"), Foreign::Older),
            (good.replace("audit 0", "audit 7"), Foreign::Older),
            (good.replace("file ", "file 1"), Foreign::Copy),
            (good.replace("token ", "tok "), Foreign::Unreadable),
            (String::new(), Foreign::Unreadable),
        ];
        if machine().is_some() {
            let other = good.replace("machine ", "machine x");
            cases.push((other, Foreign::OtherMachine));
        }
        for (text, why) in cases {
            std::fs::write(&file, &text).unwrap();
            assert_eq!(foreign(&c, &at).unwrap(), Some(why), "{text}");
        }
        std::fs::remove_file(&file).unwrap();
        assert_eq!(foreign(&c, &at).unwrap(), Some(Foreign::Alone));
    }
}
