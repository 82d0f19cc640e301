//! The encoding of a file that says nothing about it.
//!
//! A byte-order mark decides. Without one, a file whose octets are UTF-8 is UTF-8, and stays so with
//! single octets that are not: a line with one of them is wrong, not the whole file. Only a file that
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

fn is_utf8(source: &mut impl Read) -> io::Result<bool> {
    let mut octets = vec![0; CHUNK];
    // A character that the last chunk has broken off.
    let mut kept = 0;
    let (mut good, mut bad) = (0_u64, 0_u64);
    loop {
        let read = source.read(&mut octets[kept..])?;
        if read == 0 {
            bad += u64::from(kept > 0);
            return Ok(bad == 0 || good >= GOOD_TO_BAD * bad);
        }
        let end = kept + read;
        let mut from = 0;
        kept = 0;
        while from < end {
            let (valid, skipped) = match std::str::from_utf8(&octets[from..end]) {
                Ok(text) => (text.len(), Some(0)),
                Err(error) => (error.valid_up_to(), error.error_len()),
            };
            let text = &octets[from..from + valid];
            good += text.iter().filter(|octet| **octet >= 0xc0).count() as u64;
            from += valid;
            match skipped {
                Some(0) => {}
                Some(skipped) => {
                    bad += 1;
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
