//! How the pages look, wide and narrow, light and dark, in both languages: pictures for people,
//! and what can be measured about them.

use mailapp::domain::accounts::user::{Language, Role};
use mailapp::domain::delivery::Outcome;
use mailapp::domain::delivery::local;
use mailapp::domain::delivery::reply::Reply;

use crate::web_support::{HOUR, NOW, Site, Try, deliveries_of, make};
use crate::window::Window;

/// Somebody whose pages are all filled.
async fn filled(site: &Site, language: Language) -> crate::web_support::Person {
    let anna = site
        .person(
            "anna.konstantinopolskaya@example.ru",
            Role::Manager,
            Some(language),
            "",
        )
        .await;
    site.recipients(&anna, 130, |number| {
        format!("Константинопольская Мария-Антуанетта {number}")
    })
    .await;
    let mailing = site
        .mailing(&anna, "Осенняя распродажа для постоянных клиентов")
        .await;
    let run = site.send(&anna, mailing).await;
    site.mailing(&anna, "Новая").await;
    let boris = site.user("boris@example.ru").await;
    site.recipient(&boris, "maria@closed.example", "Мария")
        .await;
    site.mailing(&boris, "Чужая рассылка").await;
    let refused = site.mailing(&anna, "Та, которую не принимают").await;
    let paused = site.send(&anna, refused).await;
    site.write(move |c| {
        c.execute_batch(&format!(
            "UPDATE recipients SET comment = 'Постоянный клиент, звонить после шести' WHERE id % 3 = 0;
             UPDATE runs SET state = 'paused', pause_reason = 'refusals', pause_told = 1,
                    pause_detail = '554 5.7.1 Message rejected due to content restrictions'
             WHERE id = {paused};
             INSERT INTO captured_mails (at, mail_from, rcpt_to, subject, source)
             VALUES ({NOW}, 'news@example.ru', 'maria@example.ru', 'Осенние скидки',
                     CAST('Subject: Hello' || char(13, 10) || 'Content-Type: text/html' ||
                          char(13, 10, 13, 10) || '<h1 style=\"color: green\">Hello</h1>' AS BLOB));"
        ))
        .unwrap();
        for (index, delivery) in (0..).zip(deliveries_of(c, run).into_iter().take(60)) {
            make(c, delivery, &tried(index));
        }
        c.execute_batch(&format!(
            "UPDATE deliveries SET doubt_left_at = {NOW}
             WHERE run_id = {run} AND state = 'in_doubt' AND id % 2 = 0;
             UPDATE runs SET doubts_left = (SELECT count(*) FROM deliveries
                 WHERE run_id = {run} AND doubt_left_at IS NOT NULL) WHERE id = {run};"
        ))
        .unwrap();
    })
    .await;
    anna
}

/// A past of some days, with all that a server may say.
fn tried(index: i64) -> Try {
    let (outcome, reply) = match index % 5 {
        0 => (
            Outcome::Refused,
            Reply::new(
                550,
                "5.1.1",
                "The email account that you tried to reach does not exist",
            ),
        ),
        1 => (
            Outcome::Deferred,
            Reply::new(451, "4.7.1", "Greylisted, come back later"),
        ),
        2 if index % 3 == 0 => (Outcome::InDoubt, local::reply(local::LOST, "after the dot")),
        _ => (
            Outcome::Accepted,
            Reply::new(250, "2.0.0", "Ok: queued as 4F2A"),
        ),
    };
    Try {
        duration_ms: index * 137,
        reply,
        again: outcome == Outcome::Deferred,
        ..Try::new(NOW - index * index % 97 * HOUR / 4, outcome)
    }
}

const PAGES: [(&str, &str); 44] = [
    ("cache", "/cache"),
    ("installation", "/installation"),
    ("overview", "/"),
    ("overview-all", "/?of=all"),
    ("overview-new", "/?of=2"),
    ("statistics", "/statistics?of=all&period=1"),
    (
        "statistics-wrong",
        "/statistics?from=2026-12-01&until=2026-11-01",
    ),
    ("statistics-mailing", "/mailings/1/statistics"),
    ("attempts", "/attempts"),
    ("attempts-address", "/attempts?address=n1@example.ru"),
    ("attempts-wrong", "/attempts?code=x&domain=%25"),
    ("mailings", "/mailings"),
    ("mailing", "/mailings/1"),
    ("mailing-new", "/mailings/2"),
    ("mailing-form", "/mailings/2/edit"),
    ("mailing-recipients", "/mailings/1/recipients"),
    ("run", "/runs/1"),
    ("doubts", "/runs/1/doubts"),
    ("mailing-paused", "/mailings/4"),
    ("recipients", "/recipients"),
    ("recipient", "/recipients/3"),
    ("recipient-form", "/recipients/3/edit"),
    ("recipient-import", "/recipients/import"),
    ("message", "/messages/1"),
    ("message-form", "/messages/1/edit"),
    ("confirm", "/mailings/2/delete"),
    ("mailbox", "/mailbox"),
    ("mail", "/mailbox/1?tab=html"),
    ("account", "/account"),
    ("account-password", "/account/password"),
    ("account-email", "/account/email"),
    ("account-sessions", "/account/sessions"),
    ("account-two-factor", "/account/two-factor"),
    ("account-delete", "/account/delete"),
    ("users", "/users"),
    ("user", "/users/2"),
    ("user-block", "/users/2/block"),
    ("user-two-factor-remove", "/users/2/two-factor/remove"),
    ("audit-of-user", "/audit?user=2"),
    ("audit", "/audit"),
    ("recipients-all", "/recipients?of=all"),
    ("mailings-all", "/mailings?of=all"),
    ("mailing-viewed", "/mailings/3"),
    ("mailing-disable", "/mailings/3/disable"),
];

/// Those that are seen without signing in.
const PLAIN: [(&str, &str); 6] = [
    ("sign-in", "/sign-in"),
    ("register", "/register"),
    ("again", "/register/again"),
    ("recover", "/recover"),
    ("link-dead", "/confirm/x"),
    ("new-password-dead", "/recover/x"),
];

/// What stands out of the window to the right, if anything does.
const OUTSIDE: &str = "[...document.querySelectorAll('body *')]
    .filter(e => e.checkVisibility() && !e.closest('.sr, .skip, svg'))
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .map(e => e.outerHTML.slice(0, 120))";

/// Headings that do not stand over their columns, where tables are tables.
const ASKEW: &str = "[...document.querySelectorAll('table')]
    .filter(t => t.checkVisibility() && t.tHead && t.tBodies[0]?.rows[0])
    .filter(t => getComputedStyle(t.tBodies[0].rows[0]).display === 'table-row')
    .filter(t => t.tHead.rows[0].cells.length === t.tBodies[0].rows[0].cells.length)
    .flatMap(t => [...t.tHead.rows[0].cells].filter((head, i) => {
        const cell = t.tBodies[0].rows[0].cells[i];
        return Math.abs(head.getBoundingClientRect().left - cell.getBoundingClientRect().left) > 1;
    }))
    .map(e => e.outerHTML.slice(0, 120))";

/// Controls that stand out of their field: over a neighbour, or over its edge.
const TOO_WIDE: &str = "[...document.querySelectorAll('.field')]
    .filter(f => f.checkVisibility())
    .flatMap(f => [...f.querySelectorAll('input, select, textarea')].filter(c =>
        c.checkVisibility() && c.closest('.field') === f &&
        c.getBoundingClientRect().right > f.getBoundingClientRect().right + 1))
    .map(e => e.outerHTML.slice(0, 120))";

/// Headings below what they head.
const BELOW: &str = "[...document.querySelectorAll('main :is(h1, h2, h3, legend)')]
    .filter(h => h.checkVisibility() && h.nextElementSibling?.checkVisibility() && !h.closest('.sr'))
    .filter(h => h.nextElementSibling.getBoundingClientRect().bottom <=
                 h.getBoundingClientRect().top + 1)
    .map(e => e.outerHTML.slice(0, 120))";

/// Names where the standard forbids them: what has no role has no name (ARIA 1.2, 5.2.8.6).
const MISNAMED: &str = "[...document.querySelectorAll('[aria-label], [aria-labelledby]')]
    .filter(e => !e.hasAttribute('role'))
    .filter(e => /^(SPAN|DIV|P|B|I|EM|STRONG|CODE|CAPTION|DEL|INS|SUB|SUP|LEGEND|TIME)$/.test(e.tagName))
    .map(e => e.outerHTML.slice(0, 120))";

/// Landmarks that cannot be told apart: the same role and the same name (axe: landmark-unique).
const ALIKE: &str = "(() => {
    const roles = {NAV: 'navigation', MAIN: 'main', ASIDE: 'complementary', SECTION: 'region',
                   FORM: 'form', SEARCH: 'search'};
    const landmarks = ['navigation', 'main', 'complementary', 'region', 'form', 'search', 'banner',
                       'contentinfo'];
    const name = e => (e.getAttribute('aria-label') ||
        (e.getAttribute('aria-labelledby') || '').split(' ')
            .map(id => document.getElementById(id)?.textContent || '').join(' ')).trim();
    const seen = new Set(), alike = [];
    for (const e of document.querySelectorAll('nav, main, aside, section, form, search, [role]')) {
        const role = e.getAttribute('role') || roles[e.tagName];
        if (!e.checkVisibility() || !landmarks.includes(role)) continue;
        if (['region', 'form'].includes(role) && !name(e)) continue;
        const key = role + ': ' + name(e);
        if (seen.has(key)) alike.push(key);
        seen.add(key);
    }
    return alike;
})()";

/// Addresses of usual length that are broken in the middle of a word, in tables that are about people.
const BROKEN: &str = "(() => {
    const found = [];
    for (const cell of document.querySelectorAll('.people td')) {
        if (!cell.checkVisibility() || getComputedStyle(cell).display !== 'table-cell') continue;
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        for (let text = texts.nextNode(); text; text = texts.nextNode()) {
            for (const word of text.data.matchAll(/[^\\s<>]+@[^\\s<>]+/g)) {
                if (word[0].length > 30) continue;
                const range = document.createRange();
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                const lines = new Set([...range.getClientRects()].map(r => Math.round(r.top)));
                if (lines.size > 1) found.push(word[0]);
            }
        }
    }
    return found;
})()";

async fn fits(window: &Window, name: &str, width: i64) {
    for (what, script) in [
        ("outside", OUTSIDE),
        ("askew", ASKEW),
        ("wider than its field", TOO_WIDE),
        ("a heading below its text", BELOW),
        ("a name where none may be", MISNAMED),
        ("landmarks alike", ALIKE),
        ("an address broken", BROKEN),
    ] {
        let found: Vec<String> = window.ask(script).await.unwrap();
        assert_eq!(found, Vec::<String>::new(), "{name} at {width}: {what}");
    }
}

pub async fn look_at(window: &Window, name: &str, language: &str) {
    // The narrowest where a table is still a table, the narrowest with a sidebar, and what is common.
    for width in [1220, 970, 1024, 1920] {
        window.look(width, false).await;
        fits(window, name, width).await;
    }
    // Dark ones in one language are enough to look at.
    let all = [(1280, false), (390, false), (390, true), (1280, true)];
    let count = if language == "ru" { 4 } else { 2 };
    for (width, dark) in all.into_iter().take(count) {
        window.look(width, dark).await;
        fits(window, name, width).await;
        let shade = if dark { "-dark" } else { "" };
        window
            .picture(&format!("{language}-{name}-{width}{shade}"))
            .await;
    }
}

async fn every_page(language: Language) {
    let site = Site::start().await;
    let anna = filled(&site, language).await;
    let window = Window::open(&site.url).await;
    let code = language.code();
    if language == Language::En {
        // The browser's own is Russian.
        window.go("/sign-in").await;
        window.click(".plain-foot button").await;
        window.sees("Forgot your password?").await;
    }
    for (name, path) in PLAIN {
        window.go(path).await;
        look_at(&window, name, code).await;
    }
    window.sign_in(&anna).await;
    for (name, path) in PAGES {
        window.go(path).await;
        look_at(&window, name, code).await;
    }
    window.close_without_complaints().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_its_window_in_russian() {
    every_page(Language::Ru).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_its_window_in_english() {
    every_page(Language::En).await;
}
