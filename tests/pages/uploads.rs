//! Tables that come as files: kept while they are looked at, read in their own encoding, bounded.

use crate::import::{PATH, add, check, check_file};
use crate::web_support::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_kept_while_it_is_looked_at_and_read_in_its_own_encoding() {
    let site = Site::start().await;
    let (anna, boris) = (
        site.user("anna@example.ru").await,
        site.user("boris@example.ru").await,
    );
    let browser = site.signed_in(&anna).await;
    // «Имя;Почта», «Иван;ivan@example.ru», as Excel writes it in Russian.
    let octets = [
        &b"\xc8\xec\xff;\xcf\xee\xf7\xf2\xe0\n\xc8\xe2\xe0\xed;ivan@example.ru"[..],
        b"\n\xce\xeb\xe5\xe3;oleg@example.ru\n",
    ]
    .concat();
    let page = check_file(&browser, "клиенты.csv", &octets).await.is(200);
    let page = page.says("Кодировка: windows-1251.").says("клиенты.csv");
    assert_eq!(
        page.table("first-people")[0][..2],
        ["ivan@example.ru", "Иван"]
    );
    let folder = site.folder().join("data/uploads");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    // Nobody else gets at it.
    let other = site.signed_in(&boris).await;
    let token = page.form(PATH).value("kept").unwrap().to_owned();
    let stolen = other
        .submit_again(PATH, &[("kept", &token), ("act", "check")])
        .await
        .is(422);
    let _page = stolen
        .says("Файл больше не хранится")
        .does_not_say("ivan@example.ru");
    // Read in another encoding, it is shown, not added.
    let again = add(&browser, &page, |form| form.with("encoding", "KOI8-R"))
        .await
        .is(422);
    assert_eq!(
        again.table("first-people")[0][..2],
        ["ivan@example.ru", "хБЮМ"]
    );
    let answer = add(&browser, &page, |form| form).await;
    let page = browser.follow(&answer).await.is(200);
    let _page = page.says("Добавлено: 2.").says("Иван").says("Олег");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    // After an hour it has to be chosen again.
    let page = check_file(&browser, "a.csv", b"email\nx@example.ru")
        .await
        .is(200);
    site.clock.advance(3_600_001);
    let late = add(&browser, &page, |form| form).await.is(422);
    let _page = late.says("Файл больше не хранится");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    // The same in UTF-8 with an octet that is none: its line is named.
    let bad = [
        &b"Email;Name\na@x.ru;"[..],
        "Анна Ольга".as_bytes(),
        b"\nb@x.ru;\xd0\n",
    ]
    .concat();
    let page = check_file(&browser, "a.csv", &bad)
        .await
        .is(422)
        .says("Кодировка: UTF-8.");
    let rows = page.table("wrong-lines");
    assert_eq!((rows.len(), rows[0][0].as_str()), (1, "3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_table_or_too_large_says_so() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let page = browser.get(PATH).await.is(200);
    let _page = page
        .says("до 8 МБ")
        .says("До 10 000 получателей и 2 МБ за раз.");
    for (octets, words) in [
        (
            &b"PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml"[..],
            "Это книга Excel.",
        ),
        (b"%PDF-1.7", "Это документ PDF"),
        (b"BEGIN:VCARD\nEMAIL:a@x.ru", "Это карточки контактов"),
        (b"email\0\x01\x02\x03", "Это не текстовая таблица."),
        (b"", "Здесь нет ни одного получателя."),
    ] {
        let page = check_file(&browser, "file.xlsx", octets).await.is(422);
        let _page = page.says(words);
    }
    let large = vec![b'x'; (8 << 20) + 1];
    let page = check_file(&browser, "large.csv", &large).await.is(422);
    let _page = page.says("Файл больше 8 МБ.");
    let text = "a".repeat((2 << 20) + 1);
    let page = check(&browser, &text).await.is(422);
    let _page = page.says("Вставлено больше 2 МБ текста.");
    let page = check_file(&browser, "same.csv", &b"a@x.ru\n".repeat(50_001))
        .await
        .is(422);
    let _page = page.says("Строк больше 50 000: столько за раз не прочитать.");
    let both = browser
        .get(PATH)
        .await
        .is(200)
        .form(PATH)
        .with("table", "x@example.ru");
    let page = browser
        .send_file(&both.press("act", "check"), "a.csv", b"y@example.ru")
        .await
        .is(422);
    let page = page.says("Выбран файл и вставлен текст. Оставьте что-то одно.");
    assert_eq!(page.form(PATH).value("table"), Some("x@example.ru"));
    // What would take a reader minutes that is not bounded is refused at its first line.
    let wide = format!("{}\n{}", "name,".repeat(150_000), "x\n".repeat(150_000));
    let page = check_file(&browser, "wide.csv", wide.as_bytes())
        .await
        .is(422);
    let _page = page.says("Столбцов больше 180");
    assert_eq!(site.count("SELECT count(*) FROM recipients").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_in_by_the_rules_of_every_form() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let form = browser
        .get(PATH)
        .await
        .is(200)
        .form(PATH)
        .press("act", "check");
    let table = b"email\na@example.ru";
    let forged = form
        .clone()
        .with("csrf", "forged")
        .with("table", "b@example.ru");
    let page = browser.send_file(&forged, "a.csv", table).await.is(403);
    assert_eq!(
        page.form(PATH).value("table"),
        Some("b@example.ru"),
        "it is offered again"
    );
    let request = browser
        .upload(&form, "a.csv", table)
        .header("Sec-Fetch-Site", "cross-site");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 403);
    // Whoever is not signed in any more gets back what was typed.
    let typed = form.with("table", "b@example.ru");
    let stranger = site.browser();
    let page = stranger.send_file(&typed, "a.csv", table).await.is(401);
    assert_eq!(page.form(PATH).value("table"), Some("b@example.ru"));
    assert!(!site.folder().join("data/uploads").exists());
}
