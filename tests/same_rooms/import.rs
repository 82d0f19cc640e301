//! A table comes in by the page's form and by the command, and the same comes of it.

use crate::things::{done, refused, things};
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
    let saved = browser.send(form.tick("update", "on")).await;
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
    let printed = done(&folder, &[&words[..], &["--update"]].concat());
    assert_eq!(printed.trim(), said);
    assert_eq!(things(&folder.store()).await, by_page);
    let printed = done(&folder, &[&words[..], &["--json"]].concat());
    let expected =
        serde_json::json!({"added": 0, "changed": 0, "known": 2, "repeated": 1, "ignored": []});
    let told: serde_json::Value = serde_json::from_str(&printed).unwrap();
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
}
