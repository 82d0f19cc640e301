//! What becomes of a mailing that is sent: who gets it, what is written down, over which
//! connections it goes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

mod support;

use mailapp::domain::delivery::Outcome;
use mailapp::domain::mailings::run::RunState;
use support::all_together;
use support::app::{House, addresses};
use support::smtp::{Gate, Manner, SmtpServer, Stage};

#[tokio::test]
async fn every_recipient_gets_exactly_one_mail_addressed_to_them_alone() {
    let server = SmtpServer::start();
    let house = House::with(&server, &[("relay.connections", "4")]).await;
    let recipients = house.recipients(60).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.state, run.counters.accepted), (RunState::Finished, 60));
    for address in addresses(60) {
        let mail = server.mail_to(&address);
        assert_eq!(mail.recipient(), address);
        assert_eq!(mail.header("To"), Some(format!("<{address}>")));
        assert_eq!((mail.header("Cc"), mail.header("Bcc")), (None, None));
    }
    assert_eq!(server.transactions().len(), 60);
    house.close(&server).await;
}

#[tokio::test]
async fn an_attempt_keeps_the_servers_answer_to_the_letter() {
    let server = SmtpServer::start();
    server
        .on(Stage::Dot)
        .of("anna@example.ru")
        .reply("250 2.6.0  Принято,  id=<7&8> ");
    server.on(Stage::Rcpt).of("boris@example.ru").reply(
        "550-5.1.1 The account does not exist.\n550-5.1.1 See\n550 5.1.1 https://example.ru",
    );
    server
        .on(Stage::Dot)
        .of("vera@example.ru")
        .reply("554 Spam");
    let house = House::sending_through(&server).await;
    let run = house
        .send_to(&["anna@example.ru", "boris@example.ru", "vera@example.ru"])
        .await;
    house.wait_until_finished(run).await;
    let answers: Vec<_> = house
        .attempts(run)
        .await
        .into_iter()
        .map(|attempt| {
            assert_eq!((attempt.server, attempt.nth), (server.name(), 1));
            (
                attempt.email,
                attempt.outcome,
                attempt.code,
                attempt.enhanced,
                attempt.text,
            )
        })
        .collect();
    let expected = |email: &str, outcome, code, enhanced: Option<&str>, text: &str| {
        let enhanced = enhanced.map(str::to_owned);
        (
            email.to_owned(),
            outcome,
            Some(code),
            enhanced,
            text.to_owned(),
        )
    };
    assert_eq!(
        answers,
        [
            expected(
                "anna@example.ru",
                Outcome::Accepted,
                250,
                Some("2.6.0"),
                " Принято,  id=<7&8> "
            ),
            expected(
                "boris@example.ru",
                Outcome::Refused,
                550,
                Some("5.1.1"),
                "The account does not exist.\nSee\nhttps://example.ru"
            ),
            expected("vera@example.ru", Outcome::Refused, 554, None, "Spam"),
        ]
    );
    house.close(&server).await;
}

#[tokio::test]
async fn an_attempt_says_when_it_was_and_how_long_it_took() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).held_by(&gate).behaves();
    let house = House::sending_through(&server).await;
    house.pass(7_000);
    let run = house.send_to(&["anna@example.ru"]).await;
    gate.reached_by(1).await;
    house.pass(1_234);
    gate.open();
    house.wait_until_finished(run).await;
    let attempt = house.attempts(run).await.remove(0);
    assert_eq!(
        (attempt.at, attempt.duration_ms),
        (support::app::START + 7_000, 1_234)
    );
    house.close(&server).await;
}

#[tokio::test]
async fn a_refused_recipient_is_final_and_the_connection_goes_on_with_rset() {
    for manner in Manner::ASKING {
        let server = SmtpServer::start_as(manner);
        server
            .on(Stage::Rcpt)
            .of("boris@example.ru")
            .reply("550 5.1.1 No such user");
        let house = House::sending_through(&server).await;
        let run = house
            .send_to(&["anna@example.ru", "boris@example.ru", "vera@example.ru"])
            .await;
        let run = house.wait_until_finished(run).await;
        assert_eq!((run.counters.accepted, run.counters.refused), (2, 1));
        let connection = server.mail_to("anna@example.ru").connection;
        assert_eq!(server.mail_to("vera@example.ru").connection, connection);
        let verbs: Vec<String> = server
            .commands(connection)
            .iter()
            .map(|line| line[..4].to_owned())
            .collect();
        let refused: &[&str] = match manner {
            Manner::Pipelining | Manner::Chunking => &["MAIL", "RCPT", "DATA", "RSET"],
            Manner::OneByOne => &["MAIL", "RCPT", "RSET"],
        };
        let taken = ["MAIL", "RCPT", "DATA"];
        assert_eq!(verbs, [&["EHLO"], &taken[..], refused, &taken].concat());

        house.pass(support::app::DAY);
        house.engine_has_gone_round().await;
        let of_boris = server.transactions_of("boris@example.ru");
        assert_eq!(of_boris.len(), 1, "never again");
        house.close(&server).await;
    }
}

#[tokio::test]
async fn a_server_that_wants_a_mail_without_a_recipient_gets_nothing_to_read() {
    let server = SmtpServer::start();
    server
        .on(Stage::Rcpt)
        .of("anna@example.ru")
        .reply("550 5.1.1 No such user");
    // Allowed, where DATA came in the same segment (RFC 2920 §3.1).
    server.on(Stage::Data).nth(1).reply("354 Go on");
    let house = House::sending_through(&server).await;
    let run = house
        .send_to(&["anna@example.ru", "boris@example.ru"])
        .await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.refused, run.counters.accepted), (1, 1));
    let attempt = house.attempts(run.id).await.remove(0);
    assert_eq!(
        (attempt.code, attempt.text.as_str()),
        (Some(550), "No such user")
    );
    // Not even an empty mail: were the refusal in the wrong place, somebody would get it.
    let for_nobody = server.log().transactions.remove(0);
    assert_eq!(for_nobody.recipient(), "anna@example.ru");
    assert_eq!(for_nobody.mail, None);
    server.mail_to("boris@example.ru");
    house.close(&server).await;
}

#[tokio::test]
async fn a_refusal_of_data_or_of_the_mail_itself_is_the_recipients_too() {
    let server = SmtpServer::start();
    server
        .on(Stage::Data)
        .of("boris@example.ru")
        .reply("554 5.7.1 Not you");
    server
        .on(Stage::Dot)
        .of("vera@example.ru")
        .reply("552 5.2.2 Mailbox full");
    let house = House::sending_through(&server).await;
    let run = house
        .send_to(&["boris@example.ru", "vera@example.ru", "anna@example.ru"])
        .await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.refused), (1, 2));
    assert_eq!(server.log().sessions.len(), 1, "the connection goes on");
    house.close(&server).await;
}

#[tokio::test]
async fn no_more_connections_are_opened_than_allowed_and_each_carries_many_mails() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).first(1).behaves();
    server.on(Stage::Dot).held_by(&gate).behaves();
    let house = House::with(&server, &[("relay.connections", "3")]).await;
    let recipients = house.recipients(90).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    gate.reached_by(3).await;
    assert_eq!(house.run(run).await.counters.trying, 3);
    gate.open();
    house.wait_until_finished(run).await;
    let log = server.log();
    assert_eq!((log.sessions.len(), log.most_open_at_once), (3, 3));
    house.close(&server).await;
}

#[tokio::test]
async fn a_connection_is_renewed_after_as_many_mails_as_it_may_carry() {
    let server = SmtpServer::start();
    let house = House::with(&server, &[("relay.mails_per_connection", "10")]).await;
    let recipients = house.recipients(25).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    house.wait_until_finished(run).await;
    let mut carried = vec![0; server.log().sessions.len()];
    for transaction in server.transactions() {
        carried[transaction.connection] += 1;
    }
    assert_eq!(carried, [10, 10, 5]);
    assert_eq!(
        server.commands(0).last().unwrap(),
        "QUIT",
        "it says goodbye"
    );
    house.close(&server).await;
}

#[tokio::test]
async fn a_long_run_does_not_hold_up_a_short_one() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    server.on(Stage::Dot).nth(5).held_by(&gate).behaves();
    let house = House::sending_through(&server).await;
    let recipients = house.recipients(300).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let long = house.send(mailing).await;
    gate.reached_by(1).await;
    let short = house.send_to(&["anna@example.ru"]).await;
    gate.open();
    house.wait_until_finished(short).await;
    house.wait_until_finished(long).await;
    let order = server.transactions();
    let at = order
        .iter()
        .position(|one| one.recipients == ["anna@example.ru"]);
    assert!(
        at.unwrap() < 150,
        "the short run came at {at:?} of {}",
        order.len()
    );
    house.close(&server).await;
}

#[tokio::test]
async fn a_connection_says_no_more_mails_than_are_set_whether_their_recipients_are_taken_or_not() {
    all_together(Manner::ASKING.to_vec(), async |manner| {
        let server = SmtpServer::start_as(manner);
        for refused in ["r2@example.ru", "r3@example.ru", "r7@example.ru"] {
            let no = server.on(Stage::Rcpt);
            no.of(refused).reply("550 5.1.1 No such user");
        }
        let house = House::with(&server, &[("relay.mails_per_connection", "4")]).await;
        let recipients = house.recipients(12).await;
        let message = house.message("Новости", "Добрый день!").await;
        let mailing = house.mailing(message, &recipients).await;
        let run = house.send(mailing).await;
        let run = house.wait_until_finished(run).await;
        assert_eq!((run.counters.accepted, run.counters.refused), (9, 3));
        for session in server.log().sessions {
            let said = session
                .commands
                .iter()
                .filter(|line| line.starts_with("MAIL"));
            assert!(said.count() <= 4, "{manner:?}: {:?}", session.commands);
        }
        house.close(&server).await;
    })
    .await;
}
