//! The lines of a file: decoded piece by piece, so that its length costs time and no memory.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding};

/// Octets that are read at once.
const CHUNK: usize = 16 * 1024;

/// A line without its end.
#[derive(Debug)]
pub(super) struct Line {
    /// From 1.
    pub(super) number: u64,
    pub(super) text: String,
    /// It was longer than a line may be; this is its beginning.
    pub(super) is_cut: bool,
}

/// A text in which the full-width and small forms of `@` are that character (they are its compatibility
/// variants, as keyboards of East Asia write them). One behind the apostrophe that keeps a spreadsheet from
/// running a formula belongs to a text that this program has written.
fn with_plain_at(text: String) -> String {
    if text.is_ascii() || !text.contains(['＠', '﹫']) {
        return text;
    }
    let mut before = ' ';
    let plain = |c: char| {
        let is_form = matches!(c, '＠' | '﹫') && before != '\'';
        before = c;
        if is_form { '@' } else { c }
    };
    text.chars().map(plain).collect()
}

pub(super) struct Lines<R> {
    input: R,
    decoder: Decoder,
    octets: Vec<u8>,
    /// Decoded, and not all given out yet.
    text: String,
    at: usize,
    ended: bool,
    number: u64,
    longest: usize,
}

impl<R: Read> Lines<R> {
    /// Of an input in this encoding; a line has at most `longest` octets of UTF-8.
    pub(super) fn new(input: R, encoding: &'static Encoding, longest: usize) -> Self {
        Self {
            input,
            decoder: encoding.new_decoder_with_bom_removal(),
            octets: vec![0; CHUNK],
            text: String::new(),
            at: 0,
            ended: false,
            number: 0,
            longest,
        }
    }

    /// Decodes some more, behind what is still there.
    fn fill(&mut self) -> io::Result<()> {
        self.text.drain(..self.at);
        self.at = 0;
        let read = loop {
            match self.input.read(&mut self.octets) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.ended = read == 0;
        let octets = &self.octets[..read];
        let most = self.decoder.max_utf8_buffer_length(read).unwrap_or(0);
        self.text.reserve(most);
        // There is room for all of it: one call decodes it, with U+FFFD for what is malformed.
        let _decoded = self
            .decoder
            .decode_to_string(octets, &mut self.text, self.ended);
        Ok(())
    }

    /// The next line, or `None` behind the last one. LF, CR LF and CR end a line.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line: Option<String> = None;
        let mut is_cut = false;
        loop {
            let rest = &self.text[self.at..];
            let found = memchr::memchr2(b'\n', b'\r', rest.as_bytes());
            let part = &rest[..found.unwrap_or(rest.len())];
            if !part.is_empty() || found.is_some() {
                let line = line.get_or_insert_default();
                let room = part.floor_char_boundary(self.longest.saturating_sub(line.len()));
                line.push_str(&part[..room]);
                is_cut |= room < part.len();
            }
            self.at += part.len();
            if found.is_some() {
                self.pass_line_end()?;
                break;
            }
            if self.ended {
                break;
            }
            self.fill()?;
        }
        Ok(line.map(|text| {
            self.number += 1;
            Line {
                number: self.number,
                text: with_plain_at(text),
                is_cut,
            }
        }))
    }

    /// One end of a line, which may be two characters in two pieces.
    fn pass_line_end(&mut self) -> io::Result<()> {
        let is_return = self.text.as_bytes().get(self.at) == Some(&b'\r');
        self.at += 1;
        if !is_return {
            return Ok(());
        }
        while self.at == self.text.len() && !self.ended {
            self.fill()?;
        }
        if self.text.as_bytes().get(self.at) == Some(&b'\n') {
            self.at += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], longest: usize) -> Vec<(u64, String, bool)> {
        let mut lines = Lines::new(text, encoding_rs::UTF_8, longest);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.number, line.text, line.is_cut));
        }
        all
    }

    #[test]
    fn every_kind_of_line_end_is_one() {
        let line = |number, text: &str| (number, text.to_owned(), false);
        let expected = [line(1, "a"), line(2, ""), line(3, "b"), line(4, "c")];
        for text in ["a\n\nb\nc", "\u{feff}a\r\n\r\nb\r\nc\r\n", "a\r\rb\rc\r"] {
            assert_eq!(lines(text.as_bytes(), 99), expected, "{text:?}");
        }
        // CR LF that two pieces share is one end.
        let long = "x".repeat(CHUNK - 1);
        let broken = format!("{long}\r\ny");
        assert_eq!(lines(broken.as_bytes(), CHUNK)[1], line(2, "y"));
    }

    #[test]
    fn a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() {
        let text = format!("{}\nb", "я".repeat(CHUNK));
        let lines = lines(text.as_bytes(), 7);
        assert_eq!(lines[0], (1, "яяя".to_owned(), true));
        assert_eq!(lines[1], (2, "b".to_owned(), false));
    }
}
