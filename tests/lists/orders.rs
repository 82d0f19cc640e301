//! Every list, in every order that it offers, from either end.

use std::collections::BTreeSet;

use mailapp::domain::Id;
use mailapp::domain::accounts::permission::Scope;
use mailapp::domain::page::{Cursor, Found, Page};
use mailapp::store::accounts::{audit, directory};
use mailapp::store::audience::recipients;
use mailapp::store::audience::recipients::Recipient;
use mailapp::store::content::messages;
use mailapp::store::delivery::{attempts, bulk};
use mailapp::store::mailings::mailing_list;
use mailapp::store::mailings::mailing_list::MailingFilter;
use mailapp::store::mailings::members;
use mailapp::store::system::captured;
use mailapp::store::{Sort, StoreError};
use rusqlite::Connection;

use crate::{House, NOW, everybody, user};

/// All pages from one end to the other.
fn walk(c: &Connection, owner: Id, sort: Sort, from: Cursor) -> Vec<Page<Recipient>> {
    let mut cursor = from;
    let is_backward = cursor.is_backward();
    let mut pages = Vec::new();
    loop {
        let page = recipients::list(c, Scope::Own(owner), sort, &cursor).unwrap();
        let next = if is_backward {
            page.before.clone()
        } else {
            page.after.clone()
        };
        pages.push(page);
        match next {
            Some(token) if is_backward => cursor = Cursor::Before(token),
            Some(token) => cursor = Cursor::After(token),
            None => return pages,
        }
    }
}

fn ids(pages: &[Page<Recipient>]) -> Vec<Id> {
    pages
        .iter()
        .flat_map(|page| page.rows.iter().map(|row| row.id))
        .collect()
}

#[tokio::test]
async fn every_order_shows_everybody_once_from_either_end() {
    let house = House::build().await;
    house.recipients(house.owner, 230).await;
    let owner = house.owner;
    house
        .read(move |c| {
            for name in ["", "-added", "email", "-email", "name", "-name", "nonsense"] {
                let sort = recipients::LIST.sort(Some(name));
                let forward = ids(&walk(c, owner, sort, Cursor::First));
                assert_eq!(forward.len(), 230, "{name}");
                assert_eq!(forward.iter().collect::<BTreeSet<_>>().len(), 230, "{name}");
                let mut backward = walk(c, owner, sort, Cursor::Last);
                backward.reverse();
                assert_eq!(ids(&backward), forward, "{name}");
                let mut reversed = ids(&walk(c, owner, sort.reversed(), Cursor::First));
                reversed.reverse();
                assert_eq!(reversed, forward, "{name}: the other way round");
            }
            let by_name = walk(c, owner, recipients::LIST.sort(Some("name")), Cursor::First);
            let names: Vec<&str> = by_name
                .iter()
                .flat_map(|page| page.rows.iter().map(|row| row.name.as_str()))
                .collect();
            let mut order = names.clone();
            order.dedup();
            assert_eq!(
                order,
                ["Анна", "борис", "елена", "Ёлка", "Яна"],
                "as one reads them"
            );
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn an_edge_of_another_list_or_order_or_a_forged_one_is_the_first_page() {
    let house = House::build().await;
    house.recipients(house.owner, 120).await;
    let other = user(&house.app, "other@example.ru").await;
    house.recipients(other, 120).await;
    let owner = house.owner;
    house
        .read(move |c| {
            let list = |sort: &str, cursor: &Cursor| {
                let sort = recipients::LIST.sort(Some(sort));
                ids(&[recipients::list(c, Scope::Own(owner), sort, cursor).unwrap()])
            };
            let first = list("email", &Cursor::First);
            let by_name = recipients::LIST.sort(Some("name"));
            let foreign = recipients::list(c, Scope::Own(owner), by_name, &Cursor::First).unwrap();
            let found = recipients::find(c, Scope::Own(other), "example", &Cursor::First).unwrap();
            let mut tokens = vec![foreign.after.unwrap(), found.after.clone().unwrap()];
            let forged = [
                "",
                "x",
                "17",
                "recipients.email~",
                "recipients.email~1~n1~",
                "f.rowid~x",
            ];
            tokens.extend(forged.map(str::to_owned));
            for token in tokens {
                assert_eq!(
                    list("email", &Cursor::After(token.clone())),
                    first,
                    "{token}"
                );
                assert_eq!(
                    list("email", &Cursor::Before(token.clone())),
                    first,
                    "{token}"
                );
            }
            // What another owner found leads nowhere in one's own search.
            let edge = Cursor::After(found.after.unwrap());
            let mine = recipients::find(c, Scope::Own(owner), "example", &edge)?;
            assert!(mine.rows.iter().all(|row| row.owner_id == owner));
            assert_eq!(mine.rows.len(), 50);
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn the_counts_that_are_kept_are_what_there_is() {
    let house = House::build().await;
    for number in 0..3 {
        user(&house.app, &format!("user{number}@example.ru")).await;
    }
    house
        .app
        .store
        .write(|c| {
            c.execute_batch(
                "INSERT INTO captured_mails (at, mail_from, rcpt_to, subject, source)
                 VALUES (1, 'a', 'b', '', x''), (2, 'a', 'c', '', x'');
                 DELETE FROM captured_mails WHERE id = 1;
                 DELETE FROM users WHERE id = 2;
                 UPDATE users SET deleted_at = 1 WHERE id = 3;
                 UPDATE users SET name = 'x', deleted_at = 2 WHERE id = 3;",
            )?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    house
        .read(|c| {
            assert_eq!(captured::count(c)?, 1);
            let all = directory::count(c, "", directory::Which::All)?;
            assert_eq!(all, Found::Exactly(2));
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn every_list_of_an_installation_is_read_to_its_end_and_back() {
    let house = House::build().await;
    house.recipients(house.owner, 200).await;
    let mailing = house.mailing(everybody()).await;
    house
        .app
        .store
        .write(move |c| {
            bulk::run(c, mailing, 130, "t", NOW)?;
            c.execute_batch(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 130)
                 INSERT INTO mailings (owner_id, message_id, title, search_text, starts_at, ends_at,
                                       automatic, created_at, updated_at)
                 SELECT 1, 1, CASE i % 3 WHEN 0 THEN '' ELSE 'T' || i % 7 END,
                        CASE i % 3 WHEN 0 THEN '' ELSE 't' || i % 7 END, i % 5, 10 + i % 5, 0, i, i
                 FROM n;
                 INSERT INTO messages (owner_id, subject, body, search_text, created_at, updated_at)
                 SELECT 1, title, '', search_text || char(10), 1, starts_at FROM mailings;
                 INSERT INTO captured_mails (at, mail_from, rcpt_to, subject, source)
                 SELECT id, 'a', title, '', x'' FROM mailings;
                 INSERT INTO audit (at, door, verb, subject_kind) SELECT id, 'web', 'x', '' FROM mailings;
                 INSERT INTO users (email, email_key, name, role, password_hash, created_at, last_seen_at)
                 SELECT id, id, '', 'user', '', 1, nullif(starts_at, 0) FROM mailings;",
            )?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    house
        .read(move |c| {
            let own = Scope::Own(1);
            let all = MailingFilter::default();
            for name in mailing_list::LIST.names() {
                for sort in both(mailing_list::LIST.sort(Some(name))) {
                    to_and_fro(
                        |at| {
                            let page = mailing_list::list(c, own, &all, sort, at, NOW).unwrap();
                            numbers(page, |row| row.id)
                        },
                        131,
                    );
                }
            }
            for name in messages::LIST.names() {
                for sort in both(messages::LIST.sort(Some(name))) {
                    to_and_fro(
                        |at| numbers(messages::list(c, own, sort, at).unwrap(), |row| row.id),
                        132,
                    );
                }
            }
            for name in captured::LIST.names() {
                for sort in both(captured::LIST.sort(Some(name))) {
                    to_and_fro(
                        |at| numbers(captured::sorted(c, sort, at).unwrap(), |row| row.id),
                        131,
                    );
                }
            }
            for name in directory::LIST.names() {
                for sort in both(directory::LIST.sort(Some(name))) {
                    to_and_fro(
                        |at| {
                            let page =
                                directory::list(c, "", directory::Which::All, sort, at).unwrap();
                            numbers(page, |row| row.id)
                        },
                        132,
                    );
                }
            }
            for sort in both(audit::LIST.usual()) {
                let filter = audit::Filter {
                    verb: "x".into(),
                    ..audit::Filter::default()
                };
                to_and_fro(
                    |at| numbers(audit::list(c, &filter, sort, at).unwrap(), |row| row.id),
                    131,
                );
            }
            to_and_fro(
                |at| {
                    let page = members::of_mailing(c, mailing, 1, None, at).unwrap();
                    numbers(page, |row| row.id)
                },
                200,
            );
            to_and_fro(
                |at| numbers(attempts::of_run(c, 1, None, at).unwrap(), |row| row.id),
                130,
            );
            Ok(())
        })
        .await;
}

fn both(sort: Sort) -> [Sort; 2] {
    [sort, sort.reversed()]
}

fn numbers<T>(page: Page<T>, id: impl Fn(&T) -> Id) -> Page<Id> {
    Page {
        rows: page.rows.iter().map(id).collect(),
        before: page.before,
        after: page.after,
    }
}

/// Reads a list from its first page on and from its last page back: the same rows, each once.
fn to_and_fro(read: impl Fn(&Cursor) -> Page<Id>, count: usize) {
    let mut forward = Vec::new();
    let mut at = Cursor::First;
    loop {
        let page = read(&at);
        forward.extend(page.rows);
        match page.after {
            Some(token) => at = Cursor::After(token),
            None => break,
        }
    }
    let mut backward = Vec::new();
    let mut at = Cursor::Last;
    loop {
        let page = read(&at);
        backward.extend(page.rows.into_iter().rev());
        match page.before {
            Some(token) => at = Cursor::Before(token),
            None => break,
        }
    }
    backward.reverse();
    assert_eq!(forward, backward);
    assert_eq!(forward.len(), count);
    assert_eq!(forward.iter().collect::<BTreeSet<_>>().len(), count);
}
