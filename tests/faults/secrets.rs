//! I10: whatever was said aloud holds none of the secrets.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mailapp::app::SECRET_FILE;

use crate::installation::{Installation, OWNER, OWNER_PASSWORD, Template};
use crate::plan::{Plan, now};
use crate::program::{Program, Signal};
use crate::support::smtp::{Log, PASSWORD, USER};

/// Everything that must stay unsaid, in the forms in which it could be said.
fn secrets(installation: &Installation, log: &Log) -> Vec<String> {
    let key = std::fs::read(installation.data().join(SECRET_FILE)).unwrap();
    let mut secrets = vec![
        PASSWORD.to_owned(),
        STANDARD.encode(PASSWORD),
        STANDARD.encode(format!("\0{USER}\0{PASSWORD}")),
        format!("{:?}", &key[..8])
            .trim_matches(['[', ']'])
            .to_owned(),
        STANDARD.encode(&key),
        URL_SAFE_NO_PAD.encode(&key),
        key.iter()
            .flat_map(|octet| [octet >> 4, octet & 15])
            .filter_map(|digit| char::from_digit(digit.into(), 16))
            .collect(),
    ];
    let letters = log
        .transactions
        .iter()
        .filter(|one| one.was_taken() && one.recipients.iter().any(|named| named == OWNER));
    for letter in letters {
        let text = letter.text();
        let link = text.lines().find(|line| line.starts_with("http")).unwrap();
        let token = link.rsplit('/').next().unwrap();
        assert!(token.len() >= 22, "a link with its secret: {link}");
        secrets.push(token.to_owned());
    }
    secrets
}

/// Looks through what a process has said.
pub fn are_kept(installation: &Installation, log: &Log, said: &str) {
    for secret in secrets(installation, log) {
        assert!(!said.contains(&secret), "I10 {secret:?} was said aloud");
    }
}

/// Signs in by the page; returns what the browser then holds.
async fn cookies(url: &str) -> Vec<String> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let page = client.get(format!("{url}/sign-in")).send().await.unwrap();
    let set = |answer: &reqwest::Response| -> Vec<String> {
        let set = answer.headers().get_all("set-cookie").into_iter();
        set.map(|cookie| {
            cookie
                .to_str()
                .unwrap()
                .split(';')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
    };
    let mut cookies = set(&page);
    let html = page.text().await.unwrap();
    let csrf = html.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap();
    let answer = client
        .post(format!("{url}/sign-in"))
        .header("Cookie", cookies.join("; "))
        .header("Sec-Fetch-Site", "same-origin")
        .form(&[
            ("email", OWNER),
            ("password", OWNER_PASSWORD),
            ("csrf", csrf),
        ])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 303, "signed in");
    cookies.extend(set(&answer));
    cookies
}

#[test]
fn with_the_most_talkative_log_no_secret_is_in_it() {
    let plan = Plan {
        log: "trace",
        ..Plan::plain()
    };
    let template = Template::with_recipients(plan.recipients);
    let installation = template.copy();
    installation.owes_letters(2, now());
    let server = plan.server();
    let mut program = Program::start(&installation, &["serve"], &plan.variables(&server));
    assert!(program.until("all is sent", |_| installation.is_done()));
    assert!(program.is_ready());
    let url = program.said().split("is running: ").nth(1).unwrap();
    let url = url.lines().next().unwrap().to_owned();
    let cookies = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(cookies(&url));
    program.signal(Signal::TERM);
    assert_eq!(program.end().code(), Some(0));
    let log = server.log();
    assert!(log.sessions.iter().all(|one| one.signed_in.is_some()));
    assert!(log.transactions.iter().any(|one| one.recipients == [OWNER]));
    // An optimised program has no tracing below DEBUG in it.
    let skipped = usize::from(!cfg!(debug_assertions));
    for level in ["TRACE", "DEBUG", "INFO"].into_iter().skip(skipped) {
        assert!(program.said().contains(level), "{}", program.said());
    }
    are_kept(&installation, &log, program.said());
    for cookie in cookies {
        let (name, value) = cookie.split_once('=').unwrap();
        assert!(!program.said().contains(value), "{name} was said aloud");
    }
    assert!(!program.said().contains(OWNER_PASSWORD));
}
