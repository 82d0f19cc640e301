//! Recipients, messages and mailings: what the page's forms do, the commands do, and a file
//! from the one is the file from the other.

use mailapp::store::Store;
use rusqlite::types::Value;

use crate::web_support::{Browser, Site};
use crate::{Folder, SETTINGS, StoreError, by_page, command, fill, rows};

/// What every making has of its own.
const MOMENTS: [&str; 3] = ["created_at", "updated_at", "deleted_at"];

type Table = Vec<Vec<(String, Value)>>;

pub async fn things(store: &Store) -> Vec<(&'static str, Table)> {
    let read = store.read(|c| {
        let tables = ["recipients", "messages", "mailings", "members"];
        Ok::<_, StoreError>(tables.map(|table| {
            let mut found = rows(c, table);
            // The first mailing's times are those of its making.
            let of_the_fixture = ("title".to_owned(), Value::Text("Осенняя".to_owned()));
            found.retain(|row| !row.contains(&of_the_fixture));
            for row in &mut found {
                row.retain(|(name, _)| !MOMENTS.contains(&name.as_str()));
            }
            (table, found)
        }))
    });
    read.await.unwrap().into()
}

/// Runs a command that is to do something.
pub fn done(folder: &Folder, arguments: &[&str]) -> String {
    let output = folder.run(arguments);
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    said.replace('\u{a0}', " ")
}

/// Runs a command that is to be refused with these words.
pub fn refused(folder: &Folder, arguments: &[&str], words: &str) {
    fails(folder, arguments, (1, words));
}

/// Runs a command that is typed wrongly and says so with these words.
pub fn misused(folder: &Folder, arguments: &[&str], words: &str) {
    fails(folder, arguments, (2, words));
}

fn fails(folder: &Folder, arguments: &[&str], (code, words): (i32, &str)) {
    let output = folder.run(arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    let said = said.replace('\u{a0}', " ");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(said.contains(words), "{arguments:?}: {said}");
    assert_eq!(output.stdout, b"", "{arguments:?}");
}

/// Fills in a mailing's form, chooses everybody but Ivan, and saves it.
async fn make_mailing(browser: &Browser) {
    let page = browser.get("/mailings/new").await.is(200);
    let mut form = page.form("/mailings");
    for (name, value) in [
        ("title", "Зимняя"),
        ("message_id", "2"),
        ("starts_at", "2099-12-01T10:00"),
        ("ends_at", "2099-12-08T10:00"),
    ] {
        form = form.with(name, value);
    }
    let page = browser.send(form.press("act", "all")).await.is(200);
    let form = page.form("/mailings").untick("ticked", "3");
    let saved = browser.send(form.press("act", "save")).await;
    assert_eq!(saved.location(), "/mailings/2");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_changed_and_deleted_by_forms_and_by_commands_is_the_same() {
    let site = Site::start_in_real_time(&SETTINGS).await;
    let anna = fill(&site.app).await;
    let browser = site.signed_in(&anna).await;
    let new = [
        ("email", "Петр@почта.рф"),
        ("name", "Пётр"),
        ("comment", "друг\nАнны"),
    ];
    browser.submit("/recipients/new", "/recipients", &new).await;
    let change = [("name", "Пётр Первый")];
    let path = "/recipients/5";
    browser.submit("/recipients/5/edit", path, &change).await;
    let new = [
        ("subject", "Зима"),
        ("body", "Привет, {{ name }}!\n\nЗима."),
    ];
    browser.submit("/messages/new", "/messages", &new).await;
    let change = [("subject", "Зима, {{ name }}")];
    browser
        .submit("/messages/2/edit", "/messages/2", &change)
        .await;
    make_mailing(&browser).await;
    let page = browser.get("/mailings/2/edit").await.is(200);
    let form = page.form("/mailings/2").with("title", "Новогодняя");
    let form = form.tick("ticked", "3").with("automatic", "");
    browser.send(form.press("act", "save")).await;
    let both_made = things(&site.app.store).await;
    for path in [
        "/recipients/5/delete",
        "/mailings/2/delete",
        "/messages/2/delete",
    ] {
        browser.submit(path, path, &[]).await;
    }
    let both_deleted = things(&site.app.store).await;

    let folder = Folder::filled().await;
    let owner = ["--user", "anna@example.ru"];
    let with_owner = |arguments: &[&'static str]| [arguments, &owner].concat();
    let new = [
        "create-recipient",
        "--email",
        "Петр@почта.рф",
        "--name",
        "Пётр",
        "--comment",
        "друг\nАнны",
    ];
    assert!(done(&folder, &with_owner(&new)).contains("№ 5"));
    done(&folder, &["update-recipient", "5", "--name", "Пётр Первый"]);
    let body = "Привет, {{ name }}!\n\nЗима.";
    let new = ["create-message", "--subject", "Зима", "--body", body];
    assert!(done(&folder, &with_owner(&new)).contains("№ 2"));
    done(
        &folder,
        &["update-message", "2", "--subject", "Зима, {{ name }}"],
    );
    let new = [
        "create-mailing",
        "--title",
        "Зимняя",
        "--message",
        "2",
        "--starts",
        "2099-12-01 10:00",
        "--ends",
        "2099-12-08 10:00",
        "--all",
        "--without",
        "ivan@example.ru",
    ];
    let said = done(&folder, &with_owner(&new));
    assert!(
        said.contains("№ 2, 4 получателя, 1 дек. 2099, 10:00 – 8 дек. 2099, 10:00"),
        "{said}"
    );
    let change = [
        "update-mailing",
        "2",
        "--title",
        "Новогодняя",
        "--recipient",
        "3",
        "--by-hand",
    ];
    done(&folder, &change);
    assert_eq!(things(&folder.store()).await, both_made);
    for what in [
        ["delete-recipient", "5"],
        ["delete-mailing", "2"],
        ["delete-message", "2"],
    ] {
        done(&folder, &what);
    }
    assert_eq!(things(&folder.store()).await, both_deleted);
    assert_ne!(both_deleted, both_made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_refused_says_why_and_changes_nothing() {
    let folder = Folder::filled().await;
    let before = things(&folder.store()).await;
    let mailing = |message: &'static str, ends: &'static str| {
        let words = "create-mailing --user anna@example.ru --starts 2099-12-01 --message";
        let mut arguments: Vec<&str> = words.split(' ').collect();
        arguments.extend([message, "--ends", ends]);
        arguments
    };
    let anna = ["--user", "anna@example.ru"];
    for (arguments, words) in [
        (
            vec![
                "create-recipient",
                "--email",
                "IVAN@example.ru",
                anna[0],
                anna[1],
            ],
            "Получатель с адресом IVAN@example.ru у этого пользователя уже есть.",
        ),
        (
            vec!["update-recipient", "1", "--email", "olga@example.ru"],
            "Получатель с адресом olga@example.ru у этого пользователя уже есть.",
        ),
        (vec!["delete-recipient", "77"], "Получателя № 77 нет."),
        (vec!["recipients", "77"], "Получателя № 77 нет."),
        (
            vec![
                "create-recipient",
                "--email",
                "a@b.ru",
                "--user",
                "nobody@example.ru",
            ],
            "Пользователя nobody@example.ru нет.",
        ),
        (
            vec!["update-message", "1", "--body-file", "нет.txt"],
            "Файла нет.txt нет.",
        ),
        (
            vec!["delete-message", "1"],
            "Сообщение используется в рассылке № 1 «Осенняя».",
        ),
        (
            mailing("77", "2099-12-08"),
            "У этого пользователя нет сообщения № 77.",
        ),
        (
            [
                mailing("1", "2099-12-08"),
                vec!["--recipient", "77", "--without", "x@y.ru"],
            ]
            .concat(),
            "Нет такого получателя: 77.",
        ),
        (
            vec!["update-mailing", "77", "--title", "x"],
            "Рассылки № 77 нет.",
        ),
        (
            vec!["delete-user", "anna@example.ru"],
            "Не подтверждено, ничего не удалено.",
        ),
        (
            vec!["delete-user", "nobody@example.ru", "--yes"],
            "Пользователя nobody@example.ru нет.",
        ),
    ] {
        refused(&folder, &arguments, words);
    }
    for (arguments, words) in [
        (
            vec!["update-recipient", "1", "--email", "нет"],
            "--email: Это не похоже на адрес",
        ),
        (vec!["update-message", "1", "--body", "{{ nam }}"], "nam"),
        (
            mailing("1", "2020-12-08"),
            "--ends: Окончание должно быть позже начала.",
        ),
        (mailing("1", "завтра"), "Пример: 23.11.2026 12:30"),
    ] {
        misused(&folder, &arguments, words);
    }
    let output = folder.run(&["update-mailing", "1"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("Не указано, что изменить: --message"),
        "{said}"
    );
    assert_eq!(things(&folder.store()).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_read_from_a_file_and_from_standard_input() {
    let folder = Folder::filled().await;
    let file = folder.0.path().join("тело.txt");
    // As Windows' Notepad writes it.
    std::fs::write(&file, "\u{feff}Здравствуйте!\r\nДо встречи.").unwrap();
    let from_file = ["update-message", "1", "--body-file", "тело.txt"];
    done(&folder, &from_file);
    let said = done(&folder, &["messages", "1"]);
    assert!(said.contains("\nЗдравствуйте!\nДо встречи."), "{said}");
    std::fs::write(&file, [0xcf, 0xf0]).unwrap();
    refused(&folder, &from_file, "Файл тело.txt не в кодировке UTF-8.");

    let mut command = folder.command(&[
        "create-message",
        "--user",
        "anna@example.ru",
        "--subject",
        "Из трубы",
        "--json",
    ]);
    command.stdin(std::fs::File::open(folder.0.path().join("data/mailapp.db")).unwrap());
    assert_eq!(
        command.output().unwrap().status.code(),
        Some(1),
        "no text at all"
    );
    std::fs::write(&file, "Из трубы.").unwrap();
    command.stdin(std::fs::File::open(&file).unwrap());
    let output = command.output().unwrap();
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&made["id"], &made["body"]),
        (&2.into(), &"Из трубы.".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_from_the_page_and_one_from_the_command_line_are_the_same() {
    let site = Site::start_in_real_time(&SETTINGS).await;
    let anna = fill(&site.app).await;
    let boss = site.manager("boss@example.ru").await;
    let sent = by_page(&site, &anna).await;
    assert_eq!(sent.location(), "/mailings/1");
    let engine = site.app.start_engine().unwrap();
    let finished = "SELECT count(*) FROM runs WHERE state = 'finished'";
    site.until(finished, 1).await;
    engine.stop().await;
    let (anna, boss) = (site.signed_in(&anna).await, site.signed_in(&boss).await);
    let run = |arguments: &str| {
        let words: Vec<&str> = arguments.split(' ').collect();
        let output = command(site.folder(), &words).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for (browser, path, arguments) in [
        (&anna, "/recipients.csv", "recipients --csv"),
        (
            &anna,
            "/recipients.csv?q=maria&bom=1&sep=;",
            "recipients --excel --search maria",
        ),
        (
            &anna,
            "/mailings/1/recipients.csv",
            "recipients --mailing 1 --csv",
        ),
        (&anna, "/recipients/1/received.csv", "recipients 1 --csv"),
        (&anna, "/messages.csv", "messages --csv"),
        (&anna, "/mailings.csv", "mailings --csv"),
        (&anna, "/attempts.csv", "attempts --csv"),
        (
            &anna,
            "/mailings/1/statistics.csv?kind=domains",
            "stats --mailing 1 --csv domains",
        ),
        (
            &anna,
            "/mailings/1/statistics.csv?kind=runs",
            "stats --mailing 1 --csv runs",
        ),
        (&anna, "/runs/1/doubts.csv", "doubts 1 --csv"),
        (&boss, "/users.csv", "users --csv"),
        (&boss, "/mailbox.csv", "mailbox --csv"),
    ] {
        let page = browser.get(path).await.is(200);
        let said = run(arguments);
        assert_eq!(said, page.html, "{arguments}");
        assert!(said.ends_with("\r\n"), "{arguments}: {said}");
    }
    let said = run("recipients --csv --count 1");
    assert_eq!(said.lines().count(), 2, "the headings and one row");
    let taken = "SELECT count(*) FROM audit WHERE verb = 'export' AND door = 'cli'";
    assert!(site.count(taken).await >= 13, "the audit log knows of them");
}
