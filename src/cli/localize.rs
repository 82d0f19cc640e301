//! The command line in the reader's language: help, and what is wrong with what was typed.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory as _, FromArgMatches as _};

use super::Exit;
use super::args::Arguments;
use super::say::Say;
use crate::domain::phrase::Phrase;
use crate::domain::user::Language;

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
    flag.map(str::to_owned)
        .or_else(from_environment)
        .and_then(|code| Language::by_code(&code))
}

/// Reads what was typed.
pub(super) fn parse(arguments: Vec<OsString>, say: &Say) -> Result<Arguments, Exit> {
    let command = translated(Arguments::command(), say);
    let parsed = command
        .try_get_matches_from(arguments)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    parsed.map_err(|error| explain(&error, say))
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
    command
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

fn explain(error: &clap::Error, say: &Say) -> Exit {
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
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let argument = context(ContextKind::InvalidArg);
    let phrase = match error.kind() {
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
            Phrase::new("cli-error-missing").with("name", argument)
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = context(ContextKind::InvalidValue);
            if value.is_empty() {
                Phrase::new("cli-error-no-value").with("name", argument)
            } else {
                Phrase::new("cli-error-value")
                    .with("name", argument)
                    .with("value", value)
            }
        }
        ErrorKind::ArgumentConflict => Phrase::new("cli-error-twice").with("name", argument),
        _ => Phrase::new("cli-error-usage"),
    };
    say.problem(&phrase);
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg]
        .into_iter()
        .find_map(|kind| match error.get(kind)? {
            ContextValue::String(text) => Some(text.clone()),
            // The likeliest is the last.
            ContextValue::Strings(texts) => texts.last().cloned(),
            _ => None,
        });
    if let Some(name) = suggested {
        say.hint(&Phrase::new("cli-error-suggest").with("name", name));
    }
    say.hint(&Phrase::new("cli-error-help"));
    Exit::Usage
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
