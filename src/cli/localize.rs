//! The command line in the reader's language: help, and what is wrong with what was typed.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory as _, FromArgMatches as _};

use super::args::{self, Arguments};
use super::exit::Exit;
use super::say::Say;
use crate::domain::accounts::user::Language;
use crate::domain::phrase::Phrase;

/// The language that the reader has asked for: `--lang`, else their environment.
pub(super) fn language(arguments: &[OsString]) -> Option<Language> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let flag =
        words
            .iter()
            .enumerate()
            .find_map(|(index, word)| match word.strip_prefix("--lang") {
                Some("") => words.get(index + 1).copied(),
                Some(rest) => rest.strip_prefix('='),
                None => None,
            });
    let from_environment = || {
        ["MAILAPP_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
    };
    // A language that there is not is a mistake, which is said in the one of the environment.
    flag.and_then(named)
        .or_else(|| from_environment().and_then(|code| named(&code)))
}

/// What `--set` says, before the command and behind it: clap keeps one of these places alone.
fn settings(arguments: &[OsString]) -> Vec<(String, String)> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let values =
        words
            .iter()
            .enumerate()
            .filter_map(|(index, word)| match word.strip_prefix("--set")? {
                "" => words.get(index + 1).copied(),
                rest => rest.strip_prefix('='),
            });
    values
        .filter_map(|value| value.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// The language of a locale's name (`ru_RU.UTF-8`). `C` and `POSIX` ask for untranslated texts, which
/// are English everywhere.
fn named(locale: &str) -> Option<Language> {
    let is_untranslated = matches!(locale.split('.').next(), Some("C" | "POSIX"));
    if is_untranslated {
        return Some(Language::En);
    }
    Language::by_code(locale)
}

/// Reads what was typed.
pub(super) fn parse(arguments: &[OsString], say: &Say) -> Result<Arguments, Exit> {
    let mut command = translated(Arguments::command(), say);
    command.build();
    let read = |arguments: &[OsString]| {
        let parsed = command
            .clone()
            .try_get_matches_from(arguments)
            .and_then(|matches| Arguments::from_arg_matches(&matches));
        let mut parsed = parsed.map_err(|error| explain(&error, &command, arguments, say))?;
        parsed.global.set = settings(arguments);
        Ok(parsed)
    };
    let args = read(arguments)?;
    let args::Command::Help(help) = &args.command else {
        return Ok(args);
    };
    if help.markdown {
        say.bytes(as_markdown(say).as_bytes())?;
        return Err(Exit::Done);
    }
    // The same as `mailapp send --help`.
    let program = arguments.first().cloned();
    let about = help.about.clone().map(OsString::from);
    let words = program.into_iter().chain(about);
    read(&words.chain(["--help".into()]).collect::<Vec<_>>())
}

/// All commands with their options, for the documentation.
fn as_markdown(say: &Say) -> String {
    let options = clap_markdown::MarkdownOptions::new()
        .show_footer(false)
        .show_table_of_contents(false);
    // Not built: what every command takes stands once, with the program's own options.
    let command = translated(Arguments::command(), say);
    clap_markdown::help_markdown_command_custom(&command, &options)
}

/// Gives every command and argument its text: `cli-send`, `cli-send-failed`; arguments that
/// several commands have are `cli-arg-…`.
fn translated(command: Command, say: &Say) -> Command {
    let text = |key: &str| say.text(key);
    let template = format!(
        "{{about-with-newline}}\n{} {{usage}}\n\n{{all-args}}{{after-help}}\n",
        text("cli-usage")
    );
    let mut command = command
        .about(text("cli-about"))
        .after_help(text("cli-after-help"))
        .help_template(template.clone())
        .subcommand_help_heading(text("cli-commands"))
        .subcommand_value_name(text("cli-command"))
        .arg(help_flag(say))
        .arg(
            Arg::new("version")
                .long("version")
                .short('V')
                .action(ArgAction::Version)
                .help(text("cli-arg-version"))
                .help_heading(text("cli-options")),
        )
        .mut_args(|arg| described(arg, "arg", say));
    let everywhere: Vec<Arg> = command
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .cloned()
        .collect();
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in names {
        let template = template.clone();
        command = command.mut_subcommand(&name, |sub| {
            sub.about(say.text(&format!("cli-{name}")))
                .help_template(template)
                .disable_help_flag(true)
                .arg(help_flag(say))
                .mut_args(|arg| described(arg, &name, say))
        });
    }
    command.mut_subcommand("demo", |demo| {
        with_settings_of_its_own(demo, everywhere, say)
    })
}

/// The demo reads no settings, and without a folder it makes one that goes when it ends. What every
/// command has is not given to one that has its own.
fn with_settings_of_its_own(demo: Command, everywhere: Vec<Arg>, say: &Say) -> Command {
    everywhere
        .into_iter()
        .fold(demo, |demo, arg| match arg.get_id().as_str() {
            "data" => demo.arg(arg.help(StyledStr::from(say.text("cli-demo-data")))),
            "config" | "set" => demo.arg(arg.hide(true)),
            _ => demo,
        })
}

fn help_flag(say: &Say) -> Arg {
    Arg::new("help")
        .long("help")
        .short('h')
        .action(ArgAction::Help)
        .help(say.text("cli-arg-help"))
        .help_heading(say.text("cli-options"))
}

fn described(arg: Arg, command: &str, say: &Say) -> Arg {
    let id = arg.get_id().as_str().replace('_', "-");
    let own = format!("cli-{command}-{id}");
    let key = if say.knows(&own) {
        own
    } else {
        format!("cli-arg-{id}")
    };
    let heading = if arg.is_positional() {
        "cli-arguments"
    } else {
        "cli-options"
    };
    let takes_value = arg.get_action().takes_values();
    let arg = arg
        .help(StyledStr::from(say.text(&key)))
        .help_heading(say.text(heading));
    if takes_value {
        arg.hide_possible_values(true)
    } else {
        arg
    }
}

/// What is wrong with what was typed, and what to do.
fn explain(error: &clap::Error, command: &Command, arguments: &[OsString], say: &Say) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            say.out(error.render().to_string().trim_end());
            return Exit::Done;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            say.err(error.render().to_string().trim_end());
            return Exit::Usage;
        }
        _ => {}
    }
    let sub = arguments
        .iter()
        .find_map(|word| command.find_subcommand(word));
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg]
        .into_iter()
        .find_map(|kind| match error.get(kind)? {
            ContextValue::String(text) => Some(text.clone()),
            // The likeliest is the last.
            ContextValue::Strings(texts) => texts.last().cloned(),
            _ => None,
        });
    let usage = sub.map(|sub| sub.clone().render_usage().to_string());
    let usage = usage.as_deref().and_then(|usage| usage.split_once(' '));
    let hints = [
        suggested.map(|name| Phrase::new("cli-error-suggest").with("name", name)),
        // `Usage: ` is clap's, in English.
        usage.map(|(_, usage)| Phrase::new("cli-error-usage-line").with("usage", usage)),
        Some(match sub {
            Some(sub) => Phrase::new("cli-error-help-with").with("name", sub.get_name()),
            None => Phrase::new("cli-error-help"),
        }),
    ];
    Exit::Misused {
        problems: vec![problem(error, sub).into()],
        hints: hints.into_iter().flatten().collect(),
    }
}

fn problem(error: &clap::Error, sub: Option<&Command>) -> Phrase {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            Phrase::new("cli-error-command").with("name", context(ContextKind::InvalidSubcommand))
        }
        ErrorKind::MissingSubcommand => Phrase::new("cli-error-no-command"),
        ErrorKind::UnknownArgument => Phrase::new("cli-error-argument").with("name", argument),
        // `<--email <ADDRESS>|--name <NAME>>`: one of a group at least.
        ErrorKind::MissingRequiredArgument if argument.starts_with("<--") => {
            let names = argument[1..argument.len() - 1].replace('|', ", ");
            Phrase::new("cli-error-nothing-to-change").with("names", names)
        }
        ErrorKind::MissingRequiredArgument => {
            Phrase::new("cli-error-missing").with("name", with_meaning(&argument, sub))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = context(ContextKind::InvalidValue);
            let known = context(ContextKind::ValidValue);
            if value.is_empty() {
                Phrase::new("cli-error-no-value").with("name", argument)
            } else if known.is_empty() {
                Phrase::new("cli-error-value")
                    .with("name", argument)
                    .with("value", value)
            } else {
                Phrase::new("cli-error-choice")
                    .with("name", argument)
                    .with("value", value)
                    .with("known", known)
            }
        }
        ErrorKind::ArgumentConflict => Phrase::new("cli-error-twice").with("name", argument),
        _ => Phrase::new("cli-error-usage"),
    }
}

/// `<ID>, --ends <TIME>` with what each of them is: `<ID> (number of the mailing)`.
fn with_meaning(missing: &str, sub: Option<&Command>) -> String {
    let described = missing.split(", ").map(|name| {
        let arg = sub.and_then(|sub| {
            sub.get_arguments().find(|arg| {
                let shown = arg.to_string();
                shown == name || shown.trim_end_matches("...") == name.trim_end_matches("...")
            })
        });
        match arg.and_then(Arg::get_help) {
            Some(help) => format!("{name} ({help})"),
            None => name.to_owned(),
        }
    });
    described.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_argument_says_in_both_languages_what_it_is() {
        for language in [Language::Ru, Language::En] {
            let mut command = translated(Arguments::command(), &Say::new(language));
            command.build();
            for sub in command.get_subcommands_mut() {
                let help = sub.render_long_help().to_string();
                assert!(!help.contains("cli-"), "{help}");
            }
            assert!(!command.render_long_help().to_string().contains("cli-"));
        }
    }
}
