//! The query behind the log of attempts: which index it walks along, between which moments, and what
//! must hold for a row to be shown.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, ToSql};

use crate::domain::accounts::permission::Scope;
use crate::domain::delivery::attempt_filter::Place;
use crate::domain::delivery::attempt_filter::{AttemptFilter, Code, Ended};
use crate::domain::reports::statistics::SLOT;
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::audience::recipients;

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum From {
    #[default]
    Newest,
    /// Those before this place in time.
    Older(Place),
    /// Those after it.
    Newer(Place),
}

/// A query that grows.
pub(in crate::store) struct Query {
    source: String,
    /// What must hold for a row to be walked over at all.
    range: Vec<String>,
    /// What must hold for it to be shown.
    hit: Vec<&'static str>,
    values: Vec<(&'static str, Value)>,
}

impl Query {
    fn range(&mut self, condition: &str) {
        self.range.push(condition.to_owned());
    }

    fn hit(&mut self, condition: &'static str) {
        self.hit.push(condition);
    }

    fn bind(&mut self, name: &'static str, value: impl Into<Value>) {
        self.values.push((name, value.into()));
    }

    /// Where the walk begins; in which order it goes.
    pub(in crate::store) fn begin(&mut self, from: From) -> &'static str {
        let (edge, order) = match from {
            From::Newest => (None, "DESC"),
            From::Older(place) => (Some((place, "<")), "DESC"),
            From::Newer(place) => (Some((place, ">")), "ASC"),
        };
        if let Some((place, sign)) = edge {
            self.range(&format!("(a.at, a.id) {sign} (:edge_at, :edge_id)"));
            self.bind(":edge_at", place.at);
            self.bind(":edge_id", place.id);
        }
        order
    }

    pub(in crate::store) fn sql(&self, order: &str) -> String {
        let hit = if self.hit.is_empty() {
            "1".to_owned()
        } else {
            self.hit.join(" AND ")
        };
        format!(
            "SELECT a.id, a.at, {hit}, d.email, d.name, a.outcome, a.code, a.enhanced, a.text,
                    a.server, a.duration_ms, a.nth, a.run_id, r.mailing_id,
                    CASE g.title WHEN '' THEN r.subject ELSE g.title END,
                    g.deleted_at IS NOT NULL, p.id, a.charged_to
             FROM {}
             CROSS JOIN runs r ON r.id = a.run_id
             CROSS JOIN mailings g ON g.id = r.mailing_id
             LEFT JOIN recipients p ON p.id = d.recipient_id
             WHERE {}
             ORDER BY a.at {order}, a.id {order}",
            self.source,
            self.range.join(" AND ")
        )
    }

    pub(in crate::store) fn params(&self) -> Vec<(&str, &dyn ToSql)> {
        self.values
            .iter()
            .map(|(name, value)| (*name, value as &dyn ToSql))
            .collect()
    }
}

/// When those runs of the scope were at work that the filter can mean: `None` where there are none.
fn window(
    connection: &Connection,
    scope: Scope,
    filter: &AttemptFilter,
) -> rusqlite::Result<Option<(Millis, Millis)>> {
    let (basic, enhanced) = match &filter.code {
        None => (None, None),
        Some(Code::Basic(code)) => (Some(*code), None),
        Some(Code::Enhanced(code)) => (None, Some(code.as_str())),
    };
    let sql = window_sql(scope, filter);
    let found: Option<(Option<i64>, Option<i64>)> = connection
        .prepare_cached(&sql)?
        .query_row(
            rusqlite::named_params! {
                ":owner": scope.owner(), ":mailing": filter.mailing, ":run": filter.run,
                ":domain": filter.domain, ":basic": basic, ":enhanced": enhanced,
            },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    Ok(match found {
        Some((Some(first), Some(last))) => Some((first * SLOT, (last + 1) * SLOT)),
        _ => None,
    })
}

pub(in crate::store) fn window_sql(scope: Scope, filter: &AttemptFilter) -> String {
    // Each of these begins at an index; which of them depends on what is asked for.
    let which = if filter.run.is_some() {
        "r.id = :run AND (:mailing IS NULL OR r.mailing_id = :mailing)
         AND (:owner IS NULL OR r.owner_id = :owner)"
    } else if filter.mailing.is_some() {
        "r.mailing_id = :mailing AND (:owner IS NULL OR r.owner_id = :owner) AND :run IS NULL"
    } else if scope == Scope::All {
        "(:owner IS NULL AND :mailing IS NULL AND :run IS NULL)"
    } else {
        "r.owner_id = :owner AND :mailing IS NULL AND :run IS NULL"
    };
    format!(
        "SELECT min((SELECT min(t.slot) FROM totals_of_time t WHERE t.run_id = r.id)),
                max((SELECT max(t.slot) FROM totals_of_time t WHERE t.run_id = r.id))
         FROM runs r
         WHERE {which}
           AND (:domain IS NULL OR EXISTS (SELECT 1 FROM totals_of_run_domains t
                                           WHERE t.run_id = r.id AND t.domain = :domain))
           AND (:basic IS NULL OR EXISTS (SELECT 1 FROM totals_of_run_replies t
                                          WHERE t.run_id = r.id AND t.code = :basic))
           AND (:enhanced IS NULL OR EXISTS (SELECT 1 FROM totals_of_run_replies t
                                             WHERE t.run_id = r.id AND t.enhanced = :enhanced))"
    )
}

/// The query for a filter; `None` where nothing can match.
pub(in crate::store) fn query(
    connection: &Connection,
    scope: Scope,
    filter: &AttemptFilter,
) -> Result<Option<Query>, StoreError> {
    let mut from = filter.from.unwrap_or(Millis::MIN);
    let mut until = filter.until.unwrap_or(Millis::MAX);
    let known = match &filter.address {
        Some(address) => recipients::known_as(connection, scope, &address.key())?,
        None => Vec::new(),
    };
    let mut known_of_runs = filter.clone();
    if let Some(address) = filter.address.as_ref().filter(|_| known.is_empty()) {
        // Whoever is no recipient any more had this domain all the same.
        let domain = address.ascii_domain().to_ascii_lowercase();
        known_of_runs.domain.get_or_insert(domain);
    }
    if known_of_runs.mailing.is_some()
        || known_of_runs.run.is_some()
        || known_of_runs.code.is_some()
        || known_of_runs.domain.is_some()
    {
        let Some((first, last)) = window(connection, scope, &known_of_runs)? else {
            return Ok(None);
        };
        from = from.max(first);
        until = until.min(last);
    }
    let mut query = Query {
        source: String::new(),
        range: Vec::new(),
        hit: Vec::new(),
        values: Vec::new(),
    };
    place(scope, filter, &known, &mut query);
    query.range("a.at >= :from AND a.at < :until");
    query.bind(":from", from);
    query.bind(":until", until);
    if let Some(owner) = scope.owner() {
        query.range("a.owner_id = :owner");
        query.bind(":owner", owner);
    }
    if let Some(run) = filter.run {
        query.hit("a.run_id = :run");
        query.bind(":run", run);
    }
    if let Some(mailing) = filter.mailing {
        query.hit("r.mailing_id = :mailing");
        query.bind(":mailing", mailing);
    }
    match filter.ended {
        None => {}
        Some(Ended::Failed) => query.hit("a.outcome <> 'accepted'"),
        Some(Ended::As(outcome)) => {
            query.hit("a.outcome = :outcome");
            query.bind(":outcome", outcome.name().to_owned());
        }
    }
    match &filter.code {
        None => {}
        Some(Code::Basic(code)) => {
            query.hit("a.code IS :code");
            query.bind(":code", i64::from(*code));
        }
        Some(Code::Enhanced(code)) => {
            query.hit("a.enhanced IS :code");
            query.bind(":code", code.clone());
        }
    }
    if let Some(domain) = &filter.domain {
        query.hit("domain_of(d.email) = :domain");
        query.bind(":domain", domain.clone());
    }
    Ok(Some(query))
}

/// Where the walk is made. `known` are the recipients that have the address.
fn place(scope: Scope, filter: &AttemptFilter, known: &[Id], query: &mut Query) {
    if let Some(address) = &filter.address {
        if !known.is_empty() {
            let list: Vec<String> = known.iter().map(Id::to_string).collect();
            "deliveries d INDEXED BY deliveries_by_recipient
             CROSS JOIN attempts a INDEXED BY attempts_by_delivery ON a.delivery_id = d.id"
                .clone_into(&mut query.source);
            query.range("d.recipient_id IN (SELECT value FROM json_each(:recipients))");
            query.bind(":recipients", format!("[{}]", list.join(",")));
            return;
        }
        // Deleted, or under another address by now: the deliveries still say it.
        query.hit("address_key(d.email) = :address");
        query.bind(":address", address.key());
    }
    let only_failures = filter.ended.is_some_and(Ended::is_failure)
        || filter.code.as_ref().is_some_and(Code::is_failure);
    let index = match (scope, only_failures) {
        (Scope::All, true) => {
            query.range("a.outcome <> 'accepted'");
            "attempts_failed_by_time"
        }
        (Scope::All, false) => "attempts_by_time",
        (Scope::Own(_), true) => {
            query.range("a.outcome <> 'accepted'");
            "attempts_failed"
        }
        (Scope::Own(_), false) => "attempts_by_owner",
    };
    query.source =
        format!("attempts a INDEXED BY {index} CROSS JOIN deliveries d ON d.id = a.delivery_id");
}
