//! Mail that was captured because no relay is configured.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use crate::domain::page::{Cursor, Edge, Key, Page};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::db::kept;
use crate::store::db::select::{Column, Columns, Select, Sort};

#[derive(Debug, Clone)]
pub struct CapturedMail {
    pub id: Id,
    pub at: Millis,
    pub from: String,
    pub to: String,
    pub subject: String,
    /// It opens somebody's account.
    pub private: bool,
}

const SELECT: &str =
    "SELECT c.id, c.at, c.mail_from, c.rcpt_to, c.subject, c.private FROM captured_mails c";

fn map(row: &Row<'_>) -> rusqlite::Result<CapturedMail> {
    Ok(CapturedMail {
        id: row.get(0)?,
        at: row.get(1)?,
        from: row.get(2)?,
        to: row.get(3)?,
        subject: row.get(4)?,
        private: row.get(5)?,
    })
}

#[derive(Debug)]
pub struct NewCapturedMail {
    pub from: String,
    pub to: String,
    pub subject: String,
    pub private: bool,
    pub source: Vec<u8>,
}

/// Most octets that captured mails take, letters of the service's own aside. The oldest go first.
pub const MAX_OCTETS: i64 = 256 * 1_024 * 1_024;

/// Keeps a mail, and lets the oldest ones go that are too much with it.
pub fn insert(
    connection: &Connection,
    new: &NewCapturedMail,
    now: Millis,
) -> Result<Id, StoreError> {
    let id = add(connection, new, now)?;
    if !new.private {
        keep_within(connection, MAX_OCTETS)?;
    }
    Ok(id)
}

/// Lets the oldest mails go until the others take no more than so many octets.
fn keep_within(connection: &Connection, most: i64) -> Result<(), StoreError> {
    while kept::count(connection, "captured_octets")? > most {
        let gone = connection
            .prepare_cached(
                "DELETE FROM captured_mails WHERE id =
                     (SELECT id FROM captured_mails INDEXED BY captured_mails_of_runs
                      WHERE private = 0 ORDER BY id LIMIT 1)",
            )?
            .execute([])?;
        if gone == 0 {
            break;
        }
    }
    Ok(())
}

fn add(connection: &Connection, new: &NewCapturedMail, now: Millis) -> Result<Id, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO captured_mails (at, mail_from, rcpt_to, subject, private, source)
             VALUES (:now, :mail_from, :rcpt_to, :subject, :private, :source)",
        )?
        .execute(named_params! {
            ":now": now,
            ":mail_from": new.from,
            ":rcpt_to": new.to,
            ":subject": new.subject,
            ":private": new.private,
            ":source": new.source,
        })?;
    Ok(connection.last_insert_rowid())
}

/// What the list of captured mail may be sorted by.
pub static LIST: Columns = Columns {
    list: "captured",
    id: "c.id",
    offered: &[
        Column {
            name: "time",
            key: "c.id",
            falls: true,
        },
        Column {
            name: "to",
            key: "c.rcpt_to",
            falls: false,
        },
    ],
};

/// The newest first.
pub fn list(connection: &Connection, cursor: &Cursor) -> Result<Page<CapturedMail>, StoreError> {
    sorted(connection, LIST.usual(), cursor)
}

pub fn sorted(
    connection: &Connection,
    sort: Sort,
    cursor: &Cursor,
) -> Result<Page<CapturedMail>, StoreError> {
    Ok(
        Select::new(SELECT).page(connection, sort, cursor, map, |row, column| Edge {
            key: match column {
                "to" => Key::Text(row.to.clone()),
                _ => Key::Id,
            },
            id: row.id,
        })?,
    )
}

pub fn count(connection: &Connection) -> Result<i64, StoreError> {
    Ok(kept::count(connection, "captured_mails")?)
}

/// A captured mail with its bytes.
pub fn get(connection: &Connection, id: Id) -> Result<Option<(CapturedMail, Vec<u8>)>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT id, at, mail_from, rcpt_to, subject, private, source FROM captured_mails
             WHERE id = :id",
        )?
        .query_row(named_params! { ":id": id }, |row| {
            Ok((map(row)?, row.get(6)?))
        })
        .optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::db::open;

    #[test]
    fn the_oldest_mails_make_room_and_letters_stay() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open::writer(&folder.path().join("mailapp.db")).unwrap();
        let mail = |private| NewCapturedMail {
            from: "a@example.ru".to_owned(),
            to: "b@example.ru".to_owned(),
            subject: String::new(),
            private,
            source: vec![b'a'; 1_000],
        };
        let letter = add(&connection, &mail(true), 1).unwrap();
        let mails: Vec<Id> = (0..5)
            .map(|_| add(&connection, &mail(false), 1).unwrap())
            .collect();
        let octets = || kept::count(&connection, "captured_octets").unwrap();
        assert_eq!(octets(), 5_000);
        keep_within(&connection, 2_500).unwrap();
        let left = list(&connection, &Cursor::First).unwrap();
        let left: Vec<Id> = left.rows.iter().map(|row| row.id).collect();
        assert_eq!(left, [mails[4], mails[3], letter]);
        assert_eq!((octets(), count(&connection).unwrap()), (2_000, 3));
        keep_within(&connection, 0).unwrap();
        assert_eq!((octets(), count(&connection).unwrap()), (0, 1));
    }
}
