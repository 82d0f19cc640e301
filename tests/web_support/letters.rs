//! The service's own mail, as it was captured.

use mail_parser::MessageParser;

use super::Site;

/// A letter that somebody got.
#[derive(Debug, Clone)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub source: String,
}

impl Letter {
    /// The path of the link in it that begins like this.
    pub fn link(&self, beginning: &str) -> String {
        let from = self
            .text
            .find(beginning)
            .unwrap_or_else(|| panic!("no {beginning} in {}", self.text));
        self.text[from..]
            .split_whitespace()
            .next()
            .unwrap()
            .to_owned()
    }
}

impl Site {
    /// Lets the engine hand over what waits, and returns all letters so far, the oldest first.
    pub async fn letters(&self) -> Vec<Letter> {
        let engine = self.app.start_engine().unwrap();
        self.until("SELECT count(*) FROM outbox", 0).await;
        engine.stop().await;
        let found = self
            .app
            .store
            .read(|c| {
                let mut statement = c.prepare(
                    "SELECT rcpt_to, subject, source FROM captured_mails WHERE private = 1
                     ORDER BY id",
                )?;
                let rows = statement.query_map([], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?))
                })?;
                Ok::<_, mailapp::store::StoreError>(rows.collect::<Result<Vec<_>, _>>()?)
            })
            .await
            .unwrap();
        found
            .into_iter()
            .map(|(to, subject, source)| {
                let parsed = MessageParser::default().parse(&source).unwrap();
                Letter {
                    to,
                    subject,
                    text: parsed.body_text(0).unwrap().into_owned(),
                    html: parsed.body_html(0).unwrap().into_owned(),
                    source: String::from_utf8(source.clone()).unwrap(),
                }
            })
            .collect()
    }

    /// The last letter that somebody got.
    pub async fn letter_to(&self, email: &str) -> Letter {
        let letters = self.letters().await;
        let found = letters.iter().rev().find(|letter| letter.to == email);
        found
            .unwrap_or_else(|| panic!("nothing to {email} among {letters:?}"))
            .clone()
    }
}
