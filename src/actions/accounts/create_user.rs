use super::hashing;
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::accounts::account;
use crate::domain::accounts::account::MAX_NAME;
use crate::domain::accounts::password::NewPassword;
use crate::domain::accounts::user::{Actor, Language, Role};
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::letter::Standing;
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::domain::text;
use crate::domain::{Id, Millis};
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::accounts::directory;
use crate::store::accounts::users;
use crate::store::accounts::users::NewUser;

/// A new user as asked for.
#[derive(Debug)]
pub struct UserDraft {
    pub email: String,
    pub name: String,
    pub password: String,
    pub role: Role,
    pub language: Option<Language>,
    /// An IANA name; empty: the service's.
    pub time_zone: String,
}

/// A draft whose values are all right by themselves.
struct Parsed {
    email: EmailAddress,
    name: String,
    password: NewPassword,
    time_zone: Option<String>,
}

impl UserDraft {
    /// What can be wrong with it whoever else there is.
    ///
    /// # Errors
    /// Complaints under `email`, `name`, `password`, `time_zone`.
    pub fn check(&self) -> Result<(), ActionError> {
        self.parse().map(drop)
    }

    fn parse(&self) -> Result<Parsed, ActionError> {
        let mut errors = FieldErrors::default();
        let email = errors.take("email", EmailAddress::parse_for_account(&self.email));
        let name = errors.take("name", text::line(&self.name, MAX_NAME));
        let password = errors.take(
            "password",
            NewPassword::parse(&self.password, &[&self.email, &self.name]),
        );
        let time_zone = errors.take("time_zone", account::time_zone(&self.time_zone));
        match (email, name, password, time_zone) {
            (Some(email), Some(name), Some(password), Some(time_zone)) => Ok(Parsed {
                email,
                name,
                password,
                time_zone,
            }),
            _ => Err(ActionError::Invalid(errors)),
        }
    }
}

/// Makes a user whose address counts as confirmed, because whoever runs commands vouches for it.
///
/// # Errors
/// Complaints under `email`, `name`, `password`, `time_zone`; an address that is taken.
pub async fn create_user(app: &App, actor: &Actor, draft: UserDraft) -> Result<Id, ActionError> {
    let Parsed {
        email,
        name,
        password,
        time_zone,
    } = draft.parse()?;
    let now = app.clock.now();
    let new = NewUser {
        email_key: email.key(),
        email: email.as_typed().to_owned(),
        name,
        role: draft.role,
        password_hash: hashing::hash(password.expose().to_owned()).await?,
        language: draft.language,
        time_zone,
        confirmed_at: Some(now),
    };
    let actor = actor.clone();
    app.store
        .write(move |c| {
            make_room(c, &new.email_key, now)?;
            let Some(id) = users::insert(c, &new, now)? else {
                return Err(ActionError::field(
                    "email",
                    Phrase::new("error-user-exists"),
                ));
            };
            let phrase = Phrase::new("audit-detail-role").with("role", new.role.name());
            let detail = audit::detail(&phrase);
            let entry = Entry::of_user("create_user", id, &new.email).with(&detail);
            audit::record(c, &actor, entry, now)?;
            Ok(id)
        })
        .await
}

/// An account that somebody has asked for with an address, and never confirmed, gives way to one
/// whose address is known to be theirs.
pub(in crate::actions) fn make_room(
    c: &rusqlite::Connection,
    email_key: &str,
    now: Millis,
) -> Result<(), ActionError> {
    let (standing, found) = users::standing(c, email_key)?;
    if let (Standing::Unconfirmed, Some(id)) = (standing, found) {
        directory::delete(c, id, now)?;
    }
    Ok(())
}
