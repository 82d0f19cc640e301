//! How much room is left for the database, and why a write failed that `SQLite` has no word for.

use std::io::{self, Write as _};
use std::path::Path;

use rustix::process::{Resource, getrlimit};

use super::trouble::Trouble;

/// Less is as good as nothing: what a busy moment writes does not fit.
const NOTHING: u64 = 1 << 20;
/// Less is soon used up.
const LITTLE: u64 = 64 << 20;

/// Room on the disk of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    Enough,
    /// So many octets.
    Little(u64),
    None,
}

/// What is left for the file at `path`; enough, where nobody can say.
pub(in crate::store) fn left(path: &Path) -> Room {
    let folder = path.parent().unwrap_or(path);
    let Ok(found) = rustix::fs::statvfs(folder) else {
        return Room::Enough;
    };
    // Some file systems have no notion of it.
    if found.f_blocks == 0 {
        return Room::Enough;
    }
    of(found.f_bavail.saturating_mul(found.f_frsize))
}

const fn of(octets: u64) -> Room {
    match octets {
        0..NOTHING => Room::None,
        NOTHING..LITTLE => Room::Little(octets),
        _ => Room::Enough,
    }
}

/// Whether a write that `SQLite` calls an error of the disk failed for lack of room: no file may grow
/// any more (`RLIMIT_FSIZE`), or whoever the service runs as has used up a quota.
pub(in crate::store) fn is_why(path: &Path) -> bool {
    is_at_limit(path) || is_out_of(path)
}

fn is_at_limit(path: &Path) -> bool {
    let Some(limit) = getrlimit(Resource::Fsize).current else {
        return false;
    };
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    [path, Path::new(&log)].iter().any(|path| {
        std::fs::metadata(path).is_ok_and(|file| file.len().saturating_add(NOTHING) > limit)
    })
}

/// Writes a little beside the database and sees what becomes of it.
fn is_out_of(path: &Path) -> bool {
    let draft = path.with_extension("room");
    let fill = || -> io::Result<()> {
        let mut file = std::fs::File::create(&draft)?;
        file.write_all(&vec![1; 64 << 10])?;
        file.sync_all()
    };
    let filled = fill();
    drop(std::fs::remove_file(&draft));
    filled.is_err_and(|error| is_full(&error))
}

/// Whether an operation failed for lack of room.
pub(in crate::store) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

impl Trouble {
    /// The same, as far as the room on the disk explains it.
    pub(in crate::store) fn explained(self, path: &Path) -> Self {
        if self == Self::Disk && is_why(path) {
            return Self::Full;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_a_mebibyte_is_nothing_and_less_than_64_are_little() {
        assert_eq!(of(0), Room::None);
        assert_eq!(of((1 << 20) - 1), Room::None);
        assert_eq!(of(1 << 20), Room::Little(1 << 20));
        assert_eq!(of(64 << 20), Room::Enough);
    }
}
