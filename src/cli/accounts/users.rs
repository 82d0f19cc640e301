//! `mailapp users`, and what managers may do to them: `block-user`, `unblock-user`,
//! `remove-two-factor`; `set-password`.

use rusqlite::Connection;

use super::create_user::ask_password;
use crate::actions::{self, ActionError};
use crate::app::App;
use crate::cli::args::{Account, Block, Users};
use crate::cli::exit::Exit;
use crate::cli::lists;
use crate::cli::say::Say;
use crate::domain::accounts::user::{Actor, Role};
use crate::domain::audience::address::EmailAddress;
use crate::domain::page::Cursor;
use crate::domain::phrase::Phrase;
use crate::domain::text;
use crate::export::{from, lists::USERS, rows};
use crate::store::StoreError;
use crate::store::accounts::directory;
use crate::store::accounts::directory::Which;

pub(in crate::cli) async fn list(app: &App, args: &Users, say: &Say) -> Result<Exit, Exit> {
    let search = text::search(args.search.as_deref().unwrap_or_default());
    let which = if args.blocked {
        Which::Blocked
    } else {
        Which::All
    };
    let next = move |c: &Connection, cursor: &Cursor| {
        directory::list(c, &search, which, directory::LIST.usual(), cursor)
    };
    if let Some(manner) = args.rows.output.file() {
        let next = move |c: &Connection, key| Ok(rows(next(c, &from(key))?));
        return lists::write(app, (&USERS, manner), args.rows.count(), say, next).await;
    }
    let (rows, more) = lists::read(app, &args.rows, say, next).await?;
    if !args.rows.output.json {
        table(&rows, say);
        if more {
            say.hint_at_more(rows.len());
        }
    }
    Ok(Exit::Done)
}

fn table(rows: &[directory::Account], say: &Say) {
    if rows.is_empty() {
        say.out(&say.text("nothing-found"));
        return;
    }
    let reader = say.reader();
    let rows = rows.iter().map(|user| {
        let state = if user.blocked_at.is_some() {
            "user-blocked"
        } else if user.confirmed_at.is_none() {
            "user-unconfirmed"
        } else {
            "user-active"
        };
        let role = match user.role {
            Role::User => "role-user",
            Role::Manager => "role-manager",
        };
        [
            user.id.to_string(),
            user.email.clone(),
            say.text(role),
            say.text(state),
            reader.number(user.recipients),
            reader.number(user.mailings),
            user.last_run_at
                .map_or_else(|| "—".to_owned(), |at| reader.moment(at)),
        ]
    });
    say.table(
        [
            "number-column",
            "email",
            "role",
            "state",
            "nav-recipients",
            "nav-mailings",
            "last-run",
        ],
        rows,
    );
}

/// An account by its address.
pub(in crate::cli) async fn find(app: &App, email: &str) -> Result<directory::Account, Exit> {
    let key = EmailAddress::parse(email).map_err(Exit::Refused)?.key();
    let found: Result<_, StoreError> = app
        .store
        .read(move |c| directory::by_email_key(c, &key))
        .await;
    match found? {
        Some(account) => Ok(account),
        None => Err(no_user(email)),
    }
}

pub(in crate::cli) fn no_user(email: &str) -> Exit {
    Exit::Refused(Phrase::new("cli-no-user").with("email", email.trim()))
}

fn done(result: Result<(), ActionError>, key: &'static str, email: &str, say: &Say) -> Exit {
    match result {
        Ok(()) => {
            say.out(&say.phrase(&Phrase::new(key).with("email", email.trim())));
            Exit::Done
        }
        Err(ActionError::NotFound) => no_user(email),
        Err(error) => error.into(),
    }
}

pub(in crate::cli) async fn block(app: &App, args: &Block, say: &Say) -> Exit {
    let id = match find(app, &args.email).await {
        Ok(account) => account.id,
        Err(exit) => return exit,
    };
    let result = actions::block_user(app, &Actor::CommandLine, id, &args.reason).await;
    done(result, "cli-user-blocked", &args.email, say)
}

pub(in crate::cli) async fn unblock(app: &App, args: &Account, say: &Say) -> Exit {
    let id = match find(app, &args.email).await {
        Ok(account) => account.id,
        Err(exit) => return exit,
    };
    let result = actions::unblock_user(app, &Actor::CommandLine, id).await;
    done(result, "cli-user-unblocked", &args.email, say)
}

pub(in crate::cli) async fn remove_two_factor(app: &App, args: &Account, say: &Say) -> Exit {
    let id = match find(app, &args.email).await {
        Ok(account) => account.id,
        Err(exit) => return exit,
    };
    let result = actions::remove_two_factor(app, &Actor::CommandLine, id).await;
    done(result, "cli-two-factor-removed", &args.email, say)
}

pub(in crate::cli) async fn set_password(app: &App, args: &Account, say: &Say) -> Exit {
    // Before a password is typed twice for nobody.
    let account = match find(app, &args.email).await {
        Ok(account) => account,
        Err(exit) => return exit,
    };
    let password = match ask_password(&[&args.email], say) {
        Ok(password) => password,
        Err(phrase) => return Exit::Refused(phrase),
    };
    let result = actions::set_password(app, &Actor::CommandLine, &args.email, &password).await;
    let key = if account.confirmed_at.is_some() {
        "cli-password-set"
    } else {
        "cli-password-set-confirmed"
    };
    done(result, key, &args.email, say)
}
