//! Russian and English: the user's choice, else the browser's, else the service's.

use mailapp::domain::accounts::user::{Language, Role};

use crate::web_support::{Browser, Site};

#[tokio::test(flavor = "multi_thread")]
async fn the_browsers_language_counts_where_nobody_has_chosen() {
    let site = Site::start().await;
    let english = site
        .english_browser()
        .get("/sign-in")
        .await
        .is(200)
        .says("Sign in");
    assert!(english.html.contains("<html lang=\"en\""));
    let russian = Browser::new(&site.url, "de, ru-RU;q=0.9, en;q=0.8")
        .get("/sign-in")
        .await;
    assert!(
        russian
            .is(200)
            .says("Вход")
            .html
            .contains("<html lang=\"ru\"")
    );
    let _page = Browser::new(&site.url, "de, fr")
        .get("/sign-in")
        .await
        .is(200)
        .says("Вход");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switch_changes_the_language_and_stays_on_the_page() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let page = browser
        .get("/recipients?sort=email")
        .await
        .is(200)
        .says("Получатели")
        .says("English");
    let form = page.form("/language").press("lang", "en");
    let answer = browser.send(form).await;
    assert_eq!(answer.location(), "/recipients?sort=email");
    let _page = browser
        .follow(&answer)
        .await
        .is(200)
        .says("Recipients")
        .says("Русский");

    // It is the user's from now on, wherever they sign in.
    let _page = site
        .signed_in(&anna)
        .await
        .get("/recipients")
        .await
        .says("Recipients");
    let back = browser
        .get("/recipients")
        .await
        .form("/language")
        .press("lang", "ru");
    let answer = browser.send(back).await;
    let _page = browser.follow(&answer).await.says("Получатели");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_can_switch_too() {
    let site = Site::start().await;
    let browser = site.browser();
    let form = browser
        .get("/sign-in")
        .await
        .form("/language")
        .press("lang", "en");
    let answer = browser.send(form).await;
    let _page = browser.follow(&answer).await.is(200).says("Password");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_switch_leads_to_no_other_site() {
    let site = Site::start().await;
    let browser = site.browser();
    let page = browser.get("/sign-in").await;
    for foreign in [
        "//evil.example",
        "https://evil.example",
        "javascript:alert(1)",
    ] {
        let form = page
            .form("/language")
            .press("lang", "en")
            .with("back", foreign);
        assert_eq!(browser.send(form).await.location(), "/");
    }
    let _page = browser.get("/sign-in").await.says("Password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_users_own_language_beats_the_browsers() {
    let site = Site::start().await;
    let anna = site
        .person("anna@example.ru", Role::User, Some(Language::En), "")
        .await;
    let _page = site
        .signed_in(&anna)
        .await
        .get("/mailings")
        .await
        .is(200)
        .says("No mailings yet");
}
