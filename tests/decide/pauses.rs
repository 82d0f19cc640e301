//! Runs that pause by themselves, and the letters about it.

use mail_parser::MessageParser;
use mailapp::actions;
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::mailings::run::{PauseReason, RunState};
use mailapp::store::StoreError;

use crate::ANNA;
use crate::support::app::{House, MINUTE, OWNER};
use crate::support::smtp::{SmtpServer, Stage};
use crate::support::until;

/// The letters that the owner got: subject, text.
pub async fn letters(house: &House, count: usize) -> Vec<(String, String)> {
    let sent = until("the owner is written to", async || {
        Some(house.letters().await).filter(|letters| letters.len() >= count)
    })
    .await;
    assert_eq!(sent.len(), count);
    sent.into_iter()
        .map(|(to, source)| {
            assert_eq!(to, OWNER);
            let mail = MessageParser::default().parse(&source).unwrap();
            let text = mail.body_text(0).unwrap().replace('\u{a0}', " ");
            (mail.subject().unwrap().to_owned(), text)
        })
        .collect()
}

#[tokio::test]
async fn whoever_has_left_or_moved_since_they_were_refused_is_not_mailed_at_the_old_address() {
    let server = SmtpServer::start();
    let refusing = server.on(Stage::Rcpt);
    refusing.reply("550 5.7.1 Blocked, see example.org");
    let house = House::sending_through(&server).await;
    let recipients = house.recipients(40).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    house
        .wait_for(run, "the run is paused", |run| {
            run.state == RunState::Paused && run.counters.trying == 0
        })
        .await;
    let addresses: Vec<String> = house
        .query("SELECT email FROM recipients ORDER BY id LIMIT 3", |row| {
            row.get(0)
        })
        .await;
    let (app, actor) = (&house.app, house.actor());
    actions::delete_recipient(app, &actor, recipients[0])
        .await
        .unwrap();
    let moved = RecipientDraft::parse("moved@example.ru", "", "").unwrap();
    actions::update_recipient(app, &actor, recipients[1], moved)
        .await
        .unwrap();
    let suppressed = addresses[2].clone();
    house
        .app
        .store
        .write(move |c| {
            c.execute(
                "INSERT INTO suppressions (owner_id, email_key, reason, created_at)
                 SELECT id, ?1, 'unsubscribed', 1 FROM users",
                [suppressed],
            )?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    server.behave();
    let before = server.transactions().len();
    house.resume(run).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(
        (
            run.counters.accepted,
            run.counters.refused,
            run.counters.skipped
        ),
        (38, 2, 1)
    );
    assert_eq!(server.transactions().len() - before, 38);
    for address in &addresses {
        assert_eq!(
            server.transactions_of(address).len(),
            1,
            "{address}: only when refused"
        );
    }
    assert_eq!(server.transactions_of("moved@example.ru").len(), 1);
    house.close(&server).await;
}

#[tokio::test]
async fn a_run_that_nearly_everybody_refuses_pauses_and_whoever_was_refused_waits_again() {
    let server = SmtpServer::start();
    server
        .on(Stage::Rcpt)
        .reply("550 5.7.1 Blocked, see example.org");
    let house = House::sending_through(&server).await;
    let recipients = house.recipients(70).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    let paused = house
        .wait_for(run, "the run is paused", |run| {
            run.state == RunState::Paused && run.counters.trying == 0
        })
        .await;
    assert_eq!(paused.pause_reason, Some(PauseReason::Refusals));
    assert_eq!(
        paused.pause_detail.as_deref(),
        Some("550 5.7.1 Blocked, see example.org")
    );
    assert_eq!((paused.counters.refused, paused.counters.queued), (20, 50));
    assert_eq!(server.transactions().len(), 20, "nothing more was tried");
    let (subject, text) = letters(&house, 1).await.remove(0);
    assert!(subject.contains("Новости"), "{subject}");
    for words in [
        "«Новости»",
        "один и тот же отказ: 550 5.7.1 Blocked, see example.org",
        "SPF, DKIM, DMARC",
        "письмо уйдёт ещё раз",
        &format!("/mailings/{mailing}"),
    ] {
        assert!(text.contains(words), "«{words}» is not in {text}");
    }
    server.behave();
    house.resume(run).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.refused, run.counters.accepted), (0, 70));
    assert_eq!(run.attempts.refused, 20, "the journal is not changed");
    letters(&house, 1).await;
    house.close(&server).await;
}

#[tokio::test]
async fn in_the_middle_of_a_run_four_of_five_of_the_last_fifty_are_enough() {
    let server = SmtpServer::start();
    // Sixty are reached, one is told that he does not exist, and then nobody is taken any more.
    for number in 62..=200 {
        server
            .on(Stage::Dot)
            .of(&format!("r{number}@example.ru"))
            .first(1)
            .reply("554 5.7.1 Spam");
    }
    let gone = server.on(Stage::Rcpt).of("r61@example.ru");
    gone.reply("550 No such user here");
    let house = House::sending_through(&server).await;
    let recipients = house.recipients(200).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    let paused = house
        .wait_for(run, "the run is paused", |run| {
            run.state == RunState::Paused && run.counters.trying == 0
        })
        .await;
    assert_eq!(paused.pause_reason, Some(PauseReason::Refusals));
    assert_eq!(
        (paused.counters.accepted, paused.counters.refused),
        (60, 41)
    );
    server.behave();
    house.resume(run).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(
        (run.counters.accepted, run.counters.refused),
        (199, 1),
        "who is not there stays refused"
    );
    house.close(&server).await;
}

#[tokio::test]
async fn a_run_whose_relay_is_given_up_tells_its_owner_once_for_each_pause() {
    let server = SmtpServer::start();
    server
        .on(Stage::Banner)
        .reply_and_close("421 4.3.2 Going down");
    let house = House::with(&server, &[("sending.relay_patience", "10m")]).await;
    let run = house.send_to(&[ANNA]).await;
    for nth in 1..=2 {
        until("the relay is down", async || house.relay_down().await).await;
        house.pass(10 * MINUTE);
        house
            .wait_for(run, "the run is paused", |run| {
                run.state == RunState::Paused
            })
            .await;
        let (_, text) = letters(&house, nth).await.pop().unwrap();
        assert!(text.contains("421 4.3.2 Going down"), "{text}");
        assert!(text.contains("нажмите «Продолжить»"), "{text}");
        house.pass(MINUTE);
        if nth == 2 {
            server.behave();
        }
        house.resume(run).await;
    }
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 1);
    letters(&house, 2).await;
    house.close(&server).await;
}
