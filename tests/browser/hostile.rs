//! What a user has put into every field, seen by a manager in a real browser: nothing of it runs,
//! nothing is asked for, nothing pops up.

use mailapp::actions;
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::content::message::MessageDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;

use crate::web_support::{DAY, NOW, Person, Site};
use crate::window::Window;

/// Ways in which words have become programs.
const PAYLOADS: [&str; 30] = [
    "<script>pwned=1</script>",
    "<script src=/healthz></script>",
    "<ScRiPt>pwned=1</sCrIpT>",
    "<img src=x onerror=pwned=1>",
    "<img src=/healthz?pwned>",
    "<svg onload=pwned=1>",
    "<svg><script>pwned=1</script></svg>",
    "<body onload=pwned=1>",
    "<iframe src=javascript:parent.pwned=1></iframe>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<a href=javascript:pwned=1>x</a>",
    "<details open ontoggle=pwned=1>x</details>",
    "<input autofocus onfocus=pwned=1>",
    "<select autofocus onfocus=pwned=1>",
    "<video><source onerror=pwned=1></video>",
    "<audio src=x onerror=pwned=1>",
    "<object data=javascript:pwned=1></object>",
    "<embed src=javascript:pwned=1>",
    "<link rel=stylesheet href=/healthz?pwned>",
    "<style>@import '/healthz?pwned';</style>",
    "<meta http-equiv=refresh content='0;url=/healthz'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example><button>x</button></form>",
    "\"><script>pwned=1</script>",
    "'><img src=x onerror=pwned=1>",
    "\" autofocus onfocus=\"pwned=1",
    "</title><script>pwned=1</script>",
    "</textarea><script>pwned=1</script>",
    "<!--<img src=\"--><img src=x onerror=pwned=1>\">",
    "<div hx-get=/healthz hx-trigger=load hx-on:load=pwned=1>x</div>",
];

struct Planted {
    recipients: Vec<i64>,
    messages: Vec<i64>,
    mailings: Vec<i64>,
}

/// Puts them in as the product itself takes them.
async fn plant(site: &Site, anna: &Person) -> Planted {
    let mut planted = Planted {
        recipients: Vec::new(),
        messages: Vec::new(),
        mailings: Vec::new(),
    };
    for (number, payload) in PAYLOADS.iter().enumerate() {
        let email = format!("n{number}@example.ru");
        let recipient = RecipientDraft::parse(&email, payload, payload).unwrap();
        let id = actions::create_recipient(
            &site.app,
            &mailapp::domain::accounts::user::Actor::Schedule,
            anna.id,
            recipient,
        )
        .await;
        planted.recipients.push(id.unwrap());
        let message = MessageDraft::parse(payload, payload).unwrap();
        let message_id = actions::create_message(
            &site.app,
            &mailapp::domain::accounts::user::Actor::Schedule,
            anna.id,
            message,
        )
        .await
        .unwrap();
        planted.messages.push(message_id);
        let draft = MailingDraft {
            title: (*payload).to_owned(),
            message_id,
            starts_at: NOW + DAY,
            ends_at: NOW + 2 * DAY,
            automatic: true,
        };
        let mut everybody = Selection::default();
        everybody.add_matching("", &[]);
        let mailing = actions::create_mailing(
            &site.app,
            &mailapp::domain::accounts::user::Actor::Schedule,
            anna.id,
            draft,
            everybody,
        )
        .await;
        planted.mailings.push(mailing.unwrap());
    }
    let last = *planted.mailings.last().unwrap();
    let run = site.send(anna, last).await;
    site.write(move |c| {
        for (number, payload) in PAYLOADS.iter().enumerate() {
            c.execute(
                "INSERT INTO users (email, email_key, name, role, password_hash, created_at,
                                    blocked_at, blocked_reason)
                 VALUES (?1, ?1, ?2, 'user', '', 1, 1, ?2)",
                (format!("user{number}@example.ru"), payload),
            )
            .unwrap();
            c.execute(
                "INSERT INTO attempts (run_id, delivery_id, nth, at, duration_ms, outcome,
                                       charged_to, code, enhanced, text, server)
                 SELECT run_id, id, 1, 1, 1, 'refused', 'recipient', 550, '5.1.1', ?2, ?2
                 FROM deliveries WHERE run_id = ?1 LIMIT 1",
                (run, payload),
            )
            .unwrap();
            c.execute(
                "INSERT INTO audit (at, door, verb, subject_kind, subject, detail, who, address)
                 VALUES (1, 'web', 'sign_in_failed', '', ?1, ?1, ?1, ?1)",
                [payload],
            )
            .unwrap();
        }
        c.execute(
            "UPDATE mailings SET disabled_at = 1, disabled_reason = title WHERE id % 2 = 0",
            [],
        )
        .unwrap();
    })
    .await;
    planted
}

async fn is_harmless(window: &Window, path: &str) {
    window.go(path).await;
    window.until("document.readyState == 'complete'").await;
    let foreign: Vec<String> = window
        .ask(
            "[...document.querySelectorAll('script, img, iframe, object, embed, video, audio, base')]
                .filter(e => !(e.src ?? '').startsWith(location.origin + '/static/'))
                .map(e => e.outerHTML)
                .concat(typeof pwned == 'undefined' ? [] : ['it ran'])
                .concat(performance.getEntriesByType('resource').map(e => e.name)
                    .filter(name => !name.startsWith(location.origin + '/static/')
                                 // What a page about a live run asks for itself.
                                 && !/\\/(events|attempts|doubts)$/.test(name)
                                 && name !== location.href))",
        )
        .await
        .unwrap();
    assert_eq!(foreign, Vec::<String>::new(), "{path}");
    // A dialog would have stopped the page from answering; being led away would have changed this.
    let at: String = window.ask("location.pathname").await.unwrap();
    assert_eq!(at, path.split('?').next().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_user_has_typed_runs_in_a_managers_browser() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let boss = site.manager("boss@example.ru").await;
    let planted = plant(&site, &anna).await;
    let window = Window::open(&site.url).await;
    window.sign_in(&boss).await;
    for path in [
        "/recipients?of=all",
        "/mailings?of=all",
        "/users",
        "/users?which=blocked",
        "/audit",
    ] {
        is_harmless(&window, path).await;
        window.sees("pwned=1").await;
    }
    let first = site
        .count("SELECT min(id) FROM users WHERE email LIKE 'user%'")
        .await;
    for index in 0..PAYLOADS.len() {
        for path in [
            format!("/recipients/{}", planted.recipients[index]),
            format!("/messages/{}", planted.messages[index]),
            format!("/mailings/{}", planted.mailings[index]),
            format!("/users/{}", first + i64::try_from(index).unwrap()),
        ] {
            is_harmless(&window, &path).await;
        }
    }
    let last = planted.mailings.last().unwrap();
    is_harmless(&window, &format!("/mailings/{last}/recipients")).await;
    window.close_without_complaints().await;
}
