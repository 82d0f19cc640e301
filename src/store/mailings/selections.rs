//! Which recipients a selection means, in SQL.

use std::collections::HashSet;

use rusqlite::{Connection, named_params};

use crate::domain::accounts::permission::Scope;
use crate::domain::mailings::selection::Selection;
use crate::domain::page::Found;
use crate::domain::{Id, text};
use crate::store::accounts::users;
use crate::store::audience::search;
use crate::store::db::window;
use crate::store::{StoreError, mailings};

/// Holds for the rows of `recipients r` that a selection means.
pub(in crate::store) const SELECTED: &str = "r.owner_id = :owner
   AND r.id NOT IN (SELECT value FROM json_each(:without))
   AND (:everybody
        OR r.id IN (SELECT value FROM json_each(:with))
        OR EXISTS (SELECT 1 FROM members t
                   WHERE t.mailing_id = :current AND t.edition = :edition
                     AND t.recipient_id = r.id)
        OR EXISTS (SELECT 1 FROM json_each(:matching) q WHERE instr(r.search_text, q.value) > 0))";

/// The values that `SELECTED` names.
pub(in crate::store) struct Selected {
    pub(in crate::store) owner: Id,
    pub(in crate::store) current: Option<Id>,
    pub(in crate::store) edition: i64,
    pub(in crate::store) everybody: bool,
    pub(in crate::store) with: String,
    pub(in crate::store) without: String,
    pub(in crate::store) matching: String,
}

impl Selected {
    pub(in crate::store) fn new(
        owner: Id,
        mailing: Option<(Id, i64)>,
        selection: &Selection,
    ) -> Self {
        let folded: Vec<String> = selection.matching.iter().map(|s| text::fold(s)).collect();
        let json = |value: serde_json::Result<String>| value.unwrap_or_else(|_| "[]".to_owned());
        let current = mailing.filter(|_| selection.current);
        Self {
            owner,
            current: current.map(|(id, _)| id),
            edition: current.map_or(0, |(_, edition)| edition),
            everybody: selection.is_everybody(),
            with: json(serde_json::to_string(&selection.with)),
            without: json(serde_json::to_string(&selection.without)),
            matching: json(serde_json::to_string(&folded)),
        }
    }
}

macro_rules! selected_params {
    ($selected:expr $(, $name:literal : $value:expr)*) => {
        named_params! {
            ":owner": $selected.owner,
            ":current": $selected.current,
            ":edition": $selected.edition,
            ":everybody": $selected.everybody,
            ":with": $selected.with,
            ":without": $selected.without,
            ":matching": $selected.matching,
            $($name: $value,)*
        }
    };
}

/// Which of `ids` a selection means.
pub fn selected_among(
    connection: &Connection,
    owner: Id,
    mailing: Option<Id>,
    selection: &Selection,
    ids: &[Id],
) -> Result<Vec<Id>, StoreError> {
    let mailing = mailings::edition(connection, mailing)?;
    let selected = Selected::new(owner, mailing, selection);
    Ok(connection
        .prepare_cached(&format!(
            "SELECT r.id FROM json_each(:among) a CROSS JOIN recipients r ON r.id = a.value
             WHERE {SELECTED}"
        ))?
        .query_map(selected_params!(selected, ":among": json(ids)), |row| {
            row.get(0)
        })?
        .collect::<rusqlite::Result<_>>()?)
}

/// What became of a portion of an owner's recipients.
pub(in crate::store) struct Portion {
    pub(in crate::store) looked_at: i64,
    pub(in crate::store) found: i64,
    /// The last recipient of it, if there may be more behind it.
    pub(in crate::store) end: Option<Id>,
}

/// Looks at the next `rows` recipients behind `after` and up to `upto`, and puts those who are meant
/// into an edition of a mailing's members.
pub(in crate::store) fn add_selected(
    connection: &Connection,
    (mailing, edition): (Id, i64),
    selected: &Selected,
    (after, upto): (Id, Id),
    rows: i64,
) -> Result<Portion, StoreError> {
    let (looked_at, end): (i64, Option<Id>) = connection
        .prepare_cached(
            "SELECT count(*), max(id) FROM (SELECT r.id FROM recipients r
                 WHERE r.owner_id = :owner AND r.id > :after AND r.id <= :upto
                 ORDER BY r.id LIMIT :rows)",
        )?
        .query_row(
            named_params! {
                ":owner": selected.owner, ":after": after, ":upto": upto, ":rows": rows,
            },
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
    let found = connection
        .prepare_cached(&format!(
            "INSERT OR IGNORE INTO members (mailing_id, edition, recipient_id)
             SELECT :mailing, :filled, r.id FROM recipients r
             WHERE r.id > :after AND r.id <= :end AND {SELECTED} ORDER BY r.id"
        ))?
        .execute(selected_params!(selected,
            ":mailing": mailing, ":filled": edition, ":after": after, ":end": end))?;
    Ok(Portion {
        looked_at,
        found: i64::try_from(found).unwrap_or(0),
        end: end.filter(|_| looked_at == rows),
    })
}

fn json(ids: &[Id]) -> String {
    serde_json::to_string(ids).unwrap_or_else(|_| "[]".to_owned())
}

/// Which of `ids` match a search.
pub fn matching_among(
    connection: &Connection,
    owner: Id,
    words: &str,
    ids: impl IntoIterator<Item = Id>,
) -> Result<Vec<Id>, StoreError> {
    let ids: Vec<Id> = ids.into_iter().collect();
    window::folded(words)?;
    let mut selection = Selection::default();
    selection.matching.push(words.to_owned());
    selected_among(connection, owner, None, &selection, &ids)
}

/// Why a selection with searches is a slip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fruitless {
    /// None of the owner's recipients has these words.
    Search(String),
    /// All whom its searches find are left out, and it means nobody else.
    LeftOut,
}

/// Looks whether each search of a selection finds somebody, and the whole of it means somebody. Only
/// that is asked, not how many; searches that would have to be followed through more than can be looked
/// at while somebody waits are taken to find somebody.
pub fn fruitless(
    connection: &Connection,
    owner: Id,
    mailing: Option<Id>,
    selection: &Selection,
) -> Result<Option<Fruitless>, StoreError> {
    for words in selection.matching.iter().filter(|words| !words.is_empty()) {
        if !finds_any(connection, owner, words, "[]")? {
            return Ok(Some(Fruitless::Search(words.clone())));
        }
    }
    let is_ticked = !selection.with.is_subset(&selection.without);
    let is_by_search = !selection.matching.is_empty() && !selection.is_everybody();
    if !is_by_search || is_ticked || selection.without.is_empty() {
        return Ok(None);
    }
    let mailing = mailings::edition(connection, mailing)?;
    let selected = Selected::new(owner, mailing, selection);
    for words in &selection.matching {
        if finds_any(connection, owner, words, &selected.without)? {
            return Ok(None);
        }
    }
    let is_kept = connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM members t
                 WHERE t.mailing_id = :current AND t.edition = :edition
                   AND t.recipient_id NOT IN (SELECT value FROM json_each(:without)))",
        )?
        .query_row(
            named_params! {
                ":current": selected.current, ":edition": selected.edition,
                ":without": selected.without,
            },
            |row| row.get::<_, bool>(0),
        )?;
    Ok((!is_kept).then_some(Fruitless::LeftOut))
}

/// Whether a search finds anybody of an owner's but those without whom it is. Words that are too short
/// for the index are looked for among the newest, and may find somebody behind them.
fn finds_any(
    connection: &Connection,
    owner: Id,
    words: &str,
    without: &str,
) -> Result<bool, StoreError> {
    if let Some(phrase) = search::phrase(words)? {
        let (from, to) = search::rows(Scope::Own(owner));
        return Ok(connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM recipients_search f
                     WHERE f.text MATCH :phrase AND f.rowid BETWEEN :from AND :to
                       AND f.rowid & 1099511627775 NOT IN (SELECT value FROM json_each(:without)))",
            )?
            .query_row(
                named_params! {
                    ":phrase": phrase, ":from": from, ":to": to, ":without": without,
                },
                |row| row.get(0),
            )?);
    }
    if users::totals(connection, owner)?.recipients > COUNTED {
        return Ok(true);
    }
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM recipients r
                 WHERE r.owner_id = :owner AND instr(r.search_text, :words) > 0
                   AND r.id NOT IN (SELECT value FROM json_each(:without)))",
        )?
        .query_row(
            named_params! { ":owner": owner, ":words": text::fold(words), ":without": without },
            |row| row.get(0),
        )?)
}

/// Recipients up to which a selection is counted row by row.
const COUNTED: i64 = 20_000;

/// How many a selection means. Exactly, unless its searches would have to be followed through
/// more than can be looked at while somebody waits.
pub fn count_selected(
    connection: &Connection,
    owner: Id,
    mailing: Option<Id>,
    selection: &Selection,
) -> Result<Found, StoreError> {
    let total = users::totals(connection, owner)?.recipients;
    let mailing = mailings::edition(connection, mailing)?;
    let selected = Selected::new(owner, mailing, selection);
    if total <= COUNTED {
        return count_rows(connection, &selected);
    }
    if selected.everybody {
        let without: Vec<Id> = selection.without.iter().copied().collect();
        let left_out = count_owned(connection, owner, &without)?;
        return Ok(Found::Exactly(total - left_out));
    }
    if selection.matching.is_empty() {
        return count_ticked(connection, &selected, selection);
    }
    count_searched(connection, &selected, selection)
}

fn count_rows(connection: &Connection, selected: &Selected) -> Result<Found, StoreError> {
    let count = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM recipients r WHERE {SELECTED}"
        ))?
        .query_row(selected_params!(selected), |row| row.get(0))?;
    Ok(Found::Exactly(count))
}

fn count_owned(connection: &Connection, owner: Id, ids: &[Id]) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM json_each(:ids) a CROSS JOIN recipients r ON r.id = a.value
             WHERE r.owner_id = :owner",
        )?
        .query_row(
            named_params! { ":ids": json(ids), ":owner": owner },
            |row| row.get(0),
        )?)
}

/// Those of the mailing, with the ticks: its own count is kept, and only the ticks are looked at.
fn count_ticked(
    connection: &Connection,
    selected: &Selected,
    selection: &Selection,
) -> Result<Found, StoreError> {
    let members = match selected.current {
        None => 0,
        Some(mailing) => mailings::members(connection, mailing)?,
    };
    let ticked: Vec<Id> = selection
        .with
        .difference(&selection.without)
        .copied()
        .collect();
    let unticked: Vec<Id> = selection.without.iter().copied().collect();
    let inside = |ids: &[Id]| -> Result<i64, StoreError> {
        Ok(connection
            .prepare_cached(
                "SELECT count(*) FROM json_each(:ids) a CROSS JOIN members t
                     ON t.mailing_id = :current AND t.edition = :edition
                        AND t.recipient_id = a.value",
            )?
            .query_row(
                named_params! {
                    ":ids": json(ids), ":current": selected.current, ":edition": selected.edition,
                },
                |row| row.get(0),
            )?)
    };
    let added = count_owned(connection, selected.owner, &ticked)? - inside(&ticked)?;
    Ok(Found::Exactly(members + added - inside(&unticked)?))
}

/// What searches of many recipients find, as far as is counted.
fn count_searched(
    connection: &Connection,
    selected: &Selected,
    selection: &Selection,
) -> Result<Found, StoreError> {
    let members = match selected.current {
        None => 0,
        Some(mailing) => mailings::members(connection, mailing)?,
    };
    let phrases: Option<Vec<String>> = selection
        .matching
        .iter()
        .map(|words| search::phrase(words))
        .collect::<Result<_, _>>()?;
    let (Some(phrases), true) = (phrases, members <= COUNTED) else {
        return newest_selected(connection, selected);
    };
    let limit = COUNTED + i64::try_from(selection.without.len()).unwrap_or(0);
    let (from, to) = search::rows(Scope::Own(selected.owner));
    let mut found: HashSet<Id> = HashSet::new();
    for phrase in phrases {
        let mut statement = connection.prepare_cached(
            "SELECT f.rowid & 1099511627775 FROM recipients_search f
             WHERE f.text MATCH :phrase AND f.rowid BETWEEN :from AND :to LIMIT :limit + 1",
        )?;
        let ids = statement.query_map(
            named_params! { ":phrase": phrase, ":from": from, ":to": to, ":limit": limit },
            |row| row.get(0),
        )?;
        for id in ids {
            found.insert(id?);
        }
        if i64::try_from(found.len()).is_ok_and(|count| count > limit) {
            return Ok(Found::AtLeast(COUNTED));
        }
    }
    let mut statement = connection.prepare_cached(
        "SELECT r.id FROM json_each(:with) a CROSS JOIN recipients r ON r.id = a.value
         WHERE r.owner_id = :owner
         UNION ALL
         SELECT t.recipient_id FROM members t
         WHERE t.mailing_id = :current AND t.edition = :edition",
    )?;
    let more = statement.query_map(
        named_params! {
            ":with": selected.with, ":owner": selected.owner,
            ":current": selected.current, ":edition": selected.edition,
        },
        |row| row.get(0),
    )?;
    for id in more {
        found.insert(id?);
    }
    found.retain(|id| !selection.without.contains(id));
    let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
    Ok(Found::bounded(count, COUNTED))
}

/// How many of the newest recipients are meant: at least so many are.
fn newest_selected(connection: &Connection, selected: &Selected) -> Result<Found, StoreError> {
    let count = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM recipients r WHERE {SELECTED} AND r.id >= (
                 SELECT min(id) FROM (SELECT n.id FROM recipients n WHERE n.owner_id = :owner
                                      ORDER BY n.id DESC LIMIT {COUNTED}))"
        ))?
        .query_row(selected_params!(selected), |row| row.get(0))?;
    Ok(Found::AtLeast(count))
}
