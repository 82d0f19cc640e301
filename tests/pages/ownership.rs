//! Whose things are whose. The table beside the rules (`domain::permission::ROUTES`) says what every
//! route answers to whom; here the running application's own routes are asked, every one of them,
//! in everybody's name, about things of their own, of others, and that do not exist.

use mailapp::domain::accounts::permission::{Access, Answer, ROUTES, Who, Whose, access};
use rocket::http::Method;

use crate::web_support::{Belongings, Browser, Estate, Page, Person, STRANDED};

/// What a route was seen to answer.
fn seen(page: &Page) -> Answer {
    match page.status.as_u16() {
        303 if page.location().starts_with("/sign-in?next=") || page.location() == "/sign-in" => {
            Answer::SignIn
        }
        // What was typed waits for whoever signs in again.
        401 if page.html.contains("href=\"/sign-in\"") => Answer::SignIn,
        // A link that is used up (410) is a page, too.
        200 | 303 | 409 | 410 | 422 => Answer::Yes,
        403 => Answer::Forbidden,
        404 => Answer::Absent,
        other => panic!("{} answered {other}: {}", page.url, page.text()),
    }
}

/// Somebody who asks: their browser, what is theirs and what is a user's.
struct Asker<'a> {
    who: Who,
    browser: Browser,
    own: &'a Belongings,
    own_email: &'a str,
    foreign: &'a Belongings,
    foreign_email: &'a str,
}

/// A browser with a session that its user must not use any more, or never might.
async fn with_dead_session(estate: &Estate, person: &Person) -> Browser {
    let site = &estate.site;
    let id = person.id;
    let sql = format!("SELECT blocked_at IS NOT NULL FROM users WHERE id = {id}");
    let was_blocked = site.count(&sql).await == 1;
    let set = move |sql: String| site.write(move |c| c.execute_batch(&sql).unwrap());
    set(format!(
        "UPDATE users SET blocked_at = NULL WHERE id = {id}"
    ))
    .await;
    let browser = site.signed_in(person).await;
    let sql = if was_blocked {
        format!("UPDATE users SET blocked_at = 1 WHERE id = {id}")
    } else {
        format!("UPDATE users SET confirmed_at = NULL WHERE id = {id}")
    };
    set(sql).await;
    browser
}

async fn askers<'a>(estate: &'a Estate, unconfirmed: &'a Person) -> Vec<Asker<'a>> {
    let site = &estate.site;
    let (annas, borises, bosses) = (&estate.annas, &estate.borises, &estate.bosses);
    let asker = |who, browser, own, own_email, foreign, foreign_email| Asker {
        who,
        browser,
        own,
        own_email,
        foreign,
        foreign_email,
    };
    let (anna, boris, boss) = ("anna@example.ru", "boris@example.ru", "boss@example.ru");
    // So that he has a session, too, which the others might want to end.
    let _boris = site.signed_in(&estate.boris).await;
    vec![
        asker(Who::Nobody, site.browser(), annas, anna, borises, boris),
        asker(
            Who::User,
            site.signed_in(&estate.anna).await,
            annas,
            anna,
            borises,
            boris,
        ),
        asker(
            Who::Manager,
            site.signed_in(&estate.boss).await,
            bosses,
            boss,
            annas,
            anna,
        ),
        asker(
            Who::Blocked,
            with_dead_session(estate, &estate.blocked).await,
            annas,
            anna,
            borises,
            boris,
        ),
        asker(
            Who::Unconfirmed,
            with_dead_session(estate, unconfirmed).await,
            annas,
            anna,
            borises,
            boris,
        ),
    ]
}

impl Asker<'_> {
    async fn path(&self, estate: &Estate, route: &str, whose: Whose) -> String {
        match whose {
            Whose::Own => estate.path_of(route, self.own, self.own_email).await,
            Whose::Foreign => {
                estate
                    .path_of(route, self.foreign, self.foreign_email)
                    .await
            }
            Whose::Missing => Estate::missing(route, "987654321"),
        }
    }
}

/// Whose things a route can be asked about.
fn targets(route: &str) -> &'static [Whose] {
    if route.contains("<id>") {
        &Whose::ALL
    } else if route.contains("<token>") {
        &[Whose::Own, Whose::Missing]
    } else {
        &[Whose::Own]
    }
}

/// Captured mail is nobody's in particular: there is one, or there is none.
fn is_about_somebody(route: &str, whose: Whose) -> bool {
    !(route.starts_with("/mailbox/") && whose == Whose::Foreign)
}

fn row(method: Method, route: &str) -> Access {
    access(method.as_str(), route)
        .unwrap_or_else(|| panic!("{method} {route}: who may come by it?"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_has_a_row_for_every_route_and_no_row_for_none() {
    let estate = Estate::build().await;
    let mut mounted: Vec<String> = Vec::new();
    for method in [Method::Get, Method::Post] {
        for route in estate.routes(method) {
            row(method, &route);
            mounted.push(format!("{method} {route}"));
        }
    }
    mounted.sort();
    let mut known: Vec<String> = ROUTES
        .iter()
        .filter(|(_, route, _)| *route != STRANDED)
        .map(|(method, route, _)| format!("{method} {route}"))
        .collect();
    known.sort();
    assert_eq!(mounted, known);
    assert!(
        estate
            .site
            .routes
            .iter()
            .all(|(method, _)| [Method::Get, Method::Post].contains(method))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_answers_everybody_as_the_table_says() {
    let estate = Estate::build().await;
    let unconfirmed = estate.site.user("unconfirmed@example.ru").await;
    let mut asked = 0;
    for asker in askers(&estate, &unconfirmed).await {
        for route in estate.routes(Method::Get) {
            let access = row(Method::Get, &route);
            for whose in targets(&route) {
                if !is_about_somebody(&route, *whose) {
                    continue;
                }
                let path = asker.path(&estate, &route, *whose).await;
                let what = format!("{:?}, {whose:?}: GET {path}", asker.who);
                let request = asker.browser.request(reqwest::Method::GET, &path);
                let response = request.send().await.unwrap();
                // Of a stream of events only the head: it has no end.
                let is_stream = route.ends_with("/events") && response.status() == 200;
                if is_stream {
                    assert_eq!(access.answer(asker.who, *whose), Answer::Yes, "{what}");
                    continue;
                }
                let page = crate::web_support::read(response).await;
                let expected = access.answer(asker.who, *whose);
                if access == Access::Open {
                    // Whoever is signed in has no business there and is led on.
                    let found = [200, 303, 404].contains(&page.status.as_u16());
                    assert!(found, "{what}: {}", page.status);
                } else {
                    assert_eq!(seen(&page), expected, "{what}");
                }
                if expected == Answer::SignIn {
                    let next = match path.as_str() {
                        // Where one comes to anyway.
                        "/" => "/sign-in".to_owned(),
                        path => format!("/sign-in?next={}", path.replace('/', "%2F")),
                    };
                    assert_eq!(page.location(), next, "{what}");
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 250, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_is_refused_to_whom_the_table_says_and_changes_nothing_then() {
    let estate = Estate::build().await;
    let unconfirmed = estate.site.user("unconfirmed@example.ru").await;
    let mut asked = 0;
    for asker in askers(&estate, &unconfirmed).await {
        let token = asker.browser.token().await;
        let before = estate.site.contents().await;
        for route in estate.routes(Method::Post) {
            let access = row(Method::Post, &route);
            for whose in targets(&route) {
                let expected = access.answer(asker.who, *whose);
                if expected == Answer::Yes {
                    continue;
                }
                let path = asker.path(&estate, &route, *whose).await;
                let what = format!("{:?}, {whose:?}: POST {path}", asker.who);
                let mut fields = estate.fields();
                fields.push(("csrf".to_owned(), token.clone()));
                let page = asker.browser.post(&path, &fields).await;
                assert_eq!(seen(&page), expected, "{what}: {}", page.text());
                asked += 1;
            }
        }
        assert_eq!(estate.site.contents().await, before, "{:?}", asker.who);
    }
    assert!(asked > 150, "{asked}");
}

/// The other half: what is held back above does happen for whom it is meant.
#[tokio::test(flavor = "multi_thread")]
async fn every_form_works_for_whom_the_table_says() {
    let first = Estate::build().await;
    let mut cases = Vec::new();
    for route in first.routes(Method::Post) {
        let access = row(Method::Post, &route);
        for who in [Who::User, Who::Manager] {
            for whose in targets(&route) {
                if access.answer(who, *whose) == Answer::Yes && access != Access::Open {
                    cases.push((route.clone(), who, *whose));
                }
            }
        }
    }
    assert!(cases.len() > 50, "{}", cases.len());
    for (route, who, whose) in cases {
        let estate = Estate::build().await;
        let unconfirmed = estate.site.user("unconfirmed@example.ru").await;
        let all = askers(&estate, &unconfirmed).await;
        let asker = all.iter().find(|asker| asker.who == who).unwrap();
        if route == "/account/delete" && who == Who::Manager {
            // The last manager stays.
            estate.site.manager("second@example.ru").await;
        }
        let token = asker.browser.token().await;
        let path = asker.path(&estate, &route, whose).await;
        estate.make_ready_for(&route);
        let before = estate.site.contents().await;
        let page = if route.starts_with("/mailings") && who == Who::Manager {
            // A mailing is made of one's own message.
            let message = estate
                .path_of("/messages/<id>", asker.own, asker.own_email)
                .await;
            let mut fields = estate.fields();
            fields.retain(|(name, _)| name != "message_id");
            let id = message.rsplit('/').next().unwrap().to_owned();
            fields.push(("message_id".to_owned(), id));
            fields.push(("csrf".to_owned(), token));
            asker.browser.insist(&path, &fields).await
        } else {
            estate.press(&asker.browser, &path, &token).await
        };
        let what = format!("{who:?}, {whose:?}: POST {path}");
        assert!(
            [200, 303].contains(&page.status.as_u16()),
            "{what}: {}",
            page.text()
        );
        if route != "/mailings/picker" {
            assert!(estate.site.contents().await != before, "{what} did nothing");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_not_found_whatever_it_is_called() {
    let estate = Estate::build().await;
    for person in [&estate.anna, &estate.boris, &estate.boss] {
        let browser = estate.site.signed_in(person).await;
        let token = browser.token().await;
        for number in [
            "0",
            "-1",
            "x",
            "1x",
            "9223372036854775808",
            "1e3",
            "%00",
            "٣",
        ] {
            for method in [Method::Get, Method::Post] {
                for route in estate.routes(method) {
                    if !route.contains("<id>") || row(method, &route) == Access::Member {
                        continue;
                    }
                    let path = Estate::missing(&route, number);
                    let page = match method {
                        Method::Get => browser.get(&path).await,
                        _ => estate.press(&browser, &path, &token).await,
                    };
                    let _page = page.is(404);
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_sees_whose_it_is_and_is_offered_nothing_to_change() {
    let estate = Estate::build().await;
    let boss = estate.site.signed_in(&estate.boss).await;
    for route in [
        "/recipients/<id>",
        "/messages/<id>",
        "/mailings/<id>",
        "/runs/<id>",
    ] {
        let path = estate.path(route).await;
        let page = boss.get(&path).await.is(200).says("anna@example.ru");
        let page = page.says("Просмотр.").says("смотреть можно, менять нельзя");
        let change = |target: &String| {
            let is_about_it = target.starts_with(&path) || target.starts_with("/runs/");
            is_about_it
                && ["/edit", "/delete", "/send", "/cancel", "/pause", "/resume"]
                    .iter()
                    .any(|end| target.ends_with(end))
        };
        let offered: Vec<String> = page
            .links()
            .into_iter()
            .chain(page.actions())
            .filter(change)
            .collect();
        assert_eq!(offered, Vec::<String>::new(), "{route}");
        // The owner is offered them, so the words looked for are the right ones.
        let anna = estate.site.signed_in(&estate.anna).await;
        let page = anna.get(&path).await.is(200).does_not_say("Просмотр.");
        let mut targets = page.links().into_iter().chain(page.actions());
        assert!(targets.any(|target| change(&target)));
    }
}
