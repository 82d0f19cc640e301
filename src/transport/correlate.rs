//! Which reply belongs to which command.
//!
//! SMTP numbers neither commands nor replies: the first reply is the first command's. A server or a
//! proxy that swallows, repeats or swaps one shifts all that follow, and a 2xx to MAIL or RSET would
//! be read as the word about a mail. So whatever shares a round trip with a mail must be
//! recognisable as not the mail's:
//!
//! * Replies to MAIL and RCPT by their enhanced codes, X.1.X (RFC 3463 §3.2). Only a connection on
//!   which both were seen alone, with such codes, overlaps mails with commands. On others the mail
//!   is sent when all replies before it, up to 354, have been read.
//! * The reply to RSET to the letter, as it was seen when nothing else was in flight. Where a
//!   mail's reply is the same, RSET never shares a round trip with a mail.
//!
//! A reply in a place where it does not belong makes all that is in flight uncertain: in doubt where
//! the server had all of the mail, not reached where it had not.

use super::Ending;
use super::wire::NoReply;
use crate::domain::delivery::reply::Reply;

/// Whether a 2xx says by its enhanced code that it is about an address: a reply to MAIL or RCPT,
/// never to a mail.
pub(super) fn is_about_an_address(reply: &Reply) -> bool {
    let subject = |code: &str| code.split('.').nth(1) == Some("1");
    reply.is_positive() && reply.enhanced.as_deref().is_some_and(subject)
}

/// Whether a refusal says that a command before it was never taken: after a good reply to that
/// command one of the two is in the wrong place.
pub(super) fn is_sequence_error(reply: &Reply) -> bool {
    reply.code == 503 || (reply.is_permanent() && reply.enhanced.as_deref() == Some("5.5.1"))
}

/// Whether a server refuses because commands came before its replies, although it had offered
/// PIPELINING: "554 SMTP synchronization error" (Exim), "503 5.5.0 Improper use of SMTP command
/// pipelining" (Postfix).
pub(super) fn blames_pipelining(reply: &Reply) -> bool {
    let is_word = |word: &str| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        ["synchronization", "synchronisation", "pipelining"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    };
    let is_negative = !reply.is_positive() && !reply.is_intermediate();
    is_negative && reply.text.split_whitespace().any(is_word)
}

/// Whether a server leaves because it has waited for us (421 4.4.2). While we wait for it, a reply
/// has been lost: this is no word about the mail.
pub(super) fn is_idle_timeout(reply: &Reply) -> bool {
    let text = reply.text.to_lowercase();
    reply.code == 421
        && (reply.enhanced.as_deref() == Some("4.4.2")
            || ["timeout", "timed out", "time-out", "idle"]
                .iter()
                .any(|word| text.contains(word)))
}

/// A reply in the place of another: nobody can tell any more which reply is to which command.
pub(super) fn out_of_step(reply: &Reply) -> NoReply {
    NoReply::OutOfStep(reply.line())
}

/// The ending of a mail that was sent whole and whose reply proves nothing.
pub(super) fn in_doubt(reply: &Reply) -> Ending {
    Ending::InDoubt(out_of_step(reply).as_reply())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_minds_pipelining_is_known_by_its_words_and_not_by_an_address() {
        for (code, enhanced, text) in [
            (554, "", "SMTP synchronization error"),
            (554, "5.5.0", "Error: SMTP protocol synchronization."),
            (
                503,
                "5.5.0",
                "<DATA>: Data command rejected: Improper use of SMTP command pipelining",
            ),
        ] {
            assert!(
                blames_pipelining(&Reply::new(code, enhanced, text)),
                "{text}"
            );
        }
        for (code, enhanced, text) in [
            (550, "5.1.1", "<pipelining@example.ru>: User unknown"),
            (250, "2.0.0", "pipelining"),
            (554, "5.7.1", "Message refused"),
        ] {
            assert!(
                !blames_pipelining(&Reply::new(code, enhanced, text)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_code_of_another_command_is_told_from_a_mails() {
        for (code, enhanced, is_address) in [
            (250, "2.1.0", true),
            (250, "2.1.5", true),
            (250, "2.0.0", false),
            (250, "2.6.0", false),
            (250, "", false),
            (550, "5.1.1", false),
        ] {
            let reply = Reply::new(code, enhanced, "");
            assert_eq!(is_about_an_address(&reply), is_address, "{code} {enhanced}");
        }
    }
}
