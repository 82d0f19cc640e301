//! What strangers do with an address that is not theirs comes to nothing.

use mailapp::actions::{self, UserDraft};
use mailapp::domain::accounts::user::{Actor, Role};

use crate::web_support::{DAY, PASSWORD, Person, Site};

const NEW: &str = "лодка гвоздь перрон 42";

/// Registers somebody else's address, and never confirms it.
async fn squatted(site: &Site, email: &str) {
    let fields = [("email", email), ("name", "Выиграли приз, evil.example")];
    let browser = site.browser();
    let answer = browser.submit("/register", "/register", &fields).await;
    assert_eq!(answer.location(), "/sign-in");
    let _letter = site.letter_to(email).await;
    let users = format!("SELECT count(*) FROM users WHERE email = '{email}'");
    assert_eq!(site.count(&users).await, 1);
}

async fn asked_for(site: &Site, anna: &Person, email: &str) {
    let fields = [("email", email), ("password", PASSWORD)];
    let page = "/account/email";
    let browser = site.signed_in(anna).await;
    let _page = browser.submit_and_follow(page, page, &fields).await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_nobody_confirmed_gives_way_to_one_made_at_the_command_line() {
    let site = Site::start().await;
    squatted(&site, "olga@example.ru").await;
    let draft = UserDraft {
        email: "Olga@example.ru".to_owned(),
        name: "Ольга".to_owned(),
        password: PASSWORD.to_owned(),
        role: Role::Manager,
        language: None,
        time_zone: String::new(),
    };
    let id = actions::create_user(&site.app, &Actor::CommandLine, draft)
        .await
        .unwrap();
    let olga = Person {
        id,
        email: "olga@example.ru".to_owned(),
    };
    let page = site.signed_in(&olga).await.get("/account").await.is(200);
    assert_eq!(page.form("/account").value("name"), Some("Ольга"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_nobody_confirmed_gives_way_to_one_that_moves_to_its_address() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    squatted(&site, "new@example.ru").await;
    asked_for(&site, &anna, "new@example.ru").await;
    let letter = site.letter_to("new@example.ru").await;
    let path = letter.link("/change-email/");
    let browser = site.browser();
    let page = browser.submit_and_follow(&path, &path, &[]).await.is(200);
    let _page = page.says("Адрес изменён.");
    let moved = Person {
        email: "new@example.ru".to_owned(),
        ..anna
    };
    let _page = site.signed_in(&moved).await.get("/account").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_never_confirmed_is_forgotten_after_a_week() {
    let site = Site::start().await;
    squatted(&site, "olga@example.ru").await;
    site.clock.advance(8 * DAY);
    // Whoever asks for another letter passes by and takes what is too old along.
    squatted(&site, "boris@example.ru").await;
    let olga = "SELECT count(*) FROM users WHERE email = 'olga@example.ru'";
    assert_eq!(site.count(olga).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_letter_to_an_address_that_is_not_proved_carries_a_strangers_words() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let fields = [("name", "Выиграли приз, evil.example"), ("language", "ru")];
    let _page = browser
        .submit_and_follow("/account", "/account", &fields)
        .await
        .is(200);
    asked_for(&site, &anna, "victim@example.ru").await;
    squatted(&site, "other@example.ru").await;
    for email in ["victim@example.ru", "other@example.ru"] {
        let letter = site.letter_to(email).await;
        assert!(!letter.text.contains("evil"), "{}", letter.text);
        assert!(!letter.html.contains("evil"), "{}", letter.html);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_address_that_a_thief_asked_for_is_void_after_the_owner_has_recovered() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    asked_for(&site, &anna, "thief@example.ru").await;
    let stolen = site
        .letter_to("thief@example.ru")
        .await
        .link("/change-email/");
    let browser = site.browser();
    let asked = [("email", "anna@example.ru")];
    browser.submit("/recover", "/recover", &asked).await;
    let path = site.letter_to(&anna.email).await.link("/recover/");
    let fields = [("password", NEW)];
    let _page = browser
        .submit_and_follow(&path, &path, &fields)
        .await
        .is(200);
    let thief = site.browser();
    let _page = thief.get(&stolen).await.is(200).says("устарела");
    let left = "SELECT count(*) FROM users WHERE email = 'anna@example.ru'";
    assert_eq!(site.count(left).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_that_a_browser_had_ends_when_another_account_begins_in_it() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    squatted(&site, "olga@example.ru").await;
    let path = site.letter_to("olga@example.ru").await.link("/confirm/");
    let fields = [("password", PASSWORD)];
    let page = browser
        .submit_and_follow(&path, &path, &fields)
        .await
        .is(200);
    let _page = page.says("olga@example.ru");
    let annas = format!("SELECT count(*) FROM sessions WHERE user_id = {}", anna.id);
    assert_eq!(site.count(&annas).await, 0);
}

/// Spellings that full case folding takes for `mike@example.ru`, and look-alikes of it.
const LOOKALIKES: [&str; 4] = [
    "mi\u{212a}e@example.ru",
    "\u{ff4d}ike@example.ru",
    "mik\u{435}@example.ru",
    "mike@ex\u{430}mple.ru",
];

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_a_letter_about_an_account_at_an_address_that_only_looks_like_its_own() {
    let site = Site::start().await;
    site.user("mike@example.ru").await;
    let browser = site.browser();
    for lookalike in LOOKALIKES {
        for page in ["/recover", "/register/again", "/register"] {
            let answer = browser.submit(page, page, &[("email", lookalike)]).await;
            let complaint = answer.is(422).complaint("email").unwrap();
            assert!(
                complaint.contains("похожий на обычный") || complaint.contains("разных алфавитов"),
                "{complaint}"
            );
        }
        let fields = [("email", lookalike), ("password", PASSWORD)];
        let page = browser.submit("/sign-in", "/sign-in", &fields).await;
        let _page = page.is(422).says("Не удалось войти");
    }
    assert_eq!(site.letters().await.len(), 0);
    // What an older version has queued finds nobody either.
    site.execute(
        "INSERT INTO outbox (kind, email, language, created_at, due_at)
         VALUES ('recover', 'mi' || char(8490) || 'e@example.ru', 'ru', 1, 1)",
    )
    .await;
    assert_eq!(site.letters().await.len(), 0);
    assert_eq!(site.count("SELECT count(*) FROM tokens").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_about_an_account_go_to_the_address_that_it_has_however_it_was_asked_for() {
    let site = Site::start().await;
    let anna = site.user("Anna@example.ru").await;
    let boris = site.user("boris@example.ru").await;
    let browser = site.browser();
    for page in ["/recover", "/register/again", "/register"] {
        let fields = [("email", "aNNA@eXAMPLE.RU")];
        let answer = browser.submit(page, page, &fields).await;
        assert_eq!(answer.location(), "/sign-in", "{page}");
    }
    // Somebody wants to move to it.
    asked_for(&site, &boris, "ANNA@example.ru").await;
    let letters = site.letters().await;
    let told: Vec<_> = letters.iter().filter(|it| it.to != boris.email).collect();
    assert_eq!(told.len(), 4, "{letters:?}");
    for letter in told {
        assert_eq!(letter.to, anna.email, "{}", letter.subject);
        assert!(!letter.text.contains("ANNA") && !letter.text.contains("aNNA"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_moves_their_account_to_a_look_alike() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    for lookalike in LOOKALIKES {
        let fields = [("email", lookalike), ("password", PASSWORD)];
        let page = browser
            .submit("/account/email", "/account/email", &fields)
            .await
            .is(422);
        assert!(page.complaint("email").is_some(), "{lookalike}");
        let draft = UserDraft {
            email: lookalike.to_owned(),
            name: "Михаил".to_owned(),
            password: PASSWORD.to_owned(),
            role: Role::User,
            language: None,
            time_zone: String::new(),
        };
        let made = actions::create_user(&site.app, &Actor::CommandLine, draft).await;
        assert!(made.is_err(), "{lookalike}");
    }
    assert_eq!(site.count("SELECT count(*) FROM outbox").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_unsubscribed_is_not_mailed_and_a_look_alike_of_theirs_is_somebody_else() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "Mike@Example.ru", "").await;
    site.recipient(&anna, LOOKALIKES[0], "").await;
    site.execute(
        "INSERT INTO suppressions (owner_id, email_key, reason, created_at)
         VALUES (1, 'mike@example.ru', 'unsubscribed', 1)",
    )
    .await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    site.send(&anna, mailing).await;
    let skipped = "SELECT count(*) FROM deliveries WHERE state = 'skipped'
                   AND email = 'Mike@Example.ru'";
    assert_eq!(site.count(skipped).await, 1);
    let waiting = "SELECT count(*) FROM deliveries WHERE state = 'waiting'";
    assert_eq!(site.count(waiting).await, 1);
}
