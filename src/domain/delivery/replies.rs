//! The last replies of a run: how many say the same, and whether they say that going on is no use.

use serde::Serialize;

use super::Outcome;
use super::meaning::{About, Meaning};
use super::reply;
use crate::domain::{Id, Millis};

/// A reply as the journal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replied {
    /// The attempt's number; grows with time.
    pub attempt: Id,
    pub at: Millis,
    pub outcome: Outcome,
    /// `None` where the server said nothing; then `text` is ours.
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    pub text: String,
}

impl Replied {
    /// `550 5.7.1 Rejected`, as the server said it.
    pub fn line(&self) -> String {
        reply::line(self.code, self.enhanced.as_deref(), &self.text)
    }
}

/// Replies that say the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kind {
    pub outcome: Outcome,
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    /// The newest one's words.
    pub text: String,
    pub count: i64,
    /// When the newest one came.
    pub at: Millis,
}

/// How many replies are looked at for `kinds`.
pub const LOOKED_AT: usize = 100;
/// How many kinds of them are told.
pub const KINDS: usize = 4;

/// The kinds of these replies (newest first), the newest kind first; not more than `most`.
///
/// Servers put queue numbers, addresses and times into their words: two replies are of one kind
/// where codes and all other words agree, and where the server took the mail if the codes do.
pub fn kinds(replies: &[Replied], most: usize) -> Vec<Kind> {
    let mut found: Vec<(String, Kind)> = Vec::new();
    for reply in replies {
        let gist = gist(reply);
        let known = found.iter_mut().find(|(known, kind)| {
            (kind.outcome, kind.code) == (reply.outcome, reply.code)
                && kind.enhanced == reply.enhanced
                && *known == gist
        });
        match known {
            Some((_, kind)) => kind.count += 1,
            None => found.push((
                gist,
                Kind {
                    outcome: reply.outcome,
                    code: reply.code,
                    enhanced: reply.enhanced.clone(),
                    text: reply.text.clone(),
                    count: 1,
                    at: reply.at,
                },
            )),
        }
    }
    found.into_iter().map(|(_, kind)| kind).take(most).collect()
}

/// What is left of a reply's words without those that differ from mail to mail.
fn gist(reply: &Replied) -> String {
    if reply.outcome == Outcome::Accepted {
        return String::new();
    }
    let is_own = |word: &&str| !word.contains(|c: char| c.is_ascii_digit() || c == '@');
    let words: Vec<&str> = reply.text.split_whitespace().filter(is_own).collect();
    words.join(" ")
}

/// How many of a run's last attempts are judged, and how many of them must agree.
pub const JUDGED: usize = 50;
pub const AGREEING: usize = JUDGED * 4 / 5;
/// At the beginning of a run, while nobody has been reached, so many are enough if all agree.
pub const BEGINNING: usize = 20;

/// The refusal that nearly everybody meets with, if there is one: the receiving side does not want
/// this mail or this sender, and going on makes it worse. `replies` are newest first, those since the
/// run was started or resumed, [`JUDGED`] at most: [`AGREEING`] of so many must be the same refusal, or
/// all of at least [`BEGINNING`] if there are no others yet.
pub fn same_refusal(replies: &[Replied]) -> Option<&Replied> {
    let judged = replies.get(..JUDGED).unwrap_or(replies);
    let wanted = match judged.len() {
        JUDGED => AGREEING,
        BEGINNING.. => judged.len(),
        _ => return None,
    };
    // Cheaper than to look at the words of those few that any run has.
    if judged.iter().filter(|reply| is_permanent(reply)).count() < wanted {
        return None;
    }
    let mut refusals: Vec<&Replied> = judged.iter().filter(|reply| is_refusal(reply)).collect();
    // With so many others, no kind of them can be large enough.
    while refusals.len() >= wanted {
        let first = refusals[0];
        let others: Vec<&Replied> = refusals
            .iter()
            .copied()
            .filter(|other| !are_alike(first, other))
            .collect();
        if refusals.len() - others.len() >= wanted {
            return Some(first);
        }
        refusals = others;
    }
    None
}

/// Whether two refusals are the same: a security or policy status (5.7.x, RFC 3463 §3.8) under any
/// basic code, or one basic code with one enhanced code or without any.
pub fn are_alike(one: &Replied, other: &Replied) -> bool {
    is_refusal(one)
        && one.enhanced == other.enhanced
        && (is_policy(one) || one.code == other.code)
        && is_refusal(other)
}

fn is_policy(reply: &Replied) -> bool {
    let enhanced = reply.enhanced.as_deref();
    enhanced.is_some_and(|code| code.starts_with("5.7."))
}

/// A refusal for good that is about the mail or about us. One that is about its recipient says
/// nothing about the others, however many there are.
fn is_refusal(reply: &Replied) -> bool {
    is_permanent(reply)
        && Meaning::of(reply.code, reply.enhanced.as_deref(), &reply.text)
            .is_some_and(|meaning| meaning.about() != About::Recipient)
}

fn is_permanent(reply: &Replied) -> bool {
    reply.code.is_some_and(|code| code / 100 == 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(attempt: Id, outcome: Outcome, code: u16, enhanced: &str, text: &str) -> Replied {
        Replied {
            attempt,
            at: attempt,
            outcome,
            code: Some(code),
            enhanced: (!enhanced.is_empty()).then(|| enhanced.to_owned()),
            text: text.to_owned(),
        }
    }

    fn refused(code: u16, enhanced: &str) -> Replied {
        reply(1, Outcome::Refused, code, enhanced, "No")
    }

    fn taken() -> Replied {
        reply(1, Outcome::Accepted, 250, "2.0.0", "Ok")
    }

    fn mixed(refusals: usize, refusal: &Replied) -> Vec<Replied> {
        let mut all = vec![taken(); JUDGED];
        all[JUDGED - refusals..].fill(refusal.clone());
        all
    }

    #[test]
    fn four_of_five_of_the_last_fifty_must_say_the_same() {
        let spam = refused(554, "5.7.1");
        assert_eq!(same_refusal(&mixed(40, &spam)), Some(&spam));
        assert_eq!(same_refusal(&mixed(39, &spam)), None);
        let mut begun = vec![spam.clone(); 48];
        begun.push(taken());
        assert_eq!(same_refusal(&begun), None, "one has been reached");
    }

    #[test]
    fn at_the_beginning_twenty_are_enough_if_all_say_the_same() {
        let spam = refused(554, "5.7.1");
        assert_eq!(same_refusal(&vec![spam.clone(); 20]), Some(&spam));
        assert_eq!(
            same_refusal(&vec![spam.clone(); 19]),
            None,
            "too few to tell"
        );
        let mut mixed = vec![spam; 20];
        mixed.push(refused(550, "5.1.1"));
        assert_eq!(same_refusal(&mixed), None, "one is about its recipient");
    }

    #[test]
    fn words_tell_what_is_about_a_recipient_where_codes_do_not() {
        let gone = reply(1, Outcome::Refused, 550, "", "No such user here");
        assert_eq!(same_refusal(&vec![gone; 50]), None);
        let relay = reply(1, Outcome::Deferred, 550, "", "relay not permitted");
        assert!(same_refusal(&vec![relay; 50]).is_some());
    }

    #[test]
    fn only_the_last_fifty_are_judged() {
        let mut all = vec![taken(); JUDGED];
        all.extend(vec![refused(550, "5.7.1"); 500]);
        assert_eq!(same_refusal(&all), None, "what was refused before is over");
    }

    #[test]
    fn only_refusals_of_one_kind_count_together() {
        let mut all = vec![refused(550, "5.1.1"); 25];
        all.extend(vec![refused(550, "5.7.1"); 25]);
        assert_eq!(same_refusal(&all), None);
        all = vec![refused(550, ""); 25];
        all.extend(vec![refused(554, ""); 25]);
        assert_eq!(same_refusal(&all), None, "two codes without enhanced ones");
        all = vec![refused(550, "5.7.26"); 25];
        all.extend(vec![refused(554, "5.7.26"); 25]);
        assert!(same_refusal(&all).is_some(), "one policy under two codes");
        assert_eq!(same_refusal(&vec![refused(552, "5.2.2"); 50]), None);
        let gone = vec![refused(550, "5.1.1"); 50];
        assert_eq!(same_refusal(&gone), None, "so many have moved away");
        let later = reply(1, Outcome::Deferred, 450, "4.7.1", "Later");
        assert_eq!(
            same_refusal(&vec![later; 50]),
            None,
            "deferred is not refused"
        );
    }

    #[test]
    fn replies_that_differ_in_numbers_only_are_one_kind() {
        let all = [
            reply(5, Outcome::Accepted, 250, "2.0.0", "Ok: queued as 9XYZ"),
            reply(
                4,
                Outcome::Deferred,
                451,
                "4.7.1",
                "Greylisted for 300 seconds",
            ),
            reply(3, Outcome::Accepted, 250, "2.0.0", "Ok: queued as ABCD"),
            reply(
                2,
                Outcome::Deferred,
                451,
                "4.7.1",
                "Greylisted for 60 seconds",
            ),
            reply(1, Outcome::Deferred, 451, "4.7.1", "Try another server"),
        ];
        let found = kinds(&all, 9);
        let told: Vec<_> = found
            .iter()
            .map(|kind| (kind.text.as_str(), kind.count, kind.at))
            .collect();
        assert_eq!(
            told,
            [
                ("Ok: queued as 9XYZ", 2, 5),
                ("Greylisted for 300 seconds", 2, 4),
                ("Try another server", 1, 1)
            ]
        );
        assert_eq!(kinds(&all, 1).len(), 1);
    }
}
