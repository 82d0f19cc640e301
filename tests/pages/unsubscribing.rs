//! The link at the end of every mail (RFC 8058).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::header::CONTENT_TYPE;
use sha2::Sha256;

use crate::web_support::Site;

const SUPPRESSED: &str = "SELECT count(*) FROM suppressions";

/// A mailing that was sent to two, and the token in the first one's mail.
async fn sent(site: &Site) -> (i64, String) {
    let anna = site.user("anna@example.ru").await;
    let recipient = site.recipient(&anna, "maria@example.ru", "Мария").await;
    site.recipient(&anna, "ivan@example.ru", "Иван").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    site.send(&anna, mailing).await;
    let delivery = site
        .count("SELECT id FROM deliveries WHERE email = 'maria@example.ru'")
        .await;
    (recipient, site.app.unsubscribe.token(delivery))
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_the_link_changes_nothing_pressing_the_button_does() {
    let site = Site::start().await;
    let (recipient, token) = sent(&site).await;
    site.write(|c| c.execute_batch("UPDATE users SET name = 'Анна'").unwrap())
        .await;
    let path = format!("/u/{token}");
    let reader = site.browser();
    let _page = reader.get(&path).await.is(200).says("отправляет Анна");
    site.write(|c| c.execute_batch("UPDATE users SET name = ''").unwrap())
        .await;
    let before = site.contents().await;
    for _ in 0..2 {
        let page = reader
            .get(&path)
            .await
            .is(200)
            .says("Отписаться от рассылки?");
        let page = page
            .says("maria@example.ru")
            .does_not_say("anna@example.ru");
        assert_eq!(
            page.actions(),
            std::slice::from_ref(&path),
            "nothing else to press"
        );
    }
    let _page = reader
        .request(reqwest::Method::HEAD, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(site.contents().await, before);
    let page = reader
        .send(reader.get(&path).await.form(&path))
        .await
        .is(200);
    let _page = page.says("Вы отписаны").says("maria@example.ru");
    assert_eq!(site.count(SUPPRESSED).await, 1);
    let _page = reader.get(&path).await.is(200).says("Вы отписаны");
    let _page = reader.post(&path, &[]).await.is(200).says("Вы отписаны");
    assert_eq!(site.count(SUPPRESSED).await, 1, "twice is once");

    let anna = crate::web_support::Person {
        id: 1,
        email: "anna@example.ru".to_owned(),
    };
    let browser = site.signed_in(&anna).await;
    let page = browser
        .get(&format!("/recipients/{recipient}"))
        .await
        .is(200)
        .says("Отписан");
    let _page = page.says("Получатель отписался: рассылки ему больше не отправляются.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_program_unsubscribes_in_either_encoding_without_cookies() {
    const BOUNDARY: &str = "0123456789";
    let multipart = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n\
         One-Click\r\n--{BOUNDARY}--\r\n"
    );
    for (kind, body) in [
        (
            "application/x-www-form-urlencoded".to_owned(),
            "List-Unsubscribe=One-Click".to_owned(),
        ),
        (
            format!("multipart/form-data; boundary={BOUNDARY}"),
            multipart,
        ),
    ] {
        let site = Site::start().await;
        let (_, token) = sent(&site).await;
        let answer = reqwest::Client::new()
            .post(format!("{}/u/{token}", site.url))
            .header(CONTENT_TYPE, &kind)
            .body(body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{kind}");
        assert!(
            answer.headers().get("set-cookie").is_none(),
            "no cookie for a mail program"
        );
        assert_eq!(site.count(SUPPRESSED).await, 1, "{kind}");
        let other = "SELECT count(*) FROM suppressions WHERE email_key <> 'maria@example.ru'";
        assert_eq!(site.count(other).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_link_is_nobodys() {
    let site = Site::start().await;
    let (_, token) = sent(&site).await;
    let reader = site.browser();
    let flipped = if &token[20..21] == "A" { "B" } else { "A" };
    let mut forged = token.clone();
    forged.replace_range(20..21, flipped);
    let unknown = site.app.unsubscribe.token(987_654_321);
    for link in [
        forged.as_str(),
        &unknown,
        &token[..token.len() - 1],
        "x",
        "%00",
        "тест",
        &"A".repeat(5_000),
    ] {
        let path = format!("/u/{link}");
        let _page = reader.get(&path).await.is(404).says("Не найдено");
        let _page = reader.post(&path, &[]).await.is(404);
    }
    assert_eq!(site.count(SUPPRESSED).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_unsubscribed_gets_nothing_more_even_if_added_anew() {
    let site = Site::start().await;
    let (recipient, token) = sent(&site).await;
    let _page = site
        .browser()
        .post(&format!("/u/{token}"), &[])
        .await
        .is(200);
    let anna = crate::web_support::Person {
        id: 1,
        email: "anna@example.ru".to_owned(),
    };
    let browser = site.signed_in(&anna).await;
    let delete = format!("/recipients/{recipient}/delete");
    let _page = browser.submit(&delete, &delete, &[]).await.is(303);
    let fields = [("email", "MARIA@example.ru")];
    let page = browser
        .submit_and_follow("/recipients/new", "/recipients", &fields)
        .await;
    let _page = page.is(200).says("Отписан");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_in_a_mail_of_an_older_version_goes_on_working() {
    let site = Site::start().await;
    sent(&site).await;
    let delivery = site
        .count("SELECT id FROM deliveries WHERE email = 'maria@example.ru'")
        .await;
    // As it was made: the number, then its HMAC.
    let mut mac = <Hmac<Sha256>>::new_from_slice(&site.app.secret).unwrap();
    mac.update(b"mailapp unsubscribe v1\0");
    mac.update(&delivery.to_be_bytes());
    let mut octets = delivery.to_be_bytes().to_vec();
    octets.extend_from_slice(&mac.finalize().into_bytes()[..16]);
    let path = format!("/u/{}", URL_SAFE_NO_PAD.encode(octets));
    let reader = site.browser();
    let page = reader.get(&path).await.is(200);
    let _page = page
        .says("Отписаться от рассылки?")
        .says("maria@example.ru");
    let _page = reader.post(&path, &[]).await.is(200).says("Вы отписаны");
    assert_eq!(site.count(SUPPRESSED).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_link_unsubscribes_a_newer_address_as_well_and_does_not_tell_it() {
    let site = Site::start().await;
    let (recipient, token) = sent(&site).await;
    let anna = crate::web_support::Person {
        id: 1,
        email: "anna@example.ru".to_owned(),
    };
    let browser = site.signed_in(&anna).await;
    let (edit, path) = (
        format!("/recipients/{recipient}/edit"),
        format!("/recipients/{recipient}"),
    );
    site.execute("UPDATE deliveries SET state = 'accepted'; UPDATE runs SET queued = 0, accepted = 2, state = 'finished'")
        .await;
    let fields = [("email", "maria@new.example")];
    let page = browser.submit_and_follow(&edit, &path, &fields).await;
    let _page = page.is(200).says("maria@new.example");
    let link = format!("/u/{token}");
    let reader = site.browser();
    let page = reader.get(&link).await.is(200).says("maria@example.ru");
    let _page = page
        .says("Если позже отправитель указал для вас другой адрес")
        .does_not_say("new.example");
    let page = reader.post(&link, &[]).await.is(200).says("Вы отписаны");
    let _page = page
        .says("Более новый адрес, который указан для вас у отправителя, тоже отписан.")
        .does_not_say("new.example");
    assert_eq!(site.count(SUPPRESSED).await, 2);
    let page = browser.get(&path).await.is(200);
    let _page = page.says("Получатель отписался: рассылки ему больше не отправляются.");
    let english = site.english_browser();
    let page = english.get(&link).await.is(200);
    let _page = page.says("The newer address that the sender has for you is unsubscribed, too.");
}
