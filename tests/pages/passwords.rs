//! Which passwords are taken.

use crate::registration::registered;
use crate::web_support::{PASSWORD, Site};

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_password_is_refused_with_a_useful_sentence_and_the_link_stays_good() {
    let site = Site::start().await;
    let path = registered(&site).await;
    let browser = site.browser();
    for (password, words) in [
        ("кхм7Ёж!", "короче 8"),
        ("password1", "слишком легко угадать"),
        ("йцукенгшщз", "слишком легко угадать"),
        ("gfhjkm123", "слишком легко угадать"),
        ("olga@example.ru", "слишком легко угадать"),
        ("", "короче 8"),
    ] {
        let page = browser
            .submit(&path, &path, &[("password", password)])
            .await;
        let page = page.is(422);
        let complaint = page.complaint("password").unwrap();
        assert!(complaint.contains(words), "{password}: {complaint}");
        assert_eq!(page.form(&path).value("password"), Some(""));
        assert!(password.is_empty() || !page.html.contains(&format!("\"{password}\"")));
    }
    let page = browser
        .submit(&path, &path, &[("password", PASSWORD)])
        .await;
    assert_eq!(page.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn any_characters_make_a_password_from_8_to_a_thousand_of_them() {
    let sentence = "Седьмой трамвай везёт восемь зонтиков, а девятый — пустой чемодан";
    let long = "heron-grey7 ".repeat(90);
    for password in [
        "кхм7Ёж!x",
        "🦔🐟🌧🧊🪵🧶🛶🪁",
        "  два пробела впереди",
        "x".repeat(3).as_str(),
        &sentence.chars().take(64).collect::<String>(),
        long[..1_000].trim_end_matches('x'),
        "с нулём\0внутри 7",
    ] {
        let site = Site::start().await;
        let path = registered(&site).await;
        let browser = site.browser();
        let answer = browser
            .submit(&path, &path, &[("password", password)])
            .await;
        if password.chars().count() < 8 {
            let _page = answer.is(422);
            continue;
        }
        assert_eq!(answer.status, 303, "{password:?}: {}", answer.text());
        let hash = "SELECT count(*) FROM users WHERE password_hash LIKE '$argon2id$v=19$m=19456,%'";
        assert_eq!(site.count(hash).await, 1);
        let fields = [("email", "olga@example.ru"), ("password", password)];
        let answer = site.browser().submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.status, 303, "{password:?}");
        // Every character counts.
        let cut: String = password
            .chars()
            .take(password.chars().count() - 1)
            .collect();
        let fields = [("email", "olga@example.ru"), ("password", cut.as_str())];
        let answer = site.browser().submit("/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.status, 422, "{password:?}");
    }
}
