//! Composes the mail for one recipient (RFC 5322, RFC 2045–2047).

use mail_builder::MessageBuilder;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::url::URL;

use super::headers::{mailbox, unstructured};
use crate::domain::audience::address::EmailAddress;
use crate::domain::audience::unsubscribe::UnsubscribeKey;
use crate::domain::content::message::{MAX_FILLED, MAX_FILLED_SUBJECT};
use crate::domain::content::template::{Fields, Template};
use crate::domain::delivery::mail_ids::MailIdKey;
use crate::domain::delivery::reply::Reply;
use crate::domain::{Id, Millis, text};
use crate::store::delivery::deliveries::{DueDelivery, RunSnapshot};
use crate::transport::{Envelope, Mail, local};

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
    pub ids: MailIdKey,
}

/// What every mail of one run has in common, parsed once.
#[derive(Debug)]
pub struct Pattern {
    snapshot: RunSnapshot,
    subject: Template,
    body: Template,
    /// Where replies go: the owner's address on the wire, and whether it needs SMTPUTF8.
    reply_to: Option<(String, bool)>,
    /// Whether some recipient's mail could be one that is not to be sent. Messages are checked when
    /// they are saved; this is about those that older versions have taken.
    needs_check: bool,
}

impl Pattern {
    pub fn new(snapshot: RunSnapshot) -> Self {
        let (subject, body) = (
            Template::lenient(&snapshot.subject),
            Template::lenient(&snapshot.body),
        );
        let owner = EmailAddress::parse(&snapshot.owner_email).ok();
        Self {
            reply_to: owner.map(|owner| (owner.on_wire(), owner.needs_smtputf8())),
            needs_check: subject.may_be_blank()
                || subject.longest() > MAX_FILLED_SUBJECT
                || subject.longest() + body.longest() > MAX_FILLED,
            subject,
            body,
            snapshot,
        }
    }

    /// Whether mails made of it name the owner as they are called today.
    pub fn names_owner_of(&self, run: &RunSnapshot) -> bool {
        let known = &self.snapshot;
        known.owner_email == run.owner_email && known.owner_name == run.owner_name
    }

    /// Whether a mail with these values is to be sent, or why not.
    fn check(&self, fields: &Fields<'_>) -> Result<(), Reply> {
        if text::is_blank(&self.subject.fill(fields)) {
            return Err(local::reply(local::EMPTY_SUBJECT, ""));
        }
        let heading = self.subject.filled_length(fields);
        let whole = heading + self.body.filled_length(fields);
        for (length, max) in [(heading, MAX_FILLED_SUBJECT), (whole, MAX_FILLED)] {
            if length > max {
                let detail = format!("{} > {} KB", length.div_ceil(1_024), max / 1_024);
                return Err(local::reply(local::TOO_LARGE, &detail));
            }
        }
        Ok(())
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
        let fields = fields(delivery, &unsubscribe_url);
        let subject = pattern.subject.fill(&fields);
        // The canonical form of text has CR LF, also inside base64 (RFC 2045 §6.8).
        let body = pattern.body.fill(&fields).replace('\n', "\r\n");
        let message_id = self.ids.of_delivery(&run.token, delivery.id);
        let message_id = format!("{message_id}@{domain}");
        let list_id = format!("<{}.{domain}>", self.ids.of_mailing(run.mailing_id));
        let mut source = Vec::with_capacity(1_024 + run.body.len() * 2);
        mailbox(&mut source, "From", &self.sender_name, &envelope.mail_from);
        mailbox(&mut source, "To", &delivery.name, &envelope.rcpt_to);
        unstructured(&mut source, "Subject", &subject);
        // An address that only SMTPUTF8 can carry must not make the whole mail need it.
        if let Some((owner, needs_smtputf8)) = &pattern.reply_to
            && (envelope.needs_smtputf8 || !needs_smtputf8)
        {
            mailbox(&mut source, "Reply-To", &run.owner_name, owner);
        }
        let mut builder = MessageBuilder::new()
            .date(Date::new(now.div_euclid(1_000)))
            .message_id(MessageId::new(message_id))
            .header("List-Id", Raw::new(list_id))
            .header("Precedence", Raw::new("bulk"))
            .text_body(body);
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
        builder.serialize(&mut source);
        Mail {
            envelope: envelope.clone(),
            subject,
            private: false,
            source,
        }
    }

    /// Who the mail of a delivery is from and for.
    ///
    /// # Errors
    /// Why there is no such mail: the address is none, the subject would be empty, or the text too
    /// long. All of that was checked when it was saved, perhaps by an older version.
    pub fn envelope(&self, pattern: &Pattern, delivery: &DueDelivery) -> Result<Envelope, Reply> {
        let to = EmailAddress::parse(&delivery.email)
            .map_err(|_| local::reply(local::BAD_ADDRESS, &delivery.email))?;
        if pattern.needs_check {
            let unsubscribe_url = self.unsubscribe_url(delivery.id);
            pattern.check(&fields(delivery, &unsubscribe_url))?;
        }
        Ok(Envelope {
            mail_from: self.sender.on_wire(),
            rcpt_to: to.on_wire(),
            needs_smtputf8: to.needs_smtputf8() || self.sender.needs_smtputf8(),
        })
    }

    fn unsubscribe_url(&self, delivery: Id) -> String {
        if self.base_url.is_empty() {
            String::new()
        } else {
            format!("{}/u/{}", self.base_url, self.unsubscribe.token(delivery))
        }
    }
}

const fn fields<'a>(delivery: &'a DueDelivery, unsubscribe_url: &'a str) -> Fields<'a> {
    Fields {
        name: delivery.name.as_str(),
        email: delivery.email.as_str(),
        unsubscribe_url,
    }
}
