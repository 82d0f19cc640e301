//! The rules, in their order: the first one that fits decides. Words come before codes, because many
//! servers say everything under one code; a provider's own meaning comes before the general one.

use super::Meaning::{
    AddressRefused, BadAddress, Blocklisted, Busy, ConnectionCap, Connections, Content, Greylisted,
    Helo, Loop, MailboxDisabled, MailboxFull, NoDomain, NoMailbox, NoService, NotAuthenticated,
    OverRate, Policy, PolicyLater, Protocol, Quota, RecipientBusy, Refused, Relaying, Restricted,
    ReverseDns, SenderRefused, SignIn, Tls, TooFast, TooLarge, TryLater, Unreachable,
};
use super::rule::Provider::{Gmail, Outlook, Ses, Yahoo};
use super::rule::Rule;

/// Enhanced codes of a recipient's address: what is listed or invalid is not ours.
const OF_AN_ADDRESS: &str = "1.1 | 1.2 | 1.3 | 1.10";

/// The recipient is named, or the list of those whom the server knows.
const RECIPIENT: &str = "recipient | user | mailbox | rcpt | directory | address book | not listed";

/// We are named, and so is a list of links that was asked about us; or a link follows that only
/// explains the listing.
const CLIENT: &str = "client | your ip* | your host | your server | your mail server |\
     your domain | sending ip | sending server | sending mta* | connecting ip |\
     sender address | sender domain | senders domain | is listed url* | is listed link* |\
     is blacklisted url* | is blacklisted link* | is blocklisted url* |\
     is blocklisted link* | been blacklisted url* | been blacklisted link*";

/// Something stands in the mail. Links to an explanation are left out: whoever lists an IP address
/// gives one, too.
const IN_THE_MAIL: &str = "message contain* | mail contain* | email contain* | body contain* |\
     content contain* | contains url* | contains a url* | contains an url* | contains uri* |\
     contains a uri* | contains an uri* | contains link* | contains a link* |\
     url on | urls on | uri on | uris on | url found | urls found | uri found | uris found |\
     link found | links found | url is listed | url is black* | url is block* | url is on |\
     urls are listed | urls are black* | urls are block* | uri is listed | uri is black* |\
     uri is block* | uris are listed | link is listed | link is black* | link is block* |\
     link is on | link to is | links are listed | links are black* | links are block*";

const LINK: &str = "url | urls | uri | uris | link | links";

pub(super) static RULES: &[Rule] = &[
    // Only this connection has had enough (RFC 5321 has no code for that).
    Rule::of(ConnectionCap).words(
        "messages in this connection | messages on this connection |\
         messages per connection | mails per connection | messages in this session |\
         messages this session | messages per session | messages for this session |\
         messages for this connection | mails in this session | mails per session |\
         emails in this session | emails per session | transactions in this session |\
         transactions per session | transactions per connection |\
         connection message limit",
    ),
    // Only this mailbox has had enough.
    Rule::of(RecipientBusy).words(
        "receiving mail at a rate | receiving mail too quickly |\
         receiving email at a rate | receiving messages at a rate |\
         recipient has exceeded message rate limit |\
         recipient has exceeded their message rate limit | recipient message rate limit |\
         recipient rate limit | recipient is receiving too many |\
         recipient has received too many | ratelimit exceeded for mailbox |\
         rate limit exceeded for mailbox | too many messages for this recipient |\
         too many messages to this recipient | too many messages for recipient |\
         mailbox is receiving too many | receivingrate",
    ),
    // What we may send in a day or a month, by whatever name.
    Rule::of(Quota).words(
        "daily user sending* | daily sending* | daily message quota* |\
         daily message limit* | daily limit* | daily quota* | daily smtp relay* |\
         daily email limit* | monthly limit* | monthly quota* | monthly email* |\
         sending quota* | message quota exceeded | messages quota exceeded |\
         quota of messages | maximum credits exceeded | credits exceeded |\
         not enough credits | exceeded your sending limit* | exceeded your plan* |\
         exceeded the maximum number of messages per day | messages per day |\
         mails per day | emails per day | per day limit | tenant has exceeded threshold |\
         per 24 hours | in 24 hours | 24 hour*",
    ),
    Rule::of(Quota).class(5).words(
        "max emails per hour | emails per hour | messages per hour | mails per hour |\
         hourly limit* | hourly quota* | max defers and failures per hour",
    ),
    Rule::of(Quota).class(5).details("4.5"),
    Rule::of(Quota)
        .by(Outlook)
        .details("7.705 | 7.750 | 1.90 | 7.232 | 7.233"),
    // Providers whose codes or words mean something of their own.
    // Office 365 of a mailbox that is not there.
    Rule::of(NoMailbox)
        .details("4.1")
        .words("recipient address rejected"),
    // A host that takes no mail (RFC 7504), whatever it calls it.
    Rule::of(NoService)
        .codes(&[521, 541])
        .details(" | 0. | 3. | 4. | 5. | 7."),
    // Faster than our account at the relay allows.
    Rule::of(OverRate).class(4).words(
        "throttling failure | maximum sending rate* | sending rate* | submission rate* |\
         message submission rate* | sender thread limit* | account rate limit*",
    ),
    Rule::of(SenderRefused)
        .by(Ses)
        .words("not verified | sending paused | identities failed the check*"),
    Rule::of(SenderRefused)
        .by(Outlook)
        .details("1.8 | 7.501 | 7.502 | 7.503 | 7.60"),
    Rule::of(Blocklisted)
        .by(Outlook)
        .words("s3140 | s3150 | banned sending ip | block list"),
    Rule::of(Blocklisted)
        .details("7.511 | 7.606 | 7.607 | 7.608 | 7.609 | 7.610 | 7.708")
        .words("access denied* | banned*"),
    Rule::of(TooFast)
        .class(4)
        .details("7.500 | 7.650 | 7.651 | 7.652"),
    Rule::of(TooFast)
        .by(Yahoo)
        .class(4)
        .words("unexpected volume | user complaints | tss* | temporarily deferred"),
    Rule::of(Blocklisted)
        .by(Yahoo)
        .words("bl21 | connections will not be accepted"),
    Rule::of(TooFast).by(Gmail).details("7.28"),
    // Our name, our address, our account. Before the recipient's, whose words stand in them, too.
    Rule::of(Helo).words(
        "helo command rejected | ehlo command rejected | helo rejected | ehlo rejected |\
         invalid helo | invalid ehlo | bad helo | bad ehlo | helo name | ehlo name |\
         helo host | helo argument* | ehlo argument* | helo ehlo argument* |\
         helo hostname | forged helo | fake helo | helo required | ehlo required |\
         send hello first | polite people say hello first | helo is | your helo* |\
         your ehlo | helo string | helo does not | helo must | in helo | in ehlo |\
         the helo | the ehlo",
    ),
    Rule::of(Helo)
        .words("invalid domain name")
        .other_than(OF_AN_ADDRESS)
        .without(RECIPIENT),
    Rule::of(Relaying).words(
        "relay access denied | relaying denied | relay denied | relay not permitted |\
         relay is not permitted | relaying not permitted | relaying is not permitted |\
         relaying not allowed | relaying is not allowed | relay not allowed |\
         relaying prohibited | relay prohibited | relay operation rejected |\
         relaying mail* | unable to relay | not permitted to relay |\
         not allowed to relay | cannot relay | we do not relay | we dont relay |\
         no relaying | unauthorized relay | relay from your ip | allowed rcpthosts |\
         non accepted domain | open relay",
    ),
    // A link in the mail is on a list: that is not about us.
    Rule::of(Content).words("surbl* | uribl*").without(CLIENT),
    Rule::of(Content).names("surbl | uribl").without(CLIENT),
    Rule::of(Content)
        .words(
            "url listed | urls listed | uri listed | uris listed | link listed |\
             links listed | listed url* | listed uri* | listed link* | url blacklist* |\
             urls blacklist* | uri blacklist* | uris blacklist* | link blacklist* |\
             links blacklist* | blacklisted url* | blacklisted uri* | blacklisted link* |\
             url black list* | uri black list* | link black list* | url blocklist* |\
             urls blocklist* | uri blocklist* | uris blocklist* | link blocklist* |\
             links blocklist* | blocklisted url* | blocklisted uri* | blocklisted link* |\
             url block list* | uri block list* | link block list* | uridnsbl | urirbl",
        )
        .other_than(OF_AN_ADDRESS)
        .without(CLIENT),
    Rule::of(Content)
        .words(IN_THE_MAIL)
        .also(
            "blacklist* | black list* | black listed | blocklist* | block list* |\
             block listed | dnsbl* | rbl* | rhsbl* | dbl | listed | poor reputation |\
             bad reputation | low reputation",
        )
        .other_than(OF_AN_ADDRESS)
        .without(CLIENT),
    Rule::of(Content)
        .words(IN_THE_MAIL)
        .names(
            "spamhaus | spamcop | barracudacentral | sorbs | uceprotect | spamrats |\
             senderscore | abusix",
        )
        .without(CLIENT),
    Rule::of(Content)
        .words(LINK)
        .also(
            "in message | in the message | in this message | in your message | in mail |\
             in the mail | in this mail | in your mail | in email | in the email |\
             in this email | in your email | in body | in the body",
        )
        .other_than(OF_AN_ADDRESS)
        .without(CLIENT),
    Rule::of(Content).words(LINK).names("dbl").without(CLIENT),
    Rule::of(Blocklisted).words(
        "blocked using | blacklist* | black list* | blocklist* | block list* |\
         block listed | blackholed | dnsbl* | rbl* | ip has been blocked |\
         ip address has been blocked | ip is blocked | your ip address is |\
         banned sending ip | poor reputation | bad reputation | low reputation |\
         reputation of your ip | reputation of the sending domain | ip reputation |\
         host is blocked | client host blocked",
    ),
    Rule::of(Blocklisted).names(
        "spamhaus | spamcop | barracudacentral | sorbs | uceprotect | uribl | surbl |\
         spamrats | senderscore | abusix | dnsbl | rbl | psbl | mailspike | abuseat",
    ),
    Rule::of(Blocklisted)
        .words("is listed | listed by | listed at | listed on | listed in")
        .other_than(OF_AN_ADDRESS)
        .without(RECIPIENT),
    Rule::of(ReverseDns).words(
        "reverse dns | reverse hostname | reverse host name | reverse lookup |\
         cannot find your hostname | rdns | ptr record* | ptr | dynamic ip* |\
         dynamic addresses | generic ptr*",
    ),
    Rule::of(ReverseDns).details("7.25"),
    Rule::of(NotAuthenticated).words(
        "spf | dkim | dmarc | unauthenticated email | not authenticated email |\
         sender policy framework | sender id | senders domain is not authenticated",
    ),
    Rule::of(NotAuthenticated).details("7.20 | 7.21 | 7.22 | 7.23 | 7.26 | 7.27 | 7.29 | 7.32"),
    Rule::of(Tls).words(
        "must issue a starttls* | must issue starttls* | starttls command first |\
         starttls required | starttls first | tls required | tls is required |\
         encryption required | requires encryption | requires tls",
    ),
    Rule::of(Tls).details("7.10 | 7.11 | 7.30"),
    // A mailbox that knows whom it takes mail from. Its words look like a sender's.
    Rule::of(Restricted).words(
        "resolver rst* | not authorized to send to the recipient | only accepts* |\
         accepts mail only* | sendernotauthenticatedforgroup | restricted recipient",
    ),
    Rule::of(Restricted).details("7.2 | 7.124 | 7.133 | 7.134 | 7.136"),
    Rule::of(SignIn).words(
        "authentication required | authentication is required | auth required |\
         authentication failed | authentication failure | authentication unsuccessful |\
         authentication credentials* | authentication rejected | auth command first |\
         must authenticate | must be authenticated | please authenticate |\
         not authenticated | client was not authenticated | not logged in |\
         sign in first | login required | please log in |\
         username and password not accepted | bad username or password |\
         invalid credentials | invalid login | incorrect authentication data |\
         application specific password required",
    ),
    Rule::of(SignIn).details("7.8 | 7.57 | 7.12 | 7.14"),
    Rule::of(SignIn).codes(&[530, 534, 535, 538]),
    Rule::of(SenderRefused).words(
        "sender address rejected | sender rejected | sender denied | sender not allowed |\
         sender is not allowed | sender not authorized | sender is not authorized |\
         sender address is not* | sender address not* | sender verify failed |\
         sender verification failed | sender domain* | domain of sender address |\
         bad sender* | bad outbound sender | invalid sender | unknown sender |\
         from address not verified | email address is not verified | not owned by* |\
         authorize the sender | not authorized to send* | not allowed to send* |\
         permissions to send as* | permission to send as* | mail from address |\
         envelope sender | return path*",
    ),
    Rule::of(SenderRefused).details("1.7 | 1.8"),
    // The recipient's mailbox and address.
    Rule::of(Greylisted).words("greylist* | graylist* | grey listed | gray listed | postgrey"),
    Rule::of(MailboxFull).words(
        "mailbox full | mailbox is full | mail box is full | mail box full |\
         inbox is full | inbox full | over quota | overquota | over the quota |\
         out of storage* | out of disk quota | mailbox size limit* | mailbox quota* |\
         mailbox exceeds* | mailbox has exceeded* | user has exceeded* |\
         account is over* | exceeded storage allocation | exceeded mailbox* |\
         quota exceeded | exceeds quota | exceeded quota | not enough space* |\
         recipient storage full | account is full",
    ),
    Rule::of(TooLarge).words(
        "message size* | mail size* | size exceeds* | size limit* | message too large |\
         message is too large | message too big | message is too big |\
         mail is too large | too big | exceeds fixed limit |\
         exceeds fixed maximum message size | exceeds the maximum size |\
         message file too big | message exceeds*",
    ),
    Rule::of(NoDomain).words(
        "recipient address rejected domain not found | no such domain | unknown domain |\
         domain not found | domain does not exist | domain doesnt exist |\
         domain is not hosted* | host or domain name not found | host unknown |\
         unknown host | host not found | unrouteable address | unroutable address |\
         null mx | does not accept mail | domain does not accept mail",
    ),
    Rule::of(BadAddress).words(
        "bad recipient address syntax | bad destination mailbox address* |\
         bad destination email address |\
         recipient address rejected need fully qualified address |\
         recipient address must contain a domain | bad address syntax |\
         malformed address | missing or malformed | invalid address | address syntax |\
         syntactically invalid | illegal address | invalid domain name",
    ),
    Rule::of(MailboxDisabled).words(
        "mailbox disabled | mailbox is disabled | mailbox is inactive |\
         mailbox inactive | mailbox is blocked | mailbox suspended |\
         account is disabled | account disabled | account has been disabled |\
         account is inactive | account inactive | account suspended |\
         account is suspended | account has been suspended |\
         access to this account is disabled |\
         account that you tried to reach is disabled |\
         account that you tried to reach is inactive | user disabled | user is disabled |\
         user suspended | recipient disabled | is no longer active | deactivated |\
         inactive user | user is inactive | recipient is inactive | recipient is disabled |\
         listed as inactive | listed as disabled | listed as suspended | listed as closed",
    ),
    Rule::of(NoMailbox).words(
        "user unknown | unknown user | unknown recipient | recipient unknown |\
         no such user | no such mailbox | no such recipient | no such address |\
         no such account | nosuchuser | no mailbox here | no mailbox | user not found |\
         recipient not found | recipientnotfound | recipnotfound | mailbox not found |\
         account not found | address not found | address unknown | unknown address |\
         invalid mailbox |\
         invalid recipient* | invalid user | bad recipient | does not exist |\
         doesnt exist | user doesnt have* | user does not have* | undefined in* |\
         not our customer | unknown or illegal alias | unknown local part |\
         verification failed | user not listed* | user is not listed* |\
         recipient not listed* | recipient is not listed* | mailbox not listed* |\
         mailbox is not listed* | not listed in domino* | not listed in public name* |\
         not listed in our directory | not listed in the directory",
    ),
    Rule::of(NoMailbox)
        .class(5)
        .words("mailbox unavailable | mailbox is unavailable"),
    Rule::of(Unreachable).details("4.0 | 4.1 | 4.2 | 4.3 | 4.7"),
    Rule::of(AddressRefused).words("recipient address rejected | recipient rejected"),
    // How much, how fast, how many at once.
    Rule::of(Connections).words(
        "too many connections | too many concurrent* | too many simultaneous* |\
         too many open connections | too many sessions | concurrent connections |\
         connection limit* | simultaneous connections | connections from your host |\
         connection rate*",
    ),
    Rule::of(TooFast).words(
        "rate limit* | ratelimit* | rate exceeded | rate is too high | rate too high |\
         message rate* | mail rate* | submission rate* | unusual rate* |\
         at a rate | too high a rate | your rate | too many messages | too many mails |\
         too many emails | too many e mails | too many recipients* | too many requests |\
         too much mail | too much email | too much traffic | too fast | too quickly |\
         too frequent* | too often | throttl* | slow down | slowing down | flood* |\
         mail flood* | messages per hour | mails per hour | emails per hour |\
         messages per minute | mails per minute | emails per minute |\
         messages per second | per hour limit | per minute limit | hourly limit* |\
         hourly quota* | message limit exceeded | messages limit exceeded |\
         sending limit* | limit of messages | excessive volume | unexpected volume |\
         reduce the rate | reduce your*",
    ),
    Rule::of(TooFast).details("7.28"),
    // The mail itself.
    Rule::of(Content).words(
        "spam | spamassassin | spammy | junk | virus* | malware | malicious | phishing |\
         unsolicited | banned content | forbidden attachment | message content |\
         content rejected | content reject* | blocked by content* | suspicious* |\
         bulk mail*",
    ),
    Rule::of(Content).details("6."),
    Rule::of(Protocol).words(
        "synchronization error* | bad sequence* | out of sequence | command out of* |\
         nested mail* | need mail* | need rcpt* | command not implemented |\
         command not recognized | command unrecognized | unrecognized command |\
         unknown command | command unknown | invalid command* |\
         improper command pipelining | pipelining* | syntax error* |\
         sender not yet given | no valid recipients | must precede data",
    ),
    // By the enhanced code alone (RFC 3463 and its registry).
    Rule::of(NoMailbox).details("1.1 | 1.6 | 7.17"),
    Rule::of(NoDomain).details("1.2 | 1.10 | 4.4"),
    Rule::of(BadAddress).details("1.3 | 1.4 | 1.5"),
    Rule::of(AddressRefused).class(5).details("1. | 2.0 | 2.4"),
    Rule::of(MailboxDisabled).class(5).details("2.1"),
    Rule::of(MailboxFull).details("2.2"),
    Rule::of(TooLarge).details("2.3 | 3.4"),
    Rule::of(NoService).class(5).details("3.2"),
    Rule::of(Busy).class(4).details("3. | 4.5"),
    Rule::of(Loop).details("4.6"),
    Rule::of(TooFast).details("5.3"),
    // Hotmail says so of a mailbox that is not there.
    Rule::of(NoMailbox).codes(&[550]).details("5.0"),
    Rule::of(Protocol)
        .class(5)
        .details("5.0 | 5.1 | 5.2 | 5.4 | 5.5"),
    Rule::of(Relaying).details("7.54"),
    Rule::of(SenderRefused).details("7.60"),
    Rule::of(PolicyLater).class(4).details("7."),
    Rule::of(Policy).class(5).details("7."),
    // By the basic code alone (RFC 5321 §4.2, RFC 4954, RFC 7504).
    Rule::of(Protocol).codes(&[500, 501, 502, 503, 504, 555]),
    Rule::of(NoService).codes(&[521, 541]),
    Rule::of(NoDomain).codes(&[512, 556]),
    Rule::of(BadAddress).codes(&[510, 511]),
    Rule::of(TooLarge).codes(&[523]),
    Rule::of(SignIn).codes(&[432, 454]),
    Rule::of(Busy).codes(&[421, 452]),
    Rule::of(TryLater).class(4),
    Rule::of(NoMailbox).codes(&[551]),
    Rule::of(AddressRefused).codes(&[553]),
    Rule::of(MailboxFull).codes(&[552]),
    Rule::of(Policy).codes(&[554, 571]),
    Rule::of(Refused).class(5),
];
