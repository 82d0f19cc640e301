//! The rules of the sources (see `ARCHITECTURE.md`), read from the sources themselves: which layer and
//! which column may import which, that no files import each other in a circle, how long a file may
//! be, that every text exists in both languages and is used.

#![cfg(test)]

mod graph;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use graph::{Graph, Module};

/// What each layer may import of the others.
const LAW: [(&str, &[&str]); 16] = [
    ("domain", &[]),
    ("failpoint", &[]),
    ("recurring", &[]),
    ("descriptors", &[]),
    ("clock", &["domain"]),
    ("i18n", &["domain"]),
    ("store", &["domain"]),
    ("transport", &["domain"]),
    ("cache", &["domain", "store"]),
    // The relay's settings are the transport's own types.
    ("config", &["domain", "transport"]),
    // Letters are written in their reader's language.
    ("engine", &["clock", "domain", "i18n", "store", "transport"]),
    (
        "app",
        &[
            "cache",
            "clock",
            "config",
            "domain",
            "engine",
            "store",
            "transport",
        ],
    ),
    ("actions", &["app", "domain", "store"]),
    // Files are written in their reader's language.
    ("export", &["domain", "i18n", "store"]),
    (
        "web",
        &[
            "actions", "app", "cache", "domain", "export", "i18n", "store",
        ],
    ),
    (
        "cli",
        &[
            "actions", "app", "clock", "config", "domain", "engine", "export", "i18n", "store",
        ],
    ),
];

/// The few that may do more, and why.
const EXCEPTIONS: [(&str, &str); 2] = [
    // `serve` is the command that opens the other door.
    ("cli::system::serve", "web"),
    // The demo brings a mail server along; it does not send.
    ("cli::system::demo", "transport"),
];

/// What every layer may name: the points at which a test kills the process, how the log is told of
/// conditions that last, and what the system leaves to the process.
const FOR_ALL: [&str; 3] = ["failpoint", "recurring", "descriptors"];

/// The columns of the layers: the same in each, and each may import those above it in this list.
const COLUMNS: [&str; 7] = [
    "system", "accounts", "audience", "content", "mailings", "delivery", "reports",
];

/// Technique that columns stand on: how a database is opened and read, HTTP, and what all pages share.
const TECHNIQUE: [&str; 3] = ["db", "http", "ui"];

/// A file of more lines is listed.
const LONG: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder with this extension: its path from there, and its text.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let top = root().join(folder);
    let mut found = Vec::new();
    walk(&top, &mut found);
    found.retain(|path| path.extension().is_some_and(|known| known == extension));
    found.sort();
    assert!(!found.is_empty(), "{folder}");
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&top).unwrap().display().to_string();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The program's own sources: without comments and without the tests at a file's end.
fn sources() -> Vec<(String, String)> {
    let strip = |text: &str| -> String {
        let lines = text
            .lines()
            .take_while(|line| !line.starts_with("#[cfg(test)]"))
            .filter(|line| !line.trim_start().starts_with("//"));
        // A quotation mark as a character begins no text.
        lines
            .map(|line| line.replace("'\"'", "' '") + "\n")
            .collect()
    };
    files("src", "rs")
        .into_iter()
        .map(|(name, text)| (name, strip(&text)))
        .collect()
}

/// The layer of a file below `src`.
fn layer(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap()
}

/// Every arrow from one file to another.
fn arrows() -> Vec<(Module, Module)> {
    let graph = Graph::of(&files("src", "rs"));
    let arrows = graph.edges.into_iter().flat_map(|(from, to)| {
        let from = std::iter::repeat(from);
        from.zip(to)
    });
    arrows.collect()
}

fn offence((from, to): &(Module, Module)) -> String {
    format!("{} imports {}", from.join("::"), to.join("::"))
}

#[test]
fn no_layer_imports_what_the_law_does_not_allow() {
    let mut excused = BTreeSet::new();
    let mut offences = Vec::new();
    for arrow in arrows() {
        let (from, to) = &arrow;
        if from.is_empty() || from[0] == to[0] || FOR_ALL.contains(&to[0].as_str()) {
            continue;
        }
        let Some((_, allowed)) = LAW.iter().find(|(layer, _)| *layer == from[0]) else {
            panic!("the law does not know {}", from[0]);
        };
        if allowed.contains(&to[0].as_str()) {
            continue;
        }
        let exception = EXCEPTIONS
            .iter()
            .find(|(who, what)| *who == from.join("::") && *what == to[0]);
        match exception {
            Some(exception) => _ = excused.insert(exception),
            None => offences.push(offence(&arrow)),
        }
    }
    assert_eq!(offences, Vec::<String>::new());
    assert_eq!(excused.len(), EXCEPTIONS.len(), "an exception nobody needs");
}

/// Where a module stands in the order of its layer; nothing for what belongs to no column.
fn rank(module: &Module) -> Option<usize> {
    let part = module.get(1)?.as_str();
    let technique = TECHNIQUE.iter().position(|name| *name == part);
    let column = COLUMNS.iter().position(|name| *name == part);
    technique.or_else(|| column.map(|column| column + TECHNIQUE.len()))
}

#[test]
fn a_column_imports_only_columns_above_it() {
    let mut offences = Vec::new();
    for arrow in arrows() {
        let (from, to) = &arrow;
        if from.first() == to.first()
            && let (Some(own), Some(other)) = (rank(from), rank(to))
            && other > own
        {
            offences.push(offence(&arrow));
        }
    }
    assert_eq!(offences, Vec::<String>::new());
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let circles: Vec<Vec<String>> = Graph::of(&files("src", "rs"))
        .circles()
        .into_iter()
        .map(|circle| circle.iter().map(|module| module.join("::")).collect())
        .collect();
    assert_eq!(circles, Vec::<Vec<String>>::new());
}

#[test]
fn every_layer_stands_in_the_law_and_in_the_map() {
    let map = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mapped: BTreeSet<&str> = map
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let known: BTreeSet<&str> = LAW.iter().map(|(layer, _)| *layer).collect();
    assert_eq!(mapped, known);
}

#[test]
fn the_doors_write_nothing_and_know_no_sql() {
    let mut offences = Vec::new();
    for (file, text) in sources() {
        let own = layer(&file);
        let is_door = ["web", "cli"].contains(&own);
        // Written together, so that a line break between them hides nothing.
        let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if is_door && joined.contains("store.write(") {
            offences.push(format!("{file} writes"));
        }
        let knows_sql = ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM "]
            .iter()
            .any(|verb| text.contains(verb));
        if knows_sql && own != "store" {
            offences.push(format!("{file} knows SQL"));
        }
    }
    assert_eq!(offences, Vec::<String>::new());
}

#[test]
fn nothing_is_called_util_common_or_helpers() {
    for (file, _) in files("src", "rs") {
        for part in file.trim_end_matches(".rs").split('/') {
            assert!(
                !["util", "utils", "common", "helper", "helpers", "misc"].contains(&part),
                "{file}"
            );
        }
    }
}

/// Files that are worth a second look for their length: printed, because a type is not split over
/// three files to be shorter (`cargo test --test house long -- --nocapture`).
#[test]
fn long_files_are_listed() {
    let mut seen = 0;
    for (folder, extension) in [("src", "rs"), ("templates", "html"), ("tests", "rs")] {
        for (file, text) in files(folder, extension) {
            let lines = text.lines().count();
            seen += 1;
            if lines > LONG {
                println!("{folder}/{file}: {lines} lines");
            }
        }
    }
    assert!(seen > 300, "the reader of sources is blind");
}

/// The texts of a language: each key with the gaps in it.
fn texts(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut texts = BTreeMap::new();
    let mut current = String::new();
    for (file, content) in files(&format!("src/i18n/locales/{language}"), "ftl") {
        for line in content.lines() {
            if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
                let (key, _) = line.split_once(" =").unwrap();
                key.clone_into(&mut current);
                let before = texts.insert(current.clone(), BTreeSet::new());
                assert_eq!(before, None, "{language}/{file}: {key} is there twice");
            }
            if line.starts_with('#') {
                continue;
            }
            for gap in line.split('$').skip(1) {
                let name = gap
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                texts.get_mut(&current).unwrap().insert(name);
            }
        }
    }
    texts
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_gaps() {
    let (ru, en) = (texts("ru"), texts("en"));
    let keys = |texts: &BTreeMap<String, _>| texts.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&ru), keys(&en));
    for (key, gaps) in &ru {
        assert_eq!(gaps, &en[key], "{key}");
    }
}

/// Every string in double or single quotes, with what stands before it.
fn strings(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find('"').map(|at| at + from) {
        let mut end = open + 1;
        let bytes = text.as_bytes();
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        let Some(inside) = text.get(open + 1..end) else {
            break;
        };
        found.push((text[..open].trim_end(), inside));
        from = (end + 1).min(text.len());
    }
    found
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
}

#[test]
fn every_text_that_is_asked_for_exists_and_every_text_is_asked_for() {
    let known = texts("ru");
    let mut missing = Vec::new();
    let mut used = BTreeSet::new();
    let mut beginnings = BTreeSet::new();
    for (file, text) in sources() {
        for (before, inside) in strings(&text) {
            let asked = ["Phrase::new(", ".text(", ".fill(", "key:"]
                .iter()
                .any(|call| before.ends_with(call));
            if asked && is_key(inside) && !known.contains_key(inside) {
                missing.push(format!("{file}: {inside}"));
            }
            used.insert(inside.to_owned());
            if before.ends_with("format!(")
                && let Some((beginning, _)) = inside.split_once('{')
                && is_key(beginning)
            {
                beginnings.insert(beginning.to_owned());
            }
        }
    }
    for (file, text) in files("templates", "html") {
        // Attributes are written with double quotes and what is in them then with single ones.
        let text = text.replace('\'', "\"");
        for (before, inside) in strings(&text) {
            let is_call = before.strip_suffix("t(").is_some_and(|before| {
                !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            });
            if is_call && inside.ends_with('-') {
                beginnings.insert(inside.to_owned());
            } else if is_call && !known.contains_key(inside) {
                missing.push(format!("{file}: {inside}"));
            }
        }
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')) {
            used.insert(word.to_owned());
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "asked for, but not there");
    assert!(
        used.len() > 200 && beginnings.len() > 5,
        "the reader of sources is blind"
    );
    let unused: Vec<&String> = known
        .keys()
        .filter(|key| !used.contains(*key))
        .filter(|key| {
            !beginnings
                .iter()
                .any(|beginning| key.starts_with(beginning))
        })
        .collect();
    assert_eq!(unused, Vec::<&String>::new(), "there, but never asked for");
}

#[test]
fn people_read_of_kb_and_mb_alone() {
    let read = [
        ("src/i18n/locales", "ftl"),
        ("docs", "md"),
        ("templates", "html"),
    ];
    for (folder, extension) in read {
        for (file, text) in files(folder, extension) {
            for unit in ["KiB", "MiB", "GiB", "КиБ", "МиБ", "ГиБ", " kB", " кБ"] {
                assert!(!text.contains(unit), "{folder}/{file}: {unit}");
            }
        }
    }
}
