//! A mailing's recipients: who got it, who did not, and why; on the page and in the file. What is
//! counted as what is the same everywhere.

use mailapp::domain::delivery::Outcome;

use crate::figures::file;
use crate::web_support::{Browser, DAY, NOW, Person, Site, Try, deliveries_of, make};

/// A mailing of which every recipient has another outcome.
async fn mailing_of_all_outcomes(site: &Site) -> (Person, i64) {
    let anna = site.user("anna@example.ru").await;
    for name in ["accepted", "refused", "deferred", "doubt", "gone"] {
        site.recipient(&anna, &format!("{name}@example.ru"), name)
            .await;
    }
    site.execute(
        "INSERT INTO suppressions (owner_id, email_key, reason, created_at)
         SELECT owner_id, email_key, 'unsubscribed', 1 FROM recipients WHERE name = 'gone'",
    )
    .await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    site.write(move |c| {
        let outcomes = [
            Try::last(NOW, Outcome::Accepted),
            Try::last(NOW, Outcome::Refused),
            Try::new(NOW, Outcome::Deferred),
            Try::last(NOW, Outcome::InDoubt),
        ];
        for (delivery, outcome) in deliveries_of(c, run).into_iter().zip(outcomes) {
            make(c, delivery, &outcome);
        }
    })
    .await;
    // One who came later, and of whom no run knows.
    let late = site.recipient(&anna, "late@example.ru", "late").await;
    site.write(move |c| {
        c.execute_batch(&format!(
            "INSERT INTO members SELECT id, edition, {late} FROM mailings WHERE id = {mailing};
             UPDATE mailings SET recipients_count = recipients_count + 1 WHERE id = {mailing}"
        ))
        .unwrap();
    })
    .await;
    (anna, mailing)
}

const OUTCOMES: [(&str, &str, &str, &str); 6] = [
    (
        "accepted",
        "accepted",
        "Успешно",
        "принято почтовым сервером",
    ),
    ("failed", "refused", "Не успешно", "550 5.1.1 No such user"),
    ("waiting", "deferred", "Ждут", "451 4.7.1 Greylisted"),
    ("in_doubt", "doubt", "Под вопросом", "Неизвестно"),
    ("skipped", "gone", "Пропущены", "отписался"),
    (
        "not_sent",
        "late",
        "Ещё не отправлялось",
        "ни в одной отправке",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_a_mailings_recipients_says_who_got_it_and_why_others_did_not() {
    let site = Site::start().await;
    let (anna, mailing) = mailing_of_all_outcomes(&site).await;
    let browser = site.signed_in(&anna).await;
    let path = format!("/mailings/{mailing}/recipients");
    let all = browser.get(&path).await.is(200);
    for (outcome, name, said, reason) in OUTCOMES {
        let email = format!("{name}@example.ru");
        let page = browser
            .get(&format!("{path}?outcome={outcome}"))
            .await
            .is(200);
        let text = page.text().to_lowercase();
        for words in [email.as_str(), said, reason] {
            assert!(
                text.contains(&words.to_lowercase()),
                "{outcome}: «{words}» not in {text}"
            );
        }
        for (_, other, ..) in OUTCOMES.iter().filter(|(known, ..)| *known != outcome) {
            assert!(
                !text.contains(&format!("{other}@example.ru")),
                "{outcome}: {text}"
            );
        }
        assert!(all.text().contains(&email));
        let rows = file(&browser, &format!("{path}.csv?outcome={outcome}")).await;
        assert_eq!(rows.len(), 1, "{outcome}");
        assert_eq!(
            (rows[0][1].as_str(), rows[0][8].as_str()),
            (email.as_str(), outcome)
        );
        assert!(
            rows[0][12].to_lowercase().contains(&reason.to_lowercase()),
            "{:?}",
            rows[0]
        );
    }
    let rows = file(&browser, &format!("{path}.csv")).await;
    assert_eq!(rows.len(), 6);
    // A forged filter is none.
    let page = browser.get(&format!("{path}?outcome=%27x")).await.is(200);
    let _page = page.says("accepted@example.ru").says("late@example.ru");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_it_from_an_earlier_run_still_has_it_after_a_run_to_the_others() {
    let site = Site::start().await;
    let (anna, mailing) = mailing_of_all_outcomes(&site).await;
    site.execute(
        "UPDATE deliveries SET state = 'expired' WHERE state = 'waiting';
         UPDATE runs SET state = 'finished', queued = 0, deferred = 0,
                expired = expired + queued + deferred, finished_at = 1",
    )
    .await;
    let browser = site.signed_in(&anna).await;
    let home = format!("/mailings/{mailing}");
    let again = format!("{home}/send-failed");
    let answer = browser.submit(&home, &again, &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let of = async |outcome: &str| {
        let path = format!("{home}/recipients.csv?outcome={outcome}");
        let rows = file(&browser, &path).await;
        let mut emails: Vec<String> = rows.iter().map(|row| row[1].clone()).collect();
        emails.sort();
        emails
    };
    assert_eq!(of("accepted").await, ["accepted@example.ru"]);
    assert_eq!(
        of("waiting").await,
        ["deferred@example.ru", "refused@example.ru"]
    );
    assert_eq!(of("failed").await, Vec::<String>::new());
}

/// Eight people, of whom two were tried three times and never reached, in a mailing that is over.
async fn mailing_with_retries(site: &Site) -> (Browser, i64) {
    let anna = site.user("anna@example.ru").await;
    site.recipients(&anna, 8, |number| format!("Получатель {number}"))
        .await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    site.write(move |c| {
        for (index, delivery) in deliveries_of(c, run).into_iter().enumerate() {
            if index >= 2 {
                make(c, delivery, &Try::last(NOW, Outcome::Accepted));
                continue;
            }
            make(c, delivery, &Try::new(NOW, Outcome::Deferred));
            make(c, delivery, &Try::new(NOW + 1, Outcome::Deferred));
            make(c, delivery, &Try::last(NOW + 2, Outcome::Refused));
        }
        c.execute_batch(&format!(
            "UPDATE mailings SET ends_at = {}, starts_at = 1",
            NOW + 3
        ))
        .unwrap();
    })
    .await;
    let browser = site.signed_in(&anna).await;
    site.clock.set(NOW + 7 * DAY);
    browser.sign_in(&anna).await;
    (browser, mailing)
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_are_attempts_and_no_failed_recipients_wherever_they_are_counted() {
    let site = Site::start().await;
    let (browser, mailing) = mailing_with_retries(&site).await;
    let home = format!("/mailings/{mailing}");
    let page = browser.get(&home).await.is(200).says("Не успешно 2 25");
    // A week after the end nothing promises another try.
    let text = page.text();
    for promise in ["повторим", "на повтор", "Повтор "] {
        assert!(!text.contains(promise), "«{promise}» in {text}");
    }
    let page = browser.get(&format!("{home}/statistics")).await.is(200);
    let page = page.says("Получателей: не успешно 2 25");
    let page = page.says("Получателей: успешно 6 75");
    let page = page.says("Неуспешных попыток 6 50");
    let _page = page.says("на одного получателя их может быть несколько");
    let rows = file(&browser, &format!("{home}/statistics.csv?kind=runs")).await;
    // recipients, accepted, failed; attempts, accepted, failed, refused, deferred
    assert_eq!(rows[0][3..6], ["8", "6", "2"]);
    assert_eq!(rows[0][6..11], ["12", "6", "6", "2", "4"]);
    let list = browser.get("/mailings").await.is(200);
    let _list = list.says("Не успешно 2");
    let failed = file(&browser, &format!("{home}/recipients.csv?outcome=failed")).await;
    assert_eq!(failed.len(), 2);
    assert_eq!(failed[0][10], "3", "attempts");
}
