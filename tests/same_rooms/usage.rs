//! What the command line answers to whom it does not understand, and to scripts.

use serde_json::Value;

use crate::Folder;
use crate::things::{done, misused};

/// Everything a command prints on standard error, and its exit code.
fn failed(folder: &Folder, arguments: &[&str]) -> (Option<i32>, String) {
    let output = folder.run(arguments);
    assert_eq!(output.stdout, b"", "{arguments:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_typed_wrongly_exits_with_2_and_names_the_argument() {
    let folder = Folder::filled().await;
    for (arguments, words) in [
        (vec!["sned", "1"], "Команды «sned» нет."),
        (vec!["send", "--loud"], "--loud"),
        (vec!["send"], "<ID> (Номер рассылки)"),
        (vec!["send", "x"], "<ID>: значение «x»"),
        (vec!["send", "1x"], "<ID>: значение «1x»"),
        (
            vec!["recipients", "--count", "10abc"],
            "--count <N>: значение «10abc»",
        ),
        (vec!["recipients", "--count", "-1"], "«-1»"),
        (vec!["stats", "--by", "year"], "hour, day, week, month"),
        (vec!["stats", "--from", "2026-13-01"], "--from: "),
        (vec!["stats", "--until", "30.11.26"], "--until: "),
        (vec!["stats", "--from", "2026-11-30T10:00"], "--from: "),
        (
            vec!["stats", "--from", "2026-12-01", "--until", "2026-11-01"],
            "",
        ),
        (vec!["attempts", "--outcome", "lost"], "--outcome: "),
        (vec!["attempts", "--code", "9"], "--code: "),
        (vec!["attempts", "--address", "нет"], "--address: "),
        (vec!["users", "--set", "port=eight"], "port"),
        (vec!["users", "--set", "prot=1"], "prot"),
        (vec!["users", "--set", "port"], "--set"),
        (vec!["users", "--set", "sending.retry=1h30"], "1h30"),
        (vec!["users", "--set", "sessions.idle=10"], "10"),
        (vec!["users", "--set", "relay.password=x"], ""),
        (
            vec!["update-mailing", "1", "--starts", "2099-12-01T10:00 MSK"],
            "--starts: ",
        ),
        (
            vec!["update-mailing", "1", "--ends", "2099-12-01T24:00"],
            "--ends: ",
        ),
        (vec!["help", "sned"], "Команды «sned» нет."),
        (
            vec!["demo", "--set", "port=1"],
            "У демонстрации свои настройки",
        ),
        (
            vec!["demo", "--config", "x"],
            "У демонстрации свои настройки",
        ),
    ] {
        misused(&folder, &arguments, words);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_for_a_command_is_the_same_in_either_order() {
    let folder = Folder::filled().await;
    assert_eq!(
        done(&folder, &["help", "send"]),
        done(&folder, &["send", "--help"])
    );
    assert_eq!(done(&folder, &["help"]), done(&folder, &["--help"]));
    let (_, said) = failed(&folder, &["send"]);
    assert!(said.contains("mailapp send [OPTIONS] <ID>"), "{said}");
    assert!(said.contains("mailapp send --help"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_json_a_failure_is_an_object_with_the_same_exit_code() {
    let folder = Folder::filled().await;
    for (arguments, code, key) in [
        (vec!["status", "77", "--json"], 1, "cli-no-mailing"),
        (vec!["recipients", "77", "--json"], 1, "cli-no-recipient"),
        (vec!["send", "77", "--json"], 1, "cli-no-mailing"),
        (
            vec!["stats", "--json", "--from", "x"],
            2,
            "error-day-malformed",
        ),
        (vec!["send", "--json"], 2, "cli-error-missing"),
        (
            vec!["send", "1", "--json", "--louder"],
            2,
            "cli-error-argument",
        ),
    ] {
        let (exit, said) = failed(&folder, &arguments);
        let told: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(exit, Some(code), "{arguments:?}: {said}");
        assert_eq!(told["exit_code"], code, "{said}");
        assert_eq!(told["errors"][0]["code"], key, "{said}");
        let message = told["errors"][0]["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains("cli-"), "{said}");
    }
}

/// Moments are milliseconds of 13 digits inside.
fn has_a_bare_moment(value: &Value) -> bool {
    match value {
        Value::Number(number) => number
            .as_i64()
            .is_some_and(|number| number > 100_000_000_000),
        Value::Array(items) => items.iter().any(has_a_bare_moment),
        Value::Object(members) => members.values().any(has_a_bare_moment),
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn times_in_json_are_rfc_3339_in_every_command() {
    let folder = Folder::filled().await;
    let mut times = 0;
    for arguments in [
        vec!["users"],
        vec!["recipients"],
        vec!["recipients", "1"],
        vec!["messages"],
        vec!["messages", "1"],
        vec!["mailings"],
        vec!["mailings", "1"],
        vec!["attempts"],
        vec!["audit"],
        vec!["mailbox"],
        vec!["sessions", "anna@example.ru"],
        vec!["stats"],
        vec!["doctor"],
    ] {
        let said = done(&folder, &[&arguments[..], &["--json"]].concat());
        for line in said.lines() {
            let told: Value = serde_json::from_str(line).unwrap();
            assert!(!has_a_bare_moment(&told), "{arguments:?}: {line}");
            times += line.matches("Z\"").count();
        }
    }
    assert!(times > 10, "only {times} times were printed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_alone_ends_with_its_day_and_an_offset_counts() {
    let folder = Folder::filled().await;
    let said = done(
        &folder,
        &[
            "update-mailing",
            "1",
            "--starts",
            "2099-12-01T10:00+05:00",
            "--ends",
            "24.12.2099",
        ],
    );
    // Moscow: UTC+3.
    assert!(
        said.contains("1 дек. 2099, 08:00 – 24 дек. 2099, 23:59"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_count_before_the_command_and_behind_it() {
    let folder = Folder::filled().await;
    for arguments in [
        ["--set", "port=eight", "users", "--set", "log=warn"].as_slice(),
        &["--set", "log=warn", "users", "--set", "port=eight"],
        &["--set=log=warn", "users", "--set=port=eight", "--json"],
    ] {
        let (code, said) = failed(&folder, arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {said}");
        assert!(said.contains("eight"), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_locale_c_is_english_and_a_russian_one_is_russian() {
    let folder = Folder::filled().await;
    for (locale, words) in [
        ("C", "There is no mailing"),
        ("C.UTF-8", "There is no mailing"),
        ("POSIX", "There is no mailing"),
        ("en_GB.UTF-8", "There is no mailing"),
        ("ru_RU.UTF-8", "Рассылки №"),
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mailapp"));
        let output = command
            .args(["status", "77", "--data"])
            .arg(folder.folder().join("data"))
            .env_clear()
            .env("LC_ALL", locale)
            .current_dir(folder.folder())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(words), "{locale}: {said}");
    }
}

/// As git and ssh do.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn settings_that_anybody_may_change_are_obeyed_only_when_they_are_named() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::filled().await;
    let file = folder.folder().join("mailapp.toml");
    std::fs::write(&file, "language = \"ru\"\n").unwrap();
    let mode =
        |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    done(&folder, &["users"]);
    mode(0o666);
    let (code, said) = failed(&folder, &["users"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("Файл mailapp.toml может изменить кто угодно"),
        "{said}"
    );
    done(&folder, &["users", "--config", "mailapp.toml"]);
}

/// Settings that belong to root, in somebody else's folder, are that somebody's.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn settings_are_taken_from_no_folder_of_others() {
    use std::os::unix::fs::{PermissionsExt as _, chown, symlink};

    let folder = Folder::filled().await;
    let root = folder.folder();
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let file = root.join("mailapp.toml");
    std::fs::write(&file, "log = \"warn\"\n").unwrap();
    let is_refused = |words: &str| {
        let (code, said) = failed(&folder, &["users"]);
        let said = said.replace(['\u{2068}', '\u{2069}', '\u{a0}'], "");
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains(words) && said.contains("--config mailapp.toml"),
            "{said}"
        );
        done(&folder, &["users", "--config", "mailapp.toml"]);
    };
    for good in [0o700, 0o755, 0o775] {
        mode(root, good);
        done(&folder, &["users"]);
    }
    for writable in [0o757, 0o1777] {
        mode(root, writable);
        is_refused("может изменить кто угодно");
    }
    mode(root, 0o755);
    done(&folder, &["users"]);
    // A link leads into a folder that others can write.
    let other = root.join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::rename(&file, other.join("mailapp.toml")).unwrap();
    symlink("other/mailapp.toml", &file).unwrap();
    done(&folder, &["users"]);
    mode(&other, 0o777);
    is_refused("other может изменить кто угодно");
    mode(&other, 0o755);
    // So does one link among several.
    let between = root.join("between");
    std::fs::create_dir(&between).unwrap();
    std::fs::remove_file(&file).unwrap();
    symlink("../other/mailapp.toml", between.join("link")).unwrap();
    symlink("between/link", &file).unwrap();
    done(&folder, &["users"]);
    mode(&between, 0o777);
    is_refused("between может изменить кто угодно");
    mode(&between, 0o755);
    // Only root can give things away.
    if rustix::process::geteuid().is_root() {
        chown(&other, Some(65_534), None).unwrap();
        is_refused("other, которая принадлежит другому пользователю");
        chown(&other, Some(0), None).unwrap();
        chown(root, Some(65_534), None).unwrap();
        is_refused("принадлежит другому пользователю");
        chown(root, Some(0), None).unwrap();
        done(&folder, &["users"]);
        chown(other.join("mailapp.toml"), Some(65_534), None).unwrap();
        is_refused("принадлежит другому пользователю");
    }
}

/// A mistake in the file is one, also where a flag or a variable has another value.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_value_in_the_file_is_named_also_where_another_one_is_taken() {
    let folder = Folder::filled().await;
    let file = folder.folder().join("mailapp.toml");
    for (line, words) in [
        ("port = \"abc\"", "«abc»"),
        ("port = 99999", "«99999»"),
        ("relay = { connections = \"many\" }", "«many»"),
    ] {
        std::fs::write(&file, line).unwrap();
        let arguments = ["serve", "--port", "0", "--set", "relay.connections=1"];
        let (code, said) = failed(&folder, &arguments);
        let said = said.replace(['\u{2068}', '\u{2069}', '\u{a0}'], "");
        assert_eq!(code, Some(1), "{line}: {said}");
        assert!(said.contains(words), "{line}: {said}");
    }
}

#[test]
fn an_empty_data_folder_is_not_the_current_one() {
    for arguments in [
        ["--data", "", "create-user", "--email=a@b.ru"],
        ["--set", "data=", "serve", "--port=0"],
        ["--data", "", "demo", "--port=0"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_mailapp"))
            .current_dir(folder.path())
            .args(["--lang", "en"])
            .args(arguments)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let said = said.replace(['\u{2068}', '\u{2069}'], "");
        assert_ne!(output.status.code(), Some(0), "{said}");
        assert!(said.contains("data: “” is not a valid value"), "{said}");
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0, "nothing is written: {arguments:?}");
    }
}

/// The program in an environment whose language is this one, without a word of settings.
fn abroad(locale: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_mailapp"));
    let folder = tempfile::tempdir().unwrap();
    command.current_dir(folder.path()).args(arguments);
    for name in ["MAILAPP_LANGUAGE", "LC_ALL", "LC_MESSAGES"] {
        command.env_remove(name);
    }
    let output = command.env("LANG", locale).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn a_language_that_there_is_not_is_a_mistake_in_the_language_of_the_environment() {
    for (locale, words) in [
        ("C", "--lang <ru|en>: “de” is not one of ru, en."),
        ("en_GB.UTF-8", "--lang <ru|en>: “de” is not one of ru, en."),
        ("ru_RU.UTF-8", "--lang <ru|en>: «de» нет среди"),
    ] {
        for arguments in [["--lang", "de", "users"], ["users", "--lang", "de"]] {
            let (code, said) = abroad(locale, &arguments);
            assert_eq!(code, Some(2), "{said}");
            assert!(said.contains(words), "{locale}: {said}");
        }
    }
}

#[test]
fn a_value_is_quoted_as_the_readers_language_does_it() {
    for setting in ["port=99999", "log=[", "trusted_proxies=x"] {
        let value = setting.split_once('=').unwrap().1;
        let (code, said) = abroad("C", &["serve", "--set", setting]);
        assert_eq!(code, Some(2), "{said}");
        let quoted = format!("“{value}” is not a valid value.");
        assert!(said.contains(&quoted), "{said}");
        let (_, said) = abroad("ru_RU.UTF-8", &["serve", "--set", setting]);
        assert!(said.contains(&format!("«{value}»")), "{said}");
    }
}

#[test]
fn the_demo_offers_what_it_has() {
    let (code, said) = abroad("C", &["demo", "--help"]);
    assert_eq!(code, Some(0), "{said}");
    for name in ["--port", "--data", "--recipients", "--lang", "--help"] {
        assert!(said.contains(name), "{name}: {said}");
    }
    for name in ["--config", "--set", "data unless said"] {
        assert!(!said.contains(name), "{name}: {said}");
    }
    let (_, other) = abroad("C", &["send", "--help"]);
    assert!(
        other.contains("--config") && other.contains("--set"),
        "{other}"
    );
}
