//! Recipients from a table.

use crate::web_support::{Browser, Page, Site};

async fn send(browser: &Browser, table: &str, update: bool) -> Page {
    let page = browser.get("/recipients/import").await.is(200);
    let mut form = page.form("/recipients/import").with("table", table);
    if update {
        form = form.tick("update", "on");
    }
    browser.send(form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_becomes_recipients_and_who_is_there_already_stays() {
    let site = Site::start().await;
    let (anna, boris) = (
        site.user("anna@example.ru").await,
        site.user("boris@example.ru").await,
    );
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    // Another owner's, whom nobody hears of.
    site.recipient(&boris, "ivan@example.ru", "Чужой").await;
    let browser = site.signed_in(&anna).await;
    let _page = browser.get("/recipients").await.is(200).says("Из таблицы");
    let table = "Имя;E-mail;Примечание\r\nИван;ivan@example.ru;звонить днём\r\n\
                 Маша;MARIA@example.ru;\r\n;ольга@почта.рф;\r\n;Ivan@Example.ru;\r\n";
    let answer = send(&browser, table, false).await;
    assert_eq!(answer.location(), "/recipients");
    let page = browser.follow(&answer).await.is(200);
    let page = page.says("Добавлено: 2. Уже были: 1. Повторов в таблице: 1.");
    let _page = page
        .says("Иван")
        .says("ольга@почта.рф")
        .says("Мария")
        .does_not_say("Маша");
    let shown = "SELECT count(*) FROM recipients WHERE name = 'Иван' AND comment = 'звонить днём'";
    assert_eq!(site.count(shown).await, 1);

    let answer = send(&browser, table, true).await;
    let page = browser.follow(&answer).await.is(200);
    let _page = page
        .says("Добавлено: 0. Обновлено: 1. Уже были: 2.")
        .says("Маша");
    let untouched = "SELECT count(*) FROM recipients WHERE name = 'Чужой' AND comment = ''";
    assert_eq!(site.count(untouched).await, 1);
    let counted = "SELECT recipients_count FROM users WHERE email = 'anna@example.ru'";
    assert_eq!(site.count(counted).await, 3);
    let told = "SELECT count(*) FROM audit WHERE verb = 'import_recipients' AND door = 'web'";
    assert_eq!(site.count(told).await, 2);
    // They are found, and they are what was typed.
    let _page = browser
        .get("/recipients?q=днём")
        .await
        .is(200)
        .says("ivan@example.ru");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_lines_are_named_nobody_is_added_and_the_table_comes_back() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let table = "ivan@example.ru,Иван\n\nнет адреса,<b>Пётр</b>\nольга@почта.рф\n@,x";
    let page = send(&browser, table, true).await.is(422);
    let page = page.says("В 2 строках ошибки, никто не добавлен.");
    let rows = page.table("wrong-lines");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][..2], ["3", "нет адреса · <b>Пётр</b>"]);
    assert_eq!(rows[1][0], "5");
    let form = page.form("/recipients/import");
    assert_eq!(form.value("table"), Some(table));
    assert_eq!(form.value("update"), Some("on"));
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 0);

    let page = send(&browser, "\n \n", false).await.is(422);
    let _page = page.says("Здесь нет ни одного получателя.");
    // Ten thousand lines are no more than a form may carry, in whichever script.
    let row = |n| format!("n{n}@example.ru;Константинопольский Иван Иванович;постоянный клиент");
    let mut most: Vec<String> = (0..9_999).map(row).collect();
    most.push("нет;;".to_owned());
    let page = send(&browser, &most.join("\n"), false).await.is(422);
    let _page = page.says("В 1 строке ошибка, никто не добавлен.");
    let many: Vec<String> = (0..10_001).map(|n| format!("n{n}@example.ru")).collect();
    let many = many.join("\n");
    let page = send(&browser, &many, false).await.is(422);
    let _page = page.says("Здесь 10 001 строка, за раз помещается 10 000.");
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_out_as_a_file_comes_in_as_it_was() {
    let site = Site::start().await;
    let (anna, boris) = (
        site.user("anna@example.ru").await,
        site.user("boris@example.ru").await,
    );
    let browser = site.signed_in(&anna).await;
    let rows = [
        ("a@example.ru", "=1+1", "-5"),
        ("b@example.ru", "«Б», \"в\"", "раз\nдва"),
        ("мария@почта.рф", "", ""),
    ];
    for (email, name, comment) in rows {
        let fields = [("email", email), ("name", name), ("comment", comment)];
        browser
            .submit("/recipients/new", "/recipients", &fields)
            .await;
    }
    let other = site.signed_in(&boris).await;
    for path in ["/recipients.csv", "/recipients.csv?bom=1&sep=;"] {
        site.execute("DELETE FROM recipients WHERE owner_id = 2")
            .await;
        let file = browser.get(path).await.is(200).html;
        let answer = send(&other, &file, false).await;
        assert_eq!(answer.location(), "/recipients", "{path}");
        let same = "SELECT count(*) FROM recipients a JOIN recipients b
             ON (a.email, a.name, a.comment) = (b.email, b.name, b.comment)
             WHERE a.owner_id = 1 AND b.owner_id = 2";
        assert_eq!(site.count(same).await, 3, "{path}");
    }
}
