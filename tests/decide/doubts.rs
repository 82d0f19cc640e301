//! The owner decides: what is sent again, what is left, and what a rule is against.

use mailapp::actions::{self, ActionError, Settled, settle_doubt};
use mailapp::domain::Id;
use mailapp::domain::delivery::doubt::Decision;
use mailapp::domain::mailings::run::RunState;
use mailapp::store::mailings::runs::Run;

use crate::support::app::{DAY, HOUR, House};
use crate::support::smtp::{Gate, SmtpServer, Stage};
use crate::{ANNA, BORIS};

const HOLD: [(&str, &str); 1] = [("sending.on_doubt", "hold")];

/// A run that is over: the mail to Anna is in doubt, Boris has his.
async fn in_doubt(server: &SmtpServer) -> (House, Run) {
    server.on(Stage::Dot).of(ANNA).first(1).close();
    let house = House::with(server, &HOLD).await;
    let run = house.send_to(&[ANNA, BORIS]).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.in_doubt, run.undecided()), (1, 1));
    (house, run)
}

async fn decide(
    house: &House,
    run: Id,
    which: Option<Vec<Id>>,
    decision: Decision,
) -> Result<Settled, ActionError> {
    settle_doubt(&house.app, &house.actor(), run, which, decision).await
}

/// Why not.
async fn refused(
    house: &House,
    run: Id,
    which: Option<Vec<Id>>,
    decision: Decision,
) -> &'static str {
    let before = house.deliveries(run).await;
    let phrase = match decide(house, run, which, decision).await.unwrap_err() {
        ActionError::Refused(phrase) | ActionError::NothingToSend(phrase) => phrase,
        other => panic!("{other}"),
    };
    assert_eq!(house.deliveries(run).await, before, "{}", phrase.key);
    phrase.key
}

#[tokio::test]
async fn what_is_sent_again_has_its_message_id_and_ends_the_run_anew() {
    let server = SmtpServer::start();
    let (house, run) = in_doubt(&server).await;
    house.pass(HOUR);
    let settled = decide(&house, run.id, None, Decision::SendAgain)
        .await
        .unwrap();
    assert_eq!((settled.count, settled.unsubscribed), (1, 0));
    let run = house
        .wait_for(run.id, "she has been mailed again", |run| {
            run.counters.accepted == 2
        })
        .await;
    assert_eq!((run.state, run.counters.in_doubt), (RunState::Finished, 0));
    assert!(run.finished_at > Some(run.started_at + HOUR - 1));
    let mails = server.mails_to(ANNA);
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].message_id(), mails[1].message_id());
    let attempts = house.attempts_for(run.id, ANNA).await;
    assert_eq!(attempts.last().unwrap().nth, 2);
    house.close(&server).await;
}

#[tokio::test]
async fn what_is_left_asks_no_more_and_can_still_be_sent_by_name() {
    let server = SmtpServer::start();
    let (house, run) = in_doubt(&server).await;
    let delivery = house.delivery(run.id, ANNA).await.id;
    decide(&house, run.id, Some(vec![delivery]), Decision::Leave)
        .await
        .unwrap();
    let left = house.run(run.id).await;
    assert_eq!((left.counters.in_doubt, left.undecided()), (1, 0));
    assert_eq!(left.state, RunState::Finished);
    house.is_consistent().await;
    assert_eq!(
        refused(&house, run.id, None, Decision::SendAgain).await,
        "refused-nobody-in-doubt"
    );
    house.engine_has_gone_round().await;
    assert_eq!(server.mails_to(ANNA).len(), 1, "she is not mailed again");
    decide(&house, run.id, Some(vec![delivery]), Decision::SendAgain)
        .await
        .unwrap();
    let run = house.wait_until_finished(run.id).await;
    assert_eq!((run.counters.accepted, run.undecided()), (2, 0));
    house.close(&server).await;
}

#[tokio::test]
async fn nothing_is_sent_again_that_a_rule_is_against() {
    let server = SmtpServer::start();
    let (house, run) = in_doubt(&server).await;
    let again = async |which| refused(&house, run.id, which, Decision::SendAgain).await;
    let boris = house.delivery(run.id, BORIS).await.id;
    assert_eq!(again(Some(vec![boris])).await, "refused-not-in-doubt");
    house
        .execute("UPDATE mailings SET disabled_at = 1, disabled_reason = 'жалобы'")
        .await;
    assert_eq!(again(None).await, "refused-switched-off");
    house
        .execute("UPDATE mailings SET disabled_at = NULL")
        .await;
    house.execute("UPDATE users SET blocked_at = 1").await;
    assert_eq!(again(None).await, "refused-owner-blocked");
    house.execute("UPDATE users SET blocked_at = NULL").await;

    let gate = Gate::default();
    server.on(Stage::Dot).of(BORIS).held_by(&gate).behaves();
    let second = house.send(run.mailing_id).await;
    gate.reached_by(1).await;
    assert_eq!(again(None).await, "refused-run-active");
    house.pause(second).await;
    assert_eq!(again(None).await, "refused-run-paused");
    house.cancel(second).await;
    gate.open();
    house.wait_until_finished(second).await;

    let anna = house.delivery(run.id, ANNA).await.id;
    let token = house.app.unsubscribe.token(anna);
    actions::unsubscribe(&house.app, &token).await.unwrap();
    assert_eq!(again(None).await, "refused-doubt-unsubscribed");
    house.execute("DELETE FROM suppressions").await;
    house.pass(8 * DAY);
    assert_eq!(again(None).await, "refused-ended");
    // Leaving sends nothing.
    decide(&house, run.id, None, Decision::Leave).await.unwrap();
    house.close(&server).await;
}

#[tokio::test]
async fn a_paused_run_stays_paused_with_what_is_to_be_sent_again() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).of(ANNA).first(1).close();
    server.on(Stage::Dot).of(BORIS).held_by(&gate).behaves();
    let house = House::with(&server, &HOLD).await;
    let run = house.send_to(&[ANNA, BORIS, "vera@example.ru"]).await;
    gate.reached_by(1).await;
    house.pause(run).await;
    gate.open();
    house
        .wait_for(run, "nothing is in flight", |run| run.counters.trying == 0)
        .await;
    decide(&house, run, None, Decision::SendAgain)
        .await
        .unwrap();
    let paused = house.run(run).await;
    assert_eq!(paused.state, RunState::Paused);
    assert_eq!((paused.counters.deferred, paused.counters.queued), (1, 1));
    house.resume(run).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 3);
    house.close(&server).await;
}
