//! Signing in in two steps.

use mailapp::domain::accounts::two_factor::TotpSecret;

use crate::web_support::{Browser, NOW, PASSWORD, Page, Person, Site, secret_on};

const PAGE: &str = "/account/two-factor";

/// Turns it on for somebody; returns the authenticator and the codes on paper.
async fn turned_on(site: &Site, browser: &Browser) -> (TotpSecret, Vec<String>) {
    let start = "/account/two-factor/start";
    let wrong = [("password", "not the password")];
    let page = browser.submit(PAGE, start, &wrong).await.is(422);
    assert!(page.complaint("password").is_some());
    let right = [("password", PASSWORD)];
    let started = browser.submit(PAGE, start, &right).await;
    let page = browser.follow(&started).await.is(200);
    assert!(page.html.contains("<svg class=\"qr\""), "{}", page.html);
    let secret = secret_on(&page);
    let wrong = [("code", "000000")];
    let confirm = "/account/two-factor/confirm";
    let page = browser.submit(PAGE, confirm, &wrong).await.is(422);
    assert!(page.complaint("code").is_some());
    let now = mailapp::clock::Clock::now(site.clock.as_ref());
    let code = secret.code(now);
    let page = browser
        .submit(PAGE, confirm, &[("code", &code)])
        .await
        .is(200);
    let page = page.says("Вход в два шага включён.").says("Резервные коды");
    (secret, codes_on(&page))
}

fn codes_on(page: &Page) -> Vec<String> {
    page.text()
        .split_whitespace()
        .filter(|word| word.len() == 19 && word.matches('-').count() == 3)
        .map(str::to_owned)
        .collect()
}

/// The right password; the page that asks for the code.
async fn first_step(site: &Site, person: &Person) -> Browser {
    let browser = site.browser();
    let fields = [("email", person.email.as_str()), ("password", PASSWORD)];
    let answer = browser.submit("/sign-in", "/sign-in", &fields).await;
    assert!(
        answer.location().starts_with("/second-step"),
        "{}",
        answer.location()
    );
    browser
}

async fn second_step(browser: &Browser, code: &str) -> Page {
    browser
        .submit("/second-step", "/second-step", &[("code", code)])
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_it_on_the_password_alone_opens_nothing() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let (secret, codes) = turned_on(&site, &site.signed_in(&anna).await).await;
    assert_eq!(codes.len(), 10);
    assert_eq!(
        site.letter_to(&anna.email).await.subject,
        "Вход в два шага включён"
    );

    let browser = first_step(&site, &anna).await;
    assert_eq!(
        browser.get("/mailings").await.location(),
        "/sign-in?next=%2Fmailings"
    );
    let page = second_step(&browser, "123456").await.is(422);
    assert!(page.complaint("code").is_some());
    // The code that turned it on has been used.
    let _page = second_step(&browser, &secret.code(NOW)).await.is(422);
    site.clock.advance(30_000);
    let code = secret.code(NOW + 30_000);
    assert_eq!(second_step(&browser, &code).await.location(), "/");
    let _page = browser.get("/mailings").await.is(200);
    // Nor does a code work twice.
    let other = first_step(&site, &anna).await;
    let _page = second_step(&other, &code).await.is(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_on_paper_works_once_and_new_ones_void_the_old() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let (_, codes) = turned_on(&site, &browser).await;
    let typed = codes[0].to_uppercase().replace('-', " ");
    let first = first_step(&site, &anna).await;
    assert_eq!(second_step(&first, &typed).await.location(), "/");
    let second = first_step(&site, &anna).await;
    let _page = second_step(&second, &codes[0]).await.is(422);
    let page = browser
        .get(PAGE)
        .await
        .is(200)
        .says("Осталось 9 резервных кодов.");
    assert_eq!(codes_on(&page), Vec::<String>::new(), "they are shown once");
    // The other button of the same form.
    let mut renew = page
        .form("/account/two-factor/off")
        .with("password", PASSWORD);
    renew.action = "/account/two-factor/codes".to_owned();
    let page = browser.send(renew).await.is(200);
    let new = codes_on(&page);
    assert_eq!(new.len(), 10);
    let _page = second_step(&second, &codes[1]).await.is(422);
    assert_eq!(second_step(&second, &new[9]).await.location(), "/");
    let contents = site.contents().await;
    assert!(!contents.contains(&new[1]) && !contents.contains(&new[1].replace('-', "")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovered_password_does_not_get_past_the_code() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    turned_on(&site, &site.signed_in(&anna).await).await;
    let thief = site.browser();
    thief
        .submit("/recover", "/recover", &[("email", &anna.email)])
        .await;
    let path = site.letter_to(&anna.email).await.link("/recover/");
    let answer = thief.submit(&path, &path, &[("password", PASSWORD)]).await;
    assert_eq!(answer.location(), "/sign-in");
    assert_eq!(thief.get("/mailings").await.status, 303);
    let browser = first_step(&site, &anna).await;
    assert_eq!(
        browser.get("/mailings").await.location(),
        "/sign-in?next=%2Fmailings"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_is_waited_for_ten_minutes_and_guessing_is_slowed_down() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let (secret, _) = turned_on(&site, &site.signed_in(&anna).await).await;
    let browser = first_step(&site, &anna).await;
    for _ in 0..6 {
        let _page = second_step(&browser, "000001").await.is(422);
    }
    let page = second_step(&browser, &secret.code(NOW)).await.is(429);
    assert_eq!(page.header("retry-after"), "1");
    site.clock.advance(10 * 60_000);
    let page = browser.get("/second-step").await;
    assert_eq!(page.location(), "/sign-in");
    let token = browser.token().await;
    let fields = [("code", "1"), ("csrf", token.as_str())]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let answer = browser.post("/second-step", &fields).await;
    assert_eq!(answer.location(), "/sign-in");
    let _page = browser
        .follow(&answer)
        .await
        .says("Время на ввод кода вышло.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_lies_encrypted() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let (secret, _) = turned_on(&site, &site.signed_in(&anna).await).await;
    let contents = site.contents().await;
    let plain = format!("{:?}", &secret.octets()[..8]);
    assert!(!contents.contains(plain.trim_matches(['[', ']'])));
}

#[tokio::test(flavor = "multi_thread")]
async fn turning_it_off_takes_the_password_and_a_manager_can_do_it_for_a_lost_phone() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let boss = site.manager("boss@example.ru").await;
    let browser = site.signed_in(&anna).await;
    turned_on(&site, &browser).await;
    let off = "/account/two-factor/off";
    let page = browser
        .submit(PAGE, off, &[("password", "не тот")])
        .await
        .is(422);
    assert!(page.complaint("password").is_some());
    let page = browser
        .submit_and_follow(PAGE, off, &[("password", PASSWORD)])
        .await;
    let _page = page.is(200).says("Вход в два шага выключен.");
    site.browser().sign_in(&anna).await;

    site.clock.advance(60_000);
    turned_on(&site, &browser).await;
    let boss = site.signed_in(&boss).await;
    let home = format!("/users/{}", anna.id);
    let remove = format!("{home}/two-factor/remove");
    assert!(boss.get(&home).await.links().contains(&remove));
    let page = boss.submit_and_follow(&remove, &remove, &[]).await.is(200);
    let page = page.says("Вход в два шага убран.");
    assert!(!page.links().contains(&remove));
    site.browser().sign_in(&anna).await;
    assert_eq!(
        site.letter_to(&anna.email).await.subject,
        "Вход в два шага выключен"
    );
    let _page = boss
        .get("/audit")
        .await
        .is(200)
        .says("Вход в два шага убран");
    // A manager's own and another manager's are not theirs to remove.
    let own = format!(
        "/users/{}",
        site.count("SELECT id FROM users WHERE role = 'manager'")
            .await
    );
    let page = boss.get(&own).await.is(200);
    assert!(
        page.actions()
            .iter()
            .chain(&page.links())
            .all(|action| !action.starts_with("/users/"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_the_password_alone_ends_nobodys_session_however_often_they_try() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    turned_on(&site, &browser).await;
    let tries = |c: &rusqlite::Connection| {
        c.execute_batch(
            "WITH n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200)
             INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, address,
                                   user_agent, halfway)
             SELECT randomblob(32), s.user_id, s.created_at, s.last_seen_at, '', '', 1
             FROM n, (SELECT * FROM sessions LIMIT 1) s",
        )
        .unwrap();
    };
    site.write(tries).await;
    let _half = first_step(&site, &anna).await;
    let _page = browser.get("/mailings").await.is(200);
    let left = "SELECT count(*) FROM sessions WHERE halfway = 1";
    assert_eq!(site.count(left).await, 100, "nor do they fill the disk");
}

const START: &str = "/account/two-factor/start";
const CONFIRM: &str = "/account/two-factor/confirm";

#[tokio::test(flavor = "multi_thread")]
async fn only_the_session_that_gave_the_password_sees_a_proposal_and_can_take_it() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    // Left open somewhere; whoever sits there has no password.
    let open = site.signed_in(&anna).await;
    let right = [("password", PASSWORD)];
    let page = browser.submit_and_follow(PAGE, START, &right).await.is(200);
    let secret = secret_on(&page);
    let seen = open.get(PAGE).await.is(200);
    assert!(!seen.html.contains("class=\"qr\""), "{}", seen.html);
    assert!(!seen.text().contains(&secret.text()));
    assert!(seen.actions().contains(&START.to_owned()));
    let code = secret.code(NOW);
    let page = open.submit_again(CONFIRM, &[("code", &code)]).await;
    let _page = page.is(422).says("начата в другом браузере");
    assert_eq!(site.count("SELECT count(*) FROM recovery_codes").await, 0);

    // Where it was proposed it can be taken, and nobody else is signed in any more.
    let page = browser.submit(PAGE, CONFIRM, &[("code", &code)]).await;
    let _page = page.is(200).says("Остальные ваши сеансы завершены.");
    let away = open.get("/mailings").await;
    assert_eq!(away.location(), "/sign-in?next=%2Fmailings");
    let _page = browser.get("/mailings").await.is(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_is_good_for_ten_minutes() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let right = [("password", PASSWORD)];
    let page = browser.submit_and_follow(PAGE, START, &right).await.is(200);
    let page = page.says("Он действует 10 минут");
    let secret = secret_on(&page);
    site.clock.advance(10 * 60_000 - 1);
    let _page = browser.get(PAGE).await.is(200).form(CONFIRM);
    site.clock.advance(1);
    let code = secret.code(NOW + 10 * 60_000);
    let page = browser.submit_again(CONFIRM, &[("code", &code)]).await;
    let _page = page.is(422).says("Прошло больше 10 минут");
    let page = browser.get(PAGE).await.is(200);
    assert!(!page.text().contains(&secret.text()));
    // It does not lie about either: whoever signs in next passes by and drops it.
    site.browser().sign_in(&anna).await;
    let kept = "SELECT count(*) FROM users WHERE totp_secret IS NOT NULL";
    assert_eq!(site.count(kept).await, 0);
    let page = browser.submit_and_follow(PAGE, START, &right).await.is(200);
    let code = secret_on(&page).code(NOW + 10 * 60_000);
    let _page = browser
        .submit(PAGE, CONFIRM, &[("code", &code)])
        .await
        .is(200);
}
