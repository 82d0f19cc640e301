//! Runs that were cancelled: what may have arrived stays in doubt, and whom nobody has reached can
//! still be asked for.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use mailapp::actions::{self, ActionError, Whom};
use mailapp::domain::Id;
use mailapp::domain::delivery::doubt::Decision;
use mailapp::domain::mailings::run::RunState;
use mailapp::domain::page::Cursor;
use mailapp::store::StoreError;
use mailapp::store::delivery::doubts;
use support::app::{DAY, HOUR, House};
use support::smtp::{Gate, SmtpServer, Stage};

const ANNA: &str = "anna@example.ru";

/// The run was called off, and its one mail is neither sent nor skipped, and can be decided about.
async fn she_may_have_it(house: &House, run: Id) {
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.state, RunState::Cancelled);
    assert_eq!(
        (run.counters.in_doubt, run.counters.skipped),
        (1, 0),
        "she may have it"
    );
    let shown = house
        .store()
        .read(move |c| doubts::of_run(c, run.id, &Cursor::First));
    let shown: Result<_, StoreError> = shown.await;
    let shown = shown.unwrap().rows;
    assert_eq!(shown.len(), 1, "and is named: {shown:?}");
    assert_eq!((shown[0].email.as_str(), shown[0].again_at), (ANNA, None));
}

/// As a run of a million is, some seconds long.
async fn is_being_put_together(house: &House) {
    let unfilled = |c: &rusqlite::Connection| {
        c.execute("UPDATE runs SET filled_to = 1000", [])?;
        Ok::<_, StoreError>(())
    };
    house.store().write(unfilled).await.unwrap();
}

#[tokio::test]
async fn a_mail_whose_fate_is_unknown_when_its_run_is_cancelled_stays_in_doubt() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).held_by(&gate).close();
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA]).await;
    gate.reached_by(1).await;
    house.cancel(run).await;
    gate.open();
    she_may_have_it(&house, run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn what_waits_after_a_doubt_is_in_doubt_again_when_its_run_is_called_off() {
    let server = SmtpServer::start();
    server.on(Stage::Dot).first(1).close();
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA]).await;
    house
        .wait_for(run, "she waits", |run| run.counters.deferred == 1)
        .await;
    house.cancel(run).await;
    she_may_have_it(&house, run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn what_is_deferred_after_a_doubt_is_in_doubt_too_when_its_run_was_called_off_meanwhile() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).first(1).close();
    let again = server.on(Stage::Rcpt);
    again
        .nth(2)
        .held_by(&gate)
        .reply("451 4.7.1 Come back later");
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA]).await;
    house
        .wait_for(run, "she waits", |run| run.counters.deferred == 1)
        .await;
    house.pass(HOUR);
    gate.reached_by(1).await;
    house.cancel(run).await;
    gate.open();
    she_may_have_it(&house, run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn nobody_is_sent_to_again_while_a_run_that_was_called_off_is_still_being_put_together() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).held_by(&gate).close();
    let mut house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA]).await;
    gate.reached_by(1).await;
    house.cancel(run).await;
    gate.open();
    house.wait_until_finished(run).await;
    house.stop().await;
    is_being_put_together(&house).await;
    let again = Decision::SendAgain;
    let asked = actions::settle_doubt(&house.app, &house.actor(), run, None, again).await;
    assert!(matches!(asked, Err(ActionError::Refused(_))), "{asked:?}");
    assert_eq!(house.run(run).await.state, RunState::Cancelled);
    house.close(&server).await;
}

#[tokio::test]
async fn those_that_a_called_off_run_did_not_reach_are_asked_for_once_all_of_them_are_known() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    let deferred = server.on(Stage::Dot);
    deferred.first(1).held_by(&gate).reply("451 4.3.0 Later");
    let mut house = House::sending_through(&server).await;
    let mailing = house.mailing_to(&[ANNA, "boris@example.ru"]).await;
    let run = house.send(mailing).await;
    gate.reached_by(1).await;
    house.cancel(run).await;
    let early = house.try_send(mailing, Whom::Failed).await;
    assert!(
        matches!(&early, Err(ActionError::Refused(why)) if why.key == "refused-run-in-flight"),
        "one is in flight: {early:?}"
    );
    gate.open();
    house.wait_until_finished(run).await;
    house.stop().await;
    is_being_put_together(&house).await;
    let early = house.try_send(mailing, Whom::Failed).await;
    assert!(matches!(early, Err(ActionError::Refused(_))), "{early:?}");
    actions::bring_to_rest(&house.app, run).await.unwrap();
    house.start();
    let again = house.try_send(mailing, Whom::Failed).await.unwrap();
    let again = house.wait_until_finished(again).await;
    assert_eq!((again.counters.total, again.counters.accepted), (2, 2));
    house.close(&server).await;
}

/// Makes a run of one a run of very many.
async fn is_for(house: &House, run: Id, more: i64) {
    let grow = move |c: &rusqlite::Connection| {
        c.execute(
            "WITH n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
             INSERT INTO deliveries (run_id, recipient_id, email, name, state, due_at)
             SELECT ?1, 1000 + i, 'r' || i || '@example.ru', '', 'waiting', 1 FROM n",
            (run, more),
        )?;
        c.execute(
            "UPDATE runs SET total = total + ?2, queued = queued + ?2 WHERE id = ?1",
            (run, more),
        )?;
        Ok::<_, StoreError>(())
    };
    house.store().write(grow).await.unwrap();
}

#[tokio::test]
async fn of_a_very_large_run_what_waits_is_ended_piece_by_piece() {
    let server = SmtpServer::start();
    let mut house = House::asleep(&server, &[]).await;
    let mailing = house.mailing_to(&[ANNA]).await;
    let run = house.send(mailing).await;
    is_for(&house, run, 25_000).await;
    house.cancel(run).await;
    let at_once = house.run(run).await.counters;
    assert_eq!((at_once.skipped, at_once.queued), (10_000, 15_001));
    let early = house.try_send(mailing, Whom::Failed).await;
    assert!(matches!(early, Err(ActionError::Refused(_))), "{early:?}");
    house.start();
    let run = house
        .wait_for(run, "all of it is", |run| run.counters.queued == 0)
        .await;
    assert_eq!(
        (run.state, run.counters.skipped),
        (RunState::Cancelled, 25_001)
    );
    assert!(server.transactions().is_empty(), "and nobody was sent to");
    house.close(&server).await;
}

#[tokio::test]
async fn at_a_mailings_end_very_many_expire_piece_by_piece_and_the_run_is_over_after_the_last() {
    let server = SmtpServer::start();
    let mut house = House::asleep(&server, &[]).await;
    let run = house.send_to(&[ANNA]).await;
    is_for(&house, run, 25_000).await;
    house.pass(8 * DAY);
    house.start();
    let run = house.wait_until_finished(run).await;
    assert_eq!(
        (run.state, run.counters.expired),
        (RunState::Finished, 25_001)
    );
    house.close(&server).await;
}

/// Of the engine, beside the database.
fn lock_file(house: &House) -> std::fs::File {
    let path = house.store().path().with_extension("engine-lock");
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).unwrap()
}

#[tokio::test]
async fn what_a_dead_engine_left_in_a_run_that_is_called_off_is_settled_without_another_one() {
    let server = SmtpServer::start();
    let house = House::asleep(&server, &[]).await;
    let mailing = house.mailing_to(&[ANNA, "boris@example.ru"]).await;
    let run = house.send(mailing).await;
    // It was killed with her mail in flight.
    let died = move |c: &rusqlite::Connection| {
        c.execute(
            "UPDATE deliveries SET state = 'trying', attempts = 1 WHERE email = ?1",
            [ANNA],
        )?;
        c.execute("UPDATE runs SET trying = 1, queued = queued - 1", [])?;
        Ok::<_, StoreError>(())
    };
    house.store().write(died).await.unwrap();
    house.cancel(run).await;
    // As another command does that looks who sends.
    let look = lock_file(&house);
    look.lock_shared().unwrap();
    let held_up = actions::bring_to_rest(&house.app, run).await.unwrap_err();
    assert_eq!(held_up.phrase().key, "error-database-busy");
    assert_eq!(house.run(run).await.counters.trying, 1, "and that is said");
    drop(look);
    actions::bring_to_rest(&house.app, run).await.unwrap();
    let counters = house.run(run).await.counters;
    assert_eq!(
        (counters.trying, counters.in_doubt, counters.skipped),
        (0, 1, 1)
    );
    assert!(house.try_send(mailing, Whom::Failed).await.is_ok());
    assert!(server.transactions().is_empty(), "and nothing was sent");
}

#[tokio::test]
async fn those_whom_a_very_large_run_did_not_reach_get_their_deliveries_piece_by_piece() {
    let server = SmtpServer::start();
    let mut house = House::asleep(&server, &[]).await;
    let mailing = house.mailing_to(&[ANNA]).await;
    let run = house.send(mailing).await;
    is_for(&house, run, 25_000).await;
    let owner = house.owner;
    let are_there = move |c: &rusqlite::Connection| {
        c.execute(
            "INSERT INTO recipients (id, owner_id, email, email_key, name, comment, search_text,
                                     created_at, updated_at)
             SELECT recipient_id, ?1, email, email, '', '', email, 1, 1 FROM deliveries
             WHERE recipient_id > 1000",
            [owner],
        )?;
        Ok::<_, StoreError>(())
    };
    house.store().write(are_there).await.unwrap();
    house.cancel(run).await;
    actions::bring_to_rest(&house.app, run).await.unwrap();
    let failed = house.try_send(mailing, Whom::Failed).await.unwrap();
    assert_eq!(house.run(failed).await.counters.total, 20_000, "at once");
    // Nobody needs 25,000 mails.
    house.pause(failed).await;
    house.start();
    let run = house
        .wait_for(failed, "all have theirs", |run| {
            run.counters.total == 25_001
        })
        .await;
    assert_eq!(run.counters.queued, 25_001);
    house.cancel(failed).await;
    house.close(&server).await;
}
