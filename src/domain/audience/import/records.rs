//! The records of a table (RFC 4180), with some tolerance: blanks before a quotation mark are no part
//! of a cell, and where tabs separate, a quotation mark that begins a cell may stand for itself.
//!
//! A record is given up after [`MAX_RECORD`] octets or [`MAX_COLUMNS`] cells. What a quotation mark
//! that is never closed has swallowed is read anew, line by line. Every line is looked at three times
//! at most, because a mark that opens a cell closes the one before it.

use std::collections::VecDeque;
use std::io::{self, Read};

use super::lines::{Line, Lines};
use super::model::MAX_COLUMNS;
use crate::domain::audience::address::EmailAddress;

/// Why a record is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Quotes,
    TooLong,
    TooManyCells,
}

#[derive(Debug)]
pub(super) struct Record {
    /// Where it begins, from 1.
    pub(super) line: u64,
    /// Its first line, as it stands there.
    pub(super) text: String,
    pub(super) cells: Result<Vec<String>, Flaw>,
}

/// What came of a line.
enum Step {
    Complete,
    /// A cell in quotation marks goes on behind it.
    Open,
    Flawed(Flaw),
}

/// The record that is being read.
struct Cells {
    separator: char,
    done: Vec<String>,
    /// The cell in quotation marks that is being read.
    quoted: Option<String>,
    /// Where in its line that one's mark stands, and how many cells stand before it.
    opened: Option<(usize, usize)>,
}

/// Reads a cell in quotation marks up to the mark that closes it, and returns what stands behind.
fn close<'a>(mut rest: &'a str, cell: &mut String) -> Option<&'a str> {
    while let Some(at) = memchr::memchr(b'"', rest.as_bytes()) {
        cell.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                cell.push('"');
                rest = after;
            }
            None => return Some(rest),
        }
    }
    cell.push_str(rest);
    None
}

impl Cells {
    const fn new(separator: char) -> Self {
        Self {
            separator,
            done: Vec::new(),
            quoted: None,
            opened: None,
        }
    }

    fn skip_blanks<'a>(&self, text: &'a str) -> &'a str {
        text.trim_start_matches(|c: char| c != self.separator && matches!(c, ' ' | '\t'))
    }

    /// Takes in a line of the record.
    fn take(&mut self, line: &str) -> Step {
        self.opened = None;
        self.take_from(line, 0, false)
    }

    /// Reads a line anew from the mark on that it has opened, which now stands for itself.
    fn take_literally(&mut self, line: &str) -> Option<Step> {
        let (from, before) = self.opened.take()?;
        self.done.truncate(before);
        self.quoted = None;
        Some(self.take_from(line, from, true))
    }

    /// Takes in a line from there on; with `is_literal` its first cell is in no quotation marks.
    fn take_from(&mut self, line: &str, from: usize, mut is_literal: bool) -> Step {
        let mut rest = &line[from..];
        loop {
            if self.done.len() >= MAX_COLUMNS {
                return Step::Flawed(Flaw::TooManyCells);
            }
            if self.quoted.is_some() {
                match self.take_quoted(rest) {
                    Ok(Some(next)) => rest = next,
                    Ok(None) => return Step::Complete,
                    Err(Step::Flawed(Flaw::Quotes)) if self.separator == '\t' => {
                        let Some((from, before)) = self.opened.take() else {
                            return Step::Flawed(Flaw::Quotes);
                        };
                        self.done.truncate(before);
                        self.quoted = None;
                        (rest, is_literal) = (&line[from..], true);
                    }
                    Err(step) => return step,
                }
                continue;
            }
            let trimmed = self.skip_blanks(rest);
            if !is_literal && let Some(inside) = trimmed.strip_prefix('"') {
                self.opened = Some((line.len() - trimmed.len(), self.done.len()));
                self.quoted = Some(String::new());
                rest = inside;
                continue;
            }
            is_literal = false;
            let (cell, next) = match rest.split_once(self.separator) {
                Some((cell, next)) => (cell, Some(next)),
                None => (rest, None),
            };
            self.done.push(cell.trim().to_owned());
            match next {
                Some(next) => rest = next,
                None => return Step::Complete,
            }
        }
    }

    /// The end of a cell in quotation marks; what stands behind the separator after it, if there is one.
    fn take_quoted<'a>(&mut self, rest: &'a str) -> Result<Option<&'a str>, Step> {
        let mut cell = self.quoted.take().unwrap_or_default();
        let Some(after) = close(rest, &mut cell) else {
            cell.push('\n');
            self.quoted = Some(cell);
            return Err(Step::Open);
        };
        // Programs that copy with tabs put marks round a cell only where it needs them.
        let is_marked = self.separator != '\t' || cell.contains(['\t', '\n', '"', ',', ';']);
        let after = self.skip_blanks(after);
        let next = after.strip_prefix(self.separator);
        if !is_marked || (next.is_none() && !after.is_empty()) {
            return Err(Step::Flawed(Flaw::Quotes));
        }
        self.done.push(cell);
        Ok(next)
    }
}

/// Whether somebody else's row is in a cell, behind a quotation mark that is closed too late: a line that
/// has as many cells as this row, and its address in the same place. Any other line is part of a text.
fn holds_a_row(cells: &[String], cell: &str, separator: char) -> bool {
    let address = |cell: &str| EmailAddress::parse(cell).is_ok();
    let own = cells.iter().position(|cell| address(cell));
    cell.lines().skip(1).any(|line| {
        let other: Vec<&str> = line.split(separator).take(cells.len() + 1).collect();
        other.len() > 1
            && other.len() == cells.len()
            && match own {
                Some(own) => address(other[own]),
                None => other.iter().any(|cell| address(cell)),
            }
    })
}

pub(super) struct Records<R> {
    lines: Lines<R>,
    /// Lines that were looked at and belong to nobody.
    ahead: VecDeque<Line>,
    separator: char,
    longest: usize,
    /// How many lines were looked at, those that were looked at twice counted twice.
    looked_at: u64,
}

impl<R: Read> Records<R> {
    /// Records of at most `longest` octets.
    pub(super) const fn new(lines: Lines<R>, separator: char, longest: usize) -> Self {
        Self {
            lines,
            ahead: VecDeque::new(),
            separator,
            longest,
            looked_at: 0,
        }
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        self.looked_at += 1;
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    /// The next record that has anything in it.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        while let Some(line) = self.next_line()? {
            let marks = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|');
            if line.text.chars().all(marks) {
                continue;
            }
            let cells = if line.is_cut {
                Err(self.cut(&line))
            } else {
                self.read(&line)?
            };
            if matches!(&cells, Ok(cells) if cells.iter().all(|cell| cell.trim().is_empty())) {
                continue;
            }
            return Ok(Some(Record {
                line: line.number,
                text: line.text,
                cells,
            }));
        }
        Ok(None)
    }

    /// What is wrong with a line that is too long.
    fn cut(&self, line: &Line) -> Flaw {
        match Cells::new(self.separator).take(&line.text) {
            Step::Flawed(Flaw::TooManyCells) => Flaw::TooManyCells,
            _ => Flaw::TooLong,
        }
    }

    fn read(&mut self, first: &Line) -> io::Result<Result<Vec<String>, Flaw>> {
        let mut cells = Cells::new(self.separator);
        let mut step = cells.take(&first.text);
        if matches!(step, Step::Open) {
            let opened = cells.opened;
            let mut behind = Vec::new();
            step = self.read_behind(first, &mut cells, &mut behind)?;
            if let Step::Complete = step {
                return Ok(Ok(cells.done));
            }
            // Whatever was swallowed is read by itself.
            while let Some(line) = behind.pop() {
                self.ahead.push_front(line);
            }
            if self.separator == '\t' {
                cells.opened = opened;
                step = cells.take_literally(&first.text).unwrap_or(step);
            }
        }
        Ok(match step {
            Step::Complete => Ok(cells.done),
            Step::Open => Err(Flaw::Quotes),
            Step::Flawed(flaw) => Err(flaw),
        })
    }

    /// Reads on behind the first line of a record, up to its end.
    fn read_behind(
        &mut self,
        first: &Line,
        cells: &mut Cells,
        behind: &mut Vec<Line>,
    ) -> io::Result<Step> {
        let mut length = first.text.len();
        let step = loop {
            let Some(line) = self.next_line()? else {
                return Ok(Step::Open);
            };
            length += line.text.len() + 1;
            let is_too_long = line.is_cut || length > self.longest;
            let step = if is_too_long {
                Step::Flawed(Flaw::Quotes)
            } else {
                cells.take(&line.text)
            };
            behind.push(line);
            if !matches!(step, Step::Open) {
                break step;
            }
        };
        let swallows = |cell: &String| holds_a_row(&cells.done, cell, self.separator);
        if cells.done.iter().any(swallows) {
            return Ok(Step::Flawed(Flaw::Quotes));
        }
        Ok(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str, separator: char) -> Vec<(u64, Result<Vec<String>, Flaw>)> {
        let lines = Lines::new(text.as_bytes(), encoding_rs::UTF_8, 1_000);
        let mut records = Records::new(lines, separator, 1_000);
        let mut all = Vec::new();
        while let Some(record) = records.next().unwrap() {
            all.push((record.line, record.cells));
        }
        all
    }

    fn cells(text: &str, separator: char) -> Vec<Vec<String>> {
        let records = records(text, separator);
        records
            .into_iter()
            .map(|(_, cells)| cells.unwrap())
            .collect()
    }

    #[test]
    fn cells_are_read_as_spreadsheets_write_them() {
        for (text, separator, expected) in [
            ("a,b,c", ',', &["a", "b", "c"][..]),
            ("a, \"b, c\" ,\"d\"\"e\"", ',', &["a", "b, c", "d\"e"]),
            ("a;\"b\nc\";", ';', &["a", "b\nc", ""]),
            ("a,12\" TV,b", ',', &["a", "12\" TV", "b"]),
            // Pasted from a spreadsheet.
            (
                "a\t\"Ромашка\" ООО\tb",
                '\t',
                &["a", "\"Ромашка\" ООО", "b"],
            ),
            ("a\t\"Ромашка\"\tb", '\t', &["a", "\"Ромашка\"", "b"]),
            ("a\t\"b\nc\"\td", '\t', &["a", "b\nc", "d"]),
            ("\"a, b\"\t\"c", '\t', &["a, b", "\"c"]),
            ("a\t\"b", '\t', &["a", "\"b"]),
        ] {
            assert_eq!(cells(text, separator), [expected], "{text}");
        }
    }

    #[test]
    fn a_mark_that_is_not_closed_swallows_nobody() {
        let text = "a,\"b\n\nc,d\ne,\"f\"\ng,\"h\"i\nj";
        let read = records(text, ',');
        let good = |cells: &[&str]| Ok(cells.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(
            read,
            [
                (1, Err(Flaw::Quotes)),
                (3, good(&["c", "d"])),
                (4, good(&["e", "f"])),
                (5, Err(Flaw::Quotes)),
                (6, good(&["j"])),
            ]
        );
        let text = "a\t\"b\nk@x.ru\tc\nd\te\"";
        assert_eq!(
            cells(text, '\t'),
            [["a", "\"b"], ["k@x.ru", "c"], ["d", "e\""]]
        );
    }

    #[test]
    fn a_record_has_bounds() {
        let many = "x,".repeat(10_000);
        assert_eq!(records(&many, ','), [(1, Err(Flaw::TooManyCells))]);
        let long = "x".repeat(1_001);
        assert_eq!(records(&long, ','), [(1, Err(Flaw::TooLong))]);
    }

    /// Counts how often lines are looked at, whatever their marks are.
    #[test]
    fn no_marks_make_reading_more_than_linear() {
        for text in [
            "\"\n",
            "\"a\n",
            "a,\"b\n",
            "\"\"\"x\n",
            "a\t\"b\n",
            "\"a\nb\nc\nd\n",
        ] {
            for separator in [',', '\t'] {
                let looked = |times: usize| {
                    let text = text.repeat(times);
                    let lines = Lines::new(text.as_bytes(), encoding_rs::UTF_8, 1_000);
                    let mut records = Records::new(lines, separator, 64 * 1024);
                    while records.next().unwrap().is_some() {}
                    records.looked_at
                };
                let (once, four_times) = (looked(1_000), looked(4_000));
                assert!(
                    four_times <= 4 * once + 100,
                    "{text:?}: {once}, {four_times}"
                );
                assert!(four_times <= 4 * 4_000 * 4, "{text:?}: {four_times}");
            }
        }
    }
}
