//! Replies as real servers give them, and the meaning that each must have.

use super::Meaning::{self, *};
use super::{About, Slow};
use crate::domain::delivery::reply::Reply;

pub(super) fn read(line: &str) -> Reply {
    Reply::from_lines(line.split('\n').map(str::as_bytes)).unwrap()
}

pub(super) fn meaning(line: &str) -> Option<Meaning> {
    read(line).meaning()
}

pub(super) fn all_mean(samples: &[(&str, Meaning)]) {
    let wrong: Vec<_> = samples
        .iter()
        .filter(|(line, expected)| meaning(line) != Some(*expected))
        .map(|(line, expected)| format!("{line}: {:?}, not {expected:?}", meaning(line)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// About one mailbox or one address.
const RECIPIENTS: &[(&str, Meaning)] = &[
    (
        "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550 5.1.1 double-checking https://support.google.com/mail/?p=NoSuchUser a1-20020.2 - gsmtp",
        NoMailbox,
    ),
    (
        "550 5.1.1 <anna@example.ru>: Recipient address rejected: User unknown in local recipient table",
        NoMailbox,
    ),
    (
        "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [AM5EUR03FT048.eop-EUR03.prod.protection.outlook.com]",
        NoMailbox,
    ),
    (
        "550 5.4.1 [anna@example.com]: Recipient address rejected: Access denied",
        NoMailbox,
    ),
    (
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient anna@example.com not found by SMTP address lookup",
        NoMailbox,
    ),
    (
        "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
        NoMailbox,
    ),
    ("550 5.7.1 No such user!", NoMailbox),
    (
        "550 Message was not accepted -- invalid mailbox.  Local mailbox anna@mail.ru is unavailable: user not found",
        NoMailbox,
    ),
    (
        "554 delivery error: dd This user doesn't have a yahoo.com account (anna@yahoo.com) [0] - mta4213.mail.bf1.yahoo.com",
        NoMailbox,
    ),
    ("550 No such user here", NoMailbox),
    (
        "550 sorry, no mailbox here by that name. (#5.1.1)",
        NoMailbox,
    ),
    ("550 5.1.1 User unknown", NoMailbox),
    (
        "550 anna@example.ru... No such user; not listed in public Name & Address Book",
        NoMailbox,
    ),
    (
        "450 4.1.1 <rate@limit.example>: Recipient address rejected: unverified address: User unknown",
        NoMailbox,
    ),
    (
        "550-5.2.1 The email account that you tried to reach is inactive. For more\n550 5.2.1 information, go to https://support.google.com/mail/?p=DisabledUser 12si - gsmtp",
        MailboxDisabled,
    ),
    ("550 Access to this account is disabled", MailboxDisabled),
    ("550 5.2.1 Closed", MailboxDisabled),
    (
        "452-4.2.2 The recipient's inbox is out of storage space. Please direct the\n452 4.2.2 recipient to https://support.google.com/mail/?p=OverQuotaTemp - gsmtp",
        MailboxFull,
    ),
    ("552 5.2.2 Mailbox size limit exceeded", MailboxFull),
    (
        "552 5.2.2 This message is larger than the current system limit or the recipient's mailbox is full",
        MailboxFull,
    ),
    ("422 4.2.2 The recipient has exceeded quota", MailboxFull),
    (
        "554 5.2.2 mailbox full; STOREDRV.Deliver; mailbox full",
        MailboxFull,
    ),
    (
        "450 4.1.2 <a@b.example>: Recipient address rejected: Domain not found",
        NoDomain,
    ),
    ("556 5.1.10 Domain does not accept mail (nullMX)", NoDomain),
    ("550 Unrouteable address", NoDomain),
    ("501 5.1.3 Bad recipient address syntax", BadAddress),
    (
        "504 5.5.2 <anna@local>: Recipient address rejected: need fully-qualified address",
        BadAddress,
    ),
    (
        "501 <x>: recipient address must contain a domain",
        BadAddress,
    ),
    (
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required",
        Restricted,
    ),
    (
        "550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized",
        Restricted,
    ),
    (
        "554 5.7.1 <anna@example.ru>: Recipient address rejected: Access denied",
        AddressRefused,
    ),
    ("450 4.4.1 Connection timed out", Unreachable),
    // Listed or invalid, but not we.
    (
        "550 5.1.1 This recipient is listed as inactive in our directory",
        MailboxDisabled,
    ),
    (
        "550 5.2.1 The mailbox is listed as disabled",
        MailboxDisabled,
    ),
    (
        "550 This user is listed as closed since 2019",
        MailboxDisabled,
    ),
    (
        "550 5.1.1 Address is listed by no directory here",
        NoMailbox,
    ),
    (
        "550 5.1.1 RCPT is listed in the table of former staff",
        NoMailbox,
    ),
    (
        "550 anna@example.ru... User not listed in Domino Directory",
        NoMailbox,
    ),
    (
        "550 anna@example.ru not listed in Domino Directory",
        NoMailbox,
    ),
    (
        "554 5.1.1 anna@example.ru is not listed in the directory",
        NoMailbox,
    ),
    (
        "550 5.7.1 Recipient is not listed in our directory",
        NoMailbox,
    ),
    ("550 Mailbox not listed on this server", NoMailbox),
    (
        "550 5.1.10 The address is listed on no host of this domain",
        NoDomain,
    ),
    (
        "553 5.1.2 <x@exa_mple.org>: Recipient address rejected: Invalid domain name",
        BadAddress,
    ),
    (
        "550 5.1.3 <x@-example.org>: invalid domain name",
        BadAddress,
    ),
    ("553 Invalid domain name in RCPT TO", BadAddress),
    ("501 Recipient has an invalid domain name", BadAddress),
    (
        "553 5.1.3 <anna@exa_mple.org>... Hostname required",
        BadAddress,
    ),
];

/// A link in the mail is on a list.
const LISTED_LINKS: &[&str] = &[
    "554 5.7.1 Message contains a URL listed on SURBL",
    "550 5.7.1 Message contains a blacklisted URL",
    "550-Blacklisted URL in message. (example.com) in [black]. See\n550 http://lookup.uribl.com.",
    "550-REJECTED - Blacklisted URL in message. (example.com) in [black].\n550-See http://lookup.uribl.com. - Blacklisted Link - X=pascal\n550 H=mail.example.com [203.0.113.7] HELO=[mail.example.com]",
    "550 5.7.1 Rejected: message body contains a URI listed in multi.surbl.org",
    "554 5.7.1 Message body contains a URI listed in multi.uribl.com",
    "550 This message contains a link to example.com, which is listed in dbl.spamhaus.org",
    "554 5.7.1 The URL example.com is listed by the Spamhaus DBL, see https://www.spamhaus.org/query/domain/example.com",
    "550 5.7.1 URL blacklisted by dbl.spamhaus.org",
    "554 5.7.1 Mail contains links that are on our block list",
    "550 Link is blacklisted: example.com",
    "554 5.7.1 Mail rejected: link to example.com is on our blocklist",
    "554 5.7.1 Rejected: link in the message is listed on SURBL",
    "554 5.7.1 Message contains a domain listed by URIBL_BLACK",
    "550 Email contains a hyperlink with poor reputation",
    "554 Blocked: URI found on a blocklist",
    "550 5.7.1 Contains an URL listed in the URIBL blocklist [URIs: example.com]",
];

#[test]
fn a_listed_link_is_about_the_mail() {
    for line in LISTED_LINKS {
        assert_eq!(meaning(line), Some(Content), "{line}");
    }
}

#[test]
fn a_mailbox_that_is_not_there_closed_or_full_is_about_its_recipient() {
    all_mean(RECIPIENTS);
    for (line, meaning) in RECIPIENTS {
        assert_eq!(meaning.about(), About::Recipient, "{line}");
        assert!(meaning.is_charged(true) && meaning.is_charged(false));
    }
}

#[test]
fn one_mailbox_that_gets_too_much_slows_nobody_else() {
    let samples = [
        (
            "450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n450-4.2.1 prevents additional messages from being delivered. Please resend your\n450 4.2.1 message at a later time. https://support.google.com/mail/?p=ReceivingRate - gsmtp",
            RecipientBusy,
        ),
        (
            "450 4.2.1 The user you are trying to contact is receiving mail too quickly.",
            RecipientBusy,
        ),
        (
            "450 4.2.1 The recipient has exceeded message rate limit. Try again later.",
            RecipientBusy,
        ),
        (
            "451 Ratelimit exceeded for mailbox anna@mail.ru. Try again later.",
            RecipientBusy,
        ),
    ];
    all_mean(&samples);
    for (line, meaning) in samples {
        assert_eq!(meaning.slows(), Some(Slow::Mailbox), "{line}");
    }
}

#[test]
fn who_asks_for_less_is_sent_less() {
    let domain = [
        "421-4.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP address\n421 4.7.28 To protect our users, mail has been temporarily rate limited. - gsmtp",
        "451 4.7.650 The mail server [203.0.113.7] has been temporarily rate limited due to IP reputation. [DB5EUR01FT058.eop-EUR01.prod.protection.outlook.com]",
        "451 4.7.500 Server busy. Please try again later from [203.0.113.7]. (S77719) [HE1EUR01FT052.eop-EUR01.prod.protection.outlook.com]",
        "421 4.7.0 [TSS04] Messages from 203.0.113.7 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
        "450 4.7.1 Error: too much mail from 203.0.113.7",
        "451 4.7.0 Too many messages, slow down",
        "450 Too many emails per second, try again later",
        "452 4.5.3 Too many recipients",
        "421 4.7.0 Rate limit exceeded",
        "451 You are sending too fast",
        "451 4.7.650 Temporarily deferred",
        "450 4.7.1 100 messages per hour",
    ];
    for line in domain {
        assert_eq!(read(line).slows(), Some(Slow::Domain), "{line}");
    }
    for line in [
        "454 Throttling failure: Maximum sending rate exceeded.",
        "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded",
        "421 4.7.0 mx.example Error: too many connections from 203.0.113.7",
        "421 4.4.2 Message submission rate for this client has exceeded the configured limit",
    ] {
        assert_eq!(read(line).slows(), Some(Slow::Relay), "{line}");
    }
}

#[test]
fn words_that_only_look_like_a_complaint_slow_nobody() {
    for line in [
        "451 4.3.0 This server is operated by Example Ltd",
        "450 4.3.2 Message id was generated twice",
        "451 4.3.0 Mailbox is being migrated",
        "452 4.3.4 Message size exceeds the limit",
        "452 4.2.2 Mailbox exceeds the limit of its storage",
        "450 4.2.0 <rate@limit.example>: too tired",
        "451 4.3.0 host ratelimit.example.ru said: later",
        "451 4.7.1 Greylisted for 300 seconds",
        "421 4.3.2 Going down",
        "421 Too many messages in this connection",
        "421 Session limit exceeded",
        "421 4.7.0 Too many messages on this connection",
        "550 5.7.1 Rate limit exceeded",
        "250 2.0.0 Ok: slow down",
    ] {
        assert_eq!(read(line).slows(), None, "{line}");
    }
    all_mean(&[
        ("452 4.3.4 Message size exceeds the limit", TooLarge),
        ("421 Too many messages in this connection", ConnectionCap),
        (
            "421 4.7.0 mx.example Error: too many connections from 203.0.113.7",
            Connections,
        ),
        ("421 4.3.2 Going down", Busy),
        ("451 4.7.1 Greylisted for 300 seconds", Greylisted),
        (
            "450 4.2.0 <a@example.ru>: Recipient address rejected: Greylisting in action",
            Greylisted,
        ),
    ]);
}

#[test]
fn what_is_about_the_mail_or_says_nothing_is_a_refusal_like_any_other() {
    let samples = [
        (
            "554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc 1700000000-abc",
            Content,
        ),
        (
            "550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=abc",
            Content,
        ),
        (
            "550 5.7.1 This message has been blocked because it contains a virus",
            Content,
        ),
        ("552 5.3.4 Message size exceeds fixed limit", TooLarge),
        ("523 Message size exceeds limit: 40000000", TooLarge),
        (
            "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes",
            Policy,
        ),
        ("550 5.7.1 Blocked, see example.org", Policy),
        ("550 Administrative prohibition", Refused),
        ("554 Transaction failed", Policy),
        ("550 5.3.0 No", Refused),
        ("450 4.7.1 Later", PolicyLater),
        ("451 4.3.0 Later", Busy),
        ("451 Temporary local problem - please try later", TryLater),
        ("452 4.3.1 Insufficient system storage", Busy),
        ("450 4.2.1 Busy", TryLater),
        (
            "450 Requested mail action not taken: mailbox unavailable",
            TryLater,
        ),
    ];
    all_mean(&samples);
    for (line, meaning) in samples {
        assert!(meaning.is_charged(read(line).is_permanent()), "{line}");
    }
}

#[test]
fn a_refusal_for_good_is_never_explained_as_a_delay() {
    for text in [
        "Service busy, try again later",
        "Greylisted",
        "5.4.5 Busy",
        "",
    ] {
        for code in [500, 510, 521, 530, 541, 550, 552, 554, 556, 571, 599] {
            let found = Meaning::of(Some(code), None, text).unwrap();
            let later = [Busy, TryLater, PolicyLater, Greylisted];
            assert!(!later.contains(&found), "{code} {text}: {found:?}");
        }
    }
    assert_eq!(Meaning::of(Some(250), Some("2.0.0"), "rate limit"), None);
    assert_eq!(Meaning::of(None, None, "rate limit"), None);
}
