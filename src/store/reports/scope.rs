//! Of which attempts statistics are asked, and where their totals lie.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, ToSql};

use crate::domain::accounts::permission::Scope;
use crate::domain::reports::statistics::SLOT;
use crate::domain::{Id, Millis};
use crate::store::StoreError;

/// Of which attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatsScope {
    pub scope: Scope,
    /// Of one mailing, whose owner has been looked at by whoever asks; then `scope` is not.
    pub mailing: Option<Id>,
    /// Of one of that mailing's runs.
    pub run: Option<Id>,
    /// From this moment on; only of whole owners, not of a mailing.
    pub from: Option<Millis>,
    /// Before this moment.
    pub until: Option<Millis>,
}

impl StatsScope {
    pub const fn everything(scope: Scope) -> Self {
        Self {
            scope,
            mailing: None,
            run: None,
            from: None,
            until: None,
        }
    }

    pub const fn mailing(mailing: Id, run: Option<Id>) -> Self {
        Self {
            scope: Scope::All,
            mailing: Some(mailing),
            run,
            from: None,
            until: None,
        }
    }

    const fn is_whole(&self) -> bool {
        self.from.is_none() && self.until.is_none()
    }

    /// `FROM … WHERE …` over the totals of time: by run where that is what is asked for, else owner
    /// by owner, each a range of the key.
    pub(in crate::store) fn of_time(&self) -> &'static str {
        match (self.mailing, self.run) {
            (_, Some(_)) => {
                " FROM runs r CROSS JOIN totals_of_time t ON t.run_id = r.id
                  WHERE r.id = :run AND r.mailing_id = :mailing"
            }
            (Some(_), None) => {
                " FROM runs r CROSS JOIN totals_of_time t ON t.run_id = r.id
                  WHERE r.mailing_id = :mailing"
            }
            (None, None) if self.scope == Scope::All => {
                " FROM users u CROSS JOIN totals_of_time t ON t.owner_id = u.id
                  WHERE t.slot >= :from AND t.slot < :until"
            }
            (None, None) => {
                " FROM totals_of_time t
                  WHERE t.owner_id = :owner AND t.slot >= :from AND t.slot < :until"
            }
        }
    }

    /// The same over the totals of a dimension that is kept by slot and by run. Without a period
    /// the runs have fewer rows.
    pub(in crate::store) fn of_kind(&self, by_slot: &str, by_run: &str) -> String {
        let all = self.scope == Scope::All;
        match (self.mailing, self.run) {
            (_, Some(_)) => format!(
                " FROM runs r CROSS JOIN {by_run} t ON t.run_id = r.id
                  WHERE r.id = :run AND r.mailing_id = :mailing"
            ),
            (Some(_), None) => format!(
                " FROM runs r CROSS JOIN {by_run} t ON t.run_id = r.id
                  WHERE r.mailing_id = :mailing"
            ),
            (None, None) if self.is_whole() && all => format!(" FROM {by_run} t WHERE 1 = 1"),
            (None, None) if self.is_whole() => format!(
                " FROM runs r CROSS JOIN {by_run} t ON t.run_id = r.id WHERE r.owner_id = :owner"
            ),
            (None, None) if all => format!(
                " FROM users u CROSS JOIN {by_slot} t ON t.owner_id = u.id
                  WHERE t.slot >= :from AND t.slot < :until"
            ),
            (None, None) => format!(
                " FROM {by_slot} t
                  WHERE t.owner_id = :owner AND t.slot >= :from AND t.slot < :until"
            ),
        }
    }

    /// The values that a query names.
    fn values(&self, sql: &str) -> Vec<(&'static str, Value)> {
        let slot = |at: Option<Millis>, else_slot| at.map_or(else_slot, |at| at.div_euclid(SLOT));
        [
            (":mailing", self.mailing.unwrap_or_default().into()),
            (":run", self.run.unwrap_or_default().into()),
            (":owner", self.scope.owner().unwrap_or_default().into()),
            (":from", slot(self.from, i64::MIN).into()),
            (":until", slot(self.until, i64::MAX).into()),
        ]
        .into_iter()
        .filter(|(name, _)| sql.contains(name))
        .collect()
    }

    pub(in crate::store) fn rows<T>(
        &self,
        connection: &Connection,
        sql: &str,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let values = self.values(sql);
        let params: Vec<(&str, &dyn ToSql)> = values
            .iter()
            .map(|(name, value)| (*name, value as &dyn ToSql))
            .collect();
        Ok(connection
            .prepare_cached(sql)?
            .query_map(params.as_slice(), map)?
            .collect::<rusqlite::Result<_>>()?)
    }
}
