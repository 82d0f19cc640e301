//! Files (see `export`) as answers.

use rocket::futures::Stream;
use rocket::http::{ContentType, Header};
use rocket::response::Responder;
use rocket::response::stream::TextStream;

use super::visitor::SignedIn;
use crate::actions;
use crate::export::{Manner, Read, Table};
use crate::store::StoreError;

/// Reads how a file is to be written: `bom=1` puts Excel's mark in front, `sep=;` separates as it
/// expects.
pub(in crate::web) fn manner(bom: Option<&str>, sep: Option<&str>) -> Manner {
    Manner {
        has_mark: bom == Some("1"),
        separator: if sep == Some(";") { b';' } else { b',' },
    }
}

/// A file to be kept.
#[derive(Responder)]
pub(in crate::web) struct Export<S> {
    lines: S,
    content_type: ContentType,
    name: Header<'static>,
}

impl<S> Export<S> {
    /// `name` without its `.csv`.
    pub(in crate::web) fn new(lines: S, name: &str) -> Self {
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

/// A list as a file.
pub(in crate::web) async fn export<T, K>(
    me: SignedIn,
    manner: Manner,
    table: &'static Table<T>,
    next: impl Fn(&rusqlite::Connection, Option<K>) -> Read<T, K> + Clone + Send + Sync + 'static,
) -> Export<TextStream<impl Stream<Item = String>>>
where
    T: Send + Sync + 'static,
    K: Send + Sync + 'static,
{
    let reader = me.reader().clone();
    let cells = move |row: &T| (table.cells)(row, &reader);
    stream(me, table.name, manner, table.headings, next, cells).await
}

/// A file: read page by page while it is sent, so that its length costs time and no
/// memory. `next` reads the rows from a key on; the first time there is none. The audit log says who took
/// it.
async fn stream<T, K>(
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
pub(in crate::web) async fn report(
    me: SignedIn,
    name: &str,
    manner: Manner,
    headings: &'static [&'static str],
    read: impl Fn(&rusqlite::Connection) -> Result<Vec<Vec<String>>, StoreError>
    + Clone
    + Send
    + Sync
    + 'static,
) -> Export<TextStream<impl Stream<Item = String>>> {
    let next = move |c: &rusqlite::Connection, _: Option<()>| Ok((read(c)?, None));
    stream(me, name, manner, headings, next, Vec::clone).await
}
