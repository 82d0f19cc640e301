//! Recipients from a table.

use crate::web_support::{Browser, Form, Page, Site};

pub const PATH: &str = "/recipients/import";

/// The page says what it takes for what.
pub async fn check(browser: &Browser, table: &str) -> Page {
    let page = browser.get(PATH).await.is(200);
    let form = page.form(PATH).with("table", table);
    browser
        .send_file(&form.press("act", "check"), "", b"")
        .await
}

pub async fn check_file(browser: &Browser, name: &str, octets: &[u8]) -> Page {
    let page = browser.get(PATH).await.is(200);
    browser
        .send_file(&page.form(PATH).press("act", "check"), name, octets)
        .await
}

/// What the page has shown is added.
pub async fn add(browser: &Browser, page: &Page, change: impl FnOnce(Form) -> Form) -> Page {
    let form = change(page.form(PATH)).press("act", "add");
    browser.send_file(&form, "", b"").await
}

async fn import(browser: &Browser, table: &str, update: bool) -> Page {
    let page = check(browser, table).await.is(200);
    let update = |form: Form| {
        if update {
            form.tick("update", "on")
        } else {
            form
        }
    };
    add(browser, &page, update).await
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
    let _page = check(&browser, table)
        .await
        .is(200)
        .says("2 получателя")
        .says("Новых получателей: 2. Уже есть: 1.");
    let answer = import(&browser, table, false).await;
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

    let answer = import(&browser, table, true).await;
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
    let came = "SELECT count(*) FROM audit WHERE verb = 'import_recipients'
                 AND detail LIKE '%\"added\":2%\"known\":1%'";
    assert_eq!(site.count(came).await, 1);
    // They are found, and they are what was typed.
    let _page = browser
        .get("/recipients?q=днём")
        .await
        .is(200)
        .says("ivan@example.ru");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_which_column_is_what_before_anybody_is_added() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let table = "Наименование;Контакт;Рабочий email;Личный email\n\
                 ООО Ромашка;Иван Петров;ivan@example.ru;i@example.ru\n\
                 ИП Лютик;Олег Ким;oleg@example.ru;o@example.ru";
    let page = check(&browser, table).await.is(200);
    let page = page
        .says("Кодировка: UTF-8. Разделитель: точка с запятой.")
        .says("Заголовки столбцов: строка 1.")
        .says("2 получателя")
        .says("ООО Ромашка · ИП Лютик");
    let first = page.table("first-people");
    assert_eq!(first[0], ["ivan@example.ru", "Иван Петров", ""]);
    let form = page.form(PATH);
    let roles = ["column0", "column1", "column2", "column3"].map(|it| form.value(it).unwrap());
    assert_eq!(roles, ["", "name", "email", ""]);
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 0);

    // What was matched by hand is shown once more, or added as it stands.
    let other = form
        .with("column2", "")
        .with("column3", "email")
        .with("column0", "comment");
    let page = browser
        .send_file(&other.clone().press("act", "check"), "", b"")
        .await
        .is(200);
    assert_eq!(
        page.table("first-people")[1],
        ["o@example.ru", "Олег Ким", "ИП Лютик"]
    );
    let answer = browser.send_file(&other.press("act", "add"), "", b"").await;
    assert_eq!(answer.location(), "/recipients");
    let added = "SELECT count(*) FROM recipients WHERE email LIKE '_@example.ru' AND comment <> ''";
    assert_eq!(site.count(added).await, 2);

    // Without addresses, or with no column for them, it can be chosen.
    let page = check(&browser, "Кто;Куда;Зачем\nИмя;a@x.ru;b@x.ru").await;
    let none = page.form(PATH).with("column1", "");
    let page = browser
        .send_file(&none.press("act", "check"), "", b"")
        .await
        .is(422);
    let _page = page.says("Непонятно, в каком столбце адреса почты.");
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_since_it_was_shown_is_shown_anew_and_not_added() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let page = check(&browser, "Имя;Кому\nИван;ivan@example.ru")
        .await
        .is(200);
    let changes: [fn(Form) -> Form; 2] = [
        |form: Form| form.with("table", "Имя;Кому\nИван;other@example.ru"),
        |form: Form| form.untick("headings", "on"),
    ];
    for change in changes {
        let again = add(&browser, &page, change).await.is(422);
        assert!(again.form(PATH).value("table").is_some());
        assert_eq!(site.count("SELECT count(*) FROM recipients").await, 0);
    }
    let again = add(&browser, &page, |form| form.with("table", "x@example.ru"))
        .await
        .is(422);
    let again = again.says("Таблица или выбор изменились после проверки.");
    assert_eq!(
        add(&browser, &again, |form| form).await.location(),
        "/recipients"
    );
    // Whoever never looked is shown it as well.
    let fields = [("table", "y@example.ru"), ("act", "add")];
    let page = browser.submit_again(PATH, &fields).await.is(422);
    let _page = page.says("y@example.ru");
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_lines_are_named_nobody_is_added_and_the_table_comes_back() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let table = "ivan@example.ru,Иван\n\nнет адреса,<b>Пётр</b>\nольга@почта.рф\n@,x";
    let page = check(&browser, table).await.is(422);
    let page = page.says("В 2 строках ошибки, никто не добавлен.");
    let rows = page.table("wrong-lines");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][..2], ["3", "нет адреса · <b>Пётр</b>"]);
    assert_eq!(rows[1][0], "5");
    assert_eq!(page.form(PATH).value("table"), Some(table));
    let page = add(&browser, &page, |form| form.tick("update", "on"))
        .await
        .is(422);
    assert_eq!(page.form(PATH).value("table"), Some(table));
    assert_eq!(page.form(PATH).value("update"), Some("on"));
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 0);
    // Whoever has seen them may leave them out.
    let answer = add(&browser, &page, |form| form.tick("skip", "on")).await;
    let page = browser.follow(&answer).await.is(200);
    let _page = page.says("Добавлено: 2. Пропущено строк с ошибками: 2.");
    site.execute("DELETE FROM recipients").await;

    let page = check(&browser, "\n \n").await.is(422);
    let _page = page.says("Здесь нет ни одного получателя.");
    // Ten thousand lines are no more than a form may carry, in whichever script.
    let row = |n| format!("n{n}@example.ru;Константинопольский Иван Иванович;постоянный клиент");
    let mut most: Vec<String> = (0..9_999).map(row).collect();
    most.push("нет;;".to_owned());
    let most = most.join("\n");
    let page = check(&browser, &most).await.is(422);
    let _page = page.says("В 1 строке ошибка, никто не добавлен.");
    let page = browser
        .submit_again(PATH, &[("table", &most)])
        .await
        .is(422);
    let _page = page.says("В 1 строке ошибка, никто не добавлен.");
    let many: Vec<String> = (0..10_001).map(|n| format!("n{n}@example.ru")).collect();
    let many = many.join("\n");
    let page = check(&browser, &many).await.is(422);
    let _page = page.says("Получателей больше 10 000: столько за раз не добавить.");
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
        ("мария@почта.рф", "＝1", ""),
    ];
    for (email, name, comment) in rows {
        let fields = [("email", email), ("name", name), ("comment", comment)];
        browser
            .submit("/recipients/new", "/recipients", &fields)
            .await;
    }
    // One has unsubscribed; so they have when they come back, whoever's they are now.
    site.execute(
        "INSERT INTO suppressions (owner_id, email_key, reason, created_at)
         VALUES (1, 'a@example.ru', 'unsubscribed', 1)",
    )
    .await;
    let other = site.signed_in(&boris).await;
    let gone =
        "SELECT count(*) FROM suppressions WHERE owner_id = 2 AND email_key = 'a@example.ru'";
    for path in ["/recipients.csv", "/recipients.csv?bom=1&sep=;"] {
        site.execute("DELETE FROM recipients WHERE owner_id = 2; DELETE FROM suppressions WHERE owner_id = 2")
            .await;
        let file = browser.get(path).await.is(200).html;
        assert!(!file.contains(",＝") && !file.contains(";＝"), "{file}");
        let page = check_file(&other, "recipients.csv", file.as_bytes())
            .await
            .is(200);
        let page = page.says("По таблице 1 получатель отписан");
        let answer = add(&other, &page, |form| form).await;
        assert_eq!(answer.location(), "/recipients", "{path}");
        let page = other.follow(&answer).await.is(200);
        let _page = page
            .says("Добавлено: 3. Из них отписавшихся: 1.")
            .says("Отписан");
        let same = "SELECT count(*) FROM recipients a JOIN recipients b
             ON (a.email, a.name, a.comment) = (b.email, b.name, b.comment)
             WHERE a.owner_id = 1 AND b.owner_id = 2";
        assert_eq!(site.count(same).await, 3, "{path}");
        assert_eq!(site.count(gone).await, 1, "{path}");
    }
    // Who is there already stays as they are, which is said, unless everybody is to be updated.
    site.execute("DELETE FROM suppressions WHERE owner_id = 2")
        .await;
    let file = browser.get("/recipients.csv").await.is(200).html;
    let answer = import(&other, &file, false).await;
    let page = other.follow(&answer).await.is(200);
    let _page = page.says("Из них по таблице отписаны, а у вас активны: 1.");
    assert_eq!(site.count(gone).await, 0);
    let answer = import(&other, &file, true).await;
    let _page = other.follow(&answer).await.is(200).says("Обновлено: 1.");
    assert_eq!(site.count(gone).await, 1);
}
