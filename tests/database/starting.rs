//! A service that is started on a database that cannot be used: a sentence, the exit code 1, and not
//! an octet changed.

use rusqlite::Connection;

use crate::damaged::spoil;
use crate::service::{Place, octets, system};
use crate::support::process::Running;
use crate::support::until;

fn refuses(place: &Place, sentence: &str) {
    let before = octets(&place.database());
    for command in [["serve", "--port", "0"].as_slice(), &["users"]] {
        let (code, said) = place.run(command);
        assert_eq!(code, Some(1), "{command:?}: {said}");
        assert!(said.contains(sentence), "{command:?}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "a sentence: {said}");
    }
    assert!(before == octets(&place.database()), "written to");
}

#[tokio::test]
async fn a_damaged_database_is_refused() {
    let place = Place::new();
    place.furnish(200).await;
    spoil(&place, 8_192);
    refuses(
        &place,
        "mailapp.db повреждён или это не база данных. Восстановите её",
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let place = Place::new();
    place.furnish(1).await;
    spoil(&place, 0);
    refuses(
        &place,
        "mailapp.db повреждён или это не база данных. Восстановите её",
    );
}

#[tokio::test]
async fn a_file_that_was_cut_short_is_refused() {
    let place = Place::new();
    place.furnish(200).await;
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(place.database())
        .unwrap();
    let half = file.metadata().unwrap().len() / 8_192 * 4_096;
    file.set_len(half).unwrap();
    refuses(
        &place,
        "mailapp.db повреждён или это не база данных. Восстановите её",
    );
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let place = Place::new();
    place.furnish(1).await;
    let other = Connection::open(place.database()).unwrap();
    other
        .execute_batch(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (999, 'later', '2030-01-01T00:00:00Z', '1')",
        )
        .unwrap();
    drop(other);
    refuses(
        &place,
        "База данных создана более новой версией mailapp (схема 999",
    );
}

#[tokio::test]
async fn a_database_that_another_process_keeps_to_itself_is_refused_after_a_while() {
    let place = Place::new();
    place.furnish(1).await;
    let other = Connection::open(place.database()).unwrap();
    // (Opening and closing the file in this process would end its lock: POSIX.)
    other
        .execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; UPDATE users SET name = 'x'; COMMIT;",
        )
        .unwrap();
    let (code, said) = place.run(&["serve", "--port", "0"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("База данных занята другим процессом"),
        "{said}"
    );
    drop(other);
    let (code, said) = place.run(&["users"]);
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn a_database_that_may_only_be_read_is_refused() {
    let place = Place::new();
    place.furnish(1).await;
    let data = place.data().display().to_string();
    // Whoever runs as root is not stopped by a file's mode.
    let is_mounted = system("mount", &["--bind", &data, &data]);
    if is_mounted {
        assert!(system("mount", &["-o", "remount,bind,ro", &data]));
    } else {
        let mut mode = std::fs::metadata(place.database()).unwrap().permissions();
        mode.set_readonly(true);
        std::fs::set_permissions(place.database(), mode).unwrap();
    }
    refuses(
        &place,
        "mailapp.db нельзя изменить: она доступна только для чтения",
    );
    if is_mounted {
        assert!(system("umount", &[&data]));
    }
}

/// The service is started, says what it has to say, and is ended again.
async fn said_by_service(place: &Place, settings: &[(&str, &str)], until_it_says: &str) -> String {
    let log = place.beside("log");
    let mut child = place
        .command(&["serve", "--port", "0"], settings)
        .stdout(std::process::Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .map(Running)
        .unwrap();
    let said = until(until_it_says, async || {
        let said = std::fs::read_to_string(&log).unwrap();
        said.contains(until_it_says).then_some(said)
    })
    .await;
    child.0.kill().unwrap();
    said
}

#[tokio::test]
async fn a_second_service_on_the_same_data_says_that_it_stands_by() {
    let place = Place::new();
    place.furnish(1).await;
    let server = crate::support::smtp::SmtpServer::start();
    let first = place.serve(&server).await;
    let lock = place.database().with_extension("engine-lock");
    until("the first one sends", async || {
        let lock = std::fs::metadata(&lock).ok()?;
        (lock.len() > 0).then_some(())
    })
    .await;
    _ = said_by_service(
        &place,
        &[],
        "Другой процесс mailapp уже отправляет письма из этой базы данных.",
    )
    .await;
    assert_eq!(first.stop(), Some(0));
}

#[tokio::test]
async fn a_database_that_was_deleted_is_not_made_anew_beside_its_old_key_and_marker() {
    let place = Place::new();
    place.furnish(1).await;
    let away = place.beside("away.db");
    std::fs::rename(place.database(), &away).unwrap();
    for command in [
        ["serve", "--port", "0"].as_slice(),
        &["create-manager", "--email", "a@b.ru"],
    ] {
        let (code, said) = place.run(command);
        assert_eq!(code, Some(1), "{command:?}: {said}");
        assert!(said.contains("mailapp.db нет, хотя она была"), "{said}");
        assert!(!place.database().exists(), "{command:?}");
    }
    // Neither is one into which nothing was copied, because the disk was full.
    std::fs::write(place.database(), "").unwrap();
    let (code, said) = place.run(&["users"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("mailapp.db нет, хотя она была"), "{said}");
    // Put back, it is the same one.
    std::fs::rename(away, place.database()).unwrap();
    let (code, said) = place.run(&["users"]);
    assert_eq!(code, Some(0), "{said}");
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_named_and_not_its_folder() {
    let place = Place::new();
    place.furnish(1).await;
    let key = place.data().join("secret.key");
    std::fs::remove_file(&key).unwrap();
    // Nobody can read a folder as a file, whoever they are.
    std::fs::create_dir(&key).unwrap();
    let (code, said) = place.run(&["users"]);
    assert_eq!(code, Some(1), "{said}");
    let sentence = format!("Файл {} не удалось прочитать", key.display());
    assert!(said.contains(&sentence), "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn what_others_may_read_or_change_is_said_at_the_start() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.furnish(1).await;
    let ready = [("log", "warn")];
    let open = [
        (place.data(), 0o777, "chmod 700"),
        (place.data().join("secret.key"), 0o666, "chmod 600"),
        (place.database(), 0o644, "chmod 600"),
    ];
    for (path, mode, _) in &open {
        std::fs::set_permissions(path, PermissionsExt::from_mode(*mode)).unwrap();
    }
    let last = place.database().display().to_string();
    let said = said_by_service(&place, &ready, &last).await;
    for (path, mode, proper) in &open {
        let path = path.display().to_string();
        let mode = format!("{mode:04o}");
        let is_said = |line: &str| {
            line.contains(&format!("path={path} ")) && line.contains(&mode) && line.contains(proper)
        };
        assert!(said.lines().any(is_said), "{path}: {said}");
    }
}
