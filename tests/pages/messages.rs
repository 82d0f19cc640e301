//! Messages.

use crate::web_support::{Page, Person, Site};

/// What the form says, and what it still holds, after `fields` were sent in both languages.
async fn refused(site: &Site, owner: &Person, fields: [(&str, &str); 2]) -> [Page; 2] {
    let mut pages = Vec::new();
    for browser in [site.browser(), site.english_browser()] {
        browser.sign_in(owner).await;
        let page = browser
            .submit("/messages/new", "/messages", &fields)
            .await
            .is(422);
        let form = page.form("/messages");
        for (name, typed) in fields {
            assert_eq!(form.value(name), Some(typed), "{name} is not kept");
        }
        pages.push(page);
    }
    assert_eq!(site.count("SELECT count(*) FROM messages").await, 0);
    pages.try_into().unwrap()
}

async fn anna_at(site: &Site) -> Person {
    site.user("anna@example.ru").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_written_previewed_changed_and_deleted() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    site.recipient(&anna, "maria@example.ru", "Мария Ёлкина")
        .await;
    let browser = site.signed_in(&anna).await;
    let _page = browser
        .get("/messages")
        .await
        .is(200)
        .says("Сообщений пока нет");
    let fields = [
        ("subject", "Скидки для вас, {{ name | друг }}"),
        (
            "body",
            "\nЗдравствуйте, {{ name }}!\n\n\tВаш адрес {{email}}. \\{{ не подстановка }}",
        ),
    ];
    let saved = browser.submit("/messages/new", "/messages", &fields).await;
    let (id, path) = (saved.new_id(), saved.location().to_owned());
    let page = browser.follow(&saved).await.is(200).says("Сохранено.");
    let page = page
        .says("Скидки для вас, Мария Ёлкина")
        .says("Здравствуйте, Мария Ёлкина!");
    let page = page.says("Ваш адрес maria@example.ru. {{ не подстановка }}");
    let _page = page
        .says("Скидки для вас, {{ name | друг }}")
        .says("для Мария Ёлкина");

    let edit = format!("/messages/{id}/edit");
    let form = browser.get(&edit).await.is(200).form(&path);
    assert_eq!(form.value("subject"), Some(fields[0].1));
    assert_eq!(form.value("body"), Some(fields[1].1));
    let page = browser
        .submit_and_follow(&edit, &path, &[("subject", "Новая тема")])
        .await;
    let _page = page
        .is(200)
        .says("Новая тема")
        .does_not_say("Скидки для вас");

    let delete = format!("{path}/delete");
    let _page = browser
        .get(&delete)
        .await
        .is(200)
        .says("Удалить сообщение «Новая тема»?");
    let page = browser.submit_and_follow(&delete, &delete, &[]).await;
    let _page = page.is(200).says("Удалено.").says("Сообщений пока нет");
    let _page = browser.get(&path).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_needs_a_subject_and_a_body() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    let [ru, en] = refused(&site, &anna, [("subject", " "), ("body", " \n ")]).await;
    assert_eq!(ru.complaint("subject").unwrap(), "Напишите тему письма.");
    assert_eq!(en.complaint("subject").unwrap(), "Write a subject.");
    assert_eq!(ru.complaint("body").unwrap(), "Напишите текст письма.");
    assert_eq!(en.complaint("body").unwrap(), "Write the message's text.");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_placeholder_is_shown_with_its_line_and_column() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    let body = "Здравствуйте!\n\nВаш код: {{ code }} до {{ name }}";
    let [ru, en] = refused(
        &site,
        &anna,
        [("subject", "Для {{ nmae }}"), ("body", body)],
    )
    .await;
    assert_eq!(
        ru.complaint("body").unwrap(),
        "Строка 3, знак 10: подстановки «code» нет (здесь: {{ code }} до {{ name }}). \
         Есть name, email и unsubscribe_url."
    );
    assert_eq!(
        en.complaint("body").unwrap(),
        "Line 3, column 10: there is no placeholder “code” (here: {{ code }} до {{ name }}). \
         There are name, email and unsubscribe_url."
    );
    assert!(
        ru.complaint("subject")
            .unwrap()
            .starts_with("Строка 1, знак 5: подстановки «nmae» нет")
    );
    let [ru, en] = refused(
        &site,
        &anna,
        [("subject", "Тема"), ("body", "Привет, {{ name")],
    )
    .await;
    assert!(
        ru.complaint("body")
            .unwrap()
            .starts_with("Строка 1, знак 9: подстановка не закрыта")
    );
    assert!(
        en.complaint("body")
            .unwrap()
            .starts_with("Line 1, column 9: the placeholder is not closed")
    );
    assert_eq!(ru.complaint("subject"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_or_invisible_is_refused_and_kept_in_the_form() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    let (subject, body) = ("т".repeat(301), "б".repeat(100_001));
    let [ru, en] = refused(&site, &anna, [("subject", &subject), ("body", &body)]).await;
    assert_eq!(
        ru.complaint("subject").unwrap(),
        "Слишком длинно: 301 знаков при допустимых 300."
    );
    assert_eq!(
        en.complaint("subject").unwrap(),
        "Too long: 301 characters where 300 are allowed."
    );
    let said = ru.complaint("body").unwrap();
    assert_eq!(
        said,
        "Слишком длинно: 100 001 знаков при допустимых 100 000."
    );
    let said = en.complaint("body").unwrap();
    assert_eq!(
        said,
        "Too long: 100,001 characters where 100,000 are allowed."
    );

    let fields = [
        ("subject", "Тема\r\nBcc: x@example.ru"),
        ("body", "до\u{0}после"),
    ];
    let [ru, en] = refused(&site, &anna, fields).await;
    for field in ["subject", "body"] {
        let (ru, en) = (ru.complaint(field).unwrap(), en.complaint(field).unwrap());
        assert_eq!(
            ru,
            "Уберите невидимые управляющие символы и переводы строк."
        );
        assert_eq!(en, "Remove invisible control characters and line breaks.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_use_stays_and_the_refusal_names_the_mailings() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    let first = site.mailing(&anna, "Осенняя").await;
    let second = site.mailing(&anna, "Зимняя").await;
    site.execute("UPDATE mailings SET message_id = (SELECT min(id) FROM messages)")
        .await;
    let message = site.count("SELECT min(id) FROM messages").await;
    let delete = format!("/messages/{message}/delete");
    for (browser, said) in [
        (
            site.signed_in(&anna).await,
            format!(
                "Сообщение используется в рассылках: № {second} «Зимняя», № {first} «Осенняя»."
            ),
        ),
        (
            site.signed_in_english(&anna).await,
            format!("The message is used by the mailings #{second} “Зимняя”, #{first} “Осенняя”."),
        ),
    ] {
        let _page = browser
            .submit(&delete, &delete, &[])
            .await
            .is(409)
            .says(&said);
        let page = browser.get(&format!("/messages/{message}")).await.is(200);
        let _page = page.says("Осенняя").says("Зимняя");
    }
    // Once they are gone it goes.
    let browser = site.signed_in(&anna).await;
    for mailing in [first, second] {
        let delete = format!("/mailings/{mailing}/delete");
        let _page = browser
            .submit_and_follow(&delete, &delete, &[])
            .await
            .is(200)
            .says("Удалено.");
    }
    assert_eq!(
        browser.submit(&delete, &delete, &[]).await.location(),
        "/messages"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_a_message_does_not_change_a_run_that_has_started() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    let browser = site.signed_in(&anna).await;
    let message = site.count("SELECT id FROM messages").await;
    let (path, edit) = (
        format!("/messages/{message}"),
        format!("/messages/{message}/edit"),
    );
    let _page = browser
        .submit(&edit, &path, &[("subject", "Совсем другая тема")])
        .await
        .is(303);
    let page = browser
        .get(&format!("/runs/{run}"))
        .await
        .is(200)
        .says("Тема: Осенняя");
    let _page = page.does_not_say("Совсем другая тема");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_mails_could_grow_too_large_is_refused_with_the_size_and_the_bound() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    let body = "{{name}}.".repeat(1_000);
    let [ru, en] = refused(&site, &anna, [("subject", "Тема"), ("body", &body)]).await;
    // A thousand names of 200 letters of four octets, and as many full stops.
    assert!(
        ru.complaint("body")
            .unwrap()
            .contains("выйдет 783 КБ текста при допустимых 512 КБ")
    );
    assert!(
        en.complaint("body")
            .unwrap()
            .contains("has 783 KB of text; up to 512 KB are allowed")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subject_that_would_be_empty_without_a_name_needs_a_substitute() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    let fields = [("subject", "{{ name }}"), ("body", "Добрый день!")];
    let [ru, en] = refused(&site, &anna, fields).await;
    assert_eq!(
        ru.complaint("subject").unwrap(),
        "У получателей без имени тема будет пустой. Добавьте слова или замену: \
         {{ name | Здравствуйте }}"
    );
    assert_eq!(
        en.complaint("subject").unwrap(),
        "Recipients without a name would get an empty subject. Add other words or a substitute: \
         {{ name | Hello }}"
    );
    let browser = site.signed_in(&anna).await;
    let fields = [
        ("subject", "{{ name | Здравствуйте }}"),
        ("body", "Добрый день!"),
    ];
    let saved = browser.submit("/messages/new", "/messages", &fields).await;
    let _page = browser.follow(&saved).await.is(200).says("Сохранено.");
}

const LINKED: [(&str, &str); 2] = [
    ("subject", "Новости"),
    ("body", "Отписаться: {{ unsubscribe_url }}"),
];

#[tokio::test(flavor = "multi_thread")]
async fn without_a_base_url_a_message_with_an_unsubscribe_link_says_that_it_cannot_be_sent() {
    let site = Site::start().await;
    let anna = anna_at(&site).await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let browser = site.signed_in(&anna).await;
    let form = browser.get("/messages/new").await.is(200);
    let _page = form.says("Внешний адрес сервиса (base_url) не задан");
    let message = site.count("SELECT message_id FROM mailings").await;
    let (path, edit) = (
        format!("/messages/{message}"),
        format!("/messages/{message}/edit"),
    );
    let page = browser.submit_and_follow(&edit, &path, &LINKED).await;
    let why = "Пусть администратор укажет base_url в настройках — или уберите подстановку";
    let _page = page.is(200).says("Сохранено.").says(why);
    let home = format!("/mailings/{mailing}");
    let page = browser.get(&home).await.is(200).says(why);
    assert!(!page.html.contains(&format!("{home}/send")), "no button");
    // Nor from a page that was opened before.
    let token = page.form("/sign-out").value("csrf").unwrap().to_owned();
    let fields = [("csrf".to_owned(), token)];
    let _page = browser
        .post(&format!("{home}/send"), &fields)
        .await
        .is(409)
        .says(why);
    assert_eq!(site.count("SELECT count(*) FROM runs").await, 0);
    let english = site.signed_in_english(&anna).await;
    let page = english.get(&home).await.is(200);
    let _page = page.says("Ask your administrator to set base_url, or remove the placeholder");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_base_url_a_message_with_an_unsubscribe_link_is_like_any_other() {
    let site = Site::start_with(&[("base_url", "http://mail.example.ru")]).await;
    let anna = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    let form = browser.get("/messages/new").await.is(200);
    let _page = form.does_not_say("base_url");
    let saved = browser.submit("/messages/new", "/messages", &LINKED).await;
    let page = browser.follow(&saved).await.is(200);
    let _page = page
        .says("Отписаться: http://mail.example.ru/u/…")
        .does_not_say("base_url");
}
