//! The mail itself, as the receiving server gets it: headers, encodings, addresses.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that fails may panic"
)]

#[path = "mail/bounds.rs"]
mod bounds;
#[path = "mail/copies.rs"]
mod copies;
#[path = "mail/identifiers.rs"]
mod identifiers;
#[path = "mail/links.rs"]
mod links;
#[path = "mail/names.rs"]
mod names;
mod support;

use mailapp::actions;
use mailapp::domain::Id;
use mailapp::domain::delivery::Outcome;
use mailapp::domain::page::Cursor;
use mailapp::store::StoreError;
use mailapp::store::system::captured;
use support::app::{House, OWNER, SENDER, addresses};
use support::smtp::{Abilities, SmtpServer, Transaction};

const ANNA: &str = "anna@example.ru";

/// Sends one message to one recipient; returns the run.
async fn send(house: &House, (email, name): (&str, &str), (subject, body): (&str, &str)) -> Id {
    let recipient = house.recipient_named(email, name).await;
    let message = house.message(subject, body).await;
    let mailing = house.mailing(message, &[recipient]).await;
    let run = house.send(mailing).await;
    house.wait_until_finished(run).await;
    run
}

/// What every mail must be, whatever it says (RFC 5322 §2.1, RFC 5321 §4.5.3.1.6).
fn is_well_formed(mail: &Transaction) {
    let source = mail.mail.as_deref().unwrap();
    assert!(source.is_ascii(), "8BITMIME was not asked for");
    for line in source.split_inclusive(|octet| *octet == b'\n') {
        let text = line.strip_suffix(b"\r\n").expect("a line ends with CR LF");
        assert!(!text.contains(&b'\r'), "a lone CR");
        assert!(text.len() <= 998, "a line of {} octets", text.len());
    }
}

#[tokio::test]
async fn a_mail_says_from_whom_to_whom_when_and_for_which_list() {
    let server = SmtpServer::start();
    let house = House::with(&server, &[("sender.name", "Клуб «Север»")]).await;
    house.execute("UPDATE users SET name = 'Ольга Л.'").await;
    send(
        &house,
        (ANNA, "Анна, \"Ню\" <К>"),
        ("Новости", "Добрый день!"),
    )
    .await;
    let mail = server.mail_to(ANNA);
    is_well_formed(&mail);
    assert_eq!(mail.mail_command, format!("MAIL FROM:<{SENDER}>"));
    let message = mail.message();
    let from = message.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Клуб «Север»"), Some(SENDER))
    );
    let to = message.to().unwrap().first().unwrap();
    assert_eq!(
        (to.name(), to.address()),
        (Some("Анна, \"Ню\" <К>"), Some(ANNA))
    );
    let reply_to = message.reply_to().unwrap().first().unwrap();
    assert_eq!(
        (reply_to.name(), reply_to.address()),
        (Some("Ольга Л."), Some(OWNER))
    );
    assert_eq!(message.date().unwrap().to_rfc3339(), "2026-03-02T09:00:00Z");
    let list_id = mail.header("List-Id").unwrap();
    let label = list_id.strip_prefix('<').unwrap();
    let label = label
        .strip_suffix(".example.ru>")
        .expect("in our own domain");
    assert_eq!(label.len(), 32, "{list_id}");
    assert_eq!(mail.header("Precedence").as_deref(), Some("bulk"));
    assert_eq!(mail.header("MIME-Version").as_deref(), Some("1.0"));
    assert!(
        mail.message_id().ends_with("@example.ru"),
        "on our own domain"
    );
    for absent in [
        "Bcc",
        "Cc",
        "Sender",
        "X-Mailer",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
    ] {
        assert_eq!(mail.header(absent), None);
    }
    house.close(&server).await;
}

#[tokio::test]
async fn one_click_is_promised_only_where_it_can_be_kept() {
    for (base_url, promises) in [
        ("https://lists.example.ru/", true),
        ("http://127.0.0.1:8000", false),
    ] {
        let server = SmtpServer::start();
        let house = House::with(&server, &[("base_url", base_url)]).await;
        send(
            &house,
            (ANNA, ""),
            ("Новости", "Отписка: {{ unsubscribe_url }}"),
        )
        .await;
        let mail = server.mail_to(ANNA);
        is_well_formed(&mail);
        let header = mail.header("List-Unsubscribe").unwrap();
        let url = header.strip_prefix('<').unwrap().strip_suffix('>').unwrap();
        assert_eq!(mail.text(), format!("Отписка: {url}"));
        let post = mail.header("List-Unsubscribe-Post");
        assert_eq!(
            post.as_deref(),
            promises.then_some("List-Unsubscribe=One-Click")
        );
        let prefix = format!("{}/u/", base_url.trim_end_matches('/'));
        let token = url.strip_prefix(&prefix).expect("a link to our own pages");
        actions::unsubscribe(&house.app, token).await.unwrap();
        house.close(&server).await;
    }
}

#[tokio::test]
async fn no_two_recipients_have_the_same_message_id_or_the_same_unsubscribe_link() {
    let server = SmtpServer::start();
    let house = House::with(&server, &[("base_url", "https://lists.example.ru")]).await;
    let recipients = house.recipients(30).await;
    let message = house.message("Новости", "Добрый день!").await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    house.wait_until_finished(run).await;
    let mut ids = std::collections::BTreeSet::new();
    let mut links = std::collections::BTreeSet::new();
    for address in addresses(30) {
        let mail = server.mail_to(&address);
        ids.insert(mail.message_id());
        links.insert(mail.header("List-Unsubscribe").unwrap());
    }
    assert_eq!((ids.len(), links.len()), (30, 30));
    house.close(&server).await;
}

#[tokio::test]
async fn placeholders_are_filled_for_every_recipient_in_subject_and_body() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let mut recipients = Vec::new();
    for (email, name) in [
        (ANNA, "Анна Ивановна"),
        ("boris@example.ru", ""),
        ("Eve@Example.ru", "{{ email }}"),
    ] {
        recipients.push(house.recipient_named(email, name).await);
    }
    let message = house
        .message(
            "{{ name | Друзья }}, новости",
            "Пишем на {{email}}.\n\\{{ name }} = {{ name | друг }}",
        )
        .await;
    let mailing = house.mailing(message, &recipients).await;
    let run = house.send(mailing).await;
    house.wait_until_finished(run).await;
    let read = |address: &str| {
        let mail = server.mail_to(address);
        is_well_formed(&mail);
        (mail.subject(), mail.text())
    };
    let expected = |subject: &str, text: &str| (subject.to_owned(), text.to_owned());
    assert_eq!(
        read(ANNA),
        expected(
            "Анна Ивановна, новости",
            "Пишем на anna@example.ru.\n{{ name }} = Анна Ивановна"
        )
    );
    assert_eq!(
        read("boris@example.ru"),
        expected(
            "Друзья, новости",
            "Пишем на boris@example.ru.\n{{ name }} = друг"
        )
    );
    assert_eq!(
        read("Eve@example.ru"),
        expected(
            "{{ email }}, новости",
            "Пишем на Eve@Example.ru.\n{{ name }} = {{ email }}"
        )
    );
    house.close(&server).await;
}

#[tokio::test]
async fn any_text_arrives_as_it_was_written() {
    let long_word = "Ж".repeat(3_000);
    let long_line = "слово и дело ".repeat(400);
    let ascii = "x".repeat(5_000);
    let dots = ".\n..\n.\r\n...\n.a\n\n.";
    for body in [
        "Добрый день! Ёлки — «кавычки», € и 🎄.",
        "plain ASCII\nwith = signs == and =20, trailing  \nspaces and\ttabs",
        &long_word,
        long_line.trim(),
        &ascii,
        dots,
        "From here on\n>From there\n-- \nподпись",
        "=?utf-8?B?0J3QtdGC?= in a body\n--=_boundary\nContent-Type: text/html\n\n<b>",
    ] {
        let server = SmtpServer::start();
        let house = House::sending_through(&server).await;
        send(&house, (ANNA, ""), ("Новости", body)).await;
        let mail = server.mail_to(ANNA);
        is_well_formed(&mail);
        assert_eq!(mail.text(), body.replace("\r\n", "\n"));
        house.close(&server).await;
    }
}

#[tokio::test]
async fn any_subject_arrives_as_it_was_written() {
    let long = "Очень длинная тема письма ".repeat(11);
    let ascii = "a".repeat(300);
    for subject in [
        "Привет",
        "plain",
        long.trim(),
        &ascii,
        "=?utf-8?Q?hi?=",
        "Ответ на «=?utf-8?B?0J3QtdGC?=» и ещё немного слов, чтобы хватило на несколько строк",
        "a: b; c <d@e.f> \"g\"",
        "🎄🎄🎄 Ёлки",
        "x  two  spaces",
    ] {
        let server = SmtpServer::start();
        let house = House::sending_through(&server).await;
        send(&house, (ANNA, ""), (subject, "Текст")).await;
        let mail = server.mail_to(ANNA);
        is_well_formed(&mail);
        assert_eq!(mail.subject(), subject);
        house.close(&server).await;
    }
}

#[tokio::test]
async fn a_body_of_dots_cannot_end_the_mail_or_smuggle_a_second_one() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let body = ".\nMAIL FROM:<x@evil.example>\nRCPT TO:<y@evil.example>\nDATA\n.\nQUIT\n.";
    send(&house, (ANNA, ""), ("Новости", body)).await;
    assert_eq!(server.mail_to(ANNA).text(), body);
    assert_eq!(server.transactions().len(), 1);
    house.close(&server).await;
}

#[tokio::test]
async fn an_internationalised_domain_goes_out_as_an_a_label() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    send(
        &house,
        ("maria@почта.рф", "Мария"),
        ("Новости", "Пишем на {{ email }}"),
    )
    .await;
    let mail = server.mail_to("maria@xn--80a1acny.xn--p1ai");
    is_well_formed(&mail);
    let message = mail.message();
    let to = message.to().unwrap().first().unwrap();
    assert_eq!(to.address(), Some("maria@xn--80a1acny.xn--p1ai"));
    assert_eq!(
        mail.text(),
        "Пишем на maria@почта.рф",
        "shown as it was typed"
    );
    assert_eq!(
        mail.mail_command,
        format!("MAIL FROM:<{SENDER}>"),
        "without SMTPUTF8"
    );
    house.close(&server).await;
}

#[tokio::test]
async fn a_local_part_in_russian_goes_out_where_the_server_can_take_it() {
    let server = SmtpServer::able_to(Abilities {
        smtputf8: true,
        ..Abilities::default()
    });
    let house = House::sending_through(&server).await;
    send(
        &house,
        ("мария@почта.рф", "Мария"),
        ("Новости", "Добрый день!"),
    )
    .await;
    let mail = server.mail_to("мария@xn--80a1acny.xn--p1ai");
    assert_eq!(mail.mail_command, format!("MAIL FROM:<{SENDER}> SMTPUTF8"));
    let message = mail.message();
    let to = message.to().unwrap().first().unwrap();
    assert_eq!(to.address(), Some("мария@xn--80a1acny.xn--p1ai"));
    house.close(&server).await;
}

#[tokio::test]
async fn a_local_part_in_russian_is_refused_here_where_the_server_cannot_take_it() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    let run = house.send_to(&["мария@почта.рф", ANNA]).await;
    let run = house.wait_until_finished(run).await;
    assert_eq!((run.counters.refused, run.counters.accepted), (1, 1));
    let attempt = house.attempts(run.id).await.remove(0);
    assert_eq!((attempt.outcome, attempt.code), (Outcome::Refused, None));
    assert_eq!(attempt.text, "[no-smtputf8]");
    assert_eq!(
        server.transactions().len(),
        1,
        "nothing was said to the server about her"
    );
    house.close(&server).await;
}

#[tokio::test]
async fn an_owner_with_a_russian_local_part_does_not_make_a_mail_unreadable_for_old_servers() {
    let server = SmtpServer::start();
    let house = House::sending_through(&server).await;
    house
        .execute("UPDATE users SET email = 'ольга@почта.рф'")
        .await;
    send(&house, (ANNA, ""), ("Новости", "Добрый день!")).await;
    let mail = server.mail_to(ANNA);
    // Raw UTF-8 in a header is for SMTPUTF8 alone (RFC 6532 §3.2, RFC 6531 §3.6).
    is_well_formed(&mail);
    assert_eq!(mail.mail_command, format!("MAIL FROM:<{SENDER}>"));
    house.close(&server).await;
}

#[tokio::test]
async fn while_no_relay_is_set_every_mail_is_kept_and_none_leaves() {
    let mut house = House::capturing().await;
    let run = send(
        &house,
        (ANNA, "Анна"),
        ("Новости", "Здравствуйте, {{ name }}!"),
    )
    .await;
    let attempt = house.attempts(run).await.remove(0);
    assert_eq!(
        (attempt.outcome, attempt.code),
        (Outcome::Accepted, Some(250))
    );
    assert_eq!(attempt.text, "captured", "and not how many are");
    let kept: Result<_, StoreError> = house
        .store()
        .read(|c| {
            let page = captured::list(c, &Cursor::First)?;
            let newest = page.rows.into_iter().next().expect("the mail is kept");
            Ok(captured::get(c, newest.id)?.expect("with its bytes"))
        })
        .await;
    let (mail, source) = kept.unwrap();
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), (ANNA, "Новости"));
    let message = mail_parser::MessageParser::default()
        .parse(&source)
        .unwrap();
    assert_eq!(
        message.body_text(0).unwrap().trim_end(),
        "Здравствуйте, Анна!"
    );
    house.stop().await;
    house.is_consistent().await;
}
