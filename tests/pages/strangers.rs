//! Guessing passwords, asking for mail, and finding out who has an account.

use std::time::{Duration, Instant};

use mailapp::domain::accounts::throttle::{Bucket, Network};
use mailapp::store::delivery::outbox;

use crate::web_support::{Browser, HOUR, NOW, PASSWORD, Page, Site};

async fn guess(browser: &Browser, email: &str, password: &str) -> Page {
    let fields = [("email", email), ("password", password)];
    browser.submit("/sign-in", "/sign-in", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_more_and_more_and_says_for_how_long() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let stranger = site.browser();
    for _ in 0..6 {
        let _page = guess(&stranger, &anna.email, "не тот").await.is(422);
    }
    for wait in [1, 2, 4, 8] {
        // Even the right password is not looked at meanwhile.
        let page = guess(&stranger, &anna.email, PASSWORD).await.is(429);
        let page = page.says("Слишком много попыток.");
        assert_eq!(page.header("retry-after"), wait.to_string());
        let form = page.form("/sign-in");
        assert_eq!(
            form.value("email"),
            Some("anna@example.ru"),
            "the form keeps what was typed"
        );
        assert_eq!(form.value("password"), Some(""));
        site.clock.advance(wait * 1_000);
        let _page = guess(&stranger, &anna.email, "не тот").await.is(422);
    }
    site.clock.advance(16_000);
    assert_eq!(
        guess(&stranger, &anna.email, PASSWORD).await.location(),
        "/"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_there_is_not_is_slowed_down_alike() {
    let site = Site::start().await;
    let stranger = site.browser();
    for _ in 0..6 {
        let _page = guess(&stranger, "nobody@example.ru", "не тот")
            .await
            .is(422);
    }
    let page = guess(&stranger, "nobody@example.ru", "не тот")
        .await
        .is(429);
    assert_eq!(page.header("retry-after"), "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_lock_an_owner_out_of_a_browser_that_they_have_used() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let own = site.signed_in(&anna).await;
    own.submit("/mailings", "/sign-out", &[]).await;
    // From the same address even: a neighbour in the same office.
    let stranger = site.browser();
    let mut refused = 0;
    for _ in 0..80 {
        let page = guess(&stranger, &anna.email, "не тот").await;
        refused += usize::from(page.status == 429);
        site.clock.advance(100);
    }
    assert!(refused > 50, "{refused}");
    assert_eq!(guess(&own, &anna.email, PASSWORD).await.location(), "/");
    // The mark opens nothing by itself, and guesses with it are counted, too.
    own.submit("/mailings", "/sign-out", &[]).await;
    for _ in 0..6 {
        let _page = guess(&own, &anna.email, "не тот").await.is(422);
    }
    let _page = guess(&own, &anna.email, PASSWORD).await.is(429);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_accounts_from_one_address_are_one_guesser() {
    let site = Site::start().await;
    let stranger = site.browser();
    for number in 0..21 {
        let _page = guess(&stranger, &format!("n{number}@example.ru"), "123")
            .await
            .is(422);
    }
    let _page = guess(&stranger, "n99@example.ru", "123").await.is(429);
    // Another address, as a trusted proxy would say it, is not believed here.
    let answer = forwarded(&site, "203.0.113.7").await;
    assert_eq!(answer, 429);
}

async fn forwarded(site: &Site, address: &str) -> u16 {
    let browser = site.browser();
    let mut form = browser.get("/sign-in").await.form("/sign-in");
    form = form.with("email", "n99@example.ru").with("password", "123");
    let answer = browser
        .request(reqwest::Method::POST, "/sign-in")
        .header("Sec-Fetch-Site", "same-origin")
        .header("X-Forwarded-For", format!("198.51.100.1, {address}"))
        .header("X-Real-IP", address)
        .form(&form.fields)
        .send();
    answer.await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_configured_proxy_its_word_is_believed_and_the_clients_is_not() {
    let site = Site::start_with(&[("trusted_proxies", "127.0.0.1")]).await;
    for _ in 0..21 {
        forwarded(&site, "203.0.113.7").await;
    }
    assert_eq!(forwarded(&site, "203.0.113.7").await, 429);
    site.clock.advance(1_000 * 60);
    // What the client put before that changes nothing: another client is another address.
    let audit =
        "SELECT count(*) FROM audit WHERE verb = 'sign_in_failed' AND address <> '203.0.113.7'";
    assert_eq!(site.count(audit).await, 0);
    forwarded(&site, "203.0.113.8").await;
    assert_eq!(site.count(audit).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_to_one_address_can_be_asked_for_three_times_and_then_less_and_less() {
    let site = Site::start().await;
    site.user("anna@example.ru").await;
    for email in ["anna@example.ru", "nobody@example.ru"] {
        let browser = site.browser();
        for _ in 0..4 {
            let answer = browser
                .submit("/recover", "/recover", &[("email", email)])
                .await;
            assert_eq!(answer.location(), "/sign-in");
        }
        let page = browser
            .submit("/recover", "/recover", &[("email", email)])
            .await
            .is(429);
        assert_eq!(page.header("retry-after"), "1");
        assert_eq!(page.form("/recover").value("email"), Some(email));
        // Whoever exhausts one kind of letter for somebody leaves them the others.
        let answer = browser
            .submit("/register", "/register", &[("email", email)])
            .await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
    assert_eq!(site.count("SELECT count(*) FROM outbox").await, 10);
    site.clock.advance(6 * HOUR);
    let answer = site
        .browser()
        .submit("/recover", "/recover", &[("email", "anna@example.ru")])
        .await;
    assert_eq!(answer.location(), "/sign-in");
}

/// Asks for a letter from some address, as a trusted proxy says it.
async fn asks(browser: &Browser, token: &str, page: &str, from: &str, email: &str) -> u16 {
    let fields = [("email", email), ("csrf", token)];
    let answer = browser
        .request(reqwest::Method::POST, page)
        .header("Sec-Fetch-Site", "same-origin")
        .header("X-Forwarded-For", from)
        .form(&fields)
        .send();
    answer.await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_asked_for_from_many_networks_of_one_ipv6_site_is_slowed_down() {
    let site = Site::start_with(&[("trusted_proxies", "127.0.0.1")]).await;
    for page in ["/recover", "/register/again", "/register"] {
        site.app.throttles.clear();
        let browser = site.browser();
        let token = browser.token().await;
        let mut accepted = 0;
        for number in 0..60 {
            let from = format!("2001:db8:7:{number:x}::1");
            let email = format!("n{number}@example.ru");
            accepted += usize::from(asks(&browser, &token, page, &from, &email).await == 303);
        }
        // Thirty, and the one after which the delay begins.
        assert_eq!(accepted, 31, "{page}");
        let neighbour = asks(&browser, &token, page, "2001:db8:8::1", "x@example.ru").await;
        assert_eq!(neighbour, 303, "another site is another customer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_recoveries_does_not_open_what_is_closed_for_an_account() {
    let site = Site::start_with(&[("trusted_proxies", "127.0.0.1")]).await;
    let anna = site.user("anna@example.ru").await;
    let stranger = site.browser();
    for _ in 0..6 {
        let _page = guess(&stranger, &anna.email, "не тот").await.is(422);
    }
    let _page = guess(&stranger, &anna.email, "не тот").await.is(429);
    // As many as there is memory for, from as many networks.
    let throttles = &site.app.throttles;
    for number in 0..100_000_u32 {
        let network = Network::of(&format!("2001:{:x}:{:x}::1", number >> 16, number & 0xffff));
        let buckets = [
            Bucket::MailsTo("recover", throttles.digest(&number.to_string())),
            Bucket::MailsFrom(network),
            Bucket::MailsFromSite(network.site()),
        ];
        throttles.take(&buckets, NOW).unwrap();
    }
    let _page = guess(&stranger, &anna.email, "не тот").await.is(429);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_of_letters_is_bounded_and_nobody_is_told_that_it_is_full() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let browser = site.browser();
    let waiting = "SELECT count(*) FROM outbox WHERE email_key = 'anna@example.ru'";
    let mut answers = Vec::new();
    for _ in 0..8 {
        // However slowly they are asked for: the mail server is away for days.
        site.app.throttles.clear();
        let fields = [("email", "Anna@example.ru")];
        let page = browser.submit_and_follow("/recover", "/recover", &fields);
        answers.push(page.await.is(200).text());
    }
    assert_eq!(site.count(waiting).await, outbox::WAITING_FOR_ONE);
    assert!(answers.iter().all(|answer| *answer == answers[0]));

    let crowd = |c: &rusqlite::Connection| {
        c.execute_batch(&format!(
            "WITH n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {})
             INSERT INTO outbox (kind, email, email_key, language, created_at, due_at)
             SELECT 'recover', 'n' || i || '@example.ru', 'n' || i || '@example.ru', 'ru', 1, 1
             FROM n",
            outbox::WAITING
        ))
        .unwrap();
    };
    site.write(crowd).await;
    let full = "SELECT count(*) FROM outbox";
    let before = site.count(full).await;
    for page in ["/recover", "/register/again", "/register"] {
        let fields = [("email", "new@example.ru")];
        let answer = browser.submit(page, page, &fields).await;
        assert_eq!(answer.location(), "/sign-in");
    }
    assert_eq!(site.count(full).await, before);
    // What is said of an account has room all the same.
    let signed_in = site.signed_in(&anna).await;
    let fields = [("old", PASSWORD), ("password", "лодка гвоздь перрон 42")];
    let page = "/account/password";
    let answer = signed_in.submit(page, page, &fields).await;
    assert_eq!(answer.status, 303);
    assert_eq!(site.count(full).await, before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn forty_people_behind_one_address_sign_in_at_once() {
    let site = Site::start().await;
    let mut people = Vec::new();
    for number in 0..40 {
        people.push(format!("n{number}@example.ru"));
    }
    let first = site.user("n@example.ru").await;
    let emails = people.clone();
    site.write(move |c| {
        for email in &emails {
            c.execute(
                "INSERT INTO users (email, email_key, name, role, password_hash, created_at,
                                    confirmed_at)
                 SELECT ?1, ?1, '', 'user', password_hash, 1, 1 FROM users WHERE id = ?2",
                (email, first.id),
            )
            .unwrap();
        }
    })
    .await;
    let all = people.iter().map(async |email| {
        let answer = guess(&site.browser(), email, PASSWORD).await;
        answer.status.as_u16()
    });
    let answers = futures::future::join_all(all).await;
    assert_eq!(answers, vec![303; 40]);
    // Right passwords are no failures: whoever comes next has as many tries as ever.
    let stranger = site.browser();
    for number in 0..21 {
        let email = format!("unknown{number}@example.ru");
        let _page = guess(&stranger, &email, "не тот").await.is(422);
    }
    let page = guess(&stranger, "unknown@example.ru", "не тот").await;
    assert_eq!(page.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_forty_guesses_at_once_no_more_are_looked_at_than_one_after_the_other() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let all = (0..40).map(async |number| {
        let answer = guess(&site.browser(), &anna.email, &format!("не тот {number}")).await;
        answer.status.as_u16()
    });
    let answers = futures::future::join_all(all).await;
    let looked_at = answers.iter().filter(|status| **status == 422).count();
    assert_eq!(looked_at, 6, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 34);
    let failed = "SELECT count(*) FROM audit WHERE verb = 'sign_in_failed'";
    assert_eq!(site.count(failed).await, 6);
}

/// The middle of so many tries each, taken in turn so that the machine's moods touch both alike.
async fn medians(site: &Site, path: &str, known: &[String], unknown: &[String]) -> [Duration; 2] {
    let browser = site.browser();
    let token = browser.token().await;
    let mut times = [Vec::new(), Vec::new()];
    for (known, unknown) in known.iter().zip(unknown) {
        for (index, email) in [known, unknown].into_iter().enumerate() {
            let fields = [
                ("email", email.as_str()),
                ("password", "не тот пароль"),
                ("csrf", token.as_str()),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
            site.app.throttles.clear();
            #[expect(
                clippy::disallowed_methods,
                reason = "how long it takes is the question"
            )]
            let started = Instant::now();
            let page = browser.post(path, &fields).await;
            times[index].push(started.elapsed());
            assert!(
                [303, 422].contains(&page.status.as_u16()),
                "{path}: {}",
                page.text()
            );
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}

/// Whether the two differ by at most a twentieth. What is built alike may differ once by chance; an
/// answer that looks whether there is an account differs by tens of percent every time.
async fn takes_as_long(site: &Site, path: &str, known: &[String], unknown: &[String]) {
    let mut seen = Vec::new();
    for _ in 0..4 {
        let [a, b] = medians(site, path, known, unknown).await;
        if a.abs_diff(b) * 20 <= a.max(b) {
            return;
        }
        seen.push((a, b));
    }
    panic!("{path}: known and unknown addresses take {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_an_answer_takes_does_not_say_whether_there_is_an_account() {
    const TRIES: usize = 200;
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let hash = "SELECT length(password_hash) FROM users";
    assert!(site.count(hash).await > 0);
    site.write(|c| {
        for number in 0..TRIES {
            let email = format!("known{number:03}@example.ru");
            c.execute(
                "INSERT INTO users (email, email_key, name, role, password_hash, created_at,
                                    confirmed_at)
                 SELECT ?1, ?1, '', 'user', password_hash, 1, 1 FROM users WHERE id = 1",
                [email],
            )
            .unwrap();
        }
    })
    .await;
    assert_eq!(anna.id, 1);
    let named = |word: &str| -> Vec<String> {
        (0..TRIES)
            .map(|n| format!("{word}{n:03}@example.ru"))
            .collect()
    };
    let (known, unknown) = (named("known"), named("ghost"));
    for path in ["/sign-in", "/register", "/recover", "/register/again"] {
        takes_as_long(&site, path, &known, &unknown).await;
    }
}
