//! `mailapp update-user`, `delete-user`, `sessions`, `sign-out-user`: what people do to their own
//! accounts on the page.

use std::io::IsTerminal as _;

use super::create_user::ask;
use super::users;
use crate::actions::{self, ActionError};
use crate::app::App;
use crate::cli::args::{DeleteUser, Sessions, SignOut, UpdateUser};
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::domain::accounts::account::Profile;
use crate::domain::accounts::user::{Actor, Language, Theme, User};
use crate::domain::audience::address::{EmailAddress, key_of};
use crate::domain::phrase::{FieldErrors, Phrase};
use crate::store;

async fn find(app: &App, email: &str) -> Result<User, Exit> {
    let id = users::find(app, email).await?.id;
    app.store
        .read(move |c| store::accounts::users::by_id(c, id))
        .await?
        .ok_or_else(|| users::no_user(email))
}

/// What is not said stays as it is.
pub(in crate::cli) async fn update(app: &App, args: UpdateUser, say: &Say) -> Result<Exit, Exit> {
    let user = find(app, &args.account).await?;
    // Nobody's choice is the empty one.
    let chosen = |said: Option<String>, stored: Option<&'static str>| match said.as_deref() {
        Some("auto") => String::new(),
        Some(_) => said.unwrap_or_default(),
        None => stored.unwrap_or_default().to_owned(),
    };
    let profile = Profile::parse(
        &args.name.unwrap_or(user.name),
        &chosen(args.language, user.language.map(Language::code)),
        &args.time_zone.or(user.time_zone).unwrap_or_default(),
        &chosen(args.theme, user.theme.map(Theme::name)),
    )
    .map_err(ActionError::Invalid)?;
    let email = args
        .email
        .map(|email| EmailAddress::parse_for_account(&email))
        .transpose()
        .map_err(|phrase| ActionError::Invalid(FieldErrors::one("email", phrase)))?;
    let now_called = email
        .as_ref()
        .map_or(user.email, |email| email.as_typed().to_owned());
    actions::update_user(app, &Actor::CommandLine, user.id, profile, email).await?;
    say.out(&say.phrase(&Phrase::new("cli-user-changed").with("email", now_called)));
    Ok(Exit::Done)
}

/// On a terminal the address is asked for again; elsewhere `--yes` must be said.
pub(in crate::cli) async fn delete(app: &App, args: &DeleteUser, say: &Say) -> Result<Exit, Exit> {
    let account = users::find(app, &args.email).await?;
    if !args.yes {
        let asked = std::io::stdin().is_terminal().then(|| {
            let what = Phrase::new("cli-delete-user-what")
                .with("email", account.email.as_str())
                .with("recipients", account.recipients)
                .with("messages", account.messages)
                .with("mailings", account.mailings);
            say.hint(&what);
            ask(say, "cli-ask-delete-user").unwrap_or_default()
        });
        if asked.is_none_or(|typed| key_of(&typed) != key_of(&account.email)) {
            return Err(Exit::Refused(Phrase::new("cli-not-deleted")));
        }
    }
    let called_off = actions::delete_user(app, &Actor::CommandLine, account.id)
        .await
        .map_err(|error| match error {
            ActionError::Refused(phrase) if phrase.key == "refused-last-manager" => {
                Exit::Refused(Phrase::new("cli-last-manager"))
            }
            error => error.into(),
        })?;
    for run in called_off {
        // Perhaps nobody else is there to do it.
        actions::bring_to_rest(app, run).await?;
    }
    say.out(&say.phrase(&Phrase::new("cli-user-deleted").with("email", account.email)));
    Ok(Exit::Done)
}

pub(in crate::cli) async fn sessions(app: &App, args: &Sessions, say: &Say) -> Result<Exit, Exit> {
    let id = users::find(app, &args.email).await?.id;
    let limits = actions::limits(app);
    let open = app
        .store
        .read(move |c| store::accounts::sessions::of_user(c, id, limits))
        .await?;
    if args.json {
        for session in &open {
            say.json(session)?;
        }
        return Ok(Exit::Done);
    }
    if open.is_empty() {
        say.out(&say.text("nothing-found"));
        return Ok(Exit::Done);
    }
    let reader = say.reader();
    let rows = open.into_iter().map(|session| {
        [
            session.id.to_string(),
            reader.moment(session.created_at),
            reader.moment(session.last_seen_at),
            session.address,
            session.user_agent,
        ]
    });
    let headings = [
        "number-column",
        "session-since",
        "session-seen",
        "session-address",
        "session",
    ];
    say.table(headings, rows);
    Ok(Exit::Done)
}

pub(in crate::cli) async fn sign_out(app: &App, args: &SignOut, say: &Say) -> Result<Exit, Exit> {
    let account = users::find(app, &args.email).await?;
    let ended = actions::sign_user_out(app, &Actor::CommandLine, account.id, args.session).await;
    match (ended, args.session) {
        (Ok(()), Some(_)) => say.out(&say.text("notice-session-ended")),
        (Ok(()), None) => {
            let done = Phrase::new("cli-user-signed-out").with("email", account.email);
            say.out(&say.phrase(&done));
        }
        (Err(ActionError::NotFound), Some(session)) => {
            let none = Phrase::new("cli-no-session").with("id", session.to_string());
            return Err(Exit::Refused(none));
        }
        (Err(error), _) => return Err(error.into()),
    }
    Ok(Exit::Done)
}
