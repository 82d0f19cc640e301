//! What replies mean: the kinds that the classifier tells apart.

/// What a reply says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// There is no such mailbox.
    NoMailbox,
    /// The recipient's domain does not exist, or takes no mail at all.
    NoDomain,
    /// The recipient's address is malformed.
    BadAddress,
    /// The server takes no mail for this address and does not say why.
    AddressRefused,
    /// The mailbox takes mail from some senders only.
    Restricted,
    MailboxDisabled,
    MailboxFull,
    /// This mailbox receives too much at once; nobody else does.
    RecipientBusy,
    /// The recipient's server cannot be reached by the relay.
    Unreachable,
    /// The mail goes round in circles.
    Loop,
    TooLarge,
    /// Spam, a virus, or a form that the server does not take.
    Content,
    /// Refused by a rule that is not named.
    Policy,
    /// The same for the time being.
    PolicyLater,
    /// Refused, and nothing more is said.
    Refused,
    /// We send faster than the server allows.
    TooFast,
    /// We send faster than our account at this server allows.
    OverRate,
    /// We have too many connections open.
    Connections,
    /// This connection has carried as many mails as one may; another one may carry more.
    ConnectionCap,
    /// Our account has sent as much as it may in a day, or in all.
    Quota,
    /// Our IP address or domain is on a block list.
    Blocklisted,
    /// Our IP address has no name in the DNS, or one that does not lead back.
    ReverseDns,
    /// SPF, DKIM or DMARC of the sender's domain.
    NotAuthenticated,
    /// The sender's address, or our account, may not send.
    SenderRefused,
    /// The server does not pass mail on for us.
    Relaying,
    /// The name in our EHLO.
    Helo,
    /// We are not signed in, or not as somebody whom the server knows.
    SignIn,
    /// The server wants the connection encrypted, or encrypted better.
    Tls,
    /// A command came at the wrong time or was not understood.
    Protocol,
    /// The server takes no mail at all.
    NoService,
    Greylisted,
    /// A trouble of the server's own that passes.
    Busy,
    /// Try again later, and nothing more is said.
    TryLater,
}

/// What a reply is about, and so whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The one recipient of this mail.
    Recipient,
    /// The mail itself, which is much the same for everybody.
    Mail,
    /// Us: our name, our address, our account, our manners. No recipient is charged with it.
    Us,
    /// The server: its own state. For good it means that there is no service here for anybody.
    Relay,
}

/// Who is to be sent to more slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slow {
    Relay,
    Domain,
    /// Only the mailbox of this recipient: its mail waits for its next try, nobody else's does.
    Mailbox,
}
