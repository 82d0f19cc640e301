use std::time::Duration;

use crate::actions::error::{ActionError, Interrupted};
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::user::Actor;
use crate::domain::audience::import::{Row, Summary};
use crate::domain::phrase::Phrase;
use crate::store::Trouble;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::users;
use crate::store::audience::imports::Came;
use crate::store::delivery::waiting;

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
    /// Of these, who are active though the table says that they have unsubscribed.
    pub still_active: usize,
    /// Of those who were added, who have unsubscribed.
    pub unsubscribed: usize,
}

/// Adds `count` recipients to an owner's, piece by piece, as they are read. Who is there already stays
/// as they are, unless `overwrite`: then they get the name and the comment that the table has for them.
/// Who has unsubscribed is added as such. Should the database fail in between, whoever was added before
/// stays, and the same table brings the rest.
///
/// # Errors
/// There is no such owner; the database's, as [`ActionError::Interrupted`] where somebody was added.
pub async fn import_recipients(
    app: &App,
    actor: &Actor,
    owner: Id,
    count: usize,
    rows: impl IntoIterator<Item = Row>,
    overwrite: bool,
) -> Result<Imported, ActionError> {
    let mut imported = Imported::default();
    let mut detail = Some(audit::detail(
        &Phrase::new("audit-detail-rows").with("count", count),
    ));
    let mut rows = rows.into_iter();
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
                let puts = piece.iter().map(|row| {
                    let came = waiting::import_recipient(c, owner, row, overwrite, now)?;
                    Ok::<_, ActionError>((came, row.unsubscribed))
                });
                puts.collect::<Result<Vec<_>, _>>()
            })
            .await;
        let put = match put {
            Ok(put) => put,
            Err(ActionError::Store(error)) if imported != Imported::default() => {
                tracing::error!(%error, "an import broke off");
                let done = Phrase::new("import-broken-off")
                    .with("trouble", error.trouble().map_or("other", Trouble::name))
                    .with("added", imported.added)
                    .with("changed", imported.changed);
                return Err(ActionError::Interrupted(Box::new(Interrupted {
                    done,
                    error,
                })));
            }
            Err(error) => return Err(error),
        };
        for (came, unsubscribed) in put {
            imported.count(came, unsubscribed);
        }
        tokio::time::sleep(BREATH).await;
    }
}

/// Characters of the columns' headings that are named.
const NAMED: usize = 300;

impl Imported {
    fn count(&mut self, came: Came, unsubscribed: bool) {
        match came {
            Came::Added => {
                self.added += 1;
                self.unsubscribed += usize::from(unsubscribed);
            }
            Came::Changed => self.changed += 1,
            Came::Known => self.known += 1,
            Came::StillActive => {
                self.known += 1;
                self.still_active += 1;
            }
        }
    }

    /// In some sentences, with what the table came to beside that, and which columns were left.
    pub fn said(&self, summary: &Summary, ignored: &[String]) -> Phrase {
        let mut names = ignored.join(", ");
        if let Some((end, _)) = names.char_indices().nth(NAMED) {
            names.truncate(end);
            names.push('…');
        }
        Phrase::new("import-done")
            .with("added", self.added)
            .with("unsubscribed", self.unsubscribed)
            .with("changed", self.changed)
            .with("known", self.known)
            .with("active", self.still_active)
            .with("repeated", summary.repeated)
            .with("skipped", summary.wrong)
            .with("shape", summary.shape())
            .with("columns", ignored.len())
            .with("ignored", names)
    }
}
