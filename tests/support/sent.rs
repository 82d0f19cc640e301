//! A folder in which something was sent, quickly.

use mailapp::domain::Millis;
use mailapp::domain::delivery::Outcome;
use mailapp::domain::delivery::reply::Reply;
use mailapp::store::delivery::attempt_result::AttemptResult;
use mailapp::store::delivery::deliveries;
use mailapp::store::delivery::deliveries::DueDelivery;
use mailapp::store::delivery::tries;
use mailapp::store::{Journal, StoreError};

use super::app::HOUR;
use super::process::Folder;

const NOW: Millis = 1_772_442_000_000;

/// Attempts of several outcomes in a folder, written as the journal writes them.
pub async fn sent(folder: &Folder) {
    let store = folder.store();
    let run = store
        .write(|c| {
            let now = NOW;
            c.execute_batch(
                &format!(
                "INSERT INTO recipients (owner_id, email, email_key, name, comment, search_text,
                                         created_at, updated_at)
                 SELECT 1, 'r' || value || '@' || iif(value % 3, 'example.ru', 'mail.example'),
                        'r' || value || '@' || iif(value % 3, 'example.ru', 'mail.example'),
                        '', '', '', 1, 1 FROM generate_series_of_30;
                 UPDATE users SET recipients_count = 30, messages_count = 1, mailings_count = 1
                 WHERE id = 1;
                 INSERT INTO messages (owner_id, subject, body, search_text, created_at, updated_at)
                 VALUES (1, 'Скидки', 'Текст', '', 1, 1);
                 INSERT INTO mailings (owner_id, message_id, title, search_text, starts_at, ends_at,
                                       automatic, recipients_count, created_at, updated_at)
                 VALUES (1, 1, 'Осенняя', 'осенняя', {now}, {now} * 2, 0, 30, 1, 1);
                 INSERT INTO members SELECT 1, 0, id FROM recipients;"
            )
                .replace(
                    "generate_series_of_30",
                    "(WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n
                  WHERE value < 30) SELECT value FROM n)",
                ),
            )?;
            let run = mailapp::store::mailings::run_filling::start(
                c,
                &mailapp::store::mailings::runs::NewRun {
                    mailing_id: 1,
                    started_by: mailapp::domain::accounts::user::StartedBy::Cli,
                    user_id: None,
                    token: "t".to_owned(),
                    subject: "Скидки".to_owned(),
                    body: "Текст".to_owned(),
                    failed_of: None,
                },
                now,
            )?;
            Ok::<_, StoreError>(run)
        })
        .await
        .unwrap();
    let due = store
        .read(move |c| deliveries::due(c, run, NOW, None, 30))
        .await;
    let due: Result<_, StoreError> = due;
    let due = due.unwrap();
    store
        .write(move |c| {
            Journal::alone(c, |journal| {
                due.iter()
                    .try_for_each(|delivery| attempt(journal, delivery))
            })
        })
        .await
        .unwrap();
}

fn attempt(journal: &mut Journal<'_>, delivery: &DueDelivery) -> Result<(), StoreError> {
    let number = delivery.id;
    let at = NOW + number * HOUR;
    let (outcome, reply) = match number % 5 {
        0 => (Outcome::Refused, Reply::new(550, "5.1.1", "No such user")),
        1 => (Outcome::Deferred, Reply::new(451, "4.7.1", "Greylisted")),
        _ => (Outcome::Accepted, Reply::new(250, "2.0.0", "Ok")),
    };
    let nth = tries::claim(journal, delivery, at)?.expect("it waits");
    let mut tried = AttemptResult::begun((number, delivery.run_id), &delivery.email, nth, at)
        .took(number * 10)
        .with_server("mx");
    tried.outcome = outcome;
    tried.again_at = (outcome == Outcome::Deferred).then_some(at);
    tried.reply = reply;
    tries::settle(journal, &tried, at)
}
