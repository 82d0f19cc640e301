//! Two people, or two windows, that edit the same thing at once.

use crate::web_support::{Form, Person, Site};

/// Somebody with a mailing to two people.
async fn anna_at(site: &Site) -> (Person, i64) {
    let anna = site.user("anna@example.ru").await;
    site.recipient(&anna, "maria@example.ru", "Мария").await;
    site.recipient(&anna, "ivan@example.ru", "Иван").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    (anna, mailing)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_edit_at_once_the_later_sees_both_versions() {
    let site = Site::start().await;
    let (anna, mailing) = anna_at(&site).await;
    let browser = site.signed_in(&anna).await;
    let second = site.signed_in(&anna).await;
    let maria = site.count("SELECT min(id) FROM recipients").await;
    let message = site.count("SELECT max(id) FROM messages").await;
    for (page, action, field, first, then) in [
        (
            format!("/recipients/{maria}/edit"),
            format!("/recipients/{maria}"),
            "comment",
            "с выставки",
            "лично знакома",
        ),
        (
            format!("/messages/{message}/edit"),
            format!("/messages/{message}"),
            "body",
            "Первый <b>текст</b>",
            "Второй текст",
        ),
        (
            format!("/mailings/{mailing}/edit"),
            format!("/mailings/{mailing}"),
            "title",
            "Осенняя распродажа",
            "Осенние скидки",
        ),
        (
            "/account".to_owned(),
            "/account".to_owned(),
            "name",
            "Анна Первая",
            "Анна Вторая",
        ),
    ] {
        let save = |form: Form, value: &str| {
            let form = form.with(field, value);
            if page.contains("/mailings/") {
                form.press("act", "save")
            } else {
                form
            }
        };
        let mine = browser.get(&page).await.is(200).form(&action);
        let theirs = second.get(&page).await.is(200).form(&action);
        let answer = second.send(save(theirs, first)).await;
        assert_eq!(answer.status, 303, "{page}");
        let asked = browser.send(save(mine, then)).await.is(409);
        // Both stand beside each other, and what was typed is still in its field.
        let asked = asked.says("Сохранено сейчас").says("У вас");
        let asked = asked.says(first).says(then).says("Всё равно сохранить");
        let form = asked.form(&action);
        assert_eq!(form.value(field), Some(then), "{page}");
        let shown = second.get(&page).await.form(&action);
        assert_eq!(shown.value(field), Some(first), "{page}: it was not saved");
        let answer = browser.send(save(form, then)).await;
        assert_eq!(answer.status, 303, "{page}");
        let shown = second.get(&page).await.form(&action);
        assert_eq!(shown.value(field), Some(then), "{page}");
    }
}
