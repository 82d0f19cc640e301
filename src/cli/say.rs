//! What a command says: results on standard output, the rest on standard error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use parking_lot::RwLock;
use serde::Serialize;
use serde_json::json;

use super::exit::{Exit, Problem};
use super::json;
use crate::domain::Id;
use crate::domain::accounts::user::Language;
use crate::domain::phrase::Phrase;
use crate::domain::text::visible;
use crate::i18n::Reader;

/// Speaks to whoever runs the command.
pub(super) struct Say {
    reader: RwLock<Reader>,
    /// Whether a script reads what is said.
    as_json: bool,
}

impl Say {
    pub(super) fn new(language: Language) -> Self {
        Self {
            reader: RwLock::new(Reader::new(language, "UTC")),
            as_json: false,
        }
    }

    /// For a script, if it has asked for that.
    #[must_use]
    pub(super) const fn for_scripts(mut self, as_json: bool) -> Self {
        self.as_json = as_json;
        self
    }

    /// Goes on in this language and time zone.
    pub(super) fn speak(&self, language: Language, zone: &str) {
        *self.reader.write() = Reader::new(language, zone);
    }

    pub(super) fn reader(&self) -> Reader {
        self.reader.read().clone()
    }

    pub(super) fn knows(&self, key: &str) -> bool {
        self.reader.read().knows(key)
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.reader.read().text(key)
    }

    pub(super) fn phrase(&self, phrase: &Phrase) -> String {
        self.reader.read().say(phrase)
    }

    /// A line of the result. Whoever has closed the pipe has read enough.
    #[expect(clippy::unused_self, reason = "whoever speaks, speaks through this")]
    pub(super) fn out(&self, line: &str) {
        drop(writeln!(std::io::stdout(), "{}", visible(line)));
    }

    /// A table under headings, each the key of a text.
    pub(super) fn table<const N: usize>(
        &self,
        headings: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(headings.map(|key| self.text(key)))
            .add_rows(rows);
        self.out(&table.to_string());
    }

    /// Facts about the thing with this number, a line each: a text's key and the value. What is empty
    /// is left out.
    pub(super) fn facts(&self, id: Id, facts: impl IntoIterator<Item = (&'static str, String)>) {
        self.out(&self.reader().numbered(id));
        for (key, value) in facts.into_iter().filter(|(_, value)| !value.is_empty()) {
            self.out(&format!("{}: {value}", self.text(key)));
        }
    }

    /// One thing as a line of JSON. `false` where nobody reads them any more.
    pub(super) fn json(&self, row: &impl Serialize) -> Result<bool, Exit> {
        self.bytes((json::line(row) + "\n").as_bytes())
    }

    /// A part of a file. `false` where nobody reads it any more. On a terminal it must not do more
    /// than be read.
    pub(super) fn file(&self, lines: &str) -> Result<bool, Exit> {
        if std::io::stdout().is_terminal() {
            lines.lines().for_each(|line| self.out(line));
            return Ok(true);
        }
        self.bytes(lines.as_bytes())
    }

    /// That something was done to the thing with this number.
    pub(super) fn done(&self, key: &'static str, id: Id) {
        self.out(&self.phrase(&Phrase::new(key).with("id", id.to_string())));
    }

    /// Bytes of the result, as they are. `false` where nobody reads them any more: whoever has closed
    /// the pipe has read enough.
    #[expect(clippy::unused_self, reason = "whoever speaks, speaks through this")]
    pub(super) fn bytes(&self, bytes: &[u8]) -> Result<bool, Exit> {
        let mut stdout = std::io::stdout();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            // A part of it must not be taken for the whole.
            Err(error) => Err(Exit::Refused(
                Phrase::new("cli-not-written").with("error", error.to_string()),
            )),
        }
    }

    #[expect(clippy::unused_self, reason = "whoever speaks, speaks through this")]
    pub(super) fn err(&self, line: &str) {
        drop(writeln!(std::io::stderr(), "{}", visible(line)));
    }

    /// What went wrong, and what to do: sentences, or one object where JSON was asked for.
    pub(super) fn problems(&self, problems: &[Problem], hints: &[Phrase], exit_code: u8) {
        if self.as_json {
            let errors: Vec<_> = problems
                .iter()
                .map(|problem| {
                    json!({
                        "code": problem.phrase.key,
                        "argument": problem.argument,
                        "message": self.phrase(&problem.phrase),
                    })
                })
                .collect();
            let hints: Vec<_> = hints.iter().map(|hint| self.phrase(hint)).collect();
            let said = json!({"errors": errors, "hints": hints, "exit_code": exit_code});
            return self.err(&json::line(&said));
        }
        for problem in problems {
            let text = self.phrase(&problem.phrase);
            let text = match problem.argument {
                Some(argument) => format!("{argument}: {text}"),
                None => text,
            };
            if std::io::stderr().is_terminal() {
                let text = visible(&text);
                drop(writeln!(std::io::stderr(), "\u{1b}[31m{text}\u{1b}[0m"));
            } else {
                self.err(&text);
            }
        }
        for hint in hints {
            self.err(&self.phrase(hint));
        }
    }

    /// Why a command ended, if it did not go as asked.
    pub(super) fn exit(&self, exit: &Exit) {
        match exit {
            Exit::Refused(phrase) | Exit::NothingToSend(Some(phrase)) => {
                self.problems(&[phrase.clone().into()], &[], exit.code());
            }
            Exit::Misused { problems, hints } => self.problems(problems, hints, exit.code()),
            _ => {}
        }
    }

    /// What went wrong, where that does not end the command.
    pub(super) fn problem(&self, phrase: &Phrase) {
        self.problems(&[phrase.clone().into()], &[], 1);
    }

    /// Something worth knowing beside the result.
    pub(super) fn hint(&self, phrase: &Phrase) {
        let text = self.phrase(phrase);
        if self.as_json {
            self.err(&json::line(&json!({ "hint": text })));
        } else {
            self.err(&text);
        }
    }

    /// That a list of so many rows goes on, and how to see more of it.
    pub(super) fn hint_at_more(&self, shown: usize) {
        let hint = Phrase::new("cli-rows-more")
            .with("count", shown)
            .with("more", (shown * 10).to_string());
        self.hint(&hint);
    }
}
