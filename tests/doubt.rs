//! Connections that break and answers that are none: what the journal says then, and that nobody
//! is lost, counted twice or marked accepted for nothing.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use mail_parser::MessageParser;
use mailapp::actions::settle_doubt;
use mailapp::domain::delivery::Outcome;
use mailapp::domain::delivery::doubt::Decision;
use mailapp::domain::mailings::run::{PauseReason, RunState};
use mailapp::domain::page::Cursor;
use mailapp::store::delivery::doubts;
use mailapp::store::mailings::runs::Run;
use support::app::{HOUR, House};
use support::smtp::{Loss, Manner, SmtpServer, Stage};
use support::{all_together, pairs, until};

const ANNA: &str = "anna@example.ru";

async fn first_try_is_over(house: &House, run: mailapp::domain::Id) -> Run {
    house
        .wait_for(run, "the first try is over", |run| {
            run.attempts.all() == 1 && run.counters.trying == 0
        })
        .await
}

#[tokio::test]
async fn a_connection_lost_after_the_final_dot_leaves_the_mail_in_doubt_and_it_is_sent_again() {
    all_together(Loss::ALL.to_vec(), async |loss| {
        let server = SmtpServer::start();
        server.on(Stage::Dot).first(1).loses(loss);
        let house = House::with(&server, &[("relay.timeouts.dot", "1s")]).await;
        let run = house.send_to(&[ANNA]).await;
        let open = first_try_is_over(&house, run).await;
        assert_eq!(
            (open.attempts.in_doubt, open.counters.deferred),
            (1, 1),
            "{loss:?}"
        );
        let attempt = house.attempts(run).await.remove(0);
        assert_eq!((attempt.outcome, attempt.code), (Outcome::InDoubt, None));
        assert!(
            attempt.text.starts_with('['),
            "in our words: {}",
            attempt.text
        );
        house.pass(HOUR);
        let run = house.wait_until_finished(run).await;
        assert_eq!((run.state, run.counters.accepted), (RunState::Finished, 1));
        let mails = server.mails_to(ANNA);
        assert_eq!(mails.len(), 2);
        assert_eq!(
            mails[0].message_id(),
            mails[1].message_id(),
            "so that it can be told"
        );
        house.close(&server).await;
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_is_in_doubt_twice_is_not_sent_a_third_time_and_its_owner_is_asked() {
    all_together(Loss::ALL.to_vec(), async |loss| {
        let server = SmtpServer::start();
        server.on(Stage::Dot).of(ANNA).loses(loss);
        let house = House::with(&server, &[("relay.timeouts.dot", "1s")]).await;
        let run = house.send_to(&[ANNA, "boris@example.ru"]).await;
        house
            .wait_for(run, "she waits for the second try", |run| {
                (run.attempts.in_doubt, run.counters.deferred) == (1, 1)
            })
            .await;
        house.pass(HOUR);
        let run = house.wait_until_finished(run).await;
        assert_eq!((run.attempts.in_doubt, run.undecided()), (2, 1), "{loss:?}");
        assert_eq!(house.delivery(run.id, ANNA).await.state, "in_doubt");
        let page = house
            .store()
            .read(move |c| doubts::of_run(c, run.id, &Cursor::First))
            .await
            .unwrap();
        let doubt = &page.rows[0];
        assert_eq!((doubt.times, doubt.again_at), (2, None));
        for _ in 0..30 {
            house.pass(4 * HOUR);
        }
        house.engine_has_gone_round().await;
        assert_eq!(server.mails_to(ANNA).len(), 2, "at worst it arrives twice");
        // What the owner wants is done, once each time.
        let decision = Decision::SendAgain;
        settle_doubt(&house.app, &house.actor(), run.id, None, decision)
            .await
            .unwrap();
        let run = house
            .wait_for(run.id, "it is in doubt again", |run| {
                run.attempts.in_doubt == 3 && run.counters.in_doubt == 1
            })
            .await;
        assert_eq!(run.state, RunState::Finished);
        house.close(&server).await;
    })
    .await;
}

#[tokio::test]
async fn a_relay_that_confirms_nothing_gets_five_mails_and_the_run_pauses_and_says_so() {
    let server = SmtpServer::start();
    server.on(Stage::Dot).first(3).close();
    server.on(Stage::Dot).nth(4).behaves();
    server.on(Stage::Dot).close();
    let house = House::sending_through(&server).await;
    let recipients = house.recipients(40).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    let paused = house
        .wait_for(run, "the run is paused", |run| {
            run.state == RunState::Paused && run.counters.trying == 0
        })
        .await;
    assert_eq!(paused.pause_reason, Some(PauseReason::Doubts));
    let detail = paused.pause_detail.unwrap_or_default();
    assert!(detail.starts_with("[lost]"), "{detail}");
    let counts = (paused.attempts.in_doubt, paused.counters.accepted);
    assert_eq!(counts, (8, 1), "three, one that was confirmed, and five");
    let letter = until("its owner is told", async || {
        house.letters().await.pop().map(|(_, source)| source)
    })
    .await;
    let mail = MessageParser::default().parse(&letter).unwrap();
    let text = mail.body_text(0).unwrap().into_owned();
    assert!(text.contains("не подтвердил ни одного"), "{text}");
    server.behave();
    house.resume(run).await;
    house.pass(HOUR);
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 40);
    house.close(&server).await;
}

#[tokio::test]
async fn with_hold_a_mail_in_doubt_is_left_to_its_owner_and_the_run_ends() {
    let server = SmtpServer::start();
    server.on(Stage::Dot).of(ANNA).close();
    let house = House::with(&server, &[("sending.on_doubt", "hold")]).await;
    let run = house.send_to(&[ANNA, "boris@example.ru"]).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.state, RunState::Finished);
    assert_eq!((run.counters.in_doubt, run.counters.accepted), (1, 1));
    assert_eq!(house.delivery(run.id, ANNA).await.state, "in_doubt");
    house.pass(HOUR);
    house.engine_has_gone_round().await;
    assert_eq!(server.mails_to(ANNA).len(), 1, "not sent again");
    house.close(&server).await;
}

#[tokio::test]
async fn a_connection_lost_before_the_mail_could_be_taken_is_only_a_delay() {
    let limits = [
        ("relay.timeouts.command", "1s"),
        ("relay.timeouts.data", "1s"),
    ];
    all_together(
        pairs(pairs([Stage::Rcpt, Stage::Data], Loss::ALL), Manner::ASKING),
        async |((stage, loss), manner)| {
            let server = SmtpServer::start_as(manner);
            server.on(stage).first(1).loses(loss);
            let house = House::with(&server, &limits).await;
            let run = house.send_to(&[ANNA]).await;
            let open = first_try_is_over(&house, run).await;
            let counts = (open.attempts.deferred, open.attempts.in_doubt);
            assert_eq!(counts, (1, 0), "{loss:?} at {stage:?}, {manner:?}");
            house.pass(HOUR);
            let run = house.wait_until_finished(run).await;
            assert_eq!(run.counters.accepted, 1);
            server.mail_to(ANNA);
            house.close(&server).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_mail_that_did_not_go_out_as_far_as_its_final_dot_is_not_in_doubt() {
    let server = SmtpServer::start();
    server.on(Stage::Body).first(1).silence();
    let house = House::with(&server, &[("relay.timeouts.body", "1s")]).await;
    // More than fits into all the buffers between here and a server that does not read.
    let name = "🎄".repeat(200);
    let body = format!("{}.", "{{name}} ".repeat(640));
    let recipient = house.recipient_named(ANNA, &name).await;
    let message = house.message("Новости", &body).await;
    let mailing = house.mailing(message, &[recipient]).await;
    let run = house.send(mailing).await;
    let open = first_try_is_over(&house, run).await;
    assert_eq!((open.attempts.deferred, open.attempts.in_doubt), (1, 0));
    house.cancel(run).await;
    house.close(&server).await;
}

/// What a server may say that is no answer, or not the answer to what it was asked.
const NONSENSE: [&[u8]; 9] = [
    b"hello\r\n",
    b"\r\n",
    b"25\r\n",
    b"999 4.0.0 Ok\r\n",
    b"100 Ok\r\n",
    b"250x\r\n",
    b"\xff\xfe\x00\x01\r\n",
    b"250-mx.example\r\n550 5.1.1 No\r\n",
    b"550-5.1.1 No\r\n250 Ok\r\n",
];

#[tokio::test]
async fn an_answer_that_is_none_is_a_delay_before_the_mail_and_a_doubt_after_it() {
    let cases = [
        (Stage::Rcpt, Outcome::Deferred),
        (Stage::Data, Outcome::Deferred),
        (Stage::Dot, Outcome::InDoubt),
    ];
    all_together(
        pairs(cases, Manner::ASKING),
        async |((stage, outcome), manner)| {
            let server = SmtpServer::start_as(manner);
            for (index, nonsense) in NONSENSE.iter().enumerate() {
                // Every other one is taken, or the relay would be given up.
                let email = format!("r{}@example.ru", 2 * index + 1);
                server.on(stage).of(&email).first(1).bytes(nonsense);
            }
            let house = House::sending_through(&server).await;
            let recipients = house.recipients(2 * NONSENSE.len()).await;
            let message = house.message("Новости", "Добрый день!").await;
            let mailing = house.mailing(message, &recipients).await;
            let run = house.send(mailing).await;
            house
                .wait_for(run, "all have been tried", |run| run.attempts.all() == 18)
                .await;
            let mut attempts = house.attempts(run).await;
            attempts.retain(|attempt| attempt.outcome != Outcome::Accepted);
            assert_eq!(attempts.len(), NONSENSE.len());
            for attempt in attempts {
                assert_eq!(attempt.outcome, outcome, "{stage:?}: {attempt:?}");
                assert_eq!(attempt.code, None, "nonsense is no code: {attempt:?}");
            }
            house.pass(HOUR);
            let run = house.wait_until_finished(run).await;
            assert_eq!((run.counters.accepted, run.state), (18, RunState::Finished));
            house.close(&server).await;
        },
    )
    .await;
}

#[tokio::test]
async fn the_wrong_kind_of_answer_is_not_taken_for_the_right_one() {
    let cases = [
        (Stage::Rcpt, "354 Go on", Outcome::Deferred),
        (Stage::Data, "250 Ok", Outcome::Deferred),
        (Stage::Dot, "354 Go on", Outcome::InDoubt),
    ];
    all_together(
        pairs(cases, Manner::ASKING),
        async |((stage, answer, outcome), manner)| {
            let server = SmtpServer::start_as(manner);
            server.on(stage).first(1).reply(answer);
            let house = House::sending_through(&server).await;
            let run = house.send_to(&[ANNA]).await;
            first_try_is_over(&house, run).await;
            let attempt = house.attempts(run).await.remove(0);
            assert_eq!(attempt.outcome, outcome, "{stage:?} {answer}: {attempt:?}");
            house.pass(HOUR);
            let run = house.wait_until_finished(run).await;
            assert_eq!(run.counters.accepted, 1, "{stage:?} {answer}");
            house.close(&server).await;
        },
    )
    .await;
}

#[tokio::test]
async fn an_answer_without_its_line_end_is_no_answer() {
    let cases = [
        (Stage::Rcpt, Outcome::Deferred),
        (Stage::Dot, Outcome::InDoubt),
    ];
    all_together(
        pairs(cases, Manner::ASKING),
        async |((stage, outcome), manner)| {
            let server = SmtpServer::start_as(manner);
            server.on(stage).first(1).bytes_and_close(b"250 2.0.0 Ok");
            let house = House::sending_through(&server).await;
            let run = house.send_to(&[ANNA]).await;
            first_try_is_over(&house, run).await;
            let attempt = house.attempts(run).await.remove(0);
            assert_eq!(
                (attempt.outcome, attempt.code),
                (outcome, None),
                "{attempt:?}"
            );
            house.pass(HOUR);
            assert_eq!(house.wait_until_finished(run).await.counters.accepted, 1);
            house.close(&server).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_long_answer_in_small_pieces_is_read_to_its_end() {
    let server = SmtpServer::start();
    let lines: Vec<String> = (1..=200).map(|n| format!("550-5.7.1 line {n}")).collect();
    let answer = format!("{}\n550 5.7.1 the end", lines.join("\n"));
    server.on(Stage::Rcpt).of(ANNA).reply(&answer);
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA, "boris@example.ru"]).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.refused, run.counters.accepted), (1, 1));
    let attempt = house.attempts(run.id).await.remove(0);
    assert!(attempt.text.starts_with("line 1\nline 2\n") && attempt.text.ends_with("\nthe end"));
    house.close(&server).await;
}

#[tokio::test]
async fn an_endless_answer_is_given_up() {
    let server = SmtpServer::start();
    let endless = b"250-2.0.0 and so on\r\n".repeat(20_000);
    server.on(Stage::Dot).first(1).bytes(&endless);
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA]).await;
    let open = first_try_is_over(&house, run).await;
    assert_eq!(open.attempts.in_doubt, 1);
    house.pass(HOUR);
    house.wait_until_finished(run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn a_goodbye_in_the_segment_of_an_answer_loses_neither_and_costs_no_time() {
    let server = SmtpServer::start();
    server
        .on(Stage::Dot)
        .of(ANNA)
        .bytes_and_close(b"250 2.0.0 Taken\r\n421 4.3.2 Going down\r\n");
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA, "boris@example.ru"]).await;
    // The clock stands still: the next connection takes the next mail at once.
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 2);
    let attempts = house.attempts(run.id).await;
    assert_eq!(
        (attempts[0].code, attempts[0].text.as_str()),
        (Some(250), "Taken")
    );
    assert_eq!(server.log().sessions.len(), 2);
    assert_eq!(house.relay_down().await, None);
    assert_eq!(house.delivery(run.id, "boris@example.ru").await.attempts, 1);
    house.close(&server).await;
}

#[tokio::test]
async fn an_answer_that_comes_before_the_mail_proves_nothing() {
    let server = SmtpServer::start();
    server
        .on(Stage::Data)
        .first(1)
        .bytes(b"354 Go on\r\n250 2.0.0 Taken\r\n");
    server.on(Stage::Dot).first(1).reply("550 5.7.1 Spam");
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA]).await;
    house
        .wait_for(run, "it has been tried", |run| run.attempts.all() == 1)
        .await;
    let attempt = house.attempts(run).await.remove(0);
    assert_ne!(attempt.outcome, Outcome::Accepted, "{attempt:?}");
    house.cancel(run).await;
    house.close(&server).await;
}
