//! `mailapp create-user`, `mailapp create-manager`: asks for what was not given. On a terminal what
//! is wrong is said at once and asked again.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use crate::actions;
use crate::actions::UserDraft;
use crate::app::App;
use crate::cli::args::CreateUser;
use crate::cli::exit::Exit;
use crate::cli::say::Say;
use crate::domain::accounts::password::NewPassword;
use crate::domain::accounts::user::{Actor, Language, Role};
use crate::domain::audience::address::EmailAddress;
use crate::domain::delivery::letter::Standing;
use crate::domain::phrase::Phrase;
use crate::store::StoreError;
use crate::store::accounts::users;

/// How often the same is asked on a terminal.
const TIMES: usize = 3;

/// Asks for what was not given. `app` is none where its database is still to be made: nothing is, for
/// an account that will not be there.
pub(in crate::cli) async fn ask_all(
    app: Option<&App>,
    args: &CreateUser,
    role: Role,
    say: &Say,
) -> Result<UserDraft, Exit> {
    let email = match &args.email {
        Some(email) => email.clone(),
        None => ask_email(app, say).await.map_err(Exit::Refused)?,
    };
    let password = ask_password(&[&email, &args.name], say).map_err(Exit::Refused)?;
    let draft = UserDraft {
        email,
        name: args.name.clone(),
        password,
        role,
        language: args.language.as_deref().and_then(Language::by_code),
        time_zone: args.time_zone.clone(),
    };
    draft.check()?;
    Ok(draft)
}

pub(in crate::cli) async fn run(
    app: &App,
    args: &CreateUser,
    role: Role,
    asked: Option<UserDraft>,
    say: &Say,
) -> Exit {
    let draft = match asked {
        Some(draft) => draft,
        None => match ask_all(Some(app), args, role, say).await {
            Ok(draft) => draft,
            Err(exit) => return exit,
        },
    };
    let email = draft.email.clone();
    match actions::create_user(app, &Actor::CommandLine, draft).await {
        Ok(_) => {
            let key = match role {
                Role::User => "cli-user-created",
                Role::Manager => "cli-manager-created",
            };
            say.out(&say.phrase(&Phrase::new(key).with("email", email.trim())));
            Exit::Done
        }
        Err(error) => error.into(),
    }
}

/// Asks on a terminal; otherwise reads a line.
pub(in crate::cli) fn ask(say: &Say, key: &str) -> Option<String> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        drop(write!(std::io::stderr(), "{} ", say.text(key)));
    }
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

/// An address that an account can be made for.
async fn ask_email(app: Option<&App>, say: &Say) -> Result<String, Phrase> {
    let missing = || Phrase::new("error-email-missing");
    if !std::io::stdin().is_terminal() {
        return ask(say, "cli-ask-email").ok_or_else(missing);
    }
    let mut wrong = missing();
    for left in (0..TIMES).rev() {
        let email = ask(say, "cli-ask-email").ok_or_else(missing)?;
        wrong = match EmailAddress::parse_for_account(&email) {
            Err(phrase) => phrase,
            Ok(address) => match standing(app, &address).await {
                Ok(Standing::Nobody | Standing::Unconfirmed) => return Ok(email),
                Ok(_) => Phrase::new("error-user-exists"),
                Err(error) => error.phrase(),
            },
        };
        // The last complaint is the command's own.
        if left > 0 {
            say.problem(&wrong);
        }
    }
    Err(wrong)
}

/// Who has the address; nobody, where there is no database yet.
async fn standing(app: Option<&App>, address: &EmailAddress) -> Result<Standing, StoreError> {
    let Some(app) = app else {
        return Ok(Standing::Nobody);
    };
    let key = address.key();
    let found = app.store.read(move |c| users::standing(c, &key)).await;
    found.map(|(standing, _)| standing)
}

/// A password that will be taken: asked twice on a terminal, unseen; otherwise a line is read.
/// `own_words` are those of the account.
pub(in crate::cli) fn ask_password(own_words: &[&str], say: &Say) -> Result<String, Phrase> {
    let missing = || Phrase::new("cli-no-password");
    if !std::io::stdin().is_terminal() {
        return ask(say, "cli-ask-password").ok_or_else(missing);
    }
    let prompt = |key: &str| {
        rpassword::prompt_password(format!("{} ", say.text(key))).map_err(|_| missing())
    };
    let mut wrong = missing();
    for left in (0..TIMES).rev() {
        let password = prompt("cli-ask-password")?;
        wrong = match NewPassword::parse(&password, own_words) {
            Err(phrase) => phrase,
            Ok(_) if prompt("cli-ask-password-again")? != password => {
                Phrase::new("cli-passwords-differ")
            }
            Ok(_) => return Ok(password),
        };
        // The last complaint is the command's own.
        if left > 0 {
            say.problem(&wrong);
        }
    }
    Err(wrong)
}
