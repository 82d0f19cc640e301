//! The command line. One file a command.
//!
//! Exit codes: 0 done; 1 refused or failed, with the reason on standard error; 2 what was typed is
//! wrong: an unknown command or option, a missing or malformed value. `send`, `resume` and
//! `send-again` have two more: 3 finished with failures, 4 nothing to send.
//!
//! With `--json` the reason is an object on standard error: `errors` (`code`, `argument`, `message`),
//! `hints`, `exit_code`.

mod accounts;
mod args;
mod audience;
mod content;
mod delivery;
mod exit;
mod input;
mod json;
mod lists;
mod localize;
mod log;
mod mailings;
mod opening;
mod reports;
mod say;
mod system;
mod whose;

use std::process::ExitCode;

use args::{Command, Global};
use exit::Exit;
use say::Say;

use crate::actions::UserDraft;
use crate::app;
use crate::config::{Config, Flags};
use crate::domain::accounts::user::{Language, Role};
use crate::domain::phrase::Phrase;

/// Runs the command that this process was started with.
pub fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let language = localize::language(&arguments);
    let as_json = arguments.iter().any(|word| word == "--json");
    let say = Say::new(language.unwrap_or_default()).for_scripts(as_json);
    let exit = match localize::parse(&arguments, &say) {
        Err(exit) => exit,
        Ok(args) => match tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => {
                ignore_file_size_signal(&runtime);
                let exit = runtime.block_on(run(args.command, &args.global, &say, language));
                // Whatever still reads (a terminal, say) is not waited for.
                runtime.shutdown_background();
                exit
            }
            Err(error) => {
                tracing::error!(%error, "no event loop");
                Exit::Refused(Phrase::new("error-unexpected"))
            }
        },
    };
    say.exit(&exit);
    ExitCode::from(exit.code())
}

/// The settings. What a flag says wrongly is the caller's mistake, what stands in the file or in a
/// variable is not.
fn load(flags: &Flags) -> Result<Config, Exit> {
    Config::load(flags).map_err(|phrase| {
        let without = Flags {
            file: flags.file.clone(),
            set: Vec::new(),
        };
        if !flags.set.is_empty() && Config::load(&without).is_ok() {
            Exit::misused(phrase)
        } else {
            Exit::Refused(phrase)
        }
    })
}

/// A file that has reached the largest size that the system allows is an error of writing, which is
/// said and waited for, and not a signal that kills the process.
fn ignore_file_size_signal(runtime: &tokio::runtime::Runtime) {
    use tokio::signal::unix::{SignalKind, signal};
    let _entered = runtime.enter();
    // Once it has been caught it never kills again, whether anybody listens or not.
    let number = rustix::process::Signal::XFSZ.as_raw();
    drop(signal(SignalKind::from_raw(number)));
}

fn is_secret(key: &str) -> bool {
    key == "metrics_token" || key.ends_with(".password")
}

fn either(result: Result<Exit, Exit>) -> Exit {
    result.unwrap_or_else(|exit| exit)
}

/// The account that is to be made, asked for before a database is made for it.
async fn ask_first(
    config: &Config,
    command: &Command,
    say: &Say,
) -> Result<Option<UserDraft>, Exit> {
    let (args, role) = match command {
        Command::CreateUser(args) => (args, Role::User),
        Command::CreateManager(args) => (args, Role::Manager),
        _ => return Ok(None),
    };
    if !app::is_without_database(&config.data) {
        return Ok(None);
    }
    let draft = accounts::create_user::ask_all(None, args, role, say).await?;
    Ok(Some(draft))
}

async fn run(command: Command, global: &Global, say: &Say, language: Option<Language>) -> Exit {
    // The demo keeps away from everything that belongs to the real installation.
    if let Command::Demo(args) = command {
        return system::demo::run(args, global, say).await;
    }
    let mut flags = Flags {
        file: global.config.clone(),
        set: global.set.clone(),
    };
    // Arguments are seen by everybody on the machine.
    if flags.set.iter().any(|(key, _)| is_secret(key)) {
        return Exit::misused(Phrase::new("cli-secret-in-argument"));
    }
    if let Some(data) = &global.data {
        flags.set.push(("data".to_owned(), data.clone()));
    }
    if let Command::Serve(args) = &command {
        args.add_to(&mut flags);
    }
    let config = match load(&flags) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    say.speak(language.unwrap_or(config.language), &config.time_zone);
    log::init(&config.log, matches!(command, Command::Serve(_)));
    let asked = match ask_first(&config, &command, say).await {
        Ok(asked) => asked,
        Err(exit) => return exit,
    };
    let app = match opening::open(config, &command, say) {
        Ok(app) => app,
        Err(exit) => return exit,
    };
    opening::note_copy(&app, &command, say).await;
    match command {
        Command::Serve(_) => system::serve::run(app, say).await,
        Command::Send(args) => mailings::send::run(&app, args, say).await,
        Command::Pause(args) => mailings::run_verbs::pause(&app, args, say).await,
        Command::Resume(args) => mailings::run_verbs::resume(&app, args, say).await,
        Command::Cancel(args) => mailings::run_verbs::cancel(&app, args, say).await,
        Command::Status(args) => mailings::status::run(&app, &args, say).await,
        Command::Doubts(args) => either(delivery::doubts::list(&app, &args, say).await),
        Command::SendAgain(args) => either(delivery::doubts::send_again(&app, &args, say).await),
        Command::Leave(args) => either(delivery::doubts::leave(&app, &args, say).await),
        Command::CreateUser(args) => {
            accounts::create_user::run(&app, &args, Role::User, asked, say).await
        }
        Command::CreateManager(args) => {
            accounts::create_user::run(&app, &args, Role::Manager, asked, say).await
        }
        Command::Users(args) => either(accounts::users::list(&app, &args, say).await),
        Command::UpdateUser(args) => either(accounts::account::update(&app, args, say).await),
        Command::DeleteUser(args) => either(accounts::account::delete(&app, &args, say).await),
        Command::Sessions(args) => either(accounts::account::sessions(&app, &args, say).await),
        Command::SignOutUser(args) => either(accounts::account::sign_out(&app, &args, say).await),
        Command::SetPassword(args) => accounts::users::set_password(&app, &args, say).await,
        Command::BlockUser(args) => accounts::users::block(&app, &args, say).await,
        Command::UnblockUser(args) => accounts::users::unblock(&app, &args, say).await,
        Command::RemoveTwoFactor(args) => {
            accounts::users::remove_two_factor(&app, &args, say).await
        }
        Command::DisableMailing(args) => mailings::switch::disable(&app, &args, say).await,
        Command::EnableMailing(args) => mailings::switch::enable(&app, &args, say).await,
        Command::Adopt => system::adopt::run(&app, say).await,
        Command::Audit(args) => either(accounts::audit::run(&app, &args, say).await),
        Command::Mailbox(args) => either(system::mailbox::run(&app, &args, say).await),
        Command::Stats(args) => either(reports::stats::run(&app, &args, say).await),
        Command::Attempts(args) => either(delivery::attempts::run(&app, &args, say).await),
        Command::Recipients(args) if args.mailing.is_some() => {
            either(mailings::members::run(&app, &args, say).await)
        }
        Command::Recipients(args) => either(audience::list::run(&app, &args, say).await),
        Command::CreateRecipient(args) => {
            either(audience::recipient::create(&app, &args, say).await)
        }
        Command::UpdateRecipient(args) => {
            either(audience::recipient::update(&app, args, say).await)
        }
        Command::DeleteRecipient(args) => {
            either(audience::recipient::delete(&app, &args, say).await)
        }
        Command::ImportRecipients(args) => either(audience::import::run(&app, &args, say).await),
        Command::Messages(args) => either(content::list::run(&app, &args, say).await),
        Command::CreateMessage(args) => either(content::message::create(&app, args, say).await),
        Command::UpdateMessage(args) => either(content::message::update(&app, args, say).await),
        Command::DeleteMessage(args) => either(content::message::delete(&app, &args, say).await),
        Command::Mailings(args) => either(mailings::list::run(&app, &args, say).await),
        Command::CreateMailing(args) => either(mailings::mailing::create(&app, &args, say).await),
        Command::UpdateMailing(args) => either(mailings::mailing::update(&app, &args, say).await),
        Command::DeleteMailing(args) => either(mailings::mailing::delete(&app, &args, say).await),
        Command::Doctor(args) => system::doctor::run(&app, &args, say).await,
        Command::Demo(_) | Command::Help(_) => Exit::Failed,
    }
}
