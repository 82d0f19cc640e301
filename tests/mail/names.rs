//! Names and subjects that look like encoded words (RFC 2047) are shown as they were typed.

use crate::support::app::{House, OWNER, SENDER};
use crate::support::smtp::SmtpServer;
use crate::{ANNA, is_well_formed, send};

/// `X`, a line break, and `Bcc: x@evil.example`, for whoever decodes it.
const SLY: &str = "=?utf-8?B?WA0KQmNjOiB4QGV2aWwuZXhhbXBsZQ==?=";

#[tokio::test]
async fn a_name_that_looks_like_an_encoded_word_is_read_as_it_was_typed() {
    let server = SmtpServer::start();
    let house = House::with(&server, &[("sender.name", SLY)]).await;
    house
        .execute("UPDATE users SET name = 'Ольга =?utf-8?B?WA0KQmNjOiB4QGV2aWwuZXhhbXBsZQ==?= Л.'")
        .await;
    send(&house, (ANNA, SLY), ("Для {{ name }}", "Текст")).await;
    let mail = server.mail_to(ANNA);
    is_well_formed(&mail);
    let source = String::from_utf8(mail.mail.clone().unwrap()).unwrap();
    assert!(
        !source.contains("WA0KQmNjOiB4QGV2aWwuZXhhbXBsZQ"),
        "{source}"
    );
    let message = mail.message();
    for (addresses, name, address) in [
        (message.from(), SLY.to_owned(), SENDER),
        (message.to(), SLY.to_owned(), ANNA),
        (message.reply_to(), format!("Ольга {SLY} Л."), OWNER),
    ] {
        let all: Vec<_> = addresses.unwrap().iter().collect();
        assert_eq!(all.len(), 1, "{source}");
        assert_eq!(
            (all[0].name(), all[0].address()),
            (Some(name.as_str()), Some(address))
        );
    }
    assert_eq!(mail.subject(), format!("Для {SLY}"));
    assert!(message.bcc().is_none());
    house.close(&server).await;
}
