//! Pages that are older than what they show. Every form of the running application is sent twice at
//! once, and from a page that was opened before somebody else's change: what it starts it starts
//! once, and what has changed is asked about.

use rocket::http::Method;

use crate::web_support::{Browser, Estate, Form, Page, Person, Site};

/// What keeps an old page, or a second press, from doing what nobody meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// The form carries the version of the thing.
    Version,
    /// The form carries a key: what it adds it adds once.
    Key,
    /// Nothing is needed, for this reason.
    None(&'static str),
}

fn guard(route: &str) -> Guard {
    match route {
        "/recipients" | "/messages" | "/mailings" => Guard::Key,
        "/account"
        | "/recipients/<id>"
        | "/recipients/<id>/delete"
        | "/messages/<id>"
        | "/messages/<id>/delete"
        | "/mailings/<id>"
        | "/mailings/<id>/delete"
        | "/mailings/<id>/filling/cancel"
        | "/mailings/<id>/send"
        | "/mailings/<id>/send-failed"
        | "/mailings/<id>/disable"
        | "/mailings/<id>/enable"
        | "/runs/<id>/pause"
        | "/runs/<id>/resume"
        | "/runs/<id>/cancel"
        | "/runs/<id>/doubts/send-again"
        | "/runs/<id>/doubts/leave"
        | "/users/<id>/block"
        | "/users/<id>/unblock"
        | "/users/<id>/two-factor/remove" => Guard::Version,
        "/recipients/import" => Guard::None("an address that is there already is not added again"),
        "/mailings/picker" => Guard::None("nothing is stored"),
        "/installation/adopt" => Guard::None("what is adopted already stays as it is"),
        "/language" => Guard::None("a choice of one's own that is seen at once"),
        "/u/<token>" => Guard::None("unsubscribing twice is unsubscribing once (RFC 8058)"),
        "/sign-in"
        | "/sign-out"
        | "/second-step"
        | "/register"
        | "/register/again"
        | "/recover"
        | "/confirm/<token>"
        | "/recover/<token>"
        | "/change-email/<token>" => Guard::None("sessions, and links that are good once"),
        route if route.starts_with("/account/") => {
            Guard::None("asks for the password, or ends one's own sessions")
        }
        route => panic!("{route}: what if its page is old, or its button pressed twice?"),
    }
}

/// The page that has a route's form, and the form as its sender would fill it.
async fn form_of(estate: &Estate, browser: &Browser, path: &str) -> (String, Form) {
    let up = |path: &str| path.rsplit_once('/').map(|(up, _)| up.to_owned());
    let parent = up(path).unwrap_or_default();
    let pages = [
        path.to_owned(),
        format!("{path}/edit"),
        format!("{path}/new"),
        parent.clone(),
        up(&parent).unwrap_or_default(),
    ];
    for page in pages {
        let shown = browser.get(&page).await;
        if shown.status != 200 || !shown.actions().iter().any(|action| action == path) {
            continue;
        }
        // A search has the same address and changes nothing.
        let form = shown.form(path);
        if form.value("csrf").is_some() {
            return (page, filled(estate, form));
        }
    }
    panic!("no page has a form for {path}");
}

fn filled(estate: &Estate, mut form: Form) -> Form {
    for (name, value) in estate.fields() {
        if name == "act" {
            if form.has("act", "save") {
                form = form.press("act", "save");
            }
        } else if name != "delivery" && form.value(&name).is_some() {
            form = form.with(&name, &value);
        }
    }
    form
}

/// The form, where its page has a button of several: those that are pressed carry their name.
async fn prepared(estate: &Estate, route: &str) -> (Browser, String, Form) {
    let browser = estate.site.signed_in(estate.presser(route)).await;
    let path = estate.path(route).await;
    let (_, form) = form_of(estate, &browser, &path).await;
    (browser, path, form)
}

async fn lines(site: &Site) -> i64 {
    site.count("SELECT count(*) FROM audit").await
}

async fn guarded(which: Guard) -> Vec<String> {
    let estate = Estate::build().await;
    let mut routes = estate.routes(Method::Post);
    routes.retain(|route| guard(route) == which);
    routes
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_known_to_be_safe_against_a_second_press() {
    let (versions, keys) = (guarded(Guard::Version).await, guarded(Guard::Key).await);
    assert!(versions.len() >= 20, "{versions:?}");
    assert_eq!(keys.len(), 3, "{keys:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_that_is_pressed_twice_at_once_does_it_once() {
    for route in guarded(Guard::Version).await {
        let estate = Estate::build().await;
        let (browser, _, form) = prepared(&estate, &route).await;
        assert_ne!(form.value("version"), None, "{route}");
        let before = lines(&estate.site).await;
        let (one, other) = tokio::join!(browser.send(form.clone()), browser.send(form));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses[0], 303, "{route}: {} {}", one.text(), other.text());
        // What was deleted by the first is not there for the second; what was stopped is over.
        let is_refused = [404, 409].contains(&statuses[1]);
        let is_over = route == "/mailings/<id>/filling/cancel" && statuses[1] == 303;
        assert!(is_refused || is_over, "{route}: {statuses:?}");
        assert_eq!(lines(&estate.site).await, before + 1, "{route}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_adds_something_adds_it_once_however_often_it_is_sent() {
    for route in guarded(Guard::Key).await {
        let estate = Estate::build().await;
        let (browser, _, form) = prepared(&estate, &route).await;
        let before = lines(&estate.site).await;
        let (one, other) = tokio::join!(browser.send(form.clone()), browser.send(form.clone()));
        assert_eq!(one.location(), other.location(), "{route}");
        assert_eq!(lines(&estate.site).await, before + 1, "{route}");
        // Whoever goes back and types something else adds something else.
        let name = ["name", "subject", "title"]
            .into_iter()
            .find(|name| form.value(name).is_some())
            .unwrap();
        let mut next = form.with(name, "Совсем другое");
        if route == "/recipients" {
            next = next.with("email", "another@example.ru");
        }
        let third = browser.send(next).await;
        assert_ne!(third.location(), one.location(), "{route}");
    }
}

/// What somebody else does meanwhile and takes back again: all looks as it did.
async fn change_behind_their_back(site: &Site) {
    site.execute(
        "UPDATE recipients SET version = version + 1; UPDATE messages SET version = version + 1;
         UPDATE mailings SET version = version + 1, switch_version = switch_version + 1;
         UPDATE runs SET version = version + 1; UPDATE fillings SET started_at = started_at + 1;
         UPDATE users SET profile_version = profile_version + 1,
                block_version = block_version + 1, totp_since = totp_since + 1;",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_page_does_nothing_and_asks_and_the_answer_does_it() {
    for route in guarded(Guard::Version).await {
        let estate = Estate::build().await;
        let (browser, path, form) = prepared(&estate, &route).await;
        change_behind_their_back(&estate.site).await;
        let before = estate.site.contents().await;
        let page = browser.send(form.clone()).await.is(409);
        let page = page.says("Данные изменились после открытия страницы");
        assert!(estate.site.contents().await == before, "{route} did it");
        // All that was typed is still there.
        let again = page.form(&path);
        for (name, value) in &form.fields {
            let is_kept = again.value(name) == Some(value);
            assert!(
                is_kept || ["version", "csrf", "act"].contains(&name.as_str()),
                "{route}: {name}"
            );
        }
        let again = if form.value("act").is_some() {
            again.press("act", "save")
        } else {
            again
        };
        let answer = browser.send(again).await;
        assert_eq!(answer.status, 303, "{route}: {}", answer.text());
        assert!(estate.site.contents().await != before, "{route}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_version_does_nothing_unasked() {
    for route in guarded(Guard::Version).await {
        // Nothing was sent that could be sent twice, and nobody sees a page of it.
        if route == "/mailings/<id>/send" {
            continue;
        }
        let estate = Estate::build().await;
        let (browser, _, mut form) = prepared(&estate, &route).await;
        form.fields.retain(|(name, _)| name != "version");
        let before = estate.site.contents().await;
        let _page = browser.send(form).await.is(409);
        assert!(estate.site.contents().await == before, "{route} did it");
    }
}

/// Somebody with a mailing to two people.
async fn anna_at(site: &Site) -> (Person, i64) {
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    site.recipient(&anna, "ivan@example.ru", "Иван").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    (anna, mailing)
}

async fn deliveries(site: &Site) -> i64 {
    site.count("SELECT count(*) FROM deliveries").await
}

async fn send_all_at_once(browser: &Browser, form: &Form, times: usize) -> Vec<Page> {
    let presses = (0..times).map(|_| browser.send(form.clone()));
    futures::future::join_all(presses).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_pressed_24_times_mails_everybody_once_however_quick_the_engine_is() {
    let site = Site::start_in_real_time(&[]).await;
    let (anna, mailing) = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    let engine = site.app.start_engine().unwrap();
    let path = format!("/mailings/{mailing}");
    let send = format!("{path}/send");
    let form = browser.get(&path).await.is(200).form(&send);
    let answers = send_all_at_once(&browser, &form, 24).await;
    let started = answers.iter().filter(|page| page.status == 303).count();
    assert_eq!(started, 1);
    let finished = "SELECT count(*) FROM runs WHERE state = 'finished'";
    site.until(finished, 1).await;
    // The first press is over now, and the page is still open in another tab.
    let page = browser.send(form).await.is(409);
    let page = page.says("Запуск рассылки: вы, ");
    let page = page.says("письмо получат все 2 получателя, даже те, у кого оно уже есть");
    assert_eq!(deliveries(&site).await, 2, "nobody was mailed twice");
    // Whoever says yes knows of the run that there is; twice at once that is one run, too.
    let answers = send_all_at_once(&browser, &page.form(&send), 6).await;
    let started = answers.iter().filter(|page| page.status == 303).count();
    assert_eq!(started, 1);
    site.until(finished, 2).await;
    engine.stop().await;
    assert_eq!(deliveries(&site).await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_before_sending_again_is_about_what_its_page_showed() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let run = site.send(&anna, mailing).await;
    site.write(move |c| {
        c.execute_batch(&format!(
            "UPDATE deliveries SET state = 'accepted';
             UPDATE runs SET state = 'finished', queued = 0, accepted = 2 WHERE id = {run}"
        ))
        .unwrap();
    })
    .await;
    let browser = site.signed_in(&anna).await;
    let send = format!("/mailings/{mailing}/send");
    let asked = browser.get(&send).await.is(200).form(&send);
    // Another text, meanwhile: what would go out is not what was confirmed.
    let message = site.count("SELECT max(id) FROM messages").await;
    let edit = format!("/messages/{message}");
    let changed = [("body", "Новый текст")];
    let saved = browser
        .submit(&format!("{edit}/edit"), &edit, &changed)
        .await;
    assert_eq!(saved.status, 303);
    let page = browser.send(asked).await.is(409);
    let _page = page.says("Данные изменились после открытия страницы");
    assert_eq!(deliveries(&site).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_resumed_and_paused_again_is_not_resumed_by_an_old_page() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let run = site.send(&anna, mailing).await;
    let browser = site.signed_in(&anna).await;
    let home = format!("/runs/{run}");
    let (pause, resume) = (format!("{home}/pause"), format!("{home}/resume"));
    let press = async |action: &str| {
        let answer = browser.submit(&home, action, &[]).await;
        assert_eq!(answer.status, 303, "{action}");
    };
    press(&pause).await;
    let old = browser.get(&home).await.form(&resume);
    press(&resume).await;
    // The relay wants another password.
    site.execute("UPDATE runs SET state = 'paused', pause_reason = 'password'")
        .await;
    let page = browser.send(old).await.is(409);
    let _page = page.says("возможно по другой причине");
    let paused = "SELECT count(*) FROM runs WHERE state = 'paused'";
    assert_eq!(site.count(paused).await, 1);
    press(&resume).await;
    assert_eq!(site.count(paused).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_managed_is_not_told_which_manager_it_was() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let boss = site.manager("boss@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let manager = site.signed_in(&boss).await;
    let path = format!("/mailings/{mailing}");
    let edit = format!("{path}/delete");
    let old = browser.get(&edit).await.form(&edit);
    let disable = format!("{path}/disable");
    let reason = [("reason", "Жалобы")];
    manager.submit(&disable, &disable, &reason).await.location();
    site.execute("UPDATE mailings SET version = version + 1")
        .await;
    let page = browser.send(old).await.is(409);
    let page = page.says("Отключение рассылки: менеджер");
    let _page = page.does_not_say("boss@example.ru");
}
