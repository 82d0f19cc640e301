//! The recipients of a large mailing, put together piece by piece.

use std::collections::BTreeSet;

use mailapp::actions;
use mailapp::domain::Id;
use mailapp::domain::accounts::permission::Scope;
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::store::mailings;
use mailapp::store::mailings::member_filling;

use crate::{House, actor, draft, everybody, user};

#[tokio::test]
async fn a_large_mailing_is_put_together_piece_by_piece_and_is_there_only_when_complete() {
    let house = House::build().await;
    house.recipients(house.owner, 35_000).await;
    let message = MessageDraft::parse("Новости", "Здравствуйте!").unwrap();
    let message = actions::create_message(
        &house.app,
        &mailapp::domain::accounts::user::Actor::Schedule,
        house.owner,
        message,
    )
    .await
    .unwrap();
    let mut selection = everybody();
    selection.apply_ticks(&[1, 2, 3], &BTreeSet::new());
    let (id, is_complete) = actions::begin_mailing(
        &house.app,
        &mailapp::domain::accounts::user::Actor::Schedule,
        house.owner,
        draft(message),
        selection,
    )
    .await
    .unwrap();
    assert!(!is_complete);
    let owner = house.owner;
    let state = async || {
        house
            .read(move |c| {
                let is_there = mailings::get(c, Scope::All, id)?.is_some();
                let filling = member_filling::get(c, owner, id)?;
                Ok((is_there, filling.map(|filling| filling.looked_at)))
            })
            .await
    };
    assert_eq!(state().await, (false, Some(0)));
    // A process that dies here leaves it to the next one, which goes on from where it stands.
    step(&house, id).await;
    step(&house, id).await;
    assert_eq!(state().await, (false, Some(20_000)));
    assert_eq!(
        house.members(id).await,
        0,
        "those who are there do not count yet"
    );
    // Who is added later is not in it, and who is deleted meanwhile neither.
    actions::create_recipient(
        &house.app,
        &mailapp::domain::accounts::user::Actor::Schedule,
        owner,
        RecipientDraft::parse("later@example.ru", "", "").unwrap(),
    )
    .await
    .unwrap();
    let actor = actor(owner);
    for gone in [10, 30_000] {
        actions::delete_recipient(&house.app, &actor, gone)
            .await
            .unwrap();
    }
    actions::resume_fillings(&house.app).await.unwrap();
    assert_eq!(state().await, (true, None));
    assert_eq!(house.members(id).await, 35_000 - 3 - 2);
    let kept = house
        .count(&format!(
            "SELECT recipients_count FROM mailings WHERE id = {id}"
        ))
        .await;
    assert_eq!(kept, 34_995);
    assert_eq!(house.count("SELECT count(*) FROM fillings").await, 0);
    assert_eq!(
        house
            .count("SELECT mailings_count FROM users WHERE id = 1")
            .await,
        1
    );
}

async fn step(house: &House, mailing: Id) -> bool {
    house
        .app
        .store
        .write(move |c| member_filling::step(c, mailing))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_new_mailing_that_is_called_off_was_never_there() {
    let house = House::build().await;
    house.recipients(house.owner, 35_000).await;
    let message = MessageDraft::parse("Новости", "Здравствуйте!").unwrap();
    let message = actions::create_message(
        &house.app,
        &mailapp::domain::accounts::user::Actor::Schedule,
        house.owner,
        message,
    )
    .await
    .unwrap();
    let (id, _) = actions::begin_mailing(
        &house.app,
        &mailapp::domain::accounts::user::Actor::Schedule,
        house.owner,
        draft(message),
        everybody(),
    )
    .await
    .unwrap();
    step(&house, id).await;
    let other = user(&house.app, "other@example.ru").await;
    let by_other = actions::call_off_filling(&house.app, &actor(other), id).await;
    assert!(
        !by_other.unwrap(),
        "another's is nothing that one could call off"
    );
    let was = actions::call_off_filling(&house.app, &actor(house.owner), id).await;
    assert!(was.unwrap());
    actions::resume_fillings(&house.app).await.unwrap();
    for table in ["mailings", "members", "fillings"] {
        assert_eq!(
            house.count(&format!("SELECT count(*) FROM {table}")).await,
            0,
            "{table}"
        );
    }
    assert_eq!(
        house
            .count("SELECT mailings_count FROM users WHERE id = 1")
            .await,
        0
    );
}

#[tokio::test]
async fn a_changed_mailing_has_those_of_before_until_it_has_the_others() {
    let house = House::build().await;
    house.recipients(house.owner, 35_000).await;
    let mut few = Selection::default();
    few.apply_ticks(&[1, 2], &BTreeSet::from([1, 2]));
    let id = house.mailing(few).await;
    assert_eq!(house.members(id).await, 2);
    let mut more = Selection::current();
    more.add_matching("борис", &[]);
    let actor = actor(house.owner);
    let begin =
        async || actions::begin_update(&house.app, &actor, id, draft(1), more.clone()).await;
    assert!(!begin().await.unwrap());
    step(&house, id).await;
    assert_eq!(house.members(id).await, 2, "so far");
    assert!(begin().await.is_err(), "one change at a time");
    assert!(
        actions::call_off_filling(&house.app, &actor, id)
            .await
            .unwrap()
    );
    actions::fill(&house.app, id).await.unwrap();
    assert_eq!(house.members(id).await, 2, "called off");
    assert!(!begin().await.unwrap());
    actions::fill(&house.app, id).await.unwrap();
    // Every fifth is Boris, and of the first two one is.
    assert_eq!(house.members(id).await, 7_001);
    assert_eq!(
        house.count("SELECT count(*) FROM members").await,
        7_001,
        "nothing is left over"
    );
    // A large mailing goes as it came: hidden at once, put away in pieces.
    actions::update_mailing(&house.app, &actor, id, draft(1), everybody())
        .await
        .unwrap();
    assert_eq!(house.members(id).await, 35_000);
    actions::delete_mailing(&house.app, &actor, id)
        .await
        .unwrap();
    for table in ["mailings", "members", "fillings"] {
        assert_eq!(
            house.count(&format!("SELECT count(*) FROM {table}")).await,
            0,
            "{table}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_search_holds_nobody_up_who_writes_while_its_mailing_is_put_together() {
    let house = House::build().await;
    // Each search finds one recipient, after all the others that nearly match.
    let words = |number| format!("{}{number:02}", "а".repeat(198));
    let nearly = (0..3_000).map(|number| (format!("long{number}"), "а".repeat(2_000)));
    let found = (0..50).map(|number| (format!("found{number}"), words(number)));
    let drafts = nearly.chain(found).map(|(name, comment)| {
        RecipientDraft::parse(&format!("{name}@example.ru"), "", &comment).unwrap()
    });
    let drafts: Vec<RecipientDraft> = drafts.collect();
    let owner = house.owner;
    let bulk = house
        .app
        .store
        .write(move |c| mailapp::store::delivery::bulk::recipients(c, owner, drafts, 0));
    bulk.await.unwrap();
    let message = MessageDraft::parse("Новости", "Здравствуйте!").unwrap();
    let by = mailapp::domain::accounts::user::Actor::Schedule;
    let message = actions::create_message(&house.app, &by, owner, message)
        .await
        .unwrap();
    let slow = Selection {
        matching: (0..50).map(words).collect(),
        ..Selection::default()
    };
    let clock = mailapp::clock::SystemClock::default();
    let steady = || mailapp::clock::Clock::steady(&clock);
    let (id, is_complete) = actions::begin_mailing(&house.app, &by, owner, draft(message), slow)
        .await
        .unwrap();
    assert!(!is_complete, "it would take seconds");
    let mut longest = 0;
    let mut steps = 0;
    loop {
        let started = steady();
        let more = step(&house, id).await;
        longest = longest.max(steady() - started);
        steps += 1;
        if !more {
            break;
        }
    }
    assert!(steps > 10, "cut by its time: {steps}");
    assert!(longest < 1_000, "{longest} ms");
    assert_eq!(house.members(id).await, 50);
    assert_eq!(house.count("SELECT count(*) FROM fillings").await, 0);
}
