//! The clock on the wall leaps, ahead and back, by an hour, a day and ten years: nothing is lost, nothing
//! is sent twice, and nothing waits for ever. And the two nights of a year on which it is set.

#![cfg(test)]

mod support;
mod web_support;

use mailapp::actions;
use mailapp::domain::Id;
use mailapp::domain::accounts::user::{Actor, Role};
use mailapp::domain::mailings::run::RunState;
use support::app::{DAY, HOUR, House, MINUTE, START};
use support::smtp::{Abilities, Gate, SmtpServer, Stage};
use support::{all_together, until};
use web_support::{Browser, Page, Site};

const ANNA: &str = "anna@example.ru";
const BORIS: &str = "boris@example.ru";
const VERA: &str = "vera@example.ru";
const TEN_YEARS: i64 = 3_652 * DAY;
const LEAPS: [i64; 3] = [HOUR, DAY, TEN_YEARS];

/// Ahead and back.
fn both_ways() -> Vec<i64> {
    LEAPS.iter().flat_map(|leap| [*leap, -*leap]).collect()
}

fn leap(house: &House, by: i64) {
    house.clock.leap(by);
    house.app.wakeup.wake();
}

/// A run of three whose first mail the server has in hand.
async fn running(server: &SmtpServer, gate: &Gate) -> (House, Id) {
    server.on(Stage::Dot).of(ANNA).held_by(gate).behaves();
    let house = House::sending_through(server).await;
    let run = house.send_to(&[ANNA, BORIS, VERA]).await;
    gate.reached_by(1).await;
    (house, run)
}

async fn all_have_it_once(house: House, server: &SmtpServer, run: Id) {
    let run = house.wait_until_finished(run).await;
    assert_eq!(run.counters.accepted, 3);
    for email in [ANNA, BORIS, VERA] {
        server.mail_to(email);
    }
    house.close(server).await;
}

#[tokio::test]
async fn whoever_is_blocked_while_the_clock_is_wrong_takes_nobodys_mailing_along() {
    let server = SmtpServer::start();
    let house = House::asleep(&server, &[]).await;
    let run = house.send_to(&[ANNA, BORIS]).await;
    let spammer = house.user("spammer@example.ru").await;
    leap(&house, TEN_YEARS);
    let manager = Actor::CommandLine;
    actions::block_user(&house.app, &manager, spammer, "Жалобы")
        .await
        .unwrap();
    leap(&house, -TEN_YEARS);
    let counters = house.run(run).await.counters;
    assert_eq!((counters.queued, counters.expired), (2, 0));
    house.close(&server).await;
}

#[tokio::test]
async fn a_running_mailing_goes_on_whatever_the_clock_does() {
    all_together(vec![HOUR, DAY, -HOUR, -DAY, -TEN_YEARS], async |by| {
        let server = SmtpServer::start();
        let gate = Gate::default();
        let (house, run) = running(&server, &gate).await;
        leap(&house, by);
        gate.open();
        all_have_it_once(house, &server, run).await;
    })
    .await;
}

#[tokio::test]
async fn a_mailing_whose_end_a_leap_has_passed_waits_and_goes_on_when_the_clock_comes_back() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    let (house, run) = running(&server, &gate).await;
    leap(&house, TEN_YEARS);
    gate.open();
    house.engine_has_gone_round().await;
    let waiting = house.run(run).await;
    assert_eq!(waiting.state, RunState::Active, "not ended");
    assert_eq!(waiting.counters.queued, 2, "and not sent after its end");
    leap(&house, -TEN_YEARS);
    all_have_it_once(house, &server, run).await;
}

#[tokio::test]
async fn a_mailing_whose_end_has_passed_ends_once_the_clock_has_stood_by_its_time() {
    let server = SmtpServer::start();
    let gate = Gate::default();
    let (house, run) = running(&server, &gate).await;
    leap(&house, TEN_YEARS);
    gate.open();
    house.engine_has_gone_round().await;
    house.pass(10 * MINUTE);
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.accepted, run.counters.expired), (1, 2));
    house.close(&server).await;
}

#[tokio::test]
async fn a_retry_comes_no_later_than_it_would_if_the_clock_had_not_leapt() {
    all_together(both_ways(), async |by| {
        let server = SmtpServer::start();
        server
            .on(Stage::Rcpt)
            .of(ANNA)
            .first(1)
            .reply("451 4.7.1 Greylisted");
        let house = House::sending_through(&server).await;
        let run = house.send_to(&[ANNA]).await;
        house
            .wait_for(run, "it is put off", |run| run.counters.deferred == 1)
            .await;
        leap(&house, by);
        let latest = START + by + 6 * MINUTE;
        until("it is not far away", async || {
            let due_at = house.delivery(run, ANNA).await.due_at;
            (due_at <= latest).then_some(())
        })
        .await;
        if by == TEN_YEARS {
            leap(&house, -TEN_YEARS);
        }
        house.pass(6 * MINUTE);
        let run = house.wait_until_finished(run).await;
        assert_eq!((run.counters.accepted, run.attempts.all()), (1, 2), "{by}");
        server.mail_to(ANNA);
        house.close(&server).await;
    })
    .await;
}

#[tokio::test]
async fn a_pause_that_the_clock_went_back_in_ends_with_the_rest_sent() {
    for stops in [false, true] {
        let server = SmtpServer::start();
        let gate = Gate::default();
        let (mut house, run) = running(&server, &gate).await;
        house.pause(run).await;
        gate.open();
        house
            .wait_for(run, "the first is over", |run| run.counters.trying == 0)
            .await;
        if stops {
            house.stop().await;
        }
        leap(&house, -TEN_YEARS);
        if stops {
            house.start();
        }
        house.resume(run).await;
        all_have_it_once(house, &server, run).await;
    }
}

async fn planned(house: &House) {
    let recipient = house.recipient(ANNA).await;
    let message = house.message("Новости", "Добрый день!").await;
    let window = (START + 2 * HOUR, START + 30 * DAY);
    house
        .mailing_between(message, &[recipient], window, true)
        .await;
}

async fn started(house: &House) -> Vec<Id> {
    actions::start_due_mailings(&house.app).await.unwrap()
}

#[tokio::test]
async fn a_planned_start_does_not_come_early_because_the_clock_was_wrong_for_a_while() {
    for by in [DAY, TEN_YEARS] {
        let server = SmtpServer::start();
        let house = House::sending_through(&server).await;
        planned(&house).await;
        assert_eq!(started(&house).await, [0; 0]);
        leap(&house, by);
        assert_eq!(started(&house).await, [0; 0], "not at once");
        house.pass(9 * MINUTE);
        assert_eq!(started(&house).await, [0; 0], "nor a little later");
        leap(&house, -by);
        assert_eq!(started(&house).await, [0; 0]);
        house.pass(2 * HOUR);
        let runs = started(&house).await;
        assert_eq!(runs.len(), 1, "in its time");
        house.wait_until_finished(runs[0]).await;
        leap(&house, -DAY);
        assert_eq!(started(&house).await, [0; 0]);
        house.pass(2 * DAY);
        assert_eq!(started(&house).await, [0; 0], "and once");
        server.mail_to(ANNA);
        house.close(&server).await;
    }
}

#[tokio::test]
async fn a_planned_start_comes_once_the_clock_has_stood_by_its_new_time() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    planned(&house).await;
    assert_eq!(started(&house).await, [0; 0]);
    leap(&house, DAY);
    assert_eq!(started(&house).await, [0; 0]);
    house.pass(10 * MINUTE);
    let runs = started(&house).await;
    assert_eq!(runs.len(), 1);
    house.wait_until_finished(runs[0]).await;
    house.close(&server).await;
}

#[tokio::test]
async fn the_wait_for_a_mail_server_that_is_away_is_not_measured_on_the_wall() {
    all_together(both_ways(), async |by| {
        let server = SmtpServer::closed(Abilities::default());
        let house = House::sending_through(&server).await;
        let run = house.send_to(&[ANNA]).await;
        until("the server is found away", async || {
            house.relay_down().await
        })
        .await;
        leap(&house, by);
        server.listen();
        if by == TEN_YEARS {
            leap(&house, -TEN_YEARS);
        }
        // It may take a moment until it listens, and then the next try is later.
        let run = until("it is sent", async || {
            house.pass(1_000);
            let run = house.run(run).await;
            (run.state == RunState::Finished).then_some(run)
        })
        .await;
        assert_eq!(run.counters.accepted, 1, "{by}");
        house.close(&server).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lasts_through_a_small_leap_and_not_for_years_after_a_large_one() {
    let site = Site::start().await;
    let anna = site.user(ANNA).await;
    let browser = site.signed_in(&anna).await;
    for by in [HOUR, -HOUR, -DAY + MINUTE, DAY - MINUTE] {
        site.clock.leap(by);
        _ = browser.get("/mailings").await.is(200);
    }
    // What a clock ten years ahead has opened is not open for ten years.
    site.clock.leap(TEN_YEARS);
    let later = site.signed_in(&anna).await;
    _ = later.get("/mailings").await.is(200);
    site.clock.leap(-TEN_YEARS);
    assert!(
        later
            .get("/mailings")
            .await
            .location()
            .starts_with("/sign-in")
    );
    // Nobody is locked out either.
    let anew = site.signed_in(&anna).await;
    _ = anew.get("/mailings").await.is(200);
    site.clock.leap(-TEN_YEARS);
    let before = site.signed_in(&anna).await;
    _ = before.get("/mailings").await.is(200);
}

/// Saves a mailing that starts then, as typed by somebody in this zone.
async fn save(browser: &Browser, starts_at: &str) -> Page {
    let form = browser.get("/mailings/new").await.is(200).form("/mailings");
    let message = "1";
    let form = form
        .with("message_id", message)
        .with("starts_at", starts_at)
        .with("ends_at", "2027-12-31T10:00");
    browser.send(form.press("act", "save")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_the_night_skips_is_refused_and_one_that_it_has_twice_is_the_first_and_says_so()
{
    // When the clocks go forward and back, and the first of the two moments, in UTC.
    let zones = [
        (
            "Europe/Berlin",
            "2027-03-28T02:30",
            "2027-10-31T02:30",
            "02:30 (UTC+2)",
            1_824_942_600_000,
        ),
        (
            "America/New_York",
            "2027-03-14T02:30",
            "2027-11-07T01:30",
            "01:30 (UTC−4)",
            1_825_565_400_000,
        ),
    ];
    for (zone, skipped, twice, shown, first) in zones {
        let site = Site::start().await;
        let person = site.person(ANNA, Role::User, None, zone).await;
        site.message(&person, "Новости").await;
        let browser = site.signed_in(&person).await;
        let page = save(&browser, skipped).await.is(422);
        let page = page.says("Такого времени нет: в эту ночь часы переводят вперёд.");
        assert_eq!(page.form("/mailings").value("starts_at"), Some(skipped));
        assert_eq!(site.count("SELECT count(*) FROM mailings").await, 0);
        let saved = save(&browser, twice).await.is(303);
        let page = browser.follow(&saved).await.is(200);
        let page = page.says("такое время на них бывает дважды. Взято первое:");
        _ = page.says(shown);
        assert_eq!(site.count("SELECT starts_at FROM mailings").await, first);
        // What is saved again unchanged stays the same moment.
        let edit = format!("{}/edit", saved.location());
        let form = browser.get(&edit).await.is(200).form(saved.location());
        assert_eq!(form.value("starts_at"), Some(twice));
        _ = browser.send(form.press("act", "save")).await.is(303);
        assert_eq!(site.count("SELECT starts_at FROM mailings").await, first);
        // Also where it is the second of the two, planned from another zone.
        site.execute("UPDATE mailings SET starts_at = starts_at + 3600000")
            .await;
        let form = browser.get(&edit).await.is(200).form(saved.location());
        assert_eq!(form.value("starts_at"), Some(twice));
        _ = browser.send(form.press("act", "save")).await.is(303);
        let second = first + HOUR;
        assert_eq!(site.count("SELECT starts_at FROM mailings").await, second);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_clocks_are_not_set_every_time_is_there_once() {
    let site = Site::start().await;
    let person = site.user(ANNA).await;
    site.message(&person, "Новости").await;
    let browser = site.signed_in(&person).await;
    for (starts_at, moment) in [
        ("2027-03-28T02:30", 1_806_190_200_000_i64),
        ("2027-10-31T02:30", 1_824_939_000_000),
    ] {
        let saved = save(&browser, starts_at).await.is(303);
        let page = browser.follow(&saved).await.is(200);
        _ = page.says("Сохранено.").does_not_say("дважды");
        let last = "SELECT starts_at FROM mailings ORDER BY id DESC LIMIT 1";
        assert_eq!(site.count(last).await, moment);
    }
}
