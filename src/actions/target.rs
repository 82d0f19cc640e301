//! What a verb acts on, and in which state whoever asks for it saw that. A form carries the version
//! that its page showed; where the thing has changed since, nothing happens and a question is asked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::error::{ActionError, Changed};
use crate::domain::accounts::permission::{self, Verdict};
use crate::domain::accounts::user::Actor;
use crate::domain::phrase::Phrase;
use crate::domain::{Id, Millis};
use crate::store::accounts::audit;
use crate::store::db::versions;
use crate::store::db::versions::Versioned;

/// A thing by its number, with the version that was seen of it. A bare number means the thing as
/// it is: the schedule and programs act so.
#[derive(Debug, Clone)]
pub struct Target {
    pub id: Id,
    seen: Option<String>,
}

impl From<Id> for Target {
    fn from(id: Id) -> Self {
        Self { id, seen: None }
    }
}

impl Target {
    /// A thing as a page or a command showed it (`store::versions`).
    pub fn seen(id: Id, version: impl Into<String>) -> Self {
        Self {
            id,
            seen: Some(version.into()),
        }
    }

    /// A form that carries no version: a page from before forms did.
    pub(super) fn is_blank(&self) -> bool {
        self.seen.as_deref() == Some("")
    }

    /// Asks before acting on something that has changed since it was seen.
    pub(super) fn still(
        &self,
        connection: &Connection,
        what: Versioned,
        question: &Question,
    ) -> Result<(), ActionError> {
        if self.seen.is_none() {
            return Ok(());
        }
        let now = versions::of(connection, what, self.id)?;
        self.still_at(connection, now, question)
    }

    /// The same where the version now is known.
    pub(super) fn still_at(
        &self,
        connection: &Connection,
        now: String,
        question: &Question,
    ) -> Result<(), ActionError> {
        if self.seen.as_ref().is_none_or(|seen| *seen == now) {
            return Ok(());
        }
        let (kind, id) = question.about;
        Err(ActionError::Changed(Box::new(Changed {
            version: now,
            text: question.text.clone(),
            button: question.button,
            last: audit::last_about(connection, kind, id)?,
        })))
    }
}

/// What is asked before acting on something that has changed.
#[derive(Debug)]
pub(super) struct Question {
    /// What the button would do now.
    text: Phrase,
    /// The text of the button.
    button: &'static str,
    /// The kind and number under which the audit log knows the thing.
    about: (&'static str, Id),
}

impl Question {
    pub(super) const fn new(
        text: Phrase,
        button: &'static str,
        kind: &'static str,
        id: Id,
    ) -> Self {
        Self {
            text,
            button,
            about: (kind, id),
        }
    }
}

/// Whose the new thing will be, and the key of the form that adds it: sent twice, it adds once.
#[derive(Debug, Clone)]
pub struct NewFor {
    pub owner: Id,
    key: String,
}

impl From<Id> for NewFor {
    fn from(owner: Id) -> Self {
        Self {
            owner,
            key: String::new(),
        }
    }
}

impl NewFor {
    /// With a form's idempotency key.
    pub fn with_key(owner: Id, key: impl Into<String>) -> Self {
        Self {
            owner,
            key: key.into(),
        }
    }

    /// The key of this form with this content: whoever goes back and types something else adds
    /// something else.
    fn key_of(&self, content: &impl std::fmt::Debug) -> String {
        if self.key.is_empty() {
            return String::new();
        }
        let hash = Sha256::digest(format!("{}\n{content:?}", self.key));
        URL_SAFE_NO_PAD.encode(hash)
    }

    /// What the same form has added already, if that is still there (`is_there`).
    pub(super) fn made(
        &self,
        connection: &Connection,
        content: &impl std::fmt::Debug,
        is_there: impl FnOnce(Id) -> Result<bool, crate::store::StoreError>,
    ) -> Result<Option<Id>, ActionError> {
        let found = versions::made_with(connection, self.owner, &self.key_of(content))?;
        match found {
            Some(id) if is_there(id)? => Ok(Some(id)),
            _ => Ok(None),
        }
    }

    /// Remembers what was added.
    pub(super) fn remember(
        &self,
        connection: &Connection,
        content: &impl std::fmt::Debug,
        id: Id,
        now: Millis,
    ) -> Result<(), ActionError> {
        let key = self.key_of(content);
        Ok(versions::made(connection, self.owner, &key, id, now)?)
    }
}

/// What one may see, provided that one may also change it.
pub(super) fn changeable<T>(
    found: Option<T>,
    actor: &Actor,
    owner: impl Fn(&T) -> Id,
) -> Result<T, ActionError> {
    let found = found.ok_or(ActionError::NotFound)?;
    match permission::may_change(actor, owner(&found)) {
        Verdict::Allowed => Ok(found),
        Verdict::Forbidden => Err(ActionError::Forbidden),
        Verdict::Unseen => Err(ActionError::NotFound),
    }
}
