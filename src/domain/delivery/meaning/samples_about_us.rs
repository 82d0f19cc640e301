//! Replies about us as real servers give them.

use super::Meaning::{self, *};
use super::samples::{all_mean, meaning, read};

/// About our name, address, account or manners, or a server that takes no mail.
const ABOUT_US: &[(&str, Meaning)] = &[
    (
        "550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n550 5.4.5 sending limits go to https://support.google.com/a/answer/166852 - gsmtp",
        Quota,
    ),
    ("550 5.4.5 Daily sending quota exceeded", Quota),
    (
        "454 Throttling failure: Daily message quota exceeded.",
        Quota,
    ),
    (
        "550 5.7.705 Access denied, tenant has exceeded threshold",
        Quota,
    ),
    (
        "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
        Quota,
    ),
    ("451 Authentication failed: Maximum credits exceeded", Quota),
    (
        "550 Domain example.ru has exceeded the max emails per hour (101/100 (101%)) allowed. Message discarded.",
        Quota,
    ),
    (
        "554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/203.0.113.7",
        Blocklisted,
    ),
    (
        "550 5.7.606 Access denied, banned sending IP [203.0.113.7]. To request removal visit https://sender.office.com/",
        Blocklisted,
    ),
    (
        "550 5.7.1 Unfortunately, messages from [203.0.113.7] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
        Blocklisted,
    ),
    (
        "553 5.7.1 [BL21] Connections will not be accepted from 203.0.113.7, because the ip is in Spamhaus's list",
        Blocklisted,
    ),
    (
        "550 rejected because 203.0.113.7 is in a black list at bl.spamcop.net",
        Blocklisted,
    ),
    (
        "550 5.7.1 203.0.113.7 is listed at ix.dnsbl.manitu.net",
        Blocklisted,
    ),
    (
        "554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using b.barracudacentral.org; http://www.barracudanetworks.com/reputation/?pr=1&ip=203.0.113.7",
        Blocklisted,
    ),
    (
        "554 Service unavailable; Client host [mx.example.ru] blocked using Barracuda Reputation",
        Blocklisted,
    ),
    (
        "550 5.7.1 Service unavailable; client [203.0.113.7] blocked using zen.spamhaus.org; from=news@example.ru",
        Blocklisted,
    ),
    (
        "550 5.7.1 Service unavailable; client [203.0.113.7] blocked using admin.uribl.com",
        Blocklisted,
    ),
    (
        "554 5.7.1 Service unavailable; Sender address [news@example.ru] blocked using dbl.spamhaus.org; https://www.spamhaus.org/query/domain/example.ru",
        Blocklisted,
    ),
    (
        "554 5.7.1 Service unavailable; Sender address [news@example.ru] blocked using multi.surbl.org",
        Blocklisted,
    ),
    (
        "550-JunkMail rejected - mx.example.ru [203.0.113.7]:24706 is in an RBL: Blocked - see\n550 https://www.spamcop.net/bl.shtml?203.0.113.7",
        Blocklisted,
    ),
    (
        "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation",
        Blocklisted,
    ),
    (
        "550 5.7.1 Mail from 203.0.113.7 refused, see RBL server bl.spamcop.net. Follow the link in your browser",
        Blocklisted,
    ),
    (
        "550 Your IP address is blacklisted. For removal visit the link in our FAQ",
        Blocklisted,
    ),
    (
        "550 203.0.113.7 is listed. URL: https://lookup.example.com/203.0.113.7",
        Blocklisted,
    ),
    (
        "550 5.7.1 <anna@example.ru>: Recipient address rejected: Your MTA is listed in too many DNSBLs",
        Blocklisted,
    ),
    (
        "550 5.7.1 Rejected RCPT: 203.0.113.7 is listed by zen.spamhaus.org",
        Blocklisted,
    ),
    (
        "550 5.7.1 Your host is listed in our table of abusers",
        Blocklisted,
    ),
    (
        "550 To protect our users: 203.0.113.7 is listed on our server",
        Blocklisted,
    ),
    (
        "554 5.7.1 <unknown[203.0.113.7]>: Client host rejected: cannot find your reverse hostname, [203.0.113.7]",
        ReverseDns,
    ),
    (
        "550 We do not accept mail from hosts with dynamic IP or generic PTR-records",
        ReverseDns,
    ),
    (
        "550-5.7.26 Unauthenticated email from example.ru is not accepted due to domain's\n550 5.7.26 DMARC policy. Please contact the administrator - gsmtp",
        NotAuthenticated,
    ),
    (
        "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
        NotAuthenticated,
    ),
    ("554 5.7.1 <anna@example.ru>: Relay access denied", Relaying),
    ("550 relay not permitted", Relaying),
    (
        "550-relay not permitted, authentication required\n550 relay not permitted",
        Relaying,
    ),
    (
        "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
        Relaying,
    ),
    (
        "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        Relaying,
    ),
    ("504 Helo rejected", Helo),
    (
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        Helo,
    ),
    ("501 Syntactically invalid HELO argument(s)", Helo),
    (
        "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)",
        Helo,
    ),
    ("501 Invalid domain name", Helo),
    ("501 5.0.0 Invalid domain name", Helo),
    ("501 5.5.4 Invalid domain name", Helo),
    ("501 5.5.4 EHLO argument: invalid domain name", Helo),
    (
        "504 5.5.2 <mx_1.example.ru>: Helo command rejected: Invalid domain name",
        Helo,
    ),
    (
        "550 5.7.1 <localhost>: Helo command rejected: Host not found",
        Helo,
    ),
    (
        "554 5.7.1 <mx.example.ru>: Helo command rejected: Access denied",
        Helo,
    ),
    (
        "550 5.7.1 Helo command rejected: your domain is blacklisted",
        Helo,
    ),
    ("550 5.7.1 Forged HELO: you are not mx.example.ru", Helo),
    ("503 5.5.1 Error: send HELO/EHLO first, EHLO required", Helo),
    (
        "550 Bad HELO - Host impersonating domain name [example.ru]",
        Helo,
    ),
    ("550 Your HELO name is listed as forged", Helo),
    ("501 5.5.4 Invalid HELO: use the name of your host", Helo),
    ("530 5.7.0 Authentication required", SignIn),
    (
        "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
        SignIn,
    ),
    ("503 5.5.4 Error: send AUTH command first.", SignIn),
    ("535 5.7.8 Error: authentication failed", SignIn),
    ("534 5.7.9 Application-specific password required", SignIn),
    (
        "538 5.7.11 Encryption required for requested authentication mechanism",
        Tls,
    ),
    ("530 5.7.0 Must issue a STARTTLS command first", Tls),
    (
        "553 5.7.1 <news@example.ru>: Sender address rejected: not owned by user news",
        SenderRefused,
    ),
    (
        "553 5.1.8 <news@example.ru>... Domain of sender address news@example.ru does not exist",
        SenderRefused,
    ),
    (
        "550 5.1.8 Access denied, bad outbound sender. See https://go.microsoft.com/fwlink/",
        SenderRefused,
    ),
    (
        "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-WEST-1",
        SenderRefused,
    ),
    ("550 Sender verify failed", SenderRefused),
    ("503 5.5.1 Error: nested MAIL command", Protocol),
    ("500 5.5.2 What?", Protocol),
    ("501 Syntax error in parameters or arguments", Protocol),
    ("502 Command not implemented", Protocol),
    ("503 Bad sequence of commands", Protocol),
    ("504 Command parameter not implemented", Protocol),
    ("554 SMTP synchronization error", Protocol),
    ("550 5.7.1 Message rate limit exceeded", TooFast),
    ("521 Host does not accept mail", NoService),
    ("521 5.3.2 No service here", NoService),
    ("541 Recipient address rejected your message", NoService),
    ("554 5.3.2 Not today", NoService),
];

#[test]
fn what_is_about_us_is_charged_to_nobody() {
    all_mean(ABOUT_US);
    for (line, meaning) in ABOUT_US {
        let reply = read(line);
        assert!(!meaning.is_charged(reply.is_permanent()), "{line}");
        assert!(
            meaning.stops_all(reply.is_permanent()) || *meaning == SignIn,
            "{line}"
        );
    }
    assert_eq!(
        meaning("521 5.2.1 The mailbox is disabled"),
        Some(MailboxDisabled)
    );
}
