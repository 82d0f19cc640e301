//! An installation with attempts of many kinds, and how they are counted anew.

use mailapp::domain::Id;
use mailapp::domain::delivery::Outcome;
use mailapp::domain::delivery::local;
use mailapp::domain::delivery::reply::Reply;
use rusqlite::Connection;

use crate::web_support::{Browser, HOUR, NOW, Person, Site, Try, deliveries_of, make};

/// Anna's two mailings and Boris's one, with attempts spread over forty days.
pub struct World {
    pub site: Site,
    pub anna: Person,
    pub boris: Person,
    /// Anna's first mailing, and its first run.
    pub mailing: Id,
    pub run: Id,
}

const DOMAINS: [&str; 4] = ["example.ru", "Mail.Example", "ПОЧТА.РФ", "почта.рф"];

fn said(number: usize) -> (Outcome, Reply, bool) {
    match number % 7 {
        0 => (
            Outcome::Refused,
            Reply::new(550, "5.1.1", "No such user"),
            false,
        ),
        1 => (
            Outcome::Deferred,
            Reply::new(451, "4.7.1", "Greylisted"),
            false,
        ),
        2 => (
            Outcome::Deferred,
            local::reply(local::TIMEOUT, "after DATA"),
            true,
        ),
        3 => (Outcome::InDoubt, local::reply(local::LOST, ""), false),
        4 => (Outcome::Refused, Reply::new(554, "", "=cmd|calc"), false),
        _ => (Outcome::Accepted, Reply::new(250, "2.0.0", "Ok"), false),
    }
}

fn fill(c: &Connection, run: Id, seed: usize) {
    for (index, delivery) in deliveries_of(c, run).into_iter().enumerate() {
        for round in 0..5 {
            let number = seed + index * 5 + round;
            let (outcome, reply, relays_fault) = said(number);
            let tried = Try {
                at: NOW - i64::try_from(number * number % 960).unwrap() * HOUR - 17 * 60_000,
                duration_ms: i64::try_from(number * number * 13 % 45_000).unwrap(),
                relays_fault,
                reply,
                ..Try::new(NOW, outcome)
            };
            make(c, delivery, &tried);
        }
    }
}

pub async fn world() -> World {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let boris = site.user("boris@example.ru").await;
    let mut runs = Vec::new();
    let mut first = 0;
    for (person, title) in [(&anna, "Осенняя"), (&anna, "=Зимняя"), (&boris, "Чужая")]
    {
        if title != "=Зимняя" {
            for (index, domain) in DOMAINS.iter().cycle().take(20).enumerate() {
                site.recipient(person, &format!("r{index}@{domain}"), "")
                    .await;
            }
        }
        let mailing = site.mailing(person, title).await;
        first = if first == 0 { mailing } else { first };
        runs.push(site.send(person, mailing).await);
    }
    let run = runs[0];
    site.write(move |c| {
        for (index, run) in runs.into_iter().enumerate() {
            fill(c, run, index * 100);
        }
    })
    .await;
    World {
        site,
        anna,
        boris,
        mailing: first,
        run,
    }
}

/// Rows of a query as text.
pub async fn counted(site: &Site, sql: &str) -> Vec<Vec<String>> {
    let sql = sql.to_owned();
    let read = site.app.store.read(move |c| {
        let mut statement = c.prepare(&sql)?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            (0..columns)
                .map(|index| {
                    Ok(match row.get_ref(index)? {
                        rusqlite::types::ValueRef::Integer(n) => n.to_string(),
                        rusqlite::types::ValueRef::Text(t) => {
                            String::from_utf8_lossy(t).into_owned()
                        }
                        _ => String::new(),
                    })
                })
                .collect::<rusqlite::Result<Vec<_>>>()
        })?;
        Ok::<_, mailapp::store::StoreError>(rows.collect::<rusqlite::Result<_>>()?)
    });
    read.await.unwrap()
}

/// The rows of a file, without its headings.
pub async fn file(browser: &Browser, path: &str) -> Vec<Vec<String>> {
    let page = browser.get(path).await.is(200);
    assert_eq!(page.header("content-type"), "text/csv; charset=utf-8");
    let mut reader = csv::Reader::from_reader(page.html.as_bytes());
    reader
        .records()
        .map(|record| record.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

pub const OF_ANNA: &str = "FROM attempts a JOIN deliveries d ON d.id = a.delivery_id
    JOIN runs r ON r.id = a.run_id JOIN mailings g ON g.id = r.mailing_id
    JOIN users u ON u.id = g.owner_id WHERE u.email = 'anna@example.ru'";
