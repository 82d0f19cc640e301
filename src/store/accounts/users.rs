//! Users.

use rusqlite::{Connection, OptionalExtension as _, Row, named_params};

use crate::domain::accounts::account::Profile;
use crate::domain::accounts::user::{Language, Role, Theme, User};
use crate::domain::delivery::letter::Standing;
use crate::domain::{Id, Millis, text};
use crate::store::StoreError;

/// What makes a new user.
#[derive(Debug)]
pub struct NewUser {
    pub email: String,
    pub email_key: String,
    pub name: String,
    pub role: Role,
    /// PHC string; empty: no password has been chosen yet.
    pub password_hash: String,
    pub language: Option<Language>,
    pub time_zone: Option<String>,
    pub confirmed_at: Option<Millis>,
}

/// What sign-in needs to know about an account.
#[derive(Debug, Clone)]
pub struct Credentials {
    pub id: Id,
    pub email: String,
    /// Empty: no password has been chosen yet.
    pub password_hash: String,
    pub confirmed: bool,
    pub blocked: bool,
    pub two_factor: bool,
    /// Why, as its owner is told; empty where it is not.
    pub blocked_reason: String,
}

pub(in crate::store) const COLUMNS: &str =
    "u.id, u.email, u.name, u.role, u.language, u.time_zone, u.theme,
        u.totp_since IS NOT NULL, u.created_at, u.confirmed_at IS NOT NULL";
/// How many those are.
pub(in crate::store) const COLUMNS_COUNT: usize = 10;

pub(in crate::store) fn map(row: &Row<'_>) -> rusqlite::Result<User> {
    let role: String = row.get(3)?;
    let language: Option<String> = row.get(4)?;
    let theme: Option<String> = row.get(6)?;
    Ok(User {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        role: Role::by_name(&role).unwrap_or(Role::User),
        language: language.as_deref().and_then(Language::by_code),
        time_zone: row.get(5)?,
        theme: theme.as_deref().and_then(Theme::by_name),
        two_factor: row.get(7)?,
        created_at: row.get(8)?,
        confirmed: row.get(9)?,
    })
}

fn search_text(email: &str, name: &str) -> String {
    text::fold(&format!("{email}\n{name}"))
}

/// # Errors
/// `None` inside `Ok` where the address is taken.
pub fn insert(
    connection: &Connection,
    new: &NewUser,
    now: Millis,
) -> Result<Option<Id>, StoreError> {
    let inserted = connection
        .prepare_cached(
            "INSERT INTO users (email, email_key, name, search_text, role, password_hash, language,
                                time_zone, created_at, confirmed_at)
             VALUES (:email, :email_key, :name, :search_text, :role, :password_hash, :language,
                     :time_zone, :now, :confirmed_at)",
        )?
        .execute(named_params! {
            ":email": new.email,
            ":email_key": new.email_key,
            ":name": new.name,
            ":search_text": search_text(&new.email, &new.name),
            ":role": new.role.name(),
            ":password_hash": new.password_hash,
            ":language": new.language.map(Language::code),
            ":time_zone": new.time_zone,
            ":now": now,
            ":confirmed_at": new.confirmed_at,
        });
    match inserted {
        Ok(_) => Ok(Some(connection.last_insert_rowid())),
        Err(error) if StoreError::is_duplicate(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

pub fn by_id(connection: &Connection, id: Id) -> Result<Option<User>, StoreError> {
    Ok(connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM users u WHERE u.id = :id AND u.deleted_at IS NULL"
        ))?
        .query_row(named_params! { ":id": id }, map)
        .optional()?)
}

pub fn by_email_key(connection: &Connection, key: &str) -> Result<Option<User>, StoreError> {
    Ok(connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM users u WHERE u.email_key = :key AND u.deleted_at IS NULL"
        ))?
        .query_row(named_params! { ":key": key }, map)
        .optional()?)
}

const CREDENTIALS: &str = "SELECT id, email, password_hash, confirmed_at IS NOT NULL,
        blocked_at IS NOT NULL, totp_since IS NOT NULL, coalesce(blocked_reason, '') FROM users";

fn map_credentials(row: &Row<'_>) -> rusqlite::Result<Credentials> {
    Ok(Credentials {
        id: row.get(0)?,
        email: row.get(1)?,
        password_hash: row.get(2)?,
        confirmed: row.get(3)?,
        blocked: row.get(4)?,
        two_factor: row.get(5)?,
        blocked_reason: row.get(6)?,
    })
}

pub fn credentials(connection: &Connection, key: &str) -> Result<Option<Credentials>, StoreError> {
    Ok(connection
        .prepare_cached(&format!(
            "{CREDENTIALS} WHERE email_key = :key AND deleted_at IS NULL"
        ))?
        .query_row(named_params! { ":key": key }, map_credentials)
        .optional()?)
}

pub fn credentials_by_id(
    connection: &Connection,
    id: Id,
) -> Result<Option<Credentials>, StoreError> {
    Ok(connection
        .prepare_cached(&format!(
            "{CREDENTIALS} WHERE id = :id AND deleted_at IS NULL"
        ))?
        .query_row(named_params! { ":id": id }, map_credentials)
        .optional()?)
}

/// What stands behind an address, and whose number that is.
pub fn standing(connection: &Connection, key: &str) -> Result<(Standing, Option<Id>), StoreError> {
    let found = credentials(connection, key)?;
    let standing = match &found {
        None => Standing::Nobody,
        Some(account) if account.blocked => Standing::Blocked,
        Some(account) if account.confirmed => Standing::Confirmed,
        Some(_) => Standing::Unconfirmed,
    };
    Ok((standing, found.map(|account| account.id)))
}

pub fn set_language(connection: &Connection, id: Id, language: Language) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE users SET language = :language WHERE id = :id")?
        .execute(named_params! { ":id": id, ":language": language.code() })?;
    Ok(())
}

pub fn set_profile(
    connection: &Connection,
    user: &User,
    profile: &Profile,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE users SET name = :name, search_text = :search_text, language = :language,
                    time_zone = :time_zone, theme = :theme WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": user.id,
            ":name": profile.name,
            ":search_text": search_text(&user.email, &profile.name),
            ":language": profile.language.map(Language::code),
            ":time_zone": profile.time_zone,
            ":theme": profile.theme.map(Theme::name),
        })?;
    Ok(())
}

pub fn set_password(connection: &Connection, id: Id, hash: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE users SET password_hash = :hash WHERE id = :id")?
        .execute(named_params! { ":id": id, ":hash": hash })?;
    Ok(())
}

/// What somebody says of themselves who registers once more with an address that is not confirmed.
pub fn ask_again(
    connection: &Connection,
    id: Id,
    email: &str,
    name: &str,
    language: Language,
    time_zone: Option<&str>,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE users SET email = :email, name = :name, search_text = :search_text,
                    language = :language, time_zone = :time_zone
             WHERE id = :id AND confirmed_at IS NULL",
        )?
        .execute(named_params! {
            ":id": id,
            ":email": email,
            ":name": name,
            ":search_text": search_text(email, name),
            ":language": language.code(),
            ":time_zone": time_zone,
        })?;
    Ok(())
}

/// The address is proved to be theirs.
pub fn confirm(connection: &Connection, id: Id, now: Millis) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE users SET confirmed_at = coalesce(confirmed_at, :now) WHERE id = :id",
        )?
        .execute(named_params! { ":id": id, ":now": now })?;
    Ok(())
}

/// Gives an account another address; `false` where somebody has it already.
pub fn set_email(
    connection: &Connection,
    user: &User,
    email: &str,
    key: &str,
) -> Result<bool, StoreError> {
    let changed = connection
        .prepare_cached(
            "UPDATE users SET email = :email, email_key = :key, search_text = :search_text
             WHERE id = :id",
        )?
        .execute(named_params! {
            ":id": user.id,
            ":email": email,
            ":key": key,
            ":search_text": search_text(email, &user.name),
        });
    match changed {
        Ok(_) => Ok(true),
        Err(error) if StoreError::is_duplicate(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Blocks with a reason, or unblocks.
pub fn set_blocked(
    connection: &Connection,
    id: Id,
    reason: Option<&str>,
    now: Millis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE users SET blocked_at = CASE WHEN :reason IS NULL THEN NULL ELSE :now END,
                    blocked_reason = :reason WHERE id = :id",
        )?
        .execute(named_params! { ":id": id, ":reason": reason, ":now": now })?;
    Ok(())
}

pub(in crate::store) fn saw_run(
    connection: &Connection,
    mailing: Id,
    now: Millis,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE users SET last_run_at = :now
             WHERE id = (SELECT owner_id FROM mailings WHERE id = :mailing)",
        )?
        .execute(named_params! { ":mailing": mailing, ":now": now })?;
    Ok(())
}

/// How many there are.
pub fn count(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM users WHERE deleted_at IS NULL")?
        .query_row([], |row| row.get(0))?)
}

/// How many managers could sign in.
pub fn count_managers(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM users WHERE role = 'manager' AND deleted_at IS NULL
               AND blocked_at IS NULL AND confirmed_at IS NOT NULL",
        )?
        .query_row([], |row| row.get(0))?)
}

/// Numbers that stand in the navigation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub recipients: i64,
    pub messages: i64,
    pub mailings: i64,
}

pub fn totals(connection: &Connection, id: Id) -> Result<Totals, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT recipients_count, messages_count, mailings_count FROM users WHERE id = :id",
        )?
        .query_row(named_params! { ":id": id }, map_totals)
        .optional()?
        .unwrap_or_default())
}

/// The same of everybody together.
pub fn totals_of_all(connection: &Connection) -> Result<Totals, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT coalesce(sum(recipients_count), 0), coalesce(sum(messages_count), 0),
                    coalesce(sum(mailings_count), 0) FROM users",
        )?
        .query_row([], map_totals)?)
}

fn map_totals(row: &Row<'_>) -> rusqlite::Result<Totals> {
    Ok(Totals {
        recipients: row.get(0)?,
        messages: row.get(1)?,
        mailings: row.get(2)?,
    })
}

/// Which kept count of a user's moves.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Kept {
    Recipients,
    Messages,
    Mailings,
}

/// Moves a kept count, in the transaction of the rows that it counts.
pub(in crate::store) fn shift_total(
    connection: &Connection,
    id: Id,
    kept: Kept,
    by: i64,
) -> rusqlite::Result<()> {
    let sql = match kept {
        Kept::Recipients => {
            "UPDATE users SET recipients_count = recipients_count + :by WHERE id = :id"
        }
        Kept::Messages => "UPDATE users SET messages_count = messages_count + :by WHERE id = :id",
        Kept::Mailings => "UPDATE users SET mailings_count = mailings_count + :by WHERE id = :id",
    };
    connection
        .prepare_cached(sql)?
        .execute(named_params! { ":id": id, ":by": by })?;
    Ok(())
}
