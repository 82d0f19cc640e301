//! A table comes in by the page's form and by the command, and the same comes of it.

use crate::things::{done, misused, refused, things};
use crate::web_support::Site;
use crate::{Folder, SETTINGS, fill};

const TABLE: &str = "ФИО;Эл. почта\nИван Новый;ivan@example.ru\nПётр;petr@example.ru\n\
                     Пётр;PETR@example.ru\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_by_the_form_and_by_the_command_brings_the_same() {
    let site = Site::start_in_real_time(&SETTINGS).await;
    let anna = fill(&site.app).await;
    let browser = site.signed_in(&anna).await;
    let page = browser.get("/recipients/import").await.is(200);
    let form = page.form("/recipients/import").with("table", TABLE);
    let page = browser.send(form.press("act", "check")).await.is(200);
    let form = page.form("/recipients/import").tick("update", "on");
    let saved = browser.send(form.press("act", "add")).await;
    let said = "Добавлено: 1. Обновлено: 1. Повторов в таблице: 1.";
    let _page = browser.follow(&saved).await.is(200).says(said);
    let by_page = things(&site.app.store).await;

    let folder = Folder::filled().await;
    std::fs::write(folder.folder().join("clients.csv"), TABLE).unwrap();
    let words = [
        "import-recipients",
        "clients.csv",
        "--user",
        "anna@example.ru",
    ];
    let output = folder.run(&[&words[..], &["--update"]].concat());
    let (printed, told) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert_eq!(printed.trim(), said);
    for words in [
        "Кодировка: UTF-8. Разделитель: точка с запятой.",
        "Столбец 1 «ФИО»: Ф. И. О. целиком",
        "Столбец 2 «Эл. почта»: адрес почты",
        "Повторов в таблице: 1.",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert_eq!(things(&folder.store()).await, by_page);
    let output = folder.run(&[&words[..], &["--json"]].concat());
    let expected = serde_json::json!({
        "added": 0, "unsubscribed": 0, "changed": 0, "known": 2, "still_active": 0, "repeated": 1,
        "skipped": 0, "ignored": [], "encoding": "UTF-8",
        "columns": [
            {"heading": "ФИО", "role": "name"}, {"heading": "Эл. почта", "role": "email"},
        ],
    });
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told, expected, "a second time nothing comes of it");

    let wrong = format!("{TABLE}Никто;нет\n");
    std::fs::write(folder.folder().join("clients.csv"), wrong).unwrap();
    refused(
        &folder,
        &words,
        "Строка 5: Никто · нет — Это не похоже на адрес почты.",
    );
    refused(&folder, &words, "В 1 строке ошибка, никто не добавлен.");
    assert_eq!(things(&folder.store()).await, by_page);
    let output = folder.run(&[&words[..], &["--skip-wrong"]].concat());
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("Пропущено строк с ошибками: 1."));
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec())
        .unwrap()
        .replace('\u{a0}', " ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_any_encoding_is_read_by_the_command_as_by_the_page() {
    let site = Site::start_in_real_time(&SETTINGS).await;
    let anna = fill(&site.app).await;
    let browser = site.signed_in(&anna).await;
    let folder = Folder::filled().await;
    let table = "Почта;Кто это;Имя\nx1@example.ru;первый;Иван\nx2@example.ru;второй;Ольга\n";
    let utf_16 = |text: &str| -> Vec<u8> {
        let units = text.encode_utf16();
        [vec![0xff, 0xfe], units.flat_map(u16::to_le_bytes).collect()].concat()
    };
    // As windows-1251 and as code page 866 have the letters of this table.
    let cyrillic = |text: &str, place: fn(u32) -> u32| -> Vec<u8> {
        let octet = |c: char| {
            if c.is_ascii() {
                c as u32
            } else {
                place(c as u32 - 0x410)
            }
        };
        text.chars()
            .map(|c| u8::try_from(octet(c)).unwrap())
            .collect()
    };
    let cp1251 = cyrillic(table, |letter| 0xc0 + letter);
    let cp866 = cyrillic(table, |letter| {
        0x80 + letter + if letter < 0x30 { 0 } else { 0x30 }
    });
    for (encoding, octets) in [
        ("windows-1251", cp1251),
        ("IBM866", cp866),
        ("UTF-16LE", utf_16(table)),
        ("UTF-8", table.as_bytes().to_vec()),
    ] {
        let page = browser.get("/recipients/import").await.is(200);
        let form = page.form("/recipients/import").press("act", "check");
        let page = browser
            .send_file(&form, "clients.csv", &octets)
            .await
            .is(200);
        let said = format!("Кодировка: {encoding}.");
        let page = page.says(&said).says("Ольга");
        let add = page.form("/recipients/import").press("act", "add");
        let added = browser.send_file(&add, "", b"").await;
        assert_eq!(added.location(), "/recipients");

        std::fs::write(folder.folder().join("clients.csv"), octets).unwrap();
        let words = [
            "import-recipients",
            "clients.csv",
            "--user",
            "anna@example.ru",
        ];
        let output = folder.run(&words);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{told}");
        assert!(told.contains(&said), "{told}");
        assert_eq!(
            things(&folder.store()).await,
            things(&site.app.store).await,
            "{encoding}"
        );
        folder
            .execute("DELETE FROM recipients WHERE email LIKE 'x_@%'")
            .await;
        site.execute("DELETE FROM recipients WHERE email LIKE 'x_@%'")
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_can_be_told_what_is_what_and_say_what_would_be_added() {
    let folder = Folder::filled().await;
    let table = "Кто;Туда;Сюда;Заметка\nИван;x1@example.ru;y1@example.ru;a\nОлег;x2@example.ru;y2@example.ru;b\n";
    std::fs::write(folder.folder().join("t.csv"), table).unwrap();
    let words = ["import-recipients", "t.csv", "--user", "anna@example.ru"];
    let before = things(&folder.store()).await;
    refused(&folder, &words, "Непонятно, в каком столбце адреса почты.");
    refused(&folder, &words, "--column email=3");
    misused(
        &folder,
        &[&words[..], &["--column", "email=9"]].concat(),
        "Столбца «9» нет. Всего столбцов: 4.",
    );
    let chosen = ["--column", "email=3", "--column", "name=кто", "--headings"];
    let dry = folder.run(&[&words[..], &chosen, &["--dry-run"]].concat());
    assert_eq!(dry.status.code(), Some(0), "{}", text(&dry.stderr));
    assert!(text(&dry.stdout).contains("Новых получателей: 2. Уже есть: 0."));
    assert!(text(&dry.stderr).contains("Столбец 3 «Сюда»: адрес почты"));
    assert_eq!(things(&folder.store()).await, before);
    let printed = done(&folder, &[&words[..], &chosen].concat());
    assert!(
        printed.contains("Добавлено: 2. Не взяты столбцы: Туда."),
        "{printed}"
    );
    let printed = done(&folder, &[&words[..], &chosen, &["--dry-run"]].concat());
    assert!(
        printed.contains("Новых получателей: 0. Уже есть: 2."),
        "{printed}"
    );
    let printed = done(
        &folder,
        &["recipients", "--user", "anna@example.ru", "--json"],
    );
    assert!(printed.contains("\"email\":\"y2@example.ru\""), "{printed}");
    // Whatever is no table says what it is.
    std::fs::write(
        folder.folder().join("t.csv"),
        b"PK\x03\x04\0\0xl/workbook.xml",
    )
    .unwrap();
    refused(&folder, &words, "Это книга Excel.");
    std::fs::write(folder.folder().join("t.csv"), "x@x.ru").unwrap();
    misused(
        &folder,
        &[&words[..], &["--encoding", "klingon"]].concat(),
        "klingon",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_reads_a_list_but_for_its_mistakes() {
    let folder = Folder::filled().await;
    let list = "Кому: \"Ким, Олег\" <x1@example.ru>; Карл <x2@example.ru\n\
                Копия: x3@@example.ru, x4@example.ru.\n";
    std::fs::write(folder.folder().join("list.txt"), list).unwrap();
    let words = ["import-recipients", "list.txt", "--user", "anna@example.ru"];
    let before = things(&folder.store()).await;
    for said in [
        "Строка 1: Карл <x2@example.ru — Не хватает угловой скобки у адреса.",
        "Строка 2: x3@@example.ru — Это не похоже на адрес почты.",
        "В 2 адресах ошибки, никто не добавлен.",
    ] {
        refused(&folder, &words, said);
    }
    assert_eq!(things(&folder.store()).await, before);
    let printed = done(&folder, &[&words[..], &["--skip-wrong"]].concat());
    let said = "Добавлено: 2. Пропущено адресов с ошибками: 2.";
    assert!(printed.contains(said), "{printed}");
    let printed = done(
        &folder,
        &["recipients", "--user", "anna@example.ru", "--json"],
    );
    for person in ["x1@example.ru", "Ким, Олег", "x4@example.ru"] {
        assert!(printed.contains(&format!("\"{person}\"")), "{printed}");
    }
    let help = done(&folder, &["help", "import-recipients"]);
    assert!(help.contains("из поля «Кому» письма"), "{help}");
}
