//! Opening the installation for a command, and what is said of it beforehand.

use std::path::Path;
use std::sync::Arc;

use super::args::Command;
use super::exit::Exit;
use super::say::Say;
use crate::actions;
use crate::app::{self, App, DATABASE_FILE, memory_folder};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::domain::phrase::Phrase;

/// Opens the installation that the settings name. Few commands make one where there is none.
pub(super) fn open(config: Config, command: &Command, say: &Say) -> Result<App, Exit> {
    let makes_database = matches!(
        command,
        Command::Serve(_) | Command::CreateUser(_) | Command::CreateManager(_)
    );
    let folder = config.data.clone();
    if !makes_database && !folder.join(DATABASE_FILE).is_file() {
        return Err(no_database(&folder));
    }
    let is_key_alone = app::is_key_alone(&folder);
    let app = App::open(config, Arc::new(SystemClock::default()))
        .map_err(|error| Exit::Refused(error.phrase()))?;
    if let Some(caches) = memory_folder() {
        app.store.remember_in(caches);
    }
    if is_key_alone {
        say.hint(&Phrase::new("cli-database-made-anew").with("path", folder.display().to_string()));
    }
    Ok(app)
}

fn no_database(folder: &Path) -> Exit {
    let path = folder.display().to_string();
    let remains = app::remains(folder);
    Exit::Refused(if remains.is_empty() {
        Phrase::new("cli-no-database").with("path", path)
    } else {
        Phrase::new("cli-database-gone")
            .with("path", path)
            .with("files", remains.join(", "))
    })
}

/// Says that the database is a copy, to whoever reads or changes something in it. The commands that
/// send refuse to, and say so themselves.
pub(super) async fn note_copy(app: &App, command: &Command, say: &Say) {
    let says_it_itself = matches!(
        command,
        Command::Serve(_)
            | Command::Adopt
            | Command::Send(_)
            | Command::Resume(_)
            | Command::SendAgain(_)
    );
    if !says_it_itself && matches!(actions::foreign(app).await, Ok(Some(_))) {
        say.hint(&Phrase::new("cli-database-is-copy"));
    }
}
