use super::service_mail::asked_for_mail;
use crate::actions::error::ActionError;
use crate::app::App;
use crate::domain::accounts::account;
use crate::domain::accounts::account::MAX_NAME;
use crate::domain::accounts::user::{Actor, Language};
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::letter::Request;
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::domain::text;
use crate::store::accounts::audit;
use crate::store::accounts::audit::Entry;
use crate::store::delivery::outbox;
use crate::store::delivery::outbox::NewPost;

/// Somebody who wants an account.
#[derive(Debug)]
pub struct Registrant {
    pub email: String,
    pub name: String,
    pub language: Language,
    /// The browser's; one that is unknown is the service's.
    pub time_zone: String,
}

/// Asks for an account. Which letter goes out, to a new owner or to one who has an account already,
/// is decided when it is sent: the answer and its time are the same for every address. The password
/// is chosen behind the letter's link, so that nobody can choose one for somebody else's address.
///
/// # Errors
/// Registration is closed; complaints under `email` and `name`; asked for too often.
pub async fn register(app: &App, actor: &Actor, draft: Registrant) -> Result<(), ActionError> {
    if !app.is_registration_open() {
        return Err(ActionError::Refused(Phrase::new("refused-registration")));
    }
    let mut errors = FieldErrors::default();
    let email = errors.take("email", EmailAddress::parse_for_account(&draft.email));
    let name = errors.take("name", text::line(&draft.name, MAX_NAME));
    let (Some(email), Some(name)) = (email, name) else {
        return Err(ActionError::Invalid(errors));
    };
    let time_zone = account::time_zone(&draft.time_zone).unwrap_or_default();
    let post = NewPost {
        request: Request::Register,
        user_id: None,
        email,
        name,
        language: draft.language,
        time_zone,
        detail: String::new(),
    };
    ask(app, actor, post, "register").await
}

/// Puts a request of somebody unknown into the outbox, if they have not asked too often.
pub(in crate::actions) async fn ask(
    app: &App,
    actor: &Actor,
    post: NewPost,
    verb: &'static str,
) -> Result<(), ActionError> {
    let (now, actor) = (app.clock.now(), actor.clone());
    asked_for_mail(app, &actor, post.request, &post.email, now)?;
    app.store
        .write(move |c| {
            outbox::insert(c, &post, now)?;
            let entry = Entry::of_nobody(verb, post.email.as_typed());
            Ok::<_, ActionError>(audit::record(c, &actor, entry, now)?)
        })
        .await?;
    app.wakeup.wake();
    Ok(())
}
