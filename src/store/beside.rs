//! What lies beside the database: a file of a few lines that says to which installation it belongs
//! (see `installation`).

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::StoreError;

/// What lies beside the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beside {
    pub(super) token: String,
    /// The token before it, while it is being renewed.
    pub(super) previous: Option<String>,
    pub(super) file: FileMark,
    pub(super) machine: Option<String>,
    pub(super) progress: Progress,
}

/// What was found there.
pub(super) enum Found {
    Nothing,
    Nonsense,
    This(Beside),
}

/// Which file it is. The device is left out: it has another number after every start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileMark {
    inode: u64,
    /// Nanoseconds since 1970; 0 where the file system does not know.
    born: u128,
}

/// What only ever grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub(super) attempts: i64,
    pub(super) audit: i64,
}

/// Where it lies.
pub(super) fn path(database: &Path) -> PathBuf {
    database.with_extension("installation")
}

impl FileMark {
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        let found = std::fs::metadata(database)?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&found);
        #[cfg(not(unix))]
        let inode = 0;
        let born = found.created().ok();
        let born = born.and_then(|born| born.duration_since(std::time::UNIX_EPOCH).ok());
        Ok(Self {
            inode,
            born: born.map_or(0, |since| since.as_nanos()),
        })
    }

    pub(super) const fn is(self, other: Self) -> bool {
        self.inode == other.inode && (self.born == other.born || self.born == 0 || other.born == 0)
    }
}

/// A machine's name, hashed: it is nobody else's business. Containers have none that lasts longer
/// than they do.
pub(super) fn machine() -> Option<String> {
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
    let digest = Sha256::digest(format!("mailapp installation\0{id}"));
    let half: [u8; 16] = digest[..16].try_into().ok()?;
    Some(token(u128::from_be_bytes(half)))
}

/// A new token from 128 random bits.
pub fn token(random: u128) -> String {
    format!("{random:032x}")
}

impl Beside {
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

    pub(super) fn read(database: &Path) -> Result<Found, StoreError> {
        match std::fs::read_to_string(path(database)) {
            Ok(text) => Ok(Self::parse(&text).map_or(Found::Nonsense, Found::This)),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound => Ok(Found::Nothing),
                io::ErrorKind::InvalidData => Ok(Found::Nonsense),
                _ => Err(StoreError::file(&path(database), error)),
            },
        }
    }

    /// Under another name first, so that nobody ever finds half of it.
    pub(super) fn write(&self, database: &Path) -> Result<(), StoreError> {
        let target = path(database);
        let draft = database.with_extension("installation-new");
        let write = || -> io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt as _;
                options.mode(0o600);
            }
            let mut file = options.open(&draft)?;
            file.write_all(self.text().as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&draft, &target)?;
            let folder = target.parent().unwrap_or_else(|| Path::new("."));
            std::fs::File::open(folder)?.sync_all()
        };
        write().map_err(|source| StoreError::file(&target, source))
    }
}
