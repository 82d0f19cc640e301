//! A forgotten password.

use crate::web_support::{HOUR, PASSWORD, Person, Site};

const NEW: &str = "лодка гвоздь перрон 42";

async fn letter_link(site: &Site, person: &Person) -> String {
    let fields = [("email", person.email.as_str())];
    let answer = site.browser().submit("/recover", "/recover", &fields).await;
    assert_eq!(answer.location(), "/sign-in");
    site.letter_to(&person.email).await.link("/recover/")
}

async fn sign_in(site: &Site, email: &str, password: &str) -> u16 {
    let fields = [("email", email), ("password", password)];
    let answer = site.browser().submit("/sign-in", "/sign-in", &fields).await;
    answer.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_opens_the_way_to_a_new_password_and_all_sessions_end() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let old = site.signed_in(&anna).await;
    let path = letter_link(&site, &anna).await;
    // Asking alone changes nothing.
    let _page = old.get("/mailings").await.is(200);
    let browser = site.browser();
    let page = browser
        .submit_and_follow(&path, &path, &[("password", NEW)])
        .await;
    let _page = page
        .is(200)
        .says("Пароль изменён. Войдите с новым паролем.");
    // It opens none: whoever found the letter still has no code, say.
    assert_eq!(
        browser.get("/mailings").await.location(),
        "/sign-in?next=%2Fmailings"
    );
    assert_eq!(
        old.get("/mailings").await.location(),
        "/sign-in?next=%2Fmailings"
    );
    assert_eq!(sign_in(&site, &anna.email, PASSWORD).await, 422);
    assert_eq!(sign_in(&site, &anna.email, NEW).await, 303);
    let letter = site.letter_to(&anna.email).await;
    assert_eq!(letter.subject, "Пароль изменён");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_link_works_once_for_an_hour_and_not_after_a_newer_one() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.browser();
    let first = letter_link(&site, &anna).await;
    let second = letter_link(&site, &anna).await;
    let page = browser
        .get(&first)
        .await
        .is(200)
        .says("заменена более новой");
    assert!(page.links().contains(&"/recover".to_owned()));
    site.clock.advance(HOUR);
    let _page = browser.get(&second).await.is(200).says("устарела");
    let third = letter_link(&site, &anna).await;
    let form = browser.get(&third).await.form(&third).with("password", NEW);
    assert_eq!(browser.send(form.clone()).await.status, 303);
    let _page = browser.send(form).await.is(410).says("уже использована");
    // A link for one thing is none for another.
    let fourth = letter_link(&site, &anna).await;
    let confirm = fourth.replace("/recover/", "/confirm/");
    let _page = browser.get(&confirm).await.is(200).says("уже использована");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_whether_there_is_such_an_account() {
    let site = Site::start().await;
    site.user("anna@example.ru").await;
    site.user("blocked@example.ru").await;
    site.execute("UPDATE users SET blocked_at = 1 WHERE email = 'blocked@example.ru'")
        .await;
    let mut answers = Vec::new();
    for email in ["anna@example.ru", "nobody@example.ru", "blocked@example.ru"] {
        for (page, action) in [
            ("/recover", "/recover"),
            ("/register/again", "/register/again"),
        ] {
            let browser = site.browser();
            let answer = browser
                .submit_and_follow(page, action, &[("email", email)])
                .await
                .is(200);
            answers.push((page, answer.text().replace(email, "…")));
        }
    }
    for page in ["/recover", "/register/again"] {
        let of_page: Vec<_> = answers.iter().filter(|(of, _)| *of == page).collect();
        assert!(
            of_page.iter().all(|answer| *answer == of_page[0]),
            "{of_page:?}"
        );
    }
    let letters = site.letters().await;
    assert!(
        letters.iter().all(|letter| letter.to == "anna@example.ru"),
        "{letters:?}"
    );
    assert_eq!(letters.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_dies_when_its_account_is_blocked() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let path = letter_link(&site, &anna).await;
    site.execute("UPDATE users SET blocked_at = 1").await;
    let _page = site.browser().get(&path).await.is(200).says("устарела");
}
