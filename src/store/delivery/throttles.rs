//! What throttles keep: how much was sent in which minute, who complained, and what is full.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use crate::domain::Millis;
use crate::domain::delivery::limits::Limit;
use crate::domain::delivery::slowdown::Slowdown;
use crate::domain::phrase::{Arg, Phrase};
use crate::store::StoreError;

/// What a throttle is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A relay, by its name in the settings.
    Relay(String),
    /// A recipient domain, as A-labels.
    Domain(String),
}

impl Scope {
    fn key(&self) -> String {
        match self {
            Self::Relay(name) => format!("relay:{name}"),
            Self::Domain(name) => format!("domain:{name}"),
        }
    }

    fn by_key(key: &str) -> Option<Self> {
        match key.split_once(':')? {
            ("relay", name) => Some(Self::Relay(name.to_owned())),
            ("domain", name) => Some(Self::Domain(name.to_owned())),
            _ => None,
        }
    }
}

/// A limit of the settings that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub limit: Limit,
    pub until: Millis,
}

/// What has changed about one of them.
#[derive(Debug, Clone)]
pub struct State {
    pub scope: Scope,
    /// Minutes since 1970, and how many mails they have now.
    pub minutes: Vec<(i64, u32)>,
    pub slowdown: Option<Slowdown>,
    pub held: Option<Held>,
}

/// Keeps what has changed.
pub fn put(connection: &Connection, states: &[State], now: Millis) -> Result<(), StoreError> {
    for state in states {
        let scope = state.scope.key();
        for (minute, mails) in &state.minutes {
            connection
                .prepare_cached(
                    "INSERT INTO sent_minutes (scope, minute, mails) VALUES (:scope, :minute, :mails)
                     ON CONFLICT DO UPDATE SET mails = excluded.mails",
                )?
                .execute(named_params! { ":scope": scope, ":minute": minute, ":mails": mails })?;
        }
        connection
            .prepare_cached("DELETE FROM throttles WHERE scope = :scope")?
            .execute(named_params! { ":scope": scope })?;
        if let Some(slow) = &state.slowdown {
            connection
                .prepare_cached(
                    "INSERT INTO throttles (scope, kind, per_second, before, since, until, reply)
                     VALUES (:scope, 'slowed', :per_second, :before, :since, :changed, :reply)",
                )?
                .execute(named_params! {
                    ":scope": scope,
                    ":per_second": slow.per_second,
                    ":before": slow.before,
                    ":since": slow.since,
                    ":changed": slow.changed_at,
                    ":reply": slow.reply,
                })?;
        }
        if let Some(held) = state.held {
            connection
                .prepare_cached(
                    "INSERT INTO throttles (scope, kind, since, until)
                     VALUES (:scope, :kind, :now, :until)",
                )?
                .execute(named_params! {
                    ":scope": scope,
                    ":kind": held.limit.name(),
                    ":now": now,
                    ":until": held.until,
                })?;
        }
    }
    // A day counts; one more minute is being counted.
    connection
        .prepare_cached("DELETE FROM sent_minutes WHERE minute < :oldest")?
        .execute(named_params! { ":oldest": now.div_euclid(60_000) - 24 * 60 - 1 })?;
    Ok(())
}

/// Forgets the complaints of relays that there are no more; these are the ones that there are.
pub fn keep_relays(connection: &Connection, names: &[String]) -> Result<(), StoreError> {
    let scopes: Vec<String> = connection
        .prepare_cached("SELECT DISTINCT scope FROM throttles")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for scope in scopes {
        if let Some(Scope::Relay(name)) = Scope::by_key(&scope)
            && !names.contains(&name)
        {
            connection
                .prepare_cached("DELETE FROM throttles WHERE scope = :scope")?
                .execute(named_params! { ":scope": scope })?;
        }
    }
    Ok(())
}

/// What an engine finds when it takes over.
pub struct Kept {
    pub scope: Scope,
    pub minutes: Vec<(i64, u32)>,
    pub slowdown: Option<Slowdown>,
}

/// Everything that was kept.
pub fn all(connection: &Connection) -> Result<Vec<Kept>, StoreError> {
    let keys: Vec<String> = connection
        .prepare_cached(
            "SELECT scope FROM sent_minutes UNION SELECT scope FROM throttles WHERE kind = 'slowed'",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut kept = Vec::new();
    for key in keys {
        let Some(scope) = Scope::by_key(&key) else {
            continue;
        };
        kept.push(Kept {
            scope,
            minutes: connection
                .prepare_cached(
                    "SELECT minute, mails FROM sent_minutes WHERE scope = :scope ORDER BY minute",
                )?
                .query_map(named_params! { ":scope": key }, |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .collect::<rusqlite::Result<_>>()?,
            slowdown: connection
                .prepare_cached(
                    "SELECT per_second, before, since, until, reply FROM throttles
                     WHERE scope = :scope AND kind = 'slowed'",
                )?
                .query_row(named_params! { ":scope": key }, |row| {
                    let rates = (row.get(0)?, row.get(1)?);
                    Ok(Slowdown::restored(
                        rates,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                    ))
                })
                .optional()?,
        });
    }
    Ok(kept)
}

/// Why mails go out more slowly than they could.
#[derive(Debug, Clone, PartialEq)]
pub struct Slow {
    pub scope: Scope,
    pub limit: Limit,
    /// Mails a second, where that is what is limited.
    pub per_second: Option<f64>,
    /// When a full hour or day has room again.
    pub until: Option<Millis>,
    /// The complaint, in the server's words.
    pub reply: String,
}

impl Slow {
    /// What a reader of a run's progress should know of it.
    pub fn phrase(self) -> Phrase {
        let (key, name) = match (&self.scope, self.limit) {
            (Scope::Relay(name), Limit::Slowed) => ("slow-relay-complained", name),
            (Scope::Relay(name), Limit::PerHour) => ("slow-relay-hour", name),
            (Scope::Relay(name), Limit::PerDay) => ("slow-relay-day", name),
            (Scope::Domain(name), Limit::Slowed) => ("slow-domain-complained", name),
            (Scope::Domain(name), Limit::PerHour) => ("slow-domain-hour", name),
            (Scope::Domain(name), Limit::PerDay) => ("slow-domain-day", name),
        };
        let per_minute = self.per_second.map(|rate| (rate * 60.0).round().max(1.0));
        Phrase {
            key,
            args: vec![
                ("name", Arg::Words(name.clone())),
                (
                    "rate",
                    Arg::Words(per_minute.map_or_else(String::new, |rate| rate.to_string())),
                ),
                ("until", Arg::Moment(self.until.unwrap_or_default())),
                ("text", Arg::Words(self.reply)),
            ],
        }
    }
}

/// Everything that slows sending down at this moment, relays first.
pub fn slow(connection: &Connection, now: Millis) -> Result<Vec<Slow>, StoreError> {
    let rows = connection
        .prepare_cached(
            "SELECT scope, kind, per_second, until, reply FROM throttles
             WHERE kind = 'slowed' OR until > :now ORDER BY scope DESC, kind",
        )?
        .query_map(named_params! { ":now": now }, |row| {
            let (scope, kind): (String, String) = (row.get(0)?, row.get(1)?);
            let per_second: Option<f64> = row.get(2)?;
            let until: Millis = row.get(3)?;
            let reply: String = row.get(4)?;
            Ok(Scope::by_key(&scope)
                .zip(Limit::by_name(&kind))
                .map(|(scope, limit)| Slow {
                    scope,
                    limit,
                    per_second,
                    until: (limit != Limit::Slowed).then_some(until),
                    reply,
                }))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(rows.into_iter().flatten().collect())
}
