//! Recipients.

use crate::web_support::{Page, Person, Site};

async fn anna_at(site: &Site) -> Person {
    site.user("anna@example.ru").await
}

/// What the form says, and what it still holds, after `fields` were sent in both languages.
async fn refused(site: &Site, owner: &Person, fields: [(&str, &str); 3]) -> [Page; 2] {
    let before = site.contents().await;
    let mut pages = Vec::new();
    for browser in [site.browser(), site.english_browser()] {
        browser.sign_in(owner).await;
        let page = browser
            .submit("/recipients/new", "/recipients", &fields)
            .await;
        assert_eq!(page.status, 422, "{fields:?}");
        let form = page.form("/recipients");
        for (name, typed) in fields {
            assert_eq!(form.value(name), Some(typed), "{name} is not kept");
        }
        pages.push(page);
    }
    let rows = |text: &str| {
        text.lines()
            .filter(|row| row.starts_with("recipients "))
            .count()
    };
    assert_eq!(rows(&site.contents().await), rows(&before));
    pages.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_is_added_shown_changed_and_deleted() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    let _page = browser
        .get("/recipients")
        .await
        .is(200)
        .says("Получателей пока нет");
    let fields = [
        ("email", " Maria@Почта.рф "),
        ("name", "Мария Ёлкина"),
        ("comment", "первая\nвторая"),
    ];
    let added = browser
        .submit("/recipients/new", "/recipients", &fields)
        .await;
    let id = added.new_id();
    let page = browser
        .follow(&added)
        .await
        .is(200)
        .says("Получатель добавлен.");
    let page = page
        .says("Мария Ёлкина")
        .says("Maria@Почта.рф")
        .says("Активен");
    let _page = page
        .says("Maria@xn--80a1acny.xn--p1ai")
        .says("23 нояб. 2026, 12:30");
    // It is said once.
    let _page = browser
        .get(added.location())
        .await
        .does_not_say("Получатель добавлен.");

    site.clock.advance(60_000);
    let (path, edit) = (
        format!("/recipients/{id}"),
        format!("/recipients/{id}/edit"),
    );
    let form = browser.get(&edit).await.is(200).form(&path);
    assert_eq!(form.value("comment"), Some("первая\nвторая"));
    let saved = browser.send(form.with("name", "Мария Петровна")).await;
    let page = browser.follow(&saved).await.is(200).says("Сохранено.");
    let _page = page.says("Мария Петровна").says("23 нояб. 2026, 12:31");

    let delete = format!("{path}/delete");
    let _page = browser
        .get(&delete)
        .await
        .is(200)
        .says("Удалить Maria@Почта.рф?");
    let _page = browser.get(&path).await.is(200);
    let page = browser
        .submit_and_follow(&delete, &delete, &[])
        .await
        .is(200);
    let _page = page.says("Удалено.").says("Получателей пока нет");
    let _page = browser.get(&path).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_address_nobody_is_added() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    let fields = [("email", "  "), ("name", "Мария"), ("comment", "из Твери")];
    let [ru, en] = refused(&site, &anna, fields).await;
    assert_eq!(ru.complaint("email").unwrap(), "Укажите адрес почты.");
    assert_eq!(en.complaint("email").unwrap(), "Enter an email address.");
    assert_eq!(
        (ru.complaint("name"), ru.complaint("comment")),
        (None, None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_address_is_said_to_be_none() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    for malformed in [
        "мария",
        "maria@example",
        "a b@example.ru",
        "a@b@example.ru",
        "<a@example.ru>",
        "a@example.ru\r\nBcc: x@example.ru",
    ] {
        let fields = [("email", malformed), ("name", "Мария"), ("comment", "")];
        let [ru, en] = refused(&site, &anna, fields).await;
        let (ru, en) = (
            ru.complaint("email").unwrap(),
            en.complaint("email").unwrap(),
        );
        assert_eq!(
            ru, "Это не похоже на адрес почты. Пример: ivan@example.ru",
            "{malformed}"
        );
        assert_eq!(
            en,
            "This does not look like an email address. Example: anna@example.com"
        );
    }
    let fields = [("email", "a@-пример-.рф"), ("name", ""), ("comment", "")];
    let [ru, en] = refused(&site, &anna, fields).await;
    assert_eq!(
        ru.complaint("email").unwrap(),
        "Домен «-пример-.рф» записан неправильно."
    );
    assert_eq!(
        en.complaint("email").unwrap(),
        "The domain “-пример-.рф” is not written correctly."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_counted_out() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    let address = format!("{}@example.ru", "a".repeat(65));
    let (name, comment) = ("и".repeat(201), "к".repeat(2_001));
    let fields = [
        ("email", address.as_str()),
        ("name", name.as_str()),
        ("comment", comment.as_str()),
    ];
    let [ru, en] = refused(&site, &anna, fields).await;
    let said = |page: &Page, field| page.complaint(field).unwrap();
    assert_eq!(
        said(&ru, "email"),
        "Часть адреса до знака @ длиннее 64 байт; почтовые серверы такой не принимают."
    );
    assert_eq!(
        said(&en, "email"),
        "The part before the @ is longer than 64 bytes; mail servers do not take it."
    );
    assert_eq!(
        said(&ru, "name"),
        "Слишком длинно: 201 знаков при допустимых 200."
    );
    assert_eq!(
        said(&en, "name"),
        "Too long: 201 characters where 200 are allowed."
    );
    assert_eq!(
        said(&ru, "comment"),
        "Слишком длинно: 2001 знаков при допустимых 2000."
    );
    assert_eq!(
        said(&en, "comment"),
        "Too long: 2001 characters where 2000 are allowed."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn control_characters_are_refused_where_they_could_do_harm() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    for name in [
        "Мария\u{7}Ёлкина",
        "Мария\r\nBcc: x@example.ru",
        "\u{202e}яираМ",
        "а\u{0}б",
        "а\u{2028}б",
    ] {
        let fields = [
            ("email", "m@example.ru"),
            ("name", name),
            ("comment", "а\u{1b}[31mб"),
        ];
        let [ru, en] = refused(&site, &anna, fields).await;
        for field in ["name", "comment"] {
            let (ru, en) = (ru.complaint(field).unwrap(), en.complaint(field).unwrap());
            assert_eq!(
                ru, "Уберите невидимые управляющие символы и переводы строк.",
                "{name:?}"
            );
            assert_eq!(en, "Remove invisible control characters and line breaks.");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_is_one_recipient_however_it_is_written() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    site.recipient(&anna, "Maria@Почта.рф", "Мария").await;
    for same in [
        "maria@почта.рф",
        "MARIA@ПОЧТА.РФ",
        "maria@xn--80a1acny.xn--p1ai",
        " maria@почта.РФ",
    ] {
        let fields = [("email", same), ("name", "Ещё раз"), ("comment", "тот же")];
        let [ru, en] = refused(&site, &anna, fields).await;
        let (ru, en) = (
            ru.complaint("email").unwrap(),
            en.complaint("email").unwrap(),
        );
        assert_eq!(ru, "Получатель с таким адресом у вас уже есть.", "{same}");
        assert_eq!(en, "You already have a recipient with this address.");
    }
    // Changing one into the other is no way round it, and saving one unchanged is no conflict.
    let id = site.recipient(&anna, "ivan@example.ru", "Иван").await;
    let browser = site.signed_in(&anna).await;
    let (path, edit) = (
        format!("/recipients/{id}"),
        format!("/recipients/{id}/edit"),
    );
    let page = browser
        .submit(&edit, &path, &[("email", "maria@ПОЧТА.рф")])
        .await
        .is(422);
    assert_eq!(
        page.complaint("email").unwrap(),
        "Получатель с таким адресом у вас уже есть."
    );
    let _page = browser
        .submit_and_follow(&edit, &path, &[("email", "IVAN@example.ru")])
        .await
        .says("IVAN@example.ru");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_owners_same_address_is_no_conflict_and_stays_unknown() {
    let site = Site::start().await;
    let (anna, boris) = (anna_at(&site).await, site.user("boris@example.ru").await);
    site.recipient(&boris, "maria@example.ru", "Мария Бориса")
        .await;
    let browser = site.signed_in(&anna).await;
    let fields = [("email", "maria@example.ru"), ("name", "Мария Анны")];
    let added = browser
        .submit("/recipients/new", "/recipients", &fields)
        .await;
    let page = browser.follow(&added).await.is(200).says("Мария Анны");
    let _page = page.does_not_say("Бориса");
    let page = browser
        .get("/recipients?q=maria")
        .await
        .is(200)
        .says("Найдена 1 запись");
    let _page = page.does_not_say("Бориса");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_by_address_name_and_comment_without_regard_to_case() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    site.recipient(&anna, "maria@example.ru", "Мария Ёлкина")
        .await;
    site.recipient(&anna, "ivan@example.ru", "Иван 100% Скидка_")
        .await;
    let browser = site.signed_in(&anna).await;
    for (search, found, missed) in [
        ("МАРИЯ", "maria@", "ivan@"),
        ("елкина", "maria@", "ivan@"),
        ("IVAN@EX", "ivan@", "maria@"),
        ("0%25+с", "ivan@", "maria@"),
        ("дка_", "ivan@", "maria@"),
    ] {
        let page = browser
            .get(&format!("/recipients?q={search}"))
            .await
            .is(200);
        let list = page.part("list").unwrap();
        assert!(
            list.contains(found) && !list.contains(missed),
            "{search}: {list}"
        );
    }
    for nothing in [
        "%25",
        "_ария",
        "'",
        "\\",
        "нет такого",
        "%00",
        &"я".repeat(198),
    ] {
        let page = browser
            .get(&format!("/recipients?q={nothing}ъъ"))
            .await
            .is(200);
        let _page = page.says("Ничего не нашлось").says("Показать всё");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_read_page_by_page_there_and_back() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    site.recipients(&anna, 120, |number| format!("Имя {number}"))
        .await;
    let browser = site.signed_in(&anna).await;
    for sort in ["added", "email"] {
        let mut page = browser
            .get(&format!("/recipients?sort={sort}"))
            .await
            .is(200);
        let rows = |html: &str| -> Vec<String> {
            let rows = html.split("<a href=\"/recipients/").skip(1);
            let ids = rows.filter_map(|rest| rest.split_once('"').map(|(id, _)| id.to_owned()));
            ids.filter(|id| id.parse::<i64>().is_ok()).collect()
        };
        let link = |html: &str, rel: &str| -> Option<String> {
            let tag = html.split_once(&format!("rel=\"{rel}\" href=\""))?.1;
            Some(
                tag.split_once('"')?
                    .0
                    .replace("&#x2f;", "/")
                    .replace("&amp;", "&"),
            )
        };
        let (mut seen, mut pages) = (rows(&page.html), vec![rows(&page.html)]);
        while let Some(next) = link(&page.html, "next") {
            page = browser.get(&next).await.is(200);
            pages.push(rows(&page.html));
            seen.extend(rows(&page.html));
        }
        assert_eq!(
            pages.iter().map(Vec::len).collect::<Vec<_>>(),
            [50, 50, 20],
            "{sort}"
        );
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 120, "{sort}");
        for back in [1, 0] {
            let previous = link(&page.html, "prev").unwrap();
            page = browser.get(&previous).await.is(200);
            assert_eq!(rows(&page.html), pages[back], "{sort}");
        }
        assert_eq!(link(&page.html, "prev"), None);
    }
}
