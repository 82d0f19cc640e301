//! The service's own mail that has not been handed over yet.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use super::users::{self, NewUser};
use super::{StoreError, tokens};
use crate::domain::address::EmailAddress;
use crate::domain::letter::{Letter, Request, Standing};
use crate::domain::token::Token;
use crate::domain::user::{Language, Role};
use crate::domain::{Id, Millis};

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

/// Puts a mail into the queue. It looks at nothing else: what it costs does not depend on whose
/// address it is.
pub fn insert(connection: &Connection, new: &NewPost, now: Millis) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO outbox (kind, user_id, email, name, language, time_zone, detail,
                                 created_at, due_at)
             VALUES (:kind, :user, :email, :name, :language, :time_zone, :detail, :now, :now)",
        )?
        .execute(named_params! {
            ":kind": new.request.name(),
            ":user": new.user_id,
            ":email": new.email.as_typed(),
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
pub fn pull_in(connection: &Connection, latest: Millis, now: Millis) -> Result<usize, StoreError> {
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
fn address(
    connection: &Connection,
    post: &Post,
    token: &Token,
    now: Millis,
) -> Result<Option<Posting>, StoreError> {
    let (Some(request), Ok(to)) = (
        Request::by_name(&post.kind),
        EmailAddress::parse(&post.email),
    ) else {
        return Ok(None);
    };
    let (standing, found) = users::standing(connection, &to.key())?;
    let Some(letter) = Letter::answer(request, standing) else {
        return Ok(None);
    };
    let mut user_id = match request {
        Request::Register | Request::Recover => found,
        Request::ChangeEmail | Request::Notice(_) => post.user_id,
    };
    if letter == Letter::Confirm && standing == Standing::Nobody {
        let new = NewUser {
            email: to.as_typed().to_owned(),
            email_key: to.key(),
            name: post.name.clone(),
            role: Role::User,
            password_hash: String::new(),
            language: Some(post.language),
            time_zone: post.time_zone.clone(),
            confirmed_at: None,
        };
        user_id = users::insert(connection, &new, now)?;
    }
    if request == Request::Register
        && standing == Standing::Unconfirmed
        && let Some(id) = user_id
    {
        // Whoever asks last may be the owner; what a stranger said before is not kept.
        users::ask_again(
            connection,
            id,
            to.as_typed(),
            &post.name,
            post.language,
            post.time_zone.as_deref(),
        )?;
    }
    let user = match user_id {
        Some(id) => users::by_id(connection, id)?,
        None => None,
    };
    let token = match (letter.purpose(), &user) {
        (None, _) => None,
        // Whose link would it be?
        (Some(_), None) => return Ok(None),
        (Some(purpose), Some(user)) => {
            let email = matches!(request, Request::ChangeEmail).then(|| to.as_typed());
            tokens::insert(connection, token, purpose, user.id, email, now)?;
            Some(*token)
        }
    };
    // Whose letter it is: that of the address, also where somebody else has asked for it.
    let known = match (letter, found) {
        (Letter::EmailTaken, Some(holder)) => users::by_id(connection, holder)?,
        _ => user,
    };
    // A name that a stranger may have chosen is not put into anybody's mailbox.
    let is_strangers = matches!(
        letter,
        Letter::Confirm | Letter::EmailTaken | Letter::ChangeEmail
    );
    let name = known.as_ref().map_or(&post.name, |user| &user.name);
    Ok(Some(Posting {
        id: post.id,
        letter,
        to,
        name: if is_strangers {
            String::new()
        } else {
            name.clone()
        },
        language: known
            .and_then(|user| user.language)
            .unwrap_or(post.language),
        detail: post.detail.clone(),
        token,
        created_at: post.created_at,
        tries: post.tries,
    }))
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
