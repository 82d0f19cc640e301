//! Putting a mailing's recipients together, however many they are, without holding the writer.
//!
//! A mailing's recipients come in editions, of which one counts (`mailings.edition`, and the view
//! `mailing_recipients`). Another one is filled beside it, so many recipients a transaction, in the
//! order of their numbers. Where it stands is in the database, so whoever comes after a crash goes
//! on from there, and two who do it at once do each piece once. When the last recipient has been
//! looked at, the edition takes its place in one step, and the old one is put away in pieces. Until
//! then a new mailing is hidden as a deleted one is, and a changed one has the recipients that it
//! had. Called off, the edition is put away, and a new mailing with it.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::Mailing;
use super::selections::{Selected, add_selected};
use crate::domain::mailings::mailing::MailingDraft;
use crate::domain::mailings::selection::Selection;
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::accounts::users;
use crate::store::accounts::users::Kept;
use crate::store::db::stopwatch::{Budget, Portions};
use crate::store::mailings;

/// Most recipients that are looked at, or put away, in one transaction: some 30 ms with a plain search.
/// What takes longer is cut by its time (`stopwatch`).
const PIECE: i64 = 10_000;

/// An edition that is being put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    pub mailing_id: Id,
    pub owner_id: Id,
    edition: i64,
    selection: String,
    pub is_new: bool,
    after_id: Id,
    upto_id: Id,
    /// Recipients that were looked at, of how many, and how many of them were meant.
    pub looked_at: i64,
    pub total: i64,
    pub found: i64,
    pub started_at: Millis,
}

const SELECT: &str =
    "SELECT f.mailing_id, g.owner_id, f.edition, f.selection, f.is_new, f.after_id,
        f.upto_id, f.looked_at, f.total, f.found, f.started_at
 FROM fillings f JOIN mailings g ON g.id = f.mailing_id
 WHERE f.state = 'filling'";

fn map(row: &Row<'_>) -> rusqlite::Result<Filling> {
    Ok(Filling {
        mailing_id: row.get(0)?,
        owner_id: row.get(1)?,
        edition: row.get(2)?,
        selection: row.get(3)?,
        is_new: row.get(4)?,
        after_id: row.get(5)?,
        upto_id: row.get(6)?,
        looked_at: row.get(7)?,
        total: row.get(8)?,
        found: row.get(9)?,
        started_at: row.get(10)?,
    })
}

/// What is being put together for a mailing of this owner.
pub fn get(connection: &Connection, owner: Id, mailing: Id) -> Result<Option<Filling>, StoreError> {
    let sql = format!("{SELECT} AND f.mailing_id = :mailing AND g.owner_id = :owner");
    Ok(connection
        .prepare_cached(&sql)?
        .query_row(named_params! { ":mailing": mailing, ":owner": owner }, map)
        .optional()?)
}

/// Those of an owner, the newest first.
pub fn of_owner(connection: &Connection, owner: Id) -> Result<Vec<Filling>, StoreError> {
    let sql = format!("{SELECT} AND g.owner_id = :owner ORDER BY f.mailing_id DESC");
    Ok(connection
        .prepare_cached(&sql)?
        .query_map(named_params! { ":owner": owner }, map)?
        .collect::<rusqlite::Result<_>>()?)
}

/// The mailings of which anything is left to be done.
pub fn unfinished(connection: &Connection) -> Result<Vec<Id>, StoreError> {
    Ok(connection
        .prepare_cached("SELECT DISTINCT mailing_id FROM fillings ORDER BY mailing_id")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Stores a new mailing, and its recipients as far as they are done at once. The mailing is there
/// when nothing is left to do.
pub fn begin_new(
    connection: &Connection,
    owner: Id,
    draft: &MailingDraft,
    selection: &Selection,
    now: Millis,
) -> Result<Id, StoreError> {
    let id = mailings::insert(connection, owner, draft, now)?;
    if selection.matching.is_empty() {
        let selected = Selected::new(owner, None, selection);
        tick(connection, id, 0, &selected)?;
        recount(connection, id, 0)?;
        mailings::reveal(connection, id, owner)?;
        return Ok(id);
    }
    begin(connection, (id, owner, 0), selection, true, now)?;
    Ok(id)
}

/// Changes a mailing: all but its recipients at once, and these as far as they are done at once.
pub fn begin_change(
    connection: &Connection,
    mailing: &Mailing,
    draft: &MailingDraft,
    selection: &Selection,
    now: Millis,
) -> Result<(), StoreError> {
    mailings::update(connection, mailing, draft, now)?;
    let (id, owner, edition) = (mailing.id, mailing.owner_id, mailing.edition);
    if !selection.matching.is_empty() {
        return begin(connection, (id, owner, edition), selection, false, now);
    }
    let selected = Selected::new(owner, Some((id, edition)), selection);
    if selection.current {
        untick(connection, id, edition, &selected)?;
        tick(connection, id, edition, &selected)?;
        return recount(connection, id, edition);
    }
    // Nobody of before: the edition of those who are ticked takes the place of the old one.
    let next = next_edition(connection, id, edition)?;
    tick(connection, id, next, &selected)?;
    replace(connection, id, edition, next)?;
    put_away(connection, id, edition, false)
}

fn begin(
    connection: &Connection,
    (id, owner, edition): (Id, Id, i64),
    selection: &Selection,
    is_new: bool,
    now: Millis,
) -> Result<(), StoreError> {
    let total = users::totals(connection, owner)?.recipients;
    connection
        .prepare_cached(
            "INSERT INTO fillings (mailing_id, edition, state, selection, is_new, after_id, upto_id,
                                   total, started_at)
             VALUES (:id, :edition, 'filling', :selection, :is_new, 0,
                     (SELECT coalesce(max(id), 0) FROM recipients WHERE owner_id = :owner),
                     :total, :now)",
        )?
        .execute(named_params! {
            ":id": id,
            ":edition": next_edition(connection, id, edition)?,
            ":selection": selection.encode(),
            ":is_new": is_new,
            ":owner": owner,
            ":total": total,
            ":now": now,
        })?;
    // Whoever has few recipients waits for nothing, unless these are searched through for long.
    if total <= PIECE {
        fill_at_once(connection, id)?;
    }
    Ok(())
}

/// Does all there is to do, as far as one transaction may.
fn fill_at_once(connection: &Connection, mailing: Id) -> Result<(), StoreError> {
    let budget = Budget::start();
    while !budget.is_spent() && step(connection, mailing)? {}
    Ok(())
}

/// Does the next piece of what is to be done for a mailing; `false` when nothing is left.
pub fn step(connection: &Connection, mailing: Id) -> Result<bool, StoreError> {
    let filling = connection
        .prepare_cached(&format!("{SELECT} AND f.mailing_id = :mailing"))?
        .query_row(named_params! { ":mailing": mailing }, map)
        .optional()?;
    match filling {
        Some(filling) => fill_piece(connection, &filling),
        None => clear_piece(connection, mailing),
    }
}

fn fill_piece(connection: &Connection, filling: &Filling) -> Result<bool, StoreError> {
    let current = mailings::edition(connection, Some(filling.mailing_id))?;
    let selection = Selection::restore(&filling.selection);
    let selected = Selected::new(filling.owner_id, current, &selection);
    let (mut after, to) = (filling.after_id, (filling.mailing_id, filling.edition));
    let mut portions = Portions::of(PIECE);
    let (mut looked_at, mut found) = (0, 0);
    while let Some(rows) = portions.next() {
        let portion = add_selected(connection, to, &selected, (after, filling.upto_id), rows)?;
        looked_at += portion.looked_at;
        found += portion.found;
        portions.done();
        let Some(end) = portion.end else {
            let edition = current.map_or(0, |(_, edition)| edition);
            complete(connection, filling, edition)?;
            return Ok(true);
        };
        after = end;
    }
    connection
        .prepare_cached(
            "UPDATE fillings SET after_id = :end, looked_at = looked_at + :looked_at,
                    found = found + :found
             WHERE mailing_id = :id AND edition = :edition",
        )?
        .execute(named_params! {
            ":id": filling.mailing_id, ":edition": filling.edition, ":end": after,
            ":looked_at": looked_at, ":found": found,
        })?;
    Ok(true)
}

/// The new edition takes its place.
fn complete(connection: &Connection, filling: &Filling, old: i64) -> Result<(), StoreError> {
    let id = filling.mailing_id;
    connection
        .prepare_cached("DELETE FROM fillings WHERE mailing_id = :id AND edition = :edition")?
        .execute(named_params! { ":id": id, ":edition": filling.edition })?;
    replace(connection, id, old, filling.edition)?;
    if filling.is_new {
        mailings::reveal(connection, id, filling.owner_id)
    } else {
        put_away(connection, id, old, false)
    }
}

fn replace(connection: &Connection, id: Id, old: i64, new: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE mailings SET edition = :new WHERE id = :id AND edition = :old")?
        .execute(named_params! { ":id": id, ":new": new, ":old": old })?;
    recount(connection, id, new)
}

fn recount(connection: &Connection, id: Id, edition: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE mailings SET recipients_count =
                 (SELECT count(*) FROM members WHERE mailing_id = :id AND edition = :edition)
             WHERE id = :id",
        )?
        .execute(named_params! { ":id": id, ":edition": edition })?;
    Ok(())
}

/// Calls off what is being put together; `false` where nothing is.
pub fn call_off(connection: &Connection, filling: &Filling) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached(
            "UPDATE fillings SET state = 'clearing'
             WHERE mailing_id = :id AND edition = :edition AND state = 'filling'",
        )?
        .execute(named_params! { ":id": filling.mailing_id, ":edition": filling.edition })?
        > 0)
}

/// Whether a mailing has more recipients than one transaction should touch.
const fn is_large(recipients: i64) -> bool {
    recipients >= PIECE
}

/// An edition is of no use any more; with `is_new` set, its mailing neither.
fn put_away(connection: &Connection, id: Id, edition: i64, is_new: bool) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO fillings (mailing_id, edition, state, selection, is_new, after_id, upto_id,
                                   total, started_at)
             VALUES (:id, :edition, 'clearing', '', :is_new, 0, 0, 0, 0)",
        )?
        .execute(named_params! { ":id": id, ":edition": edition, ":is_new": is_new })?;
    clear_piece(connection, id)?;
    Ok(())
}

/// Deletes a mailing that was never sent; hides one that was, because its attempts stay. Where it
/// has many recipients, these are still to be put away (`step`), and it is hidden so far.
pub fn delete_mailing(
    connection: &Connection,
    mailing: &Mailing,
    now: Millis,
) -> Result<(), StoreError> {
    let has_runs = connection
        .prepare_cached("SELECT 1 FROM runs WHERE mailing_id = :id LIMIT 1")?
        .query_row(named_params! { ":id": mailing.id }, |_| Ok(()))
        .optional()?
        .is_some();
    let is_large = is_large(mailing.recipients);
    let sql = if has_runs || is_large {
        "UPDATE mailings SET deleted_at = :now, recipients_count = 0 WHERE id = :id"
    } else {
        "DELETE FROM mailings WHERE id = :id AND :now IS NOT NULL"
    };
    connection
        .prepare_cached("DELETE FROM fillings WHERE mailing_id = :id")?
        .execute(named_params! { ":id": mailing.id })?;
    if is_large {
        put_away(connection, mailing.id, mailing.edition, !has_runs)?;
    } else {
        connection
            .prepare_cached("DELETE FROM members WHERE mailing_id = :id")?
            .execute(named_params! { ":id": mailing.id })?;
    }
    connection
        .prepare_cached(sql)?
        .execute(named_params! { ":id": mailing.id, ":now": now })?;
    users::shift_total(connection, mailing.owner_id, Kept::Mailings, -1)?;
    Ok(())
}

fn clear_piece(connection: &Connection, id: Id) -> Result<bool, StoreError> {
    let next: Option<(i64, bool)> = connection
        .prepare_cached(
            "SELECT edition, is_new FROM fillings WHERE mailing_id = :id AND state = 'clearing'
             ORDER BY edition LIMIT 1",
        )?
        .query_row(named_params! { ":id": id }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((edition, is_new)) = next else {
        return Ok(false);
    };
    let cleared = connection
        .prepare_cached(
            "DELETE FROM members WHERE mailing_id = :id AND edition = :edition AND recipient_id IN
                 (SELECT recipient_id FROM members WHERE mailing_id = :id AND edition = :edition
                  ORDER BY recipient_id LIMIT :piece)",
        )?
        .execute(named_params! { ":id": id, ":edition": edition, ":piece": PIECE })?;
    if i64::try_from(cleared).is_ok_and(|cleared| cleared < PIECE) {
        connection
            .prepare_cached("DELETE FROM fillings WHERE mailing_id = :id AND edition = :edition")?
            .execute(named_params! { ":id": id, ":edition": edition })?;
        if is_new {
            connection
                .prepare_cached("DELETE FROM mailings WHERE id = :id")?
                .execute(named_params! { ":id": id })?;
        }
    }
    Ok(true)
}

fn next_edition(connection: &Connection, id: Id, current: i64) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT 1 + max(:current, (SELECT coalesce(max(edition), 0) FROM fillings
                                       WHERE mailing_id = :id))",
        )?
        .query_row(named_params! { ":id": id, ":current": current }, |row| {
            row.get(0)
        })?)
}

/// Puts the ticked ones into an edition.
fn tick(
    connection: &Connection,
    id: Id,
    edition: i64,
    selected: &Selected,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO members (mailing_id, edition, recipient_id)
             SELECT :id, :edition, r.id FROM json_each(:with) a
             CROSS JOIN recipients r ON r.id = a.value
             WHERE r.owner_id = :owner AND r.id NOT IN (SELECT value FROM json_each(:without))",
        )?
        .execute(named_params! {
            ":id": id, ":edition": edition, ":owner": selected.owner,
            ":with": selected.with, ":without": selected.without,
        })?;
    Ok(())
}

/// Takes those out of an edition who were unticked.
fn untick(
    connection: &Connection,
    id: Id,
    edition: i64,
    selected: &Selected,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM members WHERE mailing_id = :id AND edition = :edition
               AND recipient_id IN (SELECT value FROM json_each(:without))",
        )?
        .execute(named_params! {
            ":id": id, ":edition": edition, ":without": selected.without,
        })?;
    Ok(())
}
