//! Whose settings are obeyed without being named.
//!
//! A `mailapp.toml` in the current folder says where mail goes and which files are read. Whoever can
//! write it, or put another file in its place, acts as the user who runs the program. So both the file
//! and its folder have to belong to that user or to root, and not everybody may write them, as OpenSSH
//! and sudo ask of theirs; any other is obeyed only when `--config` names it. The folder counts because
//! its owner can move any file into it, root's among them. The folders above do not: their owner can
//! put another folder in this one's place, but none that belongs to us. Where the file is a link, all of
//! this holds for every folder on its way: whoever can replace one link of it decides what is read.

use std::path::{Path, PathBuf};

use crate::domain::phrase::Phrase;

/// # Errors
/// The file or its folder belongs to another user, or everybody may write it.
#[cfg(unix)]
pub(super) fn check(file: &Path) -> Result<(), Phrase> {
    let refused = |key| Phrase::new(key).with("path", file.display().to_string());
    // One that cannot be looked at cannot be read either, and that is said then.
    let Some(flaw) = flaw(file) else {
        return Ok(());
    };
    flaw.map_err(|flaw| match flaw {
        Flaw::Foreign => refused("config-foreign-file"),
        Flaw::Writable => refused("config-writable-file"),
    })?;
    for step in way(file) {
        let folder = folder_of(&step);
        let shown = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let refused = |key| refused(key).with("folder", shown.display().to_string());
        match self::flaw(folder) {
            Some(Ok(())) => {}
            Some(Err(Flaw::Writable)) => return Err(refused("config-writable-folder")),
            None | Some(Err(Flaw::Foreign)) => return Err(refused("config-foreign-folder")),
        }
    }
    Ok(())
}

/// A file, and what it leads to link by link. The system follows no more of them than that either.
#[cfg(unix)]
fn way(file: &Path) -> Vec<PathBuf> {
    const LINKS: usize = 40;
    let next = |step: &PathBuf| {
        let target = std::fs::read_link(step).ok()?;
        Some(folder_of(step).join(target))
    };
    std::iter::successors(Some(file.to_owned()), next)
        .take(LINKS + 1)
        .collect()
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => file,
    }
}

/// What is wrong with a file or folder; `None` where it cannot be looked at.
#[cfg(unix)]
fn flaw(path: &Path) -> Option<Result<(), Flaw>> {
    use std::os::unix::fs::MetadataExt as _;

    let found = std::fs::metadata(path).ok()?;
    let me = rustix::process::geteuid().as_raw();
    Some(judge(found.uid(), found.mode(), me))
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "owners are told apart on Unix alone"
)]
pub(super) fn check(_: &Path) -> Result<(), Phrase> {
    Ok(())
}

/// Why a file or a folder is not trusted.
#[derive(Debug, PartialEq, Eq)]
enum Flaw {
    /// It belongs to another user.
    Foreign,
    /// Everybody may write it.
    Writable,
}

/// Writable by everybody, in folders also where `/tmp`'s sticky bit is set. A group may write: its
/// members are chosen by root, and a group for each user is common.
const OTHERS_WRITE: u32 = 0o002;

fn judge(owner: u32, mode: u32, me: u32) -> Result<(), Flaw> {
    // Whatever root has put there, root could do anyway.
    if owner != me && owner != 0 {
        return Err(Flaw::Foreign);
    }
    if mode & OTHERS_WRITE != 0 {
        return Err(Flaw::Writable);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_somebody_else_is_not_trusted_even_by_root() {
        assert_eq!(judge(1000, 0o600, 1000), Ok(()));
        assert_eq!(judge(0, 0o644, 1000), Ok(()));
        assert_eq!(judge(1000, 0o664, 1000), Ok(()));
        assert_eq!(judge(1000, 0o600, 0), Err(Flaw::Foreign));
        assert_eq!(judge(1001, 0o600, 1000), Err(Flaw::Foreign));
        assert_eq!(judge(0, 0o666, 0), Err(Flaw::Writable));
        assert_eq!(judge(0, 0o41_777, 1000), Err(Flaw::Writable));
    }
}
