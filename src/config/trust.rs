//! Whose settings are obeyed without being named.
//!
//! A `mailapp.toml` in the current folder says where mail goes and which files are read. Whoever can
//! write it acts as the user who runs the program, so one that belongs to somebody else, or that
//! anybody may write, is obeyed only when `--config` names it.

use std::path::Path;

use crate::domain::phrase::Phrase;

/// # Errors
/// The file belongs to another user, or everybody may write it.
#[cfg(unix)]
pub(super) fn check(file: &Path) -> Result<(), Phrase> {
    use std::os::unix::fs::MetadataExt as _;

    // One that cannot be looked at cannot be read either, and that is said then.
    let Ok(found) = std::fs::metadata(file) else {
        return Ok(());
    };
    let me = rustix::process::geteuid().as_raw();
    judge(found.uid(), found.mode(), me)
        .map_err(|key| Phrase::new(key).with("path", file.display().to_string()))
}

#[cfg(not(unix))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "owners are told apart on Unix alone"
)]
pub(super) fn check(_: &Path) -> Result<(), Phrase> {
    Ok(())
}

/// Writable by everybody.
const OTHERS_WRITE: u32 = 0o002;

fn judge(owner: u32, mode: u32, me: u32) -> Result<(), &'static str> {
    // Whatever root has put there, root could do anyway.
    if owner != me && owner != 0 {
        return Err("config-foreign-file");
    }
    if mode & OTHERS_WRITE != 0 {
        return Err("config-writable-file");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_somebody_else_is_not_obeyed_even_by_root() {
        assert_eq!(judge(1000, 0o600, 1000), Ok(()));
        assert_eq!(judge(0, 0o644, 1000), Ok(()));
        assert_eq!(judge(1000, 0o664, 1000), Ok(()));
        assert_eq!(judge(1000, 0o600, 0), Err("config-foreign-file"));
        assert_eq!(judge(1001, 0o600, 1000), Err("config-foreign-file"));
        assert_eq!(judge(0, 0o666, 0), Err("config-writable-file"));
    }
}
