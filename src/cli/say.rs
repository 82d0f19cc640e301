//! What a command says: results on standard output, the rest on standard error.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use parking_lot::RwLock;
use serde::Serialize;

use super::Exit;
use crate::domain::Id;
use crate::domain::phrase::Phrase;
use crate::domain::user::Language;
use crate::i18n::Reader;

/// Speaks to whoever runs the command.
pub(super) struct Say {
    reader: RwLock<Reader>,
}

impl Say {
    pub(super) fn new(language: Language) -> Self {
        Self {
            reader: RwLock::new(Reader::new(language, "UTC")),
        }
    }

    pub(super) fn set_zone(&self, zone: &str) {
        let mut reader = self.reader.write();
        *reader = Reader::new(reader.language, zone);
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
        drop(writeln!(std::io::stdout(), "{}", harmless(line)));
    }

    /// A table under headings, each the key of a text; `№` stands for itself.
    pub(super) fn table<const N: usize>(
        &self,
        headings: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(headings.map(|key| match key {
                "№" => key.to_owned(),
                key => self.text(key),
            }))
            .add_rows(rows);
        self.out(&table.to_string());
    }

    /// One thing, a line each: a text's key and the value. `№` stands for itself; what is empty is
    /// left out.
    pub(super) fn facts(&self, facts: impl IntoIterator<Item = (&'static str, String)>) {
        for (key, value) in facts {
            match key {
                _ if value.is_empty() => {}
                "№" => self.out(&format!("№{value}")),
                key => self.out(&format!("{}: {value}", self.text(key))),
            }
        }
    }

    /// One thing as a line of JSON. `false` where nobody reads them any more.
    pub(super) fn json(&self, row: &impl Serialize) -> Result<bool, Exit> {
        let mut line = serde_json::to_vec(row).unwrap_or_default();
        line.push(b'\n');
        self.bytes(&line)
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
        drop(writeln!(std::io::stderr(), "{}", harmless(line)));
    }

    /// What went wrong.
    pub(super) fn problem(&self, phrase: &Phrase) {
        let text = self.phrase(phrase);
        if std::io::stderr().is_terminal() {
            let text = harmless(&text);
            drop(writeln!(std::io::stderr(), "\u{1b}[31m{text}\u{1b}[0m"));
        } else {
            self.err(&text);
        }
    }

    pub(super) fn hint(&self, phrase: &Phrase) {
        self.err(&self.phrase(phrase));
    }

    /// That a list of so many rows goes on, and how to see more of it.
    pub(super) fn hint_at_more(&self, shown: usize) {
        let hint = Phrase::new("cli-rows-more")
            .with("count", shown)
            .with("more", (shown * 10).to_string());
        self.hint(&hint);
    }
}

/// What mail servers, users and files say must not move the cursor or rename the window: control
/// characters are shown, not obeyed.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => c,
            '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
            '\u{7f}' => '\u{2421}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(harmless("a\u{1b}[31m\u{7}\tb\nc"), "a␛[31m␇\tb\nc");
        assert_eq!(harmless("\u{9b}2J\u{7f}"), "\u{fffd}2J␡");
    }
}
