//! Several commands, and several mails, in one round trip: what that looks like to a server, and
//! what becomes of the journal where a server does not follow.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use mailapp::domain::Id;
use mailapp::domain::delivery::Outcome;
use support::app::{House, SECOND};
use support::smtp::{Abilities, Gate, Loss, Manner, SmtpServer, Stage};

/// A house with one connection, so that the order is known.
async fn house(server: &SmtpServer, more: &[(&str, &str)]) -> House {
    let mut settings = vec![
        ("relay.connections", "1"),
        ("relay.timeouts.command", "1s"),
        ("relay.timeouts.data", "1s"),
        ("relay.timeouts.dot", "1s"),
    ];
    settings.extend(more);
    House::with(server, &settings).await
}

async fn send_to(house: &House, count: usize) -> Id {
    let recipients = house.recipients(count).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    house.send(mailing).await
}

#[tokio::test]
async fn the_next_mail_is_announced_behind_the_last_one() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).first(1).held_by(&gate).behaves();
    let house = house(&server, &[]).await;
    let run = send_to(&house, 3).await;
    gate.reached_by(1).await;
    // The first mail is unanswered. The second is announced, and nobody says yet that it is tried.
    let trying = "SELECT count(*) FROM deliveries WHERE state = 'trying'";
    let trying: Vec<i64> = house.query(trying, |row| row.get(0)).await;
    assert_eq!(trying, [1]);
    gate.open();
    house.wait_until_finished(run).await;
    assert_eq!(server.log().sessions.len(), 1);
    let commands = server.commands(0);
    assert!(!commands.iter().any(|line| line == "RSET"), "{commands:?}");
    house.close(&server).await;
}

#[tokio::test]
async fn an_answer_that_a_server_swallows_makes_nobody_accepted_who_is_not() {
    let server = SmtpServer::start();
    // The first mail is refused without a word; the answers to the next commands follow at once.
    server.on(Stage::Dot).first(1).bytes(b"");
    let house = house(&server, &[("sending.on_doubt", "hold")]).await;
    let run = send_to(&house, 3).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(
        (run.counters.accepted, run.counters.in_doubt),
        (2, 1),
        "whose answer was swallowed is in doubt"
    );
    house.close(&server).await;
}

#[tokio::test]
async fn commands_that_a_server_swallows_cost_one_connection_and_no_mail() {
    let server = SmtpServer::start();
    server.on(Stage::Mail).nth(2).loses(Loss::Silence);
    let mut house = house(&server, &[]).await;
    let run = send_to(&house, 4).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 4);
    for address in support::app::addresses(4) {
        server.mail_to(&address);
    }
    // A MAIL without an answer was only an announcement.
    house.stop().await;
    house.is_consistent().await;
}

#[tokio::test]
async fn a_server_that_takes_chunks_is_asked_once_whether_it_does() {
    let server = SmtpServer::start_as(Manner::Chunking);
    let house = house(&server, &[]).await;
    let run = send_to(&house, 3).await;
    house.wait_until_finished(run).await;
    let chunks = server.said("BDAT");
    // The first line of the first mail goes alone; an empty chunk Postfix would refuse.
    assert_eq!(chunks.len(), 4, "{chunks:?}");
    let is_first = |chunk: &String| !chunk.ends_with("LAST") && chunk != "BDAT 0";
    assert!(is_first(&chunks[0]), "{chunks:?}");
    assert!(!chunks[1..].iter().any(is_first), "{chunks:?}");
    assert!(server.said("DATA").is_empty());
    for address in support::app::addresses(3) {
        let mail = server.mail_to(&address);
        assert_eq!(mail.text(), "Добрый день!");
    }
    house.close(&server).await;
}

#[tokio::test]
async fn a_server_that_offers_chunks_and_takes_none_gets_its_mail_in_the_old_way() {
    let server = SmtpServer::start_as(Manner::Chunking);
    server
        .on(Stage::Data)
        .of("r1@example.ru")
        .first(1)
        .reply("502 5.5.1 What?");
    let house = house(&server, &[]).await;
    let run = send_to(&house, 3).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 3);
    assert_eq!(server.said("DATA").len(), 3);
    // The server's own words are kept, and nobody is charged with them.
    let attempts = house.attempts(run.id).await;
    assert_eq!(
        (attempts[0].code, attempts[0].text.as_str()),
        (Some(502), "What?")
    );
    assert!(attempts[1..].iter().all(|it| it.code == Some(250)));
    assert_eq!(house.relays_faults().await, 1);
    let delivery = house.delivery(run.id, "r1@example.ru").await;
    assert_eq!(delivery.attempts, 1);
    house.close(&server).await;
}

#[tokio::test]
async fn with_a_window_several_mails_are_in_flight_and_each_gets_its_own_answer() {
    let server = SmtpServer::start_as(Manner::Chunking);
    server
        .on(Stage::Rcpt)
        .of("r3@example.ru")
        .reply("550 5.1.1 No such user");
    server
        .on(Stage::Dot)
        .of("r5@example.ru")
        .reply("554 5.7.1 Spam");
    let gate = Gate::default();
    // The first two go alone.
    server.on(Stage::Dot).nth(3).held_by(&gate).behaves();
    let house = house(&server, &[("relay.window", "4")]).await;
    let run = send_to(&house, 12).await;
    gate.reached_by(1).await;
    house
        .wait_for(run, "four are in flight", |run| run.counters.trying == 4)
        .await;
    gate.open();
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.refused), (10, 2));
    for attempt in house.attempts(run.id).await {
        let code = match attempt.email.as_str() {
            "r3@example.ru" => 550,
            "r5@example.ru" => 554,
            _ => 250,
        };
        assert_eq!(attempt.code, Some(code), "{attempt:?}");
    }
    house.close(&server).await;
}

#[tokio::test]
async fn with_a_window_a_reply_that_is_missing_leaves_doubt_and_no_wrong_answer() {
    let server = SmtpServer::start_as(Manner::Chunking);
    server
        .on(Stage::Rcpt)
        .of("r4@example.ru")
        .first(1)
        .bytes(b"");
    let house = house(
        &server,
        &[("relay.window", "4"), ("sending.on_doubt", "hold")],
    )
    .await;
    let run = send_to(&house, 8).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted + run.counters.in_doubt, 8);
    assert!((1..=4).contains(&run.counters.in_doubt), "{run:?}");
    house.close(&server).await;
}

#[tokio::test]
async fn a_window_needs_answers_that_can_be_told_apart() {
    let server = SmtpServer::able_to(Abilities {
        pipelining: true,
        chunking: true,
        ..Abilities::default()
    });
    server
        .on(Stage::Ehlo)
        .reply("250-mx.example\r\n250-PIPELINING\r\n250 CHUNKING");
    let gate = Gate::default();
    server.on(Stage::Dot).nth(2).held_by(&gate).behaves();
    let house = house(&server, &[("relay.window", "4")]).await;
    let run = send_to(&house, 6).await;
    gate.reached_by(1).await;
    assert_eq!(house.run(run).await.counters.trying, 1);
    gate.open();
    house.wait_until_finished(run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn with_chunks_too_an_answer_that_comes_before_the_mail_proves_nothing() {
    let server = SmtpServer::start_as(Manner::Chunking);
    server
        .on(Stage::Data)
        .first(1)
        .bytes(b"250 2.0.0 Go on\r\n250 2.0.0 Taken\r\n");
    server.on(Stage::Dot).first(1).reply("550 5.7.1 Spam");
    let house = house(&server, &[]).await;
    let run = send_to(&house, 1).await;
    house
        .wait_for(run, "it has been tried", |run| run.attempts.all() == 1)
        .await;
    let attempt = house.attempts(run).await.remove(0);
    assert_ne!(attempt.outcome, Outcome::Accepted, "{attempt:?}");
    house.cancel(run).await;
    house.close(&server).await;
}

#[tokio::test]
async fn a_server_that_refuses_to_give_a_transaction_up_gets_no_empty_mail() {
    let server = SmtpServer::start();
    let no = server.on(Stage::Rcpt);
    no.of("r1@example.ru").reply("550 5.1.1 No such user");
    server.on(Stage::Rset).reply("502 5.5.1 Not here");
    let house = house(&server, &[]).await;
    let run = send_to(&house, 3).await;
    support::until("nobody speaks with it for a second", async || {
        house.relay_down().await
    })
    .await;
    house.pass(SECOND);
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.refused), (2, 1));
    for address in ["r2@example.ru", "r3@example.ru"] {
        let mail = server.mail_to(address).mail.unwrap();
        assert!(!mail.is_empty(), "{address}");
    }
    house.close(&server).await;
}

#[tokio::test]
async fn a_chunk_behind_a_reset_that_was_refused_is_in_doubt_and_not_tried_again_blindly() {
    let server = SmtpServer::start_as(Manner::Chunking);
    let house = house(&server, &[("sending.on_doubt", "hold")]).await;
    let run = send_to(&house, 1).await;
    house.wait_until_finished(run).await;
    let no = server.on(Stage::Rcpt);
    no.of("r2@example.ru").reply("550 5.1.1 No such user");
    server.on(Stage::Rset).first(1).reply("502 5.5.1 Not here");
    let mut recipients = Vec::new();
    for email in ["r2@example.ru", "r3@example.ru", "r4@example.ru"] {
        recipients.push(house.recipient(email).await);
    }
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    let run = house.wait_until_finished(run).await;
    let counters = run.counters;
    assert_eq!(
        (counters.accepted, counters.refused, counters.in_doubt),
        (1, 1, 1)
    );
    assert!(server.mails_to("r3@example.ru").len() <= 1, "never twice");
    house.close(&server).await;
}

/// A server of any kind that mixes up its replies, and what its log says in the end of who has a mail.
async fn shuffled(manner: Manner, window: &str, seed: u64) {
    let server = SmtpServer::able_to(Abilities {
        pipelining: true,
        chunking: manner == Manner::Chunking,
        shuffles: Some((0.04, seed)),
        ..Abilities::default()
    });
    for spam in [2, 5, 9, 14, 20, 23] {
        let no = server.on(Stage::Dot).of(&format!("r{spam}@example.ru"));
        no.reply("554 5.7.1 Spam");
    }
    let no = server.on(Stage::Rcpt).of("r7@example.ru");
    no.reply("550 5.1.1 No such user");
    let settings = [
        ("relay.window", window),
        ("sending.on_doubt", "hold"),
        ("sending.retry", "1s"),
        ("relay.connections", "3"),
    ];
    let mut house = house(&server, &settings).await;
    let run = send_to(&house, 24).await;
    support::until("the run is over", async || {
        house.pass(SECOND);
        let run = house.run(run).await;
        (!run.state.is_unfinished() && run.counters.trying == 0).then_some(())
    })
    .await;
    house.stop().await;
    house.is_consistent().await;
    for delivery in house.deliveries(run).await {
        let mails = server.mails_to(&delivery.email);
        let taken = mails.iter().filter(|mail| mail.was_taken()).count();
        let case = format!("{manner:?}, window {window}, seed {seed}: {delivery:?}");
        match delivery.state.as_str() {
            "accepted" => assert_eq!(taken, 1, "{case}"),
            "in_doubt" => assert!(taken <= 1, "{case}"),
            _ => assert_eq!(taken, 0, "{case}"),
        }
        let is_empty = |mail: &Vec<u8>| mail.is_empty();
        let is_any_empty = mails
            .iter()
            .any(|it| it.mail.as_ref().is_some_and(is_empty));
        assert!(!is_any_empty, "{case}");
    }
}

#[tokio::test]
async fn replies_that_are_lost_repeated_or_swapped_make_nobody_accepted_who_is_not() {
    let manners = [
        (Manner::Pipelining, "1"),
        (Manner::Chunking, "1"),
        (Manner::Chunking, "2"),
        (Manner::Chunking, "8"),
    ];
    let cases = support::pairs(manners, [1, 2, 3, 4]);
    support::all_together(cases, async |((manner, window), seed)| {
        shuffled(manner, window, seed).await;
    })
    .await;
}

#[tokio::test]
async fn a_reply_with_the_code_of_another_command_is_never_the_mails() {
    for manner in Manner::ALL {
        let server = SmtpServer::start_as(manner);
        // The last one: what is announced behind another may be seen by the server without a try.
        let swapped = server.on(Stage::Dot).of("r3@example.ru");
        swapped.first(1).reply("250 2.1.5 Ok");
        let house = house(&server, &[("sending.on_doubt", "hold")]).await;
        let run = send_to(&house, 3).await;
        let run = house.wait_until_finished(run).await;
        assert_eq!(
            (run.counters.accepted, run.counters.in_doubt),
            (2, 1),
            "{manner:?}"
        );
        let attempt = house.attempts_for(run.id, "r3@example.ru").await.remove(0);
        assert_eq!(attempt.text, "[out-of-step] 250 2.1.5 Ok");
        house.close(&server).await;
    }
}

#[tokio::test]
async fn a_server_that_says_it_has_waited_for_us_has_said_nothing_of_the_mail() {
    let server = SmtpServer::start();
    // Its reply was lost; minutes later it gives us up.
    let late = server.on(Stage::Dot).first(1);
    late.reply_and_close("421 4.4.2 mx.example Error: timeout exceeded");
    let house = house(&server, &[("sending.on_doubt", "hold")]).await;
    let run = send_to(&house, 2).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.in_doubt), (1, 1));
    house.close(&server).await;
}

#[tokio::test]
async fn a_server_that_offers_pipelining_and_punishes_it_gets_one_command_at_a_time() {
    for chunking in [false, true] {
        let server = SmtpServer::able_to(Abilities {
            pipelining: true,
            chunking,
            minds_pipelining: true,
            ..Abilities::default()
        });
        let house = house(&server, &[]).await;
        let run = send_to(&house, 20).await;
        let run = house.wait_until_finished(run).await;
        assert_eq!((run.counters.accepted, run.counters.refused), (20, 0));
        let first = house.attempts(run.id).await.remove(0);
        assert_eq!(
            (first.code, first.text.as_str()),
            (Some(554), "SMTP synchronization error")
        );
        assert_eq!(server.log().sessions.len(), 2, "it is learnt at once");
        house.close(&server).await;
    }
}
