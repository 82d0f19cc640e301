//! Accounts, as whoever runs commands handles them in their owners' stead.

use crate::web_support::Site;
use crate::{SETTINGS, by_page, command, fill};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_changed_signed_out_and_deleted_by_commands() {
    let site = Site::start_in_real_time(&SETTINGS).await;
    let mut anna = fill(&site.app).await;
    let run = |words: &[&str]| {
        let output = command(site.folder(), words).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {said}");
        said.replace('\u{a0}', " ")
    };
    let browser = site.signed_in(&anna).await;
    let _page = browser.get("/account").await.is(200).says("Europe/Moscow");
    let said = run(&[
        "update-user",
        &anna.email,
        "--name",
        "Анна Б.",
        "--time-zone",
        "Asia/Tokyo",
        "--theme",
        "dark",
        "--email",
        "anna.b@example.ru",
    ]);
    assert!(
        said.contains("Пользователь изменён: anna.b@example.ru"),
        "{said}"
    );
    anna.email = "anna.b@example.ru".to_owned();
    let page = browser.get("/account").await.is(200);
    let form = page.form("/account");
    for (name, value) in [
        ("name", "Анна Б."),
        ("time_zone", "Asia/Tokyo"),
        ("theme", "dark"),
    ] {
        assert_eq!(form.value(name), Some(value));
    }
    let told = "SELECT count(*) FROM outbox WHERE email = 'anna@example.ru'";
    assert_eq!(site.count(told).await, 1, "the old address is told");

    let other = site.signed_in(&anna).await;
    let said = run(&["sessions", &anna.email, "--json"]);
    assert_eq!(said.lines().count(), 2, "{said}");
    let newest: serde_json::Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    let newest = newest["id"].to_string();
    run(&["sign-out-user", &anna.email, "--session", &newest]);
    assert_eq!(
        other.get("/account").await.location(),
        "/sign-in?next=%2Faccount"
    );
    let _page = browser.get("/account").await.is(200);
    run(&["sign-out-user", &anna.email]);
    assert_eq!(
        browser.get("/account").await.location(),
        "/sign-in?next=%2Faccount"
    );

    by_page(&site, &anna).await;
    assert_eq!(
        site.count("SELECT count(*) FROM runs WHERE state = 'active'")
            .await,
        1
    );
    let said = run(&["delete-user", &anna.email, "--yes"]);
    assert!(
        said.contains("Пользователь удалён: anna.b@example.ru"),
        "{said}"
    );
    let left = "SELECT (SELECT count(*) FROM recipients) + (SELECT count(*) FROM messages)";
    assert_eq!(site.count(left).await, 0);
    let rest = "SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'trying')";
    assert_eq!(
        site.count(rest).await,
        0,
        "nobody waits for a mail any more"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_nobody_elses_and_the_last_manager_stays() {
    let site = Site::start_in_real_time(&SETTINGS).await;
    let boss = site.manager("boss@example.ru").await;
    let anna = site.user("anna@example.ru").await;
    for (words, code, why) in [
        (
            ["update-user", &anna.email, "--email", "Boss@example.ru"],
            1,
            "уже есть",
        ),
        (
            ["update-user", &anna.email, "--time-zone", "Mars/Base"],
            2,
            "часового пояса «mars/base» нет",
        ),
        (
            ["delete-user", &boss.email, "--yes", "--lang=ru"],
            1,
            "последний менеджер",
        ),
    ] {
        let output = command(site.folder(), &words).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
        assert!(said.to_lowercase().contains(why), "{words:?}: {said}");
    }
    let as_before = "SELECT count(*) FROM users
         WHERE email IN ('anna@example.ru', 'boss@example.ru') AND deleted_at IS NULL";
    assert_eq!(site.count(as_before).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_the_operator_gives_counts_as_confirmed_also_where_it_is_the_same() {
    let site = Site::start_in_real_time(&SETTINGS).await;
    site.user("anna@example.ru").await;
    site.execute("UPDATE users SET confirmed_at = NULL").await;
    let words = [
        "update-user",
        "anna@example.ru",
        "--email",
        "anna@example.ru",
    ];
    let output = command(site.folder(), &words).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let confirmed = "SELECT count(*) FROM users WHERE confirmed_at IS NOT NULL";
    assert_eq!(site.count(confirmed).await, 1);
    for (verb, count) in [("confirm", 1), ("update_profile", 0), ("change_email", 0)] {
        let lines = format!("SELECT count(*) FROM audit WHERE verb = '{verb}'");
        assert_eq!(site.count(&lines).await, count, "{verb}");
    }
}
