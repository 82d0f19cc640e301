//! Files that were uploaded and looked at, until somebody says what is to become of them: a file each
//! in a folder beside the database, for an hour at most.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::{Id, Millis};
use crate::store::system::outside::private_folder;

/// Name of the folder, in the data folder.
const FOLDER: &str = "uploads";
/// Longest that a file is kept.
pub const KEPT: Duration = Duration::from_hours(1);
/// Most files of one owner; a newer one takes the oldest one's place.
pub const OF_ONE_OWNER: usize = 3;
/// Most files in all; a newer one takes the oldest one's place.
pub const IN_ALL: usize = 32;

/// A kept file, by what its name says.
struct Kept {
    path: PathBuf,
    owner: Id,
    at: Millis,
    token: String,
}

/// Those that are there, the oldest first.
fn kept(folder: &Path) -> io::Result<Vec<Kept>> {
    let entries = match fs::read_dir(folder.join(FOLDER)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let mut parts = name.unwrap_or_default().split('-');
        let (owner, at, token) = (parts.next(), parts.next(), parts.next());
        if let (Some(Ok(owner)), Some(Ok(at)), Some(token)) =
            (owner.map(str::parse), at.map(str::parse), token)
        {
            all.push(Kept {
                owner,
                at,
                token: token.to_owned(),
                path,
            });
        }
    }
    all.sort_by_key(|kept| kept.at);
    Ok(all)
}

/// Removes what is too old, by a clock that may have gone back.
///
/// # Errors
/// The file system's.
pub fn prune(folder: &Path, now: Millis) -> io::Result<()> {
    for kept in kept(folder)? {
        let age = Duration::from_millis((now - kept.at).unsigned_abs());
        if age >= KEPT {
            remove(&kept.path)?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn make_room(folder: &Path, owner: Id, now: Millis) -> io::Result<()> {
    prune(folder, now)?;
    let mut all = kept(folder)?;
    let own = all.iter().filter(|kept| kept.owner == owner).count();
    if own >= OF_ONE_OWNER
        && let Some(oldest) = all.iter().position(|kept| kept.owner == owner)
    {
        remove(&all.remove(oldest).path)?;
    }
    while all.len() >= IN_ALL {
        remove(&all.remove(0).path)?;
    }
    Ok(())
}

/// Keeps a file under this token, readable to nobody but this program.
///
/// # Errors
/// The file system's.
pub fn keep(folder: &Path, owner: Id, token: &str, octets: &[u8], now: Millis) -> io::Result<()> {
    make_room(folder, owner, now)?;
    let kept = folder.join(FOLDER);
    private_folder(&kept)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let path = kept.join(format!("{owner}-{now}-{token}"));
    let written = options
        .open(&path)
        .and_then(|mut file| file.write_all(octets));
    if written.is_err() {
        // Half of a file must not be taken for the whole.
        remove(&path)?;
    }
    written
}

fn find(folder: &Path, owner: Id, token: &str) -> io::Result<Option<Kept>> {
    let mut all = kept(folder)?.into_iter();
    Ok(all.find(|kept| kept.owner == owner && kept.token == token))
}

/// A kept file of this owner's; `None` where it is not kept any more.
///
/// # Errors
/// The file system's.
pub fn read(folder: &Path, owner: Id, token: &str) -> io::Result<Option<Vec<u8>>> {
    let Some(kept) = find(folder, owner, token)? else {
        return Ok(None);
    };
    let mut octets = Vec::new();
    match File::open(&kept.path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?.read_to_end(&mut octets)?,
    };
    Ok(Some(octets))
}

/// Removes a file that is not needed any more.
///
/// # Errors
/// The file system's.
pub fn forget(folder: &Path, owner: Id, token: &str) -> io::Result<()> {
    match find(folder, owner, token)? {
        Some(kept) => remove(&kept.path),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_owners_alone_and_goes_after_an_hour() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        keep(folder, 1, "aa", b"one", 1_000).unwrap();
        assert_eq!(read(folder, 1, "aa").unwrap().unwrap(), b"one");
        assert_eq!(read(folder, 2, "aa").unwrap(), None);
        assert_eq!(read(folder, 1, "../aa").unwrap(), None);
        let hour = 3_600_000;
        prune(folder, 999 + hour).unwrap();
        assert!(read(folder, 1, "aa").unwrap().is_some());
        prune(folder, 1_000 + hour).unwrap();
        assert_eq!(read(folder, 1, "aa").unwrap(), None);
    }

    #[test]
    fn there_are_never_more_than_so_many() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for at in 0..10 {
            keep(folder, 1, &format!("t{at}"), b"x", at).unwrap();
        }
        assert_eq!(kept(folder).unwrap().len(), OF_ONE_OWNER);
        assert!(read(folder, 1, "t9").unwrap().is_some());
        for owner in 2..60 {
            keep(folder, owner, "t", b"x", 100 + owner).unwrap();
        }
        assert_eq!(kept(folder).unwrap().len(), IN_ALL);
    }
}
