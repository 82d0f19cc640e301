//! The data folder: what has to be in it, what is left of a database that is gone, and who may look.

use std::io;
use std::path::{Path, PathBuf};

use rand::RngExt as _;

use super::error::OpenError;
use crate::domain::phrase::Phrase;
use crate::store::system::installation;

/// The database, in the data folder.
pub const DATABASE_FILE: &str = "mailapp.db";
/// The installation's secret, in the data folder.
pub const SECRET_FILE: &str = "secret.key";
/// Its octets, at least.
pub(super) const SECRET: usize = 32;

/// A database that was there and is no longer is not made anew, beside the key and the marker of the old
/// one: everything would seem to be gone, and a backup put in its place later would be one more copy.
pub(super) fn refuse_missing(database: &Path) -> Result<(), OpenError> {
    if !is_missing(database) || !installation::has_marker(database) {
        return Ok(());
    }
    let marker = database.with_extension("installation");
    let phrase = Phrase::new("error-database-missing")
        .with("path", database.display().to_string())
        .with("marker", marker.display().to_string());
    Err(OpenError::Config(phrase))
}

/// Whether there is no database of this name. A copy that broke off leaves a file without anything in it.
fn is_missing(database: &Path) -> bool {
    !exists(database) || std::fs::metadata(database).is_ok_and(|file| file.len() == 0)
}

/// Whether a key lies in the folder without the database that it belongs to: that was deleted, or it
/// was left behind.
pub fn is_key_alone(folder: &Path) -> bool {
    is_missing(&folder.join(DATABASE_FILE)) && folder.join(SECRET_FILE).exists()
}

/// Whether opening this folder makes a database: there is none, and no trace of one.
pub fn is_without_database(folder: &Path) -> bool {
    let database = folder.join(DATABASE_FILE);
    is_missing(&database) && !installation::has_marker(&database)
}

/// Files that lie beside a database, and stay where it alone is deleted or moved.
const BESIDE: [&str; 5] = [
    SECRET_FILE,
    "mailapp.installation",
    "mailapp.engine-lock",
    "mailapp.db-wal",
    "mailapp.db-shm",
];

/// What is in the folder of a database that is not there.
pub fn remains(folder: &Path) -> Vec<&'static str> {
    let is_there = |name: &&str| folder.join(name).exists();
    BESIDE.into_iter().filter(is_there).collect()
}

/// Whether there is anything of this name; what cannot be looked at is there.
pub(super) fn exists(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

/// Says where others on the machine have a right that is nobody's but ours.
#[cfg(unix)]
pub(super) fn warn_of_open_modes(paths: &[&Path], mask: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    for path in paths {
        let Ok(found) = std::fs::metadata(path) else {
            continue;
        };
        let mode = found.permissions().mode() & 0o7777;
        if mode & mask != 0 {
            let proper = if found.is_dir() { "700" } else { "600" };
            tracing::warn!(
                path = %path.display(),
                mode = %format_args!("{mode:04o}"),
                "other users of this machine have access to it; run: chmod {proper}"
            );
        }
    }
}

#[cfg(not(unix))]
pub(super) fn warn_of_open_modes(_paths: &[&Path], _mask: u32) {}

/// Where it is remembered how far a database was, outside of the data folder: what systemd gives the
/// service for it (`CacheDirectory=`), or the user's folder of caches.
pub fn memory_folder() -> Option<PathBuf> {
    let of = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(given) = of("CACHE_DIRECTORY") {
        return std::env::split_paths(&given).next();
    }
    let caches = match of("XDG_CACHE_HOME") {
        Some(caches) => PathBuf::from(caches),
        None => PathBuf::from(of("HOME")?).join(".cache"),
    };
    Some(caches.join("mailapp"))
}

/// Reads the installation's secret, making it where there is none.
pub(super) fn secret(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::Write as _;
    match std::fs::read(path) {
        Ok(secret) => return Ok(secret),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let fresh: [u8; SECRET] = rand::rng().random();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    // Written under another name first, so that nobody ever reads half of it.
    let draft = path.with_extension(format!("{:08x}", rand::rng().random::<u32>()));
    let mut file = options.open(&draft)?;
    file.write_all(&fresh)?;
    file.sync_all()?;
    match std::fs::hard_link(&draft, path) {
        Ok(()) => {
            std::fs::remove_file(&draft)?;
            Ok(fresh.to_vec())
        }
        Err(error) => {
            std::fs::remove_file(&draft)?;
            if error.kind() == io::ErrorKind::AlreadyExists {
                return std::fs::read(path);
            }
            Err(error)
        }
    }
}
