use std::time::Duration;

use crate::actions::error::{ActionError, Interrupted};
use crate::app::App;
use crate::domain::Id;
use crate::domain::accounts::user::Actor;
use crate::domain::audience::import::{Row, Summary};
use crate::domain::phrase::Phrase;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::users;
use crate::store::audience::imports;
use crate::store::audience::imports::Came;
use crate::store::delivery::waiting;
use crate::store::{StoreError, Trouble};

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

/// How many of those with these addresses (`EmailAddress::key`) an owner has already.
///
/// # Errors
/// The database's.
pub async fn count_known(
    app: &App,
    owner: Id,
    keys: impl IntoIterator<Item = String>,
) -> Result<usize, StoreError> {
    let mut keys = keys.into_iter();
    let mut known = 0;
    loop {
        let piece: Vec<_> = keys.by_ref().take(PIECE).collect();
        if piece.is_empty() {
            return Ok(known);
        }
        known += app
            .store
            .read(move |c| imports::count_known(c, owner, &piece))
            .await?;
    }
}

/// Adds `count` recipients to an owner's, piece by piece, as they are read. Who is there already stays
/// as they are, unless `overwrite`: then they get the name and the comment that the table has for them.
/// Who has unsubscribed is added as such. Should the database fail in between, whoever was added before
/// stays, and the same table brings the rest. The audit log says what came of it; where it takes several
/// transactions, it also says when it began, so that one that never ended is known.
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
    let mut begun = (count > PIECE)
        .then(|| audit::detail(&Phrase::new("audit-detail-import-begun").with("count", count)));
    let mut rows = rows.into_iter().peekable();
    loop {
        let piece: Vec<_> = rows.by_ref().take(PIECE).collect();
        if piece.is_empty() {
            return Ok(imported);
        }
        let (now, actor, begun) = (app.clock.now(), actor.clone(), begun.take());
        let is_last = rows.peek().is_none();
        let put = app
            .store
            .write(move |c| {
                let user = users::by_id(c, owner)?.ok_or(ActionError::NotFound)?;
                let entry = Entry::of_user("import_recipients", owner, &user.email);
                if let Some(begun) = begun {
                    audit::record(c, &actor, entry.with(&begun), now)?;
                }
                let mut imported = imported;
                for row in &piece {
                    let came = waiting::import_recipient(c, owner, row, overwrite, now)?;
                    imported.count(came, row.unsubscribed);
                }
                if is_last {
                    audit::record(c, &actor, entry.with(&imported.detail()), now)?;
                }
                Ok::<_, ActionError>(imported)
            })
            .await;
        imported = match put {
            Ok(imported) => imported,
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

    /// For the audit log.
    fn detail(&self) -> String {
        let phrase = Phrase::new("audit-detail-imported")
            .with("added", self.added)
            .with("changed", self.changed)
            .with("known", self.known);
        audit::detail(&phrase)
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
