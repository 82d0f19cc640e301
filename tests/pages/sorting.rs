//! Lists in any order that they offer, from their first page to their last.

use crate::web_support::{Browser, Page, Site};

fn way(page: &Page, words: &str) -> Option<String> {
    let tags = page.tags();
    let heads = tags.iter().filter(|tag| tag.name == "th");
    let sorted: Vec<&str> = heads.filter_map(|tag| tag.get("aria-sort")).collect();
    assert!(sorted.len() <= 1, "one column at a time: {sorted:?}");
    assert!(page.text().contains(words), "{}", page.text());
    sorted.first().map(|way| (*way).to_owned())
}

/// The link that a column's head is, by a part of its address.
fn head(page: &Page, part: &str) -> String {
    let links = page.links();
    let found = links
        .iter()
        .find(|link| link.contains("sort=") && link.contains(part));
    found
        .unwrap_or_else(|| panic!("no {part} in {links:?}"))
        .clone()
}

async fn turn(browser: &Browser, page: &Page, rel: &str) -> Page {
    let tags = page.tags();
    let link = tags
        .iter()
        .find(|tag| tag.get("rel") == Some(rel) && tag.name == "a");
    let href = link
        .unwrap_or_else(|| panic!("no way to «{rel}»"))
        .get("href")
        .unwrap();
    browser.get(href).await.is(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn recipients_are_sorted_by_any_column_and_read_to_the_end() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    site.recipients(&anna, 120, |number| format!("Имя {:03}", 121 - number))
        .await;
    let browser = site.signed_in(&anna).await;
    let page = browser.get("/recipients").await.is(200);
    assert_eq!(way(&page, "n120@example.ru").as_deref(), Some("descending"));
    let last = turn(&browser, &page, "last").await.says("n1@example.ru");
    let last = last.does_not_say("n120@example.ru");
    let back = turn(&browser, &last, "prev").await.says("n51@example.ru");
    drop(turn(&browser, &back, "first").await.says("n120@example.ru"));

    let page = browser.get(&head(&page, "sort=name")).await.is(200);
    assert_eq!(way(&page, "Имя 001").as_deref(), Some("ascending"));
    let page = turn(&browser, &page, "last").await.says("Имя 120");
    let page = browser.get(&head(&page, "sort=-name")).await.is(200);
    assert_eq!(way(&page, "Имя 120").as_deref(), Some("descending"));
    let page = browser.get(&head(&page, "sort=email")).await.is(200);
    assert_eq!(way(&page, "n100@example.ru").as_deref(), Some("ascending"));
    // A page of one order means nothing in another, nor does one that was made up.
    let next = turn(&browser, &page, "next").await;
    let link = next
        .links()
        .into_iter()
        .find(|link| link.contains("before="))
        .unwrap();
    for path in [
        link.replace("sort=email", "sort=name"),
        "/recipients?sort=name&after=recipients.name~x~t".to_owned(),
        "/recipients?sort=name&after=%FF%00~~".to_owned(),
        "/recipients?sort=name&before=messages.name~5~tИмя".to_owned(),
    ] {
        drop(
            browser
                .get(&path)
                .await
                .is(200)
                .says("Имя 001")
                .says("Имя 050"),
        );
    }
    // What was found comes newest first, and says how many there are.
    let page = browser
        .get("/recipients?q=Имя&sort=name")
        .await
        .is(200)
        .says("120 получателей");
    drop(page.says("n120@example.ru").does_not_say("n70@example.ru"));
    let page = browser.get("/recipients?q=Имя").await.is(200);
    drop(turn(&browser, &page, "last").await.says("n1@example.ru"));
}

#[tokio::test(flavor = "multi_thread")]
async fn mailings_are_sorted_by_what_they_are_called_and_when_they_go() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    for (title, start) in [("Весна", 3), ("абрикос", 1), ("", 2)] {
        let id = site.mailing(&anna, title).await;
        site.write(move |c| {
            c.execute(
                "UPDATE mailings SET starts_at = ?1 WHERE id = ?2",
                [start, id],
            )
            .unwrap();
        })
        .await;
    }
    let browser = site.signed_in(&anna).await;
    // By number: 1 is «Весна», 2 «абрикос», 3 has no title but its message's subject.
    let order = |page: &Page| -> Vec<i64> {
        let links = page.links().into_iter();
        let numbers = links.filter_map(|link| link.strip_prefix("/mailings/")?.parse().ok());
        numbers.collect()
    };
    let page = browser.get("/mailings?sort=-starts").await.is(200);
    assert_eq!(order(&page), [2, 3, 1]);
    let page = browser.get("/mailings?sort=starts").await.is(200);
    assert_eq!(order(&page), [1, 3, 2]);
    let page = browser.get("/mailings?sort=title").await.is(200);
    assert_eq!(
        order(&page),
        [2, 1, 3],
        "by the subject where it has no title"
    );
    // The subject is changed, and with it what the mailing is called.
    let message = site
        .count("SELECT message_id FROM mailings WHERE title = ''")
        .await;
    let edit = format!("/messages/{message}/edit");
    let fields = [("subject", "Аист"), ("body", "Здравствуйте")];
    let saved = browser
        .submit(&edit, &format!("/messages/{message}"), &fields)
        .await;
    assert_eq!(saved.status, 303);
    let key = site
        .count("SELECT title_key = 'аист' FROM mailings WHERE title = ''")
        .await;
    assert_eq!(key, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_of_two_letters_looks_further_when_asked_to() {
    let site = Site::start().await;
    let anna = site.user("anna@example.ru").await;
    let owner = anna.id;
    site.write(move |c| {
        let draft = |number: usize| {
            let name = if number == 5 { "Щю" } else { "" };
            let email = format!("n{number}@example.ru");
            mailapp::domain::audience::recipient::RecipientDraft::parse(&email, name, "").unwrap()
        };
        mailapp::store::delivery::bulk::recipients(c, owner, (0..30_000).map(draft), 1).unwrap();
    })
    .await;
    let browser = site.signed_in(&anna).await;
    let page = browser.get("/recipients?q=щю").await.is(200);
    let page = page
        .says("Просмотрена только часть списка")
        .does_not_say("Щю");
    let further = page
        .links()
        .into_iter()
        .find(|link| link.contains("after="))
        .unwrap();
    drop(browser.get(&further).await.is(200).says("n5@example.ru"));
}
