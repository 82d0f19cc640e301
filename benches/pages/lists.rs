//! Pages of lists, in every order that they offer, and searches.

use std::path::Path;
use std::time::Instant;

use crate::client::{self, Client, Visit};
use crate::{MANAGER, Server, USER, measure, percentiles, reference};

/// Requests of each order of a list.
const TIMES: usize = 200;

/// The pages of one list: its first, the one behind that, its last, the one before that.
fn pages(client: &mut Client, cookie: &str, path: &str) -> Vec<Visit> {
    let joint = if path.contains('?') { '&' } else { '?' };
    let visit = |path: String| Visit::new(path, cookie);
    let first = client.get(&visit(path.to_owned()));
    assert_eq!(first.status, 200, "{path}");
    let mut visits = vec![visit(path.to_owned())];
    visits.extend(first.link("next").map(visit));
    if first.link("last").is_some() {
        let last = visit(format!("{path}{joint}last=yes"));
        visits.extend(client.get(&last).link("prev").map(visit));
        visits.push(last);
    }
    visits
}

/// Every page of a list in each order that it offers: how many orders, and the slowest of them.
fn orders(client: &mut Client, cookie: &str, what: &str, path: &str) {
    let joint = if path.contains('?') { '&' } else { '?' };
    let first = client.get(&Visit::new(path.to_owned(), cookie));
    let columns = first.columns();
    let mut orders = vec![path.to_owned()];
    for column in &columns {
        orders.push(format!("{path}{joint}sort={column}"));
        orders.push(format!("{path}{joint}sort=-{column}"));
    }
    let mut slowest: Option<((f64, f64), String)> = None;
    for order in &orders {
        let visits = pages(client, cookie, order);
        let took = measure(client, &visits, TIMES);
        if slowest.as_ref().is_none_or(|(known, _)| known.1 < took.1) {
            slowest = Some((took, order.clone()));
        }
    }
    if let Some(((p50, p99), order)) = slowest {
        let order = order.split_once("sort=").map_or("as it is", |(_, by)| by);
        println!(
            "  {what:<32} p50 {p50:>7.2} ms   p99 {p99:>7.2} ms   the slowest of {} orders: {order}",
            orders.len()
        );
    }
}

pub fn lists(server: &Server, folder: &Path, recipients: u64) {
    let mut client = Client::connect(server.port);
    let database = rusqlite::Connection::open(folder.join("mailapp.db")).unwrap();
    let one = |sql: &str| {
        database
            .query_row(sql, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let run = one("SELECT id FROM runs ORDER BY total DESC, id LIMIT 1");
    let mailing = one("SELECT id FROM mailings ORDER BY recipients_count DESC LIMIT 1");
    let members = format!("/mailings/{mailing}/recipients");
    let attempts = format!("/runs/{run}");
    let refused = format!("{attempts}?outcome=refused");
    let hers = client.sign_in(USER);
    for (what, path) in [
        ("recipients", "/recipients"),
        ("messages", "/messages"),
        ("mailings", "/mailings"),
        ("a mailing's recipients", members.as_str()),
        ("a run's attempts", attempts.as_str()),
        ("its refused ones", refused.as_str()),
        ("the log of attempts", "/attempts?period=all"),
    ] {
        orders(&mut client, &hers, what, path);
    }
    let managers = client.sign_in(MANAGER);
    for (what, path) in [
        ("everybody's recipients", "/recipients?of=all"),
        ("everybody's mailings", "/mailings?of=all"),
        ("everybody's attempts", "/attempts?of=all&period=all"),
        ("users", "/users"),
        ("the audit log", "/audit"),
    ] {
        orders(&mut client, &managers, what, path);
    }
    // In the middle of them, by a key as the links of pages have it.
    let middle = format!("/recipients?after=recipients.-added~{}", recipients / 2);
    let (p50, p99) = measure(&mut client, &[Visit::new(middle, &hers)], TIMES);
    let what = "recipients, in the middle";
    println!("  {what:<32} p50 {p50:>7.2} ms   p99 {p99:>7.2} ms");
    let (p50, p99) = percentiles(reference::statement(folder, 2_000));
    let what = "a bare prepared statement";
    println!("  {what:<32} p50 {p50:>7.3} ms   p99 {p99:>7.3} ms");
}

pub fn searches(server: &Server) {
    let mut client = Client::connect(server.port);
    let cookie = client.sign_in(USER);
    for words in [
        "иванова",
        "ИВАН",
        "соколова мария",
        "example.ru",
        "9999@",
        "перезвонить",
        "100%",
        "нет такого",
        "ив",
        "я",
    ] {
        let path = format!("/recipients?q={}", client::percent(words));
        // Before anything of it is kept.
        let started = Instant::now();
        assert_eq!(client.get(&Visit::new(path.clone(), &cookie)).status, 200);
        let first = started.elapsed().as_secs_f64() * 1_000.0;
        let visits = pages(&mut client, &cookie, &path);
        let (p50, p99) = measure(&mut client, &visits, TIMES / 2);
        println!(
            "  search {words:<25} p50 {p50:>7.2} ms   p99 {p99:>7.2} ms   at first {first:.2} ms"
        );
    }
}
