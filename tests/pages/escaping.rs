//! Whatever comes from outside stays text: every page, in both languages, with hostile words in
//! every field of everything.

use rocket::http::Method;

use crate::web_support::{Browser, Estate, NOW, Page, percent};

const EVIL: &str = "<script>alert(1)</script>\"'<img src=x onerror=alert(2)>{{7*7}}${7*7}<!--";
/// The same as far as an address allows it.
const EVIL_EMAIL: &str = "{{7*7}}'&`=alert(1)@example.ru";

/// Puts the words wherever something from outside is kept.
async fn poison(estate: &Estate) {
    estate
        .site
        .write(|c| {
            for (table, column) in [
                ("users", "name"),
                ("recipients", "name"),
                ("recipients", "comment"),
                ("messages", "subject"),
                ("messages", "body"),
                ("mailings", "title"),
                ("mailings", "disabled_reason"),
                ("runs", "subject"),
                ("runs", "body"),
                ("deliveries", "name"),
                ("captured_mails", "mail_from"),
                ("captured_mails", "rcpt_to"),
                ("captured_mails", "subject"),
                ("users", "blocked_reason"),
                ("sessions", "user_agent"),
                ("sessions", "address"),
            ] {
                c.execute(&format!("UPDATE {table} SET {column} = ?1"), [EVIL])
                    .unwrap();
            }
            c.execute("UPDATE recipients SET email = ?1", [EVIL_EMAIL])
                .unwrap();
            c.execute("UPDATE deliveries SET email = ?1", [EVIL_EMAIL])
                .unwrap();
            // The key by which one signs in stays.
            c.execute(
                "UPDATE users SET email = ?1 || email WHERE email = 'anna@example.ru'",
                ["{{7*7}}'&"],
            )
            .unwrap();
            c.execute(
                "UPDATE runs SET pause_reason = 'relay', pause_detail = ?1 WHERE state = 'paused'",
                [EVIL],
            )
            .unwrap();
            c.execute(
                "INSERT INTO attempts (run_id, owner_id, delivery_id, nth, at, duration_ms, outcome,
                                       charged_to, code, enhanced, text, server)
                 SELECT d.run_id, r.owner_id, d.id, 1, 1, 1, 'refused', 'recipient', 550, ?1, ?1, ?1
                 FROM deliveries d JOIN runs r ON r.id = d.run_id",
                [EVIL],
            )
            .unwrap();
            for sql in [
                "INSERT INTO totals_of_time
                 SELECT owner_id, ?2, id, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0 FROM runs WHERE ?1 <> ''",
                "INSERT INTO totals_of_domains SELECT DISTINCT owner_id, ?2, ?1, 0, 0, 1, 0 FROM runs",
                "INSERT INTO totals_of_run_domains SELECT id, ?1, 0, 0, 1, 0 FROM runs WHERE ?2",
                "INSERT INTO totals_of_replies
                 SELECT DISTINCT owner_id, ?2, 'refused', 'recipient', 550, ?1, '', 1 FROM runs",
                "INSERT INTO totals_of_run_replies
                 SELECT id, 'refused', 'recipient', 550, ?1, '', 1 FROM runs WHERE ?2",
            ] {
                c.execute(sql, rusqlite::params![EVIL, NOW / 900_000]).unwrap();
            }
            c.execute(
                "INSERT INTO relay_status (name, down_since, next_try_at, text)
                 VALUES ('relay', 1, 2, ?1)",
                [EVIL],
            )
            .unwrap();
            // The log is never changed; it can only be added to.
            c.execute(
                "INSERT INTO audit (at, door, verb, subject_kind, subject, detail, who, address)
                 VALUES (1, 'web', ?1, '', ?1, ?1, ?1, ?1)",
                [EVIL],
            )
            .unwrap();
            let source = format!("Subject: {EVIL}\nX-{EVIL}: {EVIL}\n\n{EVIL}\n");
            c.execute("UPDATE captured_mails SET source = ?1", [source.as_bytes()])
                .unwrap();
        })
        .await;
}

/// Fails where a word has become a tag, an attribute, or a calculation.
fn is_only_text(page: &Page) {
    let tags = page.tags();
    let what = |index: usize| format!("{}: {:?}", page.url, tags[index]);
    for (index, tag) in tags.iter().enumerate() {
        let is_ours = tag.name != "script"
            || tag
                .get("src")
                .is_some_and(|src| src.starts_with("/static/"));
        assert!(is_ours, "{}", what(index));
        assert!(tag.name != "img", "{}", what(index));
        for (name, value) in &tag.attributes {
            assert!(
                !name.starts_with("on") && name != "style",
                "{}",
                what(index)
            );
            let is_plain = name
                .chars()
                .all(|c| c.is_ascii_lowercase() || matches!(c, '-' | ':'));
            assert!(is_plain, "{}", what(index));
            let leads = ["href", "src", "action", "formaction"].contains(&name.as_str());
            assert!(!leads || value.starts_with(['/', '#']), "{}", what(index));
        }
    }
    let text = page.text();
    assert!(
        text.matches("alert(1)").count() <= text.matches("{{7*7}}").count(),
        "{text}"
    );
}

async fn look_at_everything(estate: &Estate, browser: &Browser) -> Vec<String> {
    let mut shown = Vec::new();
    for route in estate.routes(Method::Get) {
        // The mail's own page has a policy of its own instead (see captured_mail); a file is no page.
        if ["/events", "/html", "/source", ".csv"]
            .iter()
            .any(|end| route.ends_with(end))
        {
            continue;
        }
        let evil = percent(EVIL);
        let path = estate.path(&route).await;
        for path in [
            path.clone(),
            format!(
                "{path}?q={evil}&status={evil}&sort={evil}&after={evil}&outcome={evil}&tab=source&next=/{evil}"
            ),
            format!("{path}?before={evil}"),
        ] {
            let page = browser.get(&path).await;
            assert!(page.status.as_u16() < 500, "{path}: {}", page.text());
            is_only_text(&page);
            if page.text().contains("<script>alert(1)</script>") {
                shown.push(route.clone());
            }
        }
    }
    shown.sort();
    shown.dedup();
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_are_shown_as_words_on_every_page() {
    let estate = Estate::build().await;
    let site = &estate.site;
    let annas = [
        site.signed_in(&estate.anna).await,
        site.signed_in_english(&estate.anna).await,
    ];
    let bosses = [
        site.signed_in(&estate.boss).await,
        site.signed_in_english(&estate.boss).await,
    ];
    poison(&estate).await;
    let owners = [
        "/",
        "/account/sessions",
        "/attempts",
        "/mailings",
        "/mailings/<id>",
        "/mailings/<id>/delete",
        "/mailings/<id>/edit",
        "/mailings/<id>/recipients",
        "/mailings/<id>/send",
        "/mailings/<id>/statistics",
        "/mailings/new",
        "/messages",
        "/messages/<id>",
        "/messages/<id>/delete",
        "/messages/<id>/edit",
        "/recipients",
        "/recipients/<id>",
        "/recipients/<id>/edit",
        "/runs/<id>",
        "/runs/<id>/cancel",
        "/runs/<id>/doubts",
        "/statistics",
        "/u/<token>",
    ];
    let managers = [
        "/",
        "/account/sessions",
        "/attempts",
        "/audit",
        "/mailbox",
        "/mailbox/<id>",
        "/mailings",
        "/mailings/<id>",
        "/mailings/<id>/disable",
        "/mailings/<id>/recipients",
        "/mailings/<id>/statistics",
        "/mailings/new",
        "/messages",
        "/messages/<id>",
        "/recipients",
        "/recipients/<id>",
        "/runs/<id>",
        "/runs/<id>/doubts",
        "/statistics",
        "/u/<token>",
        "/users",
        "/users/<id>",
    ];
    for browser in annas {
        assert_eq!(look_at_everything(&estate, &browser).await, owners);
    }
    for browser in bosses {
        assert_eq!(look_at_everything(&estate, &browser).await, managers);
    }
    for browser in [site.browser(), site.english_browser()] {
        look_at_everything(&estate, &browser).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_come_back_as_words_in_forms_that_were_refused() {
    let estate = Estate::build().await;
    let anna = estate.site.signed_in(&estate.anna).await;
    let mut form = anna.get("/recipients/new").await.form("/recipients");
    form = form
        .with("email", EVIL)
        .with("name", EVIL)
        .with("comment", EVIL);
    let page = anna.send(form).await.is(422);
    is_only_text(&page);
    let form = page.form("/recipients");
    for field in ["email", "name", "comment"] {
        assert_eq!(form.value(field), Some(EVIL));
    }
    let form = anna.get("/messages/new").await.form("/messages");
    let page = anna
        .send(form.with("subject", EVIL).with("body", EVIL))
        .await
        .is(422);
    is_only_text(&page);
    assert!(
        page.complaint("body")
            .unwrap()
            .contains("подстановки «7*7» нет")
    );
    let form = anna.get("/mailings/new").await.form("/mailings");
    let form = form
        .with("title", EVIL)
        .with("message_id", EVIL)
        .with("starts_at", EVIL);
    let form = form
        .with("selection", EVIL)
        .with("key", EVIL)
        .with("shown", EVIL)
        .with("q", EVIL);
    let page = anna.send(form.press("act", "save")).await.is(422);
    is_only_text(&page);
    assert_eq!(page.form("/mailings").value("title"), Some(EVIL));
    assert_eq!(page.form("/mailings").value("starts_at"), Some(EVIL));

    let visitor = estate.site.browser();
    let fields = [("email", EVIL), ("password", EVIL), ("next", EVIL)];
    let page = visitor
        .submit("/sign-in", "/sign-in", &fields)
        .await
        .is(422);
    is_only_text(&page);
    assert_eq!(page.form("/sign-in").value("email"), Some(EVIL));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_part_that_a_stream_sends_is_escaped_as_well() {
    let estate = Estate::build().await;
    poison(&estate).await;
    let anna = estate.site.signed_in(&estate.anna).await;
    let path = estate.path("/runs/<id>/attempts").await;
    let request = anna
        .request(reqwest::Method::GET, &path)
        .header("HX-Request", "true");
    let html = request.send().await.unwrap().text().await.unwrap();
    assert!(
        html.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;"),
        "{html}"
    );
    assert!(
        !html.contains("<script") && !html.contains("<img"),
        "{html}"
    );
}
