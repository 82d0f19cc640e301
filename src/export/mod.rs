//! Lists and reports as files (CSV, RFC 4180) that a spreadsheet can open without running anything in
//! them. Page and command line write the same ones.

pub mod figures;
pub mod lists;

use crate::domain::page::{Cursor, Page};
use crate::domain::{Millis, formula};
use crate::i18n::Reader;
use crate::store::StoreError;

/// What a file has of each row.
pub struct Table<T: 'static> {
    /// What the file is called, without its `.csv`.
    pub name: &'static str,
    pub headings: &'static [&'static str],
    /// As many as there are headings.
    pub cells: fn(&T, &Reader) -> Vec<String>,
}

/// Rows that were read and from where the next ones are to be; `None`: there are no more.
pub type Read<T, K> = Result<(Vec<T>, Option<K>), StoreError>;

/// From where a list's next rows are to be read.
pub fn from(key: Option<String>) -> Cursor {
    key.map_or(Cursor::First, Cursor::After)
}

/// A page as a file is read.
pub fn rows<T>(page: Page<T>) -> (Vec<T>, Option<String>) {
    (page.rows, page.after)
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    /// It begins with U+FEFF, by which Excel knows UTF-8.
    pub has_mark: bool,
    /// A comma; a semicolon is what Excel expects where the decimal sign is a comma.
    pub separator: u8,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            has_mark: false,
            separator: b',',
        }
    }
}

impl Manner {
    /// As Excel opens it with a double click.
    pub const EXCEL: Self = Self {
        has_mark: true,
        separator: b';',
    };

    /// What stands before everything else: perhaps the mark, then the headings.
    pub fn head(self, cells: &[&str]) -> String {
        let mark = if self.has_mark { "\u{feff}" } else { "" };
        format!("{mark}{}", self.line(cells))
    }

    /// One line, its end included. What a spreadsheet would take for a formula gets an apostrophe
    /// in front.
    pub fn line(self, cells: &[&str]) -> String {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.separator)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        // Writing into memory does not fail.
        drop(writer.write_record(cells.iter().map(|cell| formula::defuse(cell))));
        let octets = writer.into_inner().unwrap_or_default();
        String::from_utf8_lossy(&octets).into_owned()
    }

    /// The same of cells that were made for it.
    pub fn record(self, cells: &[String]) -> String {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        self.line(&cells)
    }
}

/// `2026-11-24T15:00:00.123Z`
pub fn moment(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}

/// The same of a moment that there may not be.
pub fn moment_or_none(at: Option<Millis>) -> String {
    at.map(moment).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_its_line() {
        assert_eq!(
            Manner::default().line(&["=1+1", "+7 900", "@x", "-2", "a,b", "«a\"b»", "c\nd", ""]),
            "'=1+1,'+7 900,'@x,'-2,\"a,b\",\"«a\"\"b»\",\"c\nd\",\r\n"
        );
        assert_eq!(
            Manner::default().line(&["x;=1+1;y", "a,@b", "c\n-d", "e - f; g", ";\"=1"]),
            "x;'=1+1;y,\"a,'@b\",\"c\n'-d\",e - f; g,\";\"\"'=1\"\r\n",
            "whichever separator it is split at"
        );
    }

    #[test]
    fn excel_gets_its_mark_and_its_semicolons() {
        let manner = Manner::EXCEL;
        assert_eq!(manner.head(&["a", "b"]), "\u{feff}a;b\r\n");
        assert_eq!(manner.line(&["1;2", "3,4"]), "\"1;2\";3,4\r\n");
    }

    #[test]
    fn moments_are_said_as_the_standard_has_it() {
        assert_eq!(moment(1_795_426_200_000), "2026-11-23T09:30:00Z");
    }
}
