//! The commands that show what there is and what was sent. Every figure is compared with one that is
//! counted here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use std::process::Output;

use serde_json::Value;
use support::process::Folder;
use support::sent::sent;

/// The lines of a command's JSON.
fn json(folder: &Folder, arguments: &[&str]) -> Vec<Value> {
    let Output { status, stdout, .. } = folder.run_with(arguments, "");
    assert!(status.success(), "{arguments:?}");
    let text = String::from_utf8(stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn the_command_line_shows_the_same_statistics_as_tables_and_as_json() {
    let folder = Folder::filled().await;
    sent(&folder).await;
    let lines = json(&folder, &["stats", "--json", "--by", "day"]);
    let of =
        |kind: &str| -> Vec<&Value> { lines.iter().filter(|line| line["kind"] == kind).collect() };
    let count = |sql: &'static str| folder.count(sql);
    let accepted = count("SELECT count(*) FROM attempts WHERE outcome = 'accepted'").await;
    assert_eq!(of("summary")[0]["tally"]["accepted"], accepted);
    assert_eq!(of("figures")[0]["recipients"], 30);
    let days: i64 = of("time")
        .iter()
        .map(|day| day["tally"]["accepted"].as_i64().unwrap())
        .sum();
    assert_eq!((days, of("time").len()), (accepted, 2));
    let of_mail = count(
        "SELECT count(*) FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
         WHERE d.email LIKE '%@mail.example' AND a.outcome = 'refused'",
    )
    .await;
    let mail = of("domain")
        .into_iter()
        .find(|line| line["domain"] == "mail.example")
        .unwrap();
    assert_eq!(mail["refused"], of_mail);
    assert_eq!(of("reply").len(), 2);
    assert_eq!(of("mailing")[0]["title"], "Осенняя");

    let (code, said) = folder.run(&["stats", "--user", "anna@example.ru"]);
    assert_eq!(code, Some(0), "{said}");
    for words in [
        "Успешных попыток: 18",
        "нет такого ящика",
        "Осенняя",
        "mail.example",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let (_, said) = folder.run(&["stats", "--user", "boss@example.ru"]);
    assert!(said.contains("Успешных попыток: 0"), "{said}");
    let of_mailing = json(&folder, &["stats", "--mailing", "1", "--json"]);
    let runs: Vec<&Value> = of_mailing
        .iter()
        .filter(|line| line["kind"] == "run")
        .collect();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0]["tally"]["accepted"], accepted);
    let part = json(
        &folder,
        &[
            "stats",
            "--json",
            "--from",
            "2026-03-03",
            "--until",
            "2026-03-03",
        ],
    );
    let summary = part.iter().find(|line| line["kind"] == "summary").unwrap();
    let on_that_day = count(
        "SELECT count(*) FROM attempts WHERE outcome = 'refused'
           AND date(at / 1000, 'unixepoch', '+3 hours') = '2026-03-03'",
    )
    .await;
    assert_eq!(summary["tally"]["refused"], on_that_day);
}

#[tokio::test]
async fn the_log_and_the_lists_are_shown_on_the_command_line() {
    let folder = Folder::filled().await;
    sent(&folder).await;
    let refused = json(&folder, &["attempts", "--outcome", "refused", "--json"]);
    assert_eq!(refused.len(), 6);
    assert!(
        refused
            .iter()
            .all(|row| row["code"] == 550 && row["enhanced"] == "5.1.1")
    );
    assert_eq!(
        json(&folder, &["attempts", "--json", "--count", "7"]).len(),
        7
    );
    let one = json(
        &folder,
        &["attempts", "--json", "--address", "R3@mail.example"],
    );
    assert_eq!(one.len(), 1);
    assert_eq!(one[0]["email"], "r3@mail.example");
    let of_domain = json(&folder, &["attempts", "--json", "--domain", "MAIL.example"]);
    assert_eq!(of_domain.len(), 10);
    let (code, said) = folder.run(&["attempts", "--code", "550"]);
    assert_eq!(code, Some(0));
    assert!(
        said.contains("550 5.1.1 No such user — нет такого ящика"),
        "{said}"
    );

    let mailings = json(&folder, &["mailings", "--json"]);
    assert_eq!(mailings.len(), 1);
    assert_eq!(mailings[0]["status"], "running");
    assert_eq!(
        json(&folder, &["mailings", "--json", "--status", "created"]).len(),
        0
    );
    assert_eq!(
        json(&folder, &["recipients", "--json", "--count", "1000"]).len(),
        30
    );
    let found = json(&folder, &["messages", "--json", "--search", "нет такого"]);
    assert!(found.is_empty());
    let (_, said) = folder.run(&["mailings"]);
    assert!(
        said.contains("Осенняя") && said.contains("Запущена"),
        "{said}"
    );
    let (_, said) = folder.run(&["recipients", "--user", "anna@example.ru", "--count", "3"]);
    assert!(said.contains("Показаны первые 3"), "{said}");
}

#[tokio::test]
async fn what_a_command_cannot_understand_it_says_and_fails() {
    let folder = Folder::filled().await;
    for (arguments, code, words) in [
        (
            &["stats", "--from", "2026-11-20", "--until", "2026-11-01"][..],
            2,
            "кончается раньше",
        ),
        (&["stats", "--from", "0000-01-01"], 2, "дату"),
        (&["stats", "--until", "9999-12-31"], 2, "дату"),
        (&["stats", "--mailing", "42"], 1, "42"),
        (
            &["stats", "--user", "nobody@example.ru"],
            1,
            "nobody@example.ru",
        ),
        (&["stats", "--by", "century"], 2, "century"),
        (&["attempts", "--code", "5%"], 2, "550"),
        (&["attempts", "--domain", "a\\b"], 2, "a\\b"),
        (&["attempts", "--outcome", "delivered"], 2, "исхода"),
        (&["attempts", "--mailing", "0"], 2, "42"),
        (&["attempts", "--count", "-1"], 2, "-1"),
        (&["mailings", "--status", "paused"], 2, "paused"),
    ] {
        let (found, said) = folder.run(arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
}
