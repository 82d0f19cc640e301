//! What a person can do: one verb a file. A verb checks the permission, opens the transaction,
//! applies the rule, writes the audit line. Page and command line call the same verbs; only the
//! actor differs.

mod accounts;
mod audience;
mod content;
mod delivery;
mod export;
mod mailings;
mod system;
mod target;

pub use accounts::confirm::confirm;
pub use accounts::create_user::{UserDraft, create_user};
pub use accounts::profile::{
    ask_for_new_email, change_email, change_password, delete_account, update_profile,
};
pub use accounts::recover::{ask_for_confirmation, ask_for_recovery, recover};
pub use accounts::register::{Registrant, register};
pub use accounts::session::{Origin, SignedIn, is_good, limits, session};
pub use accounts::set_language::set_language;
pub use accounts::sign_in::{NextStep, SignIn, sign_in};
pub use accounts::sign_out::{end_session, sign_out, sign_out_everywhere};
pub use accounts::two_factor::{
    confirm_two_factor, halfway, proposed_secret, renew_recovery_codes, second_step,
    start_two_factor, turn_two_factor_off,
};
pub use accounts::vouch::{delete_user, set_password, sign_user_out, update_user};
pub use audience::create_recipient::create_recipient;
pub use audience::delete_recipient::delete_recipient;
pub use audience::import_recipients::{Imported, import_recipients};
pub use audience::unsubscribe::unsubscribe;
pub use audience::update_recipient::update_recipient;
pub use audience::uploads::{forget_upload, keep_upload, kept_upload, prune_uploads};
pub use content::create_message::create_message;
pub use content::delete_message::delete_message;
pub use content::update_message::update_message;
pub use delivery::settle_doubt::{Settled, settle_doubt};
pub use export::export;
pub use mailings::cancel_run::cancel_run;
pub use mailings::create_mailing::{begin_mailing, create_mailing};
pub use mailings::delete_mailing::delete_mailing;
pub use mailings::fill::{bring_to_rest, call_off_filling, fill, resume_fillings};
pub use mailings::pause_run::pause_run;
pub use mailings::resume_run::resume_run;
pub use mailings::send_mailing::{Whom, send_mailing};
pub use mailings::start_due_mailings::start_due_mailings;
pub use mailings::stop::{
    block_user, disable_mailing, enable_mailing, remove_two_factor, unblock_user,
};
pub use mailings::update_mailing::{begin_update, update_mailing};
pub use system::adopt::{adopt, foreign};
pub use system::fill_demo::{add_demo_recipients, add_demo_run};
pub use target::{Changed, NewFor, Target};

use crate::app::App;
use crate::domain::accounts::permission;
use crate::domain::accounts::permission::Verdict;
use crate::domain::accounts::throttle::{Bucket, Network};
use crate::domain::accounts::token::{Purpose, Token};
use crate::domain::accounts::user::{Actor, Language, User};
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::letter::{Notice, Request};
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::domain::{Id, Millis};
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::{tokens, users};
use crate::store::delivery::outbox;
use crate::store::delivery::outbox::NewPost;
use crate::store::{JobError, StoreError};
use accounts::admission::Admission;
use accounts::session::Verified;

/// Why a verb did nothing. Whatever it says, nothing has changed, except where it was interrupted.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// There is no such thing, or it is somebody else's: the same answer.
    #[error("not found")]
    NotFound,
    /// They may see it, but not do that.
    #[error("forbidden")]
    Forbidden,
    /// A rule is against it.
    #[error("refused: {}", .0.key)]
    Refused(Phrase),
    /// There is nobody to send to.
    #[error("nothing to send: {}", .0.key)]
    NothingToSend(Phrase),
    /// It is not any more as whoever asks has seen it: they are asked first.
    #[error("changed since it was seen: {}", .0.text.key)]
    Changed(Box<Changed>),
    /// What was typed is not right.
    #[error("invalid")]
    Invalid(FieldErrors),
    /// Too often; after so many milliseconds it may be tried again.
    #[error("too often; again in {0} ms")]
    Throttled(Millis),
    /// The database failed when part of it was done. That part stays; the phrase says how much it is.
    #[error("interrupted: {}", .0.error)]
    Interrupted(Box<Interrupted>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the database failed, and what was done before.
#[derive(Debug)]
pub struct Interrupted {
    pub done: Phrase,
    pub error: StoreError,
}

impl From<rusqlite::Error> for ActionError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl JobError for ActionError {
    fn database(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl ActionError {
    /// One complaint about one field.
    fn field(field: &'static str, phrase: Phrase) -> Self {
        Self::Invalid(FieldErrors::one(field, phrase))
    }
}

/// Whether mail may be asked for to this address by this actor now; if so, it is counted.
fn asked_for_mail(
    app: &App,
    actor: &Actor,
    request: Request,
    email: &EmailAddress,
    now: Millis,
) -> Result<(), ActionError> {
    let network = Network::of(actor.address());
    let buckets = [
        Bucket::MailsTo(request.name(), app.throttles.digest(&email.key())),
        Bucket::MailsFrom(network),
        Bucket::MailsFromSite(network.site()),
    ];
    app.throttles
        .take(&buckets, now)
        .map_err(ActionError::Throttled)
}

/// Puts a letter to a user about their own account into the outbox, in the deed's transaction; in
/// their language, else in the service's.
fn notice(
    connection: &rusqlite::Connection,
    service: Language,
    user: &User,
    notice: Notice,
    detail: &str,
    now: Millis,
) -> Result<(), ActionError> {
    // Perhaps a stranger's address.
    if !user.confirmed {
        return Ok(());
    }
    // An address that was taken once and cannot be mailed: there is nobody to tell.
    let Ok(email) = EmailAddress::parse(&user.email) else {
        return Ok(());
    };
    let post = NewPost {
        request: Request::Notice(notice),
        user_id: Some(user.id),
        email,
        name: user.name.clone(),
        language: user.language.unwrap_or(service),
        time_zone: None,
        detail: detail.to_owned(),
    };
    Ok(outbox::insert(connection, &post, now)?)
}

/// Whose letter a link comes from, while it is good.
async fn account_of(app: &App, token: &Token, purpose: Purpose) -> Result<User, ActionError> {
    let (token, now) = (*token, app.clock.now());
    app.store
        .read(move |c| match tokens::find(c, &token, purpose, now)? {
            Some(proof) => users::by_id(c, proof.user_id),
            None => Ok(None),
        })
        .await?
        .ok_or(ActionError::NotFound)
}

/// Whoever acts, after their password has proved that it is them and not their open browser alone.
struct Proved {
    user: User,
    verified: Verified,
}

impl Proved {
    /// The account as it is now, in the transaction that acts on it.
    ///
    /// # Errors
    /// It is not the same any more: blocked, or its password has changed.
    fn still(&self, c: &rusqlite::Connection) -> Result<User, ActionError> {
        self.verified
            .still(c)?
            .ok_or_else(|| ActionError::Refused(Phrase::new("refused-changed-meanwhile")))
    }
}

/// Asks for the password of whoever acts; `field` is where it was typed.
async fn prove(
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
    if !accounts::hashing::verify(password, Some(known.password_hash)).await? {
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

/// Notes what was done to a thing, in the transaction that does it; where it is deleted, before
/// that.
fn note(
    connection: &rusqlite::Connection,
    actor: &Actor,
    entry: Entry<'_>,
    now: Millis,
) -> Result<(), ActionError> {
    Ok(audit::record(connection, actor, entry, now)?)
}

/// What one may see, provided that one may also change it.
fn changeable<T>(
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
