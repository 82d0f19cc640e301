use std::time::Duration;

use super::ActionError;
use crate::app::App;
use crate::domain::Id;
use crate::domain::import::Row;
use crate::domain::phrase::Phrase;
use crate::domain::user::Actor;
use crate::store::audit::{self, Entry};
use crate::store::imports::{self, Put};
use crate::store::users;

/// Rows of one transaction.
const PIECE: usize = 500;
/// Between two of them others write, in other processes, too.
const BREATH: Duration = Duration::from_millis(5);

/// What became of a table's rows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    pub added: usize,
    /// There already, and their name or comment is another now.
    pub changed: usize,
    /// There already.
    pub known: usize,
}

/// Adds recipients to an owner's, piece by piece. Who is there already stays as they are, unless
/// `overwrite`: then they get the name and the comment that the table has for them. Should it break
/// off, the same table brings the rest.
///
/// # Errors
/// There is no such owner; the database's.
pub async fn import_recipients(
    app: &App,
    actor: &Actor,
    owner: Id,
    rows: Vec<Row>,
    overwrite: bool,
) -> Result<Imported, ActionError> {
    let mut imported = Imported::default();
    let mut detail = Some(audit::detail(
        &Phrase::new("audit-detail-rows").with("count", rows.len()),
    ));
    let mut rows = rows.into_iter().map(|row| row.draft);
    loop {
        let piece: Vec<_> = rows.by_ref().take(PIECE).collect();
        if piece.is_empty() {
            return Ok(imported);
        }
        let (now, actor, detail) = (app.clock.now(), actor.clone(), detail.take());
        let put = app
            .store
            .write(move |c| {
                // With the first of them, so that it is known also where the rest never came.
                if let Some(detail) = detail {
                    let user = users::by_id(c, owner)?.ok_or(ActionError::NotFound)?;
                    let entry = Entry::of_user("import_recipients", owner, &user.email);
                    audit::record(c, &actor, entry.with(&detail), now)?;
                }
                let puts = piece
                    .iter()
                    .map(|draft| imports::put(c, owner, draft, overwrite, now));
                Ok::<_, ActionError>(puts.collect::<Result<Vec<_>, _>>()?)
            })
            .await;
        let put = match put {
            Ok(put) => put,
            Err(ActionError::Store(error)) if imported != Imported::default() => {
                tracing::error!(%error, "an import broke off");
                let done = imported.added + imported.changed + imported.known;
                return Err(ActionError::Refused(
                    Phrase::new("import-broken-off").with("count", done),
                ));
            }
            Err(error) => return Err(error),
        };
        for put in put {
            *match put {
                Put::Added => &mut imported.added,
                Put::Changed => &mut imported.changed,
                Put::Known => &mut imported.known,
            } += 1;
        }
        tokio::time::sleep(BREATH).await;
    }
}

impl Imported {
    /// In some sentences; `repeated` lines named somebody once more, and these columns were left.
    pub fn said(&self, repeated: usize, ignored: &[String]) -> Phrase {
        Phrase::new("import-done")
            .with("added", self.added)
            .with("changed", self.changed)
            .with("known", self.known)
            .with("repeated", repeated)
            .with("columns", ignored.len())
            .with("ignored", ignored.join(", "))
    }
}
