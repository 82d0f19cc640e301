//! Finding by any part of what is written, and counting what is chosen.

use std::collections::BTreeSet;

use mailapp::actions;
use mailapp::domain::Id;
use mailapp::domain::accounts::permission::Scope;
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::domain::page::{Cursor, Found, Page};
use mailapp::store::audience::recipients;
use mailapp::store::audience::recipients::Recipient;
use mailapp::store::mailings::selections;

use crate::{House, actor, everybody, user};

#[tokio::test]
async fn a_search_finds_any_part_of_what_is_written_in_any_case_and_nothing_else() {
    let house = House::build().await;
    house.recipients(house.owner, 25_000).await;
    let other = user(&house.app, "other@example.ru").await;
    house.recipients(other, 60).await;
    let owner = house.owner;
    house
        .read(move |c| {
            let found = |words: &str| {
                let mut seen = Vec::new();
                let mut cursor = Cursor::First;
                loop {
                    let page = recipients::find(c, Scope::Own(owner), words, &cursor).unwrap();
                    seen.extend(page.rows.into_iter().map(|row| row.id));
                    match page.after {
                        Some(token) if seen.len() < 400 => cursor = Cursor::After(token),
                        _ => return seen,
                    }
                }
            };
            // What a walk over every row would find.
            let truth = |words: &str| -> Vec<Id> {
                c.prepare(
                    "SELECT id FROM recipients WHERE owner_id = ?1
                     AND instr(search_text, fold(?2)) > 0 ORDER BY id DESC",
                )
                .unwrap()
                .query_map((owner, words), |row| row.get(0))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap()
            };
            for words in [
                "АНН",
                "ёлк",
                "елк",
                "ЛЕНА",
                "скидка",
                "0% _",
                "%",
                "_",
                "\\",
                "\"",
                "\\o/",
                "\"да\"",
                "17@EXAMPLE",
                "z24",
                "example.ru",
                "нет такого",
                "я",
                "\\O/ \"Д",
                "' OR 1=1",
                "a OR b",
                "NEAR",
                "*",
                "анн*",
                "24999",
                "^B1",
                "{text}",
                "text:анн",
            ] {
                let expected = truth(words);
                let seen = found(words);
                let until = seen.len().min(400);
                assert_eq!(
                    seen[..until],
                    expected[..until.max(expected.len().min(400))],
                    "{words}"
                );
                match recipients::count_found(c, Scope::Own(owner), words)? {
                    Found::Exactly(count) => assert_eq!(count, len(&expected), "{words}"),
                    Found::AtLeast(count) => assert!(count <= len(&expected), "{words}: {count}"),
                }
            }
            let first = recipients::find(c, Scope::Own(owner), "я", &Cursor::First)?;
            for forged in ["", "x", "r.id~x", "f.rowid~17", "recipients.-added~17"] {
                for at in [Cursor::After(forged.into()), Cursor::Before(forged.into())] {
                    let page = recipients::find(c, Scope::Own(owner), "я", &at)?;
                    let ids = |page: &Page<Recipient>| -> Vec<Id> {
                        page.rows.iter().map(|row| row.id).collect()
                    };
                    assert_eq!(ids(&page), ids(&first), "{forged}");
                }
            }
            let many = recipients::count_found(c, Scope::Own(owner), "example.ru")?;
            assert_eq!(many, Found::AtLeast(recipients::COUNTED));
            Ok(())
        })
        .await;
}

fn len<T>(items: &[T]) -> i64 {
    i64::try_from(items.len()).unwrap()
}

#[tokio::test]
async fn what_is_changed_or_deleted_is_found_as_it_is_now() {
    let house = House::build().await;
    let owner = house.owner;
    let typed = |name: &str| RecipientDraft::parse("maria@example.ru", name, "").unwrap();
    let id = actions::create_recipient(
        &house.app,
        &mailapp::domain::accounts::user::Actor::Schedule,
        owner,
        typed("Мария Старая"),
    )
    .await
    .unwrap();
    let finds = async |words: &'static str| {
        house
            .read(move |c| {
                let page = recipients::find(c, Scope::Own(owner), words, &Cursor::First)?;
                Ok(page.rows.len())
            })
            .await
    };
    assert_eq!((finds("старая").await, finds("новая").await), (1, 0));
    let actor = actor(owner);
    actions::update_recipient(&house.app, &actor, id, typed("Мария Новая"))
        .await
        .unwrap();
    assert_eq!((finds("старая").await, finds("новая").await), (0, 1));
    actions::delete_recipient(&house.app, &actor, id)
        .await
        .unwrap();
    assert_eq!((finds("новая").await, finds("maria").await), (0, 0));
}

#[tokio::test]
async fn what_is_chosen_is_counted_without_walking_over_everybody() {
    let house = House::build().await;
    house.recipients(house.owner, 45_000).await;
    let other = user(&house.app, "other@example.ru").await;
    house.recipients(other, 10).await;
    let foreign = 45_001;
    let mailing = house.mailing(everybody()).await;
    let (owner, ticks) = (house.owner, BTreeSet::from([5, 6, foreign]));
    house
        .read(move |c| {
            let count = |mailing: Option<Id>, selection: &Selection| {
                selections::count_selected(c, owner, mailing, selection).unwrap()
            };
            let mut ticked = Selection::default();
            ticked.apply_ticks(&[5, 6, foreign], &ticks);
            assert_eq!(count(None, &ticked), Found::Exactly(2));
            let mut all = everybody();
            all.apply_ticks(&[5, 6, foreign], &BTreeSet::new());
            assert_eq!(count(None, &all), Found::Exactly(44_998));
            let mut current = Selection::current();
            current.apply_ticks(&[5, 6, foreign], &BTreeSet::from([6]));
            assert_eq!(count(Some(mailing), &current), Found::Exactly(44_999));
            let mut found = Selection::default();
            found.add_matching("z3@example", &[]);
            found.add_matching("скидка", &[]);
            // z3@, and 45 comments, of which one is not wanted.
            found.apply_ticks(&[8], &BTreeSet::new());
            assert_eq!(count(None, &found), Found::Exactly(1 + 45 - 1));
            found.add_matching("example.ru", &[]);
            assert!(matches!(count(None, &found), Found::AtLeast(20_000)));
            Ok(())
        })
        .await;
}
