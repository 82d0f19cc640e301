//! The installation's marker: a file of a few lines beside the database that says to which
//! installation it belongs (see `installation`).
//!
//! The marker is replaced with every renewal, never written in place, and says which file it was
//! written into. What puts a file back (cp, rsync, tar) writes the same octets into another file, and
//! the marker no longer says what is true of it: no copy can give a file the inode number and the time
//! of birth that another one had.

use std::fs::Metadata;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use sha2::{Digest as _, Sha256};

use crate::store::StoreError;

/// Two threads of a process do not write the same draft.
static WRITING: Mutex<()> = Mutex::new(());

/// The marker's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct InstallationMarker {
    pub(in crate::store) token: String,
    /// The token before it, while it is being renewed.
    pub(in crate::store) previous: Option<String>,
    pub(in crate::store) file: FileMark,
    pub(in crate::store) machine: Option<String>,
    pub(in crate::store) progress: Progress,
}

/// What was found there.
pub(in crate::store) enum Found {
    Nothing,
    Nonsense,
    This {
        beside: InstallationMarker,
        /// It is not in the file that it was written into: something else put it there.
        is_restored: bool,
    },
}

/// Which file it is. The device is left out: it has another number after every start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct FileMark {
    inode: u64,
    /// Nanoseconds since 1970; 0 where the file system does not know.
    born: u128,
}

/// What only ever grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub(in crate::store) attempts: i64,
    pub(in crate::store) audit: i64,
}

/// Where it lies.
pub(in crate::store) fn path(database: &Path) -> PathBuf {
    database.with_extension("installation")
}

impl FileMark {
    pub(in crate::store) fn of(database: &Path) -> io::Result<Self> {
        std::fs::metadata(database).map(|found| Self::from(&found))
    }

    fn from(found: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(found);
        #[cfg(not(unix))]
        let inode = 0;
        Self {
            inode,
            born: found.created().ok().map_or(0, nanos),
        }
    }

    pub(in crate::store) const fn is(self, other: Self) -> bool {
        self.inode == other.inode && (self.born == other.born || self.born == 0 || other.born == 0)
    }

    /// Something that no two files have in common, where the file system knows when they were born.
    pub(in crate::store) fn key(self) -> Option<String> {
        let text = format!("mailapp database\0{} {}", self.inode, self.born);
        (self.born != 0).then(|| half_digest(&text))
    }
}

fn nanos(at: SystemTime) -> u128 {
    at.duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos())
}

/// When a file was last written and last changed in any way, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Times {
    written: u128,
    changed: u128,
}

impl Times {
    fn of(found: &Metadata) -> Self {
        let written = found.modified().ok().map_or(0, nanos);
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt as _;
            let seconds = u128::try_from(found.ctime()).unwrap_or(0);
            seconds * 1_000_000_000 + u128::try_from(found.ctime_nsec()).unwrap_or(0)
        };
        #[cfg(not(unix))]
        let changed = written;
        Self { written, changed }
    }
}

/// Between writing a marker and giving it its name.
const NAMED_WITHIN: Duration = Duration::from_mins(1);
/// By so much a clock may be set back between making a file and writing it.
const CLOCK: Duration = Duration::from_secs(2);

/// Whether a marker is not in the file that it says it was written into (`itself`, at `written`).
/// Moving it and changing its owner or mode leave it the file that it is, except where the file
/// system does not know when a file was born: there its last change has to do.
fn is_restored(said: Option<(FileMark, u128)>, file: FileMark, times: Times) -> bool {
    let Some((itself, written)) = said else {
        // One of an earlier version. What was written before the file was born came from elsewhere.
        return file.born > times.written.saturating_add(CLOCK.as_nanos());
    };
    if !itself.is(file) {
        return true;
    }
    let knows_births = itself.born != 0 && file.born != 0;
    let is_as_written = written == times.written
        && times.changed <= written.saturating_add(NAMED_WITHIN.as_nanos());
    !knows_births && !is_as_written
}

/// A machine's name, hashed: it is nobody else's business. Containers have none that lasts longer
/// than they do.
pub(in crate::store) fn machine() -> Option<String> {
    let is_container = ["/.dockerenv", "/run/.containerenv"]
        .iter()
        .any(|mark| Path::new(mark).exists())
        || std::env::var_os("container").is_some();
    if is_container {
        return None;
    }
    let id = std::fs::read_to_string("/etc/machine-id").ok()?;
    let id = id.trim();
    if id.len() < 32 {
        return None;
    }
    Some(half_digest(&format!("mailapp installation\0{id}")))
}

fn half_digest(text: &str) -> String {
    let digest = Sha256::digest(text);
    let half: [u8; 16] = digest[..16].try_into().unwrap_or_default();
    token(u128::from_be_bytes(half))
}

/// A new token from 128 random bits.
pub fn token(random: u128) -> String {
    format!("{random:032x}")
}

impl InstallationMarker {
    fn text(&self) -> String {
        let mut lines = vec![
            "# Says that the database beside it belongs to this installation. See mailapp adopt."
                .to_owned(),
            format!("token {}", self.token),
            format!("file {} {}", self.file.inode, self.file.born),
            format!("attempts {}", self.progress.attempts),
            format!("audit {}", self.progress.audit),
        ];
        if let Some(previous) = &self.previous {
            lines.push(format!("previous {previous}"));
        }
        if let Some(machine) = &self.machine {
            lines.push(format!("machine {machine}"));
        }
        lines.push(String::new());
        lines.join("\n")
    }

    fn parse(text: &str) -> Option<Self> {
        let value = |key: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once(' '));
            lines.find_map(|(found, value)| (found == key).then_some(value))
        };
        let (inode, born) = value("file")?.split_once(' ')?;
        Some(Self {
            token: value("token")?.to_owned(),
            previous: value("previous").map(str::to_owned),
            file: FileMark {
                inode: inode.parse().ok()?,
                born: born.parse().ok()?,
            },
            machine: value("machine").map(str::to_owned),
            progress: Progress {
                attempts: value("attempts")?.parse().ok()?,
                audit: value("audit")?.parse().ok()?,
            },
        })
    }

    pub(in crate::store) fn read(database: &Path) -> Result<Found, StoreError> {
        match read_file(&path(database)) {
            Ok((text, file, times)) => {
                let found = Self::parse(&text).map(|beside| Found::This {
                    beside,
                    is_restored: is_restored(itself(&text), file, times),
                });
                Ok(found.unwrap_or(Found::Nonsense))
            }
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound => Ok(Found::Nothing),
                io::ErrorKind::InvalidData => Ok(Found::Nonsense),
                _ => Err(StoreError::file(&path(database), error)),
            },
        }
    }

    /// Under another name first, so that nobody ever finds half of it.
    pub(in crate::store) fn write(&self, database: &Path) -> Result<(), StoreError> {
        let target = path(database);
        let draft = database.with_extension("installation-new");
        let write = || -> io::Result<()> {
            let _writing = WRITING.lock();
            let mut file = create(&draft)?;
            file.write_all(self.text().as_bytes())?;
            let found = file.metadata()?;
            let (mark, written) = (FileMark::from(&found), found.modified()?);
            let line = format!("itself {} {} {}\n", mark.inode, mark.born, nanos(written));
            file.write_all(line.as_bytes())?;
            // Where its birth is not known it is told by when it was written, this line included.
            if mark.born == 0 {
                file.set_modified(written)?;
            }
            file.sync_all()?;
            std::fs::rename(&draft, &target)?;
            let folder = target.parent().unwrap_or_else(|| Path::new("."));
            std::fs::File::open(folder)?.sync_all()
        };
        write().map_err(|source| StoreError::file(&target, source))
    }
}

/// A new file of this name, for its owner alone; what a crash may have left under it goes.
fn create(path: &Path) -> io::Result<std::fs::File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn read_file(path: &Path) -> io::Result<(String, FileMark, Times)> {
    let mut file = std::fs::File::open(path)?;
    let found = file.metadata()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok((text, FileMark::from(&found), Times::of(&found)))
}

/// Which file a marker says it was written into, and when.
fn itself(text: &str) -> Option<(FileMark, u128)> {
    let line = text.lines().find_map(|line| line.strip_prefix("itself "))?;
    let mut numbers = line.split(' ');
    let file = FileMark {
        inode: numbers.next()?.parse().ok()?,
        born: numbers.next()?.parse().ok()?,
    };
    Some((file, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u128 = 1_000_000_000;
    const FILE: FileMark = FileMark {
        inode: 7,
        born: 1_000_000 * SECOND,
    };
    const WRITTEN: u128 = 1_000_000 * SECOND + 1;

    const fn times(written: u128, changed: u128) -> Times {
        Times { written, changed }
    }

    #[test]
    fn a_marker_is_believed_in_the_file_that_it_was_written_into_alone() {
        let said = Some((FILE, WRITTEN));
        let later = WRITTEN + 86_400 * SECOND;
        assert!(!is_restored(said, FILE, times(WRITTEN, WRITTEN + 5)));
        // Moved, or given another owner or mode.
        assert!(!is_restored(said, FILE, times(WRITTEN, later)));
        let newer = FileMark {
            born: FILE.born + 1,
            ..FILE
        };
        let other = FileMark { inode: 8, ..FILE };
        for file in [newer, other] {
            assert!(is_restored(said, file, times(WRITTEN, later)));
        }
    }

    #[test]
    fn where_nobody_knows_when_a_file_was_born_its_times_have_to_do() {
        let file = FileMark { born: 0, ..FILE };
        let said = Some((file, WRITTEN));
        let later = WRITTEN + 86_400 * SECOND;
        assert!(!is_restored(said, file, times(WRITTEN, WRITTEN + SECOND)));
        assert!(is_restored(said, file, times(WRITTEN, later)), "cp -a");
        assert!(is_restored(said, file, times(later, later)), "cp");
        assert_eq!(file.key(), None);
    }

    #[test]
    fn a_marker_of_an_earlier_version_is_believed_unless_it_is_older_than_its_file() {
        for written in [WRITTEN, WRITTEN + 86_400 * SECOND] {
            let later = WRITTEN + 900_000 * SECOND;
            assert!(!is_restored(None, FILE, times(written, later)));
        }
        let before = FILE.born - 3_600 * SECOND;
        assert!(is_restored(None, FILE, times(before, WRITTEN)));
    }
}
