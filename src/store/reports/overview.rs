//! What the start page shows at a glance.

use rusqlite::{Connection, named_params};
use serde::Serialize;

use crate::domain::accounts::permission::Scope;
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::accounts::users;
use crate::store::accounts::users::Totals;
use crate::store::mailings::runs;
use crate::store::mailings::runs::Run;

/// How an owner's things stand, or everybody's. How many attempts there were, says
/// `statistics::since`.
#[derive(Debug, Clone)]
pub struct Overview {
    /// How many things there are. Recipients are unique by address, each owner's by themselves.
    pub totals: Totals,
    /// Mailings that were sent at least once and have not ended.
    pub running: i64,
    /// Unfinished runs, the newest first, with their mailings' titles.
    pub unfinished: Vec<(String, Run)>,
    /// There are more of them.
    pub more_unfinished: bool,
}

/// Most unfinished runs that are shown.
const SHOWN: usize = 10;

pub fn of(connection: &Connection, scope: Scope, now: Millis) -> Result<Overview, StoreError> {
    let totals = match scope {
        Scope::Own(id) => users::totals(connection, id)?,
        Scope::All => users::totals_of_all(connection)?,
    };
    let mut unfinished = unfinished(connection, scope)?;
    let more_unfinished = unfinished.len() > SHOWN;
    unfinished.truncate(SHOWN);
    Ok(Overview {
        totals,
        running: count_running(connection, scope, now)?,
        unfinished,
        more_unfinished,
    })
}

/// How many mailings have the status *running* (`MailingStatus::derive`).
pub fn count_running(
    connection: &Connection,
    scope: Scope,
    now: Millis,
) -> Result<i64, StoreError> {
    let sql = match scope {
        Scope::Own(_) => {
            "SELECT count(*) FROM mailings g
             WHERE g.owner_id = :owner AND g.ends_at > :now AND g.first_sent_at IS NOT NULL
               AND g.deleted_at IS NULL"
        }
        Scope::All => {
            "SELECT count(*) FROM users u
             CROSS JOIN mailings g ON g.owner_id = u.id AND g.ends_at > :now
               AND g.first_sent_at IS NOT NULL AND g.deleted_at IS NULL
             WHERE :owner IS NULL"
        }
    };
    Ok(connection.prepare_cached(sql)?.query_row(
        named_params! { ":owner": scope.owner(), ":now": now },
        |row| row.get(0),
    )?)
}

/// One more of them than is shown, if there is one.
fn unfinished(connection: &Connection, scope: Scope) -> Result<Vec<(String, Run)>, StoreError> {
    // There are as many as are under way on the whole server: few, and an index has just those.
    let found: Vec<(Id, String)> = connection
        .prepare_cached(
            "SELECT r.id, CASE g.title WHEN '' THEN r.subject ELSE g.title END
             FROM runs r JOIN mailings g ON g.id = r.mailing_id
             WHERE r.state IN ('active', 'paused') AND g.deleted_at IS NULL
               AND (:owner IS NULL OR g.owner_id = :owner)
             ORDER BY r.id DESC LIMIT :limit",
        )?
        .query_map(
            named_params! { ":owner": scope.owner(), ":limit": i64::try_from(SHOWN + 1).unwrap_or(i64::MAX) },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect::<rusqlite::Result<_>>()?;
    let mut shown = Vec::new();
    for (id, title) in found {
        if let Some(run) = runs::get(connection, scope, id)? {
            shown.push((title, run));
        }
    }
    Ok(shown)
}

/// What a report of everything says on top.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Figures {
    pub mailings: i64,
    pub running: i64,
    pub recipients: i64,
}

impl From<&Overview> for Figures {
    fn from(overview: &Overview) -> Self {
        Self {
            mailings: overview.totals.mailings,
            running: overview.running,
            recipients: overview.totals.recipients,
        }
    }
}
