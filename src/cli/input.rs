//! Texts from files and from standard input.

use std::fs::File;
use std::io::{ErrorKind, IsTerminal as _, Read, Seek as _};
use std::path::Path;

use super::exit::Exit;
use super::say::Say;
use crate::domain::phrase::Phrase;

/// Where something is read from: a file, or standard input where there is none or it is `-`.
struct Input<'a> {
    file: Option<&'a Path>,
    name: String,
    most: u64,
}

impl<'a> Input<'a> {
    fn new(file: Option<&'a Path>, most: u64) -> Self {
        let file = file.filter(|file| *file != Path::new("-"));
        let name = file.map_or_else(|| "-".to_owned(), |file| file.display().to_string());
        Self { file, name, most }
    }

    fn refused(&self, key: &'static str) -> Phrase {
        Phrase::new(key).with("file", self.name.as_str())
    }

    fn unreadable(&self, error: &std::io::Error) -> Exit {
        Exit::Refused(match error.kind() {
            ErrorKind::NotFound => self.refused("cli-file-missing"),
            _ => self
                .refused("cli-file-unreadable")
                .with("error", error.to_string()),
        })
    }

    fn too_large(&self) -> Exit {
        Exit::Refused(self.refused("cli-file-large").with_size(self.most))
    }

    /// Opens it; whoever sits at a terminal is asked first.
    fn open(&self, ask: &'static str, say: &Say) -> Result<Box<dyn Read>, Exit> {
        match self.file {
            None => {
                let stdin = std::io::stdin();
                if stdin.is_terminal() {
                    say.hint(&Phrase::new(ask));
                }
                Ok(Box::new(stdin.lock()))
            }
            Some(file) => {
                let file = File::open(file).map_err(|error| self.unreadable(&error))?;
                Ok(Box::new(file))
            }
        }
    }
}

/// Up to so many octets of a text, in UTF-8, without the mark that some editors begin it with.
pub(super) fn read(
    file: Option<&Path>,
    most: u64,
    ask: &'static str,
    say: &Say,
) -> Result<String, Exit> {
    let input = Input::new(file, most);
    let mut octets = Vec::new();
    input
        .open(ask, say)?
        .take(most + 1)
        .read_to_end(&mut octets)
        .map_err(|error| input.unreadable(&error))?;
    // A part of it would be taken for the whole.
    if u64::try_from(octets.len()).is_ok_and(|length| length > most) {
        return Err(input.too_large());
    }
    let text =
        String::from_utf8(octets).map_err(|_| Exit::Refused(input.refused("cli-file-not-utf8")))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// A file that can be read more than once; what comes through a pipe is put into one that has no name
/// and goes with this process.
pub(super) fn spool(
    file: Option<&Path>,
    most: u64,
    ask: &'static str,
    say: &Say,
) -> Result<File, Exit> {
    let input = Input::new(file, most);
    let unreadable = |error: std::io::Error| input.unreadable(&error);
    if let Some(file) = input.file {
        let file = File::open(file).map_err(unreadable)?;
        let about = file.metadata().map_err(unreadable)?;
        if about.is_file() {
            return if about.len() > most {
                Err(input.too_large())
            } else {
                Ok(file)
            };
        }
    }
    let mut spooled = tempfile::tempfile().map_err(unreadable)?;
    let mut source = input.open(ask, say)?.take(most + 1);
    if std::io::copy(&mut source, &mut spooled).map_err(unreadable)? > most {
        return Err(input.too_large());
    }
    spooled.rewind().map_err(unreadable)?;
    Ok(spooled)
}
