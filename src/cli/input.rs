//! Texts from files and from standard input.

use std::io::{ErrorKind, IsTerminal as _, Read as _};
use std::path::Path;

use super::Exit;
use super::say::Say;
use crate::domain::phrase::Phrase;

/// Up to so many octets of a file, or of standard input where there is none or it is `-`; whoever
/// sits at a terminal is asked first. In UTF-8, without the mark that some editors begin it with.
pub(super) fn read(
    file: Option<&Path>,
    most: u64,
    ask: &'static str,
    say: &Say,
) -> Result<String, Exit> {
    let file = file.filter(|file| *file != Path::new("-"));
    let name = file.map_or_else(|| "-".to_owned(), |file| file.display().to_string());
    let refused = |key| Phrase::new(key).with("file", name.as_str());
    let mut octets = Vec::new();
    let read = match file {
        None => {
            let stdin = std::io::stdin();
            if stdin.is_terminal() {
                say.hint(&Phrase::new(ask));
            }
            stdin.lock().take(most + 1).read_to_end(&mut octets)
        }
        Some(file) => {
            std::fs::File::open(file).and_then(|file| file.take(most + 1).read_to_end(&mut octets))
        }
    };
    read.map_err(|error| {
        Exit::Refused(match error.kind() {
            ErrorKind::NotFound => refused("cli-file-missing"),
            _ => refused("cli-file-unreadable").with("error", error.to_string()),
        })
    })?;
    // A part of it would be taken for the whole.
    if u64::try_from(octets.len()).is_ok_and(|length| length > most) {
        return Err(Exit::Refused(
            refused("cli-file-large").with("most", (most / 1_000).to_string()),
        ));
    }
    let text =
        String::from_utf8(octets).map_err(|_| Exit::Refused(refused("cli-file-not-utf8")))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}
