//! Statistics on pages and in files. Every figure is compared with one that is counted here, from
//! the attempts themselves.

use std::collections::BTreeMap;

use crate::figures::{OF_ANNA, counted, file, world};
use crate::web_support::{DAY, HOUR, NOW, Page, attempts};

fn numbers(page: &Page) -> Vec<String> {
    let text = page.text();
    ["Отправлено писем", "Успешных попыток", "Неуспешных попыток"]
        .map(|label| {
            let after = text.split(label).nth(1).unwrap();
            after.split_whitespace().next().unwrap().to_owned()
        })
        .to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_a_period_are_those_of_its_attempts() {
    let world = world().await;
    let (site, browser) = (&world.site, world.site.signed_in(&world.anna).await);
    // Midnight in Moscow, 30 days up to and with today; and a period of days; and everything.
    let midnight = NOW - 12 * HOUR - HOUR / 2;
    for (query, from, until) in [
        ("", midnight - 29 * DAY, midnight + DAY),
        ("period=1", midnight, midnight + DAY),
        ("period=7", midnight - 6 * DAY, midnight + DAY),
        (
            "from=2026-11-01&until=2026-11-10",
            midnight - 22 * DAY,
            midnight - 12 * DAY,
        ),
        ("period=all", 0, i64::MAX),
    ] {
        let and = format!("{OF_ANNA} AND a.at >= {from} AND a.at < {until}");
        let sums = counted(
            site,
            &format!(
                "SELECT sum(a.outcome = 'accepted'), sum(a.outcome = 'accepted'),
                        sum(a.outcome <> 'accepted') {and}"
            ),
        )
        .await;
        let page = browser.get(&format!("/statistics?{query}")).await.is(200);
        assert_eq!(numbers(&page), sums[0], "{query}");
        let domains = counted(
            site,
            &format!(
                "SELECT CASE WHEN fold(d.email) LIKE '%рф' THEN 'почта.рф'
                             ELSE fold(substr(d.email, instr(d.email, '@') + 1)) END AS domain,
                        '', sum(a.outcome = 'accepted'), sum(a.outcome <> 'accepted')
                 {and} GROUP BY domain ORDER BY count(*) DESC, domain"
            ),
        )
        .await;
        let mut shown = page.table("domains-title");
        shown.sort();
        let mut domains = domains;
        domains.sort();
        assert_eq!(shown, domains, "{query}");
        let replies: Vec<String> = counted(
            site,
            &format!(
                "SELECT count(*) {and} AND a.outcome <> 'accepted'
                 GROUP BY a.code, a.enhanced, a.outcome, a.charged_to,
                          CASE WHEN a.code IS NULL THEN a.text END
                 ORDER BY count(*) DESC"
            ),
        )
        .await
        .concat();
        let shown: Vec<String> = page
            .table("replies-title")
            .into_iter()
            .map(|row| row[2].clone())
            .collect();
        assert_eq!(shown, replies, "{query}");
        let mailings = counted(
            site,
            &format!("SELECT count(*) {and} GROUP BY g.id ORDER BY count(*) DESC"),
        )
        .await;
        let shown: Vec<Vec<String>> = page
            .table("mailings-title")
            .into_iter()
            .map(|row| {
                let sum = row[2].parse::<i64>().unwrap() + row[3].parse::<i64>().unwrap();
                vec![sum.to_string()]
            })
            .collect();
        assert_eq!(shown, mailings, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_by_hour_day_week_and_month_loses_nothing_and_begins_where_the_reader_is() {
    let world = world().await;
    let (site, browser) = (&world.site, world.site.signed_in(&world.anna).await);
    let all = counted(site, &format!("SELECT a.at, a.outcome {OF_ANNA}")).await;
    for (step, cut) in [("hour", HOUR), ("day", DAY)] {
        // Moscow's hours and days are three hours ahead all year round.
        let mut pieces: BTreeMap<i64, [i64; 2]> = BTreeMap::new();
        let (from, until) = (
            NOW - 12 * HOUR - HOUR / 2 - 14 * DAY,
            NOW - 12 * HOUR - HOUR / 2,
        );
        for attempt in &all {
            let at: i64 = attempt[0].parse().unwrap();
            if (from..until).contains(&at) {
                let start = (at + 3 * HOUR) / cut * cut - 3 * HOUR;
                pieces.entry(start).or_default()[usize::from(attempt[1] != "accepted")] += 1;
            }
        }
        let path = format!("/statistics.csv?kind=time&by={step}&from=2026-11-09&until=2026-11-22");
        let rows = file(&browser, &path).await;
        assert_eq!(i64::try_from(rows.len()).unwrap(), 14 * DAY / cut, "{step}");
        let mut shown = BTreeMap::new();
        for row in rows.iter().filter(|row| row[2] != "0") {
            let start: jiff::Timestamp = row[0].parse().unwrap();
            let counts = [row[3].parse().unwrap(), row[4].parse().unwrap()];
            shown.insert(start.as_millisecond(), counts);
        }
        assert_eq!(shown, pieces, "{step}");
    }
    for step in ["hour", "day", "week", "month"] {
        let rows = file(&browser, &format!("/statistics.csv?period=all&by={step}")).await;
        let sum: usize = rows
            .iter()
            .map(|row| row[2].parse::<usize>().unwrap())
            .sum();
        assert_eq!(sum, all.len(), "{step}");
    }
    let page = browser
        .get("/statistics?from=2026-11-01&until=2026-11-30&by=day")
        .await
        .is(200);
    let bars = page.html.matches("class=\"bar-ground\"").count();
    assert_eq!(bars, 30);
    let _page = page.says("Все числа — в таблице рядом").says("22.11.2026");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailings_statistics_are_its_own_and_those_of_each_run() {
    let world = world().await;
    let site = &world.site;
    let browser = site.signed_in(&world.anna).await;
    let path = format!("/mailings/{}/statistics", world.mailing);
    site.execute("UPDATE runs SET state = 'cancelled', finished_at = started_at + 90000")
        .await;
    let second = site.send(&world.anna, world.mailing).await;
    attempts(
        site,
        second,
        &[
            (NOW, "accepted"),
            (NOW + 1, "accepted"),
            (NOW + 2, "refused"),
        ],
    )
    .await;
    let page = browser.get(&path).await.is(200);
    let of_mailing = format!("{OF_ANNA} AND g.id = {}", world.mailing);
    let sums = counted(
        site,
        &format!(
            "SELECT sum(a.outcome = 'accepted'), sum(a.outcome = 'accepted'),
                    sum(a.outcome <> 'accepted') {of_mailing}"
        ),
    )
    .await;
    assert_eq!(numbers(&page), sums[0]);
    let runs = page.table("runs-title");
    assert_eq!(runs[0][4..6], ["2", "1"]);
    assert_eq!(runs[0][6], "ещё идёт");
    assert!(runs[1][6].starts_with("2 мин"), "{:?}", runs[1]);
    assert_eq!(runs.len(), 2);
    let page = browser.get(&format!("{path}?run={second}")).await.is(200);
    assert_eq!(numbers(&page), ["2", "2", "1"]);
    assert_eq!(page.table("domains-title").len(), 1);
    // A run of somebody else's mailing is none of this one's.
    let foreign = site
        .count(
            "SELECT max(r.id) FROM runs r JOIN mailings g ON g.id = r.mailing_id
                              WHERE g.title = 'Чужая'",
        )
        .await;
    let _page = browser.get(&format!("{path}?run={foreign}")).await.is(404);
    let rows = file(&browser, &format!("{path}.csv?kind=runs")).await;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][0], second.to_string());
    // A mailing of somebody else's does not exist.
    let boris = site.signed_in(&world.boris).await;
    let _page = boris.get(&path).await.is(404);
    let _page = boris.get(&format!("{path}.csv")).await.is(404);
    assert!(world.run < second);
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_see_the_same_of_any_user_and_of_all_together() {
    let world = world().await;
    let site = &world.site;
    let boss = site.manager("boss@example.ru").await;
    let (own, manager) = (
        site.signed_in(&world.boris).await,
        site.signed_in(&boss).await,
    );
    let of_boris = format!("/statistics?period=all&of={}", world.boris.id);
    let seen = manager.get(&of_boris).await.is(200);
    let mine = own.get("/statistics?period=all").await.is(200);
    for heading in [
        "domains-title",
        "replies-title",
        "mailings-title",
        "durations-title",
    ] {
        assert_eq!(seen.table(heading), mine.table(heading), "{heading}");
    }
    let _seen = seen.says("boris@example.ru");
    let all = manager.get("/statistics?period=all&of=all").await.is(200);
    let everything = site
        .count("SELECT count(*) FROM attempts WHERE outcome <> 'accepted'")
        .await;
    assert_eq!(numbers(&all)[2], everything.to_string());
    let all = manager.get("/statistics?period=30&of=all").await.is(200);
    assert_eq!(all.table("mailings-title").len(), 3);
    // Whatever a user asks for, they see their own.
    let tried = own.get("/statistics?period=all&of=all").await.is(200);
    assert_eq!(numbers(&tried), numbers(&mine));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_cannot_be_is_refused_in_words_and_a_long_one_is_shown() {
    let world = world().await;
    let browser = world.site.signed_in(&world.anna).await;
    for (query, words) in [
        (
            "from=2026-11-20&until=2026-11-01",
            "кончается раньше, чем начинается",
        ),
        ("from=0000-01-01", "дату"),
        ("until=9999-12-31", "дату"),
        ("from=2026-02-30", "дату"),
        ("from=%27%3B--&until=%25%5C%22", "дату"),
    ] {
        let page = browser.get(&format!("/statistics?{query}")).await.is(200);
        let alert = page.html.contains("role=\"alert\"");
        let text = page.text();
        assert!(
            alert && text.to_lowercase().contains(words),
            "{query}: {text}"
        );
        assert!(!text.contains("Успешных попыток"), "{query}");
        let refused = browser
            .get(&format!("/statistics.csv?{query}"))
            .await
            .is(422);
        assert_eq!(refused.header("content-disposition"), "");
    }
    // What was typed is still there.
    let page = browser
        .get("/statistics?from=2026-11-20&until=2026-11-01")
        .await;
    let form = page.form("/statistics");
    assert_eq!(form.value("from"), Some("2026-11-20"));
    assert_eq!(form.value("until"), Some("2026-11-01"));
    let page = browser
        .get("/statistics?from=2000-01-01&until=2199-12-31&by=hour")
        .await
        .is(200);
    let _page = page.says("показан более крупный").says("Успешных попыток");
    let _page = browser
        .get("/statistics?period=x&by=century&of=all")
        .await
        .is(200);
    let _page = browser.get("/statistics.csv?kind=passwords").await.is(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_for_excel_on_request_and_run_nothing() {
    let world = world().await;
    let browser = world.site.signed_in(&world.anna).await;
    let plain = browser
        .get("/statistics.csv?kind=mailings&period=all")
        .await
        .is(200);
    assert!(
        plain.html.starts_with("mailing,title,owner,"),
        "{}",
        plain.html
    );
    assert!(plain.html.contains(",'=Зимняя,"), "{}", plain.html);
    assert!(plain.header("content-disposition").contains("attachment"));
    let excel = browser
        .get("/statistics.csv?kind=mailings&period=all&bom=1&sep=%3B")
        .await
        .is(200);
    assert!(
        excel.html.starts_with("\u{feff}mailing;title;"),
        "{}",
        excel.html
    );
    let page = browser.get("/statistics").await.is(200);
    let links = page.links();
    let files: Vec<&String> = links.iter().filter(|href| href.contains(".csv")).collect();
    assert_eq!(files.len(), 10, "{files:?}");
    for path in files {
        let _file = browser.get(path).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn how_long_attempts_took_is_told_by_class() {
    let world = world().await;
    let browser = world.site.signed_in(&world.anna).await;
    let page = browser.get("/statistics?period=all").await.is(200);
    let mut wanted = Vec::new();
    let ends = [0, 100, 300, 1_000, 3_000, 10_000, 30_000, i64::MAX];
    for two in ends.windows(2) {
        let sql = format!(
            "SELECT count(*) {OF_ANNA} AND a.duration_ms >= {} AND a.duration_ms < {}",
            two[0], two[1]
        );
        wanted.push(counted(&world.site, &sql).await.concat().concat());
    }
    let shown: Vec<String> = page
        .table("durations-title")
        .into_iter()
        .map(|row| row[2].clone())
        .collect();
    assert_eq!(shown, wanted);
}
