//! What needs the password once more, although somebody is signed in.

use super::admission::Admission;
use super::hashing;
use super::session::Verified;
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::accounts::throttle::{Bucket, Network};
use crate::domain::accounts::user::{Actor, User};
use crate::domain::phrase::Phrase;
use crate::store::StoreError;
use crate::store::accounts::audit::{self, Entry};
use crate::store::accounts::users;

/// Whoever acts, after their password has proved that it is them and not their open browser alone.
pub(in crate::actions) struct Proved {
    pub(in crate::actions) user: User,
    pub(in crate::actions) verified: Verified,
}

impl Proved {
    /// The account as it is now, in the transaction that acts on it.
    ///
    /// # Errors
    /// It is not the same any more: blocked, or its password has changed.
    pub(in crate::actions) fn still(&self, c: &rusqlite::Connection) -> Result<User, ActionError> {
        self.verified
            .still(c)?
            .ok_or_else(|| ActionError::Refused(Phrase::new("refused-changed-meanwhile")))
    }
}

/// Asks for the password of whoever acts; `field` is where it was typed.
pub(in crate::actions) async fn prove(
    app: &App,
    actor: &Actor,
    field: &'static str,
    password: String,
) -> Result<Proved, ActionError> {
    let id = actor.user_id().ok_or(ActionError::NotFound)?;
    let buckets = vec![
        Bucket::Proofs(id, Network::of(actor.address())),
        Bucket::ProofsToAll(id),
    ];
    let admission = Admission::wait(app, buckets).await?;
    let now = app.clock.now();
    let found = app
        .store
        .read(move |c| {
            Ok::<_, StoreError>((users::by_id(c, id)?, users::credentials_by_id(c, id)?))
        })
        .await?;
    let (Some(user), Some(known)) = found else {
        return Err(ActionError::NotFound);
    };
    let verified = Verified::from(&known);
    if !hashing::verify(password, Some(known.password_hash)).await? {
        admission.failed();
        let (actor, email) = (actor.clone(), user.email);
        app.store
            .write(move |c| {
                let entry = Entry::of_user("password_failed", id, &email);
                audit::record(c, &actor, entry, now)
            })
            .await?;
        let wrong = Phrase::new("error-password-wrong");
        return Err(ActionError::field(field, wrong));
    }
    admission.succeeded();
    Ok(Proved { user, verified })
}
