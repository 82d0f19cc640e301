//! Runs that pause by themselves, and the letters about it.

use mail_parser::MessageParser;
use mailapp::domain::run::{PauseReason, RunState};

use crate::ANNA;
use crate::support::app::{House, MINUTE, OWNER, SECOND};
use crate::support::smtp::{Gate, SmtpServer, Stage};
use crate::support::until;

/// The letters that the owner got: subject, text.
async fn letters(house: &House, count: usize) -> Vec<(String, String)> {
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
async fn a_run_that_nearly_everybody_refuses_pauses_and_says_so_and_goes_on_when_it_is_told_to() {
    const REFUSED: usize = 50;
    let server = SmtpServer::start();
    let gate = Gate::default();
    server
        .on(Stage::Rcpt)
        .first(REFUSED)
        .reply("550 5.7.1 Blocked, see example.org");
    server
        .on(Stage::Rcpt)
        .nth(REFUSED + 1)
        .held_by(&gate)
        .behaves();
    let house = House::sending_through(&server).await;
    let recipients = house.recipients(70).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    gate.reached_by(1).await;
    house
        .wait_for(run, "fifty are refused", |run| run.counters.refused == 50)
        .await;
    house.pass(SECOND);
    let paused = house
        .wait_for(run, "the run is paused", |run| {
            run.state == RunState::Paused
        })
        .await;
    assert_eq!(paused.pause_reason, Some(PauseReason::Refusals));
    assert_eq!(
        paused.pause_detail.as_deref(),
        Some("550 5.7.1 Blocked, see example.org")
    );
    gate.open();
    let (subject, text) = letters(&house, 1).await.remove(0);
    assert!(subject.contains("Новости"), "{subject}");
    for words in [
        "«Новости»",
        "один и тот же отказ: 550 5.7.1 Blocked, see example.org",
        "SPF, DKIM, DMARC",
        &format!("/mailings/{mailing}"),
    ] {
        assert!(text.contains(words), "«{words}» is not in {text}");
    }
    house
        .wait_for(run, "nothing is in the air", |run| run.counters.trying == 0)
        .await;
    let before = house.run(run).await.counters;
    assert_eq!(
        (before.accepted, before.queued),
        (1, 19),
        "nothing more was tried"
    );
    // What was refused before is not held against it again.
    house.resume(run).await;
    house.pass(2 * SECOND);
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.refused, run.counters.accepted), (50, 20));
    letters(&house, 1).await;
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
