//! The encoding of a file that says nothing about it.
//!
//! A byte-order mark decides. Without one, a file whose octets are UTF-8 is UTF-8, and stays so with
//! lines that are not: such a line is wrong, not the whole file. Only a file that
//! has hardly any UTF-8 in it is taken for one of the older encodings.

use std::io::{self, Read, Seek};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{cyrillic, kind};

/// Octets that are read at once.
const CHUNK: usize = 16 * 1024;
/// Zeros of UTF-16, at least.
const FEWEST: usize = 4;
/// Octets by which an older encoding is told.
const GUESSED_BY: u64 = 1 << 18;
/// Octets above ASCII, of which there are too few for statistics of a whole text.
const FEW: usize = 200;
/// Names of encodings that statistics tell apart and that are Cyrillic.
const CYRILLIC: [&str; 5] = ["windows-1251", "IBM866", "KOI8-R", "KOI8-U", "ISO-8859-5"];
/// So many characters of UTF-8 for each octet that is none, at least.
const GOOD_TO_BAD: u64 = 2;
/// Letters above ASCII in a line by which it is known to be UTF-8 …
const FEWEST_LETTERS: u64 = 2;
/// … and so many lines that are none for each of these, at most.
const BAD_TO_GOOD_LINES: u64 = 4;

/// Encodings that a page offers to choose from.
pub const OFFERED: [&str; 8] = [
    "UTF-8",
    "windows-1251",
    "IBM866",
    "KOI8-R",
    "x-mac-cyrillic",
    "windows-1252",
    "UTF-16LE",
    "UTF-16BE",
];

/// The encoding of that name, as the web knows them (`cp1251`, `utf-16`, `koi8-r`).
pub fn by_name(name: &str) -> Option<&'static Encoding> {
    let name = name.trim();
    let label = match name.to_ascii_lowercase().as_str() {
        "cp-1251" | "win-1251" | "win1251" | "ansi" => "windows-1251",
        "cp-866" | "dos" | "oem" => "ibm866",
        "utf16" => "utf-16",
        _ => name,
    };
    Encoding::for_label_no_replacement(label.as_bytes())
}

/// What a file turned out to be.
pub(super) enum Detected {
    Text(&'static Encoding),
    /// No text: a kind for `import-not-a-table`.
    Foreign(&'static str),
}

/// Reads a file from its beginning to find out what it is; leaves it at its beginning.
pub(super) fn detect(
    source: &mut (impl Read + Seek),
    chosen: Option<&'static Encoding>,
) -> io::Result<Detected> {
    source.rewind()?;
    let mut head = Vec::with_capacity(kind::HEAD);
    source
        .by_ref()
        .take(kind::HEAD as u64)
        .read_to_end(&mut head)?;
    let detected = match kind::foreign(&head) {
        Some(kind) => Detected::Foreign(kind),
        None => match chosen.or_else(|| marked(&head)) {
            Some(encoding) => Detected::Text(encoding),
            None if head.contains(&0) => Detected::Foreign("binary"),
            None => {
                source.rewind()?;
                let encoding = if is_utf8(source)? {
                    UTF_8
                } else {
                    source.rewind()?;
                    guess(source)?
                };
                Detected::Text(encoding)
            }
        },
    };
    source.rewind()?;
    Ok(detected)
}

/// By the mark at its beginning, or by the zeros of UTF-16 that has none.
fn marked(head: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Some(encoding);
    }
    let (mut even, mut odd) = (0, 0);
    for pair in head.chunks_exact(2) {
        even += usize::from(pair[0] == 0);
        odd += usize::from(pair[1] == 0);
    }
    // Addresses and separators alone are a good part of a table.
    let many = (head.len() / 16).max(FEWEST);
    match (even, odd) {
        (0, odd) if odd > many => Some(UTF_16LE),
        (even, 0) if even > many => Some(UTF_16BE),
        _ => None,
    }
}

/// What there is of UTF-8 in a file, and what is none.
#[derive(Default)]
struct Tally {
    /// Characters above ASCII …
    good: u64,
    /// … and octets that are none.
    bad: u64,
    /// Lines that are UTF-8 and have letters above ASCII, as people write them …
    good_lines: u64,
    /// … and lines with an octet that is none.
    bad_lines: u64,
    letters: u64,
    is_odd: bool,
    is_bad: bool,
}

/// Whether a character above ASCII stands in names and addresses. Octets of an older encoding that are
/// UTF-8 by chance are seldom one of these.
const fn is_usual(c: char) -> bool {
    matches!(c,
        '\u{c0}'..='\u{17f}' | '\u{386}'..='\u{3ce}' | '\u{401}'..='\u{45f}' | '\u{490}' | '\u{491}'
        | '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Whether a character above ASCII stands beside those.
const fn is_sign(c: char) -> bool {
    matches!(c, '\u{a0}'..='\u{bf}' | '\u{2010}'..='\u{203a}' | '\u{20ac}' | '\u{2116}' | '\u{feff}'
        | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff9f}')
}

impl Tally {
    fn end_line(&mut self) {
        self.good_lines +=
            u64::from(self.letters >= FEWEST_LETTERS && !self.is_odd && !self.is_bad);
        self.bad_lines += u64::from(self.is_bad);
        (self.letters, self.is_odd, self.is_bad) = (0, false, false);
    }

    fn add(&mut self, text: &str) {
        for (number, part) in text.split('\n').enumerate() {
            if number > 0 {
                self.end_line();
            }
            if part.is_ascii() {
                continue;
            }
            for c in part.chars().filter(|c| !c.is_ascii()) {
                self.good += 1;
                self.letters += u64::from(is_usual(c));
                self.is_odd |= !is_usual(c) && !is_sign(c);
            }
        }
    }

    const fn add_bad(&mut self) {
        self.bad += 1;
        self.is_bad = true;
    }

    /// Whether the file is UTF-8, when its last line has ended.
    const fn is_utf8(&self) -> bool {
        self.bad == 0
            || self.good >= GOOD_TO_BAD * self.bad
            || (self.good_lines > 0 && self.good_lines * BAD_TO_GOOD_LINES >= self.bad_lines)
    }
}

fn is_utf8(source: &mut impl Read) -> io::Result<bool> {
    let mut octets = vec![0; CHUNK];
    // A character that the last chunk has broken off.
    let mut kept = 0;
    let mut tally = Tally::default();
    loop {
        let read = source.read(&mut octets[kept..])?;
        if read == 0 {
            if kept > 0 {
                tally.add_bad();
            }
            tally.end_line();
            return Ok(tally.is_utf8());
        }
        let end = kept + read;
        let mut from = 0;
        kept = 0;
        while from < end {
            let (valid, skipped) = match std::str::from_utf8(&octets[from..end]) {
                Ok(text) => (text.len(), Some(0)),
                Err(error) => (error.valid_up_to(), error.error_len()),
            };
            if let Ok(text) = std::str::from_utf8(&octets[from..from + valid]) {
                tally.add(text);
            }
            from += valid;
            match skipped {
                Some(0) => {}
                Some(skipped) => {
                    tally.add_bad();
                    from += skipped;
                }
                None => {
                    octets.copy_within(from..end, 0);
                    kept = end - from;
                    break;
                }
            }
        }
    }
}

fn guess(source: &mut impl Read) -> io::Result<&'static Encoding> {
    let mut octets = Vec::new();
    source.by_ref().take(GUESSED_BY).read_to_end(&mut octets)?;
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&octets, true);
    let guessed = detector.guess(None, Utf8Detection::Deny);
    let high = octets.iter().filter(|octet| !octet.is_ascii()).count();
    let is_cyrillic = CYRILLIC.contains(&guessed.name());
    if (is_cyrillic || high < FEW) && cyrillic::looks_like(&octets) {
        return Ok(cyrillic::guess(&octets).unwrap_or(guessed));
    }
    Ok(guessed)
}
