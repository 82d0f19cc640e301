//! The log of all attempts, and what a recipient's own page says of what was sent to them.

use mailapp::domain::Id;
use mailapp::domain::delivery::Outcome;
use mailapp::domain::delivery::local;
use mailapp::domain::delivery::reply::Reply;

use crate::web_support::{
    Browser, DAY, HOUR, NOW, Page, Person, Site, Try, attempts, deliveries_of, make,
};

pub async fn anna_at(site: &Site) -> (Person, Id, Id) {
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    site.recipient(&anna, "ivan@почта.рф", "Иван").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let run = site.send(&anna, mailing).await;
    (anna, mailing, run)
}

/// The rows on a page, by the numbers of their attempts.
pub fn rows(page: &Page) -> Vec<i64> {
    let tags = page.tags().into_iter();
    tags.filter_map(|tag| tag.get("id")?.strip_prefix("attempt-")?.parse().ok())
        .collect()
}

/// All pages of a list, going forward.
async fn walk(browser: &Browser, first: &str) -> (Vec<i64>, Vec<String>) {
    let (mut found, mut pages) = (Vec::new(), vec![first.to_owned()]);
    loop {
        let page = browser.get(pages.last().unwrap()).await.is(200);
        found.extend(rows(&page));
        let next = page
            .tags()
            .into_iter()
            .find(|tag| tag.get("rel") == Some("next"));
        match next {
            Some(tag) => pages.push(tag.get("href").unwrap().to_owned()),
            None => return (found, pages),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_paged_in_the_order_of_time_and_back() {
    let site = Site::start().await;
    let (anna, _, run) = anna_at(&site).await;
    // Out of order, and several in one millisecond.
    let moments: Vec<_> = (0..130)
        .map(|n| (NOW - (n * 37 % 50) * HOUR, "deferred"))
        .collect();
    attempts(&site, run, &moments).await;
    let browser = site.signed_in(&anna).await;
    let (found, pages) = walk(&browser, "/attempts").await;
    let wanted: Vec<i64> = site
        .app
        .store
        .read(|c| {
            let mut statement = c.prepare("SELECT id FROM attempts ORDER BY at DESC, id DESC")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok::<_, mailapp::store::StoreError>(rows.collect::<rusqlite::Result<_>>()?)
        })
        .await
        .unwrap();
    assert_eq!(found, wanted);
    assert_eq!(pages.len(), 3);
    // And back the same way.
    let mut path = pages[2].clone();
    let mut back = Vec::new();
    loop {
        let page = browser.get(&path).await.is(200);
        back.splice(0..0, rows(&page));
        let prev = page
            .tags()
            .into_iter()
            .find(|tag| tag.get("rel") == Some("prev"));
        match prev {
            Some(tag) => path = tag.get("href").unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(back, wanted);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_filtered_by_everything_that_an_attempt_has() {
    let site = Site::start().await;
    let (anna, mailing, run) = anna_at(&site).await;
    let second = site.mailing(&anna, "Зимняя").await;
    let other = site.send(&anna, second).await;
    site.write(move |c| {
        let (maria, ivan) = (deliveries_of(c, run)[0], deliveries_of(c, run)[1]);
        let late = deliveries_of(c, other)[0];
        make(c, maria, &Try::new(NOW - 3 * DAY, Outcome::Accepted));
        make(c, maria, &Try::new(NOW - 2 * DAY, Outcome::Refused));
        make(c, ivan, &Try::new(NOW - DAY, Outcome::Deferred));
        let lost = Try {
            reply: local::reply(local::TIMEOUT, "after DATA"),
            relays_fault: true,
            ..Try::new(NOW - HOUR, Outcome::Deferred)
        };
        make(c, ivan, &lost);
        let full = Try {
            reply: Reply::new(552, "5.2.2", "Mailbox full"),
            ..Try::new(NOW, Outcome::Refused)
        };
        make(c, late, &full);
    })
    .await;
    let browser = site.signed_in(&anna).await;
    for (query, wanted) in [
        ("", vec![5, 4, 3, 2, 1]),
        ("outcome=accepted", vec![1]),
        ("outcome=failed", vec![5, 4, 3, 2]),
        ("outcome=deferred", vec![4, 3]),
        ("outcome=in_doubt", vec![]),
        ("code=550", vec![2]),
        ("code=5.2.2", vec![5]),
        ("code=250", vec![1]),
        ("code=599", vec![]),
        ("domain=example.ru", vec![5, 2, 1]),
        ("domain=ПОЧТА.рф", vec![4, 3]),
        ("domain=xn--80a1acny.xn--p1ai", vec![4, 3]),
        ("domain=nowhere.example", vec![]),
        ("address=MARIA@example.ru", vec![5, 2, 1]),
        ("address=nobody@example.ru", vec![]),
        ("from=2026-11-22", vec![5, 4, 3]),
        ("until=2026-11-21", vec![2, 1]),
        (
            "from=2026-11-21&until=2026-11-22&outcome=failed",
            vec![3, 2],
        ),
        ("domain=example.ru&code=550&outcome=refused", vec![2]),
        ("address=maria@example.ru&outcome=refused", vec![5, 2]),
    ] {
        let page = browser.get(&format!("/attempts?{query}")).await.is(200);
        assert_eq!(rows(&page), wanted, "{query}: {}", page.text());
    }
    for (query, wanted) in [
        (format!("mailing={mailing}"), vec![4, 3, 2, 1]),
        (format!("run={other}"), vec![5]),
        (format!("mailing={mailing}&run={other}"), vec![]),
        ("mailing=987654321".to_owned(), vec![]),
    ] {
        let page = browser.get(&format!("/attempts?{query}")).await.is(200);
        assert_eq!(rows(&page), wanted, "{query}");
        let file = browser.get(&format!("/attempts.csv?{query}")).await.is(200);
        assert_eq!(file.html.lines().count(), wanted.len() + 1, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_typed_or_forged_there_is_an_answer_in_words() {
    let site = Site::start().await;
    let (anna, _, run) = anna_at(&site).await;
    attempts(&site, run, &[(NOW, "refused"), (NOW + 1, "accepted")]).await;
    let browser = site.signed_in(&anna).await;
    for (query, field) in [
        ("code=55", "code"),
        ("code=%27%20OR%201%3D1", "code"),
        ("mailing=-1", "mailing"),
        ("mailing=99999999999999999999999", "mailing"),
        ("run=%25", "run"),
        ("outcome=delivered", "outcome"),
        ("domain=a%5Cb", "domain"),
        ("domain=%22%25%22", "domain"),
        ("address=%27%22%5C%25", "address"),
    ] {
        let page = browser.get(&format!("/attempts?{query}")).await.is(200);
        assert!(page.complaint(field).is_some(), "{query}: {}", page.text());
        assert_eq!(rows(&page), Vec::<i64>::new(), "{query}");
        let _file = browser.get(&format!("/attempts.csv?{query}")).await.is(422);
    }
    let page = browser.get("/attempts?code=%25%27&domain=%5C").await;
    assert_eq!(page.form("/attempts").value("code"), Some("%'"));
    for query in [
        "from=2026-11-20&until=2026-11-01",
        "from=0000-00-00",
        "until=9999-01-01",
    ] {
        let page = browser.get(&format!("/attempts?{query}")).await.is(200);
        assert!(page.html.contains("role=\"alert\""), "{query}");
    }
    // Keys that are none, or another list's: the beginning, and it is said.
    for key in [
        "after=42",
        "before=x",
        "after=1-2-3",
        "before=%27--",
        "after=-1--1",
        "after=99999999999999999999-1",
    ] {
        let page = browser.get(&format!("/attempts?{key}")).await.is(200);
        assert_eq!(rows(&page).len(), 2, "{key}");
        let _page = page.says("показано начало");
    }
    let far = format!("after={}-{}", i64::MAX, i64::MAX);
    let page = browser.get(&format!("/attempts?{far}")).await.is(200);
    assert_eq!(rows(&page).len(), 2);
    let page = browser.get("/attempts?after=0-0").await.is(200);
    assert_eq!(rows(&page), Vec::<i64>::new());
    let back = page
        .tags()
        .into_iter()
        .find(|tag| tag.get("rel") == Some("prev"));
    let page = browser
        .get(back.unwrap().get("href").unwrap())
        .await
        .is(200);
    assert_eq!(rows(&page).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_anybody_elses_attempts_and_managers_see_all() {
    let site = Site::start().await;
    let (anna, mailing, run) = anna_at(&site).await;
    attempts(&site, run, &[(NOW, "refused")]).await;
    let boris = site.user("boris@example.ru").await;
    let boss = site.manager("boss@example.ru").await;
    let (other, manager) = (site.signed_in(&boris).await, site.signed_in(&boss).await);
    for query in [
        String::new(),
        "of=all".to_owned(),
        format!("of={}", anna.id),
        format!("mailing={mailing}"),
        format!("run={run}"),
        "address=maria@example.ru".to_owned(),
        "domain=example.ru".to_owned(),
        "code=550".to_owned(),
    ] {
        let page = other.get(&format!("/attempts?{query}")).await.is(200);
        assert_eq!(rows(&page), Vec::<i64>::new(), "{query}");
        assert!(!page.text().contains("нет такого ящика"), "{query}");
        let file = other.get(&format!("/attempts.csv?{query}")).await.is(200);
        assert_eq!(file.html.lines().count(), 1, "{query}");
    }
    assert_eq!(rows(&manager.get("/attempts").await), Vec::<i64>::new());
    for query in ["of=all".to_owned(), format!("of={}", anna.id)] {
        for more in [
            "",
            "&outcome=failed",
            "&address=maria@example.ru",
            "&domain=example.ru",
        ] {
            let page = manager
                .get(&format!("/attempts?{query}{more}"))
                .await
                .is(200);
            assert_eq!(rows(&page), [1], "{query}{more}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipients_page_answers_in_one_line_why_they_did_not_get_it() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let maria = site.recipient(&anna, "maria@example.ru", "Мария").await;
    let browser = site.signed_in(&anna).await;
    let path = format!("/recipients/{maria}");
    let _page = browser
        .get(&path)
        .await
        .is(200)
        .says("ещё ничего не отправлялось");
    let mut wanted = Vec::new();
    for (title, outcome, last, words) in [
        (
            "Принятая",
            Outcome::Accepted,
            true,
            "принято почтовым сервером",
        ),
        (
            "Отвергнутая",
            Outcome::Refused,
            true,
            "550 5.1.1 No such user — нет такого ящика",
        ),
        ("Отложенная", Outcome::Deferred, false, "Пока не дошло"),
        ("Неясная", Outcome::InDoubt, true, "связь оборвалась"),
    ] {
        let mailing = site.mailing(&anna, title).await;
        let run = site.send(&anna, mailing).await;
        site.write(move |c| {
            let tried = Try {
                again: !last,
                ..Try::new(NOW, outcome)
            };
            make(c, deliveries_of(c, run)[0], &tried);
        })
        .await;
        wanted.insert(0, (title, words));
    }
    let mailing = site.mailing(&anna, "Ждущая").await;
    site.send(&anna, mailing).await;
    wanted.insert(0, ("Ждущая", "Ждёт своей очереди"));
    site.execute(
        "INSERT INTO suppressions (owner_id, email_key, reason, created_at)
         VALUES (1, 'maria@example.ru', 'unsubscribed', 1)",
    )
    .await;
    let mailing = site.mailing(&anna, "Последняя").await;
    site.send(&anna, mailing).await;
    wanted.insert(0, ("Последняя", "получатель отписался"));
    let page = browser.get(&path).await.is(200);
    let history = page.table("history-title");
    assert_eq!(history.len(), wanted.len());
    for (row, (title, words)) in history.iter().zip(&wanted) {
        assert_eq!(row[0], *title);
        assert!(row[3].contains(words), "{row:?}");
    }
    // The same answer where one looks for an address in the log.
    let page = browser
        .get("/attempts?address=maria@example.ru")
        .await
        .is(200);
    let _page = page.says("Не отправлялось: получатель отписался.");
    // What was sent stays known when the recipient has another address, or none any more.
    site.execute("UPDATE recipients SET email = 'm@example.ru', email_key = 'm@example.ru'")
        .await;
    let page = browser.get(&path).await.is(200);
    assert_eq!(page.table("history-title").len(), wanted.len());
    assert_eq!(
        rows(&browser.get("/attempts?address=maria@example.ru").await).len(),
        4
    );
    assert_eq!(
        rows(&browser.get("/attempts?address=m@example.ru").await).len(),
        4
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_log_without_a_match_is_looked_through_piece_by_piece() {
    let site = Site::start().await;
    let (anna, _, run) = anna_at(&site).await;
    // One old attempt to an address that is no recipient's any more, and very many newer ones.
    attempts(&site, run, &[(NOW - 40 * DAY, "accepted")]).await;
    site.write(move |c| {
        c.execute_batch(&format!(
            "INSERT INTO deliveries (run_id, recipient_id, email, name, state, due_at)
             VALUES ({run}, 987, 'gone@example.ru', '', 'accepted', 1);
             INSERT INTO attempts (run_id, owner_id, delivery_id, nth, at, duration_ms, outcome,
                                   charged_to, code, text, server)
             SELECT {run}, (SELECT owner_id FROM runs), max(id), 1, {NOW} - 39 * {DAY}, 1,
                    'accepted', 'recipient', 250, '', '' FROM deliveries;
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 45000)
             INSERT INTO attempts (run_id, owner_id, delivery_id, nth, at, duration_ms, outcome,
                                   charged_to, code, text, server)
             SELECT {run}, (SELECT owner_id FROM runs), (SELECT min(id) FROM deliveries), 1,
                    {NOW} - n * 1000, 1, 'accepted', 'recipient', 250, '', '' FROM n;
             INSERT INTO totals_of_time
             SELECT owner_id, {NOW} / 900000, id, 45001, 0, 0, 0, 1, 1, 45001, 0, 0, 0, 0, 0, 0
             FROM runs;"
        ))
        .unwrap();
    })
    .await;
    let browser = site.signed_in(&anna).await;
    let page = browser
        .get("/attempts?address=gone@example.ru")
        .await
        .is(200);
    assert_eq!(rows(&page), Vec::<i64>::new());
    let _page = page.says("Журнал просмотрен до");
    let (found, pages) = walk(&browser, "/attempts?address=gone@example.ru").await;
    assert_eq!((found, pages.len()), (vec![2], 3));
}
