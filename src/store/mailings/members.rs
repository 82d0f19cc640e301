//! A mailing's recipients, and what became of its last delivery to each of them.

use rusqlite::{Connection, Row};
use serde::Serialize;

use crate::domain::delivery::fate::{Fate, LastTry};
use crate::domain::delivery::reached::Reached;
use crate::domain::delivery::{DeliveryState, Outcome};
use crate::domain::page::{Cursor, Edge, Found, Key, Page};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::db::select::{Column, Columns, Select};
use crate::store::db::window::Search;

/// One of a mailing's recipients.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    pub id: Id,
    pub email: String,
    pub name: String,
    pub comment: String,
    pub unsubscribed: bool,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub owner_email: String,
    #[serde(rename = "outcome")]
    pub reached: Reached,
    /// The last run of the mailing that had them.
    pub run: Option<Id>,
    /// Number of attempts in it, whomever they were charged to.
    pub attempts: i64,
    /// What the mail server said to the last of them.
    pub reply: Option<String>,
    #[serde(skip)]
    pub fate: Option<Fate>,
}

impl Member {
    /// Whether mailings reach them, in a word.
    pub const fn state(&self) -> &'static str {
        if self.unsubscribed {
            "unsubscribed"
        } else {
            "active"
        }
    }
}

/// The last delivery of a mailing to a recipient of the edition: a step into an index for each of
/// the mailing's runs.
macro_rules! last {
    () => {
        "(SELECT max(x.id) FROM runs n CROSS JOIN deliveries x INDEXED BY deliveries_by_recipient
             ON x.recipient_id = t.recipient_id AND x.run_id = n.id
          WHERE n.mailing_id = t.mailing_id)"
    };
}

const SELECT: &str = concat!(
    "SELECT r.id, r.email, r.name, r.comment, s.email_key IS NOT NULL, r.created_at, r.updated_at,
        u.email, d.run_id, d.state, d.reason, q.state = 'paused', d.due_at,
        (SELECT count(*) FROM attempts n WHERE n.delivery_id = d.id),
        a.outcome, a.at, a.code, a.enhanced, a.text,
        EXISTS (SELECT 1 FROM attempts n WHERE n.delivery_id = d.id AND n.outcome = 'in_doubt')
 FROM members t CROSS JOIN recipients r ON r.id = t.recipient_id
 CROSS JOIN users u ON u.id = r.owner_id
 LEFT JOIN suppressions s ON s.owner_id = r.owner_id AND s.email_key = r.email_key
 LEFT JOIN deliveries d ON d.id = ",
    last!(),
    " LEFT JOIN runs q ON q.id = d.run_id
 LEFT JOIN attempts a ON a.id = (SELECT max(n.id) FROM attempts n WHERE n.delivery_id = d.id)"
);

fn fate(row: &Row<'_>) -> rusqlite::Result<Option<Fate>> {
    let Some(state) = row.get::<_, Option<String>>(9)? else {
        return Ok(None);
    };
    let outcome: Option<String> = row.get(14)?;
    let last = match outcome {
        None => None,
        Some(outcome) => Some(LastTry {
            at: row.get(15)?,
            outcome: Outcome::by_name(&outcome).unwrap_or(Outcome::InDoubt),
            code: row.get(16)?,
            enhanced: row.get(17)?,
            text: row.get(18)?,
        }),
    };
    Ok(Some(Fate {
        state: DeliveryState::by_name(&state).unwrap_or(DeliveryState::Waiting),
        reason: row.get(10)?,
        paused: row.get(11)?,
        due_at: row.get(12)?,
        last,
        doubted: row.get(19)?,
    }))
}

fn map(row: &Row<'_>) -> rusqlite::Result<Member> {
    let fate = fate(row)?;
    Ok(Member {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        comment: row.get(3)?,
        unsubscribed: row.get(4)?,
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
        owner_email: row.get(7)?,
        reached: Reached::of(fate.as_ref().map(|fate| fate.state)),
        run: row.get(8)?,
        attempts: row.get(13)?,
        reply: fate
            .as_ref()
            .and_then(|fate| fate.last.as_ref())
            .map(LastTry::line),
        fate,
    })
}

/// The list of a mailing's recipients, which is read newest first.
pub static LIST: Columns = Columns {
    list: "members",
    id: "t.recipient_id",
    offered: &[Column {
        name: "added",
        key: "t.recipient_id",
        falls: true,
    }],
};

/// Recipients that are looked at for one page of those with one outcome: some 50 ms.
pub const WINDOW: i64 = 10_000;

/// Which outcome is wanted: the states that are it, between commas.
fn search(reached: Reached) -> Search {
    let states = reached.states().join(",");
    Search {
        narrow: "SELECT t.recipient_id AS id FROM members t",
        id: "t.recipient_id",
        window: WINDOW,
        condition: concat!(
            "instr(:search, ',' || coalesce((SELECT y.state FROM deliveries y WHERE y.id = ",
            last!(),
            "), '') || ',') > 0"
        ),
        words: format!(",{states},"),
    }
}

fn of(head: &'static str, mailing: Id, edition: i64) -> Select {
    let mut select = Select::new(head);
    select
        .with("t.mailing_id = :mailing", ":mailing", mailing)
        .with("t.edition = :edition", ":edition", edition);
    select
}

/// A mailing's recipients, newest first: all, or those with one outcome.
pub fn of_mailing(
    connection: &Connection,
    mailing: Id,
    edition: i64,
    reached: Option<Reached>,
    cursor: &Cursor,
) -> Result<Page<Member>, StoreError> {
    let select = of(SELECT, mailing, edition);
    if let Some(reached) = reached {
        let page = search(reached).page(select, connection, cursor, map, |row| row.id)?;
        return Ok(page);
    }
    Ok(
        select.page(connection, LIST.usual(), cursor, map, |row, _| Edge {
            key: Key::Id,
            id: row.id,
        })?,
    )
}

/// How many have this outcome, among as many as are looked at for one page.
pub fn count(
    connection: &Connection,
    mailing: Id,
    edition: i64,
    reached: Reached,
) -> Result<Found, StoreError> {
    let select = of(SELECT, mailing, edition);
    search(reached).count(select, connection)
}
