//! What is the command line's alone: its output may break off, and what it does to other people's
//! things is noted.

use crate::things::{done, misused, refused};
use crate::{Folder, rows};

async fn audit_lines(folder: &Folder) -> Vec<Vec<(String, rusqlite::types::Value)>> {
    let store = folder.store();
    let read = store.read(|c| Ok::<_, crate::StoreError>(rows(c, "audit")));
    read.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_operator_does_to_other_peoples_things_is_in_the_audit_log() {
    let folder = Folder::filled().await;
    let before = audit_lines(&folder).await.len();
    let anna = ["--user", "anna@example.ru"];
    let of_anna = |words: &[&'static str]| [words, &anna].concat();
    done(
        &folder,
        &of_anna(&["create-recipient", "--email", "petr@example.ru"]),
    );
    // What begins like an option is a text all the same.
    done(&folder, &["update-recipient", "5", "--comment", "- важный"]);
    done(&folder, &["delete-recipient", "5"]);
    done(
        &folder,
        &of_anna(&["create-message", "--subject", "-50 %", "--body", "Да"]),
    );
    done(&folder, &["update-message", "2", "--body", "Нет"]);
    let times = ["--starts", "2099-12-01", "--ends", "2099-12-08"];
    let new = [&["create-mailing", "--message", "2"], &times[..], &anna].concat();
    done(&folder, &new);
    done(&folder, &["update-mailing", "2", "--matching", "ольга"]);
    done(&folder, &["delete-mailing", "2"]);
    done(&folder, &["delete-message", "2"]);
    let lines = audit_lines(&folder).await;
    // The fixture's own lines come from no command.
    let verbs: Vec<String> = lines
        .iter()
        .skip(before)
        .flatten()
        .filter(|(name, _)| name == "verb")
        .map(|(_, value)| format!("{value:?}"))
        .collect();
    for (what, count) in [("recipient", 3), ("message", 3), ("mailing", 3)] {
        let of_these = verbs
            .iter()
            .filter(|verb| verb.contains(&format!("_{what}\"")));
        assert_eq!(of_these.count(), count, "{what}: {verbs:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_are_missing_choose_nobody_and_not_everybody() {
    let folder = Folder::filled().await;
    for words in ["", " "] {
        misused(
            &folder,
            &["update-mailing", "1", "--matching", words],
            "--matching: нужны слова",
        );
    }
    misused(&folder, &["stats", "--csv", "runs"], "добавьте --mailing");
}

/// A part that was written must not pass for the whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_is_not_a_reader_who_has_seen_enough() {
    let folder = Folder::filled().await;
    for format in ["--csv", "--json"] {
        let full = std::fs::File::create("/dev/full").unwrap();
        let mut command = folder.command(&["recipients", format]);
        let output = command.stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("Вывод не записан до конца"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_is_started_twice_sends_once_if_it_says_what_it_saw() {
    let folder = Folder::filled().await;
    let runs = async || {
        let store = folder.store();
        let count = |c: &rusqlite::Connection| {
            let count: i64 = c.query_row("SELECT count(*) FROM runs", [], |row| row.get(0))?;
            Ok::<_, crate::StoreError>(count)
        };
        store.read(count).await.unwrap()
    };
    let first_time = ["send", "1", "--last-run", "0"];
    let mut two: Vec<_> = (0..2)
        .map(|_| folder.command(&first_time).spawn().unwrap())
        .collect();
    let mut codes: Vec<i32> = two
        .iter_mut()
        .map(|process| process.wait().unwrap().code().unwrap())
        .collect();
    codes.sort_unstable();
    // One has sent, perhaps not to everybody; the other was refused.
    assert!(
        codes.contains(&1) && (codes.contains(&0) || codes.contains(&3)),
        "{codes:?}"
    );
    assert_eq!(runs().await, 1);
    refused(
        &folder,
        &first_time,
        "Последняя отправка рассылки № 1 — № 1",
    );
    refused(
        &folder,
        &["send", "1", "--last-run", "9"],
        "— № 1. Ничего не отправлено",
    );
    assert_eq!(runs().await, 1);
    let again = folder.run(&["send", "1", "--last-run", "1"]);
    let said = String::from_utf8_lossy(&again.stderr).replace('\u{a0}', " ");
    assert!(matches!(again.status.code(), Some(0 | 3)), "{said}");
    assert!(
        said.contains("Рассылка уже отправлялась: отправка № 1"),
        "{said}"
    );
    assert_eq!(runs().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_mailing_reached_is_listed_with_the_reason() {
    let folder = Folder::filled().await;
    let of = |outcome: &str| {
        let asked = ["recipients", "--mailing", "1", "--outcome", outcome];
        String::from_utf8(folder.run(&asked).stdout).unwrap()
    };
    assert!(
        of("not_sent").contains("olga@example.ru"),
        "{}",
        of("not_sent")
    );
    let sent = folder.run(&["send", "1"]);
    assert!(matches!(sent.status.code(), Some(0 | 3)), "{sent:?}");
    let accepted = of("accepted");
    assert!(
        accepted.contains("maria@") && accepted.contains("принято почтовым сервером"),
        "{accepted}"
    );
    assert!(!accepted.contains("olga@"), "{accepted}");
    let skipped = of("skipped");
    assert!(
        skipped.contains("olga@") && skipped.contains("отписался"),
        "{skipped}"
    );
    let json = folder.run(&["recipients", "--mailing", "1", "--json"]);
    let json = String::from_utf8(json.stdout).unwrap();
    assert!(json.contains("\"outcome\":\"accepted\""), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_is_too_long_is_refused_and_not_cut() {
    let folder = Folder::filled().await;
    let long = "й".repeat(201);
    for words in [
        ["recipients", "--search"].as_slice(),
        &["messages", "--search"],
        &["mailings", "--search"],
        &["users", "--search"],
        &["audit", "--search"],
        &["update-mailing", "1", "--matching"],
    ] {
        let sentence = "Слишком длинный поисковый запрос: 201 знаков при допустимых 200";
        misused(&folder, &[words, &[long.as_str()]].concat(), sentence);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsubscribe_link_without_a_base_url_is_not_sent_by_the_command_either() {
    let folder = Folder::filled().await;
    let without = |words: &[&str]| {
        let output = folder.run(&[&["--set", "base_url="], words].concat());
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(
            said.contains("Пусть администратор укажет base_url"),
            "{said}"
        );
        output.status.code()
    };
    let body = "Отписаться: {{ unsubscribe_url }}";
    assert_eq!(without(&["update-message", "1", "--body", body]), Some(0));
    assert_eq!(without(&["send", "1"]), Some(1));
    let runs = folder
        .store()
        .read(|c| Ok::<_, crate::StoreError>(rows(c, "runs")))
        .await
        .unwrap();
    assert!(runs.is_empty(), "{runs:?}");
}

/// What a command says on standard error.
fn hints(folder: &Folder, arguments: &[&str]) -> String {
    let output = folder.run(arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8(output.stderr)
        .unwrap()
        .replace('\u{a0}', " ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_has_passed_is_said() {
    let folder = Folder::filled().await;
    let said = "Начало, 3 нояб. 2020, 10:00, уже прошло: отправка начнётся сразу.\n";
    let new = ["create-mailing", "--user", "anna@example.ru", "--message"];
    let passed = ["1", "--ends", "2099-12-08", "--starts", "2020-11-03 10:00"];
    let nobody = hints(&folder, &[&new[..], &passed[..]].concat());
    assert!(!nobody.contains("начнётся сразу"), "{nobody}");
    let new = [&new[..], &passed[..], &["--all"]].concat();
    assert_eq!(hints(&folder, &new), said);
    let by_hand = [&new[..], &["--by-hand"]].concat();
    assert_eq!(hints(&folder, &by_hand), "", "it waits for the button");
    assert_eq!(
        hints(&folder, &["update-mailing", "4", "--automatic"]),
        said
    );
    let later = ["update-mailing", "4", "--starts", "2099-12-01"];
    assert_eq!(hints(&folder, &later), "");
    // Sent before, it does not start by itself any more.
    folder
        .execute("UPDATE mailings SET first_sent_at = 1 WHERE id = 3")
        .await;
    assert_eq!(
        hints(&folder, &["update-mailing", "3", "--title", "Новая"]),
        ""
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailing_to_nobody_is_a_draft_and_that_is_said() {
    let folder = Folder::filled().await;
    let new = ["create-mailing", "--user", "anna@example.ru", "--message"];
    let times = ["1", "--starts", "2099-12-01", "--ends", "2099-12-08"];
    let new = [&new[..], &times[..]].concat();
    let nobody = "Получателей нет, поэтому рассылка не начнётся.";
    for json in [&[][..], &["--json"][..]] {
        let said = hints(&folder, &[&new[..], json].concat());
        assert!(said.contains(nobody), "{said}");
        let said = hints(&folder, &[&new[..], &["--all"], json].concat());
        assert!(!said.contains(nobody), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_nobody_has_make_no_mailing_and_change_none() {
    let folder = Folder::filled().await;
    let state = async || {
        let read = |c: &rusqlite::Connection| {
            Ok::<_, crate::StoreError>((rows(c, "mailings"), rows(c, "members")))
        };
        folder.store().read(read).await.unwrap()
    };
    let before = state().await;
    let new = ["create-mailing", "--user", "anna@example.ru", "--message"];
    let times = ["1", "--starts", "2099-12-01", "--ends", "2099-12-08"];
    let new = [&new[..], &times[..]].concat();
    for (words, said) in [
        (
            vec!["--matching", "никого"],
            "Ни у одного получателя нет «никого»",
        ),
        (
            vec!["--matching", "ольга", "--matching", "йц"],
            "Ни у одного получателя нет «йц»",
        ),
        (
            vec!["--matching", "никого", "--recipient", "olga@example.ru"],
            "Ни у одного получателя нет «никого»",
        ),
        (
            vec!["--matching", "ольга", "--without", "olga@example.ru"],
            "все найденные исключены",
        ),
    ] {
        refused(&folder, &[&new[..], &words].concat(), said);
        if !words.contains(&"--without") {
            refused(
                &folder,
                &[&["update-mailing", "1"], &words[..]].concat(),
                said,
            );
        }
    }
    assert!(before == state().await, "nothing has changed");
    done(&folder, &[&new[..], &["--matching", "ольга"]].concat());
}
