//! Lists with mistakes, *Add* that is pressed twice, and an import that a full disk cuts off.

use crate::import::{PATH, add, check, check_file};
use crate::web_support::{Browser, Form, Page, Site};

async fn press_add(browser: &Browser, form: &Form) -> Page {
    browser.send_file(form, "", b"").await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_mistake_in_a_list_is_named_and_costs_nobody_else_their_place() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let list = "To: \"Meier, Hans\" <hans@a.example>, eva@a.example; Karl <karl@a.example\n\
                Кому: Олег <oleg@b.example>, c@@x.example, Bob <b@xexample>.";
    let page = check(&browser, list).await.is(422);
    let page = page
        .says("Прочитано как список адресов.")
        .says("В 3 адресах ошибки, никто не добавлен.")
        .says("Адреса с ошибками");
    let wrong = page.table("wrong-lines");
    let named: Vec<[&str; 2]> = wrong.iter().map(|row| [&*row[0], &*row[1]]).collect();
    assert_eq!(
        named,
        [
            ["1", "Karl <karl@a.example"],
            ["2", "c@@x.example"],
            ["2", "Bob <b@xexample>."],
        ]
    );
    assert!(wrong[0][2].starts_with("Не хватает угловой скобки"));
    let people = page.table("first-people");
    let people: Vec<[&str; 2]> = people.iter().map(|row| [&*row[0], &*row[1]]).collect();
    let good = [
        ["hans@a.example", "Meier, Hans"],
        ["eva@a.example", ""],
        ["oleg@b.example", "Олег"],
    ];
    assert_eq!(people, good);
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 0);
    let answer = add(&browser, &page, |form| form.tick("skip", "on")).await;
    let page = browser.follow(&answer).await.is(200);
    let _page = page
        .says("Добавлено: 3. Пропущено адресов с ошибками: 3.")
        .says("Meier, Hans");
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn add_that_is_pressed_twice_says_what_came_of_the_first_press() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let audited = "SELECT count(*) FROM audit WHERE verb = 'import_recipients'";
    let people: Vec<String> = (0..3_000).map(|n| format!("n{n}@example.ru")).collect();
    let table = people.join("\n");
    let pages = [
        check(&browser, &table).await.is(200),
        // A file is gone when it has been added.
        check_file(&browser, "a.csv", table.replace('n', "m").as_bytes())
            .await
            .is(200),
    ];
    for (page, times) in pages.into_iter().zip(1..) {
        let form = page.form(PATH).press("act", "add");
        // Both at once, and once more when all is done.
        let (one, two) = tokio::join!(press_add(&browser, &form), press_add(&browser, &form));
        assert_eq!(
            (one.location(), two.location()),
            ("/recipients", "/recipients")
        );
        let page = browser.follow(&two).await.is(200);
        let _page = page.says("Добавлено: 3000.").does_not_say("Уже были");
        let answer = press_add(&browser, &form).await;
        let page = browser.follow(&answer).await.is(200);
        let _page = page.says("Добавлено: 3000.").does_not_say("Уже были");
        // One line says that it began, and one what came of it.
        assert_eq!(site.count(audited).await, 2 * times);
    }
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 6_000);
    // The same form with something else in it is another import, and so is the same table checked anew.
    let page = check(&browser, "x@example.ru").await.is(200);
    let form = page.form(PATH).press("act", "add");
    assert_eq!(press_add(&browser, &form).await.location(), "/recipients");
    let other = form.clone().tick("update", "on");
    let answer = press_add(&browser, &other).await;
    let _page = browser
        .follow(&answer)
        .await
        .says("Добавлено: 0. Уже были: 1.");
    let page = check(&browser, "x@example.ru").await.is(200);
    let answer = add(&browser, &page, |form| form).await;
    let _page = browser
        .follow(&answer)
        .await
        .says("Добавлено: 0. Уже были: 1.");
    // After an hour the same press is a new one; whoever is there is not added twice.
    site.clock.advance(3_600_001);
    let answer = press_add(&browser, &form).await;
    let _page = browser
        .follow(&answer)
        .await
        .says("Добавлено: 0. Уже были: 1.");
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 6_001);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_a_full_disk_cuts_off_says_how_many_stay_and_goes_on_later() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let row = |n| format!("n{n}@example.ru;Константинопольский Иван {n};постоянный клиент");
    let table: Vec<String> = (0..9_000).map(row).collect();
    let page = check(&browser, &table.join("\n")).await.is(200);
    let form = page.form(PATH).press("act", "add");
    site.write(|c| {
        let pages: i64 = c
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap();
        let most = format!("PRAGMA max_page_count = {}", pages + 600);
        c.query_row(&most, [], |_| Ok(())).unwrap();
    })
    .await;
    let answer = press_add(&browser, &form).await.is(503);
    assert_eq!(answer.header("retry-after"), "30");
    let added = site.count("SELECT count(*) FROM recipients").await;
    assert!(added > 0 && added < 9_000, "{added}");
    let said = format!(
        "Импорт прервался на полпути: на диске нет места. До этого добавлено: {added}, обновлено: 0. \
         Они сохранены, остальные не добавлены."
    );
    // Some were added: nothing on the page says that nothing has changed.
    let _answer = answer
        .says(&said)
        .says("На диске нет места. Освободите место.")
        .does_not_say("Ничего не изменено");
    // When there is room again the same press brings the rest.
    site.write(|c| {
        c.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(()))
            .unwrap();
    })
    .await;
    let page = check(&browser, &table.join("\n")).await.is(200);
    let _page = page.says(&format!(
        "Новых получателей: {}. Уже есть: {added}.",
        9_000 - added
    ));
    let answer = press_add(&browser, &form).await;
    assert_eq!(answer.location(), "/recipients");
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 9_000);
    let page = browser.follow(&answer).await.is(200);
    let _page = page.says(&format!("Уже были: {added}."));
}

/// Sends the import's form with some more parts, as no browser does.
async fn send_parts(browser: &Browser, parts: &[(&str, &str)]) -> Page {
    const BOUNDARY: &str = "several";
    let form = browser.get(PATH).await.is(200).form(PATH);
    let form = form.tick("update", "on").press("act", "check");
    let part = |head: &str, value: &str| {
        format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n")
    };
    let mut body: String = form
        .fields
        .iter()
        .filter(|(name, _)| name != "file")
        .map(|(name, value)| part(&format!("name=\"{name}\""), value))
        .collect();
    for (head, value) in parts {
        body.push_str(&part(head, value));
    }
    let body = format!("{body}--{BOUNDARY}--\r\n");
    let request = browser
        .upload(&form, "", b"")
        .header("Sec-Fetch-Site", "same-origin");
    let mut request = request.build().unwrap();
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    request
        .headers_mut()
        .insert("content-type", kind.parse().unwrap());
    *request.body_mut() = Some(body.into());
    browser.execute(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn several_files_at_once_are_refused_by_their_names() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let a = ("name=\"file\"; filename=\"а.csv\"", "a@example.ru");
    let b = ("name=\"file\"; filename=\"б.csv\"", "b@example.ru");
    let unnamed = ("name=\"file\"; filename=\"\"", "c@example.ru");
    let stray = ("name=\"photo\"; filename=\"d.csv\"", "d@example.ru");
    let table = ("name=\"table\"", "e@example.ru");
    for (parts, said) in [
        (
            &[a, b][..],
            "Выбрано несколько файлов: а.csv, б.csv. Выберите один",
        ),
        (
            &[a, unnamed],
            "Выбрано несколько файлов: а.csv, —. Выберите один",
        ),
        (
            &[a, stray],
            "Выбрано несколько файлов: а.csv, d.csv. Выберите один",
        ),
        (&[stray], "Файл пришёл в поле «photo». Никто не добавлен."),
        (&[table], "Поле «table» пришло в форме больше одного раза."),
    ] {
        let answer = send_parts(&browser, parts).await.is(422);
        let page = answer.says(said);
        assert_eq!(page.form(PATH).value("update"), Some("on"));
        assert!(!site.folder().join("data/uploads").exists());
    }
    // A file without a name is one all the same; a field for one in which there is none is none.
    let none = ("name=\"file\"; filename=\"\"", "");
    let page = send_parts(&browser, &[none, unnamed]).await.is(200);
    assert_eq!(page.table("first-people")[0][0], "c@example.ru");
}
