//! Tables as files (RFC 4180) that a spreadsheet can open without running anything in them.

use rocket::futures::Stream;
use rocket::http::{ContentType, Header};
use rocket::response::Responder;
use rocket::response::stream::TextStream;

use super::visitor::SignedIn;
use crate::actions;
use crate::domain::Millis;
use crate::store::StoreError;

/// How a file is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    bom: bool,
    separator: u8,
}

/// Reads how a file is to be written: `bom=1` begins it with U+FEFF, by which Excel knows UTF-8;
/// `sep=;` is what Excel expects where the decimal sign is a comma.
pub(super) fn manner(bom: Option<&str>, sep: Option<&str>) -> Manner {
    Manner {
        bom: bom == Some("1"),
        separator: if sep == Some(";") { b';' } else { b',' },
    }
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            bom: false,
            separator: b',',
        }
    }
}

impl Manner {
    /// What stands before everything else: perhaps the mark, then the headings.
    pub(super) fn head(self, cells: &[&str]) -> String {
        let mark = if self.bom { "\u{feff}" } else { "" };
        format!("{mark}{}", self.line(cells))
    }

    /// One line, its end included. What a spreadsheet would take for a formula gets an apostrophe
    /// in front.
    pub(super) fn line(self, cells: &[&str]) -> String {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.separator)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        // Writing into memory does not fail.
        drop(writer.write_record(cells.iter().map(|cell| harmless(cell))));
        let octets = writer.into_inner().unwrap_or_default();
        String::from_utf8_lossy(&octets).into_owned()
    }

    fn record(self, cells: &[String]) -> String {
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        self.line(&cells)
    }
}

/// A cell without formulas, also for a spreadsheet that splits it at a separator which is not ours,
/// or at a line's end.
fn harmless(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len());
    let mut begins = true;
    for c in cell.chars() {
        if begins && matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r') {
            safe.push('\'');
        }
        // A quote that a program takes off leaves what is behind it at the beginning.
        begins = matches!(c, ',' | ';' | '\t' | '\r' | '\n') || (begins && c == '"');
        safe.push(c);
    }
    safe
}

/// `2026-11-24T15:00:00.123Z`
pub(super) fn moment(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| at.to_string())
}

/// The same of a moment that there may not be.
pub(super) fn moment_or_none(at: Option<Millis>) -> String {
    at.map(moment).unwrap_or_default()
}

/// A file to be kept.
#[derive(Responder)]
pub(super) struct Export<S> {
    lines: S,
    content_type: ContentType,
    name: Header<'static>,
}

impl<S> Export<S> {
    /// `name` without its `.csv`.
    pub(super) fn new(lines: S, name: &str) -> Self {
        Self {
            lines,
            content_type: ContentType::new("text", "csv").with_params(("charset", "utf-8")),
            name: Header::new(
                "Content-Disposition",
                format!("attachment; filename=\"{name}.csv\""),
            ),
        }
    }
}

/// Rows that were read and from where the next ones are to be; `None`: there are no more.
pub(super) type Read<T, K> = Result<(Vec<T>, Option<K>), StoreError>;

/// A list as a file: read page by page while it is sent, so that its length costs time and no
/// memory. `next` reads the rows from a key on; the first time there is none. The audit log says who took
/// it.
pub(super) async fn export<T, K>(
    me: SignedIn,
    name: &str,
    manner: Manner,
    headings: &'static [&'static str],
    next: impl Fn(&rusqlite::Connection, Option<K>) -> Read<T, K> + Clone + Send + Sync + 'static,
    cells: impl Fn(&T) -> Vec<String> + Send + Sync + 'static,
) -> Export<TextStream<impl Stream<Item = String>>>
where
    T: Send + Sync + 'static,
    K: Send + Sync + 'static,
{
    actions::export(me.app(), &me.actor(), name).await;
    let broken_off = me.reader().text("export-broken-off");
    let lines = TextStream! {
        yield manner.head(headings);
        let mut key = None;
        loop {
            let (next, from) = (next.clone(), key);
            let (rows, more) = match me.app().store.read(move |c| next(c, from)).await {
                Ok(read) => read,
                Err(error) => {
                    tracing::error!(%error, "an export broke off");
                    // Nobody is to take a part for the whole.
                    yield manner.line(&[&broken_off]);
                    break;
                }
            };
            yield rows.iter().map(|row| manner.record(&cells(row))).collect::<String>();
            match more {
                Some(more) => key = Some(more),
                None => break,
            }
        }
    };
    Export::new(lines, name)
}

/// A report that is read as a whole, as a file.
pub(super) async fn report<T>(
    me: SignedIn,
    name: &str,
    manner: Manner,
    headings: &'static [&'static str],
    read: impl Fn(&rusqlite::Connection) -> Result<Vec<T>, StoreError> + Clone + Send + Sync + 'static,
    cells: impl Fn(&T) -> Vec<String> + Send + Sync + 'static,
) -> Export<TextStream<impl Stream<Item = String>>>
where
    T: Send + Sync + 'static,
{
    export::<T, ()>(
        me,
        name,
        manner,
        headings,
        move |c, _| Ok((read(c)?, None)),
        cells,
    )
    .await
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
        let manner = manner(Some("1"), Some(";"));
        assert_eq!(manner.head(&["a", "b"]), "\u{feff}a;b\r\n");
        assert_eq!(manner.line(&["1;2", "3,4"]), "\"1;2\";3,4\r\n");
    }

    #[test]
    fn moments_are_said_as_the_standard_has_it() {
        assert_eq!(moment(1_795_426_200_000), "2026-11-23T09:30:00Z");
    }
}
