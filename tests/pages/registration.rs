//! Making an account: a letter first, then a password behind its link, and nothing before that.

use crate::web_support::{DAY, HOUR, PASSWORD, Person, Site};

const FIELDS: [(&str, &str); 2] = [("email", "Olga@Example.ru"), ("name", "Ольга")];

/// Registers Olga, up to the letter.
pub async fn registered(site: &Site) -> String {
    let browser = site.browser();
    let answer = browser.submit("/register", "/register", &FIELDS).await;
    assert_eq!(answer.location(), "/sign-in");
    site.letter_to("Olga@example.ru").await.link("/confirm/")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_begins_with_a_letter_and_a_password_behind_its_link() {
    let site = Site::start_with(&[("base_url", "http://mail.example.ru")]).await;
    let browser = site.browser();
    let answer = browser.submit("/register", "/register", &FIELDS).await;
    let page = browser.follow(&answer).await.is(200);
    let _page = page.says("Письмо отправлено на Olga@Example.ru.");
    let letter = site.letter_to("Olga@example.ru").await;
    assert_eq!(letter.subject, "Подтвердите адрес");
    for part in [&letter.text, &letter.html.replace("&#x2f;", "/")] {
        assert!(part.contains("http://mail.example.ru/confirm/"), "{part}");
    }
    assert!(
        letter.html.contains("Подтвердить адрес</a>"),
        "{}",
        letter.html
    );
    for header in [
        "Auto-Submitted: auto-generated",
        "multipart/alternative",
        "Message-ID: <",
    ] {
        assert!(
            letter.source.contains(header),
            "{header}: {}",
            letter.source
        );
    }
    assert!(
        !letter.source.contains("List-Unsubscribe"),
        "it is no mailing"
    );
    let path = letter.link("/confirm/");

    // Looking at the link uses nothing up.
    for _ in 0..2 {
        let _page = browser
            .get(&path)
            .await
            .is(200)
            .says("Осталось выбрать пароль");
    }
    let fields = [("password", PASSWORD)];
    let page = browser
        .submit_and_follow(&path, &path, &fields)
        .await
        .is(200);
    let _page = page.says("Адрес подтверждён.").says("Olga@Example.ru");
    let olga = Person {
        id: 0,
        email: "olga@example.ru".to_owned(),
    };
    site.browser().sign_in(&olga).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_are_in_the_language_that_one_registers_in() {
    let site = Site::start().await;
    let browser = site.english_browser();
    browser.submit("/register", "/register", &FIELDS).await;
    let letter = site.letter_to("Olga@example.ru").await;
    assert_eq!(letter.subject, "Confirm your address");
    assert!(letter.text.starts_with("Hello,"), "{}", letter.text);
    // The address of the pages, never what the request's Host header said.
    assert!(
        letter.text.contains("http://127.0.0.1:0/confirm/"),
        "{}",
        letter.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_to_the_configured_address_whatever_host_the_request_named() {
    let site = Site::start().await;
    let browser = site.browser();
    let page = browser.get("/register").await;
    let mut form = page.form("/register").with("email", "olga@example.ru");
    form.fields
        .push(("host".to_owned(), "evil.example".to_owned()));
    let answer = browser
        .request(reqwest::Method::POST, "/register")
        .header("Host", "evil.example")
        .header("X-Forwarded-Host", "evil.example")
        .header("Sec-Fetch-Site", "same-origin")
        .form(&form.fields)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 303);
    let letter = site.letter_to("olga@example.ru").await;
    assert!(!letter.source.contains("evil.example"), "{}", letter.source);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_in_before_the_address_is_confirmed() {
    let site = Site::start().await;
    registered(&site).await;
    for password in ["", PASSWORD] {
        let fields = [("email", "olga@example.ru"), ("password", password)];
        let page = site.browser().submit("/sign-in", "/sign-in", &fields).await;
        let _page = page.is(422).says("Не удалось войти");
    }
    assert_eq!(site.count("SELECT count(*) FROM sessions").await, 0);
    let kept = "SELECT count(*) FROM users WHERE confirmed_at IS NULL AND password_hash = ''";
    assert_eq!(site.count(kept).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_once_not_too_late_and_not_after_a_newer_one() {
    let site = Site::start().await;
    let first = registered(&site).await;
    let browser = site.browser();
    let again = [("email", "olga@example.ru")];
    browser
        .submit("/register/again", "/register/again", &again)
        .await;
    // To the address as it was registered, however it is spelled now.
    let second = site.letter_to("Olga@example.ru").await.link("/confirm/");
    assert_ne!(first, second);
    let page = browser
        .get(&first)
        .await
        .is(200)
        .says("Эта ссылка уже использована");
    assert!(
        page.links().contains(&"/register/again".to_owned()),
        "the next step"
    );

    site.clock.advance(3 * DAY - HOUR);
    let _page = browser
        .get(&second)
        .await
        .is(200)
        .says("Осталось выбрать пароль");
    site.clock.advance(HOUR);
    let _page = browser.get(&second).await.is(200).says("устарела");

    browser
        .submit("/register/again", "/register/again", &again)
        .await;
    let third = site.letter_to("Olga@example.ru").await.link("/confirm/");
    let form = browser
        .get(&third)
        .await
        .form(&third)
        .with("password", PASSWORD);
    assert_eq!(browser.send(form.clone()).await.status, 303);
    let page = site.browser().get(&third).await.is(200);
    let _page = page.says("Эта ссылка уже использована");
    // Whoever kept the page open is told so, too.
    let token = browser.token().await;
    let page = browser.send(form.with("csrf", &token)).await.is(410);
    let _page = page.says("Получить новую ссылку");
    for junk in ["/confirm/x", "/confirm/AAAA", "/confirm/%00"] {
        let _page = browser
            .get(junk)
            .await
            .is(200)
            .says("Эта ссылка уже использована");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_use_a_link_at_once_one_wins() {
    let site = Site::start().await;
    let path = registered(&site).await;
    let mut tries = Vec::new();
    for number in 0..8 {
        let browser = site.browser();
        let password = format!("верблюд скрепка батарея {number}");
        let form = browser
            .get(&path)
            .await
            .form(&path)
            .with("password", &password);
        tries.push(async move { browser.send(form).await.status.as_u16() });
    }
    let mut answers = futures::future::join_all(tries).await;
    answers.sort_unstable();
    assert_eq!(answers, [303, 410, 410, 410, 410, 410, 410, 410]);
    assert_eq!(site.count("SELECT count(*) FROM sessions").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_kept_as_hashes_only() {
    use base64::Engine as _;
    let site = Site::start().await;
    let path = registered(&site).await;
    site.execute("DELETE FROM captured_mails").await;
    let token = path.trim_start_matches("/confirm/");
    let octets = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(token)
        .unwrap();
    assert_eq!(octets.len(), 32);
    let contents = site.contents().await;
    assert!(!contents.contains(token));
    assert!(!contents.contains(&format!("{octets:?}")));
    assert_eq!(site.count("SELECT count(*) FROM tokens").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_an_account_already_hears_of_it_and_the_stranger_does_not() {
    let site = Site::start().await;
    site.user("olga@example.ru").await;
    let stranger = site.browser();
    let answer = stranger.submit("/register", "/register", &FIELDS).await;
    let known = stranger.follow(&answer).await.is(200).text();
    let answer = stranger
        .submit("/register", "/register", &[("email", "xena@example.ru")])
        .await;
    let unknown = stranger.follow(&answer).await.is(200).text();
    assert_eq!(
        known.replace("Olga@Example.ru", "…"),
        unknown.replace("xena@example.ru", "…")
    );
    let letter = site.letter_to("olga@example.ru").await;
    assert_eq!(letter.subject, "У вас уже есть учётная запись");
    assert!(!letter.text.contains("/confirm/"), "{}", letter.text);
    assert_eq!(site.count("SELECT count(*) FROM users").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_no_way_into_a_strangers_mailbox() {
    let site = Site::start().await;
    let fields = [
        ("email", "olga@example.ru"),
        ("name", "Купите на evil.example"),
    ];
    site.browser()
        .submit("/register", "/register", &fields)
        .await;
    let letter = site.letter_to("olga@example.ru").await;
    assert!(!letter.text.contains("evil"), "{}", letter.text);
    assert!(!letter.source.contains("evil"), "{}", letter.source);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_breaks_in_name_and_address_never_become_headers() {
    let site = Site::start().await;
    let browser = site.browser();
    for (field, value, words) in [
        ("name", "Ольга\r\nBcc: all@example.ru", "невидимые"),
        (
            "email",
            "olga@example.ru\r\nBcc: all@example.ru",
            "не похоже на адрес",
        ),
        (
            "email",
            "olga@example.ru%0d%0aBcc:x@y.ru",
            "не похоже на адрес",
        ),
    ] {
        let mut fields = vec![("email", "olga@example.ru"), ("name", "Ольга")];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let page = browser
            .submit("/register", "/register", &fields)
            .await
            .is(422);
        let complaint = page.complaint(field).unwrap();
        assert!(
            complaint.contains(words) || complaint.contains("Уберите"),
            "{complaint}"
        );
        assert!(
            page.form("/register").value("email").is_some(),
            "the form keeps what was typed"
        );
    }
    assert_eq!(site.count("SELECT count(*) FROM outbox").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_wrong_is_said_at_its_field_and_kept() {
    let site = Site::start().await;
    let browser = site.browser();
    for email in ["", "olga", "olga@", "a@b"] {
        let fields = [("email", email), ("name", "Ольга Ёлкина")];
        let page = browser
            .submit("/register", "/register", &fields)
            .await
            .is(422);
        assert!(page.complaint("email").is_some(), "{email}");
        let form = page.form("/register");
        assert_eq!(form.value("email"), Some(email));
        assert_eq!(form.value("name"), Some("Ольга Ёлкина"));
    }
    let long = "я".repeat(201);
    let fields = [("email", "olga@example.ru"), ("name", long.as_str())];
    let page = browser
        .submit("/register", "/register", &fields)
        .await
        .is(422);
    assert!(page.complaint("name").unwrap().contains("201"));
    assert_eq!(site.count("SELECT count(*) FROM outbox").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_registration_says_so_and_takes_nobody() {
    let site = Site::start_with(&[("registration", "closed")]).await;
    let browser = site.browser();
    let page = browser.get("/sign-in").await.says("Регистрация закрыта.");
    assert!(!page.links().contains(&"/register".to_owned()));
    let page = browser
        .get("/register")
        .await
        .is(200)
        .says("Регистрация закрыта.");
    assert!(!page.actions().contains(&"/register".to_owned()));
    let token = browser.token().await;
    let fields = [("email", "olga@example.ru"), ("csrf", token.as_str())]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let page = browser.post("/register", &fields).await.is(422);
    let _page = page.says("Учётную запись заводит менеджер службы.");
    assert_eq!(site.count("SELECT count(*) FROM outbox").await, 0);
}
