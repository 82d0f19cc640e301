//! What the documentation says of the settings is what the program knows of them.

#![cfg(test)]

use std::fs;
use std::path::PathBuf;

use mailapp::config::{Config, Flags, keys};

fn document(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_page_of_settings_names_each_of_them_and_its_variable_in_order() {
    let settings = document("docs/configuration.md");
    let rows: Vec<(&str, &str)> = settings
        .lines()
        .filter_map(|line| {
            let mut cells = line.split('`');
            let (key, variable) = (cells.nth(1)?, cells.nth(1)?);
            variable.starts_with("MAILAPP_").then_some((key, variable))
        })
        .filter(|(key, _)| !key.contains(char::is_whitespace))
        .collect();
    let variable = |key: &str| format!("MAILAPP_{}", key.replace('.', "_").to_uppercase());
    let names: Vec<String> = keys().map(variable).collect();
    let known: Vec<(&str, &str)> = keys().zip(names.iter().map(String::as_str)).collect();
    assert_eq!(rows, known);
}

#[test]
fn the_example_file_holds_every_setting_and_starts() {
    let example = document("mailapp.example.toml");
    let uncommented: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            // The certificates that it names are nobody's.
            Some(rest) if rest.starts_with("ca_file") => "\n".to_owned(),
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase()) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    for key in keys() {
        let name = key.rsplit('.').next().unwrap();
        assert!(example.contains(&format!("\n#{name} = ")), "{key}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mailapp.toml");
    for text in [example, uncommented] {
        fs::write(&file, text).unwrap();
        let flags = Flags {
            file: Some(file.clone()),
            set: Vec::new(),
        };
        Config::from_sources(&flags, []).unwrap();
    }
}

#[test]
fn the_page_of_commands_is_what_the_program_says_of_them() {
    let said = std::process::Command::new(env!("CARGO_BIN_EXE_mailapp"))
        .args(["help", "--markdown", "--lang", "en"])
        .output()
        .unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    let page = document("docs/commands.md");
    let below = |text: &str| {
        text[text.find("## `mailapp`").unwrap()..]
            .trim_end()
            .to_owned()
    };
    let (page, said) = (below(&page), below(&said));
    for (written, is) in page.lines().zip(said.lines()) {
        assert_eq!(written, is, "`just docs` writes docs/commands.md");
    }
    assert_eq!(
        page.len(),
        said.len(),
        "`just docs` writes docs/commands.md"
    );
}

/// Files that a document names between backticks: `src/app.rs`, `tests/run`.
#[test]
fn every_file_that_the_architecture_names_is_there() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    let mut seen = 0;
    for name in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = document(name);
        for code in text.split('`').skip(1).step_by(2) {
            let is_path = [
                "src/",
                "tests/",
                "templates/",
                "static/",
                "migrations/",
                "benches/",
            ]
            .iter()
            .any(|folder| code.starts_with(folder));
            if !is_path || code.contains(['*', ' ', '…', '<', '{']) {
                continue;
            }
            seen += 1;
            if !root.join(code).exists() {
                missing.push(format!("{name}: {code}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(seen > 50, "the reader of documents is blind");
}
