//! A mailing to very many: put together while one watches, or called off.

use mailapp::actions;
use mailapp::domain::audience::recipient::RecipientDraft;
use mailapp::domain::mailings::mailing::MailingDraft;
use mailapp::domain::mailings::selection::Selection;
use mailapp::store::delivery::bulk;
use mailapp::store::mailings::member_filling;

use crate::web_support::{Browser, DAY, NOW, Page, Person, Site};

const MANY: usize = 35_000;

async fn anna_with_many(site: &Site) -> Person {
    let anna = site.user("anna@example.ru").await;
    let owner = anna.id;
    site.write(move |c| {
        let draft =
            |number| RecipientDraft::parse(&format!("n{number}@example.ru"), "", "").unwrap();
        bulk::recipients(c, owner, (0..MANY).map(draft), NOW).unwrap();
    })
    .await;
    anna
}

/// What a form begins, without anybody going on with it.
async fn begin(site: &Site, anna: &Person) -> i64 {
    let draft = MailingDraft {
        title: "Всем".to_owned(),
        message_id: site.message(anna, "Новости").await,
        starts_at: NOW + DAY,
        ends_at: NOW + 2 * DAY,
        automatic: false,
    };
    let mut everybody = Selection::default();
    everybody.add_matching("", &[]);
    let begun = actions::begin_mailing(
        &site.app,
        &mailapp::domain::accounts::user::Actor::Schedule,
        anna.id,
        draft,
        everybody,
    )
    .await;
    let (id, is_complete) = begun.unwrap();
    assert!(!is_complete);
    id
}

async fn step(site: &Site, id: i64) {
    let stepped = site
        .app
        .store
        .write(move |c| member_filling::step(c, id))
        .await;
    assert!(stepped.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_watches_without_a_script_how_far_it_is() {
    let site = Site::start().await;
    let anna = anna_with_many(&site).await;
    let boris = site.user("boris@example.ru").await;
    let browser = site.signed_in(&anna).await;
    let id = begin(&site, &anna).await;
    let (path, watch) = (format!("/mailings/{id}"), format!("/mailings/{id}/filling"));
    let page = browser
        .get(&watch)
        .await
        .is(200)
        .says("Просмотрено 0 из 35 000, выбрано 0");
    assert_eq!(page.header("refresh"), "1", "the page asks for itself anew");
    step(&site, id).await;
    let page = browser.get(&watch).await.is(200);
    drop(page.says("Просмотрено 10 000 из 35 000, выбрано 10 000"));
    // Until it is complete there is no such mailing; where one would look for it one is told.
    drop(browser.get(&path).await.is(404));
    let list = browser.get("/mailings").await.is(200);
    let list = list.says(&format!("Собираем получателей рассылки № {id}."));
    assert!(list.links().contains(&watch));
    let his = site.signed_in(&boris).await;
    drop(his.get(&watch).await.is(404));
    drop(his.get("/mailings").await.is(200).does_not_say("Собираем"));

    actions::fill(&site.app, id).await.unwrap();
    assert_eq!(browser.get(&watch).await.location(), path);
    drop(browser.get(&path).await.is(200).says("35 000 получателей"));
    drop(
        browser
            .get("/mailings")
            .await
            .is(200)
            .does_not_say("Собираем")
            .says("Всем"),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_called_off_and_nothing_is_left() {
    let site = Site::start().await;
    let anna = anna_with_many(&site).await;
    let browser = site.signed_in(&anna).await;
    let id = begin(&site, &anna).await;
    step(&site, id).await;
    let watch = format!("/mailings/{id}/filling");
    let page = browser.get(&watch).await.is(200);
    let answer = browser.send(page.form(&format!("{watch}/cancel"))).await;
    assert_eq!(answer.location(), "/mailings");
    drop(
        browser
            .follow(&answer)
            .await
            .is(200)
            .says("Прервано. Рассылка не создана."),
    );
    drop(browser.get(&watch).await.is(404));
    site.until("SELECT count(*) FROM mailings", 0).await;
    site.until("SELECT count(*) FROM members", 0).await;
    site.until("SELECT count(*) FROM fillings", 0).await;
    let kept = site
        .count("SELECT mailings_count FROM users WHERE id = 1")
        .await;
    assert_eq!(kept, 0);
}

async fn save(browser: &Browser, page: &Page, path: &str, message: &str) -> Page {
    let form = page.form(path).with("message_id", message);
    let page = browser.send(form.press("act", "all")).await.is(200);
    let page = page.says("Выбрано 35 000 из 35 000");
    browser.send(page.form(path).press("act", "save")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_leads_there_and_on_to_the_mailing() {
    let site = Site::start().await;
    let anna = anna_with_many(&site).await;
    let message = site.message(&anna, "Новости").await.to_string();
    let browser = site.signed_in(&anna).await;
    let new = browser.get("/mailings/new").await.is(200);
    let saved = save(&browser, &new, "/mailings", &message).await;
    let watch = saved.location().to_owned();
    let id: i64 = watch.split('/').nth(2).unwrap().parse().unwrap();
    assert_eq!(watch, format!("/mailings/{id}/filling"));
    // It goes on by itself, watched or not.
    let complete =
        "SELECT count(*) FROM mailings WHERE recipients_count = 35000 AND deleted_at IS NULL";
    site.until(complete, 1).await;
    let path = format!("/mailings/{id}");
    assert_eq!(browser.get(&watch).await.location(), path);
    // Changed to the same again: until that is done there is no second change.
    let edit = browser.get(&format!("{path}/edit")).await.is(200);
    let form = edit.form(&path).press("act", "save");
    assert_eq!(
        browser.send(form).await.location(),
        path,
        "nothing to put together"
    );
    site.execute(
        "INSERT INTO fillings (mailing_id, edition, state, selection, is_new, after_id, upto_id,
                               total, started_at) VALUES (1, 99, 'filling', '{}', 0, 0, 9, 9, 1)",
    )
    .await;
    let edit = browser.get(&format!("{path}/edit")).await.is(200);
    let refused = browser
        .send(edit.form(&path).press("act", "save"))
        .await
        .is(409);
    drop(refused.says("Получатели этой рассылки ещё собираются."));
}
