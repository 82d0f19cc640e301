//! The service's own mail: what is asked for, and which letter that becomes.
//!
//! Whoever registers or recovers an account only asks. Which letter goes out, if any, is decided
//! when it is sent, by what the account is then: the answer to the request cannot depend on it.

use crate::domain::Id;
use crate::domain::accounts::token::Purpose;
use crate::domain::mailings::run::PauseReason;

/// What was asked of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Register,
    Recover,
    ChangeEmail,
    /// A letter that says what was done to the account.
    Notice(Notice),
}

/// Letters that say what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// To the old address: a change to another was asked for.
    EmailChangeAsked,
    /// To the old address: it is no longer the account's.
    EmailChanged,
    PasswordChanged,
    TwoFactorOn,
    TwoFactorOff,
    Blocked,
    Unblocked,
    SwitchedOff,
    SwitchedOn,
    Deleted,
    /// A run has paused by itself.
    Paused,
}

impl Notice {
    const ALL: [Self; 11] = [
        Self::EmailChangeAsked,
        Self::EmailChanged,
        Self::PasswordChanged,
        Self::TwoFactorOn,
        Self::TwoFactorOff,
        Self::Blocked,
        Self::Unblocked,
        Self::SwitchedOff,
        Self::SwitchedOn,
        Self::Deleted,
        Self::Paused,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::EmailChangeAsked => "email-change-asked",
            Self::EmailChanged => "email-changed",
            Self::PasswordChanged => "password-changed",
            Self::TwoFactorOn => "two-factor-on",
            Self::TwoFactorOff => "two-factor-off",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::SwitchedOff => "switched-off",
            Self::SwitchedOn => "switched-on",
            Self::Deleted => "deleted",
            Self::Paused => "paused",
        }
    }
}

/// What the letter about a run that has paused by itself says, and how that lies in the outbox: a
/// line each for the mailing's number, the reason and the title, then the server's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause<'a> {
    pub title: &'a str,
    pub mailing: Id,
    pub reason: PauseReason,
    pub detail: &'a str,
}

impl<'a> Pause<'a> {
    pub fn text(&self) -> String {
        let (mailing, reason) = (self.mailing, self.reason.name());
        format!("{mailing}\n{reason}\n{}\n{}", self.title, self.detail)
    }

    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(4, '\n');
        Some(Self {
            mailing: parts.next()?.parse().ok()?,
            reason: PauseReason::by_name(parts.next()?)?,
            title: parts.next()?,
            detail: parts.next()?,
        })
    }
}

impl Request {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Recover => "recover",
            Self::ChangeEmail => "change-email",
            Self::Notice(notice) => notice.name(),
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Register, Self::Recover, Self::ChangeEmail]
            .into_iter()
            .chain(Notice::ALL.map(Self::Notice))
            .find(|request| request.name() == name)
    }
}

/// What stands behind the address that a request names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// There is no such account.
    Nobody,
    /// It was never confirmed.
    Unconfirmed,
    Confirmed,
    Blocked,
}

/// A letter: its texts are `letter-<name>-…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letter {
    Confirm,
    /// Somebody registered with an address that has an account.
    Registered,
    Recover,
    ChangeEmail,
    /// Somebody wants to move their account to an address that has one.
    EmailTaken,
    Notice(Notice),
}

impl Letter {
    /// Which letter a request becomes; none where nobody is to hear of it. For a change of address
    /// `standing` is that of the new one.
    pub const fn answer(request: Request, standing: Standing) -> Option<Self> {
        match (request, standing) {
            (Request::Register, Standing::Nobody)
            | (Request::Register | Request::Recover, Standing::Unconfirmed) => Some(Self::Confirm),
            (Request::Register, Standing::Confirmed) => Some(Self::Registered),
            (Request::Recover, Standing::Confirmed) => Some(Self::Recover),
            // One that was never confirmed gives way.
            (Request::ChangeEmail, Standing::Nobody | Standing::Unconfirmed) => {
                Some(Self::ChangeEmail)
            }
            (Request::ChangeEmail, _) => Some(Self::EmailTaken),
            (Request::Register | Request::Recover, Standing::Blocked)
            | (Request::Recover, Standing::Nobody) => None,
            (Request::Notice(notice), _) => Some(Self::Notice(notice)),
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Registered => "registered",
            Self::Recover => "recover",
            Self::ChangeEmail => "change-email",
            Self::EmailTaken => "email-taken",
            Self::Notice(notice) => notice.name(),
        }
    }

    /// What its link proves, where it proves anything.
    pub const fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Confirm => Some(Purpose::Confirm),
            Self::Recover => Some(Purpose::Recover),
            Self::ChangeEmail => Some(Purpose::ChangeEmail),
            Self::Registered | Self::EmailTaken | Self::Notice(_) => None,
        }
    }

    /// The page that its button opens, where it proves nothing.
    pub const fn page(self) -> Option<&'static str> {
        match self {
            Self::Registered => Some("/sign-in"),
            Self::Notice(
                Notice::PasswordChanged
                | Notice::EmailChangeAsked
                | Notice::TwoFactorOn
                | Notice::TwoFactorOff,
            ) => Some("/recover"),
            Self::Notice(Notice::Unblocked | Notice::SwitchedOff | Notice::SwitchedOn) => {
                Some("/mailings")
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_found_by_its_name() {
        for name in ["register", "recover", "change-email"] {
            assert_eq!(Request::by_name(name).unwrap().name(), name);
        }
        for notice in Notice::ALL {
            let request = Request::Notice(notice);
            assert_eq!(Request::by_name(request.name()), Some(request));
        }
        assert_eq!(Request::by_name("?"), None);
    }

    #[test]
    fn a_pause_comes_out_of_the_outbox_as_it_went_in() {
        let pause = Pause {
            title: "Осенняя",
            mailing: 42,
            reason: PauseReason::Refusals,
            detail: "550 5.7.1 Spam\nand more",
        };
        assert_eq!(Pause::parse(&pause.text()), Some(pause));
        assert_eq!(Pause::parse("?"), None);
    }

    #[test]
    fn a_stranger_learns_nothing_and_the_owner_hears_of_it() {
        let answer = Letter::answer;
        assert_eq!(answer(Request::Recover, Standing::Nobody), None);
        assert_eq!(answer(Request::Recover, Standing::Blocked), None);
        assert_eq!(
            answer(Request::Register, Standing::Confirmed),
            Some(Letter::Registered)
        );
        assert_eq!(
            answer(Request::ChangeEmail, Standing::Confirmed),
            Some(Letter::EmailTaken)
        );
    }
}
