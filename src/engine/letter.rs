//! Composes the service's own mail: a letter in its reader's language, as text and as HTML
//! (RFC 2046 §5.1.4), marked as made by a machine (RFC 3834).

use std::sync::LazyLock;

use mail_builder::MessageBuilder;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use minijinja::{Environment, context};

use super::compose::Composer;
use super::headers::{mailbox, unstructured};
use crate::domain::Millis;
use crate::domain::delivery::letter::{Letter, Notice, Pause};
use crate::domain::phrase::Phrase;
use crate::i18n::Reader;
use crate::store::delivery::outbox::Posting;
use crate::transport::{Envelope, Mail};

const TEMPLATE: &str = "letter.html";

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    let source = include_str!("../../templates/mail/letter.html");
    if let Err(error) = environment.add_template(TEMPLATE, source) {
        tracing::error!(%error, "the letters' template cannot be read");
    }
    environment
});

/// The letter's words.
struct Words {
    subject: String,
    paragraphs: Vec<String>,
    url: Option<String>,
    button: String,
    foot: String,
}

impl Composer {
    /// The mail of one letter. One that is tried again is the same letter, unless its link is another.
    pub fn compose_letter(&self, posting: &Posting, now: Millis) -> Mail {
        let words = self.words(posting);
        let (from, to) = (self.sender.on_wire(), posting.to.on_wire());
        let domain = self.sender.ascii_domain();
        // A link that is made anew makes a new letter: a copy that looks like the first one would be
        // dropped, and the first one's link is void.
        let nth = posting.token.map_or(0, |_| posting.tries);
        let message_id = self.ids.of_letter(posting.created_at, posting.id, nth);
        let message_id = format!("{message_id}@{domain}");
        let mut source = Vec::with_capacity(6 * 1_024);
        mailbox(&mut source, "From", &self.sender_name, &from);
        mailbox(&mut source, "To", &posting.name, &to);
        unstructured(&mut source, "Subject", &words.subject);
        let mut builder = MessageBuilder::new()
            .date(Date::new(now.div_euclid(1_000)))
            .message_id(MessageId::new(message_id))
            .header("Auto-Submitted", Raw::new("auto-generated"))
            .header("X-Auto-Response-Suppress", Raw::new("All"))
            .text_body(text(&words));
        match html(&words, posting.language.code()) {
            Ok(html) => builder = builder.html_body(html),
            Err(error) => tracing::error!(%error, "a letter goes out as text only"),
        }
        builder.serialize(&mut source);
        Mail {
            envelope: Envelope {
                mail_from: from,
                rcpt_to: to,
                needs_smtputf8: posting.to.needs_smtputf8() || self.sender.needs_smtputf8(),
            },
            subject: words.subject,
            private: true,
            source,
        }
    }

    fn words(&self, posting: &Posting) -> Words {
        let reader = Reader::new(posting.language, "UTC");
        let key = posting.letter.name();
        // A mailing's title, a line of its own, and why it was switched off.
        let (detail, reason) = posting
            .detail
            .split_once('\n')
            .unwrap_or((&posting.detail, ""));
        let pause = match posting.letter {
            Letter::Notice(Notice::Paused) => Pause::parse(&posting.detail),
            _ => None,
        };
        let why = pause.map(|pause| about_pause(&reader, &pause));
        let (detail, reason) = match (&pause, &why) {
            (Some(pause), Some(why)) => (pause.title, why.as_str()),
            _ => (detail, reason),
        };
        let say = |part: &str| {
            let phrase = Phrase::new("")
                .with("email", posting.to.as_typed())
                .with("detail", detail)
                .with("reason", reason)
                .with("site", self.public_url.as_str());
            reader.say_as(&format!("letter-{key}-{part}"), &phrase)
        };
        let path = match (&posting.token, posting.letter.purpose(), &pause) {
            (Some(token), Some(purpose), _) => Some(purpose.path(token)),
            (_, _, Some(pause)) => Some(format!("/mailings/{}", pause.mailing)),
            _ => posting.letter.page().map(str::to_owned),
        };
        let greeting = if posting.name.is_empty() {
            reader.text("letter-greeting")
        } else {
            reader.say(&Phrase::new("letter-greeting-name").with("name", posting.name.as_str()))
        };
        let mut paragraphs = vec![greeting];
        paragraphs.extend(say("text").lines().map(str::to_owned));
        Words {
            subject: say("subject"),
            paragraphs,
            button: path.as_ref().map_or_else(String::new, |_| say("button")),
            url: path.map(|path| format!("{}{path}", self.public_url)),
            foot: reader.say(&Phrase::new("letter-foot").with("site", self.public_url.as_str())),
        }
    }
}

/// Why a run has paused, and what to do about it.
fn about_pause(reader: &Reader, pause: &Pause<'_>) -> String {
    let mut text = reader.pause_reason(pause.reason, pause.detail);
    if let Some(advice) = reader.pause_advice(pause.reason, pause.detail) {
        text.push('\n');
        text.push_str(&advice);
    }
    text
}

/// The canonical form of text has CR LF (RFC 2045 §6.8).
fn text(words: &Words) -> String {
    let mut parts = words.paragraphs.clone();
    if let Some(url) = &words.url {
        parts.push(format!("{}:\n{url}", words.button));
    }
    parts.push(format!("-- \n{}", words.foot));
    format!("{}\n", parts.join("\n\n")).replace('\n', "\r\n")
}

fn html(words: &Words, lang: &str) -> Result<String, minijinja::Error> {
    TEMPLATES.get_template(TEMPLATE)?.render(context! {
        lang,
        subject => words.subject,
        paragraphs => words.paragraphs,
        url => words.url,
        button => words.button,
        foot => words.foot,
    })
}
