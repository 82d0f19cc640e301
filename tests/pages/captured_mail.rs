//! The page of captured mail.

use crate::web_support::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_reads_what_was_captured_and_users_do_not() {
    let site = Site::start_with(&[("base_url", "https://mail.example.ru")]).await;
    let (anna, boss) = (
        site.user("anna@example.ru").await,
        site.manager("boss@example.ru").await,
    );
    site.recipient(&anna, "maria@почта.рф", "Мария").await;
    let mailing = site.mailing(&anna, "Осенняя").await;
    let engine = site.app.start_engine().unwrap();
    site.send(&anna, mailing).await;
    site.until("SELECT count(*) FROM captured_mails", 1).await;
    drop(engine);
    // With an address that is HTTPS the cookie is marked so, and a test's client keeps it back.
    let boss = site.cookie_of(&boss).await;
    let user = site.cookie_of(&anna).await;
    let page = boss
        .get("/mailbox")
        .await
        .is(200)
        .says("Перехваченные письма")
        .says("Хранятся последние письма, всего до 256 МБ.")
        .says("Тема: Осенняя");
    let page = page.says("maria@xn--80a1acny.xn--p1ai").says("1 письмо");
    let path = page
        .links()
        .into_iter()
        .find(|link| link.starts_with("/mailbox/"))
        .unwrap();
    let page = boss.get(&path).await.is(200).says("Здравствуйте, Мария!");
    let page = page.says("List-Unsubscribe-Post").says("Message-ID");
    assert!(
        !page.links().contains(&format!("{path}?tab=html")),
        "it has no HTML part"
    );
    let _page = boss
        .get(&format!("{path}?tab=source"))
        .await
        .is(200)
        .says("Content-Type: text/plain");
    let source = boss.get(&format!("{path}/source")).await.is(200);
    assert_eq!(source.header("content-type"), "message/rfc822");
    assert!(
        source
            .header("content-disposition")
            .starts_with("attachment; filename=\"mail-")
    );
    assert!(source.html.contains("\r\nList-Id: "));
    let _page = boss.get(&format!("{path}/html")).await.is(404);
    for path in [
        "/mailbox",
        path.as_str(),
        &format!("{path}/source"),
        &format!("{path}/html"),
    ] {
        let _page = user.get(path).await.is(404).does_not_say("Мария");
    }
    let page = user
        .get("/mailings")
        .await
        .is(200)
        .says("Письма никуда не уходят");
    assert!(!page.links().contains(&"/mailbox".to_owned()));
    let page = boss.get("/mailings").await.is(200);
    assert!(page.links().contains(&"/mailbox".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_html_of_a_mail_comes_in_a_frame_that_can_do_nothing() {
    let site = Site::start().await;
    let boss = site.manager("boss@example.ru").await;
    site.write(|c| {
        let source = "Subject: Hello\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/alternative; boundary=b\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nplain words\r\n\
             --b\r\nContent-Type: text/html\r\n\r\n<b>bold words</b><script>alert(1)</script>\r\n--b--\r\n";
        c.execute(
            "INSERT INTO captured_mails (at, mail_from, rcpt_to, subject, source)
             VALUES (1, 'a@example.ru', 'b@example.ru', 'Hello', ?1)",
            [source.as_bytes()],
        )
        .unwrap();
    })
    .await;
    let browser = site.signed_in(&boss).await;
    let page = browser
        .get("/mailbox/1?tab=html")
        .await
        .is(200)
        .does_not_say("bold words");
    let frame = page
        .tags()
        .into_iter()
        .find(|tag| tag.name == "iframe")
        .unwrap();
    assert_eq!(frame.get("src"), Some("/mailbox/1/html"));
    assert_eq!(frame.get("sandbox"), Some(""), "nothing is allowed");
    let html = browser.get("/mailbox/1/html").await.is(200);
    assert!(html.html.contains("<b>bold words</b>"));
    assert_eq!(
        html.header("content-security-policy"),
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; \
         frame-ancestors 'self'; sandbox"
    );
    assert_eq!(html.header("x-frame-options"), "SAMEORIGIN");
    assert_eq!(html.header("x-content-type-options"), "nosniff");
    assert!(html.header("cache-control").contains("no-store"));
    let _page = browser.get("/mailbox/1").await.is(200).says("plain words");
    for missing in ["/mailbox/2", "/mailbox/2/html", "/mailbox/2/source"] {
        let _page = browser.get(missing).await.is(404);
    }
}
