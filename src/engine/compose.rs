//! Composes the mail for one recipient (RFC 5322, RFC 2045–2047).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::url::URL;

use crate::domain::Millis;
use crate::domain::address::EmailAddress;
use crate::domain::phrase::Phrase;
use crate::domain::template::{Fields, Template};
use crate::domain::unsubscribe::UnsubscribeKey;
use crate::store::deliveries::{DueDelivery, RunSnapshot};
use crate::transport::{Envelope, Mail};

/// What every mail of this installation has in common.
#[derive(Debug)]
pub struct Composer {
    /// `From` and `MAIL FROM`.
    pub sender: EmailAddress,
    pub sender_name: String,
    /// Where the pages are reachable from outside, without a slash at the end; empty: nowhere,
    /// and mails carry no unsubscribe link.
    pub base_url: String,
    /// The same, or where the pages are served, for the links of the service's own mail.
    pub public_url: String,
    pub unsubscribe: UnsubscribeKey,
}

/// What every mail of one run has in common, parsed once.
#[derive(Debug)]
pub struct Pattern {
    snapshot: RunSnapshot,
    subject: Template,
    body: Template,
    /// Where replies go: the owner's address on the wire, and whether it needs SMTPUTF8.
    reply_to: Option<(String, bool)>,
}

impl Pattern {
    pub fn new(snapshot: RunSnapshot) -> Self {
        // A message is checked when it is saved; should a later version know fewer marks, its
        // text goes out as it stands.
        let parse = |text: &str| Template::parse(text).unwrap_or_else(|_| Template::literal(text));
        let owner = EmailAddress::parse(&snapshot.owner_email).ok();
        Self {
            reply_to: owner.map(|owner| (owner.on_wire(), owner.needs_smtputf8())),
            subject: parse(&snapshot.subject),
            body: parse(&snapshot.body),
            snapshot,
        }
    }
}

impl Composer {
    /// The mail of one delivery. Its Message-ID depends on the delivery alone, so that a mail
    /// that is tried again is the same mail.
    pub fn compose(
        &self,
        pattern: &Pattern,
        delivery: &DueDelivery,
        envelope: &Envelope,
        now: Millis,
    ) -> Mail {
        let run = &pattern.snapshot;
        let domain = self.sender.ascii_domain();
        let unsubscribe_url = self.unsubscribe_url(delivery.id);
        let fields = Fields {
            name: &delivery.name,
            email: &delivery.email,
            unsubscribe_url: &unsubscribe_url,
        };
        let subject = pattern.subject.fill(&fields);
        // The canonical form of text has CR LF, also inside base64 (RFC 2045 §6.8).
        let body = pattern.body.fill(&fields).replace('\n', "\r\n");
        let message_id = format!("{}.{}@{domain}", run.token, delivery.id);
        let list_id = format!("<mailing-{}.{domain}>", run.mailing_id);
        let mut builder = MessageBuilder::new()
            .from(named(&self.sender_name, &envelope.mail_from))
            .to(named(&delivery.name, &envelope.rcpt_to))
            .date(Date::new(now.div_euclid(1_000)))
            .message_id(MessageId::new(message_id))
            .header("List-Id", Raw::new(list_id))
            .header("Precedence", Raw::new("bulk"))
            .text_body(body);
        builder = self::subject(builder, &subject);
        // An address that only SMTPUTF8 can carry must not make the whole mail need it.
        if let Some((owner, needs_smtputf8)) = &pattern.reply_to
            && (envelope.needs_smtputf8 || !needs_smtputf8)
        {
            builder = builder.reply_to(named(&run.owner_name, owner));
        }
        if !unsubscribe_url.is_empty() {
            builder = builder.header("List-Unsubscribe", URL::new(unsubscribe_url));
            // One-click works over HTTPS only (RFC 8058 §3.1).
            if self.base_url.starts_with("https://") {
                builder = builder.header(
                    "List-Unsubscribe-Post",
                    Raw::new("List-Unsubscribe=One-Click"),
                );
            }
        }
        let mut source = Vec::with_capacity(1_024 + run.body.len() * 2);
        builder.serialize(&mut source);
        Mail {
            envelope: envelope.clone(),
            subject: subject.clone(),
            private: false,
            source,
        }
    }

    /// Who it is from and for.
    ///
    /// # Errors
    /// When the recipient's address is none (it was checked when it was saved).
    pub fn envelope(&self, delivery: &DueDelivery) -> Result<Envelope, Phrase> {
        let to = EmailAddress::parse(&delivery.email)?;
        Ok(Envelope {
            mail_from: self.sender.on_wire(),
            rcpt_to: to.on_wire(),
            needs_smtputf8: to.needs_smtputf8() || self.sender.needs_smtputf8(),
        })
    }

    fn unsubscribe_url(&self, delivery: i64) -> String {
        if self.base_url.is_empty() {
            String::new()
        } else {
            format!("{}/u/{}", self.base_url, self.unsubscribe.token(delivery))
        }
    }
}

/// mail-builder leaves alone what looks encoded already, and the reader would see it decoded.
pub(super) fn subject<'a>(builder: MessageBuilder<'a>, subject: &'a str) -> MessageBuilder<'a> {
    if subject.contains("=?") {
        builder.header("Subject", Raw::new(encoded_words(subject)))
    } else {
        builder.subject(subject)
    }
}

pub(super) fn named<'a>(name: &'a str, address: &'a str) -> Address<'a> {
    Address::new_address((!name.is_empty()).then_some(name), address)
}

/// Words of at most 75 characters, each whole in itself (RFC 2047 §2, §5).
fn encoded_words(text: &str) -> String {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, tail) = rest.split_at(rest.floor_char_boundary(45));
        words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
        rest = tail;
    }
    words.join(" ")
}
