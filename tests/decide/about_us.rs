//! Replies that are about us: nobody is refused for them, the run pauses before many have been tried,
//! and says which setting to look at.

use mailapp::domain::Id;
use mailapp::domain::delivery::Outcome;
use mailapp::domain::mailings::run::{PauseReason, RunState};
use mailapp::store::doctor;
use mailapp::store::mailings::runs::Run;

use crate::pauses::letters;
use crate::support::app::{DAY, House, MINUTE, SECOND, addresses};
use crate::support::smtp::{Gate, SmtpServer, Stage};
use crate::support::{all_together, until};
use crate::{ANNA, BORIS};

const CONNECTIONS: [(&str, &str); 1] = [("relay.connections", "8")];

async fn send_to_many(house: &House, count: usize) -> Id {
    let recipients = house.recipients(count).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    house.send(mailing).await
}

async fn paused(house: &House, run: Id) -> Run {
    house
        .wait_for(run, "the run is paused", |run| {
            run.state == RunState::Paused && run.counters.trying == 0
        })
        .await
}

/// Nothing that is kept differs from what it counts.
async fn is_sound(house: &House) {
    let findings = house.store().read(doctor::examine).await.unwrap();
    let wrong: Vec<_> = findings.iter().filter(|finding| !finding.ok).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[tokio::test]
async fn a_server_that_refuses_us_refuses_nobody_and_the_run_pauses_within_a_few_mails() {
    let cases = [
        (Stage::Rcpt, "504 Helo rejected", "relay.helo"),
        (
            Stage::Rcpt,
            "503 5.5.1 Bad sequence of commands",
            "настройки",
        ),
        (
            Stage::Rcpt,
            "541 Recipient address rejected your message",
            "настройки",
        ),
        (Stage::Rcpt, "521 Host does not accept mail", "настройки"),
        (
            Stage::Rcpt,
            "530 5.7.0 Authentication required",
            "relay.username",
        ),
        (Stage::Rcpt, "550 relay not permitted", "relay.username"),
        (
            Stage::Rcpt,
            "554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using zen.spamhaus.org",
            "чёрного списка",
        ),
        (
            Stage::Rcpt,
            "553 5.7.1 Sender address rejected: not owned by user",
            "sender.address",
        ),
        (
            Stage::Data,
            "550 5.4.5 Daily user sending limit exceeded",
            "mails_per_day",
        ),
        (
            Stage::Dot,
            "550 5.4.5 Daily user sending limit exceeded",
            "mails_per_day",
        ),
    ];
    all_together(cases.to_vec(), async |(stage, reply, advice)| {
        let server = SmtpServer::start();
        server.on(stage).reply(reply);
        let house = House::with(&server, &CONNECTIONS).await;
        let run = send_to_many(&house, 300).await;
        let run = paused(&house, run).await;
        assert_eq!(run.pause_reason, Some(PauseReason::Rejected), "{reply}");
        assert_eq!(run.pause_detail.as_deref(), Some(reply));
        assert_eq!(
            (run.counters.refused, run.counters.queued),
            (0, 300),
            "{reply}"
        );
        let tried = run.attempts.all();
        assert!((5..=12).contains(&tried), "{tried} were tried: {reply}");
        let charged = house.relays_faults().await;
        assert_eq!(charged, tried, "nobody is charged: {reply}");
        let (_, text) = letters(&house, 1).await.remove(0);
        assert!(text.contains(reply), "{text}");
        assert!(text.contains(advice), "«{advice}» is not in {text}");
        is_sound(&house).await;

        server.behave();
        house.resume(run.id).await;
        let run = house.wait_until_finished(run.id).await;
        assert_eq!(
            (run.counters.accepted, run.counters.refused),
            (300, 0),
            "{reply}"
        );
        house.close(&server).await;
    })
    .await;
}

#[tokio::test]
async fn whoever_is_refused_like_all_others_at_the_beginning_is_mailed_when_it_is_mended() {
    let server = SmtpServer::start();
    server.on(Stage::Dot).reply("554 Transaction failed");
    let house = House::with(&server, &CONNECTIONS).await;
    let run = send_to_many(&house, 300).await;
    let run = paused(&house, run).await;
    assert_eq!(run.pause_reason, Some(PauseReason::Refusals));
    let burnt = run.counters.refused;
    assert!((20..=30).contains(&burnt), "{burnt} were refused");
    is_sound(&house).await;
    // Resumed too early, it stops again, and has still lost nobody.
    house.resume(run.id).await;
    let run = paused(&house, run.id).await;
    assert!(run.counters.refused <= 30, "{:?}", run.counters);
    is_sound(&house).await;
    server.behave();
    house.resume(run.id).await;
    is_sound(&house).await;
    let run = house.wait_until_finished(run.id).await;
    assert_eq!((run.counters.accepted, run.counters.refused), (300, 0));
    is_sound(&house).await;
    house.close(&server).await;
}

#[tokio::test]
async fn a_server_that_refuses_our_name_before_any_recipient_is_not_waited_for_long() {
    let server = SmtpServer::start();
    let reply = "550 5.7.1 <localhost>: Helo command rejected: Host not found";
    server.on(Stage::Mail).reply(reply);
    let house = House::sending_through(&server).await;
    let run = house.send_to(&[ANNA, BORIS]).await;
    let run = until("the run is paused", async || {
        house.pass(SECOND);
        Some(house.run(run).await).filter(|run| run.state == RunState::Paused)
    })
    .await;
    assert_eq!(run.pause_reason, Some(PauseReason::Rejected));
    assert_eq!(run.counters.queued, 2);
    let (_, text) = letters(&house, 1).await.remove(0);
    assert!(
        text.contains(reply) && text.contains("relay.helo"),
        "{text}"
    );
    house.cancel(run.id).await;
    house.close(&server).await;
}

#[tokio::test]
async fn one_domain_that_blocks_us_stops_nobody_else_and_is_tried_again() {
    let server = SmtpServer::start();
    let rule = server.on(Stage::Rcpt).of(ANNA);
    rule.reply("550 5.7.1 Client host blocked using zen.spamhaus.org");
    let house = House::sending_through(&server).await;
    let recipients: Vec<String> = addresses(30).collect();
    let mut all: Vec<&str> = vec![ANNA];
    all.extend(recipients.iter().map(String::as_str));
    let run = house.send_to(&all).await;
    let open = house
        .wait_for(run, "all others are reached", |run| {
            run.counters.accepted == 30
        })
        .await;
    assert_eq!((open.state, open.counters.refused), (RunState::Active, 0));
    let delivery = house.delivery(run, ANNA).await;
    assert_eq!((delivery.state.as_str(), delivery.attempts), ("waiting", 0));
    let attempt = house.attempts_for(run, ANNA).await.remove(0);
    assert_eq!(
        (attempt.outcome, attempt.code),
        (Outcome::Deferred, Some(550))
    );
    // Each try is later than the one before, as it is for those that are charged.
    let mut due = vec![delivery.due_at - house.now()];
    // However often: one recipient pauses nobody.
    for tries in 2..=8 {
        house.pass(*due.last().unwrap());
        until("she is tried again", async || {
            (house.attempts_for(run, ANNA).await.len() == tries).then_some(())
        })
        .await;
        let waits = house
            .wait_for(run, "she waits again", |run| run.counters.trying == 0)
            .await;
        due.push(waits.next_due_at.unwrap() - house.now());
    }
    assert!(
        due[0] < 6 * MINUTE && due[1] > 14 * MINUTE && due[2] > 29 * MINUTE,
        "{due:?}"
    );
    server.behave();
    house.pass(DAY);
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.attempts.deferred), (31, 8));
    house.close(&server).await;
}

#[tokio::test]
async fn a_run_begins_over_few_connections_and_goes_on_over_all_of_them() {
    let server = SmtpServer::start();
    let (first, second, third) = (Gate::default(), Gate::default(), Gate::default());
    server.on(Stage::Dot).first(2).held_by(&first).behaves();
    for nth in 3..=40 {
        server.on(Stage::Dot).nth(nth).held_by(&second).behaves();
    }
    let house = House::with(&server, &CONNECTIONS).await;
    let run = send_to_many(&house, 40).await;
    first.reached_by(2).await;
    house.pass(SECOND);
    assert_eq!(house.run(run).await.counters.trying, 2);
    assert_eq!(server.log().sessions.len(), 2, "nothing else was opened");
    first.open();
    second.reached_by(8).await;
    second.open();
    house.wait_until_finished(run).await;
    // The relay has shown what it does: the next run need not begin anew.
    server.behave();
    server.on(Stage::Dot).held_by(&third).behaves();
    let many: Vec<String> = (1..=40)
        .map(|number| format!("s{number}@example.ru"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let next = house.send_to(&many).await;
    third.reached_by(8).await;
    third.open();
    house.wait_until_finished(next).await;
    house.close(&server).await;
}

#[tokio::test]
async fn a_mailbox_that_gets_too_much_slows_nobody_else() {
    let server = SmtpServer::start();
    server.on(Stage::Rcpt).of("r1@example.ru").first(1).reply(
        "450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n\
         450 4.2.1 prevents additional messages from being delivered. - gsmtp",
    );
    for (number, reply) in [
        (2, "451 4.3.0 This server is operated by Example Ltd"),
        (3, "450 4.3.0 Mailbox is being migrated"),
        (4, "452 4.3.4 Message size exceeds the limit"),
        (5, "451 4.3.0 Message id was generated twice"),
    ] {
        let rule = server.on(Stage::Rcpt).of(&format!("r{number}@example.ru"));
        rule.first(1).reply(reply);
    }
    let house = House::sending_through(&server).await;
    let run = send_to_many(&house, 60).await;
    // A rate that was halved would let go of a few, and then wait for a clock that stands still.
    let open = house
        .wait_for(run, "all others are reached", |run| {
            run.counters.accepted == 55
        })
        .await;
    assert_eq!(open.counters.deferred, 5);
    let slowed = "SELECT reply FROM throttles WHERE kind = 'slowed'";
    let slowed: Vec<String> = house.query(slowed, |row| row.get(0)).await;
    assert_eq!(slowed, [""; 0]);
    house.pass(DAY);
    house.wait_until_finished(run).await;
    house.close(&server).await;
}
