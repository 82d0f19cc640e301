//! The service's own mail that has not been handed over yet.
//!
//! It is bounded: what goes beyond [`WAITING_FOR_ONE`] letters of a kind to one address, or
//! [`WAITING`] in all, is not queued, and whoever asked for it is not told, because the answer must
//! not depend on what was asked for before. Notices about accounts have bounds of their own, so that
//! strangers cannot push them out.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use crate::domain::accounts::token::Token;
use crate::domain::accounts::user::{Language, Role};
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::letter::{Letter, Request, Standing};
use crate::domain::{Id, Millis};
use crate::store::StoreError;
use crate::store::accounts::tokens;
use crate::store::accounts::users;
use crate::store::accounts::users::NewUser;

/// A mail that is asked for.
#[derive(Debug, Clone)]
pub struct NewPost {
    pub request: Request,
    /// Whose account it is about, where that is known.
    pub user_id: Option<Id>,
    pub email: EmailAddress,
    pub name: String,
    pub language: Language,
    /// The time zone of whoever registers; an IANA name.
    pub time_zone: Option<String>,
    /// What the letter says beside: a reason, another address.
    pub detail: String,
}

/// Letters of one kind that somebody asks for: most that wait for one address.
pub const WAITING_FOR_ONE: i64 = 5;
/// The same of all kinds and for everybody.
pub const WAITING: i64 = 1_000;
/// Notices about accounts: most that wait for one address, and in all.
pub const NOTICES_FOR_ONE: i64 = 50;
pub const NOTICES: i64 = 10_000;

const ASKED_FOR: &str = "kind IN ('register', 'recover', 'change-email')";
const NOTICED: &str = "kind NOT IN ('register', 'recover', 'change-email')";

/// Whether one more letter of this kind may wait for this address.
fn has_room(connection: &Connection, request: Request, key: &str) -> Result<bool, StoreError> {
    let (alike, for_one, all, in_all) = match request {
        Request::Notice(_) => (NOTICED, NOTICES_FOR_ONE, NOTICED, NOTICES),
        // Whoever exhausts one kind for somebody else leaves them the others.
        _ => ("kind = :kind", WAITING_FOR_ONE, ASKED_FOR, WAITING),
    };
    let waiting: i64 = connection
        .prepare_cached(&format!(
            "SELECT count(*) FROM outbox
             WHERE email_key = :key AND {alike} AND :kind IS NOT NULL"
        ))?
        .query_row(
            named_params! { ":key": key, ":kind": request.name() },
            |row| row.get(0),
        )?;
    let in_queue: i64 = connection
        .prepare_cached(&format!("SELECT count(*) FROM outbox WHERE {all}"))?
        .query_row([], |row| row.get(0))?;
    Ok(waiting < for_one && in_queue < in_all)
}

/// Puts a mail into the queue, unless it is full. It looks at nothing but the queue: what it costs
/// does not depend on whose address it is.
pub fn insert(connection: &Connection, new: &NewPost, now: Millis) -> Result<(), StoreError> {
    let key = new.email.key();
    if !has_room(connection, new.request, &key)? {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO outbox (kind, user_id, email, email_key, name, language, time_zone, detail,
                                 created_at, due_at)
             VALUES (:kind, :user, :email, :key, :name, :language, :time_zone, :detail, :now, :now)",
        )?
        .execute(named_params! {
            ":kind": new.request.name(),
            ":user": new.user_id,
            ":email": new.email.as_typed(),
            ":key": key,
            ":name": new.name,
            ":language": new.language.code(),
            ":time_zone": new.time_zone,
            ":detail": new.detail,
            ":now": now,
        })?;
    Ok(())
}

/// A mail of the queue whose time has come.
#[derive(Debug, Clone)]
struct Post {
    id: Id,
    kind: String,
    user_id: Option<Id>,
    email: String,
    name: String,
    language: Language,
    time_zone: Option<String>,
    detail: String,
    created_at: Millis,
    tries: u32,
}

fn map(row: &Row<'_>) -> rusqlite::Result<Post> {
    let language: String = row.get(5)?;
    Ok(Post {
        id: row.get(0)?,
        kind: row.get(1)?,
        user_id: row.get(2)?,
        email: row.get(3)?,
        name: row.get(4)?,
        language: Language::by_code(&language).unwrap_or_default(),
        time_zone: row.get(6)?,
        detail: row.get(7)?,
        created_at: row.get(8)?,
        tries: row.get(9)?,
    })
}

/// A letter that is to be handed over now.
#[derive(Debug, Clone)]
pub struct Posting {
    pub id: Id,
    pub letter: Letter,
    pub to: EmailAddress,
    pub name: String,
    pub language: Language,
    pub detail: String,
    /// What its link carries.
    pub token: Option<Token>,
    pub created_at: Millis,
    /// Which try it is, from 1.
    pub tries: u32,
}

/// Whether any mail's time has come.
pub fn is_due(connection: &Connection, now: Millis) -> Result<bool, StoreError> {
    Ok(connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM outbox WHERE due_at <= :now)")?
        .query_row(named_params! { ":now": now }, |row| row.get(0))?)
}

/// Brings forward the tries that are planned for later than `latest`, and makes nothing younger than
/// it can be: it was asked for by a clock that was wrong.
pub fn reschedule(
    connection: &Connection,
    latest: Millis,
    now: Millis,
) -> Result<usize, StoreError> {
    Ok(connection
        .prepare_cached(
            "UPDATE outbox SET due_at = CASE WHEN due_at > :latest THEN :now ELSE due_at END,
                    created_at = min(created_at, :now)
             WHERE due_at > :latest OR created_at > :now",
        )?
        .execute(named_params! { ":latest": latest, ":now": now })?)
}

/// Takes the mail that has been due longest, decides which letter it becomes, and makes its token
/// good. Those that become none go. It comes again at `again_at(tries)` unless it is settled before.
pub fn take(
    connection: &Connection,
    token: &Token,
    now: Millis,
    again_at: impl Fn(u32) -> Millis,
) -> Result<Option<Posting>, StoreError> {
    loop {
        let due = connection
            .prepare_cached(
                "SELECT id, kind, user_id, email, name, language, time_zone, detail, created_at,
                        tries
                 FROM outbox WHERE due_at <= :now ORDER BY due_at, id LIMIT 1",
            )?
            .query_row(named_params! { ":now": now }, map)
            .optional()?;
        let Some(post) = due else {
            return Ok(None);
        };
        let tries = post.tries + 1;
        match address(connection, &post, token, now)? {
            Some(mut posting) => {
                connection
                    .prepare_cached(
                        "UPDATE outbox SET tries = :tries, due_at = :again_at WHERE id = :id",
                    )?
                    .execute(named_params! {
                        ":id": post.id,
                        ":tries": tries,
                        ":again_at": again_at(tries),
                    })?;
                posting.tries = tries;
                return Ok(Some(posting));
            }
            None => remove(connection, post.id)?,
        }
    }
}

/// Which letter a mail becomes, to whom, with its token made good.
///
/// A letter about an account goes to the address that the account has, however the address was
/// spelled by whoever asked for the letter.
fn address(
    connection: &Connection,
    post: &Post,
    token: &Token,
    now: Millis,
) -> Result<Option<Posting>, StoreError> {
    let (Some(request), Ok(typed)) = (
        Request::by_name(&post.kind),
        EmailAddress::parse(&post.email),
    ) else {
        return Ok(None);
    };
    let (standing, mut found) = users::standing(connection, &typed.key())?;
    let Some(letter) = Letter::answer(request, standing) else {
        return Ok(None);
    };
    if request == Request::Register {
        found = registered(connection, post, &typed, standing, found, now)?;
    }
    let by_id = |id: Option<Id>| id.map_or(Ok(None), |id| users::by_id(connection, id));
    // Whose letter it is: that of the address, also where somebody else has asked for it.
    let holder = match (request, letter) {
        (Request::Register | Request::Recover, _) | (_, Letter::EmailTaken) => by_id(found)?,
        (Request::ChangeEmail | Request::Notice(_), _) => by_id(post.user_id)?,
    };
    let to = match (request, letter, &holder) {
        (Request::Register | Request::Recover, _, Some(holder))
        | (_, Letter::EmailTaken, Some(holder)) => match EmailAddress::parse(&holder.email) {
            Ok(stored) => stored,
            Err(_) => return Ok(None),
        },
        _ => typed,
    };
    let token = match (letter.purpose(), &holder) {
        (None, _) => None,
        // Whose link would it be?
        (Some(_), None) => return Ok(None),
        (Some(purpose), Some(holder)) => {
            let email = matches!(request, Request::ChangeEmail).then(|| to.as_typed());
            tokens::insert(connection, token, purpose, holder.id, email, now)?;
            Some(*token)
        }
    };
    // A name that a stranger may have chosen is not put into anybody's mailbox.
    let is_strangers = matches!(
        letter,
        Letter::Confirm | Letter::EmailTaken | Letter::ChangeEmail
    );
    let name = holder.as_ref().map_or(&post.name, |user| &user.name);
    Ok(Some(Posting {
        id: post.id,
        letter,
        to,
        name: if is_strangers {
            String::new()
        } else {
            name.clone()
        },
        language: holder
            .as_ref()
            .and_then(|user| user.language)
            .unwrap_or(post.language),
        detail: post.detail.clone(),
        token,
        created_at: post.created_at,
        tries: post.tries,
    }))
}

/// The account that a registration is about, made or renewed where nobody has confirmed it.
fn registered(
    connection: &Connection,
    post: &Post,
    typed: &EmailAddress,
    standing: Standing,
    found: Option<Id>,
    now: Millis,
) -> Result<Option<Id>, StoreError> {
    match (standing, found) {
        (Standing::Nobody, _) => {
            let new = NewUser {
                email: typed.as_typed().to_owned(),
                email_key: typed.key(),
                name: post.name.clone(),
                role: Role::User,
                password_hash: String::new(),
                language: Some(post.language),
                time_zone: post.time_zone.clone(),
                confirmed_at: None,
            };
            users::insert(connection, &new, now)
        }
        (Standing::Unconfirmed, Some(id)) => {
            // Whoever asks last may be the owner; what a stranger said before is not kept.
            users::ask_again(
                connection,
                id,
                typed.as_typed(),
                &post.name,
                post.language,
                post.time_zone.as_deref(),
            )?;
            Ok(found)
        }
        _ => Ok(found),
    }
}

/// It was handed over, or never will be.
pub fn remove(connection: &Connection, id: Id) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM outbox WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// What came of a try that did not get it over.
pub fn note(connection: &Connection, id: Id, reply: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE outbox SET last_reply = :reply WHERE id = :id")?
        .execute(named_params! { ":id": id, ":reply": reply })?;
    Ok(())
}
