//! The facts on which sending a mailing depends.

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::Mailing;
use super::unreached;
use crate::domain::Id;
use crate::domain::content::message;
use crate::domain::mailings::mailing::SendFacts;
use crate::store::StoreError;

/// The facts on which sending depends. `recipients` counts those that a run would have: all of
/// the mailing's, or, with `failed_of`, whether there are any that this run did not reach.
/// `has_base_url`: whether links to the service can be made.
pub fn of(
    connection: &Connection,
    mailing: &Mailing,
    failed_of: Option<Id>,
    has_base_url: bool,
) -> Result<SendFacts, StoreError> {
    let owner_blocked = connection
        .prepare_cached("SELECT blocked_at IS NOT NULL FROM users WHERE id = :owner")?
        .query_row(named_params! { ":owner": mailing.owner_id }, |row| {
            row.get(0)
        })?;
    let unfinished_run = connection
        .prepare_cached(
            "SELECT id, state = 'paused' FROM runs
             WHERE mailing_id = :id AND state IN ('active', 'paused')",
        )?
        .query_row(named_params! { ":id": mailing.id }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let message_fault = connection
        .prepare_cached("SELECT subject, body FROM messages WHERE id = :message")?
        .query_row(named_params! { ":message": mailing.message_id }, |row| {
            let (subject, body): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(message::why_unsendable(&subject, &body, has_base_url))
        })
        .optional()?
        .flatten();
    let recipients = match failed_of {
        None => mailing.recipients,
        Some(run) => i64::from(unreached::has_failed(connection, run)?),
    };
    Ok(SendFacts {
        ends_at: mailing.ends_at,
        disabled_reason: mailing.disabled_reason.clone(),
        owner_blocked,
        unfinished_run,
        has_message: mailing.message_id.is_some(),
        message_fault,
        recipients,
    })
}
