//! Who did what, when, from where.

use mailapp::domain::accounts::user::Actor;
use rocket::http::Method;

use crate::web_support::{DAY, Estate, PASSWORD, Site};

#[tokio::test(flavor = "multi_thread")]
async fn what_matters_is_in_the_log_with_who_what_when_and_from_where() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let boss = site.manager("boss@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let wrong = [("email", "anna@example.ru"), ("password", "не тот")];
    site.browser().submit("/sign-in", "/sign-in", &wrong).await;
    let browser = site.signed_in(&anna).await;
    let home = format!("/mailings/{mailing}");
    browser.submit(&home, &format!("{home}/send"), &[]).await;
    let run = site.count("SELECT max(id) FROM runs").await;
    browser
        .submit(&home, &format!("/runs/{run}/pause"), &[])
        .await;
    let profile = [("name", "Анна")];
    browser.submit("/account", "/account", &profile).await;
    let manager = site.signed_in(&boss).await;
    let block = format!("/users/{}/block", anna.id);
    manager
        .submit(&block, &block, &[("reason", "Жалобы")])
        .await;
    mailapp::actions::unblock_user(&site.app, &Actor::CommandLine, anna.id)
        .await
        .unwrap();

    let page = manager.get("/audit").await.is(200);
    let page = page
        .says("Неудачный вход")
        .says("Запуск рассылки")
        .says("Приостановка запуска");
    let page = page
        .says("Изменение профиля")
        .says("Блокировка")
        .says("Жалобы");
    let page = page
        .says("127.0.0.1")
        .says("командная строка")
        .says("Осенняя")
        .says("12:30:00");
    let _page = page.says("boss@example.ru").says("без входа");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_filtered_by_action_person_and_period() {
    let site = Site::start().await;
    let boss = site.manager("boss@example.ru").await;
    site.user("anna@example.ru").await;
    site.clock.advance(DAY);
    let manager = site.signed_in(&boss).await;
    let rows = |query: &'static str| {
        let manager = &manager;
        async move {
            let page = manager.get(&format!("/audit?{query}")).await.is(200);
            page.html.matches("<td class=\"time\">").count()
        }
    };
    assert_eq!(rows("").await, 3);
    assert_eq!(rows("verb=create_user").await, 2);
    assert_eq!(rows("verb=no_such").await, 0);
    assert_eq!(rows("q=ANNA").await, 1);
    assert_eq!(rows("q=%25").await, 0);
    assert_eq!(rows("from=2026-11-24").await, 1);
    assert_eq!(rows("until=2026-11-23").await, 2);
    assert_eq!(rows("from=2026-11-23&until=2026-11-24").await, 3);
    for query in [
        "from=2026-11-24&until=2026-11-01",
        "from=0000-01-01",
        "until=9999-99-99",
        "from='",
    ] {
        let page = manager.get(&format!("/audit?{query}")).await.is(200);
        assert!(page.html.contains("notice error"), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_taken_out_as_a_file_in_which_nothing_runs_and_that_is_logged_too() {
    let site = Site::start().await;
    let boss = site.manager("boss@example.ru").await;
    let manager = site.signed_in(&boss).await;
    site.execute(
        "INSERT INTO audit (at, door, verb, subject_kind, subject, detail)
         VALUES (1, 'web', 'sign_in_failed', '', '=cmd|calc@x.ru', 'a,\"b\"' || char(10) || 'c')",
    )
    .await;
    site.write(|c| {
        for number in 0..120 {
            c.execute(
                "INSERT INTO audit (at, door, verb, subject_kind, subject)
                 VALUES (2, 'web', 'sign_in_failed', '', ?1)",
                [format!("n{number}@example.ru")],
            )
            .unwrap();
        }
    })
    .await;
    let before = site.count("SELECT count(*) FROM audit").await;
    let file = manager.get("/audit.csv").await.is(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").contains("audit.csv"));
    assert!(file.html.starts_with("at,who,address,door,verb,"));
    assert!(
        file.html
            .contains(",'=cmd|calc@x.ru,\"a,\"\"b\"\"\nc\",\r\n"),
        "{}",
        file.html
    );
    for number in [0, 119] {
        assert!(file.html.contains(&format!("n{number}@example.ru")));
    }
    assert_eq!(site.count("SELECT count(*) FROM audit").await, before + 1);
    let page = manager.get("/audit?verb=export_audit").await.is(200);
    let _page = page.says("Выгрузка журнала").says("boss@example.ru");
    let filtered = manager.get("/audit.csv?q=n119").await.is(200);
    assert_eq!(filtered.html.lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_only_grows() {
    let site = Site::start().await;
    site.user("anna@example.ru").await;
    let tried = site
        .app
        .store
        .write(|c| {
            for sql in ["UPDATE audit SET verb = 'x'", "DELETE FROM audit"] {
                assert!(c.execute_batch(sql).is_err(), "{sql}");
            }
            Ok::<_, mailapp::store::StoreError>(())
        })
        .await;
    tried.unwrap();
    assert_eq!(site.count("SELECT count(*) FROM audit").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_password_token_or_code_is_in_the_log() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    // A password typed into the wrong field.
    let slip = [("email", "моя-тайна-никому"), ("password", PASSWORD)];
    site.browser().submit("/sign-in", "/sign-in", &slip).await;
    browser
        .submit("/recover", "/recover", &[("email", "anna@example.ru")])
        .await;
    let link = site.letter_to("anna@example.ru").await.link("/recover/");
    let log = site
        .app
        .store
        .read(|c| Ok::<_, mailapp::store::StoreError>(crate::web_support::dump(c, &["audit"])))
        .await
        .unwrap();
    for secret in [PASSWORD, "моя-тайна", link.trim_start_matches("/recover/")] {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn russian_words_are_found_in_either_case_and_a_wrong_day_makes_no_file() {
    let site = Site::start().await;
    let boss = site.manager("boss@example.ru").await;
    let anna = site.user("anna@example.ru").await;
    let manager = site.signed_in(&boss).await;
    let page = format!("/users/{}", anna.id);
    let reason = [("reason", "ЖАЛОБЫ Подписчиков")];
    let _page = manager
        .submit_and_follow(&format!("{page}/block"), &format!("{page}/block"), &reason)
        .await
        .is(200);
    let found = manager.get("/audit?q=жалобы+подписчиков").await.is(200);
    let _page = found.says("ЖАЛОБЫ Подписчиков");
    let refused = manager.get("/audit.csv?from=вчера").await.is(422);
    assert_eq!(refused.header("content-disposition"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_log_of_one_user_follows_them_to_a_new_address_and_to_their_mailings() {
    let site = Site::start().await;
    let boss = site.manager("boss@example.ru").await;
    let anna = site.user("anna@example.ru").await;
    site.user("boris@example.ru").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    site.signed_in(&anna).await;
    let manager = site.signed_in(&boss).await;
    let disable = format!("/mailings/{mailing}/disable");
    let reason = [("reason", "Жалобы")];
    let _page = manager
        .submit_and_follow(&disable, &disable, &reason)
        .await
        .is(200);
    site.execute("UPDATE users SET email = 'new@example.ru' WHERE email = 'anna@example.ru'")
        .await;
    let page = manager.get(&format!("/users/{}", anna.id)).await;
    let log = format!("/audit?user={}", anna.id);
    assert!(page.links().contains(&log), "{:?}", page.links());
    let page = manager.get(&log).await.is(200);
    let page = page
        .says("new@example.ru")
        .says("Отключение рассылки")
        .says("anna@example.ru");
    assert!(!page.text().contains("boris@example.ru"), "{}", page.text());
    let file = manager
        .get(&format!("/audit.csv?user={}", anna.id))
        .await
        .is(200);
    assert!(file.html.contains("disable_mailing"), "{}", file.html);
    assert!(!file.html.contains("boris"), "{}", file.html);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_out_a_list_or_a_report_is_in_the_log() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let boss = site.manager("boss@example.ru").await;
    let (hers, manager) = (site.signed_in(&anna).await, site.signed_in(&boss).await);
    drop(hers.get("/recipients.csv").await.is(200));
    drop(hers.get("/statistics.csv?kind=time").await.is(200));
    drop(manager.get("/users.csv").await.is(200));
    let of_anna = format!("/attempts.csv?of={}", anna.id);
    drop(manager.get(&of_anna).await.is(200));
    drop(manager.get("/mailbox.csv").await.is(200));
    let noted = "SELECT count(*) FROM audit WHERE verb = 'export'";
    assert_eq!(site.count(noted).await, 5);
    let page = manager.get("/audit?verb=export").await.is(200);
    let page = page.says("Выгрузка файла").says("recipients");
    drop(page.says("anna@example.ru").says("attempts"));
}

/// Forms that change nothing of which the log has to know, and why.
const NOT_LOGGED: [(&str, &str); 5] = [
    ("/mailings/picker", "nothing is stored"),
    ("/second-step", "here nobody is half way in"),
    (
        "/account/two-factor/start",
        "a proposal, which turns nothing on",
    ),
    (
        "/u/<token>",
        "kept by address beside the recipients, with its moment",
    ),
    (
        "/change-email/<token>",
        "tried by hand in `accounts`: here the new address is taken",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_form_does_is_in_the_log_with_what_it_was_done_to_and_whose_that_is() {
    let routes = Estate::build().await.routes(Method::Post);
    let mut tried = 0;
    for route in routes {
        if NOT_LOGGED.iter().any(|(known, _)| *known == route) {
            continue;
        }
        let estate = Estate::build().await;
        let site = &estate.site;
        let strangers = [
            "/sign-in",
            "/register",
            "/register/again",
            "/recover",
            "/confirm/<token>",
        ];
        let browser = if strangers.contains(&route.as_str()) {
            site.browser()
        } else {
            site.signed_in(estate.presser(&route)).await
        };
        let token = browser.token().await;
        let path = estate.path(&route).await;
        estate.make_ready_for(&route);
        let before = site.count("SELECT max(id) FROM audit").await;
        let owner = if route.starts_with("/users/") {
            path.split('/').nth(2).unwrap().parse().unwrap()
        } else {
            estate.annas.person
        };
        let page = estate.press(&browser, &path, &token).await;
        assert!(
            [200, 303].contains(&page.status.as_u16()),
            "{route}: {}",
            page.text()
        );
        let sql = format!("SELECT count(*) FROM audit WHERE id > {before}");
        let lines = site.count(&sql).await;
        assert!(lines >= 1, "{route} is not in the log");
        tried += 1;
        if route.contains("<id>") && !route.starts_with("/account/") {
            assert_eq!(lines, 1, "{route}");
            let named = format!("{sql} AND subject_id > 0 AND owner_id = {owner}");
            assert_eq!(
                site.count(&named).await,
                1,
                "{route}: to what, and whose is it?"
            );
        }
        let boss = site.signed_in(&estate.boss).await;
        let page = boss.get("/audit").await.is(200);
        // Every action has its name in the reader's language, and no detail is a key.
        for raw in [
            "_recipient",
            "_message",
            "_mailing",
            "_run",
            "_user",
            "{\"key\"",
            "audit-",
        ] {
            assert!(
                !page.text().contains(raw),
                "{route}: «{raw}» in {}",
                page.text()
            );
        }
    }
    assert!(tried > 35, "{tried}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_is_read_in_the_readers_language_from_a_line_that_is_stored_once() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let boss = site.manager("boss@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let fields = [("email", "maria@example.ru"), ("name", "Мария")];
    let added = browser
        .submit("/recipients/new", "/recipients", &fields)
        .await;
    let id = added.new_id();
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    let (russian, english) = (
        site.signed_in(&boss).await,
        site.signed_in_english(&boss).await,
    );
    let page = russian.get("/audit").await.is(200);
    let page = page.says(&format!("Получатель № {id}"));
    let page = page.says(&format!("отправка № {run}")).says("пользователь");
    // Who it was is forgotten with them: the log is kept for ever.
    assert!(!page.text().contains("maria@example.ru"), "{}", page.text());
    let page = english.get("/audit").await.is(200);
    let page = page.says(&format!("Recipient #{id}"));
    let _page = page.says(&format!("run #{run}")).says("Added a recipient");
    let file = english.get("/audit.csv").await.is(200);
    assert!(file.html.contains(&format!("run #{run}")), "{}", file.html);
    let delete = format!("/recipients/{id}/delete");
    assert_eq!(browser.submit(&delete, &delete, &[]).await.status, 303);
    // Of what is gone it is still known whose it was.
    let of_anna = format!("/audit?user={}&verb=delete_recipient", anna.id);
    let page = russian.get(&of_anna).await.is(200);
    let page = page.says("Удалён получатель");
    assert!(!page.links().contains(&format!("/recipients/{id}")));
}
